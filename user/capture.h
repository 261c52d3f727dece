/* SPDX-License-Identifier: GPL-2.0-only */
/* Capture files as one stream of frames. */
#ifndef PLOSS_CAPTURE_H
#define PLOSS_CAPTURE_H

#include "savefile.h"

struct captures;

/* Something about a file that its reader should know, in words. fatal: nothing of it can be read. */
typedef void (*capture_note_fn)(void *context, const char *file, bool fatal, const char *what);

struct capture_settings {
	const char *filter; /* pcap-filter expression, or NULL */
	const int
		*copy; /* of each name: the descriptor of a copy to be made, or -1; NULL: of none */
	const volatile bool *stop; /* ends all files where they are */
	capture_note_fn note;
	void *context;
};

/* Opens what can be opened, "-" being the standard input, and notes the rest. Files that end before the
 * next one begins are not open at once. NULL: no memory.
 */
struct captures *captures_open(char *const *name, unsigned int count,
			       const struct capture_settings *settings);

/* The next frame in the order of time stamps, each file's own order kept, and where in its file it comes
 * from; both hold until the next call. False at the end of all.
 */
bool captures_next(struct captures *captures, struct savefile_frame *frame,
		   struct savefile_interface **interface);

/* Files that were captures: with a first frame, or a proper end in its place. */
unsigned int captures_readable(const struct captures *captures);

/* Is one of them written while it is read, perhaps: a pipe, the standard input? */
bool captures_are_live(const struct captures *captures);

void captures_close(struct captures *captures);

/* Can it be opened a second time and be the same? */
bool capture_is_regular(const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Capture files as one stream of frames, by libpcap. */
#ifndef PLOSS_CAPTURE_H
#define PLOSS_CAPTURE_H

#include <stdbool.h>
#include <linux/types.h>

struct captures;

/* One frame; it holds until the next is asked for. */
struct capture_frame {
	const __u8 *data;
	__u32 captured; /* bytes at data */
	__u32 length;   /* bytes on the wire, never less */
	__u64 stamp_ns; /* since 1970, as the file has it */
	int linktype;   /* DLT_... */
	unsigned int file;
};

/* Why a file was not read on after so many frames, in words. */
typedef void (*capture_complaint_fn)(void *context, const char *name, __u64 frames,
				     const char *why);

struct capture_settings {
	const char *filter;        /* pcap-filter expression, or NULL */
	const volatile bool *stop; /* ends all files where they are */
	capture_complaint_fn complain;
	void *context;
};

/* Opens what can be opened, "-" being the standard input, and complains of the rest. Files that end before
 * the next one begins are not open at once. NULL: no memory.
 */
struct captures *captures_open(char *const *name, unsigned int count,
			       const struct capture_settings *settings);

/* The next frame in the order of time stamps, each file's own order kept. False at the end of all. */
bool captures_next(struct captures *captures, struct capture_frame *frame);

/* Files that were captures: with a first frame, or a proper end in its place. */
unsigned int captures_readable(const struct captures *captures);

void captures_close(struct captures *captures);

#endif

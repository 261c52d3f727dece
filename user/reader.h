/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures through the tracker: what `ploss read` does but for what it prints. */
#ifndef PLOSS_READER_H
#define PLOSS_READER_H

#include "capture.h"
#include "clock.h"
#include "follow.h"
#include "options.h"

#define TAP_NAME 16 /* as long as an interface's */

/* Where packets of one interface are counted: all, where the files do not tell interfaces apart. */
struct tapped {
	char name[TAP_NAME];
	struct totals totals;
};

struct reader {
	const struct options *options;
	struct captures *captures;
	struct follow follow;
	struct clock clock;
	struct tapped tapped[MAX_INTERFACES];
	unsigned int taps;
	__u64 packets;
	__u64 unknown_packets;       /* of link types that are not read: */
	int unknown_linktype;        /* of the last */
	struct savefile_frame frame; /* in hand */
	struct savefile_interface *interface;
};

/* Signals end the captures where they are; a second one ends ploss. */
void reader_catch_signals(void);

/* Says what cannot be read, and returns -errno where that is all. copy: see struct capture_settings. */
int reader_open(struct reader *reader, const struct options *options, const int *copy);

/* The same once more, of files that were read before: silently. */
int reader_reopen(struct reader *reader, const struct options *options);

/* Takes the next frame in hand and its time for the clock's. False at the end. */
bool reader_next(struct reader *reader);

/* Follows the frame in hand. */
void reader_follow(struct reader *reader);

/* The tap of packets whose interface has no name. */
unsigned int reader_tap(struct reader *reader);

void reader_close(struct reader *reader);

#endif

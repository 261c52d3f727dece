/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss read --events: the events of a capture, as they come. */
#ifndef PLOSS_READ_EVENTS_H
#define PLOSS_READ_EVENTS_H

#include "eventlist.h"
#include "reader.h"

struct read_events {
	struct event_list list;
	const struct reader *reader;
	__u64 lines;
	int err; /* what went wrong so far, which is said; reading on is of no use */
};

/* Prepares stdout, and listens to what the reader follows. */
void read_events_open(struct read_events *events, struct reader *reader);
void read_events_close(struct read_events *events);

/* Prints what was only counted; 0 or -errno, which is said. */
int read_events_end(struct read_events *events, const struct timespec *time);

#endif

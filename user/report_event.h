/* SPDX-License-Identifier: GPL-2.0-only */
/* Events, as each output has them. */
#ifndef PLOSS_REPORT_EVENT_H
#define PLOSS_REPORT_EVENT_H

#include <stdio.h>
#include <time.h>

#include "event.h"
#include "flowline.h"
#include "options.h"
#include "process.h"

/* What an event is called: a word, and the letter of the column T. X(letter, name) */
#define EVENT_KINDS(X) \
	X('R', retransmission) \
	X('L', tail_loss_probe) \
	X('O', reordering) \
	X('D', duplicate) \
	X('A', ambiguous) \
	X('Z', zero_window) \
	X('X', reset)

enum event_kind {
#define X(letter, name) EVENT_##name,
	EVENT_KINDS(X)
#undef X
		KINDS
};

/* A packet that is more than one of them is the first that holds: reset, retransmission, duplicate ... */
enum event_kind event_kind(const struct event *event);

struct event_line {
	struct timespec time;
	const char *interface;
	struct event event;
	struct process process;
};

/* How many of each kind a direction of a connection had. */
struct event_counts {
	struct flow_key6 key;
	__u32 direction;
	__u32 family;
	__u64 count[KINDS];
};

struct event_report {
	FILE *out;
	enum output output;
	bool sequence;
	bool counted; /* of connections, not of packets */
};

/* What stands before the first line. */
void event_report_begin(struct event_report *report);

void event_report_line(struct event_report *report, const struct event_line *line);

/* interface: of the counts. */
void event_report_counts(struct event_report *report, const struct event_counts *counts,
			 const char *interface, const struct timespec *time);

#endif

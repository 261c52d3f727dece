/* SPDX-License-Identifier: GPL-2.0-only */
/* What is printed of interfaces: intervals, totals, health and verdicts. Live and offline the same. */
#ifndef PLOSS_SUMMARY_H
#define PLOSS_SUMMARY_H

#include <time.h>

#include "options.h"
#include "reading.h"
#include "report.h"
#include "verdict.h"

#define LINES (MAX_INTERFACES * DIRECTIONS)

/* What is known of one interface. */
struct watched {
	const char *name;                   /* borrowed */
	struct tally tally[DIRECTIONS];     /* at the end of the last interval */
	struct gauges extremes[DIRECTIONS]; /* of the whole run */
	struct health health, health_shown;
};

struct summary {
	const struct options *options;
	struct report report;
	struct timespec time; /* of the last reading: of what is printed next */
	struct watched watched[MAX_INTERFACES];
	unsigned int watching;
	struct line line[LINES]; /* of the interval, or the totals */
	unsigned int lines;
	char verdict[LINES][VERDICT_TEXT];
	bool verdicts_only; /* no totals: lines before were of another shape */
};

/* Output goes to stdout, as the options say. */
void summary_init(struct summary *summary, const struct options *options);

/* One more interface, up to MAX_INTERFACES. */
void summary_watch(struct summary *summary, const char *name);

/* An interface's lines of the interval that ends. last: of its last interval, in which nothing is pending. */
void summary_take(struct summary *summary, unsigned int watched, const struct reading *reading,
		  __u64 interval_ns, bool last);

/* Prints what was taken since the last call. Says what is wrong with the output, and returns -errno;
 * -EPIPE, which means that who read has left, needs no words.
 */
int summary_print(struct summary *summary);

/* Forgets what was taken since the last call, without printing it. */
void summary_skip(struct summary *summary);

/* The totals of a run of run_ns, health and verdicts. */
int summary_total(struct summary *summary, __u64 run_ns);

#endif

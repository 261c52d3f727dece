/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows to text. Renderers know columns and nothing of where they come from. */
#ifndef PLOSS_REPORT_H
#define PLOSS_REPORT_H

#include <stdio.h>
#include <time.h>

#include "columns.h"
#include "options.h"
#include "ploss.h"

/* What one line is about. */
struct line {
	const char *type; /* "stats" or "total" */
	struct timespec time;
	const char *interface;
	enum direction direction;
	__u64 interval_ns;
	struct row row;
	const char *verdict; /* NULL in an interval */
};

/* What could not be seen on an interface since the start. */
struct health_line {
	struct timespec time;
	const char *interface;
	struct health health;
};

struct report {
	FILE *out;
	const struct renderer *renderer;
	unsigned int interface_width; /* tables: of the longest name */
	unsigned int repeat_header;   /* tables: after so many lines; 0: never */
	unsigned int since_header;
};

/* How an output looks. Each takes what it must from the report; begin and total may be NULL. */
struct renderer {
	void (*begin)(struct report *report);
	void (*line)(struct report *report, const struct line *line);
	void (*health)(struct report *report, const struct health_line *line);
	void (*total)(struct report *report); /* before the first line of the totals */
	void (*verdict)(struct report *report, const char *sentence);
};

extern const struct renderer table_renderer, wide_renderer, json_renderer, csv_renderer;

void report_begin(struct report *report, FILE *out, enum output output);

/* What was printed is on its way: 0 or -errno. */
int output_flush(FILE *out);

/* Says what is wrong with the standard output; -EPIPE, which means that who read has left, needs no words.
 * Returns err.
 */
int output_failed(int err);

/* Each prints and flushes. 0 or -errno: nobody reads any more (-EPIPE), the disk is full ... */
int report_line(struct report *report, const struct line *line);
int report_total(struct report *report);
int report_health(struct report *report, const struct health_line *line);
int report_verdict(struct report *report, const char *sentence);

/* X(name, what to call it in a sentence) of what health counts beside refusals. */
#define HEALTH_COUNTS(X) \
	X(untracked_segments, "segments of connections that found the table full") \
	X(untracked_flows, "connections that found the table full") \
	X(untroubled_flows, "troubled connections counted without their details: table full") \
	X(hole_overflows, "x more was missing at once than is followed apart") \
	X(events_lost, "events that nobody fetched in time") \
	X(events_suppressed, "events left out, of connections that had too many")

/* Whether now counts anything that before did not; what is not TCP, only if asked. */
bool health_grew(const struct health *now, const struct health *before, bool not_tcp);

/* The same as a sentence: "eth0 so far: 3 fragment, 17 not TCP ...". */
#define HEALTH_TEXT 1024
void health_text(char text[HEALTH_TEXT], const struct health_line *line);

/* "2024-05-01T12:00:00.123456789Z" */
#define TIME_TEXT 32
void time_text(char text[TIME_TEXT], const struct timespec *time);

extern const char *const direction_names[DIRECTIONS];

/* A count in at most width characters: as it is, or as 12.3k, 45M ... Longer only where width < 3.
 */
#define COUNT_TEXT 24
void count_text(char text[COUNT_TEXT], unsigned int width, __u64 count);

#endif

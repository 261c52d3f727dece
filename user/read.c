/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "connections.h"
#include "gallery.h"
#include "linktype.h"
#include "log.h"
#include "read.h"
#include "read_doctor.h"
#include "read_events.h"
#include "reader.h"
#include "summary.h"

struct session {
	const struct options *options;
	struct reader reader;
	struct summary summary;
	struct options totals; /* as the summary has them: of the interfaces, in their order */
	struct connections connections;
	struct gallery gallery;
	struct read_events events;
	struct read_doctor doctor;
	__u64 interval_end_ns;
};

/* Takes the interval's lines. last: of the capture. */
static void take_interval(struct session *s, __u64 interval_ns, bool last)
{
	struct reader *r = &s->reader;
	struct reading reading;

	for (unsigned int i = 0; i < r->taps; i++) {
		if (i == s->summary.watching)
			summary_watch(&s->summary, r->tapped[i].name);
		reading = (struct reading){};
		reading_add(&reading, &r->tapped[i].totals, r->follow.interval, r->clock.now_ns);
		summary_take(&s->summary, i, &reading, interval_ns, last);
	}
	r->follow.interval++;
}

/* Prints the intervals that are over when a packet of the clock's time comes. In most of them, perhaps,
 * nothing passed; these are left out.
 */
static int end_intervals(struct session *s)
{
	__u64 interval_ns = s->options->interval_ns, over;
	const struct clock *clock = &s->reader.clock;

	if (!s->interval_end_ns)
		s->interval_end_ns = clock->now_ns + interval_ns;
	if (clock->now_ns < s->interval_end_ns)
		return 0;
	clock_time(clock, s->interval_end_ns, &s->summary.time);
	take_interval(s, interval_ns, false);
	over = (clock->now_ns - s->interval_end_ns) / interval_ns + 1;
	s->interval_end_ns += over * interval_ns;
	return summary_print(&s->summary);
}

static int read_all(struct session *s)
{
	int err = 0;

	while (!err && reader_next(&s->reader)) {
		if (s->options->interval_ns)
			err = end_intervals(s);
		reader_follow(&s->reader);
		if (!err)
			err = s->events.err;
	}
	return err;
}

/* A connection that is over, or at the end of the captures. */
static void take_connection(void *context, const struct connection *c)
{
	struct session *s = context;
	const char *name = s->reader.tapped[connection_interface(c)].name;

	if (s->options->flows)
		connections_take(&s->connections, c, name);
	if (s->options->doctor)
		read_doctor_take(&s->doctor, c);
	if (s->options->plot)
		gallery_consider(&s->gallery, c, name);
}

static void take_connections(struct session *s)
{
	const struct table *table = &s->reader.follow.table;

	for (__u32 i = 0; i < table->entries; i++) {
		const struct connection *c = table_entry(table, i);

		if (c)
			take_connection(s, c);
	}
}

/* What is known after the last packet but for the totals: events that were counted, connections. */
static int print_lists(struct session *s)
{
	const struct options *options = s->options;
	int err = 0;

	if (options->events)
		err = read_events_end(&s->events, &s->summary.time);
	if (!err && options->events && options->flows && options->output <= OUTPUT_WIDE)
		putchar('\n');
	if (!err && options->flows)
		err = connections_print(&s->connections, &s->summary.time);
	if (options->events || options->flows) {
		s->summary.verdicts_only = options->output == OUTPUT_CSV;
		s->summary.report.since_header = 1;
	}
	return err;
}

/* The last interval, the lists, and the totals or what they mean. */
static int finish(struct session *s)
{
	const struct clock *clock = &s->reader.clock;
	__u64 interval_ns = s->options->interval_ns, run_ns = clock->now_ns - clock->first_ns;
	__u64 last_ns = run_ns;
	int err = 0;

	if (!s->reader.taps)
		reader_tap(&s->reader);
	clock_time(clock, clock->now_ns, &s->summary.time);
	if (interval_ns)
		last_ns = clock->now_ns - (s->interval_end_ns - interval_ns);
	take_interval(s, last_ns, true);
	if (interval_ns && s->reader.packets)
		err = summary_print(&s->summary);
	else
		summary_skip(&s->summary);
	take_connections(s);
	if (!err)
		err = print_lists(s);
	if (err)
		return err;
	return s->options->doctor ? read_doctor_print(&s->doctor, &s->summary, run_ns) :
				    summary_total(&s->summary, run_ns);
}

/* "by TTL for 3, ..." of what is not 0. */
static void note_counts(const char *what, const char *const *name, const __u64 *count,
			unsigned int names)
{
	char text[512];
	size_t length = 0;

	for (unsigned int i = 0; i < names; i++) {
		if (count[i])
			length += (size_t)snprintf(text + length, sizeof(text) - length,
						   "%s%s %llu", length ? ", " : "", name[i],
						   count[i]);
	}
	if (length)
		note("%s %s", what, text);
}

/* What was concluded from the capture rather than measured. */
static void note_conclusions(const struct session *s)
{
	static const char *const orientations[ORIENTATIONS] = {
		[BY_LOCAL] = "--local for",
		[BY_CAPTURE] = "the capture's own marks for",
		[BY_TTL] = "TTL (forwarded packets come in) for",
		[BY_SYN] = "who opened the connection (its data goes out) for",
		[BY_PORT] = "the higher port (its data goes out) for",
	};
	static const char *const positions[POSITIONS] = {
		[POSITION_UNKNOWN] = "not known:",
		[POSITION_LOCAL] = "at their local end:",
		[POSITION_REMOTE] = "at their remote end:",
		[POSITION_BOTH] = "at both ends:",
		[POSITION_BETWEEN] = "between their ends:",
	};
	const struct reader *r = &s->reader;
	const char *name = linktype_name(r->unknown_linktype);
	__u64 count[POSITIONS];

	note_counts("connections told in from out by", orientations, r->follow.orientations,
		    ORIENTATIONS);
	follow_positions(&r->follow, count);
	note_counts("where connections were captured:", positions, count, POSITIONS);
	if (r->unknown_packets)
		note("%llu packets are of link types that are not read, like %s (%d)",
		     r->unknown_packets, name ? name : "unknown", r->unknown_linktype);
	if (r->clock.backwards)
		note("time went backwards at %llu packets, by %g s at most: taken for standing still",
		     r->clock.backwards, (double)r->clock.backwards_max_ns / 1e9);
}

/* What is wanted of each connection, and of packets. */
static void open_lists(struct session *s)
{
	const struct options *options = s->options;

	if (options->flows || options->events) {
		s->totals.rows = 0;
		s->totals.sort = NULL;
	}
	if (options->flows)
		connections_init(&s->connections, options);
	if (options->events)
		read_events_open(&s->events, &s->reader);
	if (options->flows || options->plot || options->doctor) {
		s->reader.follow.forgotten = take_connection;
		s->reader.follow.forgotten_by = s;
	}
}

static int run(struct session *s)
{
	int err;

	reader_catch_signals();
	err = s->options->plot ? gallery_open(&s->gallery, s->options) : 0;
	if (!err)
		err = reader_open(&s->reader, s->options, s->gallery.spool.copy);
	if (err)
		return err;
	summary_init(&s->summary, &s->totals);
	open_lists(s);
	err = read_all(s);
	if (!err)
		err = finish(s);
	if (!err)
		note_conclusions(s);
	if (!err && s->options->plot)
		err = gallery_draw(&s->gallery, s->reader.packets);
	return err;
}

int read_run(const struct options *options)
{
	struct session *s = calloc(1, sizeof(*s));
	int err, status;

	if (!s) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	s->options = options;
	s->totals = *options;
	err = run(s);
	status = err ? EXIT_FAILURE : s->doctor.exceeded ? EXIT_EXCEEDED : EXIT_SUCCESS;
	reader_close(&s->reader);
	connections_free(&s->connections);
	read_events_close(&s->events);
	gallery_close(&s->gallery);
	free(s);
	if (err == -EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return status;
}

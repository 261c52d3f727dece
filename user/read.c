/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "clock.h"
#include "connections.h"
#include "dissect.h"
#include "follow.h"
#include "linktype.h"
#include "log.h"
#include "read.h"
#include "summary.h"

#define NAME_TEXT 16 /* as long as an interface's */

/* Where packets of one interface are counted: all, where the files do not tell interfaces apart. */
struct tapped {
	char name[NAME_TEXT];
	struct totals totals;
};

struct reader {
	const struct options *options;
	struct captures *captures;
	struct follow follow;
	struct clock clock;
	struct tapped tapped[MAX_INTERFACES];
	unsigned int taps;
	struct summary summary;
	struct options totals; /* as the summary has them: of the interfaces, in their order */
	struct connections connections;
	__u64 interval_end_ns;
	__u64 packets;
	__u64 unknown_packets; /* of link types that are not read: */
	int unknown_linktype;  /* of the last */
};

static volatile bool interrupted;

static void interrupt(int signal)
{
	interrupted = true;
}

/* The first signal ends the capture, the next one ploss. */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void note_file(void *context, const char *file, bool fatal, const char *what)
{
	if (fatal)
		refuse(-EINVAL, "cannot read %s: %s", file, what);
	else
		note("%s: %s", file, what);
}

/* What packets are counted under whose interface has no name: the file's, or how many they are. */
static void name_files(const struct options *options, char name[NAME_TEXT])
{
	const char *file = options->file[0], *slash = strrchr(file, '/');
	int length = 0;

	if (options->files > 1)
		strcpy(name, "files");
	else if (!strcmp(file, "-"))
		snprintf(name, NAME_TEXT, "stdin");
	else
		length = snprintf(name, NAME_TEXT, "%s", slash ? slash + 1 : file);
	if (length >= NAME_TEXT)
		name[NAME_TEXT - 2] = '~';
}

/* The tap of this name; a new one where there is none. Beyond MAX_INTERFACES all are the last. */
static unsigned int tap_named(struct reader *r, const char *name)
{
	for (unsigned int i = 0; i < r->taps; i++) {
		if (!strcmp(r->tapped[i].name, name))
			return i;
	}
	if (r->taps == MAX_INTERFACES)
		return MAX_INTERFACES - 1;
	strcpy(r->tapped[r->taps].name, name);
	summary_watch(&r->summary, r->tapped[r->taps].name);
	return r->taps++;
}

/* The tap that a frame was seen at. number: the interface's, where the frame itself says it. */
static unsigned int tap_of(struct reader *r, struct savefile_interface *interface, __u32 number)
{
	char name[NAME_TEXT];

	if (number) {
		snprintf(name, sizeof(name), "if%u", number);
		return tap_named(r, name);
	}
	if (!interface->slot) {
		name_files(r->options, name);
		interface->slot = tap_named(r, *interface->name ? interface->name : name) + 1;
	}
	return interface->slot - 1;
}

static void read_frame(struct reader *r, const struct savefile_frame *frame,
		       struct savefile_interface *interface)
{
	struct pkt *p = &r->follow.work.pkt;
	struct dissection d;
	struct totals *totals;
	enum refusal refusal;

	refusal = frame_dissect(p, &d, frame, interface->linktype, r->options->decap);
	if (refusal == REFUSAL_END) {
		r->unknown_linktype = interface->linktype;
		r->unknown_packets++;
		return;
	}
	d.seen.interface = tap_of(r, interface, d.seen.interface);
	totals = &r->tapped[d.seen.interface].totals;
	if (refusal) {
		totals->health.refused[refusal]++;
		follow_refused(&r->follow, totals, &d.seen, d.ip, d.end, p->ip_bytes);
		return;
	}
	p->now_ns = r->clock.now_ns;
	follow_packet(&r->follow, totals, &d.seen, d.data, d.end);
}

/* Takes the interval's lines. last: of the capture. */
static void take_interval(struct reader *r, __u64 interval_ns, bool last)
{
	struct reading reading;

	for (unsigned int i = 0; i < r->taps; i++) {
		reading = (struct reading){};
		reading_add(&reading, &r->tapped[i].totals, r->follow.interval, r->clock.now_ns);
		summary_take(&r->summary, i, &reading, interval_ns, last);
	}
	r->follow.interval++;
}

/* Prints the intervals that are over when a packet of the clock's time comes. In most of them, perhaps,
 * nothing passed; these are left out.
 */
static int end_intervals(struct reader *r)
{
	__u64 interval_ns = r->options->interval_ns, over;

	if (!r->interval_end_ns)
		r->interval_end_ns = r->clock.now_ns + interval_ns;
	if (r->clock.now_ns < r->interval_end_ns)
		return 0;
	clock_time(&r->clock, r->interval_end_ns, &r->summary.time);
	take_interval(r, interval_ns, false);
	over = (r->clock.now_ns - r->interval_end_ns) / interval_ns + 1;
	r->interval_end_ns += over * interval_ns;
	return summary_print(&r->summary);
}

static int read_frames(struct reader *r)
{
	struct savefile_interface *interface;
	struct savefile_frame frame;
	int err = 0;

	while (!err && captures_next(r->captures, &frame, &interface)) {
		clock_set(&r->clock, frame.stamp_ns);
		if (r->options->interval_ns)
			err = end_intervals(r);
		r->packets++;
		read_frame(r, &frame, interface);
	}
	return err;
}

/* The connection's lines, with the name of its tap. */
static void take_connection(void *context, const struct connection *c)
{
	struct reader *r = context;

	connections_take(&r->connections, c, r->tapped[connection_interface(c)].name);
}

/* The lines of all connections. */
static int print_connections(struct reader *r)
{
	for (__u32 i = 0; i < r->follow.table.entries; i++) {
		const struct connection *c = table_entry(&r->follow.table, i);

		if (c)
			take_connection(r, c);
	}
	r->summary.verdicts_only = r->options->output == OUTPUT_CSV;
	r->summary.report.since_header = 1;
	return connections_print(&r->connections, &r->summary.time);
}

/* The last interval, the connections, and the totals. */
static int finish(struct reader *r)
{
	__u64 interval_ns = r->options->interval_ns, run_ns = r->clock.now_ns - r->clock.first_ns;
	struct savefile_interface none = {};
	int err = 0;

	if (!r->taps)
		tap_of(r, &none, 0);
	clock_time(&r->clock, r->clock.now_ns, &r->summary.time);
	if (interval_ns)
		run_ns = r->clock.now_ns - (r->interval_end_ns - interval_ns);
	take_interval(r, run_ns, true);
	if (interval_ns && r->packets)
		err = summary_print(&r->summary);
	else
		summary_skip(&r->summary);
	if (!err && r->options->flows)
		err = print_connections(r);
	return err ? err : summary_total(&r->summary, r->clock.now_ns - r->clock.first_ns);
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
static void note_conclusions(const struct reader *r)
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
	__u64 count[POSITIONS];

	note_counts("connections told in from out by", orientations, r->follow.orientations,
		    ORIENTATIONS);
	follow_positions(&r->follow, count);
	note_counts("where connections were captured:", positions, count, POSITIONS);
	if (r->unknown_packets)
		note("%llu packets are of link types that are not read, like %s (%d)",
		     r->unknown_packets,
		     linktype_name(r->unknown_linktype) ? linktype_name(r->unknown_linktype) :
							  "unknown",
		     r->unknown_linktype);
	if (r->clock.backwards)
		note("time went backwards at %llu packets, by %g s at most: taken for standing still",
		     r->clock.backwards, (double)r->clock.backwards_max_ns / 1e9);
}

static int run(struct reader *r)
{
	const struct capture_settings settings = {
		.filter = r->options->filter,
		.stop = &interrupted,
		.note = note_file,
		.context = r,
	};
	int err;

	err = follow_init(&r->follow, r->options);
	if (err)
		return fail(err, "cannot start");
	r->follow.interval = 1;
	catch_signals();
	r->captures = captures_open(r->options->file, r->options->files, &settings);
	if (!r->captures)
		return fail(-ENOMEM, "cannot start");
	if (!captures_readable(r->captures))
		return -EINVAL;
	r->totals = *r->options;
	if (r->options->flows) {
		r->totals.rows = 0;
		r->totals.sort = NULL;
		connections_init(&r->connections, r->options);
		r->follow.forgotten = take_connection;
		r->follow.context = r;
	}
	summary_init(&r->summary, &r->totals);
	err = read_frames(r);
	if (!err)
		err = finish(r);
	if (!err)
		note_conclusions(r);
	return err;
}

int read_run(const struct options *options)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	r->options = options;
	err = run(r);
	captures_close(r->captures);
	follow_free(&r->follow);
	connections_free(&r->connections);
	free(r);
	if (err == -EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel.h"
#include "links.h"
#include "live.h"
#include "log.h"
#include "report.h"
#include "verdict.h"
#include "wait.h"

#define SWEEP_NS 2000000000ULL
#define LINES (MAX_INTERFACES * DIRECTIONS)
#define OUTPUT_BUFFER 65536 /* a line is one write */

/* What is known of one interface. */
struct watched {
	struct tally tally[DIRECTIONS];     /* at the end of the last interval */
	struct gauges extremes[DIRECTIONS]; /* of the whole run */
	struct health health, health_shown;
	bool closed; /* gone, and its last interval is printed */
};

struct session {
	const struct options *options;
	struct interfaces interfaces;
	struct watched watched[MAX_INTERFACES];
	struct kernel *kernel;
	struct report report;
	struct wait wait;
	__u64 started_ns, interval_began_ns;
	struct timespec time;    /* of the last reading */
	__u64 printed;           /* intervals */
	struct line line[LINES]; /* of the interval, or the totals */
	unsigned int lines;
	char verdict[LINES][VERDICT_TEXT];
	bool ending; /* the interval that ends now is the last */
};

static __u64 monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static struct line *line_add(struct session *session, const char *type, unsigned int i,
			     enum direction direction, __u64 interval_ns)
{
	struct line *line = &session->line[session->lines++];

	*line = (struct line){
		.type = type,
		.time = session->time,
		.interface = session->interfaces.entry[i].name,
		.direction = direction,
		.interval_ns = interval_ns,
	};
	return line;
}

/* The largest first; equal ones in the order of interfaces and directions. */
static int compare_lines(const void *left, const void *right, void *column)
{
	const struct line *a = left, *b = right;
	__u64 x = column_value(column, &a->row), y = column_value(column, &b->row);

	if (x != y)
		return x < y ? 1 : -1;
	if (a->interface != b->interface)
		return a->interface < b->interface ? -1 : 1;
	return (int)a->direction - (int)b->direction;
}

static int print_lines(struct session *session)
{
	const struct options *options = session->options;
	int err = 0;

	if (options->sort)
		qsort_r(session->line, session->lines, sizeof(session->line[0]), compare_lines,
			(void *)options->sort);
	for (unsigned int i = 0; !err && i < session->lines; i++) {
		if (options->rows && i >= options->rows)
			break;
		err = report_line(&session->report, &session->line[i]);
	}
	return err;
}

/* Whether there is something new to say. In a table only at the end how much was not TCP. */
static bool health_wanted(const struct session *session, const struct watched *watched, bool total)
{
	static const struct health none;
	bool json = session->options->output == OUTPUT_JSON;

	if (total)
		return json || health_grew(&watched->health, &none, true);
	return health_grew(&watched->health, &watched->health_shown, json);
}

/* What could not be seen. total: of the whole run, at its end. */
static int print_health(struct session *session, bool total)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < session->interfaces.count; i++) {
		struct watched *watched = &session->watched[i];
		struct health_line line = { session->time, session->interfaces.entry[i].name,
					    watched->health };

		if (!health_wanted(session, watched, total))
			continue;
		watched->health_shown = watched->health;
		err = report_health(&session->report, &line);
	}
	return err;
}

/* Adds the interval's lines of one interface. */
static int read_interface(struct session *session, unsigned int i, __u32 interval,
			  __u64 interval_ns)
{
	struct watched *watched = &session->watched[i];
	bool last = session->ending || session->interfaces.entry[i].gone;
	struct reading reading;
	struct tally before;
	int err;

	err = kernel_read(session->kernel, i + 1, interval, &reading);
	if (err)
		return fail(err, "cannot read the counters of %s",
			    session->interfaces.entry[i].name);
	watched->health = reading.health;
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		struct line *line = line_add(session, "stats", i, d, interval_ns);

		before = watched->tally[d];
		tally_update(&watched->tally[d], &reading.counted[d],
			     last ? 0 : reading.pending[d]);
		gauges_merge(&watched->extremes[d], &reading.gauges[d]);
		row_from(&line->row, &watched->tally[d], &before, &reading.gauges[d]);
	}
	watched->closed = last;
	return 0;
}

/* A failure of the output, said once. -EPIPE needs no words: who read has left. */
static int output_failed(int err)
{
	if (err && err != -EPIPE)
		fail(err, "cannot write to the standard output");
	return err;
}

static int end_interval(struct session *session)
{
	__u32 interval = kernel_next_interval(session->kernel);
	__u64 now = monotonic_ns();
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &session->time);
	session->lines = 0;
	for (unsigned int i = 0; !err && i < session->interfaces.count; i++) {
		if (!session->watched[i].closed)
			err = read_interface(session, i, interval,
					     now - session->interval_began_ns);
	}
	if (err)
		return err;
	session->interval_began_ns = now;
	session->printed++;
	err = print_lines(session);
	if (!err)
		err = print_health(session, false);
	return output_failed(err);
}

static int print_totals(struct session *session)
{
	int err;

	session->lines = 0;
	for (unsigned int i = 0; i < session->interfaces.count; i++) {
		for (enum direction d = IN; d < DIRECTIONS; d++) {
			struct line *line = line_add(session, "total", i, d,
						     session->interval_began_ns -
							     session->started_ns);

			row_from(&line->row, &session->watched[i].tally[d], NULL,
				 &session->watched[i].extremes[d]);
			line->verdict = session->verdict[session->lines - 1];
			verdict_text(session->verdict[session->lines - 1], line->interface, d,
				     &line->row);
		}
	}
	err = report_total(&session->report);
	if (!err)
		err = print_lines(session);
	if (!err)
		err = print_health(session, true);
	for (unsigned int i = 0; !err && i < session->lines; i++)
		err = report_verdict(&session->report, session->line[i].verdict);
	return output_failed(err);
}

/* Whether what happened makes this interval the last. */
static bool is_last(const struct session *session, const struct woken *woken)
{
	__u64 count = session->options->count;

	return woken->signal || !interfaces_left(&session->interfaces) ||
	       (woken->interval && count && session->printed + 1 == count);
}

static int watch(struct session *session)
{
	struct woken woken;
	int err = 0;

	while (!err && !session->ending) {
		err = wait_next(&session->wait, &woken);
		if (err)
			return fail(err, "cannot wait");
		if (woken.links)
			links_follow(session->wait.links, &session->interfaces);
		session->ending = is_last(session, &woken);
		if (session->ending || woken.interval)
			err = end_interval(session);
		if (woken.sweep)
			kernel_sweep(session->kernel, session->options->idle_ns);
	}
	if (!err)
		err = print_totals(session);
	if (!err && !interfaces_left(&session->interfaces))
		err = refuse(-ENODEV, "no interface is left to watch");
	return err;
}

static void prepare_report(struct session *session)
{
	struct winsize window;

	setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
	report_begin(&session->report, stdout, session->options->output);
	for (unsigned int i = 0; i < session->interfaces.count; i++)
		session->report.interface_width = max_of(
			session->report.interface_width,
			(unsigned int)strlen(session->interfaces.entry[i].name));
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) &&
	    window.ws_row > 4)
		session->report.repeat_header = window.ws_row - 2;
}

static int run(struct session *session)
{
	const struct options *options = session->options;
	int err;

	err = wait_open(&session->wait);
	if (err)
		return fail(err, "cannot wait for signals and interfaces");
	err = interfaces_find(&session->interfaces, options->interface, options->interfaces);
	if (!err)
		err = kernel_check_privileges();
	if (!err)
		err = kernel_open(&session->kernel, options, &session->interfaces);
	if (err)
		return err;
	prepare_report(session);
	err = kernel_attach(session->kernel, &session->interfaces, options->hook);
	if (err)
		return err;
	session->started_ns = session->interval_began_ns = monotonic_ns();
	err = wait_start(&session->wait, options->interval_ns, SWEEP_NS);
	if (err)
		return fail(err, "cannot set a timer");
	return watch(session);
}

/* As any filter whose reader has left: by the signal, so that the shell says 141. */
static void end_by_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int live_run(const struct options *options)
{
	struct session *session = calloc(1, sizeof(*session));
	int err;

	if (!session) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	session->options = options;
	err = run(session);
	kernel_close(session->kernel);
	wait_close(&session->wait);
	free(session);
	if (err == -EPIPE)
		end_by_sigpipe();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "flows.h"
#include "group.h"
#include "log.h"
#include "past.h"
#include "process.h"
#include "report_flow.h"
#include "session.h"
#include "summary.h"
#include "worst.h"

#define ROWS_DEFAULT 20
#define TICK_NS 100000000ULL /* how often sockets are asked for their owners, at most; */
#define SWEEP_TICKS 20       /* old connections are forgotten after so many */

struct flows {
	struct session session;
	struct processes processes;
	struct past past;
	struct groups groups;
	struct worst worst; /* of the interval */
	struct flow_report report;
	struct summary summary; /* of the interfaces, for the end, */
	struct options totals;  /* with these */
	__u64 started_ns;
	__u64 printed; /* intervals */
	unsigned int ticks;
	bool ending;
};

/* One direction's line of a connection. */
static int add_line(struct flows *flows, const struct flow_line *line)
{
	if (flows->session.options->by != GROUP_FLOW)
		return groups_add(&flows->groups, line);
	return worst_add(&flows->worst, line);
}

/* What happened to a connection since it was last looked at. */
static int take(const struct entry *entry, void *argument)
{
	struct flows *flows = argument;
	const struct options *options = flows->session.options;
	struct flow_line line = {
		.interface = session_interface(&flows->session, entry->key.ifindex),
		.family = entry->family,
		.key = entry->key,
		.state = entry_state(entry),
		.port = entry_service(entry),
		.flows = 1,
	};
	struct row rows[DIRECTIONS];
	int err = 0;

	if (options->count == 1)
		entry_rows(entry, rows);
	else
		err = past_rows(&flows->past, entry, rows);
	process_find(&flows->processes, &entry->key, &line.process);
	process_socket(&flows->processes, &entry->key, &line.info);
	for (enum direction d = IN; !err && d < DIRECTIONS; d++) {
		if (row_is_empty(&rows[d]) && !options->all)
			continue;
		line.direction = d;
		line.row = rows[d];
		line.holes_merged = entry_holes_merged(entry, d);
		err = add_line(flows, &line);
	}
	return err;
}

/* The groups' lines compete like connections'. */
static int rank_groups(struct flows *flows)
{
	const struct flow_line *line;
	__u32 at = 0;
	int err = 0;

	while (!err && (line = groups_next(&flows->groups, &at)))
		err = worst_add(&flows->worst, line);
	groups_free(&flows->groups);
	return err;
}

static int print_worst(struct flows *flows)
{
	flow_report_begin(&flows->report);
	worst_sort(&flows->worst);
	for (size_t i = 0; i < flows->worst.count; i++)
		flow_report_line(&flows->report, &flows->worst.line[i]);
	worst_clear(&flows->worst);
	return output_failed(output_flush(stdout));
}

static int end_interval(struct flows *flows)
{
	int err;

	processes_ask(&flows->processes, 0);
	clock_gettime(CLOCK_REALTIME, &flows->report.time);
	err = kernel_dump(flows->session.kernel, take, flows);
	past_end(&flows->past);
	if (!err)
		err = rank_groups(flows);
	if (err)
		return fail(err, "cannot list the connections");
	flows->printed++;
	return print_worst(flows);
}

/* The interfaces' totals, what could not be seen, and verdicts: what the lines are to be held against. */
static int print_totals(struct flows *flows)
{
	__u32 interval = kernel_next_interval(flows->session.kernel);
	struct summary *summary = &flows->summary;
	struct reading reading;
	int err = 0;

	summary->time = flows->report.time;
	for (unsigned int i = 0; !err && i < flows->session.interfaces.count; i++) {
		err = kernel_read(flows->session.kernel, i + 1, interval, &reading);
		if (!err)
			summary_take(summary, i, &reading, 0, true);
	}
	if (err)
		return fail(err, "cannot read the counters");
	summary_skip(summary);
	return summary_total(summary, monotonic_ns() - flows->started_ns);
}

static bool is_last(const struct flows *flows, const struct woken *woken)
{
	__u64 count = flows->session.options->count;

	return woken->signal || !interfaces_left(&flows->session.interfaces) ||
	       (woken->interval && count && flows->printed + 1 == count);
}

static void tick(struct flows *flows)
{
	processes_ask(&flows->processes, TICK_NS / 2);
	if (++flows->ticks % SWEEP_TICKS == 0)
		kernel_sweep(flows->session.kernel);
}

static int watch(struct flows *flows)
{
	struct session *session = &flows->session;
	struct woken woken;
	int err = 0;

	while (!err && !flows->ending) {
		err = wait_next(&session->wait, &woken);
		if (err)
			return fail(err, "cannot wait");
		if (woken.links)
			links_follow(session->wait.links, &session->interfaces);
		flows->ending = is_last(flows, &woken);
		if (woken.sweep)
			tick(flows);
		if (flows->ending || woken.interval)
			err = end_interval(flows);
	}
	if (!err)
		err = print_totals(flows);
	if (!err && !interfaces_left(&session->interfaces))
		err = refuse(-ENODEV, "cannot go on: no interface is left to watch");
	return err;
}

static unsigned int terminal_columns(void)
{
	struct winsize window;

	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window))
		return window.ws_col;
	return 0;
}

static int run(struct flows *flows, const struct options *options)
{
	struct session *session = &flows->session;
	__u64 rows = options->rows ? options->rows : options->all ? 0 : ROWS_DEFAULT;
	int err;

	processes_init(&flows->processes);
	flows->processes.with_info = options->tcp_info;
	past_init(&flows->past);
	groups_init(&flows->groups, options->by);
	worst_init(&flows->worst, rows, options->sort);
	err = session_open(session, options);
	if (err)
		return err;
	flows->totals = *options;
	flows->totals.rows = 0;
	flows->totals.sort = NULL;
	summary_init(&flows->summary, &flows->totals);
	flows->summary.verdicts_only = options->output == OUTPUT_CSV;
	flows->summary.report.since_header = 1;
	flows->report = (struct flow_report){ .out = stdout,
					      .output = options->output,
					      .by = options->by,
					      .with_info = options->tcp_info,
					      .columns = terminal_columns() };
	for (unsigned int i = 0; i < session->interfaces.count; i++) {
		const char *name = session->interfaces.entry[i].name;

		summary_watch(&flows->summary, name);
		flows->report.interfaces = max_of(flows->report.interfaces,
						  (unsigned int)strlen(name));
	}
	processes_ask(&flows->processes, 0);
	kernel_on_sweep(session->kernel, take, flows);
	err = session_start(session, TICK_NS);
	flows->started_ns = monotonic_ns();
	return err ? err : watch(flows);
}

int flows_run(const struct options *options)
{
	struct flows *flows = calloc(1, sizeof(*flows));
	int err, status;

	if (!flows) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	err = run(flows, options);
	processes_free(&flows->processes);
	past_free(&flows->past);
	groups_free(&flows->groups);
	worst_free(&flows->worst);
	status = session_close(&flows->session, err);
	free(flows);
	return status;
}

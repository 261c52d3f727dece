/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "past.h"
#include "process.h"
#include "screen.h"
#include "session.h"
#include "top.h"
#include "view.h"
#include "worst.h"

#define TICK_NS 250000000ULL /* how often sockets are asked for their owners, at most; */
#define SWEEP_TICKS 8        /* old connections are forgotten after so many */
#define ROWS_DEFAULT 500     /* connections that can be reached by scrolling */
#define INTERVAL_LEAST_NS 100000000ULL
#define INTERVAL_MOST_NS 60000000000ULL

struct top {
	struct session session;
	struct processes processes;
	struct past past;
	struct worst coming, worst; /* of the interval under way, and of the last one */
	struct tally tally[VIEW_PANELS];
	struct view view;
	const struct column *column;
	unsigned int ticks;
	bool ending;
};

static int take(const struct entry *entry, void *argument)
{
	struct top *top = argument;
	struct flow_line line = {
		.interface = session_interface(&top->session, entry->key.ifindex),
		.family = entry->family,
		.key = entry->key,
		.state = entry_state(entry),
		.flows = 1,
	};
	struct row rows[DIRECTIONS];
	int err;

	err = past_rows(&top->past, entry, rows);
	process_find(&top->processes, &entry->key, &line.process);
	for (enum direction d = IN; !err && d < DIRECTIONS; d++) {
		line.direction = d;
		line.row = rows[d];
		if (!row_is_empty(&rows[d]) && view_wants(&top->view, &line))
			err = worst_add(&top->coming, &line);
	}
	return err;
}

/* Where a connection's line went. */
static size_t position_of(const struct worst *worst, const struct flow_line *line, size_t otherwise)
{
	for (size_t i = 0; i < worst->count; i++) {
		if (!memcmp(&worst->line[i].key, &line->key, sizeof(line->key)) &&
		    worst->line[i].direction == line->direction)
			return i;
	}
	return otherwise;
}

/* What was looked at becomes what is shown. The connection that was chosen stays so. */
static void show_worst(struct top *top)
{
	struct worst old = top->worst;
	size_t selected = top->view.selected;

	worst_sort(&top->coming);
	if (selected && selected < old.count)
		top->view.selected = position_of(&top->coming, &old.line[selected], selected);
	top->worst = top->coming;
	top->coming = old;
	worst_clear(&top->coming);
	top->coming.column = top->column;
	top->view.line = top->worst.line;
	top->view.lines = top->worst.count;
	if (top->view.selected >= top->view.lines)
		top->view.selected = top->view.lines ? top->view.lines - 1 : 0;
}

static int read_panels(struct top *top)
{
	__u32 interval = kernel_next_interval(top->session.kernel);
	struct reading reading;
	struct tally before;
	struct row row;

	for (unsigned int i = 0; i < top->session.interfaces.count; i++) {
		int err = kernel_read(top->session.kernel, i + 1, interval, &reading);

		if (err)
			return fail(err, "cannot read the counters of %s",
				    top->session.interfaces.entry[i].name);
		for (enum direction d = IN; d < DIRECTIONS; d++) {
			unsigned int at = i * DIRECTIONS + d;

			before = top->tally[at];
			tally_update(&top->tally[at], &reading.counted[d], reading.pending[d]);
			row_from(&row, &top->tally[at], &before, &reading.gauges[d]);
			panel_record(&top->view.panel[at], &row, top->view.recorded);
		}
	}
	top->view.recorded++;
	return 0;
}

static int end_interval(struct top *top)
{
	int err;

	processes_ask(&top->processes, TICK_NS / 2);
	clock_gettime(CLOCK_REALTIME, &top->view.time);
	err = read_panels(top);
	if (err)
		return err;
	err = kernel_dump(top->session.kernel, take, top);
	if (err)
		return fail(err, "cannot list the connections");
	past_end(&top->past);
	show_worst(top);
	return 0;
}

static void sort_by(struct top *top, const char *name, const struct column *column)
{
	top->view.sort = name;
	top->column = top->worst.column = top->coming.column = column;
	worst_sort(&top->worst);
}

static void type_filter(struct view *view, int key)
{
	size_t length = strlen(view->filter);

	if (key == KEY_OF_ENTER || key == KEY_OF_ESCAPE)
		view->typing = false;
	if (key == KEY_OF_ESCAPE) {
		view->filter[0] = 0;
	} else if (key == KEY_OF_ERASE && length) {
		view->filter[length - 1] = 0;
	} else if (key > ' ' && key <= '~' && length + 1 < sizeof(view->filter)) {
		view->filter[length] = (char)key;
		view->filter[length + 1] = 0;
	}
}

static void move_by(struct view *view, long steps)
{
	long to = (long)view->selected + steps, last = (long)view->lines - 1;

	view->selected = (size_t)max_of(min_of(to, last), 0L);
}

static int change_interval(struct top *top, __u64 interval_ns)
{
	if (interval_ns < INTERVAL_LEAST_NS || interval_ns > INTERVAL_MOST_NS)
		return 0;
	top->view.interval_ns = interval_ns;
	return wait_every(&top->session.wait, interval_ns);
}

static int press(struct top *top, int key)
{
	struct view *view = &top->view;

	if (view->typing) {
		type_filter(view, key);
		return 0;
	}
	switch (key) {
	case 'q':
		top->ending = true;
		break;
	case 'l':
		sort_by(top, "losses", NULL);
		break;
	case 'r':
		sort_by(top, "retransmissions", column_find("retransmitted_segments"));
		break;
	case 'd':
		sort_by(top, "data", column_find("data_bytes"));
		break;
	case 't':
		sort_by(top, "round trip", column_find("rtt_mean_ns"));
		break;
	case 'p':
	case ' ':
		view->paused = !view->paused;
		break;
	case '/':
		view->typing = true;
		view->filter[0] = 0;
		break;
	case '+':
		return change_interval(top, view->interval_ns * 2);
	case '-':
		return change_interval(top, view->interval_ns / 2);
	case 'h':
	case '?':
		view->help = !view->help;
		break;
	case KEY_OF_ENTER:
		view->detail = !view->detail;
		break;
	case KEY_OF_ESCAPE:
		view->detail = view->help = false;
		break;
	case 'k':
	case KEY_OF_UP:
		move_by(view, -1);
		break;
	case 'j':
	case KEY_OF_DOWN:
		move_by(view, 1);
		break;
	case KEY_OF_PAGE_UP:
		move_by(view, -(long)view->height / 2);
		break;
	case KEY_OF_PAGE_DOWN:
		move_by(view, (long)view->height / 2);
		break;
	}
	return 0;
}

/* Everything that was typed since the last time. A terminal that went away ends it, too. */
static int read_keys(struct top *top)
{
	bool any = false;
	int key, err = 0;

	while (!err && (key = screen_key()) != KEY_OF_NONE) {
		any = true;
		err = press(top, key);
	}
	top->ending |= !any && top->session.wait.events >= 0 && !isatty(STDIN_FILENO);
	return err ? fail(err, "cannot set a timer") : 0;
}

static void draw(struct top *top)
{
	for (unsigned int i = 0; i < top->session.interfaces.count; i++) {
		for (enum direction d = IN; d < DIRECTIONS; d++) {
			struct panel *panel = &top->view.panel[i * DIRECTIONS + d];

			panel->interface = top->session.interfaces.entry[i].name;
			panel->direction = d;
		}
	}
	top->view.panels = top->session.interfaces.count * DIRECTIONS;
	screen_size(&top->view.width, &top->view.height);
	screen_draw(&top->view);
}

static int watch(struct top *top)
{
	struct session *session = &top->session;
	struct woken woken;
	int err = 0;

	session->wait.events = STDIN_FILENO;
	while (!err && !top->ending) {
		draw(top);
		err = wait_next(&session->wait, &woken);
		if (err)
			return fail(err, "cannot wait");
		if (woken.links)
			links_follow(session->wait.links, &session->interfaces);
		top->ending = woken.signal || !interfaces_left(&session->interfaces);
		if (woken.sweep) {
			processes_ask(&top->processes, TICK_NS / 2);
			if (++top->ticks % SWEEP_TICKS == 0)
				kernel_sweep(session->kernel);
		}
		err = read_keys(top);
		if (!err && woken.interval && !top->view.paused)
			err = end_interval(top);
	}
	if (!err && !interfaces_left(&session->interfaces))
		err = refuse(-ENODEV, "cannot go on: no interface is left to watch");
	return err;
}

static int open_screen(void)
{
	int err = screen_open();

	if (err == -ENOTTY)
		refuse(err, "cannot start ploss top: it needs a terminal");
	else if (err)
		refuse(err, "cannot start ploss top: this terminal is of no known type");
	if (err)
		advise("use ploss, or ploss flows 1; or set TERM");
	return err;
}

static int run(struct top *top, const struct options *options)
{
	struct session *session = &top->session;
	__u64 rows = options->rows ? options->rows : ROWS_DEFAULT;
	int err;

	processes_init(&top->processes);
	past_init(&top->past);
	worst_init(&top->coming, rows, options->sort);
	worst_init(&top->worst, rows, options->sort);
	top->column = options->sort;
	top->view.sort = options->sort ? options->sort->name : "losses";
	top->view.interval_ns = options->interval_ns;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return open_screen();
	err = session_open(session, options);
	if (err)
		return err;
	processes_ask(&top->processes, 0);
	kernel_on_sweep(session->kernel, take, top);
	err = session_start(session, TICK_NS);
	if (!err)
		err = open_screen();
	if (err)
		return err;
	top->view.ascii = screen_is_ascii();
	clock_gettime(CLOCK_REALTIME, &top->view.time);
	err = watch(top);
	screen_close();
	return err;
}

int top_run(const struct options *options)
{
	struct top *top = calloc(1, sizeof(*top));
	int err, status;

	if (!top) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	err = run(top, options);
	processes_free(&top->processes);
	past_free(&top->past);
	worst_free(&top->coming);
	worst_free(&top->worst);
	status = session_close(&top->session, err);
	free(top);
	return status;
}

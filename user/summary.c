/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "log.h"
#include "summary.h"

#define OUTPUT_BUFFER 65536 /* a line is one write */

void summary_init(struct summary *summary, const struct options *options)
{
	struct winsize window;

	summary->options = options;
	setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
	report_begin(&summary->report, stdout, options->output);
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) &&
	    window.ws_row > 4)
		summary->report.repeat_header = window.ws_row - 2;
}

void summary_watch(struct summary *summary, const char *name)
{
	summary->watched[summary->watching++].name = name;
	summary->report.interface_width = max_of(summary->report.interface_width,
						 (unsigned int)strlen(name));
}

static struct line *line_add(struct summary *summary, const char *type, unsigned int i,
			     enum direction direction, __u64 interval_ns)
{
	struct line *line = &summary->line[summary->lines++];

	*line = (struct line){
		.type = type,
		.time = summary->time,
		.interface = summary->watched[i].name,
		.direction = direction,
		.interval_ns = interval_ns,
	};
	return line;
}

void summary_take(struct summary *summary, unsigned int i, const struct reading *reading,
		  __u64 interval_ns, bool last)
{
	struct watched *watched = &summary->watched[i];
	struct tally before;

	watched->health = reading->health;
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		struct line *line = line_add(summary, "stats", i, d, interval_ns);

		before = watched->tally[d];
		tally_update(&watched->tally[d], &reading->counted[d],
			     last ? 0 : reading->pending[d]);
		gauges_merge(&watched->extremes[d], &reading->gauges[d]);
		row_from(&line->row, &watched->tally[d], &before, &reading->gauges[d]);
	}
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

static int print_lines(struct summary *summary)
{
	const struct options *options = summary->options;
	int err = 0;

	if (options->sort)
		qsort_r(summary->line, summary->lines, sizeof(summary->line[0]), compare_lines,
			(void *)options->sort);
	for (unsigned int i = 0; !err && i < summary->lines; i++) {
		if (options->rows && i >= options->rows)
			break;
		err = report_line(&summary->report, &summary->line[i]);
	}
	return err;
}

/* Whether there is something new to say. In a table only at the end how much was not TCP. */
static bool health_wanted(const struct summary *summary, const struct watched *watched, bool total)
{
	static const struct health none;
	bool json = summary->options->output == OUTPUT_JSON;

	if (total)
		return json || health_grew(&watched->health, &none, true);
	return health_grew(&watched->health, &watched->health_shown, json);
}

/* What could not be seen. total: of the whole run, at its end. */
static int print_health(struct summary *summary, bool total)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < summary->watching; i++) {
		struct watched *watched = &summary->watched[i];
		struct health_line line = { summary->time, watched->name, watched->health };

		if (!health_wanted(summary, watched, total))
			continue;
		watched->health_shown = watched->health;
		err = report_health(&summary->report, &line);
	}
	return err;
}

int summary_print(struct summary *summary)
{
	int err;

	err = print_lines(summary);
	if (!err)
		err = print_health(summary, false);
	summary->lines = 0;
	return output_failed(err);
}

void summary_skip(struct summary *summary)
{
	summary->lines = 0;
}

int summary_total(struct summary *summary, __u64 run_ns)
{
	int err;

	for (unsigned int i = 0; i < summary->watching; i++) {
		for (enum direction d = IN; d < DIRECTIONS; d++) {
			struct line *line = line_add(summary, "total", i, d, run_ns);

			row_from(&line->row, &summary->watched[i].tally[d], NULL,
				 &summary->watched[i].extremes[d]);
			line->verdict = summary->verdict[summary->lines - 1];
			verdict_text(summary->verdict[summary->lines - 1], line->interface, d,
				     &line->row);
		}
	}
	err = summary->verdicts_only ? 0 : report_total(&summary->report);
	if (!err && !summary->verdicts_only)
		err = print_lines(summary);
	if (!err)
		err = print_health(summary, true);
	for (unsigned int i = 0; !err && i < summary->lines; i++)
		err = report_verdict(&summary->report, summary->line[i].verdict);
	summary->lines = 0;
	return output_failed(err);
}

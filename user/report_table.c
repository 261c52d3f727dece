/* SPDX-License-Identifier: GPL-2.0-only */
/* For the eye: what a person needs in 80 columns, or nearly everything in as many as it takes. */
#include <string.h>

#include "cells.h"
#include "report.h"

static const struct cell narrow[] = {
	COUNT_CELL("DATA", 7, data_segments),
	COUNT_CELL("RETR", 5, retransmitted_segments),
	LOST_CELL("LOST-BEFORE", lost_before_segments),
	LOST_CELL("LOST-AFTER ", lost_after_segments),
	COUNT_CELL("REORD", 5, reordered_segments),
	COUNT_CELL("DUP", 4, duplicated_segments),
	COUNT_CELL("AMBIG", 5, ambiguous_segments),
	MS_CELL("RTTms", 5, rtt_mean_ns),
	{},
};

#define NAME_WIDTH 9 /* of "INTERFACE" */

static unsigned int name_width(const struct report *report)
{
	return max_of(report->interface_width, (unsigned int)NAME_WIDTH);
}

static void print_header(struct report *report, const struct cell *cells, const char *first)
{
	fprintf(report->out, "%-*s DIR", name_width(report), first);
	cells_heading(report->out, cells);
	fputc('\n', report->out);
}

static void print_row(struct report *report, const struct cell *cells, const struct line *line)
{
	fprintf(report->out, "%-*s %-3s", name_width(report), line->interface,
		direction_names[line->direction]);
	cells_print(report->out, cells, &line->row);
	fputc('\n', report->out);
}

static void table_begin(struct report *report)
{
	print_header(report, narrow, "INTERFACE");
}

static void table_line(struct report *report, const struct line *line)
{
	print_row(report, narrow, line);
}

/* Between the intervals and the totals, where there were intervals. */
static const char *gap(const struct report *report)
{
	return report->since_header ? "\n" : "";
}

static void table_total(struct report *report)
{
	fputs(gap(report), report->out);
	print_header(report, narrow, "TOTAL");
	report->since_header = 1;
}

static void wide_begin(struct report *report)
{
	fprintf(report->out, "%-*s ", CLOCK_WIDTH, "TIME");
	print_header(report, wide_cells, "INTERFACE");
}

static void wide_line(struct report *report, const struct line *line)
{
	char text[CLOCK_TEXT];

	clock_text(text, &line->time);
	fprintf(report->out, "%s ", text);
	print_row(report, wide_cells, line);
}

static void wide_total(struct report *report)
{
	fprintf(report->out, "%s%-*s ", gap(report), CLOCK_WIDTH, "TIME");
	print_header(report, wide_cells, "TOTAL");
	report->since_header = 1;
}

static void table_health(struct report *report, const struct health_line *line)
{
	char text[HEALTH_TEXT];

	health_text(text, line);
	fprintf(report->out, "%s\n", text);
}

static void table_verdict(struct report *report, const char *sentence)
{
	fprintf(report->out, "%s\n", sentence);
}

const struct renderer table_renderer = {
	.begin = table_begin,
	.line = table_line,
	.health = table_health,
	.total = table_total,
	.verdict = table_verdict,
};

const struct renderer wide_renderer = {
	.begin = wide_begin,
	.line = wide_line,
	.health = table_health,
	.total = wide_total,
	.verdict = table_verdict,
};

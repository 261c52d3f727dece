/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "report.h"
#include "report_flow.h"
#include "view.h"

#define LINE_BYTES 1024 /* of the widest line; a block character has three */
#define GRAPH_AT 58     /* columns before a panel's graphs */
#define TWO_GRAPHS 40   /* columns that are enough for two */
#define NAME_WIDTH 9
#define DETAIL_WIDTH 48 /* of a name and its value */

static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const letters[] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };
#define LEVELS 8

static const struct cell panel_cells[] = {
	COUNT_CELL("DATA", 7, data_segments),
	COUNT_CELL("RETR", 5, retransmitted_segments),
	LOST_CELL("LOST-BEFORE", lost_before_segments),
	LOST_CELL("LOST-AFTER ", lost_after_segments),
	MS_CELL("RTTms", 5, rtt_mean_ns),
	{},
};

static const char *const help_lines[] = {
	"The upper part: each direction of an interface, in its last interval, and the",
	"history of what it carried and lost, the newest at the right.",
	"The lower part: connections, the worst first, a line for each direction.",
	"",
	"  up down j k PgUp PgDn   choose a connection",
	"  Enter                   everything about it; again or Esc: back",
	"  l r d t                 sort by losses, retransmissions, data, round trip",
	"  /                       those whose ends or process contain a text",
	"  p                       pause, and go on",
	"  + -                     longer and shorter intervals",
	"  h ?                     this help",
	"  q                       quit",
};

/* The screen while it is being filled. */
struct canvas {
	const struct view *view;
	unsigned int y;
	view_put put;
	void *argument;
};

static unsigned int rows_left(const struct canvas *canvas)
{
	return canvas->view->height - min_of(canvas->y, canvas->view->height);
}

/* The next line: cut to the width, where it is plain ASCII. */
static void put_line(struct canvas *canvas, enum style style, const char *text)
{
	char cut[LINE_BYTES];

	if (!rows_left(canvas))
		return;
	snprintf(cut, min_of(sizeof(cut), (size_t)canvas->view->width + 1), "%s", text);
	canvas->put(canvas->y++, style, cut, canvas->argument);
}

void panel_record(struct panel *panel, const struct row *row, __u64 recorded)
{
	panel->row = *row;
	panel->data[recorded % VIEW_HISTORY] = row->data_segments;
	panel->lost[recorded % VIEW_HISTORY] = row->lost_before_segments + row->lost_after_segments;
}

/* The newest at the right, the largest at the top. */
static void print_graph(FILE *out, const struct view *view, const __u64 *history,
			unsigned int width)
{
	__u64 shown = min_of((__u64)width, min_of(view->recorded, (__u64)VIEW_HISTORY)), most = 1;

	for (__u64 i = 1; i <= shown; i++)
		most = max_of(most, history[(view->recorded - i) % VIEW_HISTORY]);
	fprintf(out, "%*s", (int)(width - shown), "");
	for (__u64 i = shown; i; i--) {
		__u64 value = history[(view->recorded - i) % VIEW_HISTORY];
		__u64 level = (__u64)((double)value / (double)most * LEVELS);

		fputs((view->ascii ? letters : blocks)[value && !level ? 1 : level], out);
	}
}

/* Columns of each graph, and how many there are. */
static unsigned int graphs(const struct view *view, unsigned int *count)
{
	unsigned int room = view->width > GRAPH_AT ? view->width - GRAPH_AT : 0;

	*count = room >= TWO_GRAPHS ? 2 : room > 4;
	return *count ? min_of(room / *count - (*count - 1), (unsigned int)VIEW_HISTORY) : 0;
}

static void put_panel(struct canvas *canvas, const struct panel *panel)
{
	const struct view *view = canvas->view;
	unsigned int count, width = graphs(view, &count);
	char text[LINE_BYTES] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (!out || !rows_left(canvas))
		goto out;
	fprintf(out, "%-*.*s %-3s", NAME_WIDTH, NAME_WIDTH, panel->interface,
		direction_names[panel->direction]);
	cells_print(out, panel_cells, &panel->row);
	if (count > 1) {
		fputc(' ', out);
		print_graph(out, view, panel->data, width);
	}
	if (count) {
		fputc(' ', out);
		print_graph(out, view, panel->lost, width);
	}
	fclose(out);
	out = NULL;
	if (count)
		canvas->put(canvas->y++, STYLE_PLAIN, text, canvas->argument);
	else
		put_line(canvas, STYLE_PLAIN, text);
out:
	if (out)
		fclose(out);
}

static void put_panels(struct canvas *canvas)
{
	unsigned int count, width = graphs(canvas->view, &count);
	char text[LINE_BYTES] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (!out)
		return;
	fprintf(out, "%-*s DIR", NAME_WIDTH, "INTERFACE");
	cells_heading(out, panel_cells);
	if (count > 1)
		fprintf(out, " %-*s", (int)width, "CARRIED");
	if (count)
		fprintf(out, " %-*s", (int)width, "LOST");
	fclose(out);
	put_line(canvas, STYLE_HEADING, text);
	for (unsigned int i = 0; i < canvas->view->panels; i++)
		put_panel(canvas, &canvas->view->panel[i]);
}

static void put_title(struct canvas *canvas)
{
	const struct view *view = canvas->view;
	char text[LINE_BYTES], time[CLOCK_TEXT];

	clock_text(time, &view->time);
	snprintf(text, sizeof(text), "ploss top  %.8s  every %g s  by %s%s%s%s%s", time,
		 (double)view->interval_ns / 1e9, view->sort, *view->filter ? "  with " : "",
		 view->filter, view->typing ? "_" : "", view->paused ? "  paused" : "");
	put_line(canvas, STYLE_HEADING, text);
}

/* One line of a table of connections: its heading where line is NULL. */
static void put_flow(struct canvas *canvas, enum style style, const struct flow_line *line)
{
	char text[LINE_BYTES] = "";
	struct flow_report report = { .output = OUTPUT_TABLE, .columns = canvas->view->width };

	report.out = fmemopen(text, sizeof(text), "w");
	if (!report.out)
		return;
	if (line)
		flow_report_line(&report, line);
	else
		flow_report_begin(&report);
	fclose(report.out);
	text[strcspn(text, "\n")] = 0;
	put_line(canvas, style, text);
}

/* The part of the list in which the selected one is. */
static void put_flows(struct canvas *canvas)
{
	const struct view *view = canvas->view;
	size_t room, first;

	put_flow(canvas, STYLE_HEADING, NULL);
	room = rows_left(canvas) > 1 ? rows_left(canvas) - 1 : 0;
	if (!room)
		return;
	first = view->selected / room * room;
	for (size_t i = first; i < view->lines && i < first + room; i++)
		put_flow(canvas, i == view->selected ? STYLE_SELECTED : STYLE_PLAIN,
			 &view->line[i]);
	if (!view->lines)
		put_line(canvas, STYLE_PLAIN,
			 *view->filter ? "Nothing passed that the filter leaves in." :
					 "Nothing passed.");
}

static void put_help(struct canvas *canvas)
{
	put_line(canvas, STYLE_PLAIN, "");
	for (size_t i = 0; i < ARRAY_SIZE(help_lines) && rows_left(canvas) > 1; i++)
		put_line(canvas, STYLE_PLAIN, help_lines[i]);
}

/* Every column of the selected connection that is not 0, as many beside each other as there is room for. */
static void put_columns(struct canvas *canvas, const struct row *row)
{
	unsigned int across = max_of(canvas->view->width / DETAIL_WIDTH, 1U), at = 0;
	char text[LINE_BYTES] = "";

	for (unsigned int i = 0; i < column_count && rows_left(canvas) > 1; i++) {
		if (!column_value(&columns[i], row))
			continue;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%-32s%13llu   ",
			 columns[i].name, column_value(&columns[i], row));
		if (++at % across)
			continue;
		put_line(canvas, STYLE_PLAIN, text);
		text[0] = 0;
	}
	if (*text && rows_left(canvas) > 1)
		put_line(canvas, STYLE_PLAIN, text);
}

static void put_detail(struct canvas *canvas)
{
	const struct view *view = canvas->view;
	const struct flow_line *line = &view->line[view->selected];
	char text[LINE_BYTES], local[ENDPOINT_TEXT], remote[ENDPOINT_TEXT];

	endpoint_text(local, line->family, line->key.local, line->key.local_port);
	endpoint_text(remote, line->family, line->key.remote, line->key.remote_port);
	snprintf(text, sizeof(text), "%s %s  %s %s %s  %s", line->interface,
		 direction_names[line->direction], local, line->direction == OUT ? ">" : "<",
		 remote, line->state);
	put_line(canvas, STYLE_HEADING, text);
	if (line->process.pid) {
		snprintf(text, sizeof(text), "%u/%s", line->process.pid, line->process.comm);
		put_line(canvas, STYLE_PLAIN, text);
	}
	put_columns(canvas, &line->row);
}

void view_compose(const struct view *view, view_put put, void *argument)
{
	struct canvas canvas = { .view = view, .put = put, .argument = argument };

	put_title(&canvas);
	if (view->help) {
		put_help(&canvas);
	} else {
		put_panels(&canvas);
		put_line(&canvas, STYLE_PLAIN, "");
		if (view->detail && view->selected < view->lines)
			put_detail(&canvas);
		else
			put_flows(&canvas);
	}
	while (rows_left(&canvas) > 1)
		put_line(&canvas, STYLE_PLAIN, "");
	put_line(&canvas, STYLE_HEADING,
		 "q quit  h help  l r d t sort  / filter  p pause  + - interval  Enter details");
}

bool view_wants(const struct view *view, const struct flow_line *line)
{
	char local[ENDPOINT_TEXT], remote[ENDPOINT_TEXT];

	endpoint_text(local, line->family, line->key.local, line->key.local_port);
	endpoint_text(remote, line->family, line->key.remote, line->key.remote_port);
	return !*view->filter || strstr(local, view->filter) || strstr(remote, view->filter) ||
	       strstr(line->process.comm, view->filter);
}

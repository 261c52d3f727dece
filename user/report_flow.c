/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "csv.h"
#include "json.h"
#include "report.h"
#include "report_flow.h"

#define TABLE_WIDTH 80

/* What a line is about, for machines: the counters follow. */
struct field {
	const char *name;
	unsigned int groupings; /* HAS(...) of those that have it */
	/* As it is to be printed; false where there is nothing to say. */
	bool (*print)(char text[ENDPOINT_TEXT], const struct flow_line *line);
	bool is_text;
};

#define HAS(grouping) (1U << (grouping))
#define FLOW HAS(GROUP_FLOW)
#define PEER HAS(GROUP_PEER)
#define PORT HAS(GROUP_PORT)
#define PROCESS HAS(GROUP_PROCESS)

static bool print_number(char text[ENDPOINT_TEXT], __u64 number)
{
	snprintf(text, ENDPOINT_TEXT, "%llu", number);
	return true;
}

static bool print_family(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	return print_number(text, line->family);
}

static bool print_local(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	address_text(text, line->family, line->key.local);
	return true;
}

static bool print_local_port(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	return print_number(text, ntohs(line->key.local_port));
}

static bool print_remote(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	address_text(text, line->family, line->key.remote);
	return true;
}

static bool print_remote_port(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	return print_number(text, ntohs(line->key.remote_port));
}

static bool print_port(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	return print_number(text, line->port);
}

static bool print_state(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	snprintf(text, ENDPOINT_TEXT, "%s", line->state);
	return true;
}

static bool print_pid(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	print_number(text, line->process.pid);
	return line->process.pid;
}

static bool print_comm(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	snprintf(text, ENDPOINT_TEXT, "%s", line->process.comm);
	return line->process.pid;
}

static bool print_flows(char text[ENDPOINT_TEXT], const struct flow_line *line)
{
	return print_number(text, line->flows);
}

static const struct field fields[] = {
	{ "family", FLOW | PEER, print_family },
	{ "local_address", FLOW, print_local, true },
	{ "local_port", FLOW, print_local_port },
	{ "remote_address", FLOW | PEER, print_remote, true },
	{ "remote_port", FLOW, print_remote_port },
	{ "port", PORT, print_port },
	{ "state", FLOW, print_state, true },
	{ "pid", FLOW | PROCESS, print_pid },
	{ "comm", FLOW | PROCESS, print_comm, true },
	{ "flows", PEER | PORT | PROCESS, print_flows },
};

static const char *const types[] = { [GROUP_FLOW] = "flow",
				     [GROUP_PEER] = "peer",
				     [GROUP_PORT] = "port",
				     [GROUP_PROCESS] = "process" };

static void json_line(struct flow_report *report, const struct flow_line *line)
{
	char text[ENDPOINT_TEXT];
	FILE *out = report->out;

	json_head(out, types[report->by], &report->time, line->interface);
	json_text(out, "direction", direction_names[line->direction]);
	for (const struct field *field = fields; field < fields + ARRAY_SIZE(fields); field++) {
		if (!(field->groupings & HAS(report->by)))
			continue;
		if (!field->print(text, line))
			fprintf(out, ",\"%s\":null", field->name);
		else if (field->is_text)
			json_text(out, field->name, text);
		else
			fprintf(out, ",\"%s\":%s", field->name, text);
	}
	for (unsigned int i = 0; i < column_count; i++)
		json_number(out, columns[i].name, column_value(&columns[i], &line->row));
	if (report->by == GROUP_FLOW)
		fprintf(out, ",\"holes_merged\":%s", line->holes_merged ? "true" : "false");
	if (report->with_info) {
		fputs(",\"tcp_info\":", out);
		socket_info_json(out, &line->info);
	}
	fputs("}\n", out);
}

static void csv_begin(struct flow_report *report)
{
	FILE *out = report->out;

	if (report->tables)
		return;
	fputs("type,time,interface,direction", out);
	for (const struct field *field = fields; field < fields + ARRAY_SIZE(fields); field++) {
		if (field->groupings & HAS(report->by))
			fprintf(out, ",%s", field->name);
	}
	for (unsigned int i = 0; i < column_count; i++)
		fprintf(out, ",%s", columns[i].name);
	if (report->by == GROUP_FLOW)
		fputs(",holes_merged", out);
	if (report->with_info)
		socket_info_csv_heading(out);
	fputc('\n', out);
}

static void csv_line(struct flow_report *report, const struct flow_line *line)
{
	char text[ENDPOINT_TEXT], time[TIME_TEXT];
	FILE *out = report->out;

	time_text(time, &report->time);
	fprintf(out, "%s,%s,", types[report->by], time);
	csv_field(out, line->interface);
	fprintf(out, ",%s", direction_names[line->direction]);
	for (const struct field *field = fields; field < fields + ARRAY_SIZE(fields); field++) {
		if (!(field->groupings & HAS(report->by)))
			continue;
		fputc(',', out);
		if (field->print(text, line))
			csv_field(out, text);
	}
	for (unsigned int i = 0; i < column_count; i++)
		fprintf(out, ",%llu", column_value(&columns[i], &line->row));
	if (report->by == GROUP_FLOW)
		fprintf(out, ",%s", line->holes_merged ? "true" : "false");
	if (report->with_info)
		socket_info_csv(out, &line->info);
	fputc('\n', out);
}

static const struct cell flow_cells[] = {
	COUNT_CELL("DATA", 6, data_segments),
	COUNT_CELL("RETR", 5, retransmitted_segments),
	COUNT_CELL("BEFORE", 6, lost_before_segments),
	COUNT_CELL("AFTER", 6, lost_after_segments),
	MS_CELL("RTTms", 5, rtt_mean_ns),
	{},
};

static const struct cell group_cells[] = {
	COUNT_CELL("DATA", 7, data_segments),
	COUNT_CELL("RETR", 5, retransmitted_segments),
	LOST_CELL("LOST-BEFORE", lost_before_segments),
	LOST_CELL("LOST-AFTER ", lost_after_segments),
	MS_CELL("RTTms", 5, rtt_mean_ns),
	{},
};

/* In tables the text of a connection, or of what connections have in common, comes last: what is before it, */
#define FLOW_BEFORE 59
#define GROUP_BEFORE 54
#define PROCESS_WIDTH 15

static const char *const headings[] = { [GROUP_FLOW] = "REMOTE",
					[GROUP_PEER] = "PEER",
					[GROUP_PORT] = "PORT",
					[GROUP_PROCESS] = "PROCESS" };

/* Text that is too long loses its middle: addresses differ at the end, too. */
static void shorten(char *text, size_t width)
{
	size_t length = strlen(text), head = (width - 1) / 2, tail = width - 1 - head;

	if (length <= width)
		return;
	text[head] = '~';
	memmove(text + head + 1, text + length - tail, tail + 1);
}

/* "1234/curl", "-" */
static void process_text(char text[ENDPOINT_TEXT], const struct process *process)
{
	if (process->pid)
		snprintf(text, ENDPOINT_TEXT, "%u/%s", process->pid, process->comm);
	else
		strcpy(text, "-");
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

static void subject_text(char text[ENDPOINT_TEXT], const struct flow_report *report,
			 const struct flow_line *line)
{
	switch (report->by) {
	case GROUP_FLOW:
		endpoint_text(text, line->family, line->key.remote, line->key.remote_port);
		break;
	case GROUP_PEER:
		address_text(text, line->family, line->key.remote);
		break;
	case GROUP_PORT:
		print_port(text, line);
		break;
	case GROUP_PROCESS:
		process_text(text, &line->process);
		break;
	}
}

static size_t subject_width(const struct flow_report *report)
{
	size_t before = report->by == GROUP_FLOW ? FLOW_BEFORE : GROUP_BEFORE;

	return max_of(report->columns, (unsigned int)TABLE_WIDTH) - before;
}

static void table_begin(struct flow_report *report)
{
	FILE *out = report->out;

	if (report->tables)
		fputc('\n', out);
	fputs("DIR", out);
	if (report->by == GROUP_FLOW) {
		cells_heading(out, flow_cells);
		fprintf(out, " %-*s LPORT", PROCESS_WIDTH, "PROCESS");
	} else {
		fputs(" FLOWS", out);
		cells_heading(out, group_cells);
	}
	fprintf(out, " %s\n", headings[report->by]);
}

static void table_line(struct flow_report *report, const struct flow_line *line)
{
	char text[ENDPOINT_TEXT], count[COUNT_TEXT];
	FILE *out = report->out;

	fprintf(out, "%-3s", direction_names[line->direction]);
	if (report->by == GROUP_FLOW) {
		cells_print(out, flow_cells, &line->row);
		process_text(text, &line->process);
		shorten(text, PROCESS_WIDTH);
		fprintf(out, " %-*s %5u", PROCESS_WIDTH, text, ntohs(line->key.local_port));
	} else {
		count_text(count, 5, line->flows);
		fprintf(out, " %5s", count);
		cells_print(out, group_cells, &line->row);
	}
	subject_text(text, report, line);
	shorten(text, subject_width(report));
	fprintf(out, " %s\n", text);
	socket_info_print(out, &line->info);
}

#define INTERFACE_WIDTH 9 /* of "INTERFACE" */

static unsigned int interface_width(const struct flow_report *report)
{
	return max_of(report->interfaces, (unsigned int)INTERFACE_WIDTH);
}

static void wide_begin(struct flow_report *report)
{
	FILE *out = report->out;

	if (report->tables)
		fputc('\n', out);
	fprintf(out, "%-*s %-*s DIR", CLOCK_WIDTH, "TIME", interface_width(report), "INTERFACE");
	if (report->by == GROUP_FLOW)
		fprintf(out, " %-11s %-23s %-21s %-21s", "STATE", "PROCESS", "LOCAL", "REMOTE");
	else
		fprintf(out, " %-23s  FLOWS", headings[report->by]);
	cells_heading(out, wide_cells);
	fputc('\n', out);
}

static void wide_line(struct flow_report *report, const struct flow_line *line)
{
	char text[ENDPOINT_TEXT], time[CLOCK_TEXT];
	FILE *out = report->out;

	clock_text(time, &report->time);
	fprintf(out, "%s %-*s %-3s", time, interface_width(report), line->interface,
		direction_names[line->direction]);
	if (report->by == GROUP_FLOW) {
		process_text(text, &line->process);
		fprintf(out, " %-11s %-23s", line->state, text);
		endpoint_text(text, line->family, line->key.local, line->key.local_port);
		fprintf(out, " %-21s", text);
	}
	subject_text(text, report, line);
	fprintf(out, report->by == GROUP_FLOW ? " %-21s" : " %-23s", text);
	if (report->by != GROUP_FLOW)
		fprintf(out, " %6llu", line->flows);
	cells_print(out, wide_cells, &line->row);
	fputc('\n', out);
	socket_info_print(out, &line->info);
}

/* How an output looks; begin may be NULL. */
static const struct {
	void (*begin)(struct flow_report *report);
	void (*line)(struct flow_report *report, const struct flow_line *line);
} renderers[] = {
	[OUTPUT_TABLE] = { table_begin, table_line },
	[OUTPUT_WIDE] = { wide_begin, wide_line },
	[OUTPUT_JSON] = { NULL, json_line },
	[OUTPUT_CSV] = { csv_begin, csv_line },
};

void flow_report_begin(struct flow_report *report)
{
	if (renderers[report->output].begin)
		renderers[report->output].begin(report);
	report->tables++;
}

void flow_report_line(struct flow_report *report, const struct flow_line *line)
{
	renderers[report->output].line(report, line);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* For the eye: what a person needs in 80 columns, or nearly everything in as many as it takes. */
#include <string.h>

#include "report.h"

#define CELL_TEXT 32

/* A column of a table: its text, at most width characters, from the row; offset says which field.
 */
struct cell {
	const char *heading;
	unsigned int width;
	void (*print)(char text[CELL_TEXT], const struct cell *cell, const struct row *row);
	size_t offset;
};

static __u64 cell_value(const struct cell *cell, const struct row *row)
{
	return *(const __u64 *)((const char *)row + cell->offset);
}

static void print_count(char text[CELL_TEXT], const struct cell *cell, const struct row *row)
{
	count_text(text, cell->width, cell_value(cell, row));
}

/* Milliseconds with the digits that fit; "-" where nothing was measured. */
static void print_ms(char text[CELL_TEXT], const struct cell *cell, const struct row *row)
{
	double ms = (double)cell_value(cell, row) / 1e6;

	strcpy(text, "-");
	for (int digits = 3; ms > 0 && digits >= 0; digits--) {
		snprintf(text, CELL_TEXT, "%.*f", digits, ms);
		if (strlen(text) <= cell->width)
			return;
	}
	if (ms > 0)
		count_text(text, cell->width, (__u64)ms);
}

#define PERCENT_TEXT 8

/* At most five characters. percent is from 0 to 100. */
static void percent_text(char text[PERCENT_TEXT], double percent)
{
	if (percent < 0.005) {
		strcpy(text, "<.01%");
		return;
	}
	for (int digits = 2; digits >= 0; digits--) {
		snprintf(text, PERCENT_TEXT, "%.*f%%", digits, percent);
		if (strlen(text) <= 5)
			break;
	}
}

/* "  135  1.2%": a count, and a percentage where there is enough evidence for one. */
static void print_lost(char text[CELL_TEXT], const struct cell *cell, const struct row *row)
{
	bool before = cell->offset == offsetof(struct row, lost_before_segments);
	char count[COUNT_TEXT], percent[PERCENT_TEXT] = "";
	double value;

	if (before ? loss_before_percent(row, &value) : loss_after_percent(row, &value))
		percent_text(percent, value);
	count_text(count, cell->width - 6, cell_value(cell, row));
	snprintf(text, CELL_TEXT, "%s %5s", count, percent);
}

#define COUNT(heading, width, name) \
	{ \
		heading, width, print_count, offsetof(struct row, name) \
	}
#define LOST(heading, name) \
	{ \
		heading, 11, print_lost, offsetof(struct row, name) \
	}
#define MS(heading, width, name) \
	{ \
		heading, width, print_ms, offsetof(struct row, name) \
	}

static const struct cell narrow[] = {
	COUNT("DATA", 7, data_segments),
	COUNT("RETR", 5, retransmitted_segments),
	LOST("LOST-BEFORE", lost_before_segments),
	LOST("LOST-AFTER ", lost_after_segments),
	COUNT("REORD", 5, reordered_segments),
	COUNT("DUP", 4, duplicated_segments),
	COUNT("AMBIG", 5, ambiguous_segments),
	MS("RTTms", 5, rtt_mean_ns),
	{},
};

static const struct cell wide[] = {
	COUNT("PACKETS", 9, packets),
	COUNT("BYTES", 12, bytes),
	COUNT("SEGMENTS", 9, segments),
	COUNT("DATA", 9, data_segments),
	COUNT("DATABYTES", 12, data_bytes),
	COUNT("RETR", 7, retransmitted_segments),
	COUNT("UNSEEN", 7, retransmitted_unseen_segments),
	COUNT("SEEN", 7, retransmitted_seen_segments),
	COUNT("SPURIOUS", 8, retransmitted_spurious_segments),
	COUNT("RTO", 5, cause_rto_segments),
	COUNT("FAST", 6, cause_fast_segments),
	COUNT("TLP", 5, cause_tlp_segments),
	COUNT("SYNRTX", 6, syn_retransmitted_segments),
	LOST("LOST-BEFORE", lost_before_segments),
	COUNT("BY-ID", 7, lost_before_packets),
	LOST("LOST-AFTER ", lost_after_segments),
	COUNT("BURSTS", 6, loss_bursts),
	COUNT("LONGEST", 7, loss_burst_max_segments),
	COUNT("REORD", 6, reordered_segments),
	COUNT("R-AFTER", 7, reordered_after_segments),
	COUNT("DUP", 6, duplicated_segments),
	COUNT("D-AFTER", 7, duplicated_after_segments),
	COUNT("AMBIG", 6, ambiguous_segments),
	COUNT("STALLS", 6, stalls),
	MS("STALLms", 8, stall_ns),
	COUNT("UNSEENB", 9, unseen_bytes),
	COUNT("DUPACK", 7, duplicate_acks),
	COUNT("SACK", 7, sack_blocks),
	COUNT("DSACK", 6, dsack_blocks),
	COUNT("ZEROWIN", 7, zero_windows),
	COUNT("KEEPAL", 6, keepalives),
	COUNT("SYN", 5, syns),
	COUNT("FIN", 5, fins),
	COUNT("RST", 5, resets),
	COUNT("CE", 6, ecn_ce_segments),
	MS("RTTmin", 7, rtt_min_ns),
	MS("RTTmean", 7, rtt_mean_ns),
	MS("RTTmax", 7, rtt_max_ns),
	{},
};

#define NAME_WIDTH 9  /* of "INTERFACE" */
#define TIME_WIDTH 12 /* "12:34:56.789" */

static unsigned int name_width(const struct report *report)
{
	return max_of(report->interface_width, (unsigned int)NAME_WIDTH);
}

static void print_header(struct report *report, const struct cell *cells, const char *first)
{
	fprintf(report->out, "%-*s DIR", name_width(report), first);
	for (const struct cell *cell = cells; cell->heading; cell++)
		fprintf(report->out, " %*s", cell->width, cell->heading);
	fputc('\n', report->out);
}

static void print_row(struct report *report, const struct cell *cells, const struct line *line)
{
	char text[CELL_TEXT];

	fprintf(report->out, "%-*s %-3s", name_width(report), line->interface,
		direction_names[line->direction]);
	for (const struct cell *cell = cells; cell->heading; cell++) {
		cell->print(text, cell, &line->row);
		fprintf(report->out, " %*s", cell->width, text);
	}
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
	fprintf(report->out, "%-*s ", TIME_WIDTH, "TIME");
	print_header(report, wide, "INTERFACE");
}

static void wide_line(struct report *report, const struct line *line)
{
	struct tm tm;
	char time[16];

	localtime_r(&line->time.tv_sec, &tm);
	strftime(time, sizeof(time), "%H:%M:%S", &tm);
	fprintf(report->out, "%s.%03ld ", time, line->time.tv_nsec / 1000000);
	print_row(report, wide, line);
}

static void wide_total(struct report *report)
{
	fprintf(report->out, "%s%-*s ", gap(report), TIME_WIDTH, "TIME");
	print_header(report, wide, "TOTAL");
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

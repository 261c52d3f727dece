/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <time.h>

#include "cells.h"
#include "report.h"

static __u64 cell_value(const struct cell *cell, const struct row *row)
{
	return *(const __u64 *)((const char *)row + cell->offset);
}

void print_count(char text[CELL_TEXT], const struct cell *cell, const struct row *row)
{
	count_text(text, cell->width, cell_value(cell, row));
}

void print_ms(char text[CELL_TEXT], const struct cell *cell, const struct row *row)
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

void print_lost(char text[CELL_TEXT], const struct cell *cell, const struct row *row)
{
	bool before = cell->offset == offsetof(struct row, lost_before_segments);
	char count[COUNT_TEXT], percent[PERCENT_TEXT] = "";
	double value;

	if (before ? loss_before_percent(row, &value) : loss_after_percent(row, &value))
		percent_text(percent, value);
	count_text(count, cell->width - 6, cell_value(cell, row));
	snprintf(text, CELL_TEXT, "%s %5s", count, percent);
}

const struct cell wide_cells[] = {
	COUNT_CELL("PACKETS", 9, packets),
	COUNT_CELL("BYTES", 12, bytes),
	COUNT_CELL("SEGMENTS", 9, segments),
	COUNT_CELL("DATA", 9, data_segments),
	COUNT_CELL("DATABYTES", 12, data_bytes),
	COUNT_CELL("RETR", 7, retransmitted_segments),
	COUNT_CELL("UNSEEN", 7, retransmitted_unseen_segments),
	COUNT_CELL("SEEN", 7, retransmitted_seen_segments),
	COUNT_CELL("SPURIOUS", 8, retransmitted_spurious_segments),
	COUNT_CELL("RTO", 5, cause_rto_segments),
	COUNT_CELL("FAST", 6, cause_fast_segments),
	COUNT_CELL("TLP", 5, cause_tlp_segments),
	COUNT_CELL("SYNRTX", 6, syn_retransmitted_segments),
	LOST_CELL("LOST-BEFORE", lost_before_segments),
	COUNT_CELL("BY-ID", 7, lost_before_packets),
	LOST_CELL("LOST-AFTER ", lost_after_segments),
	COUNT_CELL("BURSTS", 6, loss_bursts),
	COUNT_CELL("LONGEST", 7, loss_burst_max_segments),
	COUNT_CELL("REORD", 6, reordered_segments),
	COUNT_CELL("R-AFTER", 7, reordered_after_segments),
	COUNT_CELL("DUP", 6, duplicated_segments),
	COUNT_CELL("D-AFTER", 7, duplicated_after_segments),
	COUNT_CELL("AMBIG", 6, ambiguous_segments),
	COUNT_CELL("STALLS", 6, stalls),
	MS_CELL("STALLms", 8, stall_ns),
	COUNT_CELL("UNSEENB", 9, unseen_bytes),
	COUNT_CELL("DUPACK", 7, duplicate_acks),
	COUNT_CELL("SACK", 7, sack_blocks),
	COUNT_CELL("DSACK", 6, dsack_blocks),
	COUNT_CELL("ZEROWIN", 7, zero_windows),
	COUNT_CELL("KEEPAL", 6, keepalives),
	COUNT_CELL("SYN", 5, syns),
	COUNT_CELL("FIN", 5, fins),
	COUNT_CELL("RST", 5, resets),
	COUNT_CELL("CE", 6, ecn_ce_segments),
	MS_CELL("RTTmin", 7, rtt_min_ns),
	MS_CELL("RTTmean", 7, rtt_mean_ns),
	MS_CELL("RTTmax", 7, rtt_max_ns),
	{},
};

void cells_heading(FILE *out, const struct cell *cells)
{
	for (const struct cell *cell = cells; cell->heading; cell++)
		fprintf(out, " %*s", cell->width, cell->heading);
}

void cells_print(FILE *out, const struct cell *cells, const struct row *row)
{
	char text[CELL_TEXT];

	for (const struct cell *cell = cells; cell->heading; cell++) {
		cell->print(text, cell, row);
		fprintf(out, " %*s", cell->width, text);
	}
}

void clock_text(char text[CLOCK_TEXT], const struct timespec *time)
{
	char seconds[sizeof("12:34:56")];
	struct tm tm;

	localtime_r(&time->tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%H:%M:%S", &tm);
	snprintf(text, CLOCK_TEXT, "%s.%03u", seconds,
		 (unsigned int)(time->tv_nsec / 1000000) % 1000);
}

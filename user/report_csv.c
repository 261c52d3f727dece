/* SPDX-License-Identifier: GPL-2.0-only */
/* One header line, then a line a row, with the columns of the JSON under the same names (RFC 4180,
 * but for its line ends).
 */
#include <string.h>

#include "csv.h"
#include "log.h"
#include "report.h"

void csv_field(FILE *out, const char *text)
{
	if (!strpbrk(text, "\",\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void csv_begin(struct report *report)
{
	fputs("type,time,interface,direction,interval_ns", report->out);
	for (unsigned int i = 0; i < column_count; i++)
		fprintf(report->out, ",%s", columns[i].name);
	fputc('\n', report->out);
}

static void csv_line(struct report *report, const struct line *line)
{
	FILE *out = report->out;
	char time[TIME_TEXT];

	time_text(time, &line->time);
	fprintf(out, "%s,%s,", line->type, time);
	csv_field(out, line->interface);
	fprintf(out, ",%s,%llu", direction_names[line->direction], line->interval_ns);
	for (unsigned int i = 0; i < column_count; i++)
		fprintf(out, ",%llu", column_value(&columns[i], &line->row));
	fputc('\n', out);
}

/* These have no place among the columns. */
static void csv_health(struct report *report, const struct health_line *line)
{
	char text[HEALTH_TEXT];

	health_text(text, line);
	note("%s", text);
}

static void csv_verdict(struct report *report, const char *sentence)
{
	note("%s", sentence);
}

const struct renderer csv_renderer = {
	.begin = csv_begin,
	.line = csv_line,
	.health = csv_health,
	.verdict = csv_verdict,
};

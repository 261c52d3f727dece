/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "report.h"

const char *const direction_names[DIRECTIONS] = { [IN] = "in", [OUT] = "out" };

static const struct renderer *const renderers[] = {
	[OUTPUT_TABLE] = &table_renderer,
	[OUTPUT_WIDE] = &wide_renderer,
	[OUTPUT_JSON] = &json_renderer,
	[OUTPUT_CSV] = &csv_renderer,
};

void report_begin(struct report *report, FILE *out, enum output output)
{
	*report = (struct report){ .out = out, .renderer = renderers[output] };
}

int output_flush(FILE *out)
{
	errno = 0;
	if (!fflush(out) && !ferror(out))
		return 0;
	return errno ? -errno : -EIO;
}

int output_failed(int err)
{
	if (err && err != -EPIPE)
		fail(err, "cannot write to the standard output");
	return err;
}

/* What stands before the first line. */
static void begin(struct report *report)
{
	if (report->renderer->begin && !report->since_header)
		report->renderer->begin(report);
	report->since_header++;
}

int report_line(struct report *report, const struct line *line)
{
	if (report->repeat_header && report->since_header >= report->repeat_header)
		report->since_header = 0;
	begin(report);
	report->renderer->line(report, line);
	return output_flush(report->out);
}

int report_total(struct report *report)
{
	if (report->renderer->total)
		report->renderer->total(report);
	return output_flush(report->out);
}

int report_health(struct report *report, const struct health_line *line)
{
	report->renderer->health(report, line);
	return output_flush(report->out);
}

int report_verdict(struct report *report, const char *sentence)
{
	report->renderer->verdict(report, sentence);
	return output_flush(report->out);
}

bool health_grew(const struct health *now, const struct health *before, bool not_tcp)
{
	for (unsigned int i = 0; i < REFUSAL_END; i++) {
		if (now->refused[i] != before->refused[i] && (not_tcp || i != REFUSED_not_tcp))
			return true;
	}
#define X(name, sentence) \
	if (now->name != before->name) \
		return true;
	HEALTH_COUNTS(X)
#undef X
	return false;
}

/* Adds "3 of these" to the list. */
static void append_count(FILE *list, __u64 count, const char *what, bool *any)
{
	if (!count)
		return;
	fprintf(list, "%s%llu %s", *any ? ", " : "", count, what);
	*any = true;
}

void health_text(char text[HEALTH_TEXT], const struct health_line *line)
{
	static const char *const refusals[REFUSAL_END] = {
		[REFUSED_not_tcp] = "packets that are not TCP",
		[REFUSED_fragment] = "fragments",
		[REFUSED_truncated] = "truncated packets",
		[REFUSED_malformed] = "malformed packets",
		[REFUSED_extension_limit] = "packets with too many extension headers",
	};
	FILE *list = fmemopen(text, HEALTH_TEXT, "w");
	bool any = false;

	text[0] = 0;
	if (!list)
		return;
	fprintf(list, "%s: not followed so far: ", line->interface);
	for (unsigned int i = 1; i < REFUSAL_END; i++)
		append_count(list, line->health.refused[i], refusals[i], &any);
#define X(name, sentence) append_count(list, line->health.name, sentence, &any);
	HEALTH_COUNTS(X)
#undef X
	fputs(any ? "" : "nothing", list);
	fclose(list);
}

void time_text(char text[TIME_TEXT], const struct timespec *time)
{
	struct tm tm;
	size_t length;

	gmtime_r(&time->tv_sec, &tm);
	length = strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + length, TIME_TEXT - length, ".%09ldZ", time->tv_nsec);
}

void count_text(char text[COUNT_TEXT], unsigned int width, __u64 count)
{
	static const char units[] = "kMGTPE";
	double scaled = (double)count;

	snprintf(text, COUNT_TEXT, "%llu", count);
	for (const char *unit = units; strlen(text) > width && *unit; unit++) {
		scaled /= 1000;
		snprintf(text, COUNT_TEXT, "%.1f%c", scaled, *unit);
		if (strlen(text) > width)
			snprintf(text, COUNT_TEXT, "%.0f%c", scaled, *unit);
	}
}

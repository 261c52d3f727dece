/* SPDX-License-Identifier: GPL-2.0-only */
/* One object a line. */
#include "log.h"
#include "report.h"

/* A JSON string. Interface names and the like are bytes: what is not printable ASCII is escaped. */
static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c < ' ' || c > '~')
			fprintf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void put_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":", name);
	put_string(out, text);
}

static void put_number(FILE *out, const char *name, __u64 number)
{
	fprintf(out, ",\"%s\":%llu", name, number);
}

static void put_head(FILE *out, const char *type, const struct timespec *time,
		     const char *interface)
{
	char text[TIME_TEXT];

	fputs("{\"type\":", out);
	put_string(out, type);
	time_text(text, time);
	put_text(out, "time", text);
	put_text(out, "interface", interface);
}

static void json_line(struct report *report, const struct line *line)
{
	FILE *out = report->out;

	put_head(out, line->type, &line->time, line->interface);
	put_text(out, "direction", direction_names[line->direction]);
	put_number(out, "interval_ns", line->interval_ns);
	for (unsigned int i = 0; i < column_count; i++)
		put_number(out, columns[i].name, column_value(&columns[i], &line->row));
	if (line->verdict)
		put_text(out, "verdict", line->verdict);
	fputs("}\n", out);
}

static void json_health(struct report *report, const struct health_line *line)
{
	FILE *out = report->out;

	put_head(out, "health", &line->time, line->interface);
#define X(name) put_number(out, #name, line->health.refused[REFUSED_##name]);
	REFUSALS(X)
#undef X
#define X(name, sentence) put_number(out, #name, line->health.name);
	HEALTH_COUNTS(X)
#undef X
	fputs("}\n", out);
}

/* A key of the total already; here for whoever watches. */
static void json_verdict(struct report *report, const char *sentence)
{
	note("%s", sentence);
}

const struct renderer json_renderer = {
	.line = json_line,
	.health = json_health,
	.verdict = json_verdict,
};

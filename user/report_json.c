/* SPDX-License-Identifier: GPL-2.0-only */
/* One object a line. */
#include "json.h"
#include "log.h"
#include "report.h"

static void json_line(struct report *report, const struct line *line)
{
	FILE *out = report->out;

	json_head(out, line->type, &line->time, line->interface);
	json_text(out, "direction", direction_names[line->direction]);
	json_number(out, "interval_ns", line->interval_ns);
	for (unsigned int i = 0; i < column_count; i++)
		json_number(out, columns[i].name, column_value(&columns[i], &line->row));
	if (line->verdict)
		json_text(out, "verdict", line->verdict);
	fputs("}\n", out);
}

static void json_health(struct report *report, const struct health_line *line)
{
	FILE *out = report->out;

	json_head(out, "health", &line->time, line->interface);
#define X(name) json_number(out, #name, line->health.refused[REFUSED_##name]);
	REFUSALS(X)
#undef X
#define X(name, sentence) json_number(out, #name, line->health.name);
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

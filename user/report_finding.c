/* SPDX-License-Identifier: GPL-2.0-only */
#include "csv.h"
#include "json.h"
#include "report.h"
#include "report_finding.h"
#include "verdict.h"

void finding_report_begin(struct finding_report *report)
{
	if (report->output == OUTPUT_CSV)
		fputs("type,time,interface,kind,direction,weight,text\n", report->out);
}

static void json_finding(struct finding_report *report, const char *interface,
			 const struct finding *finding)
{
	FILE *out = report->out;

	json_head(out, "finding", &report->time, interface);
	json_text(out, "kind", finding->kind);
	if (finding->direction)
		json_text(out, "direction", finding->direction);
	else
		fputs(",\"direction\":null", out);
	json_number(out, "weight", finding->weight);
	json_text(out, "text", finding->text);
	fputs("}\n", out);
}

static void csv_finding(struct finding_report *report, const char *interface,
			const struct finding *finding)
{
	FILE *out = report->out;
	char time[TIME_TEXT];

	time_text(time, &report->time);
	fprintf(out, "finding,%s,", time);
	csv_field(out, interface);
	fprintf(out, ",%s,%s,%u,", finding->kind, finding->direction ? finding->direction : "",
		finding->weight);
	csv_field(out, finding->text);
	fputc('\n', out);
}

static void report_finding(struct finding_report *report, const char *interface,
			   const struct finding *finding)
{
	if (report->output == OUTPUT_JSON)
		json_finding(report, interface, finding);
	else if (report->output == OUTPUT_CSV)
		csv_finding(report, interface, finding);
	else
		fprintf(report->out, "%s\n", finding->text);
}

/* Where nothing is wrong, that is said, with what it rests on. */
static void report_clean(struct finding_report *report, const struct examination *e)
{
	char inbound[VERDICT_TEXT], outbound[VERDICT_TEXT];
	struct finding clean = { .kind = "clean" };

	verdict_text(inbound, e->interface, IN, &e->row[IN]);
	verdict_text(outbound, e->interface, OUT, &e->row[OUT]);
	snprintf(clean.text, sizeof(clean.text), "Nothing is wrong on %s. %.220s %.220s",
		 e->interface, inbound, outbound);
	report_finding(report, e->interface, &clean);
}

void report_diagnosis(struct finding_report *report, const struct diagnosis *diagnosis,
		      const struct examination *e)
{
	if (!diagnosis->count || diagnosis->finding[0].weight < WEIGHT_TROUBLE)
		report_clean(report, e);
	for (unsigned int i = 0; i < diagnosis->count; i++)
		report_finding(report, e->interface, &diagnosis->finding[i]);
}

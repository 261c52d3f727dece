/* SPDX-License-Identifier: GPL-2.0-only */
#include "connections.h"
#include "read_doctor.h"
#include "report.h"
#include "report_finding.h"

void read_doctor_take(struct read_doctor *doctor, const struct connection *c)
{
	struct trouble trouble;
	struct entry entry;

	connection_entry(&entry, &trouble, c);
	examine_entry(&doctor->examination[connection_interface(c)], &entry);
}

/* What the capture's own host counted is not in it. */
static void measure(struct examination *e, const struct watched *watched, __u64 run_ns)
{
	e->interface = watched->name;
	e->span_ns = run_ns;
	e->health = watched->health;
	for (enum direction d = IN; d < DIRECTIONS; d++)
		row_from(&e->row[d], &watched->tally[d], NULL, &watched->extremes[d]);
}

int read_doctor_print(struct read_doctor *doctor, const struct summary *summary, __u64 run_ns)
{
	struct finding_report report = {
		.out = stdout,
		.output = summary->options->output,
		.time = summary->time,
	};
	struct diagnosis diagnosis;

	if (summary->report.since_header && report.output <= OUTPUT_WIDE)
		fputc('\n', stdout);
	finding_report_begin(&report);
	for (unsigned int i = 0; i < summary->watching; i++) {
		measure(&doctor->examination[i], &summary->watched[i], run_ns);
		diagnose(&diagnosis, &doctor->examination[i], summary->options);
		doctor->exceeded |= diagnosis.exceeded;
		report_diagnosis(&report, &diagnosis, &doctor->examination[i]);
	}
	return output_failed(output_flush(stdout));
}

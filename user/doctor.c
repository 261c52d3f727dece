/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose.h"
#include "doctor.h"
#include "examine.h"
#include "log.h"
#include "report.h"
#include "report_finding.h"
#include "session.h"

#define TICK_NS 2000000000ULL

struct doctor {
	struct session session;
	struct examination examination[MAX_INTERFACES];
	struct drops drops[MAX_INTERFACES]; /* at the beginning */
	struct netstat netstat;             /* the same */
	struct diagnosis diagnosis;
	struct finding_report report;
	__u64 started_ns;
	bool exceeded;
};

static int look(const struct entry *entry, void *argument)
{
	struct doctor *doctor = argument;

	for (unsigned int i = 0; i < doctor->session.interfaces.count; i++) {
		if (doctor->session.interfaces.entry[i].index == entry->key.ifindex)
			examine_entry(&doctor->examination[i], entry);
	}
	return 0;
}

/* Until time is up, or somebody has had enough. */
static int watch(struct doctor *doctor)
{
	struct session *session = &doctor->session;
	struct woken woken = {};
	int err = 0;

	while (!err && !woken.signal && !woken.interval && interfaces_left(&session->interfaces)) {
		err = wait_next(&session->wait, &woken);
		if (!err && woken.links)
			links_follow(session->wait.links, &session->interfaces);
		if (!err && woken.sweep)
			kernel_sweep(session->kernel);
	}
	return err ? fail(err, "cannot wait") : 0;
}

/* Both are structs of nothing but __u64. */
static void since(void *now, const void *before, size_t size)
{
	const __u64 *old = before;
	__u64 *value = now;

	for (size_t i = 0; i < size / sizeof(*value); i++)
		value[i] -= min_of(old[i], value[i]);
}

static int measure(struct doctor *doctor, unsigned int i, __u32 interval)
{
	struct examination *e = &doctor->examination[i];
	const struct interface *interface = &doctor->session.interfaces.entry[i];
	struct reading reading;
	int err;

	err = kernel_read(doctor->session.kernel, i + 1, interval, &reading);
	if (err)
		return fail(err, "cannot read the counters of %s", interface->name);
	e->interface = interface->name;
	e->span_ns = monotonic_ns() - doctor->started_ns;
	e->health = reading.health;
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		struct tally tally = {};

		tally_update(&tally, &reading.counted[d], 0);
		row_from(&e->row[d], &tally, NULL, &reading.gauges[d]);
	}
	netstat_read(&e->netstat);
	since(&e->netstat, &doctor->netstat, sizeof(e->netstat));
	if (!drops_read(&e->drops, interface->index))
		since(&e->drops, &doctor->drops[i], sizeof(e->drops));
	return 0;
}

static int conclude(struct doctor *doctor)
{
	__u32 interval = kernel_next_interval(doctor->session.kernel);
	int err;

	doctor->report = (struct finding_report){ .out = stdout,
						  .output = doctor->session.options->output };
	clock_gettime(CLOCK_REALTIME, &doctor->report.time);
	finding_report_begin(&doctor->report);
	err = kernel_dump(doctor->session.kernel, look, doctor);
	if (err)
		return fail(err, "cannot list the connections");
	for (unsigned int i = 0; !err && i < doctor->session.interfaces.count; i++) {
		err = measure(doctor, i, interval);
		if (err)
			return err;
		diagnose(&doctor->diagnosis, &doctor->examination[i], doctor->session.options);
		doctor->exceeded |= doctor->diagnosis.exceeded;
		report_diagnosis(&doctor->report, &doctor->diagnosis, &doctor->examination[i]);
	}
	return output_failed(output_flush(stdout));
}

static int run(struct doctor *doctor, const struct options *options)
{
	struct session *session = &doctor->session;
	int err;

	err = session_open(session, options);
	if (err)
		return err;
	for (unsigned int i = 0; i < session->interfaces.count; i++)
		drops_read(&doctor->drops[i], session->interfaces.entry[i].index);
	netstat_read(&doctor->netstat);
	kernel_on_sweep(session->kernel, look, doctor);
	err = session_start(session, TICK_NS);
	doctor->started_ns = monotonic_ns();
	if (!err)
		err = watch(doctor);
	if (!err)
		err = conclude(doctor);
	if (!err && !interfaces_left(&session->interfaces))
		err = refuse(-ENODEV, "cannot go on: no interface is left to watch");
	return err;
}

int doctor_run(const struct options *options)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));
	int status;

	if (!doctor) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	status = session_close(&doctor->session, run(doctor, options));
	if (!status && doctor->exceeded)
		status = EXIT_EXCEEDED;
	free(doctor);
	return status;
}

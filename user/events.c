/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eventlist.h"
#include "events.h"
#include "kernelview.h"
#include "log.h"
#include "process.h"
#include "report.h"
#include "report_event.h"
#include "session.h"

#define TICK_NS 1000000000ULL
#define ASK_NS 20000000ULL  /* an event of an unknown socket asks for owners at most this often */
#define OUTPUT_BUFFER 65536 /* a line is one write */
#define ENOUGH (-ECANCELED) /* all lines that were asked for are printed */

struct listener {
	struct session session;
	struct processes processes;
	struct event_list list;
	struct kernelview kernelview;
	__u64 to_realtime_ns;
	__u64 lines;
	bool ending;
};

static __u64 realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static struct event_line line_of(struct listener *listener, const struct event *event)
{
	__u64 time_ns = event->time_ns + listener->to_realtime_ns;
	struct event_line line = {
		.time = { (time_t)(time_ns / 1000000000), (long)(time_ns % 1000000000) },
		.interface = session_interface(&listener->session, event->ifindex),
		.event = *event,
	};
	struct flow_key6 key = { .local_port = event->local_port,
				 .remote_port = event->remote_port };

	memcpy(key.local, event->local, sizeof(key.local));
	memcpy(key.remote, event->remote, sizeof(key.remote));
	if (!process_find(&listener->processes, &key, &line.process)) {
		processes_ask(&listener->processes, ASK_NS);
		process_find(&listener->processes, &key, &line.process);
	}
	return line;
}

static int tell(const struct event *event, void *argument)
{
	struct listener *listener = argument;
	const struct options *options = listener->session.options;
	struct event_line line;
	int err;

	if (!event_list_wants(&listener->list, event))
		return 0;
	if (options->counted)
		return event_list_count(&listener->list, event);
	line = line_of(listener, event);
	event_report_line(&listener->list.report, &line);
	err = output_flush(stdout);
	if (!err && options->rows && ++listener->lines == options->rows)
		return ENOUGH;
	return err;
}

static int fetch(struct listener *listener)
{
	int err;

	listener->to_realtime_ns = realtime_ns() - monotonic_ns();
	err = kernel_fetch(listener->session.kernel);
	if (err == ENOUGH)
		listener->ending = true;
	return err == ENOUGH ? 0 : output_failed(err);
}

/* What was not seen, and what was not told. */
static int print_health(struct listener *listener)
{
	static const struct health none;
	struct report report;
	struct health_line line;
	struct reading reading;
	char text[HEALTH_TEXT];
	int err = 0;

	report_begin(&report, stdout, OUTPUT_JSON);
	clock_gettime(CLOCK_REALTIME, &line.time);
	for (unsigned int i = 0; !err && i < listener->session.interfaces.count; i++) {
		line.interface = listener->session.interfaces.entry[i].name;
		err = kernel_read(listener->session.kernel, i + 1, 0, &reading);
		if (err)
			return fail(err, "cannot read the counters of %s", line.interface);
		line.health = reading.health;
		health_text(text, &line);
		if (listener->list.report.output == OUTPUT_JSON)
			err = output_failed(report_health(&report, &line));
		else if (health_grew(&line.health, &none, false))
			note("%s", text);
	}
	return err;
}

static const char *name_of(const void *session, __u32 ifindex)
{
	return session_interface(session, ifindex);
}

/* How many of each connection. */
static int print_counts(struct listener *listener)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return event_list_print(&listener->list, &now, name_of, &listener->session);
}

static int watch(struct listener *listener)
{
	struct session *session = &listener->session;
	struct woken woken;
	int err = 0;

	while (!err && !listener->ending) {
		err = wait_next(&session->wait, &woken);
		if (err)
			return fail(err, "cannot wait");
		if (woken.links)
			links_follow(session->wait.links, &session->interfaces);
		listener->ending = woken.signal || !interfaces_left(&session->interfaces);
		if (woken.sweep) {
			processes_ask(&listener->processes, TICK_NS / 2);
			kernel_sweep(session->kernel);
		}
		if (woken.events || listener->ending)
			err = fetch(listener);
	}
	if (!err && session->options->counted)
		err = print_counts(listener);
	if (!err)
		err = print_health(listener);
	if (!err)
		err = kernelview_end(&listener->kernelview, session);
	if (!err && !interfaces_left(&session->interfaces))
		err = refuse(-ENODEV, "cannot go on: no interface is left to watch");
	return err;
}

static int run(struct listener *listener, const struct options *options)
{
	struct session *session = &listener->session;
	int err;

	setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
	event_list_init(&listener->list, options);
	processes_init(&listener->processes);
	err = session_open(session, options);
	if (err)
		return err;
	processes_ask(&listener->processes, 0);
	session->wait.events = kernel_listen(session->kernel, tell, listener);
	if (session->wait.events < 0)
		return fail(session->wait.events, "cannot listen for events");
	kernelview_open(&listener->kernelview, options);
	err = session_start(session, TICK_NS);
	if (err)
		return err;
	kernelview_begin(&listener->kernelview, session);
	event_report_begin(&listener->list.report);
	err = output_failed(output_flush(stdout));
	return err ? err : watch(listener);
}

int events_run(const struct options *options)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int err, status;

	if (!listener) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	err = run(listener, options);
	processes_free(&listener->processes);
	event_list_free(&listener->list);
	kernelview_close(&listener->kernelview);
	status = session_close(&listener->session, err);
	free(listener);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "log.h"
#include "read_events.h"
#include "report.h"

static void print(struct read_events *events, const struct event *event)
{
	const struct options *options = events->reader->options;
	struct event_line line = {
		.interface = events->reader->tapped[event->ifindex].name,
		.event = *event,
	};

	if (options->rows && events->lines >= options->rows)
		return;
	events->lines++;
	clock_time(&events->reader->clock, event->time_ns, &line.time);
	event_report_line(&events->list.report, &line);
	if (captures_are_live(events->reader->captures) || ferror(stdout))
		events->err = output_failed(output_flush(stdout));
}

/* A packet of the connection c, NULL or embryonic where there is none yet, or no longer. */
static void take_packet(void *context, const struct connection *c, const struct work *w,
			__u32 interface)
{
	struct read_events *events = context;
	struct event event;

	if (events->err || !event_is(w))
		return;
	event_fill(&event, w, c && !c->embryonic ? &c->flow : NULL, interface);
	if (!event_list_wants(&events->list, &event))
		return;
	if (!events->reader->options->counted)
		print(events, &event);
	else if (event_list_count(&events->list, &event))
		events->err = fail(-ENOMEM, "cannot count the connections' events");
}

void read_events_open(struct read_events *events, struct reader *reader)
{
	*events = (struct read_events){ .reader = reader };
	event_list_init(&events->list, reader->options);
	reader->follow.followed = take_packet;
	reader->follow.followed_by = events;
	if (!reader->options->counted)
		event_report_begin(&events->list.report);
}

void read_events_close(struct read_events *events)
{
	event_list_free(&events->list);
}

static const char *name_of(const void *reader, __u32 number)
{
	return ((const struct reader *)reader)->tapped[number].name;
}

int read_events_end(struct read_events *events, const struct timespec *time)
{
	if (!events->reader->options->counted)
		return output_failed(output_flush(stdout));
	event_report_begin(&events->list.report);
	return event_list_print(&events->list, time, name_of, events->reader);
}

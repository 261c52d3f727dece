/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as they come, printed or counted by connection: live and offline the same. */
#ifndef PLOSS_EVENTLIST_H
#define PLOSS_EVENTLIST_H

#include "keyed.h"
#include "options.h"
#include "report_event.h"

struct event_list {
	const struct options *options;
	struct event_report report;
	struct keyed counts; /* struct event_counts */
};

/* Output goes to stdout, as the options say. */
void event_list_init(struct event_list *list, const struct options *options);
void event_list_free(struct event_list *list);

/* Is the event one that the user asked for? */
bool event_list_wants(const struct event_list *list, const struct event *event);

/* -ENOMEM, silently. */
int event_list_count(struct event_list *list, const struct event *event);

/* Prints what was counted, the connections with most of it first; 0 or -errno, which is said. name: of an
 * interface, by the events' ifindex.
 */
int event_list_print(struct event_list *list, const struct timespec *time,
		     const char *(*name)(const void *argument, __u32 ifindex),
		     const void *argument);

#endif

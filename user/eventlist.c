/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eventlist.h"
#include "log.h"
#include "report.h"

void event_list_init(struct event_list *list, const struct options *options)
{
	*list = (struct event_list){
		.options = options,
		.report = { .out = stdout,
			    .output = options->output,
			    .sequence = options->sequence,
			    .counted = options->counted },
	};
	keyed_init(&list->counts, offsetof(struct event_counts, count),
		   sizeof(struct event_counts));
}

void event_list_free(struct event_list *list)
{
	keyed_free(&list->counts);
}

bool event_list_wants(const struct event_list *list, const struct event *event)
{
	return list->options->probes || event_kind(event) != EVENT_tail_loss_probe;
}

int event_list_count(struct event_list *list, const struct event *event)
{
	struct event_counts key = { .key = { .ifindex = event->ifindex,
					     .local_port = event->local_port,
					     .remote_port = event->remote_port },
				    .direction = event->dir,
				    .family = event->family };
	struct event_counts *counts;

	memcpy(key.key.local, event->local, sizeof(key.key.local));
	memcpy(key.key.remote, event->remote, sizeof(key.key.remote));
	counts = keyed_add(&list->counts, &key);
	if (!counts)
		return -ENOMEM;
	counts->count[event_kind(event)]++;
	return 0;
}

static int most_first(const void *left, const void *right)
{
	const struct event_counts *a = *(const void *const *)left, *b = *(const void *const *)right;
	__u64 x = 0, y = 0;

	for (unsigned int i = 0; i < KINDS; i++) {
		x += a->count[i];
		y += b->count[i];
	}
	return x == y ? memcmp(a, b, offsetof(struct event_counts, count)) : x < y ? 1 : -1;
}

int event_list_print(struct event_list *list, const struct timespec *time,
		     const char *(*name)(const void *argument, __u32 ifindex), const void *argument)
{
	const struct event_counts **sorted = calloc(list->counts.count + 1, sizeof(*sorted));
	__u64 rows = list->options->rows;
	__u32 at = 0, n = 0;

	if (!sorted)
		return fail(-ENOMEM, "cannot sort the connections");
	while ((sorted[n] = keyed_next(&list->counts, &at)))
		n++;
	qsort(sorted, n, sizeof(*sorted), most_first);
	for (__u32 i = 0; i < n && (!rows || i < rows); i++)
		event_report_counts(&list->report, sorted[i],
				    name(argument, sorted[i]->key.ifindex), time);
	free(sorted);
	return output_failed(output_flush(stdout));
}

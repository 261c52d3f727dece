/* SPDX-License-Identifier: GPL-2.0-only */
/* Events to whoever listens. */
#ifndef PLOSS_EVENTS_H
#define PLOSS_EVENTS_H

#include "event.h"
#include "flows.h"

/* User space gives it a size where it listens. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

/* The packet in hand, after the tracker had it. */
OUT_OF_LINE int event_emit(struct slot *s, __u32 ifindex)
{
	struct event *event;
	struct flow *f;

	if (!s)
		return 0;
	f = flow_lookup(s);
	if (f && !event_admit(f, s->work.pkt.now_ns)) {
		s->totals.health.events_suppressed++;
		return 0;
	}
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		s->totals.health.events_lost++;
		return 0;
	}
	event_fill(event, &s->work, f, ifindex);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

#endif

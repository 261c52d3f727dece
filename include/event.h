/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of which somebody who listens is told: an event each, and not too many of one connection. Pure. */
#ifndef PLOSS_EVENT_H
#define PLOSS_EVENT_H

#include "compiler.h"
#include "ploss.h"
#include "work.h"

/* One packet, and what became of it. */
struct event {
	__u64 time_ns;
	__be32 local[4]; /* IPv4 mapped */
	__be32 remote[4];
	__u32 ifindex;
	__u32 seq;
	__u32 payload;
	__be16 local_port;
	__be16 remote_port;
	__u16 segments;
	__u8 family; /* 4 or 6 */
	__u8 dir;    /* enum direction */
	struct verdict verdict;
	__u8 tcp_flags;
	__u8 state;  /* enum flow_state, after the packet */
	__u8 opener; /* direction of the first SYN; holds in the handshake */
	__u8 fins;   /* bit d: a FIN went by in direction d */
};

_Static_assert(sizeof(struct event) == 88, "");

#define EVENT_SLOT_SHIFT 30  /* 2^30 ns, about a second: in this time one connection has */
#define EVENTS_IN_SLOT 1000U /* so many events at most */

/* Is what became of the packet an event? */
static __always_inline int event_is(const struct work *w)
{
	const struct verdict *v = &w->verdict;

	return v->unseen || v->seen || v->spurious || v->reordered || v->duplicated ||
	       v->ambiguous || v->late_original || v->zero_window || w->pkt.tcp_flags & TCP_RST;
}

/* May the connection have another one? Both directions count together: where packets of both pass at once, the
 * worst is that one is not counted.
 */
static __always_inline int event_admit(struct flow *f, __u64 now_ns)
{
	__u8 slot = (__u8)(now_ns >> EVENT_SLOT_SHIFT);

	if (f->event_slot != slot) {
		f->event_slot = slot;
		f->events = 0;
	}
	if (f->events >= EVENTS_IN_SLOT)
		return 0;
	f->events++;
	return 1;
}

static __always_inline void event_address(__be32 mapped[4], const __be32 address[4], __u8 family)
{
	mapped[0] = family == 4 ? 0 : address[0];
	mapped[1] = family == 4 ? 0 : address[1];
	mapped[2] = family == 4 ? (__be32)__builtin_bswap32(0xffff) : address[2];
	mapped[3] = family == 4 ? address[0] : address[3];
}

/* f: the packet's connection, NULL where there are only SYNs of it. */
static __always_inline void event_fill(struct event *e, const struct work *w, const struct flow *f,
				       __u32 ifindex)
{
	const struct pkt *p = &w->pkt;
	int out = p->dir == OUT, answers = p->tcp_flags & (TCP_ACK | TCP_RST);

	e->time_ns = p->now_ns;
	event_address(e->local, out ? p->source : p->dest, p->family);
	event_address(e->remote, out ? p->dest : p->source, p->family);
	e->local_port = out ? p->source_port : p->dest_port;
	e->remote_port = out ? p->dest_port : p->source_port;
	e->ifindex = ifindex;
	e->seq = p->seq;
	e->payload = p->payload;
	e->segments = p->segments;
	e->family = p->family;
	e->dir = p->dir;
	e->verdict = w->verdict;
	e->tcp_flags = p->tcp_flags;
	e->state = f ? f->state : FLOW_HANDSHAKE;
	e->opener = f ? f->opener : answers ? !out : out;
	e->fins = 0;
	if (f)
		e->fins = !!(f->half[IN].flags & HALF_FIN) << IN | !!(f->half[OUT].flags & HALF_FIN)
									   << OUT;
}

#endif

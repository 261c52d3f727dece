/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections of which only SYNs were seen. They live apart, in a bounded table of their own, so that a
 * flood of SYNs pushes out other embryos and never an established flow.
 */
#ifndef PLOSS_EMBRYO_H
#define PLOSS_EMBRYO_H

#include "seq.h"
#include "track.h"
#include "work.h"

#define SYN_DUPLICATE_NS 900000000ULL /* a retransmitted SYN comes later (RFC 6298 2: after 1 s) */

/* The network's copy rather than the sender's repetition? A copy has the same ID and timestamp, and comes soon. */
static __always_inline int syn_is_copy(const struct embryo *e, const struct pkt *p)
{
	__u32 d = p->dir & 1;

	if (p->has & PKT_LOCAL)
		return 0;
	if (p->has & PKT_TIMESTAMPS && p->tsval != e->half[d].tsval)
		return 0;
	if (p->has & PKT_ID && p->id && p->id != e->last_id[d])
		return 0;
	return p->now_ns - e->last_ns[d] < SYN_DUPLICATE_NS;
}

static __always_inline void syn_repeated(struct embryo *e, const struct pkt *p,
					 struct counters *sum, struct verdict *v)
{
	__u32 d = p->dir & 1;
	const struct half *o = &e->half[!d];
	struct embryo_counts *counts = &e->counts[d];

	v->evidence = p->has & PKT_LOCAL       ? BY_POSITION :
		      p->has & PKT_ID && p->id ? BY_IPID :
						 BY_TIMING;
	if (syn_is_copy(e, p)) {
		counts->duplicated += counts->duplicated != 0xffff;
		sum->duplicated_segments++;
		v->duplicated = 1;
		return;
	}
	if (!(p->has & PKT_TIMESTAMPS))
		e->half[d].rtt_start_ns = 0;
	else if (!(p->tcp_flags & TCP_ACK))
		rtt_begin(&e->half[d], p);
	if (e->half[d].flags & HALF_ID && id_ahead(p->id, e->half[d].id_next) >= 0) {
		e->half[d].id_gaps += (__u16)(p->id - e->half[d].id_next);
		e->half[d].id_next = p->id + 1;
	}
	if (o->flags & HALF_ACKED && seq_after(o->ack, p->seq)) {
		counts->spurious += counts->spurious != 0xffff;
		sum->retransmitted_spurious_segments++;
		v->spurious = 1;
	} else {
		counts->seen += counts->seen != 0xffff;
		sum->retransmitted_seen_segments++;
		sum->loss_bursts++;
		v->seen = 1;
	}
	v->cause = CAUSE_RTO;
	sum->cause_rto_segments++;
	counts->bytes = min_of(counts->bytes + p->payload, 0xffffU);
	sum->retransmitted_bytes += p->payload;
	if (p->tcp_flags & TCP_ACK)
		sum->synack_retransmitted_segments++;
	else
		sum->syn_retransmitted_segments++;
}

static __always_inline void syn_first(struct embryo *e, const struct work *w)
{
	const struct pkt *p = &w->pkt;
	__u32 d = p->dir & 1;
	struct half *h = &e->half[d], *o = &e->half[!d];

	h->flags = HALF_SYN | HALF_SEEDED | HALF_WATCH * !p->window;
	h->base = p->seq;
	h->next = p->end_seq;
	h->window = p->window;
	if (w->opts.has & OPTS_WSCALE) {
		h->flags |= HALF_WSCALE;
		h->wscale = w->opts.wscale;
	}
	if (p->has & PKT_TIMESTAMPS) {
		h->flags |= HALF_TIMESTAMPS;
		h->tsval = h->ts_recent = p->tsval;
	}
	if (p->has & PKT_LOCAL)
		h->flags |= HALF_LOCAL;
	if (p->has & PKT_ID && p->id) {
		h->flags |= p->tcp_flags & TCP_ACK ? HALF_ID | HALF_ID_SHARED : HALF_ID;
		h->id_next = p->id + 1;
	}
	rtt_begin(h, p);
	if (p->tcp_flags & TCP_ACK) {
		h->ack = p->ack;
		h->flags |= HALF_ACKED;
		o->ack = p->seq;
		o->flags |= HALF_ACKED | HALF_WATCH * !o->window;
		e->opener = !d;
		if (o->flags & HALF_SYN && seq_after(p->ack, o->base) &&
		    seq_before(p->ack, o->next))
			o->flags |= HALF_REFUSED;
	} else {
		e->opener = d;
	}
}

/* A SYN-ACK that echoes the first SYN's timestamp answers that one: those that were sent later were not needed
 * (Eifel detection, RFC 3522 3.2). They have later timestamps: a tick takes a second at most (RFC 7323 5.4), and they
 * come no sooner (RFC 6298 2.1).
 */
static __always_inline void syn_answered(struct embryo *e, const struct pkt *p,
					 struct counters *other_sum)
{
	struct embryo_counts *counts = &e->counts[!(p->dir & 1)];
	const struct half *o = &e->half[!(p->dir & 1)];

	if (!(p->has & PKT_TIMESTAMPS) || !(o->flags & HALF_TIMESTAMPS) ||
	    p->tsecr != o->ts_recent || o->tsval == o->ts_recent)
		return;
	other_sum->spurious_proven_segments += counts->seen - counts->proven;
	counts->proven = counts->seen;
}

/* A SYN or SYN-ACK of an embryo, which is all zero when it is new. A SYN-ACK after its own end's SYN is the answer of a
 * simultaneous open (RFC 9293 3.5), no repetition.
 */
VERIFIED_ONCE int embryo_track(struct embryo *e, struct totals *totals, struct work *w)
{
	struct counters *sum;
	const struct pkt *p;
	struct half *h;
	__u32 d, synack;

	if (!e || !totals || !w)
		return 0;
	p = &w->pkt;
	d = p->dir & 1;
	synack = !!(p->tcp_flags & TCP_ACK);
	h = &e->half[d];
	sum = &totals->dir[d];
	if (p->tcp_flags & TCP_ACK && e->half[!d].rtt_start_ns && !(h->flags & HALF_ACKED) &&
	    p->ack == e->half[!d].rtt_end)
		rtt_end(h, &e->half[!d], p, &totals->dir[!d], &totals->gauges[w->bank & 1][!d]);
	if (!e->created_ns)
		e->created_ns = p->now_ns;
	if (h->flags & HALF_SYN && h->base == p->seq && e->synacked[d] >= synack)
		syn_repeated(e, p, sum, &w->verdict);
	else
		syn_first(e, w);
	if (synack)
		syn_answered(e, p, &totals->dir[!d]);
	e->synacked[d] |= synack;
	if (p->has & PKT_TIMESTAMPS)
		h->tsval = p->tsval;
	e->last_ns[d] = p->now_ns;
	e->last_id[d] = p->id;
	COUNT_FEW(h, sum, syns, 1);
	half_count(h, p, sum);
	return 0;
}

/* Of SYN-ACKs with several timestamps the packet may answer the newest: then the round trip began there. */
static __always_inline void synack_sample(struct half *h, const struct embryo *e,
					  const struct pkt *p)
{
	if (!(p->has & PKT_TIMESTAMPS) || !h->rtt_start_ns || p->tsecr != h->tsval ||
	    h->tsval == h->rtt_tsval)
		return;
	h->rtt_start_ns = e->last_ns[!(p->dir & 1)];
	h->rtt_tsval = h->tsval;
}

/* A connection from what its SYNs said and its first packet p; e may be NULL (picked up in mid-stream), p too (there
 * was none yet).
 */
static __always_inline void flow_begin(struct flow *f, const struct embryo *e, const struct pkt *p,
				       __u64 id)
{
	f->id = id;
	f->state = FLOW_PICKED_UP;
	if (!e)
		return;
	f->half[IN] = e->half[IN];
	f->half[OUT] = e->half[OUT];
	f->tsval_from[IN] = f->half[IN].next;
	f->tsval_from[OUT] = f->half[OUT].next;
	f->opener = e->opener;
	f->state = FLOW_ESTABLISHED;
	if (p)
		synack_sample(&f->half[!(p->dir & 1)], e, p);
	/* RFC 7323 2.2: windows are scaled only if both SYNs offered it; a SYN-ACK offers what the SYN did. */
	if (f->half[IN].flags & f->half[OUT].flags & HALF_SYN &&
	    !(f->half[IN].flags & f->half[OUT].flags & HALF_WSCALE))
		f->half[IN].wscale = f->half[OUT].wscale = 0;
	if (f->half[IN].flags & f->half[OUT].flags & HALF_SYN) {
		f->half[IN].flags |= HALF_WSCALE;
		f->half[OUT].flags |= HALF_WSCALE;
	} else {
		f->half[IN].flags &= e->synacked[IN] ? ~0 : ~HALF_WSCALE;
		f->half[OUT].flags &= e->synacked[OUT] ? ~0 : ~HALF_WSCALE;
	}
}

/* Did anything go wrong while it was an embryo that the flow's own row should show? */
static __always_inline int embryo_is_troubled(const struct embryo *e)
{
	const struct embryo_counts *in = &e->counts[IN], *out = &e->counts[OUT];

	return in->seen || in->spurious || in->duplicated || out->seen || out->spurious ||
	       out->duplicated;
}

static __always_inline void side_inherit(struct side *s, const struct embryo_counts *c, int opener)
{
	__u32 retransmitted = c->seen + c->spurious;

	s->own.retransmitted_seen_segments = c->seen;
	s->own.retransmitted_spurious_segments = c->spurious;
	s->own.cause_rto_segments = retransmitted;
	s->own.loss_bursts = c->seen;
	s->own.duplicated_segments = c->duplicated;
	s->own.retransmitted_bytes = c->bytes;
	if (opener)
		s->own.syn_retransmitted_segments = retransmitted;
	else
		s->own.synack_retransmitted_segments = retransmitted;
}

/* A SYN-ACK that came again is a repeat like any other: the third packet may echo the first one's timestamp. */
static __always_inline void synack_remember(struct side *s, const struct embryo *e, __u32 d)
{
	const struct half *h = &e->half[d];

	if (!e->counts[d].seen || !e->synacked[d])
		return;
	s->repeats[0].start = h->base;
	s->repeats[0].end = s->repeat_end = h->next;
	s->repeats[0].tsval = h->tsval;
	s->repeats[0].when_us = (__u32)(e->last_ns[d] / 1000);
	s->repeats[0].kind = MARK_RETRANSMITTED;
	s->repeats[0].flags = h->flags & HALF_TIMESTAMPS ? MARK_STAMPED : 0;
}

static __always_inline void trouble_begin(struct trouble *t, const struct embryo *e)
{
	for (__u32 d = IN; d < DIRECTIONS; d++) {
		side_inherit(&t->side[d], &e->counts[d], e->opener == d);
		synack_remember(&t->side[d], e, d);
		t->side[!d].about.spurious_proven_segments = e->counts[d].proven;
	}
}

/* A SYN for a connection that is in the flow table: of the connection itself (a repetition), of a new one
 * with the same ports, or a stray one that changes nothing (RFC 5961 4: answered by a challenge ACK).
 */
enum syn_kind { SYN_REPEATED, SYN_NEW, SYN_STRAY };

static __always_inline enum syn_kind flow_syn_kind(const struct flow *f, const struct pkt *p)
{
	const struct half *h = &f->half[p->dir & 1];

	if (h->flags & HALF_SYN && h->base == p->seq)
		return SYN_REPEATED;
	if (f->state >= FLOW_CLOSING || !(h->flags & HALF_SEEDED))
		return SYN_NEW;
	return SYN_STRAY;
}

#endif

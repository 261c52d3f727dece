/* SPDX-License-Identifier: GPL-2.0-only */
/* What passed the tap out of the ordinary: fills of holes, and repeats. */
#ifndef PLOSS_MARKS_H
#define PLOSS_MARKS_H

#include "cause.h"
#include "holes.h"
#include "ipid.h"
#include "order.h"
#include "work.h"

/* Writes a mark over the oldest of its ring; what the receiver has not acknowledged yet was still wanted. */
static __always_inline void mark_set(struct scene *sc, struct mark *m, __u32 start, __u32 end,
				     __u8 kind)
{
	const struct pkt *p = &sc->work->pkt;

	struct side *s = sc->side;

	if (m->kind && sc->other->flags & HALF_ACKED && seq_after(m->end, sc->other->ack)) {
		if (!(s->flags & SIDE_MARKS_LOST) || seq_after(m->end, s->lost_end))
			s->lost_end = m->end;
		s->flags |= SIDE_MARKS_LOST;
	}
	m->start = start;
	m->end = end;
	m->tsval = p->tsval;
	m->id = p->id;
	m->when_us = now_us(p);
	m->kind = kind;
	m->flags = 0;
}

/* Payload bytes of [start, end): SYN and FIN take sequence space only. */
static __always_inline __u32 payload_bytes(const struct pkt *p, __u32 start, __u32 end)
{
	__u32 from = p->seq + !!(p->tcp_flags & TCP_SYN);

	return seq_overlap(start, end, from, from + p->payload);
}

/* Takes note of what comes again. Those whose answers the sender had heard when it sent this one are old. */
static __always_inline void repair_note(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct side *s = sc->side;

	if (!seq_before(p->tsecr, s->repair_echo) || !s->repair_tsval) {
		s->repair_before = s->repair_tsval;
		s->repair_echo = sc->other->tsval;
	}
	if (seq_after(p->tsval, s->repair_tsval) || !s->repair_tsval)
		s->repair_tsval = p->tsval;
}

/* What is sent again was sent a round trip before at the least, and after what lies below it. */
static __always_inline void repair_limit(struct scene *sc, const struct hole *hole)
{
	const struct pkt *p = &sc->work->pkt;
	__u32 ticks = p->tsval - hole->tsval + hole->ticks + 1;

	if (p->has & PKT_TIMESTAMPS && hole->ticks < HOLE_TICKS_MAX && ticks <= 0xffff &&
	    (!sc->side->repair_ticks || ticks < sc->side->repair_ticks))
		sc->side->repair_ticks = ticks;
}

/* The class of a fill of hole carry.index as send order proves it, to carry.kind; MARK_NONE: it proves nothing. And
 * how many of the packet's segments it takes, to carry.taken.
 */
static __always_inline int fill_judge_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	const struct hole *hole = &sc->side->holes[BOUND(carry->index, HOLES)];
	enum order order = order_to_hole(sc, hole, &sc->work->verdict.evidence);

	carry->taken = min_of(segments_of(carry->end - carry->start, segment_bytes(p)),
			      carry->segments);
	carry->flag = 0;
	carry->kind = order == ORDER_NEWER      ? MARK_RETRANSMITTED :
		      order == ORDER_OLDER      ? MARK_REORDERED :
		      hole->flags & HOLE_COARSE ? MARK_AMBIGUOUS :
						  MARK_NONE;
	if (order == ORDER_NEWER)
		repair_limit(sc, hole);
	return 0;
}

STEP(fill_judge)

/* The class of a fill of hole carry.index that is likely, to carry.kind; carry.flag: of a retransmission. */
static __always_inline int fill_guess_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct verdict *v = &sc->work->verdict;
	struct carry *carry = &sc->work->carry;
	const struct hole *hole = &sc->side->holes[BOUND(carry->index, HOLES)];
	__u64 age_ns = (__u64)(now_us(p) - hole->opened_us) * 1000;
	__u64 rtt_ns = loop_rtt_ns(sc);

	v->evidence = BY_TIMING;
	if ((age_ns < rtt_ns / 2 && rtt_is_sure(sc->half)) || is_of_first_flight(sc, hole)) {
		carry->kind = MARK_REORDERED;
	} else if (rtt_ns && age_ns > max_of(3 * rtt_ns, DEFINITE_RTO_US * 1000ULL)) {
		carry->kind = MARK_RETRANSMITTED;
		carry->flag = 1;
	} else if (id_grew_by_little(sc->half, p, hole->id)) {
		v->evidence = BY_IPID;
		carry->kind = MARK_RETRANSMITTED;
		carry->flag = 1;
	} else {
		v->evidence = BY_NOTHING;
		carry->kind = MARK_AMBIGUOUS;
	}
	return 0;
}

STEP(fill_guess)

/* A retransmission fills: the hole was a loss before the tap. */
static __always_inline void fill_lost(struct scene *sc)
{
	const struct carry *carry = &sc->work->carry;
	struct hole *hole = &sc->side->holes[BOUND(carry->index, HOLES)];
	__u32 unit = hole->unit, whole = segments_of(hole->end - hole->start, unit);
	__u32 rest = segments_of(carry->start - hole->start, unit) +
		     segments_of(hole->end - carry->end, unit);

	if (carry->kind != MARK_RETRANSMITTED)
		return;
	COUNT(sc, hole_lost_segments,
	      hole->flags & HOLE_INEXACT ? carry->taken : whole - min_of(whole, rest));
	if (!(hole->flags & HOLE_BURST)) {
		hole->flags |= HOLE_BURST;
		COUNT(sc, loss_bursts, 1);
		GAUGE_MAX(sc, loss_burst_max_segments, whole);
	}
}

static __always_inline void fill_count(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct verdict *v = &sc->work->verdict;
	const struct carry *carry = &sc->work->carry;
	const struct hole *hole = &sc->side->holes[BOUND(carry->index, HOLES)];
	__u32 taken = carry->taken;

	if (FORGET(carry->kind) == MARK_RETRANSMITTED) {
		v->unseen += taken;
		COUNT(sc, retransmitted_unseen_segments, taken);
		COUNT(sc, retransmitted_bytes, payload_bytes(p, carry->start, carry->end));
		COUNT(sc, retransmitted_likely_segments, carry->flag ? taken : 0);
		count_cause(sc, taken);
	} else if (FORGET(carry->kind) == MARK_REORDERED) {
		v->reordered += taken;
		COUNT(sc, reordered_segments, taken);
		GAUGE_MAX(sc, reordering_extent_max,
			  (__u32)sc->half->data_segments - hole->opened_at);
		GAUGE_MAX(sc, reordering_delay_max_ns, (__u64)(now_us(p) - hole->opened_us) * 1000);
	} else {
		v->ambiguous += taken;
		COUNT(sc, ambiguous_segments, taken);
	}
}

static __always_inline void fill_remember(struct scene *sc)
{
	struct carry *carry = &sc->work->carry;
	struct side *s = sc->side;
	const struct hole *hole = &s->holes[BOUND(carry->index, HOLES)];
	struct mark *m = &s->fills[BOUND(s->fill_at, FILLS)];
	int coarse = hole->flags & HOLE_COARSE;

	mark_set(sc, m, carry->start, carry->end, carry->kind);
	m->opener_tsval = coarse ? s->coarse_tsval : hole->tsval;
	m->id = coarse ? s->coarse_id : hole->id;
	s->fill_at++;
	carry->filled += carry->end - carry->start;
	carry->from = carry->end;
	carry->segments -= min_of(carry->segments, carry->taken);
}

/* The bytes [carry.start, carry.end) of this packet lie in hole carry.index; then looks for the next. */
static __always_inline int hole_fill_in(struct scene *sc)
{
	if (FORGET(sc->work->carry.kind) != MARK_REORDERED)
		repair_note(sc);
	fill_lost(sc);
	fill_count(sc);
	fill_remember(sc);
	hole_cut(sc);
	hole_find(sc);
	return 0;
}

STEP(hole_fill)

/* Judges the fill of hole carry.index, and counts it. */
static __always_inline int fill_take_in(struct scene *sc)
{
	TAKE_STEP(fill_judge, sc);
	if (FORGET(sc->work->carry.kind) == MARK_NONE)
		TAKE_STEP(fill_guess, sc);
	TAKE_STEP(hole_fill, sc);
	return 0;
}

STEP(fill_take)

#endif

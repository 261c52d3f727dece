/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet's own data is: new, retransmitted, reordered, duplicated - or undecided.
 *
 *	              seq >= next            new; above next it opens a hole
 *	segment ---<  in a hole              fill: send order against the hole's opener
 *	              below next, not in it  repeat: the bytes have passed the tap before
 *
 * One segment may be all three. Proof comes from send order; timing decides only where it is impossible
 * for one class, and what it decides is marked likely; all else is ambiguous.
 */
#ifndef PLOSS_DATA_H
#define PLOSS_DATA_H

#include "cause.h"
#include "holes.h"
#include "ipid.h"
#include "order.h"
#include "tail.h"
#include "work.h"

#define RTT_SAMPLES 4 /* fewer say too little of the shortest round trip */
#define FILL_STEPS 8  /* holes that one packet may fill; the rest of it counts as ambiguous */

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

/* The class of a fill of this hole, to carry.kind; carry.flag: only timing says so. */
static __always_inline void fill_kind(struct scene *sc, const struct hole *hole)
{
	struct verdict *v = &sc->work->verdict;
	struct carry *carry = &sc->work->carry;
	__u64 age_ns = (__u64)(now_us(&sc->work->pkt) - hole->opened_us) * 1000;
	__u64 rtt_ns = loop_rtt_ns(sc);
	enum order order = order_to_hole(sc, hole, &v->evidence);

	carry->flag = 0;
	if (order == ORDER_NEWER) {
		carry->kind = MARK_RETRANSMITTED;
	} else if (order == ORDER_OLDER) {
		carry->kind = MARK_REORDERED;
	} else if (hole->flags & HOLE_COARSE) {
		carry->kind = MARK_AMBIGUOUS;
	} else if (age_ns < rtt_ns / 2 && sc->half->rtt_samples >= RTT_SAMPLES) {
		v->evidence = BY_TIMING;
		carry->kind = MARK_REORDERED;
	} else if (rtt_ns && age_ns > max_of(3 * rtt_ns, DEFINITE_RTO_US * 1000ULL)) {
		v->evidence = BY_TIMING;
		carry->kind = MARK_RETRANSMITTED;
		carry->flag = 1;
	} else {
		carry->kind = MARK_AMBIGUOUS;
	}
}

/* The bytes [carry.start, carry.end) of this packet lie in hole carry.index. */
static __always_inline int hole_fill_in(struct scene *sc)
{
	__u32 start = sc->work->carry.start, end = sc->work->carry.end;
	const struct pkt *p = &sc->work->pkt;
	struct verdict *v = &sc->work->verdict;
	struct side *s = sc->side;
	struct hole *hole = &s->holes[BOUND(sc->work->carry.index, HOLES)];
	__u32 segments = min_of(segments_of(end - start, segment_bytes(p)),
				sc->work->carry.segments);
	__u32 size = hole->end - hole->start, unit = hole->unit;
	__u32 whole = segments_of(size, unit);
	__u32 rest = segments_of(start - hole->start, unit) + segments_of(hole->end - end, unit);
	__u32 lost = hole->flags & HOLE_INEXACT ? segments : whole - min_of(whole, rest), kind;

	fill_kind(sc, hole);
	kind = FORGET(sc->work->carry.kind);
	if (kind == MARK_RETRANSMITTED) {
		v->unseen += segments;
		COUNT(sc, retransmitted_unseen_segments, segments);
		COUNT(sc, retransmitted_bytes, payload_bytes(p, start, end));
		COUNT(sc, hole_lost_segments, lost);
		COUNT(sc, retransmitted_likely_segments, sc->work->carry.flag ? segments : 0);
		count_cause(sc, segments);
		if (!(hole->flags & HOLE_BURST)) {
			hole->flags |= HOLE_BURST;
			COUNT(sc, loss_bursts, 1);
			GAUGE_MAX(sc, loss_burst_max_segments, whole);
		}
	} else if (kind == MARK_REORDERED) {
		v->reordered += segments;
		COUNT(sc, reordered_segments, segments);
		GAUGE_MAX(sc, reordering_extent_max,
			  (__u32)sc->half->data_segments - hole->opened_at);
		GAUGE_MAX(sc, reordering_delay_max_ns, (__u64)(now_us(p) - hole->opened_us) * 1000);
	} else {
		v->ambiguous += segments;
		COUNT(sc, ambiguous_segments, segments);
	}
	mark_set(sc, &s->fills[BOUND(s->fill_at, FILLS)], start, end, FORGET(sc->work->carry.kind));
	s->fill_at++;
	sc->work->carry.filled += end - start;
	sc->work->carry.segments -= min_of(sc->work->carry.segments, segments);
	return TAKE_STEP(hole_cut, sc);
}

STEP(hole_fill)

/* Was [carry.start, carry.end) filled by a retransmission that was sent after this packet? Then this is the original,
 * late, and its loss was none. To carry.flag.
 */
static __always_inline int late_original_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	__u32 start = sc->work->carry.start, end = sc->work->carry.end;
	int by_id = p->has & PKT_ID && id_tells_order(sc->half);

	FORGET(sc->work->carry.flag) = 0;
	for (__u32 i = 0; i < FILLS; i++) {
		const struct mark *m = &sc->side->fills[i];

		if (m->kind != MARK_RETRANSMITTED || !seq_overlap(start, end, m->start, m->end))
			continue;
		if (by_id ? id_ahead(p->id, m->id) < 0 :
			    p->has & PKT_TIMESTAMPS && seq_before(p->tsval, m->tsval))
			FORGET(sc->work->carry.flag) = 1;
	}
	return 0;
}

STEP(late_original)

/* Bytes that passed the tap before come again: a retransmission of what was seen, the network's copy, or
 * an original that its retransmission overtook. To carry.kind.
 */
static __always_inline void repeat_kind(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *h = sc->half;
	struct verdict *v = &sc->work->verdict;
	struct carry *carry = &sc->work->carry;
	__u64 quiet_ns = (__u64)((__u32)(p->now_ns >> 20) - h->last) << 20;
	__u32 id_says = FORGET(sc->work->id_says);
	int by_tsval = p->has & PKT_TIMESTAMPS && h->flags & HALF_TIMESTAMPS &&
		       p->tsval != h->tsval;

	carry->kind = MARK_RETRANSMITTED;
	if (h->flags & HALF_LOCAL) {
		v->evidence = BY_POSITION;
	} else if (id_says != ID_SAYS_NOTHING) {
		v->evidence = BY_IPID;
		TAKE_STEP(late_original, sc);
		if (id_says == ID_SAYS_REPEAT)
			carry->kind = MARK_DUPLICATED;
		else if (id_says == ID_SAYS_LATE && FORGET(carry->flag))
			carry->kind = MARK_LATE;
	} else if (by_tsval) {
		v->evidence = BY_TSVAL;
		TAKE_STEP(late_original, sc);
		if (seq_before(p->tsval, h->tsval))
			carry->kind = FORGET(carry->flag) ? MARK_LATE : MARK_DUPLICATED;
	} else if (quiet_ns < loop_rtt_ns(sc) / 2 && h->rtt_samples >= RTT_SAMPLES) {
		v->evidence = BY_TIMING;
		carry->kind = MARK_DUPLICATED;
	} else if (quiet_ns > max_of(3ULL * loop_rtt_ns(sc), DEFINITE_RTO_US * 1000ULL)) {
		v->evidence = BY_TIMING;
	} else {
		v->evidence = BY_NOTHING;
		carry->kind = MARK_AMBIGUOUS;
	}
}

/* Remembers a repeat; one that continues the newest of its kind, as after a timeout, makes it longer. */
static __always_inline void repeat_mark(struct scene *sc, __u32 start, __u32 end, __u8 kind)
{
	struct side *s = sc->side;
	__u32 at = s->repeat_at;
	struct mark *newest = &s->repeats[at < REPEATS ? at : 0];
	__u8 flags = FORGET(sc->work->verdict.cause) == CAUSE_FAST ? MARK_FAST : 0;

	if (newest->kind == kind && newest->flags == flags && newest->end == start &&
	    now_us(&sc->work->pkt) - newest->when_us < DEFINITE_RTO_US) {
		newest->end = end;
	} else {
		at = at + 1 < REPEATS ? at + 1 : 0;
		s->repeat_at = at;
		newest = &s->repeats[at < REPEATS ? at : 0];
		mark_set(sc, newest, start, end, kind);
		newest->flags = flags;
	}
	s->repeat_end = s->repeat_end && seq_before(end, s->repeat_end) ? s->repeat_end : end;
}

/* A run of retransmissions that follow each other stands for a run of losses beyond the tap. */
static __always_inline void burst_after(struct scene *sc, __u32 start, __u32 end, __u32 segments)
{
	struct side *s = sc->side;

	if (!s->burst_length || s->burst_end != start) {
		COUNT(sc, loss_bursts, 1);
		s->burst_length = 0;
	}
	s->burst_length += segments;
	s->burst_end = end;
	GAUGE_MAX(sc, loss_burst_max_segments, s->burst_length);
}

/* [carry.low, carry.high) of this packet has passed the tap before, but for carry.filled bytes of it. */
static __always_inline int data_repeat_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct verdict *v = &sc->work->verdict;
	struct carry *carry = &sc->work->carry;
	__u32 start = carry->low, end = carry->high, filled = carry->filled;
	__u32 segments = segments_of(end - start - filled, segment_bytes(p));
	__u32 bytes = payload_bytes(p, start, end), kind;

	segments = min_of(segments, carry->segments);
	carry->start = start;
	carry->end = end;
	repeat_kind(sc);
	if (before_base(sc->half, start))
		carry->kind = MARK_AMBIGUOUS;
	if (FORGET(carry->kind) == MARK_RETRANSMITTED &&
	    (__u32)received_bytes(sc->other, sc->other_side, start, end) == end - start)
		carry->kind = MARK_SPURIOUS;
	if (FORGET(carry->kind) == MARK_RETRANSMITTED && sc->half->flags & HALF_REFUSED) {
		sc->half->flags &= ~HALF_REFUSED;
		v->cause = CAUSE_UNKNOWN;
		carry->kind = MARK_SPURIOUS;
	}
	kind = FORGET(carry->kind);
	if (kind == MARK_SPURIOUS) {
		v->spurious += segments;
		COUNT(sc, retransmitted_spurious_segments, segments);
	} else if (kind == MARK_RETRANSMITTED) {
		v->seen += segments;
		COUNT(sc, retransmitted_seen_segments, segments);
		burst_after(sc, start, end, segments);
	} else if (kind == MARK_DUPLICATED) {
		v->duplicated += segments;
		COUNT(sc, duplicated_segments, segments);
	} else if (kind == MARK_LATE) {
		v->late_original += segments;
		COUNT(sc, late_original_segments, segments);
	} else {
		v->ambiguous += segments;
		COUNT(sc, ambiguous_segments, segments);
	}
	kind = FORGET(carry->kind);
	if (kind == MARK_RETRANSMITTED || kind == MARK_SPURIOUS) {
		COUNT(sc, retransmitted_bytes, bytes - min_of(bytes, filled));
		count_cause(sc, segments);
		if (p->tcp_flags & TCP_SYN && p->tcp_flags & TCP_ACK)
			COUNT(sc, synack_retransmitted_segments, segments);
		else if (p->tcp_flags & TCP_SYN)
			COUNT(sc, syn_retransmitted_segments, segments);
	}
	repeat_mark(sc, start, end, FORGET(carry->kind));
	return 0;
}

STEP(data_repeat)

/* A keep-alive (RFC 9293 3.8.4): the octet before the next one, or none, which Linux sends
 * (tcp_xmit_probe_skb()); everything before it is acknowledged, and the window open.
 */
static __always_inline int is_keepalive(const struct half *h, const struct half *o,
					const struct pkt *p)
{
	return !(p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) && p->payload <= 1 &&
	       o->flags & HALF_ACKED && o->window && p->seq + 1 == o->ack &&
	       (!p->payload || o->ack == h->next);
}

static __always_inline void keepalive_count(struct scene *sc)
{
	sc->half->keepalives++;
	sc->sum->keepalives++;
}

/* Sets probes apart, which are no data: keep-alives, and probes of a shut window (RFC 9293 3.8.6.1).
 * Returns whether this was one; the first probe that carries a new octet is data too.
 */
static __always_inline int data_probe(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *o = sc->other;
	struct half *h = sc->half;
	int new_octet = p->payload && p->seq == h->next;

	if (is_keepalive(h, o, p)) {
		keepalive_count(sc);
		return 1;
	}
	if (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST) || p->payload > 1 ||
	    !(o->flags & HALF_ACKED) || o->window)
		return 0;
	if (p->payload ? !new_octet && p->seq + 1 != h->next : p->seq + 1 != o->ack)
		return 0;
	COUNT(sc, window_probes, 1);
	if (new_octet)
		h->flags |= HALF_PROBE;
	return !new_octet;
}

/* The packet's place among what was seen: opens a hole below new data that does not follow on, and leaves
 * what was seen or missed before in [carry.low, carry.high), which is empty for all new data. Precondition:
 * half.next holds.
 */
static __always_inline int data_place_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	const struct half *h = sc->half, *o = sc->other;
	__u32 start = p->seq, from = o->flags & HALF_ACKED ? seq_max(h->next, o->ack) : h->next;

	carry->low = carry->high = start;
	carry->filled = 0;
	carry->segments = p->segments;
	tail_note(sc);
	if (data_probe(sc) || start == p->end_seq)
		return 0;
	if (h->flags & HALF_PROBE && start + 1 == h->next && p->payload > 1)
		start++;
	if (seq_before(start, h->next)) {
		carry->low = start;
		carry->high = seq_min(p->end_seq, h->next);
		return 0;
	}
	carry->start = seq_before(from, start) ? from : start;
	carry->end = start;
	TAKE_STEP(tail_repair, sc);
	if (seq_before(from, start) && !(h->flags & HALF_LOCAL))
		TAKE_STEP(hole_open, sc);
	return 0;
}

STEP(data_place)

/* Classifies this packet's data. */
static __always_inline void data_track(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	struct half *h = sc->half;

	TAKE_STEP(data_place, sc);
	if (carry->low != carry->high) {
		for (__u32 n = 0; n < FILL_STEPS; n++) {
			hole_find(sc->side, sc->work);
			if (FORGET(carry->index) >= HOLES)
				break;
			TAKE_STEP(hole_fill, sc);
		}
		if (carry->filled < carry->high - carry->low && carry->segments)
			TAKE_STEP(data_repeat, sc);
		tail_watch(sc);
	}
	if (seq_after(p->end_seq, h->next)) {
		if (p->payload > 1)
			h->flags &= ~HALF_PROBE;
		h->next = p->end_seq;
	}
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that come a second time. */
#ifndef PLOSS_REPEAT_H
#define PLOSS_REPEAT_H

#include "marks.h"

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

		if (m->kind != MARK_RETRANSMITTED || !seq_meet(start, end, m->start, m->end))
			continue;
		if (by_id ? id_ahead(p->id, m->id) < 0 :
			    p->has & PKT_TIMESTAMPS && seq_before(p->tsval, m->tsval))
			FORGET(sc->work->carry.flag) = 1;
	}
	return 0;
}

STEP(late_original)

enum instance { INSTANCE_UNKNOWN, INSTANCE_OLDER, INSTANCE_SAME, INSTANCE_VAGUE };

/* The TSval with which some of the packet's bytes, [start, end), passed before, against the packet's. Marks that
 * stand for several packets have that of the first.
 */
VERIFIED_ONCE int instance_of(const struct side *s, __u32 start, __u32 end, __u32 tsval)
{
	int found = INSTANCE_UNKNOWN;

	if (!s)
		return 0;
	for (__u32 i = 0; i < REPEATS; i++) {
		const struct mark *m = &s->repeats[i];

		if (!m->kind || !seq_meet(start, end, m->start, m->end))
			continue;
		if (m->tsval == tsval)
			return INSTANCE_SAME;
		if (m->start != start || m->end != end)
			found = INSTANCE_VAGUE;
	}
	for (__u32 i = 0; i < FILLS; i++) {
		const struct mark *m = &s->fills[i];

		if (!m->kind || !seq_meet(start, end, m->start, m->end))
			continue;
		if (m->tsval == tsval)
			return INSTANCE_SAME;
		if (seq_after(tsval, m->tsval) && found == INSTANCE_UNKNOWN)
			found = INSTANCE_OLDER;
	}
	return found;
}

/* [carry.low, carry.high) passed the tap before, but for what filled holes, and comes again: a retransmission
 * of what was seen, the network's copy, or an original that its retransmission overtook. To carry.kind.
 */
static __always_inline int repeat_judge_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *h = sc->half;
	struct verdict *v = &sc->work->verdict;
	struct carry *carry = &sc->work->carry;
	__u64 quiet_ns = (__u64)((__u32)(p->now_ns >> 20) - h->last) << 20;
	__u32 id_says = FORGET(sc->work->id_says);
	int instance = INSTANCE_UNKNOWN;
	int by_tsval = p->has & PKT_TIMESTAMPS && h->flags & HALF_TIMESTAMPS &&
		       p->tsval != h->tsval;

	if (p->has & PKT_TIMESTAMPS && id_says == ID_SAYS_NOTHING && !carry->filled)
		instance = instance_of(sc->side, carry->low, carry->high, p->tsval);
	carry->start = carry->low;
	carry->end = carry->high;
	carry->kind = MARK_RETRANSMITTED;
	if (h->flags & HALF_LOCAL && id_says != ID_SAYS_REPEAT) {
		v->evidence = BY_POSITION;
	} else if (id_says != ID_SAYS_NOTHING) {
		v->evidence = BY_IPID;
		TAKE_STEP(late_original, sc);
		if (id_says == ID_SAYS_REPEAT)
			carry->kind = MARK_DUPLICATED;
		else if (id_says == ID_SAYS_LATE && FORGET(carry->flag))
			carry->kind = MARK_LATE;
	} else if (instance == INSTANCE_SAME && rtt_exceeds(sc, 0)) {
		v->evidence = BY_TSVAL;
		carry->kind = MARK_DUPLICATED;
	} else if (instance == INSTANCE_OLDER ||
		   (instance == INSTANCE_UNKNOWN && by_tsval && seq_after(p->tsval, h->tsval))) {
		v->evidence = BY_TSVAL;
	} else if (instance != INSTANCE_SAME && by_tsval && seq_before(p->tsval, h->tsval)) {
		TAKE_STEP(late_original, sc);
		v->evidence = FORGET(carry->flag) ? BY_TSVAL : BY_TIMING;
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
	if (before_base(h, carry->low))
		carry->kind = MARK_AMBIGUOUS;
	if (FORGET(carry->kind) == MARK_RETRANSMITTED &&
	    (__u32)received_bytes(sc->other, sc->other_side, carry->low, carry->high) +
			    carry->filled >=
		    carry->high - carry->low)
		carry->kind = MARK_SPURIOUS;
	if (FORGET(carry->kind) == MARK_RETRANSMITTED && h->flags & HALF_REFUSED) {
		if (carry->high == h->next)
			sc->half->flags &= ~HALF_REFUSED;
		v->cause = CAUSE_UNKNOWN;
		carry->kind = MARK_SPURIOUS;
	}
	return 0;
}

STEP(repeat_judge)

/* Counts what repeat_judge() found: but for the carry.filled bytes of it that filled holes. */
static __always_inline int repeat_count_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct verdict *v = &sc->work->verdict;
	struct carry *carry = &sc->work->carry;
	__u32 segments = segments_of(carry->high - carry->low - carry->filled, segment_bytes(p));

	segments = min_of(segments, carry->segments);
	FORGET(carry->segments) = segments;
	switch (FORGET(carry->kind)) {
	case MARK_SPURIOUS:
		v->spurious += segments;
		COUNT(sc, retransmitted_spurious_segments, segments);
		break;
	case MARK_RETRANSMITTED:
		v->seen += segments;
		COUNT(sc, retransmitted_seen_segments, segments);
		break;
	case MARK_DUPLICATED:
		v->duplicated += segments;
		COUNT(sc, duplicated_segments, segments);
		break;
	case MARK_LATE:
		v->late_original += segments;
		COUNT(sc, late_original_segments, segments);
		break;
	default:
		v->ambiguous += segments;
		COUNT(sc, ambiguous_segments, segments);
	}
	return 0;
}

STEP(repeat_count)

/* Why the sender sent again, and what. */
static __always_inline int repeat_explain_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	const struct carry *carry = &sc->work->carry;
	__u32 bytes = payload_bytes(p, carry->low, carry->high), segments = carry->segments;

	if (carry->kind != MARK_RETRANSMITTED && carry->kind != MARK_SPURIOUS)
		return 0;
	COUNT(sc, retransmitted_bytes, bytes - min_of(bytes, carry->filled));
	count_cause(sc, segments);
	if (p->tcp_flags & TCP_SYN && p->tcp_flags & TCP_ACK)
		COUNT(sc, synack_retransmitted_segments, segments);
	else if (p->tcp_flags & TCP_SYN)
		COUNT(sc, syn_retransmitted_segments, segments);
	return 0;
}

STEP(repeat_explain)

/* A run of retransmissions that follow each other stands for a run of losses beyond the tap. */
static __always_inline void burst_after(struct scene *sc)
{
	const struct carry *carry = &sc->work->carry;
	struct side *s = sc->side;

	if (!s->burst_length || s->burst_end != carry->low) {
		COUNT(sc, loss_bursts, 1);
		s->burst_length = 0;
	}
	s->burst_length += carry->segments;
	s->burst_end = carry->high;
	GAUGE_MAX(sc, loss_burst_max_segments, s->burst_length);
}

/* Remembers a repeat; one that continues the newest of its kind, as after a timeout, makes it longer. */
static __always_inline int repeat_remember_in(struct scene *sc)
{
	const struct carry *carry = &sc->work->carry;
	__u32 start = carry->low, end = carry->high, at;
	struct side *s = sc->side;
	struct mark *newest = &s->repeats[BOUND_OR_0(s->repeat_at, REPEATS)];
	__u8 flags = sc->work->verdict.cause == CAUSE_FAST ? MARK_FAST : 0;

	if (carry->kind == MARK_RETRANSMITTED)
		burst_after(sc);
	if (newest->kind == carry->kind && newest->flags == flags && newest->end == start &&
	    now_us(&sc->work->pkt) - newest->when_us < DEFINITE_RTO_US) {
		newest->end = end;
	} else {
		at = s->repeat_at + 1;
		s->repeat_at = at < REPEATS ? at : 0;
		newest = &s->repeats[BOUND_OR_0(at, REPEATS)];
		mark_set(sc, newest, start, end, carry->kind);
		newest->flags = flags;
	}
	s->repeat_end = s->repeat_end && seq_before(end, s->repeat_end) ? s->repeat_end : end;
	return 0;
}

STEP(repeat_remember)

/* What passed the tap before comes again: [carry.low, carry.high). */
static __always_inline void data_repeat(struct scene *sc)
{
	TAKE_STEP(repeat_judge, sc);
	TAKE_STEP(repeat_count, sc);
	TAKE_STEP(repeat_explain, sc);
	TAKE_STEP(repeat_remember, sc);
}

#endif

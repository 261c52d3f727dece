/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that come a second time. */
#ifndef PLOSS_REPEAT_H
#define PLOSS_REPEAT_H

#include "marks.h"

/* What the marks say of a packet that repeats what they are about. */
enum marks_say {
	MARKS_SAME = 1,     /* it is a transmission that passed before, */
	MARKS_LATER = 2,    /* was sent after one that passed, */
	MARKS_ORIGINAL = 4, /* or before what opened a hole that a retransmission filled; */
	MARKS_UNSURE = 8,   /* or any of these; */
	MARKS_FRESH = 16,   /* so soon that nobody can have missed anything */
	MARKS_EARLY = 32,   /* in the tick of what opened a hole that was repaired later, */
	MARKS_CLOCK = 64,   /* and ticks are likely shorter than round trips */
};

/* A mark of what passed above the lowest of the bytes may say something of them. */
static __always_inline int mark_concerns(const struct mark *m, const struct carry *carry)
{
	return m->kind && seq_before(carry->low, m->end);
}

static __always_inline int mark_meets(const struct mark *m, const struct carry *carry)
{
	return seq_meet(carry->low, carry->high, m->start, m->end);
}

/* Was this packet sent after one with these clocks, which ended at `end`, above all of the bytes? They had been
 * sent before that one, so it repeats them. (Of IDs only late ones ask; a mark that 2^31 bytes left behind is not
 * above.)
 */
static __always_inline int is_later(const struct scene *sc, __u32 end, __u32 tsval, __u16 id)
{
	const struct pkt *p = &sc->work->pkt;

	if (seq_after(sc->work->carry.high, end) || seq_after(end, sc->half->next))
		return 0;
	if (p->has & PKT_TIMESTAMPS && sc->half->flags & HALF_TIMESTAMPS)
		return seq_after(p->tsval, tsval);
	return sc->work->id_says == ID_SAYS_LATE && id_ahead(p->id, id) > 0;
}

/* Asks fill carry.index. */
static __always_inline int fill_ask_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	const struct mark *m = &sc->side->fills[BOUND(carry->index, FILLS)];
	int stamped = p->has & PKT_TIMESTAMPS && sc->half->flags & HALF_TIMESTAMPS;
	__u32 before = m->kind == MARK_RETRANSMITTED ? m->opener_tsval : m->tsval;
	int older = stamped && seq_before(p->tsval, before);

	if (is_later(sc, m->end, m->opener_tsval, m->id))
		carry->flag |= MARKS_LATER;
	if (!mark_meets(m, carry))
		return 0;
	if (p->has & PKT_ID && id_tells_order(sc->half))
		older = id_ahead(p->id, m->id) < 0;
	if (older && m->kind == MARK_RETRANSMITTED)
		carry->flag |= MARKS_ORIGINAL;
	else if (stamped && p->tsval == m->tsval)
		carry->flag |= seq_before(m->start, carry->low) || seq_after(m->end, carry->high) ?
				       0 :
				       MARKS_SAME;
	else if (stamped && seq_after(p->tsval, before))
		carry->flag |= MARKS_LATER;
	else
		carry->flag |= stamped && p->tsval == before ? MARKS_EARLY : MARKS_UNSURE;
	return 0;
}

STEP(fill_ask)

/* Asks repeat carry.index. */
static __always_inline int repeat_ask_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	const struct mark *m = &sc->side->repeats[BOUND_OR_0(carry->index, REPEATS)];
	int stamped = p->has & PKT_TIMESTAMPS && sc->half->flags & HALF_TIMESTAMPS;
	__u32 newest = stamped ? m->tsval + m->ticks : m->tsval;

	if (stamped != !!(m->flags & MARK_STAMPED)) {
		carry->flag |= mark_meets(m, carry) ? MARKS_UNSURE : 0;
		return 0;
	}
	if (is_later(sc, m->end, newest, m->id))
		carry->flag |= MARKS_LATER;
	if (!mark_meets(m, carry))
		return 0;
	if (stamped && m->tsval != newest && !seq_before(p->tsval, m->tsval) &&
	    !seq_after(p->tsval, newest))
		carry->flag |= MARKS_UNSURE;
	else if (stamped ? p->tsval == m->tsval :
			   p->has & PKT_ID && id_tells_order(sc->half) && p->id == m->id)
		carry->flag |= seq_before(carry->low, m->start) || seq_after(carry->high, m->end) ?
				       0 :
				       MARKS_SAME;
	else if (stamped && seq_after(p->tsval, m->tsval))
		carry->flag |= MARKS_LATER;
	return 0;
}

STEP(repeat_ask)

/* Asks the RTT sample under way. What ends above its start passed no earlier, and is sent again a round trip
 * later at the earliest; the timestamp clock tells when. Without it all of the bytes must have passed later than
 * that start: a packet that was held up alone has its repetition close behind.
 */
static __always_inline int sample_ask_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	const struct half *h = sc->half;
	int stamped = p->has & PKT_TIMESTAMPS && h->flags & HALF_TIMESTAMPS;
	__u64 half_ns = loop_rtt_ns(sc) / 2, tick_ns = sc->side->tick_ns;

	if (stamped && (seq_after(p->tsval, h->tsval) || is_later(sc, h->rtt_end, h->rtt_tsval, 0)))
		carry->flag |= MARKS_LATER;
	if (outlasts(carry, max_of(FORGET(carry->sure_ns), FORGET(carry->rtt_ns) / 2), 0))
		carry->flag |= MARKS_CLOCK;
	if (stamped && p->tsval == h->tsval && !(p->tcp_flags & TCP_SYN)) {
		__u32 from = sc->flow->tsval_from[p->dir & 1];

		if (!seq_after(carry->high, from))
			carry->flag |= MARKS_LATER;
		else if (!seq_before(carry->low, from) && FORGET(carry->flag) & MARKS_CLOCK)
			carry->flag |= MARKS_FRESH;
	}
	if (seq_before(stamped ? carry->high : carry->low, h->rtt_end))
		return 0;
	if ((stamped && tick_ns && (p->tsval - h->rtt_tsval + 1ULL) * tick_ns < half_ns) ||
	    (rtt_is_sure(h) && h->rtt_start_ns && p->now_ns - h->rtt_start_ns < half_ns))
		carry->flag |= MARKS_FRESH;
	return 0;
}

STEP(sample_ask)

/* What the marks say of [carry.low, carry.high): enum marks_say. */
static __always_inline __u32 marks_ask(struct scene *sc)
{
	struct carry *carry = &sc->work->carry;

	FORGET(carry->flag) = 0;
	TAKE_STEP(sample_ask, sc);
	for (__u32 i = 0; i < REPEATS; i++) {
		FORGET(carry->index) = i;
		if (mark_concerns(&sc->side->repeats[i], carry))
			TAKE_STEP(repeat_ask, sc);
		if (i < FILLS && mark_concerns(&sc->side->fills[i], carry))
			TAKE_STEP(fill_ask, sc);
	}
	return FORGET(carry->flag);
}

/* May these bytes have passed the tap a second time without a mark? */
static __always_inline int is_doubted(const struct scene *sc)
{
	const struct carry *carry = &sc->work->carry;
	const struct side *s = sc->side;

	return s->flags & SIDE_MARKS_LOST ||
	       (s->doubt_start != s->doubt_end &&
		seq_meet(carry->low, carry->high, s->doubt_start, s->doubt_end));
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
	int stamped = p->has & PKT_TIMESTAMPS && h->flags & HALF_TIMESTAMPS;
	__u32 marks, original;

	carry->kind = MARK_RETRANSMITTED;
	marks = marks_ask(sc);
	if (carry->filled)
		marks &= ~MARKS_SAME; /* that is this packet's own */
	original = marks & MARKS_ORIGINAL && !(marks & MARKS_LATER);
	if (h->flags & HALF_LOCAL && id_says != ID_SAYS_REPEAT) {
		v->evidence = BY_POSITION;
	} else if (id_says == ID_SAYS_LATE ? marks & (MARKS_LATER | MARKS_ORIGINAL) : id_says) {
		v->evidence = BY_IPID;
		if (id_says == ID_SAYS_REPEAT)
			carry->kind = MARK_DUPLICATED;
		else if (id_says == ID_SAYS_LATE && original)
			carry->kind = MARK_LATE;
	} else if (!id_says && stamped && !(marks & MARKS_UNSURE) &&
		   (marks & MARKS_SAME ? rtt_exceeds(sc, 0) :
					 !!(marks & (MARKS_LATER | MARKS_ORIGINAL)))) {
		v->evidence = BY_TSVAL;
		if (marks & MARKS_SAME)
			carry->kind = MARK_DUPLICATED;
		else if (original)
			carry->kind = MARK_LATE;
	} else if (!id_says && !(marks & MARKS_UNSURE) && marks & (MARKS_EARLY | MARKS_FRESH)) {
		v->evidence = BY_TIMING;
		carry->kind = marks & MARKS_EARLY ? MARK_LATE : MARK_DUPLICATED;
	} else if (id_says == ID_SAYS_LATE && h->id_mode == ID_SEQ && !(marks & ~MARKS_CLOCK) &&
		   !is_doubted(sc)) {
		v->evidence = BY_TIMING;
	} else if (quiet_ns > max_of(3ULL * loop_rtt_ns(sc), DEFINITE_RTO_US * 1000ULL)) {
		v->evidence = BY_TIMING;
	} else {
		v->evidence = BY_NOTHING;
		carry->kind = MARK_AMBIGUOUS;
	}
	if (before_base(h, carry->low))
		carry->kind = MARK_AMBIGUOUS;
	if (FORGET(carry->kind) == MARK_RETRANSMITTED &&
	    (__u32)received_bytes(
		    sc->other, sc->other_side,
		    sack_run_reach(sc->flow, !(sc->work->pkt.dir & 1), sc->other_side->fack),
		    carry->low, carry->high) +
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
	repair_note(sc);
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
	const struct pkt *p = &sc->work->pkt;
	const struct carry *carry = &sc->work->carry;
	__u32 start = carry->low, end = carry->high, at;
	struct side *s = sc->side;
	struct mark *newest = &s->repeats[BOUND_OR_0(s->repeat_at, REPEATS)];
	__u32 ticks = p->tsval - newest->tsval;
	int stamped = p->has & PKT_TIMESTAMPS;
	__u8 flags = (sc->work->verdict.cause == CAUSE_FAST ? MARK_FAST : 0) |
		     (stamped ? MARK_STAMPED : 0);

	if (carry->kind == MARK_RETRANSMITTED)
		burst_after(sc);
	if (newest->kind == carry->kind && newest->flags == flags && newest->end == start &&
	    now_us(p) - newest->when_us < DEFINITE_RTO_US && ticks <= MARK_TICKS_MAX) {
		newest->end = end;
		newest->ticks = stamped ? max_of((__u32)newest->ticks, ticks) : p->id;
	} else {
		at = s->repeat_at + 1;
		s->repeat_at = at < REPEATS ? at : 0;
		newest = &s->repeats[BOUND_OR_0(at, REPEATS)];
		mark_set(sc, newest, start, end, carry->kind);
		newest->flags = flags;
		newest->ticks = stamped ? 0 : p->id;
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

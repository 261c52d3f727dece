/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that come a second time. */
#include <assert.h>

#include "naive.h"

/* What passed tells of a packet that repeats it. */
enum tells {
	TELLS_SAME = 1,     /* it is a transmission that passed before, */
	TELLS_LATER = 2,    /* was sent after one that passed, */
	TELLS_ORIGINAL = 4, /* or before what opened a hole that a retransmission filled; */
	TELLS_UNSURE = 8,   /* or any of these; */
	TELLS_EARLY = 16,   /* in the tick of what opened a hole that a retransmission filled */
};

/* All below `end` had been sent before what has these clocks: was this packet sent after it? */
static int is_later(const struct naive *n, __s64 high, __s64 end, __u32 tsval, __s64 id)
{
	const struct pkt *p = n->pkt;
	const struct naive_half *h = &n->half[p->dir];

	if (high > end)
		return 0;
	if (p->has & PKT_TIMESTAMPS && h->rest.stamped)
		return (__s32)(p->tsval - tsval) > 0;
	return n->says == SAYS_LATE && naive_id_place(h, p->id) > id;
}

static int fill_tells(const struct naive *n, const struct naive_mark *m, __s64 low, __s64 high)
{
	const struct pkt *p = n->pkt;
	const struct naive_half *h = &n->half[p->dir];
	int stamped = p->has & PKT_TIMESTAMPS && h->rest.stamped;
	int lost = m->kind == MARK_RETRANSMITTED;
	__u32 opener = lost ? m->opener_tsval : m->tsval;
	int tells = is_later(n, high, m->end, m->opener_tsval, m->opener_id) ? TELLS_LATER : 0;

	if (m->end <= low || high <= m->start)
		return tells;
	if (lost && p->has & PKT_ID && n->given->ids_tell) {
		if (naive_id_place(h, p->id) < m->opener_id)
			return tells | TELLS_ORIGINAL;
	} else if (lost && stamped && (__s32)(p->tsval - opener) < 0) {
		return tells | TELLS_ORIGINAL;
	}
	if (stamped && p->tsval == m->tsval)
		return tells | (low <= m->start && m->end <= high ? TELLS_SAME : 0);
	if (stamped && p->tsval == opener)
		return tells | TELLS_EARLY;
	return tells | (stamped && (__s32)(p->tsval - opener) > 0 ? TELLS_LATER : TELLS_UNSURE);
}

static int repeat_tells(const struct naive *n, const struct naive_mark *m, __s64 low, __s64 high)
{
	const struct pkt *p = n->pkt;
	const struct naive_half *h = &n->half[p->dir];
	int stamped = p->has & PKT_TIMESTAMPS && h->rest.stamped;
	int same = stamped ? p->tsval == m->tsval :
			     p->has & PKT_ID && n->given->ids_tell &&
				     naive_id_place(h, p->id) == m->id;
	int tells = is_later(n, high, m->end, m->newest, m->id) ? TELLS_LATER : 0;

	if (m->end <= low || high <= m->start)
		return stamped == m->stamped ? tells : 0;
	if (stamped != m->stamped)
		return TELLS_UNSURE;
	if (stamped && m->newest != m->tsval && (__s32)(p->tsval - m->tsval) >= 0 &&
	    (__s32)(p->tsval - m->newest) <= 0)
		return tells | TELLS_UNSURE;
	if (same)
		return tells | (m->start <= low && high <= m->end ? TELLS_SAME : 0);
	return tells | (stamped && (__s32)(p->tsval - m->tsval) > 0 ? TELLS_LATER : 0);
}

static int is_of_newest_tick(const struct naive *n)
{
	const struct pkt *p = n->pkt;

	return p->has & PKT_TIMESTAMPS && n->half[p->dir].rest.stamped &&
	       p->tsval == n->given->tsval && !(p->tcp_flags & TCP_SYN);
}

/* What all the marks tell that [low, high) meets. */
static int tell(struct naive *n, __s64 low, __s64 high)
{
	struct naive_half *h = naive_own(n);
	int all = 0, remembered = 0;

	for (__u32 i = 1; i < h->rest.fills; i++) {
		int tells = fill_tells(n, &h->fill[i], low, high);

		all |= tells;
		remembered |= i + FILLS >= h->rest.fills ? tells : 0;
	}
	for (__u32 i = 1; i < h->rest.repeats; i++) {
		int tells = repeat_tells(n, &h->repeat[i], low, high);

		all |= tells;
		remembered |= i + REPEATS >= h->rest.repeats ? tells : 0;
	}
	if (n->pkt->has & PKT_TIMESTAMPS && h->rest.stamped &&
	    is_later(n, high, naive_at(h, n->given->rtt_end), n->given->rtt_tsval, 0))
		remembered = all |= TELLS_LATER;
	if (n->pkt->has & PKT_TIMESTAMPS && h->rest.stamped &&
	    (__s32)(n->pkt->tsval - h->rest.tsval) > 0) {
		all |= TELLS_LATER;
		remembered |= TELLS_LATER;
	}
	if (is_of_newest_tick(n) && high <= naive_at(h, n->given->tsval_from))
		remembered = all |= TELLS_LATER;
	if (all != remembered)
		n->beyond = "a mark is forgotten";
	if (h->rest.fills != n->first_fill)
		all &= ~TELLS_SAME; /* that is this packet's own */
	return all;
}

/* Of the bytes of [low, high) that had passed before, has the receiver all? */
static int is_needless(const struct naive *n, __s64 low, __s64 high)
{
	const struct naive_half *h = &n->half[n->pkt->dir];

	for (__s64 at = low; at < high; at++)
		if (at >= naive_other(n)->rest.ack && !h->place[at].sacked &&
		    h->place[at].fill < n->first_fill)
			return 0;
	return naive_other(n)->rest.acked;
}

/* Passed these bytes so short a time ago that nobody can have missed them yet? */
static int is_fresh(const struct naive *n, __s64 low, __s64 high)
{
	const struct pkt *p = n->pkt;
	const struct given *g = n->given;
	const struct naive_half *h = &n->half[p->dir];
	int stamped = p->has & PKT_TIMESTAMPS && h->rest.stamped;
	__u64 half_ns = g->rtt_min_ns / 2;

	if (is_of_newest_tick(n) && low >= naive_at(h, g->tsval_from) &&
	    naive_outlasts(g, max_of(g->sure_rtt_ns, g->likely_rtt_ns / 2), 0))
		return 1;
	if ((stamped ? high : low) < naive_at(h, g->rtt_end))
		return 0;
	if (stamped && g->tick_ns && (p->tsval - g->rtt_tsval + 1ULL) * g->tick_ns < half_ns)
		return 1;
	return naive_rtt_is_sure(n) && g->rtt_start_ns && p->now_ns - g->rtt_start_ns < half_ns;
}

/* May these bytes have been new data that repaired a lost tail? */
static int is_doubted(const struct naive *n, __s64 low, __s64 high)
{
	const struct naive_half *h = &n->half[n->pkt->dir];

	return low < naive_at(h, n->given->doubt_end) && high > naive_at(h, n->given->doubt_start);
}

static enum mark_kind repeat_kind(struct naive *n, __s64 low, __s64 high)
{
	const struct pkt *p = n->pkt;
	const struct given *g = n->given;
	const struct naive_rest *r = &naive_own(n)->rest;
	__u64 quiet_ns = ((p->now_ns >> 20) - (r->last_ns >> 20)) << 20;
	int tells = tell(n, low, high), original = tells & TELLS_ORIGINAL && !(tells & TELLS_LATER);

	if (r->local && n->says != SAYS_REPEAT) {
		n->verdict.evidence = BY_POSITION;
		return MARK_RETRANSMITTED;
	}
	n->verdict.evidence = BY_IPID;
	if (n->says == SAYS_REPEAT)
		return MARK_DUPLICATED;
	if (n->says == SAYS_NEW)
		return MARK_RETRANSMITTED;
	if (n->says == SAYS_LATE && tells & (TELLS_LATER | TELLS_ORIGINAL))
		return original ? MARK_LATE : MARK_RETRANSMITTED;
	n->verdict.evidence = BY_TSVAL;
	if (n->says == SAYS_NOTHING && p->has & PKT_TIMESTAMPS && r->stamped &&
	    !(tells & TELLS_UNSURE)) {
		if (tells & TELLS_SAME ? naive_rtt_exceeds(g, 0) :
					 tells & (TELLS_LATER | TELLS_ORIGINAL))
			return tells & TELLS_SAME ? MARK_DUPLICATED :
			       original           ? MARK_LATE :
						    MARK_RETRANSMITTED;
	}
	n->verdict.evidence = BY_TIMING;
	if (n->says == SAYS_NOTHING && !(tells & TELLS_UNSURE)) {
		if (tells & TELLS_EARLY || is_fresh(n, low, high))
			return tells & TELLS_EARLY ? MARK_LATE : MARK_DUPLICATED;
	}
	if (n->says == SAYS_LATE && g->id_mode == ID_SEQ && !tells && !is_fresh(n, low, high) &&
	    !is_doubted(n, low, high))
		return MARK_RETRANSMITTED;
	if (quiet_ns > max_of(3ULL * g->rtt_min_ns, LEAST_RTO_NS))
		return MARK_RETRANSMITTED;
	n->verdict.evidence = BY_NOTHING;
	return MARK_AMBIGUOUS;
}

static void repeat_remember(struct naive *n, __s64 low, __s64 high, enum mark_kind kind)
{
	struct naive_half *h = naive_own(n);
	struct naive_rest *r = &h->rest;
	struct naive_mark *newest = &h->repeat[r->repeats - 1];
	int fast = n->given->cause == CAUSE_FAST, stamped = !!(n->pkt->has & PKT_TIMESTAMPS);
	__u32 tsval = n->pkt->tsval;

	assert(r->repeats < NAIVE_MARKS);
	if (r->repeats > 1 && newest->kind == kind && newest->fast == fast &&
	    newest->stamped == stamped && newest->end == low &&
	    naive_us(n) - newest->when_us < LEAST_RTO_NS / 1000 &&
	    tsval - newest->tsval <= 0xffff) {
		newest->end = high;
		newest->id = naive_id_place(h, n->pkt->id);
		if ((__s32)(tsval - newest->newest) > 0)
			newest->newest = tsval;
	} else {
		newest = &h->repeat[r->repeats++];
		naive_remember(n, newest, low, high, kind);
		newest->fast = fast;
		newest->stamped = stamped;
		newest->newest = tsval;
	}
	for (__s64 at = low; at < high; at++)
		h->place[at].repeat = newest - h->repeat;
}

/* [low, high) had passed before, but for `filled` bytes of it. */
void naive_repeat(struct naive *n, __s64 low, __s64 high, __s64 filled, __u32 left)
{
	const struct pkt *p = n->pkt;
	struct naive_half *h = naive_own(n);
	struct naive_rest *r = &h->rest;
	__u32 segments = min_of(segments_of(high - low - filled, segment_bytes(p)), left);
	__u32 bytes = naive_payload(p, h, low, high);
	enum mark_kind kind = repeat_kind(n, low, high);

	if (low < r->base)
		kind = MARK_AMBIGUOUS;
	if (kind == MARK_RETRANSMITTED && is_needless(n, low, high))
		kind = MARK_SPURIOUS;
	if (kind == MARK_RETRANSMITTED || kind == MARK_SPURIOUS) {
		naive_repaired(n);
		r->row.retransmitted_bytes += bytes - min_of(bytes, filled);
		if (p->tcp_flags & TCP_SYN)
			*(p->tcp_flags & TCP_ACK ? &r->row.synack_retransmitted_segments :
						   &r->row.syn_retransmitted_segments) += segments;
	}
	switch (kind) {
	case MARK_SPURIOUS:
		n->verdict.spurious += segments;
		r->row.retransmitted_spurious_segments += segments;
		break;
	case MARK_RETRANSMITTED:
		n->verdict.seen += segments;
		r->row.retransmitted_seen_segments += segments;
		if (!r->burst_length || r->burst_end != low) {
			r->row.loss_bursts++;
			r->burst_length = 0;
		}
		r->burst_length += segments;
		r->burst_end = high;
		r->gauges.loss_burst_max_segments = max_of(r->gauges.loss_burst_max_segments,
							   r->burst_length);
		break;
	case MARK_DUPLICATED:
		n->verdict.duplicated += segments;
		r->row.duplicated_segments += segments;
		break;
	case MARK_LATE:
		n->verdict.late_original += segments;
		r->row.late_original_segments += segments;
		break;
	default:
		n->verdict.ambiguous += segments;
		r->row.ambiguous_segments += segments;
	}
	repeat_remember(n, low, high, kind);
}

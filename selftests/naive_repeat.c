/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that come a second time. */
#include <assert.h>

#include "naive.h"

/* What passed tells of a packet that repeats it. */
enum tells {
	TELLS_SAME = 1,     /* it is a transmission that passed before, */
	TELLS_LATER = 2,    /* was sent after one that passed, */
	TELLS_ORIGINAL = 4, /* or before what opened a hole that a retransmission filled; */
	TELLS_UNSURE = 8,   /* or the first or the second */
};

static enum tells fill_tells(const struct naive *n, const struct naive_mark *m, __s64 low,
			     __s64 high)
{
	const struct pkt *p = n->pkt;
	const struct naive_half *h = &n->half[p->dir];
	int stamped = p->has & PKT_TIMESTAMPS && h->rest.stamped;
	int lost = m->kind == MARK_RETRANSMITTED;
	__u32 opener = lost ? m->opener_tsval : m->tsval;

	if (lost && p->has & PKT_ID && n->given->ids_tell) {
		if (naive_id_place(h, p->id) < m->opener_id)
			return TELLS_ORIGINAL;
	} else if (lost && stamped && (__s32)(p->tsval - opener) < 0) {
		return TELLS_ORIGINAL;
	}
	if (stamped && p->tsval == m->tsval)
		return low <= m->start && m->end <= high ? TELLS_SAME : 0;
	return stamped && (__s32)(p->tsval - opener) > 0 ? TELLS_LATER : 0;
}

static enum tells repeat_tells(const struct naive *n, const struct naive_mark *m, __s64 low,
			       __s64 high)
{
	const struct pkt *p = n->pkt;
	const struct naive_half *h = &n->half[p->dir];

	int stamped = p->has & PKT_TIMESTAMPS && h->rest.stamped;
	int same = stamped ? p->tsval == m->tsval :
			     p->has & PKT_ID && n->given->ids_tell &&
				     naive_id_place(h, p->id) == m->id;

	if (stamped && m->mixed && (__s32)(p->tsval - m->tsval) >= 0)
		return TELLS_UNSURE;
	if (same)
		return m->start <= low && high <= m->end ? TELLS_SAME : 0;
	return stamped && (__s32)(p->tsval - m->tsval) > 0 ? TELLS_LATER : 0;
}

/* What all the marks tell that [low, high) meets. */
static int tell(struct naive *n, __s64 low, __s64 high)
{
	struct naive_half *h = naive_own(n);
	int all = 0, remembered = 0;

	for (__u32 i = 1; i < h->rest.fills; i++) {
		const struct naive_mark *m = &h->fill[i];
		enum tells tells = m->start < high && low < m->end ? fill_tells(n, m, low, high) :
								     0;

		all |= tells;
		remembered |= i + FILLS >= h->rest.fills ? tells : 0;
	}
	for (__u32 i = 1; i < h->rest.repeats; i++) {
		const struct naive_mark *m = &h->repeat[i];
		enum tells tells = m->start < high && low < m->end ? repeat_tells(n, m, low, high) :
								     0;

		all |= tells;
		remembered |= i + REPEATS >= h->rest.repeats ? tells : 0;
	}
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

static enum mark_kind repeat_kind(struct naive *n, __s64 low, __s64 high, enum says says)
{
	const struct pkt *p = n->pkt;
	const struct given *g = n->given;
	const struct naive_rest *r = &naive_own(n)->rest;
	__u64 quiet_ns = ((p->now_ns >> 20) - (r->last_ns >> 20)) << 20;
	int newer = (__s32)(p->tsval - r->tsval), tells = tell(n, low, high);

	if (r->local && says != SAYS_REPEAT) {
		n->verdict.evidence = BY_POSITION;
		return MARK_RETRANSMITTED;
	}
	if (says != SAYS_NOTHING) {
		n->verdict.evidence = BY_IPID;
		if (says == SAYS_REPEAT)
			return MARK_DUPLICATED;
		return says == SAYS_LATE && tells & TELLS_ORIGINAL ? MARK_LATE : MARK_RETRANSMITTED;
	}
	n->verdict.evidence = BY_TSVAL;
	if (p->has & PKT_TIMESTAMPS && r->stamped && !(tells & TELLS_UNSURE) &&
	    (!(tells & TELLS_SAME) || naive_rtt_exceeds(g, 0))) {
		if (tells)
			return tells & TELLS_SAME     ? MARK_DUPLICATED :
			       tells & TELLS_ORIGINAL ? MARK_LATE :
							MARK_RETRANSMITTED;
		if (newer > 0)
			return MARK_RETRANSMITTED;
		if (newer) {
			n->verdict.evidence = BY_TIMING;
			return MARK_DUPLICATED;
		}
	}
	n->verdict.evidence = BY_TIMING;
	if (quiet_ns < g->rtt_min_ns / 2 && g->rtt_samples >= LEAST_SAMPLES)
		return MARK_DUPLICATED;
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
	int fast = n->given->cause == CAUSE_FAST;

	assert(r->repeats < NAIVE_MARKS);
	if (r->repeats > 1 && newest->kind == kind && newest->fast == fast && newest->end == low &&
	    naive_us(n) - newest->when_us < LEAST_RTO_NS / 1000) {
		newest->end = high;
		newest->mixed |= newest->tsval != n->pkt->tsval;
	} else {
		newest = &h->repeat[r->repeats++];
		naive_remember(n, newest, low, high, kind);
		newest->fast = fast;
	}
	for (__s64 at = low; at < high; at++)
		h->place[at].repeat = newest - h->repeat;
}

/* [low, high) had passed before, but for `filled` bytes of it. */
void naive_repeat(struct naive *n, __s64 low, __s64 high, __s64 filled, __u32 left, enum says says)
{
	const struct pkt *p = n->pkt;
	struct naive_half *h = naive_own(n);
	struct naive_rest *r = &h->rest;
	__u32 segments = min_of(segments_of(high - low - filled, segment_bytes(p)), left);
	__u32 bytes = naive_payload(p, h, low, high);
	enum mark_kind kind = repeat_kind(n, low, high, says);

	if (low < r->base)
		kind = MARK_AMBIGUOUS;
	if (kind == MARK_RETRANSMITTED && is_needless(n, low, high))
		kind = MARK_SPURIOUS;
	if (kind == MARK_RETRANSMITTED || kind == MARK_SPURIOUS) {
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

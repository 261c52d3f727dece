/* SPDX-License-Identifier: GPL-2.0-only */
/* Holes, and what fills them. */
#include <assert.h>

#include "naive.h"

#define MANY_TICKS 255U /* or more: how many is not known */

/* Something came again. What came again before, and had been answered when this was sent, is old. */
void naive_repaired(struct naive *n)
{
	const struct pkt *p = n->pkt;
	struct naive_rest *r = &naive_own(n)->rest;

	if (!r->repair_tsval || (__s32)(p->tsecr - r->repair_echo) >= 0) {
		r->repair_before = r->repair_tsval;
		r->repair_echo = naive_other(n)->rest.tsval;
	}
	if (!r->repair_tsval || (__s32)(p->tsval - r->repair_tsval) > 0)
		r->repair_tsval = p->tsval;
}

/* Sent before (-1) or after (1) the segment that opened the hole: by whatever clock tells them apart. */
static int order_to(struct naive *n, const struct naive_opener *opener)
{
	const struct pkt *p = n->pkt;
	const struct given *g = n->given;
	int stamped = p->has & PKT_TIMESTAMPS && naive_own(n)->rest.stamped;
	__s32 newer = (__s32)(p->tsval - opener->tsval);

	n->verdict.evidence = BY_TSVAL;
	if (stamped && newer)
		return newer > 0 ? 1 : -1;
	if (p->has & PKT_ID && g->ids_tell) {
		__s64 ahead = naive_id_place(naive_own(n), p->id) - opener->id;

		n->verdict.evidence = BY_IPID;
		if (ahead)
			return ahead > 0 ? 1 : -1;
	}
	n->verdict.evidence = BY_TSVAL;
	if (p->has & PKT_TIMESTAMPS && !newer && opener->ticks < MANY_TICKS &&
	    (__s16)(p->tsecr - opener->echo) < 0 && naive_rtt_exceeds(g, opener->ticks))
		return -1;
	n->verdict.evidence = BY_NOTHING;
	return 0;
}

/* Sent in the tick of the hole's opener, before its sender can have missed it? */
static int is_of_first_flight(struct naive *n, const struct naive_opener *opener)
{
	const struct pkt *p = n->pkt;
	const struct given *g = n->given;
	const struct naive_rest *o = &naive_other(n)->rest;
	__u64 age_us = naive_us(n) - opener->opened_us, rtt = g->likely_rtt_ns;
	const struct naive_rest *r = &naive_own(n)->rest;
	__u32 repaired = (__s32)(p->tsecr - r->repair_echo) < 0 ? r->repair_before :
								  r->repair_tsval;
	__s64 ticks = opener->ticks < MANY_TICKS ? opener->ticks : 1 << 24;
	__s16 heard = p->tsecr - opener->echo;
	int deaf = heard < !!opener->rested ||
		   ((o->row.packets - opener->heard) % 16 == 0 &&
		    (p->now_ns >> 20) - (o->last_ns >> 20) + 1 >= age_us >> 10);

	if (!(p->has & PKT_TIMESTAMPS) || p->tsval != opener->tsval || !o->seeded || heard > 0)
		return 0;
	if (naive_outlasts(g, max_of(g->sure_rtt_ns, rtt / 2), ticks))
		return 1;
	if (!deaf && (age_us * 1000 >= rtt / 2 || !naive_outlasts(g, rtt, COARSE_TICKS)))
		return 0;
	return naive_outlasts(g, rtt, ticks) ||
	       (g->likely_tick_ns < 2000000 &&
		(!repaired || (__s32)(repaired - opener->tsval + ticks) < 0 ||
		 naive_outlasts(g, rtt, (__u32)(opener->tsval - repaired))));
}

static enum mark_kind fill_kind(struct naive *n, const struct naive_opener *opener, int *likely)
{
	const struct given *g = n->given;
	__u64 age_ns = (naive_us(n) - opener->opened_us) * 1000;
	__s64 ahead;

	int order = order_to(n, opener);

	if (order)
		return order > 0 ? MARK_RETRANSMITTED : MARK_REORDERED;
	if ((age_ns < g->rtt_min_ns / 2 && naive_rtt_is_sure(n)) || is_of_first_flight(n, opener)) {
		n->verdict.evidence = BY_TIMING;
		return MARK_REORDERED;
	}
	if (g->rtt_min_ns && age_ns > max_of(3ULL * g->rtt_min_ns, LEAST_RTO_NS)) {
		n->verdict.evidence = BY_TIMING;
		*likely = 1;
		return MARK_RETRANSMITTED;
	}
	ahead = naive_id_place(naive_own(n), n->pkt->id) - opener->id;
	if (n->pkt->has & PKT_ID && g->ids_grow && ahead > 0 && ahead <= LITTLE_IDS) {
		n->verdict.evidence = BY_IPID;
		*likely = 1;
		return MARK_RETRANSMITTED;
	}
	return MARK_AMBIGUOUS;
}

/* This packet brings [start, end) of the hole that reaches from low to high. */
static void fill(struct naive *n, __s64 start, __s64 end, __s64 low, __s64 high, __u32 *segments)
{
	const struct pkt *p = n->pkt;
	struct naive_half *h = naive_own(n);
	struct naive_rest *r = &h->rest;
	const struct naive_opener *opener = &h->opener[h->place[start].opener];
	__u32 taken = min_of(segments_of(end - start, segment_bytes(p)), *segments);
	__u32 whole = segments_of(high - low, opener->unit);
	__u32 left = segments_of(start - low, opener->unit) + segments_of(high - end, opener->unit);
	int likely = 0;
	enum mark_kind kind = fill_kind(n, opener, &likely);

	if (kind == MARK_RETRANSMITTED) {
		n->verdict.unseen += taken;
		r->row.retransmitted_unseen_segments += taken;
		r->row.retransmitted_likely_segments += likely ? taken : 0;
		r->row.retransmitted_bytes += naive_payload(p, h, start, end);
		r->row.hole_lost_segments += whole - min_of(whole, left);
		r->row.loss_bursts += !h->place[start].burst;
		if (!h->place[start].burst)
			r->gauges.loss_burst_max_segments = max_of(
				r->gauges.loss_burst_max_segments, whole);
		for (__s64 at = low; at < high; at++)
			h->place[at].burst = 1;
	} else if (kind == MARK_REORDERED) {
		n->verdict.reordered += taken;
		r->row.reordered_segments += taken;
		r->gauges.reordering_extent_max = max_of(r->gauges.reordering_extent_max,
							 r->row.data_segments -
								 opener->data_segments);
		r->gauges.reordering_delay_max_ns = max_of(r->gauges.reordering_delay_max_ns,
							   (naive_us(n) - opener->opened_us) *
								   1000);
	} else {
		n->verdict.ambiguous += taken;
		r->row.ambiguous_segments += taken;
	}
	if (kind != MARK_REORDERED)
		naive_repaired(n);
	assert(r->fills < NAIVE_MARKS);
	naive_remember(n, &h->fill[r->fills], start, end, kind);
	h->fill[r->fills].opener_tsval = opener->tsval;
	h->fill[r->fills].opener_id = opener->id;
	for (__s64 at = start; at < end; at++) {
		if (h->place[at].sacked)
			n->beyond = "bytes that were SACKed before they were seen";
		h->place[at].opener = 0;
		h->place[at].fill = r->fills;
	}
	r->fills++;
	*segments -= taken;
}

static __s64 lowest_missing(const struct naive_half *h)
{
	for (__s64 at = h->rest.base; at < h->rest.next; at++)
		if (h->place[at].opener)
			return at;
	return -1;
}

/* A hole that nothing below it held up any more is whole: delivery had waited for it. */
static void stall(struct naive *n, const struct naive_opener *opener)
{
	struct naive_rest *r = &naive_own(n)->rest;
	__u64 waited = (naive_us(n) - max_of(r->head_since_us, opener->opened_us)) * 1000;

	r->row.stalls++;
	r->row.stall_ns += waited;
	r->gauges.stall_max_ns = max_of(r->gauges.stall_max_ns, waited);
	r->head_since_us = naive_us(n);
}

/* Fills what was missing of [from, to). Returns how many bytes of it were. */
static __s64 fills(struct naive *n, __s64 from, __s64 to, __u32 *segments)
{
	struct naive_half *h = naive_own(n);
	struct naive_place *place = h->place;
	__s64 filled = 0;

	for (__s64 start = from; start < to; start++) {
		__u16 opener = place[start].opener;
		__s64 low = start, high = start, end;

		if (!opener)
			continue;
		while (place[low - 1].opener == opener)
			low--;
		while (place[high].opener == opener)
			high++;
		end = min_of(high, to);
		filled += end - start;
		if (start == low && end == high && lowest_missing(h) == low)
			stall(n, &h->opener[opener]);
		fill(n, start, end, low, high, segments);
		start = end - 1;
	}
	return filled;
}

void naive_hole(struct naive *n, __s64 start, __s64 end)
{
	const struct pkt *p = n->pkt;
	struct naive_half *h = naive_own(n);
	struct naive_rest *r = &h->rest;
	__u32 unit = max_of(r->mss, segment_bytes(p)), missing = n->given->id_skipped;

	if (!p->payload && !r->mss)
		unit = end - start;
	if ((end - start) % unit && missing)
		unit = segments_of(end - start, missing);
	if (lowest_missing(h) < 0)
		r->head_since_us = naive_us(n);
	assert(r->openers < NAIVE_MARKS);
	h->opener[r->openers] = (struct naive_opener){
		.opened_us = naive_us(n),
		.data_segments = r->row.data_segments,
		.heard = naive_other(n)->rest.row.packets,
		.rested = (p->now_ns >> 20) - (naive_other(n)->rest.last_ns >> 20) > 1,
		.tsval = p->tsval,
		.unit = unit,
		.ticks = min_of(p->tsval - r->tsval, MANY_TICKS),
		.echo = naive_other(n)->rest.tsval,
		.id = naive_id_place(h, p->id)
	};
	for (__s64 at = start; at < end; at++)
		h->place[at] = (struct naive_place){ .opener = r->openers,
						     .sacked = h->place[at].sacked };
	r->openers++;
}

/* [low, high) is below what was seen: it fills holes, or comes again. */
void naive_old(struct naive *n, __s64 low, __s64 high)
{
	__u32 segments = n->pkt->segments;
	__s64 filled;

	n->first_fill = naive_own(n)->rest.fills;
	filled = fills(n, low, high, &segments);
	if (filled < high - low && segments)
		naive_repeat(n, low, high, filled, segments);
}

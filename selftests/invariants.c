/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "invariants.h"

void invariants_before(struct invariants *v, const struct tap *t, const struct pkt *p)
{
	if (!v->began_ns)
		v->began_ns = p->now_ns;
	memcpy(v->before, t->totals.dir, sizeof(v->before));
	v->connections = t->connections;
	v->strays = t->strays;
	v->has_embryo = t->has_embryo;
}

static const char *falls(const struct counters *before, const struct counters *now)
{
#define X(name) \
	if (now->name < before->name) \
		return #name " falls";
	COUNTERS_OWN(X)
	COUNTERS_ABOUT(X)
	X(ipid_packets)
	X(rtt_samples)
	X(rtt_sum_ns)
#undef X
#define X(type, name) \
	if (now->name < before->name) \
		return #name " falls";
	COUNTERS_BASE(X)
	COUNTERS_FEW(X)
#undef X
	return NULL;
}

static const char *causes(const struct counters *c)
{
	__u64 retransmitted = c->retransmitted_unseen_segments + c->retransmitted_seen_segments +
			      c->retransmitted_spurious_segments;

	if (c->cause_rto_segments + c->cause_fast_segments + c->cause_tlp_segments +
		    c->cause_unknown_segments !=
	    retransmitted)
		return "causes do not sum to the retransmissions";
	if (c->retransmitted_likely_segments > c->retransmitted_unseen_segments)
		return "more likely retransmissions than unseen ones";
	if (c->syn_retransmitted_segments + c->synack_retransmitted_segments > retransmitted)
		return "more SYNs than retransmissions";
	if (c->dsack_blocks > c->sack_blocks)
		return "more DSACK blocks than SACK blocks";
	return NULL;
}

static const char *classes(const struct counters *before, const struct counters *now,
			   const struct verdict *v, const struct pkt *p)
{
	__u32 bytes = p->end_seq - p->seq;

	if ((__u32)v->unseen + v->seen + v->spurious + v->reordered + v->duplicated + v->ambiguous +
		    v->late_original >
	    p->segments)
		return "more segments have a class than there are";
	if (now->retransmitted_unseen_segments - before->retransmitted_unseen_segments !=
		    v->unseen ||
	    now->retransmitted_seen_segments - before->retransmitted_seen_segments != v->seen ||
	    now->retransmitted_spurious_segments - before->retransmitted_spurious_segments !=
		    v->spurious ||
	    now->reordered_segments - before->reordered_segments != v->reordered ||
	    now->duplicated_segments - before->duplicated_segments != v->duplicated ||
	    now->ambiguous_segments - before->ambiguous_segments != v->ambiguous ||
	    now->late_original_segments - before->late_original_segments != v->late_original)
		return "the verdict is not what was counted";
	if (now->hole_lost_segments - before->hole_lost_segments > max_of(bytes, p->segments))
		return "more is lost than was filled";
	if (now->retransmitted_bytes - before->retransmitted_bytes > p->payload)
		return "more bytes retransmitted than sent";
	return NULL;
}

static const char *holes(const struct half *h, const struct side *s)
{
	if (s->hole_count > HOLES)
		return "more holes than there is room for";
	for (int i = 0; i < s->hole_count; i++) {
		const struct hole *hole = &s->holes[i];

		if (!seq_before(hole->start, hole->end))
			return "an empty hole";
		if (seq_after(hole->end, h->next))
			return "a hole outside of what is followed";
		if (i && seq_after(s->holes[i - 1].end, hole->start))
			return "holes that overlap";
		if (i && hole->flags & HOLE_COARSE && !(s->holes[i - 1].flags & HOLE_COARSE))
			return "a coarse hole above one that is not";
		if (hole->flags & HOLE_COARSE && !(s->flags & SIDE_COARSE))
			return "holes were merged, and the connection does not say so";
		if (!hole->unit)
			return "a hole without a unit";
	}
	return NULL;
}

static const char *ranges(const struct side *s)
{
	for (int i = 0; i < SACKED; i++) {
		const struct range *r = &s->sacked[i];

		if (seq_before(r->end, r->start))
			return "a SACKed range that ends before it starts";
		for (int n = 0; n < i; n++)
			if (seq_overlap(r->start, r->end, s->sacked[n].start, s->sacked[n].end))
				return "SACKed ranges that overlap";
	}
	if (s->repeat_at >= REPEATS)
		return "no such repeat";
	return NULL;
}

/* The base tier's rarer counters are narrow, and wrap. Where both ends open (RFC 9293 3.5) an embryo does not
 * know which of its SYNs carried an ACK.
 */
static const char *row_differs(const struct counters *total, struct counters since,
			       const struct counters *row)
{
	__u64 syns = total->syn_retransmitted_segments - since.syn_retransmitted_segments;

	since.syn_retransmitted_segments += syns - row->syn_retransmitted_segments;
	since.synack_retransmitted_segments -= syns - row->syn_retransmitted_segments;
#define X(name) \
	if (total->name - since.name != row->name) \
		return #name " of the flow is not the interface's";
	COUNTERS_OWN(X)
	COUNTERS_ABOUT(X)
	X(rtt_sum_ns)
#undef X
#define X(type, name) \
	if ((type)(total->name - since.name) != (type)row->name) \
		return #name " of the flow is not the interface's";
	COUNTERS_BASE(X)
	COUNTERS_FEW(X)
	X(__u32, rtt_samples)
#undef X
	return NULL;
}

/* A connection begins with its first SYN, or with its first packet; what belongs to none, or to an embryo
 * that comes to nothing, is none of its row.
 */
static void begin(struct invariants *v, const struct tap *t)
{
	if (t->has_embryo ? !v->has_embryo : t->connections != v->connections && !v->has_embryo)
		memcpy(v->since, v->before, sizeof(v->since));
	if (t->strays == v->strays)
		return;
	for (int d = 0; d < DIRECTIONS; d++) {
		__u64 *since = (__u64 *)&v->since[d], *before = (__u64 *)&v->before[d];
		const __u64 *now = (const __u64 *)&t->totals.dir[d];

		for (size_t i = 0; i < sizeof(struct counters) / sizeof(*now); i++)
			since[i] += now[i] - before[i];
	}
}

static const char *times(const struct invariants *v, const struct tap *t, const struct pkt *p)
{
	__u64 passed = p->now_ns - v->began_ns + 1000;

	for (int d = 0; d < DIRECTIONS; d++) {
		const struct counters *c = &t->totals.dir[d];

		if (c->stall_ns > passed)
			return "stalls longer than the connection";
		if (c->zero_window_ns > passed)
			return "a window longer shut than the connection lasted";
		if (t->totals.gauges[0][d].stall_max_ns > c->stall_ns)
			return "a stall longer than all together";
	}
	return NULL;
}

const char *invariants_after(struct invariants *v, const struct tap *t, const struct pkt *p)
{
	const char *broken = times(v, t, p);

	begin(v, t);
	for (int d = 0; d < DIRECTIONS && !broken; d++) {
		struct counters row;

		broken = falls(&v->before[d], &t->totals.dir[d]);
		if (!broken)
			broken = causes(&t->totals.dir[d]);
		if (!t->has_flow || broken)
			continue;
		broken = holes(&t->flow.half[d], &t->trouble.side[d]);
		if (!broken)
			broken = ranges(&t->trouble.side[d]);
		tap_flow_row(t, d, &row);
		if (!broken && !t->has_embryo && !t->no_trouble)
			broken = row_differs(&t->totals.dir[d], v->since[d], &row);
	}
	if (!broken)
		broken = classes(&v->before[p->dir], &t->totals.dir[p->dir], &t->work.verdict, p);
	return broken;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Round trips from the tap to the data's receiver and back, one sample at a time in each direction. */
#ifndef PLOSS_RTT_H
#define PLOSS_RTT_H

#include "seq.h"
#include "work.h"

/* A round trip of the other direction's data that this packet ends, or a sample of its own data that it
 * begins.
 */
static __always_inline int rtt_ends(const struct half *h, const struct half *o, const struct pkt *p)
{
	return h->flags & HALF_ACKED && o->rtt_start_ns && seq_before(h->ack, o->rtt_end) &&
	       !seq_before(p->ack, o->rtt_end);
}

static __always_inline int rtt_begins(const struct half *h, const struct half *o,
				      const struct pkt *p)
{
	return p->seq != p->end_seq && p->seq == h->next && o->flags & HALF_ACKED &&
	       !seq_before(o->ack, h->rtt_end);
}

static __always_inline void rtt_begin(struct half *h, const struct pkt *p)
{
	h->rtt_start_ns = p->now_ns;
	h->rtt_tsval = p->tsval;
	h->rtt_end = p->end_seq;
}

/* Ends a sample (RFC 6298 3). Karn's rule is kept by the timestamps where there are any: what a later
 * transmission brought about echoes a later TSval (RFC 7323 4.1); and by who retransmits elsewhere. The other
 * direction may begin a new sample while this one is read: rtt_end is written last there, so at worst one
 * sample is too short by the time between two packets.
 */
static __always_inline void rtt_end(struct half *h, const struct half *o, const struct pkt *p,
				    struct counters *other_sum, struct gauges *other_gauges)
{
	__u64 rtt = p->now_ns - o->rtt_start_ns;

	if (!o->rtt_start_ns || (__s64)rtt < 0)
		return;
	if (p->has & PKT_TIMESTAMPS && o->flags & HALF_TIMESTAMPS &&
	    (seq_after(p->tsecr, o->rtt_tsval) ||
	     (o->rtt_end == o->base + 1 && p->tsecr != o->rtt_tsval)))
		return;
	h->rtt_sum_ns += rtt;
	h->rtt_samples++;
	h->rtt_last_us = (__u32)min_of(rtt / 1000, 0xffffffffULL);
	h->rtt_max_us = max_of(h->rtt_max_us, h->rtt_last_us);
	if (!h->rtt_min_ns || rtt < h->rtt_min_ns)
		h->rtt_min_ns = (__u32)min_of(max_of(rtt, 1ULL), 0xffffffffULL);
	other_sum->rtt_samples++;
	other_sum->rtt_sum_ns += rtt;
	if (!other_gauges->rtt_min_ns || rtt < other_gauges->rtt_min_ns)
		other_gauges->rtt_min_ns = rtt;
	other_gauges->rtt_max_ns = max_of(other_gauges->rtt_max_ns, rtt);
}

#endif

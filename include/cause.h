/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a sender sends again, and what the receiver had when it did. */
#ifndef PLOSS_CAUSE_H
#define PLOSS_CAUSE_H

#include "order.h"
#include "sack_run.h"
#include "seq.h"
#include "work.h"

#define RTO_QUIET_US (DEFINITE_RTO_US / 10 * 9)
#define QUIET_UNIT_US 1049  /* of half.last */
#define QUIET_ERROR_US 5000 /* half.last comes from a clock that may stand still for 4 ms */

/* Bytes of [start, end) that the receiver is known to have: acknowledged, or SACKed (reach: sack_run_reach()). */
VERIFIED_ONCE int received_bytes(const struct half *o, const struct side *os, __u32 reach,
				 __u32 start, __u32 end)
{
	__u32 bytes = 0;

	if (!o || !os || !(o->flags & HALF_ACKED))
		return 0;
	if (seq_before(start, o->ack)) {
		__u32 acked = seq_min(end, o->ack);

		bytes = acked - start;
		start = acked;
	}
	bytes += seq_overlap(start, end, os->fack, reach);
	for (__u32 i = 0; i < SACKED; i++)
		bytes += seq_overlap(start, end, os->sacked[i].start, os->sacked[i].end);
	return bytes;
}

/* Microseconds since the sender of this half last sent, */
static __always_inline __u32 silent_us(const struct scene *sc, const struct half *h)
{
	return min_of((__u32)(sc->work->pkt.now_ns >> 20) - h->last, 3000000U) * QUIET_UNIT_US;
}

/* and since the packet's sender could last act: at its own tap since anything passed, elsewhere since its
 * last packet did.
 */
static __always_inline __u32 quiet_us(const struct scene *sc)
{
	const struct half *h = sc->half, *o = sc->other;
	__u32 quiet = silent_us(sc, h);

	if (h->flags & HALF_LOCAL && o->flags & HALF_SEEDED)
		quiet = min_of(quiet, silent_us(sc, o));
	return quiet;
}

/* Does the receiver say that data from beyond seq has arrived: SACKed, or the third time the same acknowledgement
 * (RFC 5681 3.2)? To carry.flag.
 */
static __always_inline void heard_above(const struct scene *sc, __u32 seq)
{
	const struct side *os = sc->other_side;
	__u32 acks = sack_run_acks(sc->flow, !(sc->work->pkt.dir & 1));
	__u32 *flag = &sc->work->carry.flag;

	FORGET(*flag) = os->dupack_run + acks >= 3 || (acks && seq_after(sc->flow->sack_end, seq));
	for (__u32 i = 0; i < SACKED; i++) {
		const struct range *r = &os->sacked[i];

		if (r->start != r->end && seq_after(r->end, seq))
			FORGET(*flag) = 1;
	}
}

/* Why the sender sent this packet again, to verdict.cause, by what the tap saw: RFC 6298 5 (RTO),
 * RFC 8985 7 (TLP), RFC 6675 5 and RFC 8985 6 (fast). Timers are told by the silence before them: a probe
 * comes after two round trips of sending nothing (1.5 allow for jitter; SACKs alone do not put it off),
 * Linux's RTO is a round trip and 200 ms at least (tcp_set_rto()). Where only one packet is in flight the
 * first RTO and the probe look alike: the silence decides.
 */
static __always_inline int cause_of_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *h = sc->half, *o = sc->other;
	struct side *s = sc->side;
	struct verdict *v = &sc->work->verdict;
	__u32 quiet, loop_us, rtt_us, acked;

	heard_above(sc, p->end_seq);
	quiet = quiet_us(sc);
	loop_us = h->flags & HALF_LOCAL ? 0 : h->rtt_last_us;
	rtt_us = o->rtt_last_us + loop_us;
	acked = o->flags & HALF_ACKED ? o->ack : h->base;
	if (!seq_after(p->seq, acked) && quiet >= RTO_QUIET_US + loop_us / 10 * 9) {
		s->recover = h->next;
		v->cause = CAUSE_RTO;
	} else if (s->recover && seq_before(p->seq, s->recover) && seq_before(acked, s->recover)) {
		v->cause = CAUSE_RTO;
	} else if (FORGET(sc->work->carry.flag)) {
		v->cause = CAUSE_FAST;
	} else if (p->end_seq == h->next && rtt_us && silent_us(sc, h) >= rtt_us + rtt_us / 2) {
		v->cause = CAUSE_TLP;
	} else {
		v->cause = CAUSE_UNKNOWN;
	}
	return 0;
}

STEP(cause_of)

static __always_inline void count_cause(struct scene *sc, __u32 segments)
{
	struct verdict *v = &sc->work->verdict;

	if (v->cause == CAUSE_NONE)
		TAKE_STEP(cause_of, sc);
	switch (FORGET(v->cause)) {
	case CAUSE_RTO:
		COUNT(sc, cause_rto_segments, segments);
		break;
	case CAUSE_FAST:
		COUNT(sc, cause_fast_segments, segments);
		break;
	case CAUSE_TLP:
		COUNT(sc, cause_tlp_segments, segments);
		break;
	default:
		COUNT(sc, cause_unknown_segments, segments);
	}
}

#endif

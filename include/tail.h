/* SPDX-License-Identifier: GPL-2.0-only */
/* Retransmissions that arrive as new data: of what was lost at the tail of a flight, where nothing later
 * arrived to open a hole.
 *
 * Only IPv4 IDs tell (ipid.h): more packets are missing than the holes had, so a packet before this one
 * carried the same bytes. But it may have carried no data, or data that had arrived before; therefore
 * nothing must have been left to acknowledge, and the silence of a timer gone before. Even so it counts as
 * likely, not as proven.
 *
 * side.tail_missing holds the skipped IDs that no hole explains. New data that arrives in its place without
 * a timer's silence shows that nothing was missing there, and makes them void. One timeout repairs them
 * all, one after the other (SIDE_TAIL); where the silence was long enough for two timers, some of them were
 * retransmissions themselves, and only the first is taken.
 */
#ifndef PLOSS_TAIL_H
#define PLOSS_TAIL_H

#include "cause.h"
#include "order.h"
#include "work.h"

/* New data at or above next, above a hole of in_hole bytes that it will open. */
static __always_inline void tail_repair(struct scene *sc, __u32 in_hole)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *h = sc->half, *o = sc->other;
	struct side *s = sc->side;
	struct verdict *v = &sc->work->verdict;
	__u32 loop_us = h->rtt_last_us, rtt_us = o->rtt_last_us + loop_us, quiet = quiet_us(sc);
	__u32 explained = segments_of(in_hole, h->mss ? h->mss : 1);
	__u32 missing = s->tail_missing - min_of(s->tail_missing, explained);
	int repairing = s->flags & SIDE_TAIL && !in_hole;
	int timed = loop_us && quiet >= rtt_us + rtt_us / 2 + QUIET_ERROR_US;

	s->tail_missing = 0;
	s->flags &= ~SIDE_TAIL;
	if (!missing || p->segments > missing || !(timed || repairing) || h->flags & HALF_LOCAL ||
	    !(o->flags & HALF_SEEDED) || h->ack != o->next)
		return;
	v->cause = repairing || quiet >= RTO_QUIET_US + loop_us / 10 * 9 ? CAUSE_RTO : CAUSE_TLP;
	if (repairing || (v->cause == CAUSE_RTO && quiet < (DEFINITE_RTO_US + loop_us) / 10 * 18)) {
		s->tail_missing = missing - p->segments;
		s->flags |= SIDE_TAIL;
	}
	v->unseen += p->segments;
	v->evidence = BY_IPID;
	COUNT(sc, retransmitted_unseen_segments, p->segments);
	COUNT(sc, retransmitted_likely_segments, p->segments);
	COUNT(sc, retransmitted_bytes, p->payload);
	COUNT(sc, hole_lost_segments, p->segments);
	count_cause(sc, p->segments);
	if (!in_hole && !repairing) {
		COUNT(sc, loss_bursts, 1);
		GAUGE_MAX(sc, loss_burst_max_segments, missing);
	}
}

#endif

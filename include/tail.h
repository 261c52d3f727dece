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
#include "ipid.h"
#include "order.h"
#include "work.h"

/* May new data repair something? */
static __always_inline int tail_is_open(const struct side *s)
{
	return s->tail_missing || s->flags & SIDE_TAIL;
}

/* Takes note of the IDs that this packet skipped. */
static __always_inline void tail_note(struct scene *sc)
{
	struct side *s = sc->side;

	if (!s->tail_missing)
		s->tail_since_us = now_us(&sc->work->pkt) - quiet_us(sc) - QUIET_UNIT_US;
	s->tail_missing += sc->work->id_skipped;
}

/* Retransmissions have filled all holes, and all within less than a round trip since the first ID went
 * missing: none of them can have failed and been repeated in so short a time, so what is missing was new
 * data, which RACK (RFC 8985 6.2) repairs without a timer.
 */
static __always_inline void tail_watch(struct scene *sc)
{
	struct side *s = sc->side;

	if (sc->work->verdict.unseen && s->tail_missing && !s->hole_count &&
	    now_us(&sc->work->pkt) - s->tail_since_us < sc->half->rtt_last_us / 4 * 3)
		s->flags |= SIDE_TAIL | SIDE_TAIL_FAST;
}

/* Are the gaps in the IDs this connection's losses at all? They are where holes of their size go with them.
 * Gaps before data that follows on, with nothing left to acknowledge, are packets of other connections; so
 * are repairs of lost tails, where every few segments would have needed one.
 */
static __always_inline void gaps_judge(struct scene *sc, __u32 in_hole, __u32 expected, int repair)
{
	struct side *s = sc->side;

	if (!sc->work->id_skipped)
		return;
	if (in_hole && sc->work->id_skipped == expected)
		s->id_explained++;
	else if (!in_hole && !repair && s->id_unexplained < 255)
		s->id_unexplained++;
	if ((s->id_unexplained >= ID_UNEXPLAINED_MAX && s->id_unexplained > s->id_explained) ||
	    (s->own.retransmitted_likely_segments >= ID_UNEXPLAINED_MAX &&
	     s->own.retransmitted_likely_segments > sc->half->data_segments / 8))
		id_disown(sc);
}

/* New data at or above next, above the hole [carry.start, carry.end) that it will open: carry.taken segments
 * of it repair a lost tail.
 */
static __always_inline int tail_repair_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *h = sc->half, *o = sc->other;
	struct side *s = sc->side;
	struct verdict *v = &sc->work->verdict;
	__u32 in_hole = sc->work->carry.end - sc->work->carry.start;
	__u32 loop_us = h->rtt_last_us, rtt_us = o->rtt_last_us + loop_us, quiet = quiet_us(sc);
	__u32 explained = segments_of(in_hole, max_of((__u32)h->mss, segment_bytes(p)));
	__u32 missing = s->tail_missing - min_of(s->tail_missing, explained);
	int repairing = s->flags & SIDE_TAIL && !in_hole, fast = s->flags & SIDE_TAIL_FAST;
	int timed = loop_us && quiet >= rtt_us + rtt_us / 2 + QUIET_ERROR_US &&
		    (repairing || sc->work->id_skipped);
	int repair;

	sc->work->carry.taken = 0;
	s->tail_missing = 0;
	s->flags &= ~(SIDE_TAIL | SIDE_TAIL_FAST);
	if (h->flags & HALF_LOCAL || !(o->flags & HALF_SEEDED) || h->ack != o->next)
		return 0;
	repair = missing && p->segments <= missing && (timed || repairing);
	gaps_judge(sc, in_hole, explained, repair);
	if (!repair)
		return 0;
	if (timed)
		v->cause = quiet >= RTO_QUIET_US + loop_us / 10 * 9 ? CAUSE_RTO : CAUSE_TLP;
	else
		v->cause = fast ? CAUSE_FAST : CAUSE_RTO;
	if (!timed || (v->cause == CAUSE_RTO && quiet < (DEFINITE_RTO_US + loop_us) / 10 * 18)) {
		s->tail_missing = missing - p->segments;
		s->flags |= SIDE_TAIL | (timed ? 0 : fast);
	}
	v->unseen += p->segments;
	v->evidence = BY_IPID;
	sc->work->carry.taken = p->segments;
	sc->work->carry.kind = in_hole || repairing ? 0 : missing;
	return 0;
}

STEP(tail_repair)

/* Counts the repair of carry.taken segments, and the burst of carry.kind ones that it begins to repair. */
static __always_inline int tail_count_in(struct scene *sc)
{
	__u32 taken = sc->work->carry.taken, burst = sc->work->carry.kind;

	COUNT(sc, retransmitted_unseen_segments, taken);
	COUNT(sc, retransmitted_likely_segments, taken);
	COUNT(sc, retransmitted_bytes, sc->work->pkt.payload);
	COUNT(sc, hole_lost_segments, taken);
	if (burst) {
		COUNT(sc, loss_bursts, 1);
		GAUGE_MAX(sc, loss_burst_max_segments, burst);
	}
	count_cause(sc, taken);
	return 0;
}

STEP(tail_count)

#endif

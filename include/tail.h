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
 * a timer's silence shows that nothing was missing there, and makes them void. So does new data while a hole
 * is open, since a sender that knows of a hole repairs it first (RFC 6675 5, RFC 6298 5.4), and a repeat of
 * what had arrived, since others like it may be what is missing. One timeout repairs them all, one after the
 * other (SIDE_TAIL); where the silence was long enough for two timers, some of them were retransmissions
 * themselves, and only the first is taken.
 *
 * A packet whose own ID was missing repairs nothing: a retransmission has overtaken it.
 *
 * What cannot be known: of a lost tail behind holes that took long to fill, whether what is missing was data or
 * a retransmission that failed, so it is not counted; nor is a SYN that was lost, before which there is no ID.
 * After a timeout, the last of the missing may have been a probe (RFC 8985 7) that repeated the tail, and what
 * seems to repair it is new.
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
		s->tail_since_us = now_us(&sc->work->pkt) - silent_us(sc, sc->half) - QUIET_UNIT_US;
	s->tail_missing += sc->work->id_skipped;
}

/* Was the silence too short for two timeouts? The second comes twice as late as the first (RFC 6298 5.5). */
static __always_inline int timed_out_once(const struct half *h, __u32 quiet)
{
	return quiet < (DEFINITE_RTO_US + h->rtt_last_us) / 10 * 18;
}

/* Retransmissions have filled all holes: was what is missing new data, or a retransmission that failed?
 *
 * A failed one is repeated a round trip later at the earliest, and only when something sent after it has arrived
 * (RFC 8985 6.2), or after a timeout. So what is missing was new data where less time has passed since the first
 * went missing, and where all of it went missing just before what fills the last hole. RACK repairs that without
 * a timer. Before a timeout's retransmission, one had failed already.
 */
static __always_inline void tail_watch(struct scene *sc)
{
	const struct verdict *v = &sc->work->verdict;
	struct side *s = sc->side;
	__u32 failed = 0;

	if (v->seen || v->spurious ||
	    (!(sc->other->flags & HALF_LOCAL) && seq_before(sc->other->ack, sc->work->carry.low)))
		s->tail_missing = 0;
	if (!v->unseen || s->hole_count)
		return;
	if (v->cause == CAUSE_RTO)
		failed = timed_out_once(sc->half, silent_us(sc, sc->half)) ? v->unseen : ~0U;
	if (failed || now_us(&sc->work->pkt) - s->tail_since_us >= sc->half->rtt_last_us / 4 * 3)
		s->tail_missing = sc->work->id_skipped;
	s->tail_missing -= min_of(s->tail_missing, failed);
	s->flags |= failed ? SIDE_TAIL : SIDE_TAIL | SIDE_TAIL_FAST;
}

/* Are the gaps in the IDs this connection's losses at all? They are where holes of their size go with them.
 * Gaps before data that follows on, with nothing left to acknowledge or to repair, are packets of other
 * connections; so are repairs of lost tails, where every few segments would have needed one.
 */
static __always_inline void gaps_judge(struct scene *sc, __u32 in_hole, __u32 expected, int repair)
{
	struct side *s = sc->side;

	if (!sc->work->id_skipped)
		return;
	if (in_hole && sc->work->id_skipped == expected)
		s->id_explained++;
	else if (!in_hole && !repair && !s->hole_count && s->id_unexplained < 255)
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
	__u32 loop_us = h->rtt_last_us, rtt_us = o->rtt_last_us + loop_us,
	      quiet = silent_us(sc, sc->half);
	__u32 unit = max_of((__u32)h->mss, segment_bytes(p)),
	      explained = segments_of(in_hole, unit);
	__u32 skipped = sc->work->id_skipped, missing = s->tail_missing;
	int repairing = s->flags & SIDE_TAIL && !in_hole && missing,
	    fast = s->flags & SIDE_TAIL_FAST;
	int timed = loop_us && quiet >= rtt_us + rtt_us / 2 + QUIET_ERROR_US &&
		    (repairing || skipped),
	    timed_out = timed && quiet >= RTO_QUIET_US + loop_us / 10 * 9;
	int repair;

	/* A timeout, where they were being repaired: each of those failed once. */
	if (repairing && timed)
		missing = max_of(missing - skipped, skipped);
	missing -= min_of(missing, explained);
	sc->work->carry.taken = 0;
	s->tail_missing = 0;
	s->flags &= ~(SIDE_TAIL | SIDE_TAIL_FAST);
	if (h->flags & HALF_LOCAL || !(o->flags & HALF_SEEDED) || h->ack != o->next)
		return 0;
	/* Where full segments do not fit the hole, there may have been any number of them in it. While the receiver
	 * reports a hole beyond the tap, what is missing may be that one's repair.
	 */
	repair = missing && !(in_hole % unit) && p->segments <= missing &&
		 sc->work->id_says != ID_SAYS_LATE &&
		 (p->payload ? timed || repairing : timed_out) && !s->hole_count &&
		 !(sc->other_side->flags & SIDE_SACK_SEEN &&
		   seq_before(o->ack, sc->other_side->fack));
	gaps_judge(sc, in_hole, explained, repair);
	if (!repair)
		return 0;
	if (timed)
		v->cause = timed_out ? CAUSE_RTO : CAUSE_TLP;
	else
		v->cause = fast ? CAUSE_FAST : CAUSE_RTO;
	if (!timed || (v->cause == CAUSE_RTO && timed_out_once(h, quiet))) {
		s->tail_missing = missing - p->segments;
		s->flags |= SIDE_TAIL | (timed ? 0 : fast);
	}
	v->unseen += p->segments;
	v->evidence = BY_IPID;
	sc->work->carry.taken = p->segments;
	sc->work->carry.kind = in_hole ? 0 : missing;
	return 0;
}

STEP(tail_repair)

/* Counts the repair of carry.taken segments, and the burst of carry.kind ones that it begins to repair, unless it goes
 * on where the one before ended.
 */
static __always_inline int tail_count_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	__u32 taken = sc->work->carry.taken, burst = sc->work->carry.kind;
	struct side *s = sc->side;

	if (s->doubt_end != p->seq)
		s->doubt_start = p->seq;
	else if (s->doubt_start != p->seq)
		burst = 0;
	s->doubt_end = p->end_seq;

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

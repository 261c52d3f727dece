/* SPDX-License-Identifier: GPL-2.0-only */
/* The ranges below the highest sequence number that never passed the tap.
 *
 * Invariants:
 *  1. holes[0 ... hole_count-1] are not empty, sorted, disjoint, and end at or before half.next.
 *  2. Only the lowest may be coarse: it then spans several holes and the bytes between them; or those that it was
 *     cut into, which share its openers.
 *  3. Bytes below next are either in a hole, or passed the tap, or were acknowledged (asymmetric route).
 */
#ifndef PLOSS_HOLES_H
#define PLOSS_HOLES_H

#include "seq.h"
#include "work.h"

/* Takes n holes out, from hole i on. */
VERIFIED_ONCE int holes_remove(struct side *s, __u32 i, __u32 n)
{
	if (!s)
		return 0;
	for (__u32 step = 0; step < HOLES; step++, i++) {
		if (i + n >= HOLES || i + n >= s->hole_count)
			break;
		s->holes[BOUND(i, HOLES)] = s->holes[BOUND(i + n, HOLES)];
	}
	s->hole_count -= min_of(n, s->hole_count);
	return 0;
}

/* Makes room: the two lowest holes become one coarse hole, which remembers the oldest and the newest
 * opener of all that went into it.
 */
static __always_inline void hole_merge_lowest(struct scene *sc)
{
	struct side *s = sc->side;
	struct hole *low = &s->holes[0], *next = &s->holes[1];

	if (!(low->flags & HOLE_COARSE)) {
		s->coarse_tsval = low->tsval;
		s->coarse_id = low->id;
	}
	low->end = next->end;
	low->tsval = next->tsval;
	low->id = next->id;
	low->flags |= HOLE_COARSE | HOLE_INEXACT;
	holes_remove(s, 1, 1);
	sc->totals->health.hole_overflows++;
}

/* Opens the hole [carry.start, carry.end) above all others. */
static __always_inline void hole_open(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	__u32 start = sc->work->carry.start, end = sc->work->carry.end,
	      missing = sc->work->id_skipped;
	struct side *s = sc->side;
	__u32 unit = max_of((__u32)sc->half->mss, segment_bytes(p));
	struct hole *hole;

	if (!p->payload && !sc->half->mss)
		unit = end - start;
	/* Where full ones do not fit, IDs tell how many there were. Else they do not: among the missing may be
	 * others that are not of this hole.
	 */
	if ((end - start) % unit && missing)
		unit = segments_of(end - start, missing);
	if (s->hole_count >= HOLES)
		hole_merge_lowest(sc);
	if (!s->hole_count)
		s->head_since_us = now_us(p);
	hole = &s->holes[BOUND(s->hole_count, HOLES)];
	hole->start = start;
	hole->end = end;
	hole->tsval = p->tsval;
	hole->id = p->id;
	hole->opened_us = now_us(p);
	hole->opened_at = (__u32)sc->half->data_segments;
	hole->unit = min_of(unit, 0xffffU);
	hole->ticks = min_of(p->tsval - sc->half->tsval, HOLE_TICKS_MAX);
	hole->echo = (__u16)sc->other->tsval;
	hole->flags = (__u8)(sc->other->packets << HOLE_HEARD_SHIFT);
	/* 2^20 ns: about the tick that nearly all clocks have. */
	if ((__u32)(p->now_ns >> 20) - sc->other->last > 1)
		hole->flags |= HOLE_RESTED;
	s->flags |= (s->holes[0].flags & HOLE_COARSE) * (SIDE_COARSE / HOLE_COARSE);
	s->hole_count++;
}

/* Finds the lowest hole that shares bytes with [carry.from, carry.high): its index goes to carry.index,
 * HOLES if there is none, the shared bytes to carry.start and carry.end.
 */
static __always_inline void hole_find(struct scene *sc)
{
	const struct side *s = sc->side;
	struct carry *carry = &sc->work->carry;
	__u32 from = carry->from, high = carry->high;

	FORGET(carry->index) = HOLES;
	if (from == high)
		return;
	for (__u32 i = 0; i < HOLES; i++) {
		const struct hole *hole = &s->holes[i];

		if (i >= s->hole_count || !seq_before(hole->start, high))
			break;
		if (seq_before(from, hole->end)) {
			FORGET(carry->index) = i;
			break;
		}
	}
	if (FORGET(carry->index) < HOLES) {
		const struct hole *hole = &s->holes[BOUND(carry->index, HOLES)];

		carry->start = seq_max(from, hole->start);
		carry->end = seq_min(high, hole->end);
	}
}

/* Bytes of [start, end) that lie in holes, but for those that have one of the flags. */
VERIFIED_ONCE int holes_overlap(const struct side *s, __u32 start, __u32 end, __u32 but)
{
	__u32 bytes = 0;

	if (!s)
		return 0;
	for (__u32 i = 0; i < HOLES; i++) {
		const struct hole *hole = &s->holes[i];

		if (i >= s->hole_count || !seq_before(hole->start, end))
			break;
		if (hole->flags & but || !seq_before(start, hole->end))
			continue;
		bytes += hole->end - hole->start;
		if (seq_before(hole->start, start))
			bytes -= start - hole->start;
		if (seq_before(end, hole->end))
			bytes -= hole->end - end;
	}
	return bytes;
}

/* In-order delivery no longer waits for the lowest hole: it was a stall (contract: holes that delayed
 * delivery, each for the time in which it was the lowest).
 */
static __always_inline void hole_head_closed(struct scene *sc, const struct hole *hole)
{
	__u32 now = now_us(&sc->work->pkt);
	__u32 since = sc->side->head_since_us;
	__u64 waited;

	if ((__s32)(hole->opened_us - since) > 0)
		since = hole->opened_us;
	waited = (__s32)(now - since) > 0 ? (__u64)(now - since) * 1000 : 0;
	COUNT(sc, stalls, 1);
	COUNT(sc, stall_ns, waited);
	GAUGE_MAX(sc, stall_max_ns, waited);
	sc->side->head_since_us = now;
}

/* Takes [carry.start, carry.end), which lies within hole carry.index, out of it. What is left of a hole filled
 * whole is removed after the packet's last fill (carry.closed). A hole cut in two needs a free entry; where
 * there is none it stays whole, and that is counted as an overflow.
 */
static __always_inline void hole_cut(struct scene *sc)
{
	struct carry *carry = &sc->work->carry;
	__u32 start = carry->start, end = carry->end, i = BOUND(carry->index, HOLES);
	struct side *s = sc->side;
	struct hole *hole = &s->holes[i];

	if (start == hole->start && end == hole->end) {
		if (i == carry->closed)
			hole_head_closed(sc, hole);
		carry->closed++;
		carry->closed_end = i + 1;
		return;
	}
	if (start == hole->start) {
		hole->start = end;
		return;
	}
	if (end == hole->end) {
		hole->end = start;
		return;
	}
	if (s->hole_count >= HOLES) {
		sc->totals->health.hole_overflows++;
		hole->flags |= HOLE_INEXACT;
		return;
	}
	for (__u32 n = 0, at = s->hole_count; n < HOLES; n++, at--) {
		if (at <= i || at >= HOLES || !at)
			break;
		s->holes[BOUND(at, HOLES)] = s->holes[BOUND(at - 1, HOLES)];
	}
	hole->end = start;
	s->holes[BOUND(i + 1, HOLES)].start = end;
	s->hole_count++;
}

/* Removes what hole_cut() left of holes filled whole: if they are the highest, the others stay where they are. */
static __always_inline void holes_remove_closed(struct scene *sc)
{
	const struct carry *carry = &sc->work->carry;
	struct side *s = sc->side;

	if (carry->closed_end >= s->hole_count)
		s->hole_count -= min_of(carry->closed, s->hole_count);
	else
		holes_remove(s, carry->closed_end - carry->closed, carry->closed);
}

static __always_inline int has_holes_below(const struct side *s, __u32 acked)
{
	return s->hole_count && seq_before(s->holes[0].start, acked);
}

/* Forgets what lies below `acked`: the receiver has it, by a way that does not pass here. The packets
 * that acknowledged it counted it (unseen_bytes).
 */
VERIFIED_ONCE int holes_forget(struct side *s, struct work *w, __u32 acked)
{
	if (!s || !w)
		return 0;
	FORGET(w->carry.index) = 0;
	for (__u32 n = 0; n < HOLES; n++) {
		if (n >= s->hole_count || seq_before(acked, s->holes[n].end))
			break;
		FORGET(w->carry.index) = n + 1;
	}
	if (has_holes_below(s, acked))
		s->head_since_us = now_us(&w->pkt);
	if (w->carry.index)
		holes_remove(s, 0, FORGET(w->carry.index));
	if (has_holes_below(s, acked))
		s->holes[0].start = acked;
	return 0;
}

#endif

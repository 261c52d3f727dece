/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments that passed the tap of their receiver and that the receiver's host threw away: damaged ones, those
 * that a filter or a lack of memory stopped.
 *
 * A host takes a connection's packets in the order in which they pass its tap. So once it SACKs bytes, what lies
 * below them, passed the tap before them and is neither acknowledged nor SACKed was dropped. Only the bytes
 * right below a block that is new to the scoreboard are judged: of what lies further down an acknowledgement
 * need not say everything. What filled a hole may have passed after the block did, and tells nothing.
 *
 * Without SACK, and where all that followed was dropped too, nobody can tell.
 */
#ifndef PLOSS_DROPPED_H
#define PLOSS_DROPPED_H

#include "seq.h"
#include "work.h"

/* Did any of [start, end) of the direction whose side this is fill a hole? */
VERIFIED_ONCE int was_filled(const struct side *os, __u32 start, __u32 end)
{
	if (!os)
		return 0;
	for (__u32 i = 0; i < FILLS; i++) {
		if (os->fills[i].kind && seq_meet(start, end, os->fills[i].start, os->fills[i].end))
			return 1;
	}
	return 0;
}

/* The lowest of the bytes right below [start, end) that are neither acknowledged (from ack on they are not) nor
 * on the scoreboard s nor in holes of os: start if there are none, or if some of the block is not new.
 */
VERIFIED_ONCE int unexplained_below(const struct side *s, const struct side *os, __u32 ack,
				    __u32 start, __u32 end)
{
	__u32 low = ack, missed = ack;

	if (!s || !os)
		return start;
	for (__u32 i = 0; i < SACKED; i++) {
		const struct range *r = &s->sacked[i];

		if (r->start == r->end || seq_after(r->start, end))
			continue;
		if (!seq_before(r->end, start))
			return start;
		low = seq_max(low, r->end);
	}
	for (__u32 i = 0; i < HOLES; i++) {
		if (i >= os->hole_count || seq_after(os->holes[i].start, start))
			break;
		missed = os->holes[i].end;
	}
	return seq_max(low, seq_min(missed, start));
}

/* Before [carry.start, carry.end), above the acknowledgement, comes onto the scoreboard. Precondition: this host
 * acknowledges.
 */
static __always_inline int dropped_below_in(struct scene *sc)
{
	__u32 start = sc->work->carry.start, low;
	const struct half *o = sc->other;

	if (!(o->flags & HALF_SEEDED) || sc->side->flags & SIDE_SACK_LOST)
		return 0;
	low = unexplained_below(sc->side, sc->other_side, sc->half->ack, start,
				sc->work->carry.end);
	if (low == start || before_base(o, low) || was_filled(sc->other_side, low, start))
		return 0;
	COUNT_ABOUT(sc, host_dropped_segments, segments_of(start - low, o->mss ? o->mss : 1));
	return 0;
}

STEP(dropped_below)

#endif

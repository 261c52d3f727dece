/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet says of the other direction's data: what arrived beyond the tap, and how.
 *
 * The other direction's block is read here while packets of that direction may be writing it. Worst
 * results: a mark or hole read half-written makes one DSACK or one byte range count in the wrong class
 * (duplicated_after_segments for spurious_proven_segments, or unseen_bytes too few); next read a packet
 * too old counts an acknowledged packet as unseen_bytes. Nothing is written there, so nothing is lost.
 */
#ifndef PLOSS_ACKS_H
#define PLOSS_ACKS_H

#include "dropped.h"
#include "holes.h"
#include "order.h"
#include "proofs.h"
#include "sack_run.h"
#include "seq.h"
#include "work.h"

/* Puts [carry.start, carry.end) on the scoreboard, with what it touches there (RFC 2018 5: what a receiver reports it
 * may not repeat later, so the scoreboard accumulates). How many of these bytes stood there already: carry.known.
 */
VERIFIED_ONCE int sack_add(struct side *s, struct work *w)
{
	struct carry *carry = &w->carry;
	__u32 free;

	if (!s || !w)
		return 0;
	FORGET(carry->known) = 0;
	FORGET(s->sacked_free) = SACKED;
	for (__u32 i = 0; i < SACKED; i++) {
		__u32 start = FORGET(carry->start), end = FORGET(carry->end);
		struct range *r = &s->sacked[i];

		if (r->start != r->end) {
			if (seq_after(start, r->end) || seq_before(end, r->start))
				continue;
			FORGET(carry->known) += seq_min(end, r->end) - seq_max(start, r->start);
			FORGET(carry->start) = seq_min(start, r->start);
			FORGET(carry->end) = seq_max(end, r->end);
			r->start = r->end;
		}
		FORGET(s->sacked_free) = i;
	}
	free = FORGET(s->sacked_free);
	if (free < SACKED)
		s->sacked[free] = (struct range){ carry->start, carry->end };
	else
		s->flags |= SIDE_SACK_LOST;
	return 0;
}

/* Drops what the cumulative acknowledgement has reached. Returns how many bytes that was. Sets carry.flag if acked
 * lies in a SACKed range: the receiver took that range back (RFC 2018 8), for it would have acknowledged it too.
 */
VERIFIED_ONCE int sack_trim(struct side *s, struct work *w, __u32 acked)
{
	__u32 bytes = 0;

	if (!s || !w)
		return 0;
	FORGET(w->carry.flag) = 0;
	for (__u32 i = 0; i < SACKED; i++) {
		struct range *r = &s->sacked[i];
		__u32 start = r->start, end = r->end;

		if (seq_after(start, acked))
			continue;
		if (seq_after(end, acked)) {
			FORGET(w->carry.flag) = 1;
			end = acked;
		}
		bytes += end - start;
		r->start = end;
	}
	return bytes;
}

/* The receiver takes back what it has SACKed: nothing of the scoreboard holds any more. */
VERIFIED_ONCE int sacks_renege(struct side *s)
{
	if (!s)
		return 0;
	for (__u32 i = 0; i < SACKED; i++)
		s->sacked[i].start = s->sacked[i].end;
	for (__u32 i = 0; i < REPORTED; i++)
		s->reported[i].start = s->reported[i].end;
	s->flags &= ~(SIDE_SACK_SEEN | SIDE_SACK_LOST);
	return 0;
}

/* Did [start, end) of the other direction, whose side this is, pass the tap in order and only once, so that
 * what became of it happened beyond?
 */
VERIFIED_ONCE int passed_in_order(const struct side *os, __u32 start, __u32 end)
{
	if (!os || was_filled(os, start, end))
		return 0;
	for (__u32 i = 0; i < REPEATS; i++) {
		if (os->repeats[i].kind &&
		    seq_meet(start, end, os->repeats[i].start, os->repeats[i].end))
			return 0;
	}
	return !holes_overlap(os, start, end, 0);
}

/* Bytes of [start, end) arrived though later ones had been SACKed: reordered beyond the tap, unless they
 * were lost or reordered before (tcp_sacktag_one(), tcp_clean_rtx_queue(): never retransmitted, newly
 * acknowledged below the highest SACK).
 */
static __always_inline void arrived_late(struct scene *sc, __u32 start, __u32 end, __u32 known)
{
	if (sc->side->flags & SIDE_SACK_LOST || sc->other_side->flags & SIDE_MARKS_LOST ||
	    !seq_before(start, end) || end - start <= known || before_base(sc->other, start) ||
	    !(sc->other->flags & HALF_SEEDED))
		return;
	if (passed_in_order(sc->other_side, start, end))
		COUNT_ABOUT(sc, reordered_after_segments, other_segments(sc, end - start - known));
}

/* Is the first SACK block a DSACK? (RFC 2883 4.1 and 4.2; tcp_check_dsack(), net/ipv4) */
static __always_inline int is_dsack(const struct pkt *p, const struct opts *o)
{
	if (seq_before(o->sack[0].start, p->ack))
		return 1;
	return o->sack_count > 1 && !seq_after(o->sack[0].end, o->sack[1].end) &&
	       !seq_before(o->sack[0].start, o->sack[1].start);
}

/* A DSACK is no SACK: carry.index is the first block that is one, carry.low the highest byte SACKed before
 * this packet, where carry.flag says that there is one.
 */
static __always_inline int sacks_begin_in(struct scene *sc)
{
	const struct opts *o = &sc->work->opts;
	struct carry *carry = &sc->work->carry;

	carry->index = 0;
	carry->low = sc->side->fack;
	carry->flag = sc->side->flags & SIDE_SACK_SEEN;
	COUNT(sc, sack_blocks, o->sack_count);
	if (!is_dsack(&sc->work->pkt, o))
		return 0;
	carry->index = 1;
	COUNT(sc, dsack_blocks, 1);
	carry->start = o->sack[0].start;
	carry->end = o->sack[0].end;
	if (seq_before(carry->start, carry->end))
		TAKE_STEP(dsack_match, sc);
	return 0;
}

STEP(sacks_begin)

/* SACK block carry.index. */
static __always_inline int sack_block_in(struct scene *sc)
{
	const struct opts *o = &sc->work->opts;
	struct carry *carry = &sc->work->carry;
	struct side *s = sc->side;
	__u32 start, end, i = BOUND(carry->index, SACK_BLOCKS);

	start = o->sack[i].start;
	end = o->sack[i].end;
	if (!seq_before(start, end) || !seq_after(start, sc->half->ack) ||
	    end - sc->half->ack > WINDOW_MAX ||
	    (sc->other->flags & HALF_SEEDED && seq_after(end, sc->other->next)))
		return 0;
	carry->start = start;
	carry->end = end;
	if (sc->half->flags & HALF_LOCAL)
		TAKE_STEP(dropped_below, sc);
	sack_add(s, sc->work);
	if (carry->flag && seq_before(start, carry->low))
		arrived_late(sc, start, seq_min(end, carry->low), FORGET(carry->known));
	if (!(s->flags & SIDE_SACK_SEEN) || seq_after(end, s->fack))
		s->fack = end;
	s->flags |= SIDE_SACK_SEEN;
	i = FORGET(carry->index) - 1;
	if (i < REPORTED)
		s->reported[BOUND(i, REPORTED)] = (struct range){ start, end };
	return 0;
}

STEP(sack_block)

/* Is block i one of those behind the first, which the packet before had there, too? It says nothing new, unless
 * there was no room for it.
 */
static __always_inline int is_reported(const struct scene *sc, __u32 i)
{
	const struct range *known = &sc->side->reported[BOUND(i - 1, REPORTED)];
	const struct opts *o = &sc->work->opts;

	return i && i <= REPORTED && !(sc->side->flags & SIDE_SACK_LOST) &&
	       o->sack[i].start == known->start && o->sack[i].end == known->end;
}

/* Nothing is left to say of these blocks but that the first one grows. The flow has one run only: not while the other
 * direction's lasts.
 */
static __always_inline void sack_run_begin(struct scene *sc)
{
	const struct opts *o = &sc->work->opts;
	const struct pkt *p = &sc->work->pkt;
	struct flow *f = sc->flow;
	const struct half *h = sc->half;
	__u32 others = sack_digest(0, o->sack_count, o->sack[0].start);

	if (f->sack_blocks || o->sack_count > SACK_RUN_BLOCKS || p->seq != p->end_seq ||
	    p->seq != h->next || p->ack != h->ack || !p->window ||
	    sc->side->flags & SIDE_SACK_LOST || !(sc->other->flags & HALF_SEEDED) ||
	    is_dsack(p, o) || !(sc->side->flags & SIDE_SACK_SEEN) ||
	    o->sack[0].end != sc->side->fack || !seq_before(o->sack[0].start, o->sack[0].end))
		return;
	UNROLLED
	for (__u32 i = 1; i < SACK_RUN_BLOCKS; i++) {
		if (i >= o->sack_count)
			break;
		if (!is_reported(sc, i))
			return;
		others = sack_digest(others, o->sack[i].start, o->sack[i].end);
	}
	f->sack_end = o->sack[0].end;
	f->sack_others = others;
	f->sack_dir = p->dir & 1;
	f->sack_blocks = o->sack_count;
}

/* A run of this packet's direction ends, though it may begin anew. */
static __always_inline int sack_run_end_in(struct scene *sc)
{
	struct flow *f = sc->flow;
	__u32 acks = f->sack_acks;

	sc->work->carry.start = sc->side->fack;
	sc->work->carry.end = f->sack_end;
	sack_add(sc->side, sc->work);
	sc->side->fack = f->sack_end;
	sc->side->dupack_run += acks;
	sc->side->own.duplicate_acks += acks;
	sc->side->own.sack_blocks += acks * f->sack_blocks;
	f->sack_acks = 0;
	return 0;
}

STEP(sack_run_end)

/* The SACK blocks, after the acknowledgement number. */
static __always_inline void sacks_track(struct scene *sc)
{
	struct carry *carry = &sc->work->carry;

	TAKE_STEP(sacks_begin, sc);
	for (__u32 n = 0; n < SACK_BLOCKS; n++) {
		if (FORGET(carry->index) >= sc->work->opts.sack_count)
			break;
		if (!is_reported(sc, BOUND(carry->index, SACK_BLOCKS)))
			TAKE_STEP(sack_block, sc);
		carry->index++;
	}
	sack_run_begin(sc);
}

/* Acknowledged, but never seen here: another way, or a late start. [carry.start, carry.end) is newly
 * acknowledged.
 */
static __always_inline int unseen_count_in(struct scene *sc)
{
	const struct half *o = sc->other;
	__u32 from = sc->work->carry.start, acked = sc->work->carry.end, bytes;

	if (!(o->flags & HALF_SEEDED))
		return 0;
	bytes = holes_overlap(sc->other_side, from, acked, HOLE_INEXACT);
	if (seq_after(acked, o->next))
		bytes += acked - seq_max(from, o->next);
	if (bytes)
		COUNT_ABOUT(sc, unseen_bytes, bytes);
	return 0;
}

STEP(unseen_count)

/* RFC 5681 2's duplicate acknowledgement, RFC 6675's too: with new SACK information. */
static __always_inline int is_duplicate_ack(const struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;

	return p->ack == sc->half->ack && p->seq == p->end_seq && p->ack != sc->other->next &&
	       sc->other->flags & HALF_SEEDED &&
	       (p->window == sc->half->window || sc->work->opts.sack_count);
}

/* What the scoreboard says to the newly acknowledged [carry.start, carry.end). */
static __always_inline int ack_advance_in(struct scene *sc)
{
	__u32 from = sc->work->carry.start, acked = sc->work->carry.end;
	struct side *s = sc->side;
	__u32 sacked = sack_trim(s, sc->work, acked);

	if (FORGET(sc->work->carry.flag)) {
		COUNT(sc, sack_reneges, 1);
		sacks_renege(s);
	} else {
		arrived_late(sc, from, seq_min(acked, s->fack), sacked);
		if (!seq_before(acked, s->fack))
			s->flags &= ~(SIDE_SACK_SEEN | SIDE_SACK_LOST);
	}
	return 0;
}

STEP(ack_advance)

/* The acknowledgement number. Precondition: HALF_ACKED. */
static __always_inline void acks_track(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct half *h = sc->half;

	if (is_duplicate_ack(sc)) {
		sc->side->dupack_run++;
		COUNT(sc, duplicate_acks, 1);
	}
	if (!seq_after(p->ack, h->ack))
		return;
	sc->work->carry.start = h->ack;
	sc->work->carry.end = p->ack;
	sc->side->dupack_run = 0;
	if (sc->side->flags & SIDE_SACK_SEEN)
		TAKE_STEP(ack_advance, sc);
	if (sc->other_side->hole_count || seq_after(p->ack, sc->other->next))
		TAKE_STEP(unseen_count, sc);
	if (p->has & PKT_TIMESTAMPS && sc->other_side->repeat_end)
		TAKE_STEP(eifel_match, sc);
	h->ack = p->ack;
}

#endif

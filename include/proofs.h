/* SPDX-License-Identifier: GPL-2.0-only */
/* What takes a retransmission of seen bytes back: later proof that it was not needed, since what it repeated had
 * arrived. By the receiver's word (DSACK), or by the timestamp that it echoes (Eifel).
 *
 * Each byte of a repeat is taken back once. Of a repeat in several segments one echo speaks of the first alone, a
 * DSACK of those that it names.
 */
#ifndef PLOSS_PROOFS_H
#define PLOSS_PROOFS_H

#include "dropped.h"
#include "seq.h"
#include "work.h"

/* Segments that bytes of the other direction's data take. */
static __always_inline __u32 other_segments(const struct scene *sc, __u32 bytes)
{
	return segments_of(bytes, sc->other->mss ? sc->other->mss : 1);
}

/* The first segment of a repeat that an echo proves, in bytes. */
static __always_inline __u32 first_segment(const struct scene *sc, const struct mark *m)
{
	return min_of(m->end - m->start, max_of((__u32)sc->other->mss, 1U));
}

/* What is proven of a repeat: nothing, if its mark's place was another's before. */
static __always_inline void proof_begin(struct proof *proof, const struct mark *m)
{
	if (proof->when_us == m->when_us)
		return;
	proof->when_us = m->when_us;
	proof->bytes = 0;
	proof->echoed = 0;
}

/* A duplicate of [carry.start, carry.end) reached the receiver (RFC 2883 4). What passed the tap twice explains it,
 * each time once: a copy, which then proves nothing, before a retransmission, of which it proves that it was not
 * needed (RFC 3708 2). Otherwise the network beyond made it. carry.segments and carry.taken rank the explanations,
 * 1: spent.
 */
static __always_inline int dsack_match_in(struct scene *sc)
{
	const struct side *os = sc->other_side;
	struct carry *carry = &sc->work->carry;
	__u32 start = carry->start, end = carry->end;

	FORGET(carry->kind) = REPEATS;
	FORGET(carry->taken) = 0;
	for (__u32 i = 0; i < REPEATS; i++) {
		const struct mark *m = &os->repeats[i];
		const struct proof *proof = &sc->side->proofs[i];

		if (!m->kind || !seq_meet(start, end, m->start, m->end))
			continue;
		FORGET(carry->segments) = m->kind == MARK_RETRANSMITTED ? 2 : 3;
		if (proof->when_us == m->when_us && proof->bytes >= m->end - m->start)
			FORGET(carry->segments) = 1;
		if (FORGET(carry->segments) > FORGET(carry->taken)) {
			FORGET(carry->taken) = FORGET(carry->segments);
			FORGET(carry->kind) = i;
		}
	}
	if (FORGET(carry->kind) < REPEATS) {
		const struct mark *m = &os->repeats[BOUND_OR_0(carry->kind, REPEATS)];
		struct proof *proof = &sc->side->proofs[BOUND_OR_0(carry->kind, REPEATS)];
		__u32 bytes;

		proof_begin(proof, m);
		FORGET(carry->from) = m->start;
		if (proof->echoed)
			FORGET(carry->from) = m->start + first_segment(sc, m);
		bytes = seq_overlap(start, end, FORGET(carry->from), m->end);
		if (proof->bytes + bytes > m->end - m->start)
			bytes = m->end - m->start - min_of(proof->bytes, m->end - m->start);
		proof->bytes += bytes;
		if (m->kind == MARK_RETRANSMITTED)
			COUNT_ABOUT(sc, spurious_proven_segments, other_segments(sc, bytes));
		return 0;
	}
	/* A keep-alive's octet of garbage is answered like this too. */
	if ((end - start == 1 && sc->other->keepalives) || !(sc->other->flags & HALF_SEEDED))
		return 0;
	if (!before_base(sc->other, start) && !(os->flags & SIDE_MARKS_LOST))
		COUNT_ABOUT(sc, duplicated_after_segments, other_segments(sc, end - start));
	return 0;
}

STEP(dsack_match)

/* An acknowledgement up to the start of repeat carry.index moves on: if it echoes what is older, the first segment
 * of it was not needed.
 */
static __always_inline int eifel_prove_in(struct scene *sc)
{
	const struct carry *carry = &sc->work->carry;
	const struct side *os = sc->other_side;
	const struct mark *m = &os->repeats[BOUND_OR_0(carry->index, REPEATS)];
	struct proof *proof = &sc->side->proofs[BOUND_OR_0(carry->index, REPEATS)];
	__u32 length = m->end - m->start;

	if (m->kind != MARK_RETRANSMITTED || !seq_before(sc->work->pkt.tsecr, m->tsval))
		return 0;
	proof_begin(proof, m);
	if (proof->echoed || proof->bytes >= length)
		return 0;
	proof->echoed = 1;
	FORGET(sc->work->carry.taken) = first_segment(sc, m);
	proof->bytes += min_of(FORGET(sc->work->carry.taken), length - proof->bytes);
	COUNT_ABOUT(sc, spurious_proven_segments, 1);
	if (m->flags & MARK_FAST && !(os->flags & SIDE_MARKS_LOST) &&
	    !was_filled(os, m->start, m->end))
		COUNT_ABOUT(sc, reordered_after_segments, 1);
	return 0;
}

STEP(eifel_prove)

/* The first acknowledgement of a retransmission that echoes an older timestamp answers the original
 * (Eifel detection, RFC 3522 3.2): [carry.start, carry.end) is newly acknowledged. What is echoed came with the
 * first of these bytes (RFC 7323 4.3); of others, which may have been there already or have come before the
 * acknowledgement was due, it says nothing. If the retransmission was sent because later data had arrived, the
 * original was behind that beyond the tap, unless it had been before.
 */
static __always_inline int eifel_match_in(struct scene *sc)
{
	const struct side *os = sc->other_side;
	__u32 from = sc->work->carry.start;

	for (__u32 i = 0; i < REPEATS; i++) {
		const struct mark *m = &os->repeats[i];

		FORGET(sc->work->carry.index) = i;
		if (m->start == from)
			TAKE_STEP(eifel_prove, sc);
	}
	return 0;
}

STEP(eifel_match)

#endif

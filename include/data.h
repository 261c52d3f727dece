/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet's own data is: new, retransmitted, reordered, duplicated - or undecided.
 *
 *	              seq >= next            new; above next it opens a hole
 *	segment ---<  in a hole              fill: send order against the hole's opener
 *	              below next, not in it  repeat: the bytes have passed the tap before
 *
 * One segment may be all three. Proof comes from send order; timing decides only where it is impossible
 * for one class, and what it decides is marked likely; all else is ambiguous.
 */
#ifndef PLOSS_DATA_H
#define PLOSS_DATA_H

#include "marks.h"
#include "repeat.h"
#include "tail.h"
#include "work.h"

/* Holes that one packet may fill; the rest stay open, and that is counted. A packet holds 45 full segments at most
 * (64 KiB), and each of these steps is walked anew by verifiers before Linux 5.12.
 */
#define FILL_STEPS (HOLES / 2)

/* A keep-alive (RFC 9293 3.8.4): the octet before the next one, or none, which Linux sends
 * (tcp_xmit_probe_skb()); everything before it is acknowledged, and the window open.
 */
static __always_inline int is_keepalive(const struct half *h, const struct half *o,
					const struct pkt *p)
{
	return !(p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) && p->payload <= 1 &&
	       o->flags & HALF_ACKED && o->window && p->seq + 1 == o->ack && o->ack == h->next;
}

static __always_inline void keepalive_count(struct scene *sc)
{
	COUNT_FEW(sc->half, sc->sum, keepalives, 1);
}

/* Sets probes apart, which are no data: keep-alives, and probes of a shut window (RFC 9293 3.8.6.1).
 * Returns whether this was one; the first probe that carries a new octet is data too.
 */
static __always_inline int data_probe(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *o = sc->other;
	struct half *h = sc->half;
	int new_octet = p->payload && p->seq == h->next;

	if (is_keepalive(h, o, p)) {
		keepalive_count(sc);
		return 1;
	}
	if (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST) || p->payload > 1 ||
	    !(o->flags & HALF_ACKED) || o->window)
		return 0;
	if (p->payload ? !new_octet && p->seq + 1 != h->next : p->seq + 1 != o->ack)
		return 0;
	COUNT(sc, window_probes, 1);
	if (new_octet)
		h->flags |= HALF_PROBE;
	return !new_octet;
}

/* The packet's place among what was seen: what was seen or missed before is left in [carry.low, carry.high),
 * and the hole below new data that does not follow on in [carry.start, carry.end); both are empty where there
 * is none. Returns whether there is new data and nothing else. Precondition: half.next holds.
 */
static __always_inline int data_place(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	const struct half *h = sc->half, *o = sc->other;
	__u32 start = p->seq, from = o->flags & HALF_ACKED ? seq_max(h->next, o->ack) : h->next;

	carry->low = carry->high = start;
	carry->filled = 0;
	carry->segments = p->segments;
	if (data_probe(sc) || (start == p->end_seq && !seq_after(start, h->next)))
		return 0;
	if (h->flags & HALF_PROBE && start + 1 == h->next && p->payload > 1)
		start++;
	if (seq_before(start, h->next)) {
		carry->low = start;
		carry->high = seq_min(p->end_seq, h->next);
		return 0;
	}
	carry->start = start - from < WINDOW_MAX ? from : start;
	carry->end = start;
	return 1;
}

/* New data, or an acknowledgement without data from beyond next: its sender had sent all that is below. */
static __always_inline int data_new_in(struct scene *sc)
{
	if (sc->work->pkt.end_seq - sc->half->next >= WINDOW_MAX)
		sc->side->hole_count = 0;
	else if (sc->work->carry.start != sc->work->carry.end && !(sc->half->flags & HALF_LOCAL))
		hole_open(sc);
	return 0;
}

STEP(data_new)

/* Looks where the packet belongs, and is done with new data unless that may repair a lost tail (carry.flag). */
static __always_inline int data_begin_in(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;

	carry->flag = 0;
	tail_note(sc);
	if (!data_place(sc)) {
		carry->from = carry->low;
		carry->closed = 0;
		hole_find(sc);
	} else if (p->seq != p->end_seq && tail_is_open(sc->side)) {
		carry->flag = 1;
	} else {
		data_new_in(sc);
	}
	return 0;
}

STEP(data_begin)

/* Data of which some was seen or missed before. */
static __always_inline void data_old(struct scene *sc)
{
	struct carry *carry = &sc->work->carry;

	TAKE_STEP(clocks_guess, sc);
	for (__u32 n = 0; n < FILL_STEPS; n++) {
		if (FORGET(carry->index) >= HOLES)
			break;
		TAKE_STEP(fill_take, sc);
	}
	if (FORGET(carry->index) < HOLES) {
		carry->high = carry->from;
		sc->totals->health.hole_overflows++;
	}
	if (FORGET(carry->closed))
		holes_remove_closed(sc);
	if (carry->filled < carry->high - carry->low && carry->segments)
		data_repeat(sc);
	if (sc->side->tail_missing)
		tail_watch(sc);
}

/* Classifies this packet's data. */
static __always_inline void data_track(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct carry *carry = &sc->work->carry;
	struct half *h = sc->half;

	if (p->seq == p->end_seq && p->seq == h->next && !sc->work->id_skipped)
		return;
	TAKE_STEP(data_begin, sc);
	if (FORGET(carry->flag)) {
		TAKE_STEP(tail_repair, sc);
		if (FORGET(carry->taken))
			TAKE_STEP(tail_count, sc);
		TAKE_STEP(data_new, sc);
	}
	if (FORGET(carry->low) != FORGET(carry->high))
		data_old(sc);
	if (seq_after(p->end_seq, h->next)) {
		if (p->payload > 1)
			h->flags &= ~HALF_PROBE;
		h->next = p->end_seq;
	}
}

#endif

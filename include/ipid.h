/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv4 identifications as a send-order clock.
 *
 * A connected Linux socket gives every packet the next ID (ip_select_ident_segs(), net/ipv4), other
 * stacks do otherwise, so the mode is learnt for each direction and given up at the first contradiction:
 *
 *   UNKNOWN -> SEQ      16 packets whose ID is the previous one plus its segments, or plus those of the
 *                       hole between them; 3 are enough of an end whose SYN-ACK had the ID 0
 *   UNKNOWN -> MONO     it grows, with gaps that loss does not explain
 *   any     -> NONE     in-order new data whose ID does not grow
 *   SEQ     -> MONO     gaps keep coming where no data is missing: id_disown()
 *
 * Only Linux is known to count for each connection. Its packets start with a TTL of 64, of which they arrive with
 * more than half, and its SYN-ACKs have the ID 0; who does otherwise gets no further than MONO, as do Linux hosts
 * whose TTL was changed. Who numbers its SYN-ACK 0 and counts afterwards is Linux: others that send 0 there go on
 * sending it.
 *
 * In SEQ, skipped IDs are packets that never reached the tap. They are counted at once and taken back
 * if they arrive after all; who reports them leaves out the newest (struct recent).
 *
 * Invariants:
 *  1. Every ID below id_next and not older than the window is either set in the window or counted
 *     missing, and not both.
 *  2. Between id_top and id_next all IDs were seen: the fast path only takes packets without a gap, and
 *     leaves the window behind; id_catch_up() makes good.
 */
#ifndef PLOSS_IPID_H
#define PLOSS_IPID_H

#include "order.h"
#include "seq.h"
#include "work.h"

#define ID_RUN 16        /* IDs in sequence that make SEQ, */
#define ID_RUN_OWN 3     /* with HALF_ID_OWN */
#define ID_RUN_STEP 7    /* of them, one succession counts for at most */
#define ID_GAP_MAX 64    /* more skipped at once, before promotion: not loss */
#define ID_JUMP_MAX 4096 /* more skipped at once, after it: not this counter */
#define ID_ODD_MAX 3
#define ID_TTL_MAX 64
#define ID_TTL_OTHER 32
#define ID_UNEXPLAINED_MAX 4
#define ID_WINDOW (64 * ID_WINDOW_WORDS)
#define RECENT_SHIFT 26 /* struct recent counts in units of 2^26 ns, 67 ms */

/* No host is 32 hops away: up to a TTL of 32, another stack started with that. 0 was erased from a capture. */
static __always_inline int id_ttl_is_foreign(const struct pkt *p)
{
	return p->ttl > ID_TTL_MAX || (p->ttl && p->ttl <= ID_TTL_OTHER);
}

/* What a packet's ID says of it. */
enum id_order {
	ID_SAYS_NOTHING,
	ID_SAYS_NEW,    /* sent after all that was seen */
	ID_SAYS_LATE,   /* sent before the newest that was seen, and not seen yet */
	ID_SAYS_REPEAT, /* this very packet was seen */
};

/* Moves the window on by n IDs, which are then not seen. */
VERIFIED_ONCE int id_slide(struct side *s, __u32 n)
{
	__u32 words = n / 64, bits = n % 64;

	if (!s)
		return 0;
	for (int i = ID_WINDOW_WORDS - 1; i >= 0; i--) {
		__u32 from = (__u32)i - words;
		__u64 word = 0;

		if (from < ID_WINDOW_WORDS) {
			word = s->id_window[BOUND(from, ID_WINDOW_WORDS)] << bits;
			if (bits && from)
				word |= s->id_window[BOUND(from - 1, ID_WINDOW_WORDS)] >>
					(64 - bits);
		}
		s->id_window[i] = word;
	}
	s->id_top += n;
	return 0;
}

/* Moves the window on by n IDs, 1 ... 63, of which the newest `seen` were seen, 1 ... n. What nearly every packet
 * asks for: without a call.
 */
static __always_inline void id_push(struct side *s, __u32 n, __u32 seen)
{
	UNROLLED
	for (int i = ID_WINDOW_WORDS - 1; i > 0; i--) {
		s->id_window[i] = s->id_window[i] << n | s->id_window[i - 1] >> 1 >> (63 - n);
		MEMORY_BARRIER();
	}
	s->id_window[0] = s->id_window[0] << n | ~0ULL >> (64 - seen);
	s->id_top += n;
}

/* Marks n IDs as seen, of which the newest lies `back` behind id_top. What lies behind the window has no
 * bit.
 */
VERIFIED_ONCE int id_mark(struct side *s, __u32 back, __u32 n)
{
	if (!s)
		return 0;
	for (__u32 step = 0; step < ID_WINDOW_WORDS + 1; step++) {
		__u32 word = back / 64, bit = back % 64, some = min_of(n, 64 - bit);

		if (!some || word >= ID_WINDOW_WORDS)
			break;
		s->id_window[BOUND(word, ID_WINDOW_WORDS)] |= (~0ULL >> ((64 - some) & 63)) << bit;
		back += some;
		n -= some;
	}
	return 0;
}

/* Moves the window on by n IDs, 1 and more, of which the newest `seen` were seen. */
static __always_inline void id_advance(struct side *s, __u32 n, __u32 seen)
{
	if (n < 64) {
		id_push(s, n, seen);
	} else {
		id_slide(s, n);
		id_mark(s, 0, seen);
	}
}

/* Invariant 2. In SEQ what was missed made a gap, and gaps take the slow path. In MONO the fast path takes gaps
 * too, and what lies behind was seen or not; before a mode is known, gaps are counted.
 */
static __always_inline void id_catch_up(struct half *h, struct side *s)
{
	__u32 passed = (__u32)h->segments - s->id_top_at;
	__u32 n = (__u16)(h->id_next - 1 - s->id_top);
	int all_seen = h->id_mode == ID_SEQ ||
		       (h->id_mode == ID_UNKNOWN && !h->id_gaps && !h->id_odd);

	if (!(s->flags & SIDE_ID) || passed >= ID_WINDOW || n >= ID_WINDOW || (n && !all_seen)) {
		s->flags |= SIDE_ID;
		for (int i = 0; i < ID_WINDOW_WORDS; i++)
			s->id_window[i] = ~0ULL;
		s->id_top = h->id_next - 1;
		s->id_known = all_seen ? min_of(h->segments - h->syns, ID_WINDOW) : 0;
	} else if (n) {
		id_advance(s, n, n);
		s->id_known = min_of(s->id_known + n, ID_WINDOW);
	}
	s->id_top_at = (__u32)h->segments;
}

/* Takes n IDs, ahead (or behind) of what was to come, into the window, and says what they tell. */
static __always_inline enum id_order id_take(struct half *h, struct side *s, const struct pkt *p,
					     __s32 ahead)
{
	__u32 back, n = p->segments;

	s->id_top_at = (__u32)h->segments + n;
	if (ahead >= 0) {
		if (ahead + n >= ID_WINDOW) {
			for (int i = 0; i < ID_WINDOW_WORDS; i++)
				s->id_window[i] = 0;
			s->id_top = p->id + n - 1;
			id_mark(s, 0, n);
		} else {
			id_advance(s, ahead + n, n);
		}
		s->id_known = min_of(s->id_known + ahead + n, ID_WINDOW);
		return ID_SAYS_NEW;
	}
	back = (__u16)(s->id_top - (__u16)(p->id + n - 1));
	if (back >= s->id_known || back >= ID_WINDOW)
		return ID_SAYS_NOTHING;
	if (s->id_window[BOUND(back / 64, ID_WINDOW_WORDS)] >> (back % 64) & 1)
		return ID_SAYS_REPEAT;
	id_mark(s, back, n);
	return ID_SAYS_LATE;
}

static __always_inline void id_count_missing(struct scene *sc, __u32 n)
{
	const struct pkt *p = &sc->work->pkt;
	struct recent *recent = &sc->totals->recent[p->dir & 1];
	__u32 slot = (__u32)(p->now_ns >> RECENT_SHIFT);

	COUNT(sc, id_missing_packets, n);
	if (recent->slot[slot & 1] != slot) {
		recent->slot[slot & 1] = slot;
		recent->missing[slot & 1] = 0;
	}
	recent->missing[slot & 1] += n;
}

/* The gaps are other connections' packets: takes back what they counted, and goes on with the order. */
static __always_inline void id_disown(struct scene *sc)
{
	const struct own_counters *own = &sc->side->own;
	__u64 missing = own->id_missing_packets -
			min_of(own->id_missing_packets, own->id_late_packets);

	sc->half->id_mode = ID_MONO;
	COUNT(sc, id_late_packets, missing);
}

/* The IDs that the hole which this packet opens would have taken, one for each segment; 0 without a hole. */
static __always_inline __u32 id_gap_expected(const struct half *h, const struct pkt *p)
{
	__u32 hole = p->seq - h->next, unit = max_of((__u32)h->mss, segment_bytes(p));

	return (__s32)hole > 0 && hole < ID_GAP_MAX * unit ? segments_of(hole, unit) : 0;
}

/* A super-packet's successor has its IDs in sequence, too: counted from the third on, where two were no chance, and
 * ID_RUN_STEP of one at most: four successions are the least that makes a run.
 */
static __always_inline __u32 id_run_step(const struct half *h, const struct pkt *p)
{
	return h->id_run < ID_ORDER_RUN ? 1 : min_of(p->segments, ID_RUN_STEP);
}

static __always_inline __u32 id_run_wanted(const struct half *h)
{
	return h->flags & HALF_ID_OWN ? ID_RUN_OWN : ID_RUN;
}

/* Before a mode is known. Needs the troubled tier only where IDs were skipped (id_wants_trouble()). */
static __always_inline enum id_order id_learn(struct half *h, struct scene *sc, __s32 ahead)
{
	const struct pkt *p = &sc->work->pkt;
	enum id_order says = ID_SAYS_LATE;
	int old = ahead < 0 &&
		  (seq_before(p->seq, h->next) || (!p->payload && !seq_after(p->ack, h->ack)));

	if (sc->side && (old || (ahead >= 0 && ahead <= ID_GAP_MAX))) {
		id_catch_up(h, sc->side);
		says = id_take(h, sc->side, p, ahead);
	} else if (sc->side) {
		sc->side->flags &= ~SIDE_ID;
	}
	if (old) {
		if (says != ID_SAYS_REPEAT)
			h->id_gaps -= min_of(h->id_gaps, p->segments);
		return sc->side ? says : ID_SAYS_NOTHING;
	}
	if (ahead == 0 || (__u32)ahead == id_gap_expected(h, p)) {
		h->id_run += id_run_step(h, p);
		h->id_gaps += ahead;
	} else if (ahead > 0 && ahead <= ID_GAP_MAX) {
		h->id_run -= min_of((__u32)h->id_run, (__u32)ahead);
		h->id_gaps += ahead;
		if (h->id_gaps > ID_GAP_MAX)
			h->id_mode = ID_MONO;
	} else {
		int counts = ahead > 0 && ahead <= ID_JUMP_MAX;

		h->id_run = 0;
		h->id_gaps = 0;
		h->id_odd += counts ? 1 : ID_ODD_MAX + 1;
		if (h->id_odd > ID_ODD_MAX)
			h->id_mode = counts ? ID_MONO : ID_NONE;
	}
	h->id_next = p->id + p->segments;
	if (h->id_run < id_run_wanted(h))
		return ID_SAYS_NEW;
	if (h->flags & HALF_ID_SHARED || id_ttl_is_foreign(p)) {
		h->id_mode = ID_MONO;
	} else {
		h->id_mode = ID_SEQ;
		sc->sum->ipid_packets += h->segments;
		if (h->id_gaps && sc->side)
			id_count_missing(sc, h->id_gaps);
	}
	return ID_SAYS_NEW;
}

/* Follows the ID of a packet whose segments h->segments does not contain yet, and says what it tells.
 * Without a troubled tier (side NULL) it only learns.
 */
static __always_inline enum id_order id_order_of(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct half *h = sc->half;
	struct side *s = sc->side;
	__s32 ahead = id_ahead(p->id, h->id_next);
	enum id_order says;

	if (!(p->has & PKT_ID) || h->id_mode == ID_NONE || p->tcp_flags & (TCP_SYN | TCP_RST))
		return ID_SAYS_NOTHING;
	if (!(h->flags & HALF_ID)) {
		h->flags |= HALF_ID;
		if (h->flags & HALF_SYN && sc->flow->opener != (p->dir & 1))
			h->flags |= HALF_ID_OWN;
		h->id_next = p->id + p->segments;
		return ID_SAYS_NOTHING;
	}
	/* Not counted: of what is left of a socket (TIME-WAIT). */
	if (!p->id && !p->payload && (ahead > ID_GAP_MAX || ahead < -ID_GAP_MAX))
		return ID_SAYS_NOTHING;
	if (h->id_mode == ID_UNKNOWN) {
		says = id_learn(h, sc, ahead);
		return id_tells_order(h) ? says : ID_SAYS_NOTHING;
	}
	if (!s) {
		if (ahead >= 0)
			h->id_next = p->id + p->segments;
		return ahead >= 0 ? ID_SAYS_NEW : ID_SAYS_NOTHING;
	}
	id_catch_up(h, s);
	if (ahead > ID_JUMP_MAX && h->id_mode == ID_SEQ)
		h->id_mode = ID_MONO;
	if (ahead > 0 && h->id_mode == ID_SEQ) {
		sc->work->id_skipped = ahead;
		id_count_missing(sc, ahead);
	}
	says = id_take(h, s, p, ahead);
	if (says == ID_SAYS_NEW)
		h->id_next = p->id + p->segments;
	else if (p->payload && p->seq == h->next &&
		 (says == ID_SAYS_REPEAT || h->id_mode == ID_MONO))
		h->id_mode = ID_NONE;
	else if (says != ID_SAYS_REPEAT && h->id_mode == ID_SEQ)
		COUNT(sc, id_late_packets, p->segments);
	return h->id_mode == ID_NONE ? ID_SAYS_NOTHING : says;
}

/* What a counter that has only just begun makes likely: all IDs so far grew by little, three of them at least. */
static __always_inline int id_grew_by_little(const struct half *h, const struct pkt *p, __u16 id)
{
	return p->has & PKT_ID && h->id_mode == ID_UNKNOWN && !h->id_odd && h->packets >= 2 &&
	       (__u16)(p->id - id - 1) < ID_GAP_MAX;
}

/* To work.id_says. */
VERIFIED_ONCE int id_observe(struct flow *f, struct trouble *t, struct totals *totals,
			     struct work *w)
{
	struct scene sc;

	if (!f || !totals || !w)
		return 0;
	sc = scene_of(f, t, totals, w);
	w->id_says = id_order_of(&sc);
	return 0;
}

/* Does this packet's ID need the troubled tier? */
static __always_inline int id_wants_trouble(const struct half *h, const struct pkt *p)
{
	__s32 ahead = id_ahead(p->id, h->id_next);

	if (!(p->has & PKT_ID) || !(h->flags & HALF_ID) || p->tcp_flags & (TCP_SYN | TCP_RST))
		return 0;
	if (h->id_mode == ID_SEQ)
		return p->id != h->id_next;
	if (h->id_mode != ID_UNKNOWN || h->flags & HALF_ID_SHARED || id_ttl_is_foreign(p))
		return 0;
	return h->id_gaps ? h->id_run + id_run_step(h, p) >= id_run_wanted(h) :
			    ahead > 0 && ahead <= ID_GAP_MAX;
}

#endif

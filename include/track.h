/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow tracker: struct flow x struct pkt -> counters and a verdict. Pure: who calls owns the bytes,
 * the state, the time and the table.
 *
 * One packet:
 *
 *	totals_count(totals, p);                also where there is no flow
 *	if (p->has & PKT_OPTIONS)
 *		pkt_options(), opts_parse();
 *	if (!t && flow_wants_trouble(f, work))  the first anomaly
 *		t = a zeroed struct trouble, if there is room;
 *	flow_track(f, t, totals, work);
 *
 * Races: two CPUs may see packets of one direction at once (no RSS, a bond). Both then work on the same
 * half and side without a lock. Worst results: a base counter of the flow misses one packet (the totals
 * are per CPU and miss none); next read twice makes one new segment a repeat or a hole of one segment
 * stay open until it is acknowledged; a hole list written by both holds a hole twice or drops one. Array
 * indexes are masked or compared where they are used, so no race reaches beyond the entry.
 */
#ifndef PLOSS_TRACK_H
#define PLOSS_TRACK_H

#include "data.h"
#include "acks.h"
#include "ipid.h"
#include "rtt.h"
#include "seq.h"
#include "work.h"

/* The hot counters of an interface: every packet, tracked or not. */
static __always_inline void totals_count(struct counters *sum, const struct pkt *p)
{
	sum->segments += p->segments;
	if (p->seq != p->end_seq) {
		sum->data_segments += p->segments;
		sum->data_bytes += p->payload;
	}
}

static __always_inline void half_count(struct half *h, const struct pkt *p, struct counters *sum)
{
	h->packets++;
	h->bytes += p->ip_bytes;
	h->segments += p->segments;
	if (p->seq != p->end_seq) {
		h->data_segments += p->segments;
		h->data_bytes += p->payload;
	}
	if (h->id_mode == ID_SEQ)
		sum->ipid_packets += p->segments;
	h->last = (__u32)(p->now_ns >> 20);
}

/* TS.Recent as the other end keeps it: from segments that start at or below its last acknowledgement
 * (RFC 7323 4.3, tcp_replace_ts_recent()), but for those that end below it: these are dropped before
 * (tcp_sequence()).
 */
static __always_inline void ts_recent_follow(struct half *h, const struct half *o, __u32 seq,
					     __u32 end_seq, __u32 tsval)
{
	if (o->flags & HALF_ACKED && !seq_after(seq, o->ack) && !seq_before(end_seq, o->ack) &&
	    !seq_before(tsval, h->ts_recent))
		h->ts_recent = tsval;
}

/* Is end_seq the right edge of what the other end's window allows, where its scale is known? */
static __always_inline int window_ends(const struct half *o, __u32 end_seq)
{
	return o->flags & HALF_WSCALE && end_seq == o->ack + ((__u32)o->window << o->wscale);
}

/* Silent for so long that its timestamps may have come round, the fastest of them: 2^31 us, in units of half.last. What
 * they were tells nothing then (RFC 7323 5.5; Linux's TCP_PAWS_WRAP).
 */
#define CLOCK_TURN ((1U << 31) / 1024 * 1000 / 1024)

static __always_inline int clock_may_have_turned(const struct half *h, const struct pkt *p)
{
	return h->last && (__u32)(p->now_ns >> 20) - h->last >= CLOCK_TURN;
}

/* Older than what the receiver has seen: PAWS (RFC 7323 5.3; tcp_paws_check() grants one tick). */
static __always_inline int is_old(const struct half *h, const struct pkt *p)
{
	return p->has & PKT_TIMESTAMPS && p->payload && h->flags & HALF_TIMESTAMPS &&
	       (__s32)(h->ts_recent - p->tsval) > 1;
}

/* Does this packet need the troubled tier? May say so where it turns out not to. */
static __always_inline int flow_wants_trouble(const struct flow *f, const struct work *w)
{
	const struct pkt *p = &w->pkt;
	const struct half *h = &f->half[p->dir & 1], *o = &f->half[!(p->dir & 1)];

	if (w->opts.sack_count || id_wants_trouble(h, p))
		return 1;
	if (p->tcp_flags & TCP_RST)
		return 0;
	if (p->tcp_flags & TCP_ACK && !p->window)
		return 1;
	if (!(h->flags & HALF_SEEDED))
		return 0;
	if (is_old(h, p))
		return 1;
	if (p->seq != h->next && (p->seq != p->end_seq || seq_after(p->seq, h->next)))
		return 1;
	if (!(p->tcp_flags & TCP_ACK) || !(h->flags & HALF_ACKED))
		return 0;
	if (p->payload && window_ends(o, p->end_seq))
		return 1;
	if (o->flags & HALF_ACKED && !o->window)
		return 1;
	if (!(o->flags & HALF_SEEDED))
		return 0;
	return seq_after(p->ack, o->next) || (p->ack == h->ack && p->seq == p->end_seq &&
					      p->ack != o->next && p->window == h->window);
}

static __always_inline void window_track(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct side *s = sc->side;

	if (s->zero_since_ns) {
		COUNT(sc, zero_window_ns, p->now_ns - s->zero_since_ns);
		s->zero_since_ns = p->window ? 0 : p->now_ns;
	} else if (!p->window) {
		sc->work->verdict.zero_window = 1;
		COUNT(sc, zero_windows, 1);
		s->zero_since_ns = p->now_ns;
	}
	if (p->payload && window_ends(sc->other, p->end_seq) && p->end_seq != sc->half->next)
		COUNT(sc, window_full, 1);
}

/* Has the packet's receiver forgotten the connection? Who closed first waits (RFC 9293 3.6.1, TIME-WAIT), and still asks
 * its timestamps; others answer by a reset.
 */
static __always_inline int is_gone(const struct scene *sc)
{
	return sc->flow->state == FLOW_CLOSED &&
	       (sc->other->flags & (HALF_FIN | HALF_LAST)) != HALF_FIN;
}

/* Will the receiver throw this segment away (PAWS, RFC 7323 5.3; tcp_paws_check() grants one tick)? Only
 * asked where the receiver is this host, whose acknowledgements are all seen.
 */
static __always_inline void paws_track(struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct half *h = sc->half;

	if (!(p->has & PKT_TIMESTAMPS))
		return;
	if (sc->side && sc->other->flags & HALF_LOCAL && is_old(h, p) && !is_gone(sc)) {
		sc->work->verdict.paws = 1;
		COUNT(sc, paws_rejected_segments, p->segments);
	} else if (!(sc->other->flags & HALF_SEEDED) || !seq_after(p->ack, sc->other->next)) {
		/* What acknowledges more than was sent is dropped before (RFC 9293 3.10.7.4, tcp_ack()). */
		ts_recent_follow(h, sc->other, p->seq, p->end_seq, p->tsval);
	}
}

/* An episode is open: fills may come, a lost tail may be repaired, repeats may be acknowledged or
 * disproved, the window is shut.
 */
static __always_inline int side_is_watched(const struct scene *sc)
{
	const struct side *s = sc->side;

	if (s->hole_count || s->tail_missing || s->zero_since_ns || s->dupack_run ||
	    s->flags & SIDE_SACK_SEEN)
		return 1;
	return s->repeat_end || s->recover;
}

/* Ends of episodes, once they are acknowledged; 0: none is open. Left behind by 2^31 bytes they would seem
 * to lie ahead again.
 */
static __always_inline void side_forget(struct scene *sc)
{
	struct side *s = sc->side;
	__u32 acked = sc->other->ack;

	if (!(sc->other->flags & HALF_ACKED))
		return;
	if (s->flags & SIDE_MARKS_LOST && !seq_before(acked, s->lost_end))
		s->flags &= ~SIDE_MARKS_LOST;
	if (s->repeat_end && !seq_before(acked, s->repeat_end))
		s->repeat_end = 0;
	if (s->recover && !seq_before(acked, s->recover))
		s->recover = 0;
}

static __always_inline void seed(struct half *h, const struct pkt *p)
{
	h->flags |= HALF_SEEDED;
	h->base = p->seq;
	h->next = p->seq;
	h->rtt_end = p->seq;
}

/* SYN, FIN, RST and the connection's state. */
static __always_inline void state_track(struct flow *f, struct scene *sc)
{
	const struct pkt *p = &sc->work->pkt;
	struct half *h = sc->half;
	const struct half *o = sc->other;

	if (p->tcp_flags & TCP_SYN)
		COUNT_FEW(h, sc->sum, syns, 1);
	if (p->tcp_flags & TCP_FIN) {
		COUNT_FEW(h, sc->sum, fins, 1);
		h->flags |= HALF_FIN;
		if (o->flags & HALF_FIN && p->ack == o->next)
			h->flags |= HALF_LAST;
		if (f->state < FLOW_CLOSING)
			f->state = FLOW_CLOSING;
	}
	if (p->tcp_flags & TCP_RST) {
		COUNT_FEW(h, sc->sum, resets, 1);
		f->state = FLOW_CLOSED;
	}
	if (h->flags & HALF_FIN && o->flags & HALF_FIN && o->ack == h->next && p->ack == o->next)
		f->state = FLOW_CLOSED;
}

/* A new reporting interval's gauges begin empty. */
static __always_inline void gauges_begin(struct totals *totals, __u32 interval)
{
	__u32 bank = interval & 1;

	if (totals->gauges_of[bank] != interval) {
		totals->gauges_of[bank] = interval;
		__builtin_memset(totals->gauges[bank], 0, sizeof(totals->gauges[bank]));
	}
}

/* Follows the TSvals of what is new. What lies below flow.tsval_from was sent before the newest began, what is above
 * it and passed in order in the same tick.
 */
static __always_inline void tsval_follow(struct flow *f, struct half *h, const struct work *w)
{
	const struct pkt *p = &w->pkt;
	__u32 *from = &f->tsval_from[p->dir & 1];

	if (!(h->flags & HALF_TIMESTAMPS)) {
		h->flags |= HALF_TIMESTAMPS;
		h->ts_recent = p->tsval;
	} else if (FORGET(w->repeated) || seq_before(p->tsval, h->tsval)) {
		if (h->next != w->next && seq_before(p->tsval, h->tsval))
			*from = h->next;
		return;
	} else if (p->tsval == h->tsval) {
		return;
	}
	*from = w->next;
	h->tsval = p->tsval;
}

/* t may be NULL: then only the base tier is kept, and what would need the
 * other is ambiguous.
 */
VERIFIED_ONCE int flow_track(struct flow *f, struct trouble *t, struct totals *totals,
			     struct work *w)
{
	const struct half *o;
	const struct pkt *p;
	struct scene sc;
	struct half *h;
	int in_order;

	if (!f || !totals || !w)
		return 0;
	sc = scene_of(f, t, totals, w);
	p = &w->pkt;
	h = sc.half;
	o = sc.other;
	if (!(p->tcp_flags & TCP_RST) && !(h->flags & HALF_SEEDED))
		seed(h, p);
	if (p->has & PKT_LOCAL)
		h->flags |= HALF_LOCAL;
	if (p->has & PKT_CE) {
		COUNT_FEW(h, sc.sum, ecn_ce_segments, p->segments);
	}
	if (f->sack_blocks && f->sack_dir == (p->dir & 1)) {
		if (f->sack_acks && sc.side && FORGET(sc.other_side))
			TAKE_STEP(sack_run_end, &sc);
		f->sack_blocks = 0;
	}
	w->id_skipped = 0;
	w->id_says = ID_SAYS_NOTHING;
	id_observe(f, t, totals, w);
	in_order = p->seq == h->next;
	w->next = h->next;
	FORGET(w->repeated) = p->seq != p->end_seq && seq_before(p->seq, h->next);
	if (p->tcp_flags & TCP_RST)
		goto out;
	if (p->tcp_flags & TCP_ACK && rtt_ends(h, o, p))
		rtt_end(h, o, p, sc.other_sum, sc.other_gauges);
	if (in_order && rtt_begins(h, o, p))
		rtt_begin(h, p);
	if (clock_may_have_turned(h, p))
		h->flags &= ~HALF_TIMESTAMPS;
	paws_track(&sc);
	/* To the verifier of Linux 6.1 one side may be there without the other. */
	if (sc.side && FORGET(sc.other_side)) {
		if ((p->tcp_flags & (TCP_ACK | TCP_SYN)) == TCP_ACK &&
		    (!(h->flags & HALF_ACKED) || !seq_before(p->ack, h->ack)))
			window_track(&sc);
		tick_observe(sc.side, h, w);
		if (has_holes_below(sc.side, h->next - WINDOW_MAX))
			holes_forget(sc.side, w, h->next - WINDOW_MAX);
		if (o->flags & HALF_ACKED && has_holes_below(sc.side, o->ack))
			holes_forget(sc.side, w, o->ack);
		data_track(&sc);
		if (p->tcp_flags & TCP_ACK && h->flags & HALF_ACKED) {
			acks_track(&sc);
			if (w->opts.sack_count)
				sacks_track(&sc);
		}
	} else if (is_keepalive(h, o, p)) {
		keepalive_count(&sc);
	} else if (p->seq != p->end_seq) {
		if (seq_before(p->seq, h->next)) {
			sc.sum->ambiguous_segments += p->segments;
			w->verdict.ambiguous = p->segments;
		}
		if (seq_after(p->end_seq, h->next))
			h->next = p->end_seq;
	}
	if (!in_order && p->seq != p->end_seq && !(p->has & PKT_TIMESTAMPS))
		h->rtt_start_ns = 0;
	if (p->payload && segment_bytes(p) > h->mss)
		h->mss = min_of(segment_bytes(p), 0xffffU);
	if (p->has & PKT_TIMESTAMPS)
		tsval_follow(f, h, w);
	if (p->tcp_flags & TCP_ACK) {
		if (!(h->flags & HALF_ACKED) || !seq_before(p->ack, h->ack)) {
			h->ack = p->ack;
			h->window = p->window;
			h->flags |= HALF_ACKED;
		}
	}
	if (sc.side)
		side_forget(&sc);
	if (!h->window || (sc.side && side_is_watched(&sc)))
		h->flags |= HALF_WATCH;
	else
		h->flags &= ~HALF_WATCH;
out:
	state_track(f, &sc);
	half_count(h, p, sc.sum);
	return 0;
}

#endif

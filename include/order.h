/* SPDX-License-Identifier: GPL-2.0-only */
/* Send order: was a packet sent before or after another one?
 *
 * Originals are sent in sequence order, so an original below a hole's opener was sent before the opener.
 * Whatever was sent later than the opener is proven a retransmission; whatever was sent earlier was not
 * sent in response to the hole. The opener is a round trip older than any retransmission that it caused,
 * so clocks need to tell apart only what lies a round trip apart.
 */
#ifndef PLOSS_ORDER_H
#define PLOSS_ORDER_H

#include "seq.h"
#include "work.h"

#define DEFINITE_RTO_US 200000 /* Linux's least RTO (TCP_RTO_MIN, include/net/tcp.h) */
#define ID_ORDER_RUN 2         /* IDs in sequence, one after the other, make a counter, */
#define ID_ORDER_PACKETS 5     /* or so many that grow, each by little */
#define ID_LIFE 16384          /* of a direction's segments: then half its IDs may be used up */
#define TICKS_ANY (1U << 24)   /* HOLE_TICKS_MAX and more, how many is not known */
#define RTT_COARSE 4  /* ticks that a round trip seen once must last to be told from a short one */
#define RTT_SAMPLES 4 /* fewer say too little of the shortest round trip */
#define TICK_BASE_NS 20000000 /* the tick is estimated over this time at least, */
#define TICK_BASE_TICKS 16    /* and so many ticks */
#define TICK_LEAST_NS 1000000 /* (RFC 7323 5.4) but for clocks of microseconds: */
#define TICK_FINE_NS 10000

enum order { ORDER_UNKNOWN, ORDER_OLDER, ORDER_NEWER };

/* Whether a direction's IDs tell order. A counter shows itself soon: random IDs would have to be the next by
 * chance twice, or to stay within ID_GAP_MAX above the one before, packet after packet: one connection in 2^32.
 * What its gaps mean takes longer to know.
 */
static __always_inline int id_tells_order(const struct half *h)
{
	return h->id_mode == ID_SEQ || h->id_mode == ID_MONO ||
	       (h->id_mode == ID_UNKNOWN && !h->id_odd &&
		(h->id_run >= ID_ORDER_RUN || (h->packets >= ID_ORDER_PACKETS &&
					       h->id_run + h->id_gaps + 1 >= ID_ORDER_PACKETS)));
}

static __always_inline int rtt_is_sure(const struct half *h)
{
	return h->rtt_samples >= RTT_SAMPLES;
}

/* Shortest round trip seen from the tap to the sender of this packet and back, 0 if none. */
static __always_inline __u32 loop_rtt_ns(const struct scene *sc)
{
	return sc->half->rtt_min_ns;
}

/* Follows the timestamp clock to learn its tick, without which equal TSvals tell nothing: from the RTT sample on that
 * was under way at the first anomaly. A queue that drains meanwhile makes it seem shorter than it is.
 */
static __always_inline void tick_observe(struct side *s, const struct half *h, const struct work *w)
{
	const struct pkt *p = &w->pkt;
	__u64 elapsed = p->now_ns - s->tick_since_ns;
	__u32 ticks = p->tsval - s->tick_tsval;
	__u64 tick;

	if (!(p->has & PKT_TIMESTAMPS))
		return;
	if (!FORGET(w->repeated))
		s->tick_last = (__u16)(p->now_ns >> 20);
	if (!s->tick_since_ns) {
		int sampled = h->rtt_start_ns && h->flags & HALF_TIMESTAMPS;

		s->tick_since_ns = sampled ? h->rtt_start_ns : p->now_ns;
		s->tick_tsval = sampled ? h->rtt_tsval : p->tsval;
	} else if (elapsed >= TICK_BASE_NS && (__s32)ticks >= TICK_BASE_TICKS) {
		tick = min_of(elapsed / ticks, 0xffffffffULL);
		s->tick_ns = tick > TICK_FINE_NS ? max_of(tick, TICK_LEAST_NS) : tick;
	}
}

/* Is a round trip more than two and a half ticks, and so many more? */
static __always_inline int rtt_exceeds(const struct scene *sc, __u32 ticks)
{
	__u64 tick = sc->side->tick_ns;

	return tick && (__u64)loop_rtt_ns(sc) * 2 > tick * (5 + 2 * ticks);
}

/* What is likely of the clock and of round trips, to carry.tick_ns and its neighbours. The tick is taken to be what
 * nearly all clocks have until it is known to be another, or the clock has stood still for longer. A round trip that
 * was seen once may have been far too long: it is no longer than the soonest repair took. The loop beyond the tap
 * waits for acknowledgements that are put off: a few samples say nothing of it.
 */
static __always_inline int clocks_guess_in(struct scene *sc)
{
	struct carry *carry = &sc->work->carry;
	const struct side *s = sc->side;
	const struct half *h = sc->half, *o = sc->other;
	__u64 now = sc->work->pkt.now_ns, seen;
	__u32 at = (__u32)(now >> 20),
	      silent = h->flags & HALF_WATCH ? (__u16)(at - s->tick_last) : at - h->last;

	seen = now - ((__u64)silent << 20) - s->tick_since_ns;
	FORGET(carry->tick_ns) = s->tick_ns;
	if (s->tick_ns - (TICK_FINE_NS + 1) < 2 * TICK_LEAST_NS || !s->tick_ns)
		FORGET(carry->tick_ns) = TICK_LEAST_NS;
	if (!s->tick_ns && (__s64)seen > 4LL * TICK_LEAST_NS * (h->tsval - s->tick_tsval + 1))
		FORGET(carry->tick_ns) = seen;
	FORGET(carry->sure_ns) = o->rtt_samples >= RTT_SAMPLES ? o->rtt_min_ns : 0;
	FORGET(carry->rtt_ns) = h->rtt_min_ns ? FORGET(carry->sure_ns) + h->rtt_min_ns : 0;
	if (h->rtt_samples >= RTT_SAMPLES)
		FORGET(carry->sure_ns) = FORGET(carry->rtt_ns);
	else if (s->repair_ticks &&
		 FORGET(carry->rtt_ns) > s->repair_ticks * FORGET(carry->tick_ns))
		FORGET(carry->rtt_ns) = s->repair_ticks * FORGET(carry->tick_ns);
	return 0;
}

STEP(clocks_guess)

/* Is a round trip likely more than one and a half ticks, and so many more? */
static __always_inline int outlasts(const struct carry *carry, __u64 rtt_ns, __u32 ticks)
{
	return rtt_ns * 2 > FORGET(carry->tick_ns) * (3 + 2ULL * ticks);
}

/* Has the sender of this packet heard nothing from the other end since the hole opened? It echoes what is older, or
 * the newest of an end that had rested then, or nothing has passed.
 */
static __always_inline int is_uninformed(const struct scene *sc, const struct hole *hole)
{
	const struct pkt *p = &sc->work->pkt;
	const struct half *o = sc->other;
	__u32 silent = (__u32)(p->now_ns >> 20) - o->last, age = now_us(p) - hole->opened_us;

	return id_ahead((__u16)p->tsecr, hole->echo) < !!(hole->flags & HOLE_RESTED) ||
	       (hole->flags >> HOLE_HEARD_SHIFT == (o->packets & HOLE_HEARD_MASK) &&
		silent + 1 >= age >> 10);
}

/* Was what fills the hole sent in the tick of the hole's opener before its sender can have missed it? Of the hole it
 * had not heard, or not yet. Else a retransmission that was acknowledged may have told (RFC 8985 6.2), a round trip
 * after what lies below the hole at the earliest, and after itself. Likely, not proven: the round trip may have been
 * seen only once. Precondition: clocks_guess().
 */
static __always_inline int is_of_first_flight(const struct scene *sc, const struct hole *hole)
{
	const struct pkt *p = &sc->work->pkt;
	const struct carry *carry = &sc->work->carry;
	const struct side *s = sc->side;
	__u32 ticks = hole->ticks, repaired = s->repair_tsval;
	__u64 age = (__u64)(now_us(p) - hole->opened_us) * 1000;
	__u64 rtt;

	if (!(p->has & PKT_TIMESTAMPS) || p->tsval != hole->tsval ||
	    !(sc->other->flags & HALF_SEEDED) || id_ahead((__u16)p->tsecr, hole->echo) > 0)
		return 0;
	if (ticks == HOLE_TICKS_MAX)
		ticks = TICKS_ANY;
	rtt = FORGET(carry->rtt_ns);
	if (outlasts(carry, FORGET(carry->sure_ns), ticks) || outlasts(carry, rtt / 2, ticks))
		return 1;
	if (!is_uninformed(sc, hole) && (age >= rtt / 2 || !outlasts(carry, rtt, RTT_COARSE)))
		return 0;
	if (outlasts(carry, rtt, ticks))
		return 1;
	if (seq_before(p->tsecr, s->repair_echo))
		repaired = s->repair_before;
	return FORGET(carry->tick_ns) < 2 * TICK_LEAST_NS &&
	       (!repaired || seq_before(repaired, hole->tsval - ticks) ||
		outlasts(carry, rtt, hole->tsval - repaired));
}

/* IDs come round: a hole that has been open for long has no place among them. */
static __always_inline int id_reaches(const struct half *h, const struct hole *hole)
{
	return (__u32)h->data_segments - hole->opened_at < ID_LIFE;
}

/* This packet against a hole's opener: oldest and newest where several went into the hole. Timestamps
 * first: they survive translators that rewrite IDs.
 */
static __always_inline enum order order_to_hole(const struct scene *sc, const struct hole *hole,
						__u8 *evidence)
{
	const struct pkt *p = &sc->work->pkt;
	int coarse = hole->flags & HOLE_COARSE;
	__u32 oldest_tsval = coarse ? sc->side->coarse_tsval : hole->tsval;
	__u16 oldest_id = coarse ? (__u16)sc->side->coarse_id : hole->id;

	if (p->has & PKT_TIMESTAMPS && sc->half->flags & HALF_TIMESTAMPS) {
		*evidence = BY_TSVAL;
		if (seq_after(p->tsval, hole->tsval))
			return ORDER_NEWER;
		if (seq_before(p->tsval, oldest_tsval))
			return ORDER_OLDER;
	}
	if (p->has & PKT_ID && id_tells_order(sc->half) && id_reaches(sc->half, hole)) {
		*evidence = BY_IPID;
		if (id_ahead(p->id, hole->id) > 0)
			return ORDER_NEWER;
		if (id_ahead(p->id, oldest_id) < 0)
			return ORDER_OLDER;
	}
	/* What is missing was sent after what lies below it, and again a round trip later at the earliest. The
	 * opener alone does not tell: a retransmission that was acknowledged tells the sender, too, that what it
	 * had sent before is lost (RFC 8985 6.2), and all may leave together. And the round trips that were seen
	 * may all have been longer than the shortest: so what it echoes must be older than the hole, too, of which
	 * its sender had not heard then.
	 */
	if (p->has & PKT_TIMESTAMPS && p->tsval == hole->tsval && !coarse &&
	    hole->ticks < HOLE_TICKS_MAX && id_ahead((__u16)p->tsecr, hole->echo) < 0 &&
	    rtt_exceeds(sc, hole->ticks)) {
		*evidence = BY_TSVAL;
		return ORDER_OLDER;
	}
	*evidence = BY_NOTHING;
	return ORDER_UNKNOWN;
}

#endif

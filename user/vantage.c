/* SPDX-License-Identifier: GPL-2.0-only */
#include "vantage.h"
#include "seq.h"

#define NEAR_NS 1000000 /* the end's own stack answers in less */
#define SAME_HOST_NS 200000

/* From the tap to the end that sends direction d and back. 0: not known. */
static __u32 answer_ns(const struct connection *c, enum direction d)
{
	return c->embryonic ? c->embryo.half[d].rtt_min_ns : c->flow.half[d].rtt_min_ns;
}

/* The sender of direction d is so near, and the other end so far, that they are not one network apart. */
static bool times_say_so(const struct connection *c, enum direction d)
{
	__u32 own = answer_ns(c, d), other = answer_ns(c, !d);

	if (!own || !other || ttl_is_forwarded(c->ttl[d]))
		return false;
	if (ttl_is_forwarded(c->ttl[!d]))
		return own < NEAR_NS && own < other / 4;
	return own < SAME_HOST_NS && other > NEAR_NS;
}

static bool leaves_a_gap(const struct connection *c, const struct pkt *p)
{
	const struct half *half = &c->flow.half[p->dir];

	return !c->embryonic && half->flags & HALF_SEEDED && p->seq != p->end_seq &&
	       !(p->tcp_flags & TCP_RST) && seq_after(p->seq, half->next);
}

static bool is_believed(struct connection *c, enum direction d, bool known)
{
	if ((known && !ttl_is_forwarded(c->ttl[d])) ||
	    (c->vantage[d] == VANTAGE_UNKNOWN && times_say_so(c, d)))
		c->vantage[d] = VANTAGE_SENDER;
	return c->vantage[d] == VANTAGE_SENDER;
}

bool vantage_stands(struct connection *c, enum direction d, bool known)
{
	return is_believed(c, d, known) == !!(c->flow.half[d].flags & HALF_LOCAL);
}

bool vantage_is_sender(struct connection *c, const struct pkt *p, bool known)
{
	enum direction d = p->dir;

	if (is_believed(c, d, known) && !known && leaves_a_gap(c, p)) {
		c->vantage[d] = VANTAGE_ELSEWHERE;
		c->flow.half[d].flags &= ~HALF_LOCAL;
	}
	return c->vantage[d] == VANTAGE_SENDER;
}

enum position vantage_of(const struct connection *c)
{
	bool local = c->vantage[OUT] == VANTAGE_SENDER, remote = c->vantage[IN] == VANTAGE_SENDER;

	if (local || remote)
		return local && remote ? POSITION_BOTH : local ? POSITION_LOCAL : POSITION_REMOTE;
	if (ttl_is_forwarded(c->ttl[IN]) && ttl_is_forwarded(c->ttl[OUT]))
		return POSITION_BETWEEN;
	return POSITION_UNKNOWN;
}

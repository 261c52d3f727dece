/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet's way through the stupid tracker. */
#include <string.h>

#include "naive.h"

static void count(struct naive *n, struct naive_rest *r)
{
	const struct pkt *p = n->pkt;

	r->row.packets++;
	r->row.bytes += p->ip_bytes;
	r->row.segments += p->segments;
	if (p->seq != p->end_seq) {
		r->row.data_segments += p->segments;
		r->row.data_bytes += p->payload;
	}
	r->row.syns += !!(p->tcp_flags & TCP_SYN);
	r->row.fins += !!(p->tcp_flags & TCP_FIN);
	r->row.resets += !!(p->tcp_flags & TCP_RST);
}

/* One mark stands for all of its repeats. */
static void synack_remember(struct naive *n, struct naive_half *h)
{
	__s64 base = h->rest.base;

	h->rest.repeats = 2;
	naive_remember(n, &h->repeat[1], base, base + 1, MARK_RETRANSMITTED);
	h->place[base].repeat = 1;
}

static void syn_again(struct naive *n, struct naive_rest *r, const struct naive_rest *o)
{
	const struct pkt *p = n->pkt;
	int copy = p->now_ns - r->syn_ns < LEAST_SYN_NS;

	copy &= !(p->has & PKT_TIMESTAMPS) || p->tsval == r->tsval;
	copy &= !(p->has & PKT_ID) || !p->id || p->id == r->syn_id;
	n->verdict.evidence = p->has & PKT_LOCAL       ? BY_POSITION :
			      p->has & PKT_ID && p->id ? BY_IPID :
							 BY_TIMING;
	if (copy && !(p->has & PKT_LOCAL)) {
		n->verdict.duplicated = 1;
		r->row.duplicated_segments++;
		return;
	}
	if (r->has_id)
		naive_id(n, &n->half[p->dir]);
	*(p->tcp_flags & TCP_ACK ? &r->row.synack_retransmitted_segments :
				   &r->row.syn_retransmitted_segments) += 1;
	if (o->acked && o->ack > naive_at(&n->half[p->dir], p->seq)) {
		n->verdict.spurious = 1;
		r->row.retransmitted_spurious_segments++;
	} else {
		n->verdict.seen = 1;
		r->row.retransmitted_seen_segments++;
		r->row.loss_bursts++;
		if (p->tcp_flags & TCP_ACK)
			synack_remember(n, &n->half[p->dir]);
	}
}

static void stamp(struct naive_rest *r, const struct pkt *p)
{
	if (!r->stamped)
		r->ts_recent = p->tsval;
	r->tsval = p->tsval;
	r->stamped = 1;
}

/* Before anything but SYNs went by. */
static void embryo(struct naive *n, struct naive_half *h, struct naive_half *other)
{
	const struct pkt *p = n->pkt;
	struct naive_rest *r = &h->rest, *o = &other->rest;

	if (r->syn) {
		syn_again(n, r, o);
	} else {
		r->syn = r->seeded = 1;
		r->base = naive_at(h, p->seq);
		r->next = r->base + 1;
		r->used = r->next + 1;
		r->window = p->window;
		r->wscale = n->opts->wscale;
		r->local = !!(p->has & PKT_LOCAL);
		if (p->has & PKT_TIMESTAMPS)
			stamp(r, p);
		if (p->has & PKT_ID && p->id) {
			naive_id(n, h);
		}
		if (p->tcp_flags & TCP_ACK) {
			r->acked = o->acked = 1;
			r->ack = naive_at(other, p->ack);
			o->ack = r->base;
		}
	}
	if (p->tcp_flags & TCP_ACK && p->has & PKT_TIMESTAMPS && o->stamped &&
	    p->tsecr == o->ts_recent && o->tsval != o->ts_recent)
		o->row.spurious_proven_segments = o->row.retransmitted_seen_segments;
	r->tsval = p->tsval;
	r->syn_id = p->id;
	r->syn_ns = p->now_ns;
	r->scaled |= !!(p->tcp_flags & TCP_ACK);
	if (r->syn && o->syn)
		r->scaled = o->scaled = 1;
}

static int is_keepalive(const struct pkt *p, const struct naive_rest *r, const struct naive_rest *o,
			__s64 start)
{
	return !(p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) && p->payload <= 1 && o->acked &&
	       o->window && start + 1 == o->ack && o->ack == r->next;
}

/* Is this no data but a probe? A new octet that probes a shut window is both. */
static int probe(const struct pkt *p, struct naive_rest *r, const struct naive_rest *o, __s64 start)
{
	if (is_keepalive(p, r, o, start)) {
		r->row.keepalives++;
		return 1;
	}
	if (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST) || p->payload > 1 || !o->acked ||
	    o->window)
		return 0;
	if (!p->payload && (start + 1 != o->ack || start == r->next))
		return 0;
	if (p->payload && start != r->next && start + 1 != r->next)
		return 0;
	r->row.window_probes++;
	r->probe |= p->payload && start == r->next;
	return start != r->next || !p->payload;
}

static int fills_window(const struct naive *n, const struct naive_rest *o, __s64 end)
{
	return o->scaled && n->pkt->payload && end == o->ack + ((__s64)o->window << o->wscale);
}

static void window(struct naive *n, struct naive_rest *r, const struct naive_rest *o, __s64 end)
{
	const struct pkt *p = n->pkt;

	if (r->zero_since_ns)
		r->row.zero_window_ns += p->now_ns - r->zero_since_ns;
	else if (!p->window)
		r->row.zero_windows++;
	r->zero_since_ns = p->window ? 0 : p->now_ns;
	if (fills_window(n, o, end) && end != r->next)
		r->row.window_full++;
}

/* The end that closed last knows nothing of the connection any more. */
static void close_ends(struct naive *n, struct naive_half *h, struct naive_half *other)
{
	const struct pkt *p = n->pkt;
	struct naive_rest *r = &h->rest;
	const struct naive_rest *o = &other->rest;
	int acks_all = naive_at(other, p->ack) == o->next;

	if (p->tcp_flags & TCP_FIN) {
		r->fin = 1;
		r->last |= o->fin && acks_all;
	}
	n->closed |= p->tcp_flags & TCP_RST || (r->fin && o->fin && o->ack == r->next && acks_all);
}

/* RFC 7323 5.3 at this host, with Linux's tick of grace. */
static void paws(struct naive *n, struct naive_rest *r, const struct naive_rest *o, __s64 start)
{
	const struct pkt *p = n->pkt;

	int is_gone = n->closed && (!o->fin || o->last);

	if (o->local && p->payload && r->stamped && (__s32)(r->ts_recent - p->tsval) > 1 &&
	    !is_gone) {
		n->verdict.paws = 1;
		r->row.paws_rejected_segments += p->segments;
	} else if (start <= o->ack && naive_at(&n->half[p->dir], p->end_seq) >= o->ack &&
		   (__s32)(p->tsval - r->ts_recent) >= 0 &&
		   !(o->seeded && naive_at(&n->half[!p->dir], p->ack) > o->next)) {
		r->ts_recent = p->tsval;
	}
}

/* What was acknowledged without having been seen is missing no more. */
static void give_up(struct naive *n, struct naive_half *h, const struct naive_rest *o)
{
	for (__s64 at = h->rest.base; at < min_of(o->ack, h->rest.next); at++) {
		if (!h->place[at].opener)
			continue;
		h->place[at].opener = 0;
		h->rest.head_since_us = n->pkt->now_ns / 1000;
	}
}

static void tail(struct naive *n, struct naive_rest *r)
{
	const struct given *g = n->given;

	n->verdict.unseen += g->tail;
	n->verdict.evidence = BY_IPID;
	r->row.retransmitted_unseen_segments += g->tail;
	r->row.retransmitted_likely_segments += g->tail;
	r->row.hole_lost_segments += g->tail;
	r->row.retransmitted_bytes += n->pkt->payload;
	r->row.loss_bursts += g->tail_burst != 0;
	r->gauges.loss_burst_max_segments = max_of(r->gauges.loss_burst_max_segments,
						   g->tail_burst);
}

static void follow(struct naive *n, struct naive_half *h, struct naive_half *other)
{
	const struct pkt *p = n->pkt;
	struct naive_rest *r = &h->rest;
	const struct naive_rest *o = &other->rest;
	__s64 start = naive_at(h, p->seq), end = naive_at(h, p->end_seq), from = r->next;

	if (probe(p, r, o, start) || (start == end && start <= r->next))
		return;
	if (r->probe && start + 1 == r->next && p->payload > 1)
		start++;
	if (start < r->next) {
		naive_old(n, start, min_of(end, r->next));
	} else {
		if (o->acked)
			from = max_of(from, o->ack);
		if (n->given->tail)
			tail(n, r);
		if (from < start && !r->local)
			naive_hole(n, from, start);
	}
	if (end <= r->next)
		return;
	if (p->payload > 1)
		r->probe = 0;
	for (__s64 at = r->next; at < end; at++)
		h->place[at].fill = h->place[at].repeat = 0;
	r->next = end;
	r->used = max_of(r->used, end + 1);
}

static void finish(struct naive *n, struct naive_half *h, struct naive_half *other, int repeated)
{
	const struct pkt *p = n->pkt;
	struct naive_rest *r = &h->rest;

	if (p->payload)
		r->mss = max_of(r->mss, segment_bytes(p));
	if (p->has & PKT_TIMESTAMPS &&
	    (!r->stamped || (!repeated && (__s32)(p->tsval - r->tsval) >= 0)))
		stamp(r, p);
	if (p->tcp_flags & TCP_ACK && (!r->acked || naive_at(other, p->ack) >= r->ack)) {
		r->ack = naive_at(other, p->ack);
		r->window = p->window;
		r->acked = 1;
	}
}

void naive_packet(struct naive *n, const struct pkt *p, const struct opts *o, const struct given *g)
{
	struct naive_half *h = &n->half[p->dir], *other = &n->half[!p->dir];
	struct naive_rest *r = &h->rest;
	int repeated;

	n->pkt = p;
	n->opts = o;
	n->given = g;
	memset(&n->verdict, 0, sizeof(n->verdict));
	if (!n->begun && p->tcp_flags & (TCP_SYN | TCP_RST)) {
		if (p->tcp_flags & TCP_SYN)
			embryo(n, h, other);
		count(n, r);
		r->last_ns = p->now_ns;
		return;
	}
	if (p->tcp_flags & TCP_SYN && !(r->syn && naive_at(h, p->seq) == r->base)) {
		const struct counters *a = &r->row, *b = &other->rest.row;

		if (a->fins || b->fins || a->resets || b->resets || !r->seeded)
			n->beyond = "the next connection";
		count(n, r); /* no packet of this connection */
		return;
	}
	n->begun = 1;
	if (!r->seeded && !(p->tcp_flags & TCP_RST)) {
		r->seeded = 1;
		r->base = r->next = naive_at(h, p->seq);
		r->used = max_of(r->used, r->next + 1);
	}
	r->local |= !!(p->has & PKT_LOCAL);
	n->says = naive_ids(n);
	if (!(p->tcp_flags & TCP_RST)) {
		repeated = p->seq != p->end_seq && naive_at(h, p->seq) < r->next;
		if (p->tcp_flags & TCP_ACK && !(p->tcp_flags & TCP_SYN) &&
		    (!r->acked || naive_at(other, p->ack) >= r->ack))
			window(n, r, &other->rest, naive_at(h, p->end_seq));
		if (p->has & PKT_TIMESTAMPS)
			paws(n, r, &other->rest, naive_at(h, p->seq));
		if (other->rest.acked)
			give_up(n, h, &other->rest);
		follow(n, h, other);
		if (p->tcp_flags & TCP_ACK && r->acked)
			naive_acks(n);
		finish(n, h, other, repeated);
	}
	close_ends(n, h, other);
	count(n, r);
	r->last_ns = p->now_ns;
}

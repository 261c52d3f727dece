/* SPDX-License-Identifier: GPL-2.0-only */
/* What only a kernel has: hooks, maps, the clock, lookup and creation of flows. The science is include/'s.
 *
 * A packet's way: follow_plain() counts in-order data and plain ACKs of a clean flow, of whose headers it
 * reads what it needs, where it needs it (glance.h). Everything rarer is parsed into memory and goes on in
 * follow(). No program changes a packet or decides what becomes of it.
 *
 * What a packet of the fast path cost on the way here, in nanoseconds beyond what any program costs, where
 * one hash lookup with its key takes 25 (make bench, IPv4 data with timestamps): 82 when it was parsed like
 * any other. 69 without a clock: a helper's call and return take 10 and more where the kernel guards returns
 * against speculation, and bpf_jiffies64() is no call. 43 with the headers at constant offsets and struct pkt
 * in registers; they are too few, so 39 when each field is read where it is compared. Calling any part of
 * this as a function of its own: 12 more. Fewer counters, or no filter: nothing that shows.
 *
 * An ACK with three SACK blocks: 218 as any other packet of a flow in trouble, 47 since runs of them are counted in the
 * flow itself (sack_run.h).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "embryo.h"
#include "events.h"
#include "flows.h"
#include "glance.h"
#include "maps.h"
#include "pkt.h"
#include "ploss.h"
#include "select.h"
#include "tcpopt.h"
#include "track.h"

/* The time when this CPU first asked in this tick of the kernel: one reading of the clock a tick. The JIT
 * makes bpf_jiffies64() a load, where a call of any other clock would take half as long as a flow's lookup.
 */
static __always_inline __u64 coarse_ns(struct slot *s)
{
	__u64 tick = bpf_jiffies64();

	if (unlikely(s->tick != tick)) {
		s->tick = tick;
		s->tick_ns = bpf_ktime_get_ns();
	}
	return s->tick_ns;
}

/* A test replaces what it must decide itself: BPF_PROG_TEST_RUN has no clock and always a socket. */
#ifndef CLOCK_NS
#define CLOCK_NS(ctx) ((void)(ctx), bpf_ktime_get_ns())
#define CLOCK_COARSE_NS(ctx, s) coarse_ns(s)
#define SENT_HERE(ctx) ((ctx)->sk != NULL)
#endif

#define PULL_BYTES 256 /* Ethernet, two tags, the longest IPv4 and TCP headers, some extensions */

/* Whatever the fast path left, of which the slot has the key. f: the packet's flow, or NULL. */
static __always_inline void rare(struct slot *s, struct flow *f)
{
	struct trouble *trouble = NULL;
	struct totals *t = &s->totals;
	struct pkt *p = &s->work.pkt;

	s->work.bank = live.interval & 1;
	__builtin_memset(&s->work.verdict, 0, sizeof(s->work.verdict));
	if (s->work.opts.length)
		opts_parse(&s->work.opts);
	if (s->work.opts.has & OPTS_TIMESTAMPS) {
		p->has |= PKT_TIMESTAMPS;
		p->tsval = s->work.opts.tsval;
		p->tsecr = s->work.opts.tsecr;
	}
	if (f && p->tcp_flags & TCP_SYN) {
		enum syn_kind kind = flow_syn_kind(f, p);

		if (kind == SYN_STRAY) {
			t->dir[p->dir & 1].syns++;
			return;
		}
		if (kind == SYN_NEW) {
			flow_delete(s, f);
			f = NULL;
		}
	}
	if (!f && flow_missing(s))
		f = flow_lookup(s);
	if (!f)
		return;
	if (f->troubled == 1) {
		__u64 id = f->id;

		trouble = bpf_map_lookup_elem(&troubles, &id);
	}
	if (!trouble && flow_wants_trouble(f, &s->work))
		trouble = trouble_create(f, t);
	flow_track(f, trouble, t, &s->work);
}

/* A packet as its program gets it. */
struct passing {
	void *ctx; /* and what is read of it: */
	const void *data, *end;
	__u32 wire_length;
	__u32 segments;
	__u32 ifindex;
	enum link_type link;
	enum direction dir;
	__u8 local; /* this host sent it */
};

/* The flow that the slot's key belongs to, once it is filled; NULL: none, or not asked for. */
static __always_inline struct flow *glance_find(struct slot *s, const struct glance *g,
						const struct passing *x)
{
	const struct tcp_header *tcp = g->tcp;
	int out = x->dir == OUT;

	if (likely(g->ip4 != NULL)) {
		key4_fill(&s->key4, x->ifindex, out, g->ip4->source, g->ip4->dest, tcp->source,
			  tcp->dest);
		return slot_is_selected(s, 4) ? bpf_map_lookup_elem(&flows4, &s->key4) : NULL;
	}
	key6_fill(&s->key6, x->ifindex, out, g->ip6->source, g->ip6->dest, tcp->source, tcp->dest);
	return slot_is_selected(s, 6) ? bpf_map_lookup_elem(&flows6, &s->key6) : NULL;
}

/* Whether that was all there is to the packet; otherwise nothing has changed, and if its flow was found it is
 * in *found.
 */
static __always_inline int follow_plain(struct slot *s, const struct passing *x,
					struct flow **found)
{
	struct totals *t = &s->totals;
	enum direction d = x->dir;
	struct glance g;
	struct flow *f;
	__u64 now_ns;
	int rtt;

	if (!glance(&g, x->data, x->end, x->wire_length, x->link, &s->sacks))
		return 0;
	f = glance_find(s, &g, x);
	*found = f;
	if (!f || !glance_is_plain(f, &g, d))
		return 0;
	now_ns = CLOCK_COARSE_NS(x->ctx, s);
	rtt = glance_rtt(f, &g, d);
	if (rtt) {
		__u32 interval = live.interval;

		gauges_begin(t, interval);
		now_ns = CLOCK_NS(x->ctx);
		glance_sample(f, &g, d, rtt, now_ns, &t->dir[!d], &t->gauges[interval & 1][!d]);
	}
	glance_count(f, &g, d, x->segments, now_ns, &t->dir[d]);
	return 1;
}

/* A parsed packet: its key to the slot. Returns whether it is one that the user asked for. */
static __always_inline int key_fill(struct slot *s, const struct passing *x)
{
	const struct pkt *p = &s->work.pkt;
	int out = x->dir == OUT;

	if (p->family == 4)
		key4_fill(&s->key4, x->ifindex, out, p->source[0], p->dest[0], p->source_port,
			  p->dest_port);
	else
		key6_fill(&s->key6, x->ifindex, out, p->source, p->dest, p->source_port,
			  p->dest_port);
	return slot_is_selected(s, p->family);
}

/* Any packet, after pkt_parse(). What it refused may be any connection's, so that a filter leaves it out of
 * the interface's totals.
 */
static __always_inline void follow(struct slot *s, struct flow *f, const struct passing *x,
				   enum refusal refusal)
{
	struct totals *t = &s->totals;
	struct pkt *p = &s->work.pkt;

	if (refusal)
		t->health.refused[BOUND_OR_0(refusal, REFUSAL_END)]++;
	if (refusal ? is_filtered() : !key_fill(s, x))
		return;
	t->dir[x->dir].packets++;
	t->dir[x->dir].bytes += p->ip_bytes;
	if (refusal)
		return;
	p->dir = x->dir;
	p->segments = x->segments;
	p->has |= x->local ? PKT_LOCAL : 0;
	p->now_ns = CLOCK_NS(x->ctx);
	totals_count(&t->dir[x->dir], p);
	gauges_begin(t, live.interval);
	s->work.opts.length = 0;
	s->work.opts.has = s->work.opts.sack_count = 0;
	if (p->has & PKT_OPTIONS)
		pkt_options(&s->work.opts, p, x->data, x->end);
	rare(s, f ? f : flow_lookup(s));
	if (live.events && event_is(&s->work))
		event_emit(s, x->ifindex);
}

static __always_inline void passing_skb(struct passing *x, struct __sk_buff *skb)
{
	x->data = (void *)(long)FORGET(skb->data);
	x->end = (void *)(long)FORGET(skb->data_end);
	x->wire_length = FORGET(skb->len);
}

static __always_inline void tap_skb(struct __sk_buff *skb, enum direction dir)
{
	struct passing x = { .ctx = skb,
			     .segments = skb->gso_segs ? skb->gso_segs : 1,
			     .ifindex = skb->ifindex,
			     .dir = dir };
	__u32 slot = slot_of(x.ifindex, &x.link);
	struct slot *s = bpf_map_lookup_elem(&totals, &slot);
	enum refusal refusal = REFUSED_NOT;
	struct flow *f = NULL;

	if (!s)
		return;
	passing_skb(&x, skb);
	if (follow_plain(s, &x, &f))
		return;
	for (int i = 0; i < 2; i++) {
		passing_skb(&x, skb);
		/* What follows is verified once, not for each refusal. */
		FORGET(s->refusal) = pkt_parse(&s->work.pkt, x.data, x.end, x.wire_length, x.link);
		refusal = FORGET(s->refusal);
		if (refusal != REFUSED_truncated || skb->data_end - skb->data >= skb->len || i)
			break;
		if (bpf_skb_pull_data(skb, min_of(skb->len, (__u32)PULL_BYTES)))
			break;
	}
	passing_skb(&x, skb);
	x.segments = skb->gso_segs ? skb->gso_segs : 1;
	x.local = dir == OUT && SENT_HERE(skb);
	follow(s, f, &x, refusal);
}

SEC("tc/ingress")
int ploss_ingress(struct __sk_buff *skb)
{
	tap_skb(skb, IN);
	return TC_ACT_UNSPEC;
}

SEC("tc/egress")
int ploss_egress(struct __sk_buff *skb)
{
	tap_skb(skb, OUT);
	return TC_ACT_UNSPEC;
}

SEC("xdp")
int ploss_xdp(struct xdp_md *xdp)
{
	struct passing x = { .ctx = xdp,
			     .data = (void *)(long)xdp->data,
			     .end = (void *)(long)xdp->data_end,
			     .wire_length = xdp->data_end - xdp->data,
			     .segments = 1,
			     .ifindex = xdp->ingress_ifindex,
			     .dir = IN };
	__u32 slot = slot_of(x.ifindex, &x.link);
	struct slot *s = bpf_map_lookup_elem(&totals, &slot);
	struct flow *f = NULL;

	if (s && !follow_plain(s, &x, &f))
		follow(s, f, &x, pkt_parse(&s->work.pkt, x.data, x.end, x.wire_length, x.link));
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

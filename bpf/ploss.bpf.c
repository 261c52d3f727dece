/* SPDX-License-Identifier: GPL-2.0-only */
/* What only a kernel has: hooks, maps, the clock, lookup and creation of flows. The science is include/'s.
 *
 * A packet's way: tap() parses it and counts it in the interface's totals; in-order data and plain ACKs of
 * a clean flow end there (flow_fast()). Everything rarer goes on in rare(), a function that the verifier
 * walks once. No program changes a packet or decides what becomes of it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "embryo.h"
#include "events.h"
#include "flows.h"
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

/* Whatever the fast path left. f: the packet's flow, or NULL. */
OUT_OF_LINE int rare(struct slot *s, struct flow *f, __u32 ifindex)
{
	struct trouble *trouble = NULL;
	struct totals *t;
	struct pkt *p;

	if (!s)
		return 0;
	t = &s->totals;
	p = &s->work.pkt;
	s->work.bank = live.interval & 1;
	__builtin_memset(&s->work.verdict, 0, sizeof(s->work.verdict));
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
			return 0;
		}
		if (kind == SYN_NEW) {
			flow_delete(s, f);
			f = NULL;
		}
	}
	if (!f && flow_missing(s, ifindex))
		f = flow_lookup(s);
	if (!f)
		return 0;
	if (f->troubled == 1) {
		__u64 id = f->id;

		trouble = bpf_map_lookup_elem(&troubles, &id);
	}
	if (!trouble && flow_wants_trouble(f, &s->work))
		trouble = trouble_create(f, t);
	flow_track(f, trouble, t, &s->work);
	return 0;
}

/* A parsed packet of one interface: counted in its totals, then in its flow. */
static __always_inline void follow(struct slot *s, const void *data, const void *end, __u32 ifindex,
				   void *ctx)
{
	struct flow *f = flow_find(s, ifindex);
	struct totals *t = &s->totals;
	struct pkt *p = &s->work.pkt;
	__u32 d = p->dir & 1, interval = live.interval;

	totals_count(&t->dir[d], p);
	if (f && flow_wants_time(f, p)) {
		gauges_begin(t, interval);
		p->now_ns = CLOCK_NS(ctx);
	}
	if (f && flow_fast(f, p, &t->dir[d], &t->dir[!d], &t->gauges[interval & 1][!d]))
		return;
	gauges_begin(t, interval);
	p->now_ns = CLOCK_NS(ctx);
	s->work.opts.length = 0;
	if (p->has & PKT_OPTIONS)
		pkt_options(&s->work.opts, p, data, end);
	rare(s, f, ifindex);
	if (live.events && event_is(&s->work))
		event_emit(s, ifindex);
}

/* What the parser made of a packet: counts it, and says whether it is to be followed. What it refused may be
 * any connection's, so that a filter leaves it out of the interface's totals.
 */
static __always_inline int accept(struct slot *s, enum refusal refusal, enum direction dir)
{
	const struct pkt *p = &s->work.pkt;
	struct totals *t = &s->totals;

	if (refusal)
		t->health.refused[refusal < REFUSAL_END ? refusal : 0]++;
	if (refusal ? is_filtered() : !selected(p))
		return 0;
	t->dir[dir].packets++;
	t->dir[dir].bytes += p->ip_bytes;
	return !refusal;
}

static __always_inline void tap_skb(struct __sk_buff *skb, enum direction dir)
{
	enum link_type link;
	__u32 ifindex = skb->ifindex, slot = slot_of(ifindex, &link);
	struct slot *s = bpf_map_lookup_elem(&totals, &slot);
	enum refusal refusal = REFUSED_NOT;
	struct pkt *p;

	if (!s)
		return;
	p = &s->work.pkt;
	for (int i = 0; i < 2; i++) {
		refusal = pkt_parse(p, (void *)(long)skb->data, (void *)(long)skb->data_end,
				    skb->len, link);
		if (refusal != REFUSED_truncated || skb->data_end - skb->data >= skb->len || i)
			break;
		if (bpf_skb_pull_data(skb, min_of(skb->len, (__u32)PULL_BYTES)))
			break;
	}
	p->dir = dir;
	if (!accept(s, refusal, dir))
		return;
	p->segments = skb->gso_segs ? skb->gso_segs : 1;
	if (dir == OUT && SENT_HERE(skb))
		p->has |= PKT_LOCAL;
	p->now_ns = CLOCK_COARSE_NS(skb, s);
	follow(s, (void *)(long)skb->data, (void *)(long)skb->data_end, ifindex, skb);
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
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
	enum link_type link;
	__u32 ifindex = xdp->ingress_ifindex, slot = slot_of(ifindex, &link);
	struct slot *s = bpf_map_lookup_elem(&totals, &slot);
	struct pkt *p;

	if (!s)
		return XDP_PASS;
	p = &s->work.pkt;
	p->dir = IN;
	if (accept(s, pkt_parse(p, data, end, end - data, link), IN)) {
		p->segments = 1;
		p->now_ns = CLOCK_COARSE_NS(xdp, s);
		follow(s, data, end, ifindex, xdp);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

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
#include "pkt.h"
#include "ploss.h"
#include "tcpopt.h"
#include "track.h"

/* A test replaces what it must decide itself: BPF_PROG_TEST_RUN has no clock and always a socket. */
#ifndef CLOCK_NS
#define CLOCK_NS(ctx) ((void)(ctx), bpf_ktime_get_ns())
#define CLOCK_COARSE_NS(ctx) (config.coarse_clock ? bpf_ktime_get_coarse_ns() : bpf_ktime_get_ns())
#define SENT_HERE(ctx) ((ctx)->sk != NULL)
#endif

#define PULL_BYTES 256 /* Ethernet, two tags, the longest IPv4 and TCP headers, some extensions */

const volatile struct config config;
struct live live;

/* Allocated as they are needed: an idle ploss costs 16 bytes for each flow it might hold. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct flow_key4);
	__type(value, struct flow);
} flows4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct flow_key6);
	__type(value, struct flow);
} flows6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct trouble);
} troubles SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct flow_key6);
	__type(value, struct embryo);
} embryos SEC(".maps");

/* One CPU's of one interface: what it counted, and room for the packet it has in hand. No two packets are in
 * hand at once on a CPU: bottom halves are off in all three hooks.
 */
struct slot {
	struct totals totals;
	struct work work;
	struct flow_key4 key4;
	struct flow_key6 key6;
	struct flow_key6 embryo_key;
	struct flow flow;
	struct embryo embryo;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_INTERFACES + 1);
	__type(key, __u32);
	__type(value, struct slot);
} totals SEC(".maps");

/* All zero, the first value of a trouble entry. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct trouble);
} no_trouble SEC(".maps");

static __always_inline void key4_of(struct flow_key4 *k, const struct pkt *p, __u32 ifindex)
{
	int out = p->dir == OUT;

	k->ifindex = ifindex;
	k->local = out ? p->source[0] : p->dest[0];
	k->remote = out ? p->dest[0] : p->source[0];
	k->local_port = out ? p->source_port : p->dest_port;
	k->remote_port = out ? p->dest_port : p->source_port;
}

static __always_inline void key6_of(struct flow_key6 *k, const struct pkt *p, __u32 ifindex)
{
	int out = p->dir == OUT;
	const __be32 *local = out ? p->source : p->dest, *remote = out ? p->dest : p->source;

	k->ifindex = ifindex;
	for (int i = 0; i < 4; i++) {
		k->local[i] = local[i];
		k->remote[i] = remote[i];
	}
	k->local_port = out ? p->source_port : p->dest_port;
	k->remote_port = out ? p->dest_port : p->source_port;
}

/* An embryo's key: IPv4 as mapped addresses. */
static __always_inline void embryo_key_of(struct flow_key6 *k, const struct pkt *p, __u32 ifindex)
{
	key6_of(k, p, ifindex);
	if (p->family == 4) {
		k->local[3] = k->local[0];
		k->remote[3] = k->remote[0];
		k->local[0] = k->remote[0] = 0;
		k->local[2] = k->remote[2] = (__be32)__builtin_bswap32(0xffff);
	}
}

/* By the key that flow_find() left in the slot. */
static __always_inline struct flow *flow_lookup(struct slot *s)
{
	if (s->work.pkt.family == 4)
		return bpf_map_lookup_elem(&flows4, &s->key4);
	return bpf_map_lookup_elem(&flows6, &s->key6);
}

static __always_inline struct flow *flow_find(struct slot *s, __u32 ifindex)
{
	if (s->work.pkt.family == 4)
		key4_of(&s->key4, &s->work.pkt, ifindex);
	else
		key6_of(&s->key6, &s->work.pkt, ifindex);
	return flow_lookup(s);
}

#include "events.h"

static __always_inline struct flow *flow_create(struct slot *s, const struct embryo *e)
{
	const struct pkt *p = &s->work.pkt;
	long err;

	__builtin_memset(&s->flow, 0, sizeof(s->flow));
	flow_begin(&s->flow, e, p->now_ns << 8 | (bpf_get_smp_processor_id() & 0xff));
	if (p->family == 4)
		err = bpf_map_update_elem(&flows4, &s->key4, &s->flow, BPF_NOEXIST);
	else
		err = bpf_map_update_elem(&flows6, &s->key6, &s->flow, BPF_NOEXIST);
	return err ? NULL : flow_lookup(s);
}

/* A new port pair's first connection, or the next one after it closed. */
static __always_inline void flow_delete(struct slot *s, struct flow *f)
{
	__u64 id = f->id;

	if (f->troubled)
		bpf_map_delete_elem(&troubles, &id);
	if (s->work.pkt.family == 4)
		bpf_map_delete_elem(&flows4, &s->key4);
	else
		bpf_map_delete_elem(&flows6, &s->key6);
}

static __always_inline struct trouble *trouble_create(struct flow *f, struct totals *t)
{
	__u64 id = f->id;
	__u32 zero = 0;
	void *fresh = bpf_map_lookup_elem(&no_trouble, &zero);

	if (!fresh || f->troubled == 2)
		return NULL;
	if (bpf_map_update_elem(&troubles, &id, fresh, BPF_NOEXIST)) {
		f->troubled = 2;
		t->health.untroubled_flows++;
		return NULL;
	}
	f->troubled = 1;
	return bpf_map_lookup_elem(&troubles, &id);
}

/* The embryo that becomes this packet's flow, if its SYNs were seen; copied, and gone from the table. */
static __always_inline struct flow *flow_establish(struct slot *s, struct totals *t)
{
	struct embryo *e = bpf_map_lookup_elem(&embryos, &s->embryo_key);
	struct trouble *trouble = NULL;
	struct flow *f;

	f = flow_create(s, e);
	if (!f) {
		t->health.untracked_segments += s->work.pkt.segments;
		if (!e || !e->refused)
			t->health.untracked_flows++;
		if (e)
			e->refused = 1;
		return NULL;
	}
	if (!e)
		return f;
	if (embryo_is_troubled(e))
		trouble = trouble_create(f, t);
	if (trouble)
		trouble_begin(trouble, e);
	bpf_map_delete_elem(&embryos, &s->embryo_key);
	return f;
}

static __always_inline void syn_track(struct slot *s, struct totals *t)
{
	struct embryo *e = bpf_map_lookup_elem(&embryos, &s->embryo_key);

	if (!e) {
		__builtin_memset(&s->embryo, 0, sizeof(s->embryo));
		bpf_map_update_elem(&embryos, &s->embryo_key, &s->embryo, BPF_NOEXIST);
		e = bpf_map_lookup_elem(&embryos, &s->embryo_key);
	}
	if (e)
		embryo_track(e, t, &s->work);
	else
		t->health.untracked_segments += s->work.pkt.segments;
}

/* A reset without a flow: of an embryo it may be the refusal (RFC 9293 3.5.2). */
static __always_inline void reset_track(struct slot *s, struct totals *t)
{
	struct embryo *e = bpf_map_lookup_elem(&embryos, &s->embryo_key);
	struct counters *sum = &t->dir[s->work.pkt.dir & 1];

	sum->resets++;
	if (e && e->opener != s->work.pkt.dir && !(e->half[s->work.pkt.dir & 1].flags & HALF_SYN))
		sum->resets_refused++;
	if (e)
		bpf_map_delete_elem(&embryos, &s->embryo_key);
}

/* A packet without a flow: SYNs stay embryos, resets end them, anything else begins a flow. Returns whether
 * there is a flow now.
 */
OUT_OF_LINE int flow_missing(struct slot *s, __u32 ifindex)
{
	struct totals *t;

	if (!s)
		return 0;
	t = &s->totals;
	embryo_key_of(&s->embryo_key, &s->work.pkt, ifindex);
	if (s->work.pkt.tcp_flags & TCP_RST) {
		reset_track(s, t);
		return 0;
	}
	if (s->work.pkt.tcp_flags & TCP_SYN) {
		syn_track(s, t);
		return 0;
	}
	return flow_establish(s, t) != NULL;
}

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

static __always_inline int is_filtered(void)
{
	return config.family || config.ports || config.peers;
}

/* Is the packet one that the user asked for? */
static __always_inline int selected(const struct pkt *p)
{
	const __be32 *remote = p->dir == OUT ? p->dest : p->source;
	int matches = 0;

	if (config.family && config.family != p->family)
		return 0;
	for (int i = 0; i < MAX_PORTS && i < config.ports; i++)
		matches |= p->source_port == config.port[i] || p->dest_port == config.port[i];
	if (config.ports && !matches)
		return 0;
	matches = 0;
	for (int i = 0; i < MAX_PREFIXES && i < config.peers; i++) {
		const volatile struct prefix *x = &config.peer[i];
		__be32 word[4] = { remote[0], remote[1], remote[2], remote[3] };

		if (p->family == 4) {
			word[3] = word[0];
			word[2] = (__be32)__builtin_bswap32(0xffff);
			word[0] = word[1] = 0;
		}
		matches |= !(((word[0] ^ x->addr[0]) & x->mask[0]) |
			     ((word[1] ^ x->addr[1]) & x->mask[1]) |
			     ((word[2] ^ x->addr[2]) & x->mask[2]) |
			     ((word[3] ^ x->addr[3]) & x->mask[3]));
	}
	return !config.peers || matches;
}

/* Where an interface's packets are counted, and how they are read. */
static __always_inline __u32 slot_of(__u32 ifindex, enum link_type *link)
{
	for (__u32 i = 0; i < MAX_INTERFACES; i++) {
		__u32 at = BOUND(i, MAX_INTERFACES);

		if (!config.ifindex[at])
			break;
		if (config.ifindex[at] == ifindex) {
			*link = config.link[at];
			return i + 1;
		}
	}
	*link = LINK_AUTO;
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
	p->now_ns = CLOCK_COARSE_NS(skb);
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
		p->now_ns = CLOCK_COARSE_NS(xdp);
		follow(s, data, end, ifindex, xdp);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0-only */
/* From a packet to its connection: keys, look-up, creation and the end. */
#ifndef PLOSS_FLOWS_H
#define PLOSS_FLOWS_H

#include "embryo.h"
#include "maps.h"

static __always_inline void key4_fill(struct flow_key4 *k, __u32 ifindex, int out, __be32 source,
				      __be32 dest, __be16 source_port, __be16 dest_port)
{
	k->ifindex = ifindex;
	k->local = out ? source : dest;
	k->remote = out ? dest : source;
	k->local_port = out ? source_port : dest_port;
	k->remote_port = out ? dest_port : source_port;
}

static __always_inline void key6_fill(struct flow_key6 *k, __u32 ifindex, int out,
				      const __be32 *source, const __be32 *dest, __be16 source_port,
				      __be16 dest_port)
{
	k->ifindex = ifindex;
	for (int i = 0; i < 4; i++) {
		k->local[i] = out ? source[i] : dest[i];
		k->remote[i] = out ? dest[i] : source[i];
	}
	k->local_port = out ? source_port : dest_port;
	k->remote_port = out ? dest_port : source_port;
}

/* An embryo's key: IPv4 as mapped addresses. */
static __always_inline void embryo_key_fill(struct slot *s)
{
	const struct flow_key4 *k4 = &s->key4;
	struct flow_key6 *k = &s->embryo_key;

	if (s->work.pkt.family == 6) {
		*k = s->key6;
		return;
	}
	__builtin_memset(k, 0, sizeof(*k));
	k->ifindex = k4->ifindex;
	k->local[3] = k4->local;
	k->remote[3] = k4->remote;
	k->local[2] = k->remote[2] = (__be32)__builtin_bswap32(0xffff);
	k->local_port = k4->local_port;
	k->remote_port = k4->remote_port;
}

/* By the key that is in the slot. */
static __always_inline struct flow *flow_lookup(struct slot *s)
{
	if (s->work.pkt.family == 4)
		return bpf_map_lookup_elem(&flows4, &s->key4);
	return bpf_map_lookup_elem(&flows6, &s->key6);
}

static __always_inline struct flow *flow_create(struct slot *s, const struct embryo *e)
{
	const struct pkt *p = &s->work.pkt;
	long err;

	__builtin_memset(&s->flow, 0, sizeof(s->flow));
	flow_begin(&s->flow, e, p, p->now_ns << 8 | (bpf_get_smp_processor_id() & 0xff));
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
OUT_OF_LINE int flow_missing(struct slot *s)
{
	struct totals *t;

	if (!s)
		return 0;
	t = &s->totals;
	embryo_key_fill(s);
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

#endif

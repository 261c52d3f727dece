/* SPDX-License-Identifier: GPL-2.0-only */
/* What ploss is measured with, and what it is measured against.
 *
 * BPF_PROG_TEST_RUN runs a program over and over on one and the same frame; a tracker would see the same
 * segment again and again. So a step program comes first: it writes the next segment's numbers into the
 * frame and goes on, by a tail call, with the program that is measured, which is the one that is shipped.
 * What a step, its tail call and the test run take is measured with a program that only returns, in the
 * same round, and is taken off all others alike. Each subject meets the same frames in the same order.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "bench.h"
#include "headers.h"
#include "ploss.h"

struct stride stride SEC(".data.stride");
__u32 parsed[3];

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2 * SUBJECTS);
	__type(key, __u32);
	__type(value, __u32);
} jump_tc SEC(".maps"), jump_xdp SEC(".maps");

/* What the floor knows of a connection: a cache line. */
struct floor {
	__u32 seq, ack;
	__u64 packets;
	__u64 rest[6];
};

static const struct floor fresh;

/* As ploss has them, so that a lookup costs the same. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct flow_key4);
	__type(value, struct floor);
} floors4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct flow_key6);
	__type(value, struct floor);
} floors6 SEC(".maps");

/* What a flow in trouble has besides, as large as ploss has it; the key is the remote end, the value's first word
 * when its last packet came.
 */
struct tier {
	__u64 when, rest[sizeof(struct trouble) / 8 - 1];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct tier);
} tiers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tier);
} no_tier SEC(".maps");

static __always_inline void add32(__be32 *word, __u32 n)
{
	*word = bpf_htonl(bpf_ntohl(*word) + n);
}

/* The next packet. Its flow's number goes up by one, or through all of them in the order of a linear
 * congruential generator (Numerical Recipes'), which visits each once.
 */
static __always_inline void step(void *data, void *end)
{
	struct ethernet_header *ethernet = data;
	struct ipv4_header *ip4 = (void *)(ethernet + 1);
	struct ipv6_header *ip6 = (void *)(ethernet + 1);
	__u32 at = stride.at, flow = stride.flow;
	struct timestamp_words *stamps;
	struct tcp_header *tcp;
	__be32 *remote, *sack;

	if ((void *)(ip6 + 1) > end)
		return;
	if (ethernet->type == bpf_htons(ETHER_IPV4)) {
		tcp = (void *)(ip4 + 1);
		remote = stride.outbound ? &ip4->dest : &ip4->source;
	} else {
		tcp = (void *)(ip6 + 1);
		remote = stride.outbound ? &ip6->dest[3] : &ip6->source[3];
	}
	if ((void *)(tcp + 1) > end)
		return;
	stride.at = at + 1;
	if (stride.flows > 1) {
		*remote = bpf_htonl(stride.address + flow / FLOWS_A_PORT_RANGE);
		*(stride.outbound ? &tcp->dest : &tcp->source) = bpf_htons(
			stride.port + flow % FLOWS_A_PORT_RANGE);
		flow = stride.shuffled ? flow * 1664525 + 1013904223 : flow + 1;
		stride.flow = flow & (stride.flows - 1);
	}
	if (!at || at & (stride.flows - 1))
		return;
	add32(&tcp->seq, stride.seq);
	add32(&tcp->ack, stride.ack);
	if (ethernet->type == bpf_htons(ETHER_IPV4))
		ip4->id = bpf_htons(bpf_ntohs(ip4->id) + stride.id);
	stamps = (void *)(tcp + 1);
	if (stride.tsval && (void *)(stamps + 1) <= end)
		add32(&stamps->tsval, stride.tsval);
	sack = (void *)(stamps + 1) + 8; /* the first block's right edge */
	if (stride.sack && (void *)(sack + 1) <= end)
		add32(sack, stride.sack);
}

SEC("tc")
int step_tc(struct __sk_buff *skb)
{
	step((void *)(long)skb->data, (void *)(long)skb->data_end);
	bpf_tail_call(skb, &jump_tc, stride.subject);
	return TC_ACT_UNSPEC;
}

SEC("xdp")
int step_xdp(struct xdp_md *xdp)
{
	step((void *)(long)xdp->data, (void *)(long)xdp->data_end);
	bpf_tail_call(xdp, &jump_xdp, stride.subject);
	return XDP_PASS;
}

/* Headers as short as they can be read: Ethernet without tags, IPv6 without extensions. */
static __always_inline __be16 type_of(const void *data, const void *end)
{
	const struct ethernet_header *ethernet = data;

	return (const void *)(ethernet + 1) > end ? 0 : ethernet->type;
}

static __always_inline const struct tcp_header *tcp4(const struct ipv4_header *ip, const void *end)
{
	const struct tcp_header *tcp;

	if ((const void *)(ip + 1) > end || ip->protocol != PROTOCOL_TCP ||
	    ip->fragment & bpf_htons(0x3fff))
		return NULL;
	tcp = (const void *)ip + (ip->version_ihl & 15) * 4;
	return (const void *)(tcp + 1) > end ? NULL : tcp;
}

static __always_inline const struct tcp_header *tcp6(const struct ipv6_header *ip, const void *end)
{
	const struct tcp_header *tcp = (const void *)(ip + 1);

	return (const void *)(tcp + 1) > end || ip->next != PROTOCOL_TCP ? NULL : tcp;
}

static __always_inline void parse(const void *data, const void *end)
{
	const void *ip = data + sizeof(struct ethernet_header);
	__be16 type = type_of(data, end);
	const struct tcp_header *tcp;

	if (type == bpf_htons(ETHER_IPV4))
		tcp = tcp4(ip, end);
	else if (type == bpf_htons(ETHER_IPV6))
		tcp = tcp6(ip, end);
	else
		return;
	if (!tcp)
		return;
	parsed[0] = tcp->seq;
	parsed[1] = tcp->ack;
	parsed[2] = tcp->flags;
}

static __always_inline void store(struct floor *f, const struct tcp_header *tcp)
{
	f->seq = tcp->seq;
	f->ack = tcp->ack;
	f->packets++;
}

static __always_inline void tier_of(__be32 address, __be16 port)
{
	__u64 key = (__u64)address << 16 | port;
	struct tier *tier = bpf_map_lookup_elem(&tiers, &key);
	__u32 zero = 0;

	if (tier) {
		tier->when = bpf_ktime_get_ns();
		return;
	}
	tier = bpf_map_lookup_elem(&no_tier, &zero);
	if (tier)
		bpf_map_update_elem(&tiers, &key, tier, BPF_NOEXIST);
}

/* The remote end is the source: all that is measured comes in. A flow that is not there begins. */
static __always_inline void floor_of(const void *data, const void *end, __u32 ifindex,
				     int two_tiers)
{
	const struct ipv4_header *ip4 = data + sizeof(struct ethernet_header);
	const struct ipv6_header *ip6 = data + sizeof(struct ethernet_header);
	__be16 type = type_of(data, end);
	struct floor *found;
	const struct tcp_header *tcp;

	if (type == bpf_htons(ETHER_IPV4)) {
		struct flow_key4 key = { .ifindex = ifindex };

		tcp = tcp4(ip4, end);
		if (!tcp)
			return;
		key.local = ip4->dest;
		key.remote = ip4->source;
		key.local_port = tcp->dest;
		key.remote_port = tcp->source;
		found = bpf_map_lookup_elem(&floors4, &key);
		if (found)
			store(found, tcp);
		else
			bpf_map_update_elem(&floors4, &key, &fresh, BPF_NOEXIST);
		if (two_tiers)
			tier_of(key.remote, key.remote_port);
	} else if (type == bpf_htons(ETHER_IPV6)) {
		struct flow_key6 key = { .ifindex = ifindex };

		tcp = tcp6(ip6, end);
		if (!tcp)
			return;
		for (int i = 0; i < 4; i++) {
			key.local[i] = ip6->dest[i];
			key.remote[i] = ip6->source[i];
		}
		key.local_port = tcp->dest;
		key.remote_port = tcp->source;
		found = bpf_map_lookup_elem(&floors6, &key);
		if (found)
			store(found, tcp);
		else
			bpf_map_update_elem(&floors6, &key, &fresh, BPF_NOEXIST);
		if (two_tiers)
			tier_of(key.remote[3], key.remote_port);
	}
}

SEC("tc")
int nothing_tc(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

SEC("xdp")
int nothing_xdp(struct xdp_md *xdp)
{
	return XDP_PASS;
}

SEC("tc")
int parse_tc(struct __sk_buff *skb)
{
	parse((void *)(long)skb->data, (void *)(long)skb->data_end);
	return TC_ACT_UNSPEC;
}

SEC("xdp")
int parse_xdp(struct xdp_md *xdp)
{
	parse((void *)(long)xdp->data, (void *)(long)xdp->data_end);
	return XDP_PASS;
}

SEC("tc")
int floor_tc(struct __sk_buff *skb)
{
	floor_of((void *)(long)skb->data, (void *)(long)skb->data_end, skb->ifindex, 0);
	return TC_ACT_UNSPEC;
}

SEC("xdp")
int floor_xdp(struct xdp_md *xdp)
{
	floor_of((void *)(long)xdp->data, (void *)(long)xdp->data_end, xdp->ingress_ifindex, 0);
	return XDP_PASS;
}

SEC("tc")
int tiers_tc(struct __sk_buff *skb)
{
	floor_of((void *)(long)skb->data, (void *)(long)skb->data_end, skb->ifindex, 1);
	return TC_ACT_UNSPEC;
}

SEC("xdp")
int tiers_xdp(struct xdp_md *xdp)
{
	floor_of((void *)(long)xdp->data, (void *)(long)xdp->data_end, xdp->ingress_ifindex, 1);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

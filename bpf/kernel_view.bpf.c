/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's own TCP says that it sends again: its tracepoints, for --kernel alone. An object of its own,
 * because it needs the kernel's types (BTF), which the programs that see packets do not.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Of the kernel's structs what is read here; libbpf finds where it lies. */
#define KERNEL_TYPE __attribute__((preserve_access_index))

struct ns_common {
	unsigned int inum;
} KERNEL_TYPE;

struct net {
	struct ns_common ns;
} KERNEL_TYPE;

struct net_device {
	int ifindex;
} KERNEL_TYPE;

struct dst_entry {
	struct net_device *dev;
} KERNEL_TYPE;

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	possible_net_t skc_net;
} KERNEL_TYPE;

struct sock {
	struct sock_common __sk_common;
	struct dst_entry *sk_dst_cache;
} KERNEL_TYPE;

struct sk_buff {
	char cb[48];
} KERNEL_TYPE;

struct tcp_skb_cb {
	__u16 tcp_gso_segs;
} KERNEL_TYPE;

const volatile __u32 netns;  /* the only one that counts, by inode */
const volatile __u8 has_err; /* tcp_retransmit_skb tells of failures too, since Linux 6.17 */

__u64 failed, synacks;

#define ROUTES 256 /* interfaces; the rest is counted as of none */

/* Segments by the interface of their route, 0: of none. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ROUTES);
	__type(key, __u32);
	__type(value, __u64);
} routes SEC(".maps");

static int is_ours(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) == netns;
}

static __u64 *route_find(__u32 ifindex)
{
	__u64 zero = 0, *segments = bpf_map_lookup_elem(&routes, &ifindex);

	if (segments)
		return segments;
	bpf_map_update_elem(&routes, &ifindex, &zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&routes, &ifindex);
}

/* (const struct sock *, const struct sk_buff *), and since Linux 6.17 an int: 0, or why it was not sent. */
SEC("raw_tracepoint/tcp_retransmit_skb")
int ploss_resent(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const void *)ctx->args[0];
	const struct sk_buff *skb = (const void *)ctx->args[1];
	const struct tcp_skb_cb *cb;
	__u64 *segments;

	if (!is_ours(sk))
		return 0;
	if (has_err && (int)ctx->args[2]) {
		__sync_fetch_and_add(&failed, 1);
		return 0;
	}
	cb = (const void *)__builtin_preserve_access_index(&skb->cb);
	segments = route_find((__u32)BPF_CORE_READ(sk, sk_dst_cache, dev, ifindex));
	if (!segments)
		segments = route_find(0);
	if (segments)
		__sync_fetch_and_add(segments, BPF_CORE_READ(cb, tcp_gso_segs));
	return 0;
}

/* (const struct sock *, const struct request_sock *): the listener's, whose answer has no route of its own yet. */
SEC("raw_tracepoint/tcp_retransmit_synack")
int ploss_synack(struct bpf_raw_tracepoint_args *ctx)
{
	if (is_ours((const void *)ctx->args[0]))
		__sync_fetch_and_add(&synacks, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

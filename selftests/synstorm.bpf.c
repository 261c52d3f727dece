/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that BPF_PROG_TEST_RUN makes, each a SYN from an address of its own, and sends. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "headers.h"
#include "synstorm.h"

struct storm storm SEC(".data.storm");

/* RFC 1071 */
static __always_inline __be16 checksum(__u32 sum, __u32 address)
{
	sum += (address >> 16) + (address & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return bpf_htons(~sum);
}

SEC("xdp")
int storm_xdp(struct xdp_md *xdp)
{
	struct ethernet_header *ethernet = (void *)(long)xdp->data;
	struct ipv4_header *ip = (void *)(ethernet + 1);
	struct tcp_header *tcp = (void *)(ip + 1);
	__u32 source = storm.source + (__u32)storm.sent;

	if ((void *)(tcp + 1) > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	storm.sent++;
	ip->source = bpf_htonl(source);
	ip->checksum = checksum(storm.ip_sum, source);
	tcp->checksum = checksum(storm.tcp_sum, source);
	return (int)bpf_redirect(storm.ifindex, 0);
}

char LICENSE[] SEC("license") = "GPL";

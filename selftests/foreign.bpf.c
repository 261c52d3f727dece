/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody else's XDP program, made for libxdp's dispatcher: counts packets and passes them on. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 passed;

SEC("xdp")
int foreign_xdp(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&passed, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

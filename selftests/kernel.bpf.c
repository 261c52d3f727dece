/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs as BPF_PROG_TEST_RUN needs them: time and origin of a packet are what the test says, by
 * fields of __sk_buff that it may set. So is the length of those that are longer than a test run's frame.
 */
#define CLOCK_NS(ctx) (((struct __sk_buff *)(ctx))->tstamp)
#define CLOCK_COARSE_NS(ctx, s) CLOCK_NS(ctx)
#define SENT_HERE(ctx) ((ctx)->mark)

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define len wire_len

#include "../bpf/ploss.bpf.c"

/* SPDX-License-Identifier: GPL-2.0-only */
/* What synstorm and its BPF program agree on. Sums are of 16-bit words in host order, not folded. */
#ifndef PLOSS_SYNSTORM_H
#define PLOSS_SYNSTORM_H

#include "compiler.h"

struct storm {
	__u64 sent;
	__u32 ifindex; /* where frames leave */
	__u32 source;  /* address of the first, host order */
	__u32 ip_sum;  /* of the IP header, without its source and its checksum */
	__u32 tcp_sum; /* of the segment and its pseudo header, the same */
};

#endif

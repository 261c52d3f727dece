/* SPDX-License-Identifier: GPL-2.0-only */
/* One level of tunnel: IP in IP, GRE (also with Ethernet, ERSPAN), VXLAN, GENEVE, GTP-U, PPPoE, MPLS. */
#ifndef PLOSS_DECAP_H
#define PLOSS_DECAP_H

#include <stdbool.h>
#include <linux/types.h>

/* data[*ip] begins an IP header: moves *ip to that of the packet inside. False where there is none: *ip stays. */
bool decap_ip(const __u8 *data, __u32 length, __u32 *ip);

/* The same from the EtherType at data[*at] of what is no IP. */
bool decap_link(const __u8 *data, __u32 length, __u32 *at);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include "headers.h"
#include "wire_segments.h"

#define ETHERNET_MTU 1500
/* Bytes; what is shorter is some program's message, and so may be its multiples. */
#define FULL_MIN 1200

/* Of a direction whose handshake was not seen: bytes of a full segment, 0: not known yet. */
static __u32 concluded(struct connection *c, enum direction d, __u32 payload, __u32 options)
{
	__u32 headers = (c->family == 6 ? sizeof(struct ipv6_header) : sizeof(struct ipv4_header)) +
			sizeof(struct tcp_header) + options;
	__u32 fits = ETHERNET_MTU - headers, longest = c->longest[d];

	if (payload <= fits) {
		c->longest[d] = max_of(longest, payload);
		return 0;
	}
	if (c->full[d])
		return c->full[d];
	if (longest >= FULL_MIN && payload % longest == 0)
		c->full[d] = (__u16)longest;
	else if (payload % fits == 0)
		c->full[d] = (__u16)fits;
	return c->full[d];
}

__u16 wire_segments(struct connection *c, enum direction d, __u32 payload, __u32 options)
{
	__u32 mss = min_of(c->mss[IN], c->mss[OUT]), full;

	if (mss)
		full = mss > options ? mss - options : 0;
	else
		full = concluded(c, d, payload, options);
	return full && payload > full ? (__u16)((payload + full - 1) / full) : 1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames from a few fields: what the tests feed to the parser, to pcap files and to real
 * interfaces. Lengths and checksums are right unless a field says otherwise.
 */
#ifndef PLOSS_FRAME_H
#define PLOSS_FRAME_H

#include "pkt.h"
#include "ploss.h"
#include "tcpopt.h"

#define FRAME_MAX (22 + 40 + 65535)
#define FRAME_EXTENSIONS 8

/* The IP header of an Ethernet frame lies at a multiple of 4, as NET_IP_ALIGN has it in the kernel.
 */
struct frame {
	__u32 length;
	__u8 pad[2];
	__u8 data[FRAME_MAX];
} __attribute__((aligned(4)));

/* One TCP segment. A zeroed one is a segment without flags from A to B: Ethernet, IPv4, no options.
 */
struct frame_spec {
	enum link_type link;          /* LINK_IP: without a link header */
	__u8 vlan_tags;               /* the outer of two and more is 802.1ad */
	__u8 family;                  /* 0 and 4: IPv4 */
	__u8 from_b;                  /* from B to A */
	__be32 source[4], dest[4];    /* all 0: the address of A or B, below */
	__u16 source_port, dest_port; /* host order; 0: the port of A or B */

	__u8 tos, ttl;                     /* traffic class and hop limit too; ttl 0: 64 */
	__u8 protocol;                     /* 0: TCP */
	__u16 id, fragment;                /* as in the IPv4 header */
	__u8 ip_options;                   /* bytes of IPv4 options */
	__u8 extensions[FRAME_EXTENSIONS]; /* IPv6: the first extension_count of them, in order */
	__u8 extension_count;
	__u8 extension_length; /* of each but fragment headers, in 8 bytes beyond the first 8 */
	__u8 zero_length;      /* IP length 0 (BIG TCP) */

	__u32 seq, ack;
	__u8 tcp_flags;
	__u16 window;
	__u8 has; /* enum opts_has: options to write */
	__u8 sack_count, wscale;
	__u16 mss;
	__u32 tsval, tsecr;
	struct range sack[SACK_BLOCKS];
	const __u8 *options; /* not NULL: these bytes instead, a multiple of 4 */
	__u8 options_length;

	__u32 payload;
	__u32 padding; /* bytes behind the IP packet */
};

#define PORT_A 40000
#define PORT_B 5201

/* Writes f and its length. The payload's bytes are a function of their sequence numbers. */
void frame_build(struct frame *f, const struct frame_spec *s);

/* The default address of A or B: 10.0.0.1 and 10.0.0.2, fd00::1 and fd00::2. */
void frame_address(__be32 address[4], int family, int b);

#endif

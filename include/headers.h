/* SPDX-License-Identifier: GPL-2.0-only */
/* Headers as they are on the wire, and the numbers in them. Their own, not those of linux/:
 * linux/ip.h and linux/tcp.h cannot be included beside netinet/ip.h and netinet/tcp.h.
 */
#ifndef PLOSS_HEADERS_H
#define PLOSS_HEADERS_H

#include "compiler.h"

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_IPV6 = 0x86dd,
	ETHER_VLAN = 0x8100,
	ETHER_QINQ = 0x88a8
};

enum ip_protocol {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_TCP = 6,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_DESTINATION = 60,
};

struct ethernet_header {
	__u8 dest[6], source[6];
	__be16 type;
} ON_WIRE;

struct vlan_tag {
	__be16 tci;
	__be16 type;
} ON_WIRE;

struct ipv4_header { /* RFC 791 3.1 */
	__u8 version_ihl;
	__u8 tos;
	__be16 length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__be32 source, dest;
} ON_WIRE;

struct ipv6_header { /* RFC 8200 3 */
	__u8 version_class;
	__u8 class_flow;
	__be16 flow;
	__be16 length;
	__u8 next;
	__u8 hop_limit;
	__be32 source[4], dest[4];
} ON_WIRE;

struct ipv6_extension { /* RFC 8200 4; word: the fragment header's offset and M (4.5) */
	__u8 next;
	__u8 length;
	__be16 word;
	__be32 rest;
} ON_WIRE;

struct tcp_header { /* RFC 9293 3.1 */
	__be16 source, dest;
	__be32 seq, ack;
	union {
		struct {
			__u8 data_offset;
			__u8 flags;
		};
		__be16 length_flags; /* both */
	};
	__be16 window, checksum, urgent;
} ON_WIRE;

#define TIMESTAMPS_HEAD 0x0101080a /* NOP, NOP, kind 8, length 10 */
#define SACK_HEAD 0x01010502       /* NOP, NOP, kind 5, length 2 and 8 a block */

struct timestamp_words {
	__be32 head;
	__be32 tsval, tsecr;
} ON_WIRE;

struct sack_words {
	__be32 head;
	struct {
		__be32 start, end;
	} block[3];
} ON_WIRE;

#endif

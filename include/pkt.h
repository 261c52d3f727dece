/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes to struct pkt: the only code that touches a frame. */
#ifndef PLOSS_PKT_H
#define PLOSS_PKT_H

#include "compiler.h"
#include "ploss.h"
#include "tcpopt.h"

enum pkt_has {
	PKT_ID = 1,              /* IPv4: id holds */
	PKT_TIMESTAMPS = 2,      /* tsval and tsecr hold */
	PKT_OPTIONS = 4,         /* options that were not read: copy them and call opts_parse() */
	PKT_CE = 8,              /* Congestion Experienced (RFC 3168 5) */
	PKT_LOCAL = 16,          /* caller: this host's own stack sent it */
};

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

/* One packet, in host byte order but for addresses and ports. After a refusal nothing but ip_bytes
 * holds (0 where the frame is not IP).
 */
struct pkt {
	__u64 now_ns;            /* caller: any monotonic clock; 0 where flow_wants_time() said no */
	__u32 seq;
	__u32 end_seq;           /* seq + payload + SYN + FIN */
	__u32 ack;
	__u32 payload;           /* bytes, of all segments of a super-packet */
	__u32 tsval, tsecr;
	__u32 ip_bytes;          /* of the IP packet, header included */
	__u16 segments;          /* caller: segments on the wire, 1 and more (GSO, GRO) */
	__u16 window;            /* unscaled */
	__u16 id;
	__u16 options_offset;    /* from the first byte of the frame */
	__u8 options_length;     /* 0, 4, ... 40 */
	__u8 tcp_flags;          /* enum tcp_flag */
	__u8 family;             /* 4 or 6 */
	__u8 dir;                /* caller: enum direction */
	__u8 has;                /* enum pkt_has */
	__u8 pad[3];
	__be16 source_port, dest_port;
	__be32 source[4], dest[4];       /* IPv4: the first word, the others 0 */
};

#endif

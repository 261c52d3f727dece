/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP options: 40 bytes in, timestamps, SACK blocks and what a SYN negotiates out. */
#ifndef PLOSS_TCPOPT_H
#define PLOSS_TCPOPT_H

#include "compiler.h"

#define OPTS_MAX 40
#define SACK_BLOCKS 4

enum opts_has {
	OPTS_TIMESTAMPS = 1,     /* RFC 7323 3 */
	OPTS_MSS = 2,            /* RFC 9293 3.7.1 */
	OPTS_WSCALE = 4,         /* RFC 7323 2 */
	OPTS_SACK_PERMITTED = 8, /* RFC 2018 2 */
	OPTS_MALFORMED = 128,    /* an option of impossible length; what stood before it holds */
};

struct opts {
	__u8 bytes[OPTS_MAX];    /* in: the option bytes, */
	__u32 length;            /* of which so many hold: 0, 4, ... 40 */
	__u32 tsval, tsecr;      /* out, host order; each holds where has says so */
	struct {
		__u32 start, end;
	} sack[SACK_BLOCKS];     /* RFC 2018 3, in the order of the packet; the first sack_count hold */
	__u16 mss;
	__u8 wscale;             /* 0 ... 14: larger ones count as 14 (RFC 7323 2.3) */
	__u8 sack_count;
	__u8 has;                /* enum opts_has */
	__u8 pad[3];
};

#endif

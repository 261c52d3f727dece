/* SPDX-License-Identifier: GPL-2.0-only */
/* Random connections as they pass a tap, and the truth about each packet.
 *
 * Most are two simulated ends with a network between them that loses, delays, overtakes and doubles
 * packets on both sides of the tap; they send again what they must, and at times what they need not. Some
 * are no TCP at all: packets with any numbers near the edges of what was sent.
 */
#ifndef PLOSS_RANDOM_FLOW_H
#define PLOSS_RANDOM_FLOW_H

#include "pkt.h"
#include "ploss.h"
#include "tcpopt.h"

#define FLOW_PLACES (1 << 17) /* bytes of sequence space a direction, */
#define FLOW_START 8192       /* of which the first that is sent */
#define FLOW_PACKETS 2048

enum id_kind {
	IDS_OF_CONNECTION, /* one a packet, as Linux does */
	IDS_OF_HOST,       /* grow, with gaps */
	IDS_NONE,          /* 0 */
	IDS_SAME,
	IDS_ANY, /* random */
	IDS_IPV6,
	ID_KINDS
};

/* A packet at the tap. */
struct tapped {
	struct pkt pkt;
	struct opts opts;
	__u32 sent; /* the how-many-eth packet of its end it is; a copy has the number of the first; 0: no truth */
};

struct random_flow {
	__u64 seed;
	struct tapped packets[FLOW_PACKETS];
	int count;
	__u8 local;     /* bit d: this host sends direction d */
	__u8 simulated; /* there is a truth */
	__u8 missed;    /* the tap missed packets that went by */
	__u8 timestamps, sack;
	enum id_kind ids[DIRECTIONS];
	__u32 tick_ns[DIRECTIONS];            /* of the timestamp clock */
	__u32 origin[DIRECTIONS];             /* sequence number of place 0 */
	__u32 first[DIRECTIONS][FLOW_PLACES]; /* tapped.sent of what carried the byte first */
	/* And of the first sent that brought it to the other end; 0: none. Segments of those that came twice. */
	__u32 brought[DIRECTIONS][FLOW_PLACES], copied[DIRECTIONS];
	__u64 loop_ns[DIRECTIONS]; /* from the tap to this data's receiver and back: no less */
};

/* The same connection for the same seed. */
void random_flow_make(struct random_flow *f, __u64 seed);

#endif

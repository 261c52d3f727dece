/* SPDX-License-Identifier: GPL-2.0-only */
/* What holds after each packet, whatever the packets were.
 *
 *  1. No counter falls.
 *  2. Retransmissions have as many causes as classes; likely ones are among the unseen.
 *  3. No segment has two classes; no more of a hole is lost than the packet filled. The verdict is what was
 *     counted.
 *  4. Holes are not empty, sorted, disjoint, within what is followed, and no more than there is room for; merged
 *     ones are below all others, and each has a unit.
 *  5. SACKed ranges are not empty unless free, and disjoint.
 *  6. A connection's row is what the interface's totals have counted since it began.
 *  7. Times add up to no more than has passed.
 */
#ifndef PLOSS_INVARIANTS_H
#define PLOSS_INVARIANTS_H

#include "tap.h"

struct invariants {
	struct counters before[DIRECTIONS]; /* the totals, before this packet */
	struct counters since[DIRECTIONS];  /* when the connection began */
	__u64 began_ns;
	__u32 connections, strays;
	__u8 has_embryo;
};

/* Before and after tap_packet(). All of v is 0 before the first packet, whose clock does not go back. Returns what
 * does not hold, or NULL.
 */
void invariants_before(struct invariants *v, const struct tap *t, const struct pkt *p);
const char *invariants_after(struct invariants *v, const struct tap *t, const struct pkt *p);

#endif

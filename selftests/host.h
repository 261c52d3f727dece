/* SPDX-License-Identifier: GPL-2.0-only */
/* An end of a scenario's connection, as a Linux stack would be it: what it has received, what it
 * acknowledges, the IPv4 IDs and timestamps that it sends. Sequence numbers are the scenario's.
 */
#ifndef PLOSS_HOST_H
#define PLOSS_HOST_H

#include "scenario.h"

struct host {
	__u32 base;          /* sequence number 0 of the scenario */
	__u32 clock;         /* timestamp at 0 ms */
	__u32 sent;          /* highest end of what it sent */
	__u32 received;      /* of the other end's data: all below */
	struct range *early; /* and these above, newest first */
	struct range dsack;  /* what the newest segment repeated; empty: nothing */
	__u32 early_count, early_room;
	__u32 tsval;       /* newest timestamp received (TS.Recent) */
	__u16 id, id_base; /* next; the one that a step calls 1 */
	__u32 random;
};

void host_end(struct host *h);

__u16 host_next_id(struct host *h, enum ids ids, __u16 segments);

/* Bytes reach an end, perhaps out of order or again. */
void host_receive(struct host *h, __u32 start, __u32 end);

/* The same of a segment as its own stack judges it (RFC 7323 5.3, Linux's grace of one tick).
 * Returns whether it was taken; one that was not is answered by a DSACK all the same
 * (tcp_send_dupack()).
 */
int host_judge(struct host *h, __u32 start, __u32 end, __u32 tsval, int timestamps);

/* The SACK blocks of its next acknowledgement (RFC 2018 4, RFC 2883 4), at most as many. Returns how
 * many.
 */
int host_sacks(struct host *h, struct range *blocks, int most);

#endif

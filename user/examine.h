/* SPDX-License-Identifier: GPL-2.0-only */
/* What a doctor looks at: everything that was counted on an interface, and signs that only single connections
 * show. Pure.
 */
#ifndef PLOSS_EXAMINE_H
#define PLOSS_EXAMINE_H

#include "flowrow.h"
#include "netstat.h"
#include "ploss.h"

/* The connection that shows a sign most clearly. */
struct example {
	__u8 family; /* 0: there is none */
	struct flow_key6 key;
};

/* Connections whose SYN went this way. */
struct openings {
	__u64 answered;
	__u64 unanswered;       /* SYNs were repeated, and no SYN-ACK came */
	__u64 half_open;        /* not established, however young */
	struct example example; /* unanswered */
};

/* Connections whose largest segments never arrive: RFC 2923 2.1. */
struct black_holes {
	__u64 connections, resent;
	__u32 segment; /* bytes of payload */
	struct example example;
};

/* The round trip of a connection that carries data: in the mean, against its own shortest. */
struct inflation {
	__u64 min_ns, mean_ns;
	struct example example;
};

struct examination {
	const char *interface;
	__u64 span_ns;
	struct row row[DIRECTIONS];
	struct health health;
	struct drops drops;     /* the interface's, in this time */
	struct netstat netstat; /* the host's */
	__u64 connections;
	__u64 reset[DIRECTIONS];            /* connections that this direction's sender reset */
	struct openings opened[DIRECTIONS]; /* direction of the SYN */
	struct black_holes black_holes[DIRECTIONS];
	struct inflation inflated[DIRECTIONS]; /* the most inflated */
};

/* Takes one of the interface's connections into account. */
void examine_entry(struct examination *examination, const struct entry *entry);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Old entries out of a flow table, a part of the table at a time. */
#ifndef PLOSS_SWEEP_H
#define PLOSS_SWEEP_H

#include <stdbool.h>

#include "options.h"
#include "ploss.h"

#define LAST_SHIFT 20 /* half.last is in units of 2^20 ns */

/* Called with a connection before it is deleted. */
typedef void (*sweep_fn)(const void *key, size_t key_size, const struct flow *flow, void *argument);

struct sweep {
	int flows, troubles; /* the tables */
	size_t key_size;
	void *keys; /* of one batch */
	struct flow *values;
	__u32 at; /* where the next batch begins; holds in mid-table */
	bool in_mid_table;
	__u64 idle_ns, closed_ns;
	__u32 entries;    /* that the table had when it was last gone through, */
	__u32 entries_so; /* and so far, this time */
	sweep_fn gone;    /* NULL: nobody asks */
	void *argument;
};

void sweep_init(struct sweep *sweep, int flows, size_t key_size, int troubles,
		const struct options *options);
void sweep_free(struct sweep *sweep);

/* Deletes connections that closed some seconds ago, and those silent for so long, in a part of the table.
 *
 * No packet waits for it: packets find their connections without a lock, and what takes the one of a hash bucket,
 * to begin or end a connection, waits no longer than a bucket is copied. A packet that arrives meanwhile may find
 * its connection gone and picks it up anew; or, if it had it in hand, it may add a trouble entry to the one that
 * goes, which then stays, 4 KB, until ploss ends.
 */
void sweep_some(struct sweep *sweep);

/* Whether a connection is to be forgotten. now: in units of half.last. Pure. */
bool flow_is_over(const struct flow *flow, __u32 now, __u64 idle_ns, __u64 closed_ns);

#endif

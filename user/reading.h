/* SPDX-License-Identifier: GPL-2.0-only */
/* What was counted on one interface since the start, and the extremes of one interval. */
#ifndef PLOSS_READING_H
#define PLOSS_READING_H

#include "counters.h"
#include "ploss.h"

struct reading {
	struct counters counted[DIRECTIONS];
	struct gauges gauges[DIRECTIONS];
	__u64 pending[DIRECTIONS]; /* of id_missing_packets: may still arrive */
	struct health health;
};

/* Adds what one CPU counted; now_ns is of the clock that its packets have. */
void reading_add(struct reading *reading, const struct totals *totals, __u32 interval,
		 __u64 now_ns);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include "columns.h"
#include "reading.h"

#define PENDING_SHIFT 26 /* struct recent: a slot is 2^26 ns */

/* Both are arrays of nothing but __u64. */
#define ADD_ALL(sum, other) \
	add_u64s((__u64 *)(sum), (const __u64 *)(other), sizeof(*(sum)) / sizeof(__u64))

static void add_u64s(__u64 *sum, const __u64 *other, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += other[i];
}

/* Skipped IDs so young that their packets may be late only: of this slot and the one before. */
static __u64 pending(const struct recent *recent, __u32 slot)
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < 2; i++) {
		if (slot - recent->slot[i] <= 1)
			sum += recent->missing[i];
	}
	return sum;
}

void reading_add(struct reading *reading, const struct totals *totals, __u32 interval, __u64 now_ns)
{
	__u32 bank = interval & 1, now_slot = (__u32)(now_ns >> PENDING_SHIFT);

	ADD_ALL(&reading->health, &totals->health);
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		ADD_ALL(&reading->counted[d], &totals->dir[d]);
		reading->pending[d] += pending(&totals->recent[d], now_slot);
		if (totals->gauges_of[bank] == interval)
			gauges_merge(&reading->gauges[d], &totals->gauges[bank][d]);
	}
}

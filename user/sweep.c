/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <bpf/bpf.h>

#include "sweep.h"

#define BATCH 1024
#define BATCHES 64 /* of one call */

void sweep_init(struct sweep *sweep, int flows, size_t key_size, int troubles)
{
	*sweep = (struct sweep){ .flows = flows, .troubles = troubles, .key_size = key_size };
	sweep->keys = calloc(BATCH, key_size);
	sweep->values = calloc(BATCH, sizeof(*sweep->values));
}

void sweep_free(struct sweep *sweep)
{
	free(sweep->keys);
	free(sweep->values);
	*sweep = (struct sweep){};
}

bool flow_is_over(const struct flow *flow, __u32 now, __u64 idle_ns)
{
	__u64 limit = flow->state == FLOW_CLOSED ? min_of(idle_ns, CLOSED_NS) : idle_ns;

	for (enum direction d = IN; d < DIRECTIONS; d++) {
		const struct half *half = &flow->half[d];
		__s32 age = (__s32)(now - half->last);

		if (half->packets && (age < 0 || (__u64)age << LAST_SHIFT < limit))
			return false;
	}
	return true;
}

static void delete_flow(const struct sweep *sweep, const void *key, const struct flow *flow)
{
	if (sweep->gone)
		sweep->gone(key, sweep->key_size, flow, sweep->argument);
	bpf_map_delete_elem(sweep->flows, key);
	if (flow->troubled)
		bpf_map_delete_elem(sweep->troubles, &flow->id);
}

/* False when it was the table's last. */
static bool sweep_batch(struct sweep *sweep, __u32 now, __u64 idle_ns)
{
	__u32 count = BATCH, next = 0;
	int err;

	err = bpf_map_lookup_batch(sweep->flows, sweep->in_mid_table ? &sweep->at : NULL, &next,
				   sweep->keys, sweep->values, &count, NULL);
	sweep->in_mid_table = !err;
	sweep->at = next;
	if (err && errno != ENOENT)
		return false;
	for (__u32 i = 0; i < count; i++) {
		if (flow_is_over(&sweep->values[i], now, idle_ns))
			delete_flow(sweep, (const char *)sweep->keys + i * sweep->key_size,
				    &sweep->values[i]);
	}
	return sweep->in_mid_table;
}

void sweep_some(struct sweep *sweep, __u64 idle_ns)
{
	struct timespec time;
	__u32 now;

	if (!sweep->keys || !sweep->values)
		return;
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (__u32)((time.tv_sec * 1000000000ULL + time.tv_nsec) >> LAST_SHIFT);
	for (int i = 0; i < BATCHES && sweep_batch(sweep, now, idle_ns); i++)
		;
}

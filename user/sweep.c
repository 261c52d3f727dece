/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <bpf/bpf.h>

#include "sweep.h"

#define BATCH 1024
#define BATCHES 64U /* of one call, at most */
#define CALLS 5     /* in which a table is gone through, if that is enough */

void sweep_init(struct sweep *sweep, int flows, size_t key_size, int troubles,
		const struct options *options)
{
	*sweep = (struct sweep){ .flows = flows,
				 .troubles = troubles,
				 .key_size = key_size,
				 .idle_ns = options->idle_ns,
				 .closed_ns = options->closed_ns };
	sweep->keys = calloc(BATCH, key_size);
	sweep->values = calloc(BATCH, sizeof(*sweep->values));
}

void sweep_free(struct sweep *sweep)
{
	free(sweep->keys);
	free(sweep->values);
	*sweep = (struct sweep){};
}

bool flow_is_over(const struct flow *flow, __u32 now, __u64 idle_ns, __u64 closed_ns)
{
	__u64 limit = flow->state == FLOW_CLOSED ? min_of(idle_ns, closed_ns) : idle_ns;

	for (enum direction d = IN; d < DIRECTIONS; d++) {
		const struct half *half = &flow->half[d];
		__s32 age = (__s32)(now - half->last);

		if (half->packets && (age < 0 || (__u64)age << LAST_SHIFT < limit))
			return false;
	}
	return true;
}

/* The entry as it was when it left the table: with what came after the batch was copied. Before Linux 5.14 hash
 * tables cannot tell.
 */
static int take_out(const struct sweep *sweep, const void *key, struct flow *flow)
{
	if (!bpf_map_lookup_and_delete_elem(sweep->flows, key, flow))
		return 0;
	if (errno == ENOENT || bpf_map_lookup_elem(sweep->flows, key, flow))
		return -ENOENT;
	return bpf_map_delete_elem(sweep->flows, key);
}

static void delete_flow(const struct sweep *sweep, const void *key)
{
	struct flow flow;

	if (take_out(sweep, key, &flow))
		return;
	if (sweep->gone)
		sweep->gone(key, sweep->key_size, &flow, sweep->argument);
	if (flow.troubled)
		bpf_map_delete_elem(sweep->troubles, &flow.id);
}

/* False when it was the table's last. */
static bool sweep_batch(struct sweep *sweep, __u32 now)
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
		if (flow_is_over(&sweep->values[i], now, sweep->idle_ns, sweep->closed_ns))
			delete_flow(sweep, (const char *)sweep->keys + i * sweep->key_size);
	}
	sweep->entries_so += count;
	if (sweep->in_mid_table)
		return true;
	sweep->entries = sweep->entries_so;
	sweep->entries_so = 0;
	return false;
}

void sweep_some(struct sweep *sweep)
{
	__u32 entries = max_of(sweep->entries, sweep->entries_so);
	__u32 batches = min_of(1 + entries / (CALLS * BATCH), BATCHES);
	struct timespec time;
	__u32 now;

	if (!sweep->keys || !sweep->values)
		return;
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (__u32)((time.tv_sec * 1000000000ULL + time.tv_nsec) >> LAST_SHIFT);
	while (batches-- && sweep_batch(sweep, now))
		;
}

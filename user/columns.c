/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "columns.h"

/* A percentage is shown from this much evidence up. */
#define PERCENT_SEGMENTS 100
#define PERCENT_LOSSES 2

const struct column columns[] = {
#define X(source, name) { #name, offsetof(struct row, name), source },
	COLUMNS(X)
#undef X
};

const unsigned int column_count = ARRAY_SIZE(columns);

const struct column *column_find(const char *name)
{
	for (unsigned int i = 0; i < column_count; i++) {
		if (!strcmp(columns[i].name, name))
			return &columns[i];
	}
	return NULL;
}

static __u64 less(__u64 a, __u64 b)
{
	return a > b ? a - b : 0;
}

static void raise(__u64 *mark, __u64 value)
{
	*mark = max_of(*mark, value);
}

void tally_update(struct tally *tally, const struct counters *counted, __u64 pending)
{
	tally->counted = *counted;
	raise(&tally->lost_before_packets,
	      less(counted->id_missing_packets, counted->id_late_packets + pending));
	raise(&tally->lost_before_segments,
	      less(counted->hole_lost_segments, counted->late_original_segments));
	raise(&tally->lost_after_segments,
	      less(counted->retransmitted_seen_segments, counted->spurious_proven_segments));
	/* Of runs that were no losses nobody takes note; but each of the others has a loss at least. */
	raise(&tally->loss_bursts,
	      min_of(counted->loss_bursts,
		     tally->lost_before_segments + tally->lost_after_segments));
}

void row_from(struct row *row, const struct tally *now, const struct tally *before,
	      const struct gauges *gauges)
{
	static const struct tally none;
	__u64 rtt_sum_ns;

	if (!before)
		before = &none;
#define FROM_COUNTED(name) row->name = now->counted.name - before->counted.name;
#define FROM_LEG(name) row->name = now->name - before->name;
#define FROM_GAUGE(name) row->name = gauges->name;
#define FROM_DERIVED(name)
#define X(source, name) FROM_##source(name)
	COLUMNS(X)
#undef X
	row->retransmitted_segments = row->retransmitted_unseen_segments +
				      row->retransmitted_seen_segments +
				      row->retransmitted_spurious_segments;
	rtt_sum_ns = now->counted.rtt_sum_ns - before->counted.rtt_sum_ns;
	row->rtt_mean_ns = row->rtt_samples ? rtt_sum_ns / row->rtt_samples : 0;
}

void gauges_merge(struct gauges *gauges, const struct gauges *other)
{
	if (other->rtt_min_ns && (!gauges->rtt_min_ns || other->rtt_min_ns < gauges->rtt_min_ns))
		gauges->rtt_min_ns = other->rtt_min_ns;
	raise(&gauges->rtt_max_ns, other->rtt_max_ns);
	raise(&gauges->stall_max_ns, other->stall_max_ns);
	raise(&gauges->loss_burst_max_segments, other->loss_burst_max_segments);
	raise(&gauges->reordering_extent_max, other->reordering_extent_max);
	raise(&gauges->reordering_delay_max_ns, other->reordering_delay_max_ns);
}

static bool loss_percent(const struct row *row, __u64 lost, __u64 of, double *percent)
{
	if (lost < PERCENT_LOSSES || row->data_segments < PERCENT_SEGMENTS)
		return false;
	*percent = 100.0 * (double)lost / (double)of;
	return true;
}

bool loss_before_percent(const struct row *row, double *percent)
{
	return loss_percent(row, row->lost_before_segments,
			    row->data_segments + row->lost_before_segments, percent);
}

bool loss_after_percent(const struct row *row, double *percent)
{
	return loss_percent(row, row->lost_after_segments, row->data_segments, percent);
}

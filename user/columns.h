/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown of one direction: struct row, and the table of its columns that every renderer
 * walks.
 *
 * Pure: counters in, row out. Live, offline and in a test it is the same arithmetic.
 */
#ifndef PLOSS_COLUMNS_H
#define PLOSS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "counters.h"

/* Every column, in the order in which it is shown. X(where its value comes from, name)
 *
 * COUNTED  struct counters: grows, and an interval has its part
 * LEG      struct tally: losses after correction, and their runs
 * GAUGE    struct gauges: an extreme of the interval
 * DERIVED  from other columns of the row
 */
#define COLUMNS(X) \
	X(COUNTED, packets) \
	X(COUNTED, bytes) \
	X(COUNTED, segments) \
	X(COUNTED, data_segments) \
	X(COUNTED, data_bytes) \
	X(DERIVED, retransmitted_segments) \
	X(COUNTED, retransmitted_bytes) \
	X(COUNTED, retransmitted_unseen_segments) \
	X(COUNTED, retransmitted_seen_segments) \
	X(COUNTED, retransmitted_spurious_segments) \
	X(COUNTED, retransmitted_likely_segments) \
	X(COUNTED, spurious_proven_segments) \
	X(COUNTED, late_original_segments) \
	X(COUNTED, cause_rto_segments) \
	X(COUNTED, cause_fast_segments) \
	X(COUNTED, cause_tlp_segments) \
	X(COUNTED, cause_unknown_segments) \
	X(COUNTED, syn_retransmitted_segments) \
	X(COUNTED, synack_retransmitted_segments) \
	X(COUNTED, reordered_segments) \
	X(GAUGE, reordering_extent_max) \
	X(GAUGE, reordering_delay_max_ns) \
	X(COUNTED, reordered_after_segments) \
	X(COUNTED, duplicated_after_segments) \
	X(COUNTED, duplicated_segments) \
	X(COUNTED, ambiguous_segments) \
	X(LEG, lost_before_packets) \
	X(COUNTED, ipid_packets) \
	X(LEG, lost_before_segments) \
	X(LEG, lost_after_segments) \
	X(LEG, loss_bursts) \
	X(GAUGE, loss_burst_max_segments) \
	X(COUNTED, stalls) \
	X(COUNTED, stall_ns) \
	X(GAUGE, stall_max_ns) \
	X(COUNTED, paws_rejected_segments) \
	X(COUNTED, host_dropped_segments) \
	X(COUNTED, unseen_bytes) \
	X(COUNTED, duplicate_acks) \
	X(COUNTED, sack_blocks) \
	X(COUNTED, dsack_blocks) \
	X(COUNTED, sack_reneges) \
	X(COUNTED, zero_windows) \
	X(COUNTED, zero_window_ns) \
	X(COUNTED, window_full) \
	X(COUNTED, window_probes) \
	X(COUNTED, keepalives) \
	X(COUNTED, syns) \
	X(COUNTED, fins) \
	X(COUNTED, resets) \
	X(COUNTED, resets_refused) \
	X(COUNTED, ecn_ce_segments) \
	X(COUNTED, rtt_samples) \
	X(GAUGE, rtt_min_ns) \
	X(DERIVED, rtt_mean_ns) \
	X(GAUGE, rtt_max_ns)

/* One direction in an interval, a whole run, or the life of a flow. */
struct row {
#define X(source, name) __u64 name;
	COLUMNS(X)
#undef X
};

enum column_source { COUNTED, LEG, GAUGE, DERIVED };

struct column {
	const char *name;
	size_t offset; /* in struct row */
	enum column_source source;
};

extern const struct column columns[];
extern const unsigned int column_count;

/* NULL where there is no such column. */
const struct column *column_find(const char *name);

static inline __u64 column_value(const struct column *column, const struct row *row)
{
	return *(const __u64 *)((const char *)row + column->offset);
}

/* What was counted since the start. The losses among it are high-water marks: where a proof that
 * one was none arrives late they stand still rather than fall, so that intervals add up to the
 * total.
 */
struct tally {
	struct counters counted;
	__u64 lost_before_packets;
	__u64 lost_before_segments;
	__u64 lost_after_segments;
	__u64 loss_bursts;
};

/* Takes a newer reading. pending: of counted->id_missing_packets, those that may still arrive. */
void tally_update(struct tally *tally, const struct counters *counted, __u64 pending);

/* What happened between two states of a tally; since its start where before is NULL. */
void row_from(struct row *row, const struct tally *now, const struct tally *before,
	      const struct gauges *gauges);

/* Adds the extremes of another interval, or another CPU. */
void gauges_merge(struct gauges *gauges, const struct gauges *other);

/* A leg's loss in percent; false where there is too little of it for a percentage. */
bool loss_before_percent(const struct row *row, double *percent);
bool loss_after_percent(const struct row *row, double *percent);

#endif

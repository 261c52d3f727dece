/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted, by the names that every layer uses: one list for each place where a counter lives.
 *
 * A direction is the direction in which the data travels. A packet that travels one way says things
 * about its own data (BASE, OWN) and, by its acknowledgement, about the data of the other way (ABOUT).
 * Each list is therefore written by the packets of one direction only.
 */
#ifndef PLOSS_COUNTERS_H
#define PLOSS_COUNTERS_H

#include "compiler.h"

/* In the base tier: every connection has these. X(type in struct half, name) */
#define COUNTERS_BASE(X) \
	X(__u64, packets) \
	X(__u64, bytes) \
	X(__u64, segments) \
	X(__u64, data_segments) \
	X(__u64, data_bytes)

/* Few on a clean connection, and narrow there. */
#define COUNTERS_FEW(X) \
	X(__u32, ecn_ce_segments) \
	X(__u16, keepalives) \
	X(__u8, syns) \
	X(__u8, fins) \
	X(__u8, resets) \
	X(__u8, resets_refused)

/* In the troubled tier, about the packet's own data and header. */
#define COUNTERS_OWN(X) \
	X(retransmitted_bytes) \
	X(retransmitted_unseen_segments) \
	X(retransmitted_seen_segments) \
	X(retransmitted_spurious_segments) \
	X(retransmitted_likely_segments) \
	X(late_original_segments) \
	X(cause_rto_segments) \
	X(cause_fast_segments) \
	X(cause_tlp_segments) \
	X(cause_unknown_segments) \
	X(syn_retransmitted_segments) \
	X(synack_retransmitted_segments) \
	X(reordered_segments) \
	X(duplicated_segments) \
	X(ambiguous_segments) \
	X(hole_lost_segments) /* segments of holes that retransmissions filled */ \
	X(id_missing_packets) /* IPv4 IDs skipped */ \
	X(id_late_packets)    /* of these, arrived later */ \
	X(loss_bursts) \
	X(stalls) \
	X(stall_ns) \
	X(paws_rejected_segments) \
	X(zero_windows) \
	X(zero_window_ns) \
	X(window_full) \
	X(window_probes) \
	X(duplicate_acks) \
	X(sack_blocks) \
	X(dsack_blocks) \
	X(sack_reneges)

/* In the troubled tier of the packets that acknowledge: about the other direction's data. */
#define COUNTERS_ABOUT(X) \
	X(spurious_proven_segments) \
	X(reordered_after_segments) \
	X(duplicated_after_segments) \
	X(host_dropped_segments) \
	X(unseen_bytes)

/* One direction's data: everything that adds up. Only ever grows. */
struct counters {
#define X(type, name) __u64 name;
	COUNTERS_BASE(X)
	COUNTERS_FEW(X)
#undef X
#define X(name) __u64 name;
	COUNTERS_OWN(X)
	COUNTERS_ABOUT(X)
#undef X
	__u64 ipid_packets;
	__u64 rtt_samples;
	__u64 rtt_sum_ns;
};

/* One direction's extremes: of an interval in the totals, of its life in a flow. 0: none yet. */
struct gauges {
	__u64 reordering_extent_max; /* segments */
	__u64 reordering_delay_max_ns;
	__u64 loss_burst_max_segments;
	__u64 stall_max_ns;
	__u64 rtt_min_ns;
	__u64 rtt_max_ns;
};

#define X(name) __u64 name;
struct own_counters {
	COUNTERS_OWN(X)
};

struct about_counters {
	COUNTERS_ABOUT(X)
};
#undef X

#endif

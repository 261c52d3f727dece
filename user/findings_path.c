/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "findings.h"
#include "flowline.h"
#include "report.h"

const char *const DATA_OF[DIRECTIONS] = { [IN] = "Inbound data on", [OUT] = "Outbound data on" };

/* A leg of a direction's way. */
struct leg {
	const char *kind, *side, *culprit;
	__u64 lost, of;
};

/* What the interface itself dropped on this leg: before it in the card, after it in the queue. */
static __u64 dropped_here(const struct drops *drops, enum direction d, bool after)
{
	if (d == IN && !after)
		return drops->rx_missed + drops->rx_errors + drops->rx_dropped;
	if (d == OUT && after)
		return drops->qdisc_dropped + drops->tx_dropped + drops->tx_errors;
	return 0;
}

static struct leg leg_of(const struct examination *e, enum direction d, bool after)
{
	const char *here = "this host, or the network behind it, drops it";
	const struct row *row = &e->row[d];
	struct leg leg;

	if (after)
		leg = (struct leg){ "loss_after", "after",
				    d == OUT ? "the path to the peers drops it" : here,
				    row->lost_after_segments, row->data_segments };
	else
		leg = (struct leg){ "loss_before", "before",
				    d == IN ? "the path from the peers drops it" : here,
				    row->lost_before_segments,
				    row->data_segments + row->lost_before_segments };
	if (leg.lost && dropped_here(&e->drops, d, after) * 2 >= leg.lost)
		leg.culprit = "the interface itself drops it";
	return leg;
}

static unsigned int weight_of_loss(double percent)
{
	return percent >= 3   ? 86 :
	       percent >= 1   ? 80 :
	       percent >= 0.3 ? 72 :
	       percent >= 0.1 ? 64 :
				42;
}

/* "one by one", or in runs. */
static void pattern_text(char *text, size_t size, const struct row *row)
{
	__u64 lost = row->lost_before_segments + row->lost_after_segments;

	if (row->loss_bursts && 2 * lost >= 3 * row->loss_bursts)
		snprintf(text, size, "in runs, of %.1f segments in the mean and %llu at most",
			 (double)lost / (double)row->loss_bursts, row->loss_burst_max_segments);
	else
		snprintf(text, size, "one by one");
}

static void find_loss(struct diagnosis *diagnosis, const struct examination *e, enum direction d,
		      bool after)
{
	const struct row *row = &e->row[d];
	struct leg leg = leg_of(e, d, after);
	double percent = percent_of(leg.lost, leg.of);
	char pattern[96], stalls[96] = "";

	if (!leg.lost)
		return;
	if (!is_rated(row, leg.lost)) {
		found(diagnosis, 20, leg.kind, direction_names[d],
		      "%s %s lost %llu of %llu segments %s this interface: too few to judge.",
		      DATA_OF[d], e->interface, leg.lost, leg.of, leg.side);
		return;
	}
	pattern_text(pattern, sizeof(pattern), row);
	if (!after && row->stalls)
		snprintf(stalls, sizeof(stalls), "; %llu stalls of %.3f s in all, %.3f s at most",
			 row->stalls, (double)row->stall_ns / 1e9, (double)row->stall_max_ns / 1e9);
	found(diagnosis, e->black_holes[d].connections ? 30 : weight_of_loss(percent), leg.kind,
	      direction_names[d],
	      "%s %s loses %.2g %% of its segments %s this interface (%llu of %llu), %s: %s%s.",
	      DATA_OF[d], e->interface, percent, leg.side, leg.lost, leg.of, pattern, leg.culprit,
	      stalls);
}

/* No timeout is shorter than the round trips it was made from and so much more (Linux: TCP_RTO_MIN), or than the
 * first (RFC 6298 2.1).
 */
#define TIMEOUT_MARGIN_NS 200000000ULL
#define TIMEOUT_FIRST_NS 1000000000ULL

/* Round trips between the data's sender and its receiver, as far as the interface sees them: at most. */
static __u64 round_trip_ns(const struct examination *e)
{
	return e->row[IN].rtt_max_ns + e->row[OUT].rtt_max_ns;
}

/* Was there a round trip that outlasts a timeout? */
static bool outlasts_timeout(const struct examination *e, enum direction d)
{
	__u64 handshakes = e->row[d].syn_retransmitted_segments +
			   e->row[d].synack_retransmitted_segments;
	__u64 shortest = e->row[IN].rtt_min_ns + e->row[OUT].rtt_min_ns;

	return round_trip_ns(e) >= shortest + TIMEOUT_MARGIN_NS ||
	       (handshakes && round_trip_ns(e) >= TIMEOUT_FIRST_NS);
}

/* Why a sender resends what arrived. */
static void why_needless(char *text, size_t size, const struct examination *e, enum direction d)
{
	const struct row *row = &e->row[d];
	__u64 needless = row->retransmitted_spurious_segments + row->spurious_proven_segments;
	bool timeouts = row->cause_rto_segments * 2 >= needless;
	bool acked = row->retransmitted_spurious_segments * 2 >= needless;

	if ((row->reordered_segments + row->reordered_after_segments) * 4 >= needless)
		snprintf(text, size, "its segments arrive out of order");
	else if (timeouts && outlasts_timeout(e, d))
		snprintf(text, size,
			 "%sthe sender's timeout is too short for the path, where round trips take "
			 "up to %.3f s",
			 acked ? "acknowledgements that passed here are lost on the way, or " : "",
			 (double)round_trip_ns(e) / 1e9);
	else if (acked)
		snprintf(text, size,
			 "acknowledgements that passed here are lost on the way to the sender");
	else
		snprintf(text, size, "acknowledgements are lost%s", timeouts ? "" : " or late");
}

static void find_needless(struct diagnosis *diagnosis, const struct examination *e,
			  enum direction d)
{
	const struct row *row = &e->row[d];
	__u64 needless = row->retransmitted_spurious_segments + row->spurious_proven_segments;
	char why[160];

	if (needless < RATED_COUNT)
		return;
	why_needless(why, sizeof(why), e, d);
	found(diagnosis,
	      needless < 10                               ? 25 :
	      needless * 2 >= row->retransmitted_segments ? 78 :
							    45,
	      "spurious", direction_names[d], "%s %s was resent needlessly %llu times of %llu: %s.",
	      DATA_OF[d], e->interface, needless, row->retransmitted_segments, why);
}

void find_losses(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	find_loss(diagnosis, e, d, false);
	find_loss(diagnosis, e, d, true);
	find_needless(diagnosis, e, d);
}

static void find_black_holes(struct diagnosis *diagnosis, const struct examination *e,
			     enum direction d)
{
	const struct black_holes *holes = &e->black_holes[d];
	char end[ENDPOINT_TEXT];

	if (!holes->connections)
		return;
	endpoint_text(end, holes->example.family, holes->example.key.remote,
		      holes->example.key.remote_port);
	found(diagnosis, 94, "mtu_black_hole", direction_names[d],
	      "%s %s: segments of %u bytes never arrive, smaller ones do (%llu connection%s, as with "
	      "%s; resent %llu times): a path MTU black hole. ICMP destination unreachable or packet too "
	      "big: %llu received.",
	      DATA_OF[d], e->interface, holes->segment, holes->connections,
	      holes->connections == 1 ? "" : "s", end, holes->resent,
	      e->netstat.InType3 + e->netstat.InPktTooBigs);
}

static void find_order(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	const struct row *row = &e->row[d];
	__u64 before = row->reordered_segments, after = row->reordered_after_segments;
	double percent = percent_of(before + after, row->data_segments);

	if (!is_rated(row, before + after))
		return;
	found(diagnosis,
	      percent >= 1   ? 79 :
	      percent >= 0.1 ? 62 :
			       35,
	      "reordering", direction_names[d],
	      "%s %s is %.2g %% out of order (%llu segments before this interface, %llu after; at "
	      "worst %llu segments, %.3f ms late): several paths in parallel (ECMP, LAG) or queues?",
	      DATA_OF[d], e->interface, percent, before, after, row->reordering_extent_max,
	      (double)row->reordering_delay_max_ns / 1e6);
}

static void find_copies(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	const struct row *row = &e->row[d];
	__u64 before = row->duplicated_segments, after = row->duplicated_after_segments;
	double percent = percent_of(before + after, row->data_segments);

	if (!is_rated(row, before + after))
		return;
	found(diagnosis, percent >= 0.3 ? 77 : 40, "duplication", direction_names[d],
	      "The network duplicates %.2g %% of %s data on %s (%llu segments before this interface, "
	      "%llu after): a loop, a mirror port, or bonding in broadcast mode?",
	      percent, d == IN ? "inbound" : "outbound", e->interface, before, after);
}

static void find_queues(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	const struct inflation *most = &e->inflated[d];
	__u64 more = most->mean_ns - most->min_ns;
	char end[ENDPOINT_TEXT];

	if (!most->min_ns || more < 10000000 || most->mean_ns < 2 * most->min_ns)
		return;
	endpoint_text(end, most->example.family, most->example.key.remote,
		      most->example.key.remote_port);
	found(diagnosis, more >= 30000000 && most->mean_ns >= 4 * most->min_ns ? 75 : 58,
	      "queueing", direction_names[d],
	      "Round trips grow under load: %s data on %s takes %.1f ms in the mean, %.1f ms at best "
	      "(as with %s): a queue that is too long (bufferbloat).",
	      d == IN ? "inbound" : "outbound", e->interface, (double)most->mean_ns / 1e6,
	      (double)most->min_ns / 1e6, end);
}

static void find_marks(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	const struct row *row = &e->row[d];

	if (row->ecn_ce_segments)
		found(diagnosis, 57, "ecn", direction_names[d],
		      "%llu segments (%.2g %%) of %s data on %s were marked: routers signal "
		      "congestion (ECN), which is no loss.",
		      row->ecn_ce_segments, percent_of(row->ecn_ce_segments, row->segments),
		      d == IN ? "inbound" : "outbound", e->interface);
}

void find_path(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	find_black_holes(diagnosis, e, d);
	find_order(diagnosis, e, d);
	find_copies(diagnosis, e, d);
	find_queues(diagnosis, e, d);
	find_marks(diagnosis, e, d);
}

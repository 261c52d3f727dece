/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "findings.h"
#include "flowline.h"
#include "report.h"

#define FLOOD_HALF_OPEN 200 /* connections */
#define FLOOD_SHARE 4       /* times as many as were established */

/* Connections that the remote ends open, and nobody goes on with. */
static bool find_flood(struct diagnosis *diagnosis, const struct examination *e)
{
	const struct openings *in = &e->opened[IN];
	double seconds = (double)e->span_ns / 1e9;

	if (in->half_open < FLOOD_HALF_OPEN || in->half_open < FLOOD_SHARE * in->answered)
		return false;
	found(diagnosis, 95, "syn_flood", direction_names[IN],
	      "%llu connections were opened from outside on %s and never established (%llu were; %.0f "
	      "SYNs a second): a SYN flood?",
	      in->half_open, e->interface, in->answered,
	      seconds > 0 ? (double)e->row[IN].syns / seconds : 0);
	return true;
}

static void find_unanswered(struct diagnosis *diagnosis, const struct examination *e,
			    enum direction d)
{
	const struct openings *opened = &e->opened[d];
	char end[ENDPOINT_TEXT];

	if (!opened->unanswered)
		return;
	if (d == OUT)
		endpoint_text(end, opened->example.family, opened->example.key.remote,
			      opened->example.key.remote_port);
	else
		endpoint_text(end, opened->example.family, opened->example.key.local,
			      opened->example.key.local_port);
	found(diagnosis, opened->unanswered >= opened->answered ? 92 : 60, "unanswered",
	      direction_names[d],
	      "%llu connection%s opened %s %s got no answer to %s SYNs (as to %s; %llu others did): "
	      "a firewall drops them, or nobody is there.",
	      opened->unanswered, opened->unanswered == 1 ? "" : "s",
	      d == OUT ? "through" : "from outside on", e->interface,
	      opened->unanswered == 1 ? "its" : "their", end, opened->answered);
}

static void find_refused(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	__u64 refused = e->row[!d].resets_refused;

	if (refused)
		found(diagnosis, refused >= e->opened[d].answered ? 88 : 50, "refused",
		      direction_names[d],
		      "%llu connection%s opened %s %s %s refused (%llu were answered): nobody listens "
		      "on the port, or a firewall rejects.",
		      refused, refused == 1 ? "" : "s", d == OUT ? "through" : "from outside on",
		      e->interface, refused == 1 ? "was" : "were", e->opened[d].answered);
}

void find_openings(struct diagnosis *diagnosis, const struct examination *e)
{
	bool flood = find_flood(diagnosis, e);

	for (enum direction d = IN; d < DIRECTIONS; d++) {
		if (d != IN || !flood)
			find_unanswered(diagnosis, e, d);
		find_refused(diagnosis, e, d);
	}
}

/* What the interface dropped is lost before it (in), or after it (out: ploss comes before the queue). */
static void find_drops(struct diagnosis *diagnosis, const struct examination *e)
{
	const struct drops *drops = &e->drops;
	__u64 in = drops->rx_missed + drops->rx_errors + drops->rx_dropped;
	__u64 out = drops->qdisc_dropped + drops->tx_dropped + drops->tx_errors;
	__u64 lost_in = e->row[IN].lost_before_segments, lost_out = e->row[OUT].lost_after_segments;

	if (in)
		found(diagnosis, in * 2 >= lost_in && in > 1 ? 90 : 46, "interface_drops",
		      direction_names[IN],
		      "%s itself dropped packets that came in: %llu missed for lack of room, %llu with "
		      "errors, %llu dropped: loss in this host.",
		      e->interface, drops->rx_missed, drops->rx_errors, drops->rx_dropped);
	if (out)
		found(diagnosis, out * 2 >= lost_out && out > 1 ? 90 : 46, "interface_drops",
		      direction_names[OUT],
		      "%s itself dropped packets that were to leave: %llu by its queue (qdisc), %llu "
		      "by the driver, %llu with errors: loss in this host.",
		      e->interface, drops->qdisc_dropped, drops->tx_dropped, drops->tx_errors);
}

/* What ploss did not see makes every other finding smaller than it is. */
static void find_blind_spots(struct diagnosis *diagnosis, const struct examination *e)
{
	const struct health *health = &e->health;

	if (health->untracked_segments)
		found(diagnosis, 43, "untracked", NULL,
		      "%llu segments on %s belong to connections that found the table full: see "
		      "--max-flows.",
		      health->untracked_segments, e->interface);
	if (health->refused[REFUSED_fragment])
		found(diagnosis, 41, "fragments", NULL,
		      "%llu packets on %s are IP fragments, which are not judged.",
		      health->refused[REFUSED_fragment], e->interface);
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		const struct row *row = &e->row[d];

		if (row->unseen_bytes > row->data_bytes / 100)
			found(diagnosis, 38, "unseen", direction_names[d],
			      "%llu bytes of %s data were acknowledged that never passed %s: another "
			      "route or interface carries part of it, which is not judged.",
			      row->unseen_bytes, d == IN ? "inbound" : "outbound", e->interface);
		if (row->ambiguous_segments > row->data_segments / 100)
			found(diagnosis, 30, "ambiguous", direction_names[d],
			      "%llu late segments of %s data on %s may be losses or reordering: "
			      "nothing tells which.",
			      row->ambiguous_segments, d == IN ? "inbound" : "outbound",
			      e->interface);
	}
}

void find_host(struct diagnosis *diagnosis, const struct examination *e)
{
	find_drops(diagnosis, e);
	find_blind_spots(diagnosis, e);
}

/* Windows are told by packets that travel the other way. */
static void find_windows(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	const struct row *said = &e->row[!d];
	double share = percent_of(said->zero_window_ns, e->span_ns);

	if (said->zero_windows)
		found(diagnosis, share >= 10 ? 87 : 47, "receiver_limited", direction_names[d],
		      "The receiver%s of %s data on %s did not read: the window was shut %llu time%s, "
		      "for %.3f s in all.",
		      d == OUT ? "s" : "", d == OUT ? "outbound" : "inbound", e->interface,
		      said->zero_windows, said->zero_windows == 1 ? "" : "s",
		      (double)said->zero_window_ns / 1e9);
}

/* A full window is one until the next acknowledgement: for a round trip at most. */
static void find_full_windows(struct diagnosis *diagnosis, const struct examination *e,
			      enum direction d)
{
	__u64 times = e->row[d].window_full, lived_ns = e->span_ns * max_of(e->connections, 1ULL);
	__u64 full_ns = times * (e->row[IN].rtt_mean_ns + e->row[OUT].rtt_mean_ns);

	if (times < RATED_COUNT || e->row[!d].zero_windows)
		return;
	full_ns = min_of(full_ns, lived_ns);
	found(diagnosis, percent_of(full_ns, lived_ns) >= 20 ? 49 : 36, "window_full",
	      direction_names[d],
	      "The receiver's window was full of %s data on %s %llu times, for up to %.3f s in all: "
	      "larger buffers there would allow more.",
	      d == OUT ? "outbound" : "inbound", e->interface, times, (double)full_ns / 1e9);
}

static void find_resets(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	__u64 resets = e->reset[d];

	if (resets >= RATED_COUNT)
		found(diagnosis, resets * 5 >= e->connections ? 48 : 34, "resets",
		      direction_names[d], "%llu connections on %s were reset by %s (of %llu).",
		      resets, e->interface, d == OUT ? "this side" : "the remote side",
		      e->connections);
}

static void find_discards(struct diagnosis *diagnosis, const struct examination *e,
			  enum direction d)
{
	const struct row *row = &e->row[d];

	if (row->paws_rejected_segments + row->host_dropped_segments >= RATED_COUNT)
		found(diagnosis, 71, "host_dropped", direction_names[d],
		      "%llu segments that came in on %s were thrown away by this host (%llu for their "
		      "old timestamps).",
		      row->paws_rejected_segments + row->host_dropped_segments, e->interface,
		      row->paws_rejected_segments);
}

void find_ends(struct diagnosis *diagnosis, const struct examination *e, enum direction d)
{
	find_windows(diagnosis, e, d);
	find_full_windows(diagnosis, e, d);
	find_resets(diagnosis, e, d);
	if (d == IN)
		find_discards(diagnosis, e, d);
}

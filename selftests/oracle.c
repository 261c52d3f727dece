/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "invariants.h"
#include "oracle.h"

struct contest {
	struct tap tap;
	struct naive naive;
	struct invariants invariants;
	struct truth truth;
	__u8 gaps_missed; /* bit d: direction d's IDs had gaps that nobody could take note of */
};

/* What the stupid tracker does not decide for itself. */
static struct given given(const struct tap *t, const struct counters *before,
			  const struct half *was, __u32 from, const struct range *doubt,
			  const struct pkt *p)
{
	const struct half *h = &t->flow.half[p->dir];
	const struct counters *now = &t->totals.dir[p->dir];
	int burst = now->loss_bursts != before->loss_bursts;

	return (struct given){
		.id_mode = h->id_mode == ID_NONE ? ID_NONE : was->id_mode,
		.ids_tell = h->id_mode == ID_SEQ || h->id_mode == ID_MONO ||
			    (h->id_mode == ID_UNKNOWN && !h->id_odd &&
			     (h->id_run >= ID_ORDER_RUN ||
			      (h->packets > ID_ORDER_PACKETS &&
			       h->id_run + h->id_gaps + 1 >= ID_ORDER_PACKETS))),
		.id_skipped = t->work.id_skipped,
		.id_known = t->trouble.side[p->dir].id_known,
		.rtt_min_ns = h->rtt_min_ns,
		.rtt_samples = h->rtt_samples,
		.tick_ns = t->trouble.side[p->dir].tick_ns,
		.rtt_end = was->rtt_end,
		.rtt_tsval = was->rtt_tsval,
		.rtt_start_ns = was->rtt_start_ns,
		.cause = t->work.verdict.cause,
		.tail = t->work.verdict.unseen,
		.likely_tick_ns = t->work.carry.tick_ns,
		.likely_rtt_ns = t->work.carry.rtt_ns,
		.sure_rtt_ns = t->work.carry.sure_ns,
		.tsval = was->tsval,
		.tsval_from = from,
		.doubt_start = doubt->start,
		.doubt_end = doubt->end,
		.ids_grow = h->id_mode == ID_UNKNOWN && !h->id_odd && h->packets > 2,
		.tail_burst = burst ? t->totals.gauges[0][p->dir].loss_burst_max_segments : 0,
	};
}

static int differ(struct oracle_failure *why, const char *what, __u64 tracker, __u64 naive)
{
	if (tracker == naive)
		return 0;
	why->what = what;
	why->tracker = tracker;
	why->naive = naive;
	return 1;
}

/* Not compared: what was given, and round trips. */
static int is_given(const char *name)
{
	return !strncmp(name, "cause_", 6) || !strncmp(name, "id_", 3);
}

static int rows_differ(struct oracle_failure *why, const struct counters *tracker,
		       const struct counters *naive)
{
#define X(name) \
	if (!is_given(#name) && differ(why, #name, tracker->name, naive->name)) \
		return 1;
	COUNTERS_OWN(X)
	COUNTERS_ABOUT(X)
#undef X
#define X(type, name) \
	if (differ(why, #name, tracker->name, naive->name)) \
		return 1;
	COUNTERS_BASE(X)
	COUNTERS_FEW(X)
#undef X
	return 0;
}

static int gauges_differ(struct oracle_failure *why, const struct gauges *tracker,
			 const struct gauges *naive)
{
#define X(name) differ(why, #name, tracker->name, naive->name)
	return X(reordering_extent_max) || X(reordering_delay_max_ns) ||
	       X(loss_burst_max_segments) || X(stall_max_ns);
#undef X
}

static int verdicts_differ(struct oracle_failure *why, const struct verdict *tracker,
			   const struct verdict *naive)
{
#define X(name) differ(why, "verdict: " #name, tracker->name, naive->name)
	return X(unseen) || X(seen) || X(spurious) || X(reordered) || X(duplicated) ||
	       X(ambiguous) || X(late_original) || X(paws) || X(evidence);
#undef X
}

static int ids_differ(struct oracle_failure *why, struct contest *contest, int d)
{
	const struct tap *t = &contest->tap;
	const struct naive *n = &contest->naive;
	const struct counters *c = &t->totals.dir[d];
	const struct half *h = &t->flow.half[d];

	if (t->has_flow && (h->id_odd || (h->id_gaps && !t->flow.troubled)))
		contest->gaps_missed |= 1 << d;
	if (contest->gaps_missed >> d & 1 || !t->has_flow || h->id_mode != ID_SEQ)
		return 0;
	return differ(why, "IDs missing", c->id_missing_packets - c->id_late_packets,
		      n->half[d].rest.id_missing);
}

/* Did it run out of room? */
static const char *beyond(const struct tap *t)
{
	if (t->totals.health.hole_overflows)
		return "holes";
	for (int d = 0; d < DIRECTIONS; d++) {
		const struct half *h = &t->flow.half[d];

		if (h->id_odd && (h->id_mode == ID_SEQ || h->id_mode == ID_MONO))
			return "IDs that contradict each other";
		if (t->trouble.side[d].flags & SIDE_SACK_LOST)
			return "SACKed ranges";
		if (t->trouble.side[d].flags & SIDE_MARKS_LOST)
			return "marks";
	}
	return NULL;
}

static int disagree(struct oracle_failure *why, struct contest *c)
{
	if (verdicts_differ(why, &c->tap.work.verdict, &c->naive.verdict))
		return 1;
	for (int d = 0; d < DIRECTIONS; d++) {
		const struct naive_rest *r = &c->naive.half[d].rest;

		if (rows_differ(why, &c->tap.totals.dir[d], &r->row) ||
		    gauges_differ(why, &c->tap.totals.gauges[0][d], &r->gauges) ||
		    ids_differ(why, c, d))
			return 1;
	}
	return 0;
}

/* What is true of the connection as a whole. */
static const char *untrue(const struct random_flow *f, const struct tap *t)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		const struct counters *c = &t->totals.dir[d];

		if (c->sack_reneges)
			return "nobody reneged";
		if (c->unseen_bytes)
			return "the tap saw everything";
		if (c->rtt_samples && t->totals.gauges[0][d].rtt_min_ns < f->loop_ns[d])
			return "a round trip shorter than the way";
		if (f->ids[d] != IDS_OF_CONNECTION && f->ids[d] != IDS_OF_HOST && t->has_flow &&
		    t->flow.half[d].id_mode == ID_SEQ)
			return "IDs that are no sequence";
	}
	return NULL;
}

void oracle_run(const struct random_flow *f, struct oracle_failure *why, struct oracle_count *count)
{
	static struct contest c;
	enum { AS_STRUCT, AS_IP, AS_ETHERNET, WAYS } way = f->seed % WAYS;
	int truthful = f->simulated && !f->missed;

	memset(&c.tap, 0, sizeof(c.tap));
	memset(&c.invariants, 0, sizeof(c.invariants));
	memset(&c.truth, 0, sizeof(c.truth));
	c.tap.glances = 1;
	c.gaps_missed = 0;
	naive_begin(&c.naive, f);
	memset(why, 0, sizeof(*why));
	count->flows++;
	for (int i = 0; i < f->count && !why->what; i++) {
		const struct tapped *t = &f->packets[i];
		struct pkt packet = t->pkt;
		const struct pkt *p = &packet;
		struct counters before = c.tap.totals.dir[p->dir];
		struct half was = c.tap.flow.half[p->dir];
		struct range doubt = { c.tap.trouble.side[p->dir].doubt_start,
				       c.tap.trouble.side[p->dir].doubt_end };
		__u32 from = c.tap.flow.tsval_from[p->dir], run = c.tap.flow.sack_acks;
		struct given g = {};

		why->packet = i;
		memset(&c.tap.work.verdict, 0, sizeof(c.tap.work.verdict));
		invariants_before(&c.invariants, &c.tap, p);
		if (way == AS_STRUCT)
			tap_packet(&c.tap, p, &t->opts);
		else
			oracle_frame(&c.tap, t, way == AS_IP ? LINK_IP : LINK_ETHERNET, &packet);
		why->what = invariants_after(&c.invariants, &c.tap, p);
		count->packets++;
		count->glanced += c.tap.work.pkt.now_ns != p->now_ns;
		count->sack_runs += c.tap.flow.sack_acks > run;
		if (!c.naive.beyond) {
			g = given(&c.tap, &before, &was, from, &doubt, p);
			naive_packet(&c.naive, p, &t->opts, &g);
			if (!c.naive.beyond)
				c.naive.beyond = beyond(&c.tap);
			if (c.naive.beyond)
				count->beyond++;
			else if (!why->what)
				disagree(why, &c);
		}
		if (truthful && !why->what)
			why->what = truth_check(
				&c.truth, f, i, &c.tap.work.verdict,
				c.tap.totals.dir[p->dir].retransmitted_likely_segments !=
					before.retransmitted_likely_segments,
				count);
		if (truthful && !why->what)
			why->what = untrue(f, &c.tap);
		for (int d = 0; d < DIRECTIONS && i + 1 == f->count; d++)
			if (truthful && !why->what)
				why->what = truth_of_losses(f, d, &c.tap.totals.dir[d]);
		why->verdicts[0] = c.tap.work.verdict;
		why->verdicts[1] = c.naive.verdict;
		why->given = g;
	}
}

/* Zeller's ddmin: leaves out ever smaller pieces as long as the same remains wrong. */
void oracle_shrink(struct random_flow *f, struct oracle_failure *why)
{
	static struct random_flow less;
	struct oracle_count count = {};
	struct oracle_failure again;

	f->count = why->packet + 1;
	for (int piece = f->count / 2; piece; piece /= 2) {
		for (int at = 0; at + piece <= f->count;) {
			less = *f;
			less.count -= piece;
			memmove(&less.packets[at], &less.packets[at + piece],
				(less.count - at) * sizeof(less.packets[0]));
			oracle_run(&less, &again, &count);
			if (again.what && !strcmp(again.what, why->what)) {
				*f = less;
				f->count = again.packet + 1;
				*why = again;
			} else {
				at += piece;
			}
		}
	}
}

static void print_verdict(const char *whose, const struct verdict *v)
{
	printf("%s: unseen %u seen %u spurious %u reordered %u duplicated %u ambiguous %u late %u "
	       "evidence %u cause %u\n",
	       whose, v->unseen, v->seen, v->spurious, v->reordered, v->duplicated, v->ambiguous,
	       v->late_original, v->evidence, v->cause);
}

void oracle_print(const struct random_flow *f, const struct oracle_failure *why)
{
	printf("seed %llu, packet %d: %s: tracker %llu, naive %llu%s%s\n",
	       (unsigned long long)f->seed, why->packet, why->what, why->tracker, why->naive,
	       f->local ? ", out is sent here" : "", f->simulated ? "" : ", noise");
	print_verdict("tracker", &why->verdicts[0]);
	print_verdict("naive", &why->verdicts[1]);
	printf("given: ID mode %d, they tell %u, RTT %u ns of %u samples, tick %u ns\n",
	       why->given.id_mode, why->given.ids_tell, why->given.rtt_min_ns,
	       why->given.rtt_samples, why->given.tick_ns);
	for (int i = 0; i < f->count; i++) {
		const struct tapped *t = &f->packets[i];
		const struct pkt *p = &t->pkt;
		__u32 own = f->origin[p->dir] + FLOW_START, other = f->origin[!p->dir] + FLOW_START;

		printf("%10.3f ms %s %d-%d", (p->now_ns - f->packets[0].pkt.now_ns) / 1e6,
		       p->dir == IN ? "in " : "out", p->seq - own, p->end_seq - own);
		if (p->tcp_flags & TCP_ACK)
			printf(" ack %d", p->ack - other);
		if (p->has & PKT_ID)
			printf(" id %u", p->id);
		if (p->has & PKT_TIMESTAMPS)
			printf(" tsval %u ecr %u", p->tsval, p->tsecr);
		if (p->segments > 1)
			printf(" segments %u", p->segments);
		printf(" window %u%s%s%s", p->window, p->tcp_flags & TCP_SYN ? " SYN" : "",
		       p->tcp_flags & TCP_FIN ? " FIN" : "", p->tcp_flags & TCP_RST ? " RST" : "");
		for (int n = 0; n < t->opts.sack_count; n++)
			printf(" sack %d-%d", t->opts.sack[n].start - other,
			       t->opts.sack[n].end - other);
		if (t->sent)
			printf(" (#%u)", t->sent);
		printf("\n");
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracker once more, stupid: a few bytes for every byte of sequence space, lists without end, and the
 * definitions written down as they are. It knows what the tap saw, and nothing else. What the tracker must
 * answer with 32 holes, 8 fills, 12 repeats, 12 SACKed ranges and 512 IDs, this one answers with all there
 * ever were; where the tracker cannot know, it says so (beyond).
 *
 * Not decided here, but given by the tracker, are the measures that it judges by: round trips, the tick of
 * the timestamp clock, whether IDs can be trusted, and why a sender sent again (struct given).
 */
#ifndef PLOSS_NAIVE_H
#define PLOSS_NAIVE_H

#include "random_flow.h"
#include "work.h"

#define NAIVE_MARKS (8 * FLOW_PACKETS)
#define NAIVE_IDS (1 << 18)
#define ID_REACH (64 * ID_WINDOW_WORDS)

#define LEAST_RTO_NS 200000000ULL
#define LEAST_SYN_NS 900000000ULL
#define LEAST_SAMPLES 4 /* without which the shortest round trip is not known */
#define COARSE_TICKS 4  /* that a round trip seen once must last to be told from a short one */
#define LITTLE_IDS 64

enum says { SAYS_NOTHING, SAYS_NEW, SAYS_LATE, SAYS_REPEAT };

struct given {
	enum id_mode id_mode; /* with which this packet's ID was judged */
	__u8 ids_tell;        /* they tell order, for this packet */
	__u32 id_skipped, id_known;
	__u32 rtt_min_ns, rtt_samples, tick_ns;
	__u32 rtt_end, rtt_tsval; /* of the sample under way: the segment that began it, */
	__u64 rtt_start_ns;       /* and when; 0: spoilt */
	__u8 cause;               /* enum cause */
	__u32 tail;               /* segments of this packet's new data that repair a lost tail */
	__u32 tail_burst;         /* of a burst of so many, which it begins to repair */
	__u64 likely_tick_ns, likely_rtt_ns, sure_rtt_ns;
	__u32 tsval, tsval_from; /* the newest TSval, and where it began */
	__u32 doubt_start, doubt_end;
	__u8 ids_grow; /* but do not tell order yet: each by little, three at least */
};

struct naive_opener {
	__u64 opened_us, data_segments, heard;
	__u32 tsval, unit, ticks, echo, rested;
	__s64 id;
};

struct naive_mark {
	__s64 start, end, id, opener_id;
	__u64 when_us;
	__u32 tsval, newest, opener_tsval, proven; /* bytes */
	__u8 kind, fast, stamped, echoed;
};

/* One byte. */
struct naive_place {
	__u16 opener; /* it is missing since this one; 0: not missing */
	__u8 burst;   /* missing: the burst is counted */
	__u8 sacked;
	__u16 fill;   /* the mark that brought it when it was missing; 0: none */
	__u16 repeat; /* the newest mark of its repeats */
};

struct naive_half {
	struct naive_place place[FLOW_PLACES];
	struct naive_opener opener[NAIVE_MARKS];
	struct naive_mark fill[NAIVE_MARKS], repeat[NAIVE_MARKS];
	__u8 id_seen[NAIVE_IDS];
	struct naive_rest {
		__u32 origin;
		__s64 base, next, ack, fack, burst_end, used;
		__u8 seeded, acked, syn, fin, last, scaled, stamped, local, probe, sack_seen,
			has_id;
		__u8 wscale;
		__u32 openers, fills, repeats, mss, burst_length, tsval, ts_recent, repair_tsval;
		__u32 repair_before, repair_echo;
		__u16 window, syn_id;
		__u64 last_ns, syn_ns, zero_since_ns, head_since_us;
		__s64 id_first, id_top, id_missing;
		struct counters row;
		struct gauges gauges;
	} rest;
};

struct naive {
	struct naive_half half[DIRECTIONS];
	const struct pkt *pkt;
	const struct opts *opts;
	const struct given *given;
	enum says says;         /* its ID */
	struct verdict verdict; /* of this packet; without cause */
	__u8 begun;             /* it is more than an embryo */
	__u8 closed;            /* by both FINs, or a reset */
	__u32 first_fill;       /* the first mark of this packet's fills */
	const char *beyond;     /* a bound was exceeded: from here on they need not agree */
};

void naive_begin(struct naive *n, const struct random_flow *f);
void naive_packet(struct naive *n, const struct pkt *p, const struct opts *o,
		  const struct given *g);

/* naive.c: what the packet's ID says of it. */
enum says naive_ids(struct naive *n);
enum says naive_id(struct naive *n, struct naive_half *h);

/* naive_fill.c: packet n->pkt leaves a hole, or its bytes [low, high) are below what was seen. */
void naive_repaired(struct naive *n);
void naive_hole(struct naive *n, __s64 start, __s64 end);
void naive_old(struct naive *n, __s64 low, __s64 high);

/* naive_repeat.c: but for `filled` of them, and at most `left` segments, they had passed before. */
void naive_repeat(struct naive *n, __s64 low, __s64 high, __s64 filled, __u32 left);

/* naive_acks.c: what packet n->pkt says of the other direction's data. */
void naive_acks(struct naive *n);

static inline struct naive_half *naive_own(struct naive *n)
{
	return &n->half[n->pkt->dir];
}

static inline const struct naive_half *naive_other(const struct naive *n)
{
	return &n->half[!n->pkt->dir];
}

static inline __u64 naive_us(const struct naive *n)
{
	return n->pkt->now_ns / 1000;
}

static inline __s64 naive_at(const struct naive_half *h, __u32 seq)
{
	return (__s32)(seq - h->rest.origin);
}

static inline __s64 naive_id_place(const struct naive_half *h, __u16 id)
{
	return h->rest.id_top + 1 + (__s16)(id - (__u16)(h->rest.id_top + 1));
}

/* Payload bytes of [start, end). */
static inline __u32 naive_payload(const struct pkt *p, const struct naive_half *h, __s64 start,
				  __s64 end)
{
	__s64 from = naive_at(h, p->seq) + !!(p->tcp_flags & TCP_SYN), to = from + p->payload;

	return max_of(0, min_of(end, to) - max_of(start, from));
}

/* Is a round trip more than two and a half ticks, and so many more? */
static inline int naive_rtt_exceeds(const struct given *g, __u64 ticks)
{
	return g->tick_ns && (__u64)g->rtt_min_ns * 2 > (__u64)g->tick_ns * (5 + 2 * ticks);
}

/* Is this one likely more than one and a half, and so many more? */
static inline int naive_outlasts(const struct given *g, __u64 rtt_ns, __u64 ticks)
{
	return rtt_ns * 2 > g->likely_tick_ns * (3 + 2 * ticks);
}

static inline int naive_rtt_is_sure(const struct naive *n)
{
	return n->given->rtt_samples >= LEAST_SAMPLES;
}

static inline void naive_remember(struct naive *n, struct naive_mark *m, __s64 start, __s64 end,
				  __u8 kind)
{
	*m = (struct naive_mark){ .start = start,
				  .end = end,
				  .id = naive_id_place(naive_own(n), n->pkt->id),
				  .when_us = naive_us(n),
				  .tsval = n->pkt->tsval,
				  .kind = kind };
}

#endif

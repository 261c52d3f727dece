/* SPDX-License-Identifier: GPL-2.0-only */
/* A run of SACKs: what a receiver answers to one segment after the other above its newest hole. Each repeats the
 * acknowledgement number and all blocks, but the first one's end has grown: that, and how many came, is all they
 * say. So the flow itself keeps it, and the troubled tier is not looked up for each of them (glance.h).
 *
 *	sack_run_begin()      behind a SACK that was taken whole: what follows may be a run of it
 *	sack_run_takes()      is this the run's next one?
 *	sack_run_add()        it is: in the flow alone
 *	sack_run_end()        any other packet of the same direction: the side learns what the run said
 *
 * Until then who reads side[sack_dir] adds to it: sack_run_reach(), sack_run_acks(), sack_run_count().
 *
 * The run is written by its direction's packets alone, but for its beginning, which packets of both may write at
 * once. Worst result: a run of mixed fields, which takes no packet, for a block of the one direction is none of the
 * other's. Two CPUs that see packets of one direction at once may count one acknowledgement too few.
 */
#ifndef PLOSS_SACK_RUN_H
#define PLOSS_SACK_RUN_H

#include "ploss.h"
#include "seq.h"
#include "tcpopt.h"

#define SACK_RUN_BLOCKS 3 /* as many as fit beside timestamps */
#define SACK_RUN_ACKS 8191

/* What a packet SACKs. */
struct sacks {
	__u32 blocks; /* 1 ... SACK_RUN_BLOCKS */
	__u32 end;    /* of the first one */
	__u32 others; /* sack_digest(0, blocks, start of the first one), and on with each of the others */
};

/* A difference goes unnoticed once in 2^32 times. */
static __always_inline __u32 sack_digest(__u32 digest, __u32 start, __u32 end)
{
	return (digest * 0x9e3779b1 + start) * 0x85ebca6b + end;
}

static __always_inline int sack_run_takes(const struct flow *f, enum direction d,
					  const struct sacks *next)
{
	return f->sack_blocks == next->blocks && f->sack_dir == d &&
	       f->sack_others == next->others && !seq_before(next->end, f->sack_end) &&
	       f->sack_acks < SACK_RUN_ACKS;
}

static __always_inline void sack_run_add(struct flow *f, const struct sacks *next)
{
	f->sack_end = next->end;
	f->sack_acks++;
}

/* What side[d] has not been told of: how many there were, */
static __always_inline __u32 sack_run_acks(const struct flow *f, enum direction d)
{
	return f->sack_dir == d ? f->sack_acks : 0;
}

/* and how far they have come above side.fack (fack itself if they have not). */
static __always_inline __u32 sack_run_reach(const struct flow *f, enum direction d, __u32 fack)
{
	return sack_run_acks(f, d) ? f->sack_end : fack;
}

/* Completes the row of direction d. */
static __always_inline void sack_run_count(const struct flow *f, enum direction d,
					   struct counters *row)
{
	row->duplicate_acks += sack_run_acks(f, d);
	row->sack_blocks += sack_run_acks(f, d) * f->sack_blocks;
}

#endif

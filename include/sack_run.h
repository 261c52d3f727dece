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
 * Until then who reads side[run.dir] adds to it: sack_run_reach(), sack_run_acks(), sack_run_count().
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
#define SACK_RUN_ACKS 0xffff

/* The blocks behind the first one as one number: a difference goes unnoticed once in 2^32 times. */
static __always_inline __u32 sack_digest(__u32 digest, __u32 start, __u32 end)
{
	return (digest * 0x9e3779b1 + start) * 0x85ebca6b + end;
}

static __always_inline int sack_run_takes(const struct sack_run *run, enum direction d,
					  const struct sack_run *next)
{
	return run->blocks == next->blocks && run->dir == d && run->others == next->others &&
	       run->start == next->start && !seq_before(next->end, run->end) &&
	       run->acks < SACK_RUN_ACKS;
}

static __always_inline void sack_run_add(struct sack_run *run, const struct sack_run *next)
{
	run->end = next->end;
	run->acks++;
}

/* What side[d] has not been told of: how far above side.fack the SACKs have come since (fack itself if they have
 * not),
 */
static __always_inline __u32 sack_run_reach(const struct sack_run *run, enum direction d,
					    __u32 fack)
{
	return run->acks && run->dir == d ? run->end : fack;
}

/* and how many there were. */
static __always_inline __u32 sack_run_acks(const struct sack_run *run, enum direction d)
{
	return run->dir == d ? run->acks : 0;
}

/* Completes the row of direction d. */
static __always_inline void sack_run_count(const struct sack_run *run, enum direction d,
					   struct counters *row)
{
	row->duplicate_acks += sack_run_acks(run, d);
	row->sack_blocks += sack_run_acks(run, d) * run->blocks;
}

#endif

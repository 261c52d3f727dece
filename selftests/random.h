/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that are the same everywhere for the same seed (Vigna's splitmix64). */
#ifndef PLOSS_RANDOM_H
#define PLOSS_RANDOM_H

#include <linux/types.h>

struct random {
	__u64 state;
};

static inline __u64 random_next(struct random *r)
{
	__u64 z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* 0 ... n-1 */
static inline __u32 random_below(struct random *r, __u32 n)
{
	return n ? (__u32)((random_next(r) >> 32) * n >> 32) : 0;
}

/* True n times of 10,000. */
static inline int random_chance(struct random *r, __u32 n)
{
	return random_below(r, 10000) < n;
}

#endif

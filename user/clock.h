/* SPDX-License-Identifier: GPL-2.0-only */
/* A monotonic clock from time stamps that may not be. */
#ifndef PLOSS_CLOCK_H
#define PLOSS_CLOCK_H

#include <time.h>
#include <linux/types.h>

/* All zero before the first stamp. */
struct clock {
	__u64 now_ns;                      /* never 0 from the first stamp on, never falls */
	__u64 first_ns;                    /* at the first stamp */
	__u64 shift_ns;                    /* now_ns less the stamp, modulo 2^64 */
	__u64 backwards, backwards_max_ns; /* stamps below the one before, and by how much */
};

/* A stamp below the one before does not move the clock. Where it is more than a second below, or years above,
 * it is the clock that made the stamps which was set: this one goes on from there.
 */
void clock_set(struct clock *clock, __u64 stamp_ns);

/* The stamp that belongs to a time of the clock. */
void clock_time(const struct clock *clock, __u64 ns, struct timespec *time);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include "clock.h"
#include "compiler.h"

#define SECOND_NS 1000000000ULL
#define SET_BACK_NS SECOND_NS        /* less is disorder among CPUs */
#define BEGINNING_NS (2 * SECOND_NS) /* stamps may begin at 0, which means "none" to the tracker */

void clock_set(struct clock *clock, __u64 stamp_ns)
{
	__u64 now_ns, back_ns;

	if (!clock->now_ns) {
		clock->shift_ns = stamp_ns < BEGINNING_NS ? BEGINNING_NS : 0;
		clock->now_ns = clock->first_ns = stamp_ns + clock->shift_ns;
		return;
	}
	now_ns = stamp_ns + clock->shift_ns;
	if ((__s64)(now_ns - clock->now_ns) >= 0) {
		clock->now_ns = now_ns;
		return;
	}
	back_ns = clock->now_ns - now_ns;
	clock->backwards++;
	clock->backwards_max_ns = max_of(clock->backwards_max_ns, back_ns);
	if (back_ns > SET_BACK_NS)
		clock->shift_ns += back_ns;
}

void clock_time(const struct clock *clock, __u64 ns, struct timespec *time)
{
	ns -= clock->shift_ns;
	time->tv_sec = (time_t)(ns / SECOND_NS);
	time->tv_nsec = (long)(ns % SECOND_NS);
}

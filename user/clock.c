/* SPDX-License-Identifier: GPL-2.0-only */
#include "clock.h"
#include "compiler.h"

#define SECOND_NS 1000000000ULL
#define SET_BACK_NS SECOND_NS /* less is disorder among CPUs */
#define FAR_NS \
	(10ULL * 366 * 86400 * SECOND_NS) /* no capture leaves out so much: a stamp is broken */
#define LAST_NS (~0ULL - FAR_NS)
#define BEGINNING_NS (2 * SECOND_NS) /* stamps may begin at 0, which means "none" to the tracker */

static void begin(struct clock *clock, __u64 stamp_ns)
{
	clock->now_ns = clock->first_ns = min_of(max_of(stamp_ns, BEGINNING_NS), LAST_NS);
	clock->shift_ns = clock->now_ns - stamp_ns;
}

void clock_set(struct clock *clock, __u64 stamp_ns)
{
	__u64 ahead_ns, back_ns;

	if (!clock->now_ns) {
		begin(clock, stamp_ns);
		return;
	}
	ahead_ns = stamp_ns + clock->shift_ns - clock->now_ns;
	if (ahead_ns < FAR_NS && clock->now_ns < LAST_NS) {
		clock->now_ns += ahead_ns;
		return;
	}
	back_ns = -ahead_ns;
	if (back_ns < FAR_NS) {
		clock->backwards++;
		clock->backwards_max_ns = max_of(clock->backwards_max_ns, back_ns);
	}
	if (back_ns > SET_BACK_NS)
		clock->shift_ns += back_ns;
}

void clock_time(const struct clock *clock, __u64 ns, struct timespec *time)
{
	ns -= clock->shift_ns;
	time->tv_sec = (time_t)(ns / SECOND_NS);
	time->tv_nsec = (long)(ns % SECOND_NS);
}

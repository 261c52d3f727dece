/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's TCP says that it sends again: its tracepoints, of this network namespace. */
#ifndef PLOSS_TRACEPOINTS_H
#define PLOSS_TRACEPOINTS_H

#include <linux/types.h>
#include <net/if.h>

#define TRACED_ROUTES 16 /* interfaces told apart; the rest are together in the last */

struct traced {
	struct {
		char interface[IF_NAMESIZE]; /* "?": gone since, none, or one of the rest */
		__u64 segments;
	} route[TRACED_ROUTES]; /* where they left, by name */
	unsigned int routes;
	__u64 segments; /* the sum of the routes */
	__u64 synacks;  /* beside them */
	__u64 missed;   /* calls that came while the program was at work on this CPU already */
	__u64 failed;   /* packets that could not be sent: told since Linux 6.17, else 0 */
};

struct tracepoints;

/* Counts from here on, or says what is missing and returns -errno. */
int tracepoints_open(struct tracepoints **tracepoints);

/* From zero again. */
void tracepoints_reset(const struct tracepoints *tracepoints);

int tracepoints_read(const struct tracepoints *tracepoints, struct traced *traced);

/* Takes NULL. */
void tracepoints_close(struct tracepoints *tracepoints);

#endif

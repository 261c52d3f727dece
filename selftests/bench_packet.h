/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet costs, kind by kind. */
#ifndef PLOSS_BENCH_PACKET_H
#define PLOSS_BENCH_PACKET_H

#include "bench_run.h"

/* A kind of packet, and what it cost: nanoseconds, the step's and the test run's own included. */
struct packet_row {
	const char *name;
	int family;
	enum hook hook;
	enum subject against; /* PARSE or FLOOR: */
	double limit;         /* most that ploss may cost, in its net costs; 0: no limit */
	double ns[SUBJECTS];  /* 0: not measured */
};

#define PACKET_ROWS 128

/* Plays each script `rounds` times; only those like "tc 4 pure ACK", where like is not NULL. Returns how many
 * rows there are, or -errno, said.
 */
int packet_rows(struct bench *b, struct packet_row rows[PACKET_ROWS], unsigned int rounds,
		const char *like);

/* Nanoseconds without what NOTHING takes. */
double packet_net(const struct packet_row *row, enum subject subject);

#endif

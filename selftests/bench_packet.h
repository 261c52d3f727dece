/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet costs, kind by kind. */
#ifndef PLOSS_BENCH_PACKET_H
#define PLOSS_BENCH_PACKET_H

#include "bench_run.h"

/* Plays each script `rounds` times and prints its rows; only those like "tc 4 pure ACK", where like is not
 * NULL. 0 or -errno, said.
 */
int packet_bench(struct bench *b, unsigned int rounds, const char *like);

#endif

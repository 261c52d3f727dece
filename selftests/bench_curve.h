/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet costs when the caches miss: among many connections, in no order. */
#ifndef PLOSS_BENCH_CURVE_H
#define PLOSS_BENCH_CURVE_H

/* Up to so many connections. Prints the rows; also what a packet costs while the largest table is read. 0 or
 * -errno, said.
 */
int curve_bench(const char *steps, const char *ploss, unsigned int flows, unsigned int rounds);

#endif

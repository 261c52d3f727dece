/* SPDX-License-Identifier: GPL-2.0-only */
/* A scenario in the kernel: its frames through the real programs and maps, by BPF_PROG_TEST_RUN. */
#ifndef PLOSS_SCENARIO_KERNEL_H
#define PLOSS_SCENARIO_KERNEL_H

#include <stdbool.h>

#include "scenario.h"

/* Counts what passes from 0 ms on, of the data of A and B, as scenario_play() does. False where the
 * environment variable PLOSS_KERNEL does not name the object (build/kernel.bpf.o; root is needed then),
 * and where a test run cannot do it: frames of more than a page, bare IP, a table without room. How many
 * were played and how many left out is printed at exit.
 */
bool scenario_play_kernel(const struct setting *at, const struct step *steps, int count,
			  __u8 family, const struct way *way, __u32 base,
			  struct counters result[2]);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A scenario in the kernel: its frames through the real programs and maps, by BPF_PROG_TEST_RUN. */
#ifndef PLOSS_SCENARIO_KERNEL_H
#define PLOSS_SCENARIO_KERNEL_H

#include <stdbool.h>

#include "scenario.h"

/* Plays it as scenario_play() does. False where it is not asked for: where the environment variable PLOSS_KERNEL
 * does not name the object (build/kernel.bpf.o; root is needed then), and for ways that are the host's own.
 * How many were played is printed at exit.
 */
bool scenario_play_kernel(const struct setting *at, const struct step *steps, int count,
			  __u8 family, const struct way *way, __u32 base, struct played *result);

#endif

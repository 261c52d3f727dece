/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the programs of bench.bpf.c, and those that are measured with them. */
#ifndef PLOSS_BENCH_RUN_H
#define PLOSS_BENCH_RUN_H

#include <bpf/libbpf.h>

#include "bench.h"
#include "frame.h"
#include "ploss.h"

enum hook { TC, XDP, HOOKS };

extern const char *const hook_names[HOOKS];

struct bench {
	struct bpf_object *steps, *ploss, *peer; /* peer: NULL without one */
	int step[HOOKS];
	int stride; /* map of struct stride */
	int has[SUBJECTS][HOOKS];
};

/* Loads all programs, with tables for so many flows. peer: an object, or NULL. Moves this process to a
 * network namespace of its own. 0 or -errno, said.
 */
int bench_open(struct bench *b, const char *steps, const char *ploss, const char *peer,
	       __u32 flows);

/* Takes one that bench_open() could not open. */
void bench_close(struct bench *b);

/* Nanoseconds a packet of the step and the subject, `repeat` packets long; negative: -errno. Packets that
 * leave always take tc.
 */
double bench_run(struct bench *b, enum hook hook, enum subject subject, const struct frame *frame,
		 const struct stride *stride, __u32 repeat);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss read --doctor: what is wrong in a capture. */
#ifndef PLOSS_READ_DOCTOR_H
#define PLOSS_READ_DOCTOR_H

#include "diagnose.h"
#include "summary.h"
#include "table.h"

struct read_doctor {
	struct examination examination[MAX_INTERFACES];
	bool exceeded; /* one of the options' limits */
};

/* Takes a connection into account: all that is known of it. */
void read_doctor_take(struct read_doctor *doctor, const struct connection *c);

/* Prints the findings of a run of run_ns, whose last interval the summary has; 0 or -errno, which is said. */
int read_doctor_print(struct read_doctor *doctor, const struct summary *summary, __u64 run_ns);

#endif

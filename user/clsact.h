/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs as cls_bpf filters on a clsact qdisc: where the kernel has no tcx.
 *
 * Filters of ours are known by three facts that agree: the program's name, its id in the name that
 * libbpf gives the filter, and its id in the handle. The handle's top bit says that a ploss
 * created the qdisc; a ploss that comes later takes the bit over from one that is there, so the
 * last to leave removes the qdisc, if nothing of others is on it.
 *
 * Callers hold owner_lock().
 */
#ifndef PLOSS_CLSACT_H
#define PLOSS_CLSACT_H

#include <stdbool.h>

#include "ploss.h"

/* Our filter on one hook; program_id 0: none. */
struct clsact_filter {
	__u32 program_id, handle, priority;
};

/* What ploss has on one interface. */
struct clsact {
	unsigned int ifindex;
	bool created; /* the qdisc, by this ploss or one before it */
	struct clsact_filter filter[DIRECTIONS];
};

/* Makes sure of the qdisc. -EEXIST: an ingress qdisc, which has no egress, is in its place. */
int clsact_open(struct clsact *clsact, unsigned int ifindex);

/* Adds the program at a priority that no foreign filter has. *behind: one of those comes first. */
int clsact_attach(struct clsact *clsact, enum direction direction, int program_fd, bool *behind);

/* Leaves the interface as it was found. */
void clsact_close(struct clsact *clsact);

/* Removes, from all interfaces, what dead ones left. */
void clsact_clean(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of connections, added up by what they have in common. */
#ifndef PLOSS_GROUP_H
#define PLOSS_GROUP_H

#include "flowline.h"
#include "keyed.h"

struct groups {
	enum grouping by;
	struct keyed table;
};

void groups_init(struct groups *groups, enum grouping by);
void groups_free(struct groups *groups);

/* Adds a connection's line; -ENOMEM. */
int groups_add(struct groups *groups, const struct flow_line *line);

/* The sums one after the other, from *at = 0 on; NULL after the last. */
const struct flow_line *groups_next(const struct groups *groups, __u32 *at);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What was known of each connection when it was looked at before: what an interval's lines begin from. */
#ifndef PLOSS_PAST_H
#define PLOSS_PAST_H

#include "flowrow.h"
#include "keyed.h"

struct past {
	struct keyed table;
	__u32 look; /* number of the look under way */
};

void past_init(struct past *past);
void past_free(struct past *past);

/* The rows of what happened to the connection since the last look, and remembers this one; -ENOMEM. */
int past_rows(struct past *past, const struct entry *entry, struct row rows[DIRECTIONS]);

/* Ends a look at all: forgets those that were not met. */
void past_end(struct past *past);

/* The rows of all that is known of the connection. */
void entry_rows(const struct entry *entry, struct row rows[DIRECTIONS]);

#endif

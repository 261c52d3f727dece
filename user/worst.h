/* SPDX-License-Identifier: GPL-2.0-only */
/* The worst lines of many: memory for those that are kept, whatever passes by. */
#ifndef PLOSS_WORST_H
#define PLOSS_WORST_H

#include "flowline.h"

struct worst {
	struct flow_line *line; /* a heap: the least bad one on top */
	size_t count, room;
	size_t limit;                /* 0: all are kept */
	const struct column *column; /* NULL: by losses */
};

void worst_init(struct worst *worst, size_t limit, const struct column *column);
void worst_free(struct worst *worst);

/* -ENOMEM. */
int worst_add(struct worst *worst, const struct flow_line *line);

/* Sorts, the worst first; after it only worst_clear(). */
void worst_sort(struct worst *worst);
void worst_clear(struct worst *worst);

#endif

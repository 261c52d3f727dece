/* SPDX-License-Identifier: GPL-2.0-only */
/* The checks of diagnose(), by what they look at. */
#ifndef PLOSS_FINDINGS_H
#define PLOSS_FINDINGS_H

#include "diagnose.h"

/* Below this much data, or so few of what is looked for, there is no percentage. */
#define RATED_SEGMENTS 100
#define RATED_COUNT 2

/* "Inbound data on", "Outbound data on" */
extern const char *const DATA_OF[DIRECTIONS];

void found(struct diagnosis *diagnosis, unsigned int weight, const char *kind,
	   const char *direction, const char *format, ...) __attribute__((format(printf, 5, 6)));

double percent_of(__u64 part, __u64 whole);
bool is_rated(const struct row *row, __u64 count);

/* Connections that are not answered, refused, or opened too many at once. */
void find_openings(struct diagnosis *diagnosis, const struct examination *e);

/* What this host and its interface do themselves, and what could not be seen. */
void find_host(struct diagnosis *diagnosis, const struct examination *e);

/* Losses of a direction, and what is resent though nothing was lost. */
void find_losses(struct diagnosis *diagnosis, const struct examination *e, enum direction d);

/* What else the path does to it: order, copies, queues, marks, segments that are too large. */
void find_path(struct diagnosis *diagnosis, const struct examination *e, enum direction d);

/* What its sender and its receiver do. */
void find_ends(struct diagnosis *diagnosis, const struct examination *e, enum direction d);

#endif

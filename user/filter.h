/* SPDX-License-Identifier: GPL-2.0-only */
/* pcap-filter(7) expressions over frames of several link types. */
#ifndef PLOSS_FILTER_H
#define PLOSS_FILTER_H

#include "savefile.h"

struct filter;

/* Keeps the expression, which stays the caller's. NULL: no memory. */
struct filter *filter_open(const char *expression);

/* A frame of a link type for which the expression means nothing does not pass. */
bool filter_passes(struct filter *filter, int linktype, const struct savefile_frame *frame);

/* What is wrong with the expression, or NULL. Holds until the next call. */
const char *filter_fault(const char *expression);

void filter_close(struct filter *filter);

#endif

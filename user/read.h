/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures: the same statistics from pcap files. */
#ifndef PLOSS_READ_H
#define PLOSS_READ_H

#include "options.h"

/* Returns the exit status. */
int read_run(const struct options *options);

#endif

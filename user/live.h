/* SPDX-License-Identifier: GPL-2.0-only */
/* The main job: statistics per interface and direction, an interval at a time. */
#ifndef PLOSS_LIVE_H
#define PLOSS_LIVE_H

#include "options.h"

/* Returns the exit status. Where nobody reads stdout any more it ends by SIGPIPE, after cleaning up. */
int live_run(const struct options *options);

#endif

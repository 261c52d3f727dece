/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss top: full screen, live. */
#ifndef PLOSS_TOP_H
#define PLOSS_TOP_H

#include "options.h"

/* Returns the exit status. */
int top_run(const struct options *options);

#endif

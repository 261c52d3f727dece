/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss events: a line for each packet that is out of the ordinary. */
#ifndef PLOSS_USER_EVENTS_H
#define PLOSS_USER_EVENTS_H

#include "options.h"

/* Returns the exit status. */
int events_run(const struct options *options);

#endif

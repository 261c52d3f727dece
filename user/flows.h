/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss flows: the connections, worst first. */
#ifndef PLOSS_FLOWS_H
#define PLOSS_FLOWS_H

#include "options.h"

/* Returns the exit status. */
int flows_run(const struct options *options);

#endif

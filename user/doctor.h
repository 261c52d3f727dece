/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss doctor: watches for a while, and says what is wrong. */
#ifndef PLOSS_DOCTOR_H
#define PLOSS_DOCTOR_H

#include "options.h"

/* Returns the exit status; 3 where a limit of the options was exceeded. */
int doctor_run(const struct options *options);

#endif

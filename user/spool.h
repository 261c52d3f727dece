/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of what can be read only once, in $TMPDIR or /tmp, without a name there. */
#ifndef PLOSS_SPOOL_H
#define PLOSS_SPOOL_H

#include "options.h"

struct spool {
	int *copy;   /* of each of the options' files; -1: it is a file that can be read again */
	char **name; /* of what is read the second time */
};

/* Makes an empty copy of each pipe and the like. -errno, which is said. */
int spool_open(struct spool *spool, const struct options *options);

void spool_close(struct spool *spool, const struct options *options);

#endif

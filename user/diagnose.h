/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings in plain words, from what was examined. Pure. */
#ifndef PLOSS_DIAGNOSE_H
#define PLOSS_DIAGNOSE_H

#include "examine.h"
#include "options.h"

#define FINDING_TEXT 512
#define FINDINGS 32 /* of an interface; what is beyond is the least important */

struct finding {
	unsigned int weight;   /* the larger, the more important */
	const char *kind;      /* for programs */
	const char *direction; /* NULL: neither alone */
	char text[FINDING_TEXT];
};

#define WEIGHT_LIMIT 100  /* what the user said must not be */
#define WEIGHT_TROUBLE 40 /* from here on it is a trouble, below a remark */

#define EXIT_EXCEEDED 3 /* exit status where one of the options' limits is */

struct diagnosis {
	struct finding finding[FINDINGS];
	unsigned int count;
	bool exceeded; /* one of the options' limits */
};

/* The most important first. */
void diagnose(struct diagnosis *diagnosis, const struct examination *examination,
	      const struct options *options);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings, as each output has them. */
#ifndef PLOSS_REPORT_FINDING_H
#define PLOSS_REPORT_FINDING_H

#include <stdio.h>
#include <time.h>

#include "diagnose.h"

struct finding_report {
	FILE *out;
	enum output output;
	struct timespec time;
};

/* What stands before the first line. */
void finding_report_begin(struct finding_report *report);

/* The findings of one interface, or that there are none, with what that rests on. */
void report_diagnosis(struct finding_report *report, const struct diagnosis *diagnosis,
		      const struct examination *examination);

#endif

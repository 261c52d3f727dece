/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of connections, as each output has them. */
#ifndef PLOSS_REPORT_FLOW_H
#define PLOSS_REPORT_FLOW_H

#include "flowline.h"
#include "options.h"

struct flow_report {
	FILE *out;
	enum output output;
	enum grouping by;
	bool with_info;          /* also what the kernel says of the local socket */
	struct timespec time;    /* of the lines that follow */
	unsigned int columns;    /* of the terminal; 0: 80 */
	unsigned int interfaces; /* tables: of the longest name */
	unsigned int tables;     /* begun so far */
};

/* What stands before an interval's lines. */
void flow_report_begin(struct flow_report *report);

void flow_report_line(struct flow_report *report, const struct flow_line *line);

#endif

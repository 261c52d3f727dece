/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss read --flows: the connections of a capture, worst first. Lines are taken when a connection is
 * forgotten, and at the end; only those that will be printed are kept.
 */
#ifndef PLOSS_CONNECTIONS_H
#define PLOSS_CONNECTIONS_H

#include "group.h"
#include "report_flow.h"
#include "table.h"
#include "worst.h"

struct connections {
	const struct options *options;
	struct groups groups;
	struct worst worst;
	struct flow_report report;
	int err; /* what went wrong so far */
};

void connections_init(struct connections *connections, const struct options *options);
void connections_free(struct connections *connections);

/* All that is known of a connection, as the kernel's tables have it. *trouble is where its own may be. */
void connection_entry(struct entry *entry, struct trouble *trouble, const struct connection *c);

/* Both directions' lines of all that is known of a connection. interface stays the caller's. */
void connection_lines(struct flow_line lines[DIRECTIONS], const struct connection *c,
		      const char *interface);

/* Takes a connection's lines: all that is known of it. interface stays the caller's. */
void connections_take(struct connections *connections, const struct connection *c,
		      const char *interface);

/* Prints them; 0 or -errno, which is said. */
int connections_print(struct connections *connections, const struct timespec *time);

#endif

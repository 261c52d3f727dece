/* SPDX-License-Identifier: GPL-2.0-only */
/* What a line of `ploss flows` says: one direction of a connection, or of many that have something in
 * common.
 */
#ifndef PLOSS_FLOWLINE_H
#define PLOSS_FLOWLINE_H

#include <time.h>

#include "columns.h"
#include "flowrow.h"
#include "process.h"

/* What the connections of a line have in common. In the order of what --by takes. */
enum grouping { GROUP_FLOW, GROUP_PEER, GROUP_PORT, GROUP_PROCESS };

/* Only what belongs to the grouping holds, and the rest is 0. */
struct flow_line {
	const char *interface;
	enum direction direction;
	__u8 family;             /* flow, peer */
	struct flow_key6 key;    /* flow; peer: remote alone */
	const char *state;       /* flow */
	bool holes_merged;       /* flow: see entry_holes_merged() */
	__u16 port;              /* port: the one that was connected to */
	struct process process;  /* flow, process */
	struct socket_info info; /* flow, where it was asked for */
	__u64 flows;             /* how many there are */
	struct row row;
};

/* Whether something passed, or was said of what passed before. */
bool row_is_empty(const struct row *row);

/* Adds another connection's: counts and times add up, extremes stay extreme. */
void row_add(struct row *row, const struct row *other);

/* Which of two lines is worse: > 0 where a is. By the column, or, where it is NULL, by what was lost, then by
 * what was retransmitted. Lines that are equal there are told apart by how much they carried, and by their
 * ends.
 */
int flow_line_compare(const struct flow_line *a, const struct flow_line *b,
		      const struct column *column);

/* "192.0.2.1", "2001:db8::1" */
#define ADDRESS_TEXT 46
void address_text(char text[ADDRESS_TEXT], __u8 family, const __be32 mapped[4]);

/* "192.0.2.1:443", "[2001:db8::1]:443" */
#define ENDPOINT_TEXT 56
void endpoint_text(char text[ENDPOINT_TEXT], __u8 family, const __be32 mapped[4], __be16 port);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tables hold of a connection, as what is shown of it. Pure. */
#ifndef PLOSS_FLOWROW_H
#define PLOSS_FLOWROW_H

#include <stdbool.h>

#include "columns.h"
#include "ploss.h"

/* One entry of the kernel's tables. */
struct entry {
	struct flow_key6 key; /* IPv4 mapped (RFC 4291 2.5.5.2) */
	__u8 family;          /* 4 or 6 */
	bool embryonic;       /* only its SYNs were seen */
	struct flow flow;
	struct trouble *trouble; /* NULL: there is none */
};

/* The entry of an embryo; *trouble is where the entry's may be. */
void entry_from_embryo(struct entry *entry, struct trouble *trouble, const struct flow_key6 *key,
		       const struct embryo *embryo);

/* Everything that was counted of direction d, and its extremes. */
void entry_counts(const struct entry *entry, enum direction d, struct counters *counted,
		  struct gauges *gauges);

/* Was more missing at once, of direction d, than is followed apart? Then its losses are told less exactly. */
bool entry_holes_merged(const struct entry *entry, enum direction d);

/* The local end's state as far as packets tell: ESTABLISHED, SYN_SENT, CLOSE_WAIT ... */
const char *entry_state(const struct entry *entry);

/* The same from what packets told: who opened it (in the handshake), and whose FINs went by (bit d: in
 * direction d).
 */
const char *state_name(enum flow_state state, enum direction opener, unsigned int fins);

/* The port of the end that was connected to: told by the SYN, else the lower one. Host byte order. */
__u16 entry_service(const struct entry *entry);

#endif

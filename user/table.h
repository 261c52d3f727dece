/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections by their ends: a hash table in user space, for captures and tests.
 *
 * Open addressing over numbers of entries, linear probing, deletion by shifting back. Entries stay where
 * they are: a pointer to one holds until it is deleted. Memory grows with the connections that are held
 * at once, and with nothing else. Silent: NULL is "no room".
 */
#ifndef PLOSS_TABLE_H
#define PLOSS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "ploss.h"

/* The ends in the order of their addresses and ports, so that both directions have one key. IPv4
 * addresses are mapped. scope keeps apart what is alike: interfaces, and the two passes of a packet that
 * leaves where it came in.
 */
struct ends {
	__be32 low[4], high[4];
	__be16 low_port, high_port;
	__u32 scope;
};

_Static_assert(sizeof(struct ends) == 40, "it is hashed: no padding");

/* Where the tap is, seen along one direction of one connection. See vantage.h. */
enum vantage { VANTAGE_UNKNOWN, VANTAGE_SENDER, VANTAGE_ELSEWHERE };

/* One connection. Which of the two states it has: embryonic says. */
struct connection {
	struct ends ends;
	__u32 number;       /* of this entry in the table */
	__u32 older, newer; /* embryos: the chain from the oldest to the newest */
	__u8 embryonic;
	__u8 low_is_local; /* packets that `low` sends go OUT */
	__u8 family;
	__u8 refused;             /* the table was full when it was established */
	__u8 orientation;         /* enum orientation, see follow.h */
	__u8 ttl[DIRECTIONS];     /* of the newest packet, 0: none seen */
	__u8 vantage[DIRECTIONS]; /* enum vantage */
	__u64 began_ns;           /* when its first packet was seen */
	__u16 mss[DIRECTIONS];    /* what the SYN of that direction asked for; 0: not seen */
	__u16 longest[DIRECTIONS], full[DIRECTIONS]; /* payloads, see wire_segments.h */
	union {
		struct flow flow;
		struct embryo embryo;
	};
	struct trouble *trouble; /* owned */
};

/* The interface that the connection was seen on; see struct sighting. */
static inline __u32 connection_interface(const struct connection *c)
{
	return c->ends.scope >> 2;
}

struct slot {
	__u32 hash;
	__u32 number; /* of the entry, plus 1; 0: free */
};

struct table {
	struct slot *slot;
	__u32 mask;
	struct connection **chunk;
	__u32 chunks, entries; /* entries: numbers handed out so far, free ones included */
	__u32 *touched; /* of each entry, see table_touch(); apart, to be looked through fast */
	__u32 *spare;   /* numbers of free entries */
	__u32 spares, list_room;
	__u32 flows[2];                /* established: IPv4, IPv6 */
	__u32 embryos, oldest, newest; /* numbers plus 1, as in slot */
	__u32 max_flows, max_embryos;
	__u32 next; /* where table_idle() goes on */
};

/* All limits hold for each IP version. -ENOMEM. */
int table_init(struct table *table, __u32 max_flows, __u32 max_embryos);
void table_free(struct table *table);

struct connection *table_find(const struct table *table, const struct ends *ends);

/* A new embryo, all zero but for its ends; the oldest one makes room. There is none of these ends yet. */
struct connection *table_add(struct table *table, const struct ends *ends, __u8 family);

/* The embryo becomes a flow, all zero; what it was is copied to *was. False where the limit is reached:
 * then nothing has changed.
 */
bool table_establish(struct table *table, struct connection *c, struct embryo *was);

/* The flow begins anew as an embryo, all zero. */
void table_restart(struct table *table, struct connection *c);

void table_delete(struct table *table, struct connection *c);

/* Notes that the connection was seen now, in any unit of time. */
static inline void table_touch(struct table *table, const struct connection *c, __u32 now)
{
	table->touched[c->number] = now;
}

/* Goes on, for at most *steps entries and in the end from the first one again, to one that was not seen for so
 * long. NULL: *steps is 0.
 */
struct connection *table_idle(struct table *table, __u32 *steps, __u32 now, __u32 idle);

/* Entry i < table->entries, or NULL where it is free. */
struct connection *table_entry(const struct table *table, __u32 i);

#endif

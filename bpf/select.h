/* SPDX-License-Identifier: GPL-2.0-only */
/* What is asked for: the interfaces and connections that struct config names. */
#ifndef PLOSS_SELECT_H
#define PLOSS_SELECT_H

#include "maps.h"

static __always_inline int is_filtered(void)
{
	return config.family || config.ports || config.peers;
}

/* Is the packet one that the user asked for? */
static __always_inline int selected(const struct pkt *p)
{
	const __be32 *remote = p->dir == OUT ? p->dest : p->source;
	__be16 local_port = p->dir == OUT ? p->source_port : p->dest_port;
	__be16 remote_port = p->dir == OUT ? p->dest_port : p->source_port;
	__u32 wanted = 0, found = 0;
	int matches = 0;

	if (config.family && config.family != p->family)
		return 0;
	for (int i = 0; i < MAX_PORTS && i < config.ports; i++) {
		__u32 end = config.port_end[i] & 3;

		wanted |= 1U << end;
		if ((end != REMOTE_END && local_port == config.port[i]) ||
		    (end != LOCAL_END && remote_port == config.port[i]))
			found |= 1U << end;
	}
	if (found != wanted)
		return 0;
	for (int i = 0; i < MAX_PREFIXES && i < config.peers; i++) {
		const volatile struct prefix *x = &config.peer[i];
		__be32 word[4] = { remote[0], remote[1], remote[2], remote[3] };

		if (p->family == 4) {
			word[3] = word[0];
			word[2] = (__be32)__builtin_bswap32(0xffff);
			word[0] = word[1] = 0;
		}
		matches |= !(((word[0] ^ x->addr[0]) & x->mask[0]) |
			     ((word[1] ^ x->addr[1]) & x->mask[1]) |
			     ((word[2] ^ x->addr[2]) & x->mask[2]) |
			     ((word[3] ^ x->addr[3]) & x->mask[3]));
	}
	return !config.peers || matches;
}

/* Where an interface's packets are counted, and how they are read. */
static __always_inline __u32 slot_of(__u32 ifindex, enum link_type *link)
{
	for (__u32 i = 0; i < MAX_INTERFACES; i++) {
		__u32 at = BOUND(i, MAX_INTERFACES);

		if (!config.ifindex[at])
			break;
		if (config.ifindex[at] == ifindex) {
			*link = config.link[at];
			return i + 1;
		}
	}
	*link = LINK_AUTO;
	return 0;
}

#endif

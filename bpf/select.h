/* SPDX-License-Identifier: GPL-2.0-only */
/* What is asked for: the interfaces and connections that struct config names. */
#ifndef PLOSS_SELECT_H
#define PLOSS_SELECT_H

#include "maps.h"

static __always_inline int is_filtered(void)
{
	return config.family || config.ports || config.peers;
}

/* Is it a connection that the user asked for? remote: in a key of the family. */
static __always_inline int selected(__u32 family, const __be32 *remote, __be16 local_port,
				    __be16 remote_port)
{
	__be32 word[4] = { remote[0] };
	__u32 wanted = 0, found = 0;
	int matches = 0;

	if (config.family && config.family != family)
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
	if (family == 6) {
		word[1] = remote[1];
		word[2] = remote[2];
		word[3] = remote[3];
	} else {
		word[3] = word[0];
		word[2] = (__be32)__builtin_bswap32(0xffff);
		word[0] = 0;
	}
	for (int i = 0; i < MAX_PREFIXES && i < config.peers; i++) {
		const volatile struct prefix *x = &config.peer[i];

		matches |= !(((word[0] ^ x->addr[0]) & x->mask[0]) |
			     ((word[1] ^ x->addr[1]) & x->mask[1]) |
			     ((word[2] ^ x->addr[2]) & x->mask[2]) |
			     ((word[3] ^ x->addr[3]) & x->mask[3]));
	}
	return !config.peers || matches;
}

/* The one whose key is in the slot. */
static __always_inline int slot_is_selected(const struct slot *s, __u32 family)
{
	const struct flow_key4 *k4 = &s->key4;
	const struct flow_key6 *k6 = &s->key6;

	if (!is_filtered())
		return 1;
	if (family == 4)
		return selected(4, &k4->remote, k4->local_port, k4->remote_port);
	return selected(6, k6->remote, k6->local_port, k6->remote_port);
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

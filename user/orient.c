/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "headers.h"
#include "orient.h"
#include "vantage.h"

void mapped_address(__be32 mapped[4], const void *address, __u8 family)
{
	if (family == 6) {
		memcpy(mapped, address, 16);
		return;
	}
	mapped[0] = mapped[1] = 0;
	mapped[2] = bpf_htonl(0xffff);
	memcpy(&mapped[3], address, 4);
}

static bool within(const struct prefix *prefix, unsigned int count, const __be32 address[4])
{
	for (; count; count--, prefix++) {
		bool differs = false;

		for (unsigned int i = 0; i < 4; i++)
			differs |= ((address[i] ^ prefix->addr[i]) & prefix->mask[i]) != 0;
		if (!differs)
			return true;
	}
	return false;
}

enum direction orient(const struct options *options, const struct pkt *p,
		      const struct sighting *seen, enum orientation *by)
{
	__u16 source_port = bpf_ntohs(p->source_port), dest_port = bpf_ntohs(p->dest_port);
	__be32 source[4], dest[4];
	bool from_local, to_local;

	*by = BY_CAPTURE;
	if (seen->marked)
		return seen->dir;
	mapped_address(source, p->source, p->family);
	mapped_address(dest, p->dest, p->family);
	from_local = within(options->local, options->locals, source);
	to_local = within(options->local, options->locals, dest);
	*by = BY_LOCAL;
	if (from_local != to_local)
		return from_local ? OUT : IN;
	*by = BY_TTL;
	if (ttl_is_forwarded(seen->ttl))
		return IN;
	*by = BY_SYN;
	if (p->tcp_flags & TCP_SYN)
		return p->tcp_flags & TCP_ACK ? IN : OUT;
	*by = BY_PORT;
	return source_port >= dest_port ? OUT : IN;
}

/* One of the ports of each kind that there is: as bpf/select.h has it. */
static bool has_ports(const struct config *config, __be16 local, __be16 remote)
{
	unsigned int wanted = 0, found = 0;

	for (unsigned int i = 0; i < config->ports; i++) {
		enum port_end end = config->port_end[i];

		wanted |= 1U << end;
		if ((end != REMOTE_END && config->port[i] == local) ||
		    (end != LOCAL_END && config->port[i] == remote))
			found |= 1U << end;
	}
	return found == wanted;
}

bool selected(const struct config *config, const struct pkt *p)
{
	bool out = p->dir == OUT;
	__be32 remote[4];

	if (config->family && config->family != p->family)
		return false;
	if (!has_ports(config, out ? p->source_port : p->dest_port,
		       out ? p->dest_port : p->source_port))
		return false;
	mapped_address(remote, out ? p->dest : p->source, p->family);
	return !config->peers || within(config->peer, config->peers, remote);
}

bool addresses_at(struct pkt *p, const void *ip, const void *end)
{
	const struct ipv4_header *ip4 = ip;
	const struct ipv6_header *ip6 = ip;

	if ((const void *)(ip4 + 1) > end)
		return false;
	p->family = ip4->version_ihl >> 4;
	if (p->family == 4) {
		p->source[0] = ip4->source;
		p->dest[0] = ip4->dest;
		return true;
	}
	if (p->family != 6 || (const void *)(ip6 + 1) > end)
		return false;
	memcpy(p->source, ip6->source, sizeof(p->source));
	memcpy(p->dest, ip6->dest, sizeof(p->dest));
	return true;
}

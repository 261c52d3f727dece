/* SPDX-License-Identifier: GPL-2.0-only */
/* Which end of a connection is the local one, and whether the user asked for it. */
#ifndef PLOSS_ORIENT_H
#define PLOSS_ORIENT_H

#include "options.h"
#include "pkt.h"

/* How a connection's packets were told apart into in and out, the surest first. */
enum orientation {
	BY_LOCAL,   /* one end is among options.local */
	BY_CAPTURE, /* the capture says it of each packet */
	BY_TTL,     /* one end's packets were forwarded, the other's not yet */
	BY_SYN,     /* the end that opens the connection is local */
	BY_PORT,    /* no SYN: the end with the higher port is */
	ORIENTATIONS,
};

/* What is known of a packet beside its bytes. */
struct sighting {
	__u32 interface;
	bool marked; /* the capture says the direction: */
	enum direction dir;
	__u8 ttl; /* or hop limit */
};

/* The direction of a connection's first packet. */
enum direction orient(const struct options *options, const struct pkt *p,
		      const struct sighting *seen, enum orientation *by);

/* Is the packet, whose direction is known, one that the user asked for? As bpf/select.h has it. */
bool selected(const struct config *config, const struct pkt *p);

/* Fills in family, source and dest. False where there is no IP header. */
bool addresses_at(struct pkt *p, const void *ip, const void *end);

/* An address of a header, IPv4 as a mapped one. */
void mapped_address(__be32 mapped[4], const void *address, __u8 family);

#endif

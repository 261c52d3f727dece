/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands before the IP header in captures, by the link types of the tcpdump group's list. */
#ifndef PLOSS_LINKTYPE_H
#define PLOSS_LINKTYPE_H

#include <stdbool.h>

#include "ploss.h"

/* A frame behind its link header, as far as pkt_parse() does not read that itself. */
struct unlinked {
	__u32 offset;        /* where pkt_parse() begins */
	enum link_type link; /* and what it finds there */
	__u32 ip;            /* offset of the IP header; beyond the end where there is none */
	__u32 type;      /* offset of an EtherType that is not IP's; beyond the end where none */
	__u32 interface; /* its index, where the capture says it; else 0 */
	bool marked;     /* the capture says the direction: */
	enum direction dir;
};

/* Is this link type (LINKTYPE_...) one of those that are read? */
bool linktype_is_known(int linktype);

/* The name that libpcap has for it, or NULL. */
const char *linktype_name(int linktype);

/* The number that libpcap has for it on this system (DLT_...). */
int linktype_to_dlt(int linktype);

/* REFUSED_truncated: the link header is cut off. REFUSED_not_tcp: no IP behind it. */
enum refusal linktype_strip(struct unlinked *u, int linktype, const __u8 *data, __u32 length);

#endif

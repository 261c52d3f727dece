/* SPDX-License-Identifier: GPL-2.0-only */
#include "decap.h"
#include "headers.h"

enum tunnel {
	PROTOCOL_IPIP = 4,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_GRE = 47,
	PORT_GTPU = 2152,
	PORT_VXLAN = 4789,
	PORT_VXLAN_LINUX = 8472,
	PORT_GENEVE = 6081,
	ETHER_TEB = 0x6558,     /* Ethernet in GRE and GENEVE */
	ETHER_PPP = 0x880b,     /* in GRE of version 1 */
	ETHER_ERSPAN2 = 0x88be, /* type I too, which has no header */
	ETHER_ERSPAN3 = 0x22eb,
	ETHER_MPLS = 0x8847,
	ETHER_PPPOE = 0x8864,
};

#define GRE_CHECKSUM 0x8000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACKNOWLEDGEMENT 0x0080 /* version 1, RFC 2637 4.1 */
#define GTPU_DATA 255
#define TAGS 4 /* VLAN tags and MPLS labels: more is nonsense */

/* A packet, and how far it is understood. Reading beyond its end gives 0, and at stays beyond it. */
struct walk {
	const __u8 *data;
	__u32 length, at;
};

static __u8 byte_at(const struct walk *w, __u32 offset)
{
	return w->at + offset < w->length ? w->data[w->at + offset] : 0;
}

static __u16 word_at(const struct walk *w, __u32 offset)
{
	return (__u16)(byte_at(w, offset) << 8 | byte_at(w, offset + 1));
}

static bool is_ip(const struct walk *w)
{
	__u8 version = byte_at(w, 0) >> 4;

	return version == 4 || version == 6;
}

/* Behind the IP header: what it carries, or 0 where that is not all there. */
static __u8 ip_skip(struct walk *w)
{
	__u8 first = byte_at(w, 0), protocol;

	if (first >> 4 == 6) {
		protocol = byte_at(w, 6);
		w->at += sizeof(struct ipv6_header);
		return protocol;
	}
	if (first >> 4 != 4 || (first & 15) < 5 || word_at(w, 6) & 0x3fff)
		return 0;
	protocol = byte_at(w, 9);
	w->at += (first & 15) * 4U;
	return protocol;
}

/* From an Ethernet header to the IP header behind it. */
static bool ethernet_skip(struct walk *w)
{
	w->at += 12;
	for (int i = 0; i < TAGS; i++) {
		__u16 type = word_at(w, 0);

		if (type == ETHER_IPV4 || type == ETHER_IPV6) {
			w->at += 2;
			return is_ip(w);
		}
		if (type != ETHER_VLAN && type != ETHER_QINQ)
			return false;
		w->at += 4;
	}
	return false;
}

/* RFC 1661 2: the protocol, and the address and control bytes that may precede it. */
static bool ppp_skip(struct walk *w)
{
	if (word_at(w, 0) == 0xff03)
		w->at += 2;
	w->at += byte_at(w, 0) & 1 ? 1 : 2;
	return is_ip(w);
}

static bool typed_skip(struct walk *w, __u16 type)
{
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		return is_ip(w);
	case ETHER_TEB:
		return ethernet_skip(w);
	case ETHER_PPP:
		return ppp_skip(w);
	}
	return false;
}

/* RFC 2784 2, RFC 2890 2. */
static bool gre_skip(struct walk *w)
{
	__u16 flags = word_at(w, 0), type = word_at(w, 2);

	w->at += 4;
	if (flags & GRE_CHECKSUM)
		w->at += 4;
	if (flags & GRE_KEY)
		w->at += 4;
	if (flags & GRE_SEQUENCE)
		w->at += 4;
	if (flags & GRE_ACKNOWLEDGEMENT && (flags & 7) == 1)
		w->at += 4;
	if (type == ETHER_ERSPAN2) {
		w->at += flags & GRE_SEQUENCE ? 8 : 0;
		return ethernet_skip(w);
	}
	if (type == ETHER_ERSPAN3) {
		w->at += byte_at(w, 11) & 1 ? 20 : 12;
		return ethernet_skip(w);
	}
	return typed_skip(w, type);
}

/* 3GPP TS 29.281 5.1. */
static bool gtpu_skip(struct walk *w)
{
	__u8 flags = byte_at(w, 0), extension;

	if (flags >> 5 != 1 || byte_at(w, 1) != GTPU_DATA)
		return false;
	w->at += 8;
	if (!(flags & 7))
		return is_ip(w);
	extension = flags & 4 ? byte_at(w, 3) : 0;
	w->at += 4;
	for (int i = 0; extension && i < TAGS; i++) {
		__u32 size = byte_at(w, 0) * 4U;

		if (!size)
			return false;
		extension = byte_at(w, size - 1);
		w->at += size;
	}
	return is_ip(w);
}

static bool udp_skip(struct walk *w)
{
	__u16 port = word_at(w, 2);

	if (word_at(w, 0) == PORT_GTPU)
		port = PORT_GTPU;
	w->at += 8;
	switch (port) {
	case PORT_VXLAN: /* RFC 7348 5 */
	case PORT_VXLAN_LINUX:
		w->at += 8;
		return ethernet_skip(w);
	case PORT_GENEVE: { /* RFC 8926 3.4 */
		__u16 type = word_at(w, 2);

		w->at += 8 + (byte_at(w, 0) & 63) * 4U;
		return typed_skip(w, type);
	}
	case PORT_GTPU:
		return gtpu_skip(w);
	}
	return false;
}

bool decap_ip(const __u8 *data, __u32 length, __u32 *ip)
{
	struct walk w = { data, length, *ip };
	bool found = false;

	switch (ip_skip(&w)) {
	case PROTOCOL_IPIP:
	case PROTOCOL_IPV6:
		found = is_ip(&w);
		break;
	case PROTOCOL_GRE:
		found = gre_skip(&w);
		break;
	case PROTOCOL_UDP:
		found = udp_skip(&w);
		break;
	}
	if (found)
		*ip = w.at;
	return found;
}

bool decap_link(const __u8 *data, __u32 length, __u32 *at)
{
	struct walk w = { data, length, *at };
	__u16 type = word_at(&w, 0);
	bool found = false;

	w.at += 2;
	if (type == ETHER_PPPOE) { /* RFC 2516 4 */
		w.at += 6;
		found = ppp_skip(&w);
	} else if (type == ETHER_MPLS) { /* RFC 3032 2.1: to the bottom of the stack */
		for (int i = 0; i < TAGS && !(byte_at(&w, 2) & 1); i++)
			w.at += 4;
		w.at += 4;
		found = is_ip(&w);
	}
	if (found)
		*at = w.at;
	return found;
}

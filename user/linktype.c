/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <pcap/pcap.h>

#include "headers.h"
#include "linktype.h"
#include "pkt.h"

#define SENT_BY_THIS_HOST 4 /* LINUX_SLL_OUTGOING */
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057

static __u16 word_at(const __u8 *data)
{
	return (__u16)(data[0] << 8 | data[1]);
}

static __u32 long_at(const __u8 *data)
{
	return (__u32)word_at(data) << 16 | word_at(data + 2);
}

/* Behind an EtherType at *at: past VLAN tags to an IP header. */
static enum refusal ether_type_skip(const __u8 *data, __u32 length, __u32 *at)
{
	for (;;) {
		if (*at + 2 > length)
			return REFUSED_truncated;
		switch (word_at(data + *at)) {
		case ETHER_VLAN:
		case ETHER_QINQ:
			*at += 4;
			break;
		case ETHER_IPV4:
		case ETHER_IPV6:
			*at += 2;
			return REFUSED_NOT;
		default:
			return REFUSED_not_tcp;
		}
	}
}

/* pkt_parse() reads Ethernet itself; only the IP header is looked for here. */
static enum refusal ethernet(struct unlinked *u, const __u8 *data, __u32 length)
{
	u->link = LINK_ETHERNET;
	u->ip = 12;
	if (ether_type_skip(data, length, &u->ip))
		u->ip = length;
	return REFUSED_NOT;
}

static enum refusal bare(struct unlinked *u, __u32 offset)
{
	u->offset = u->ip = offset;
	return REFUSED_NOT;
}

/* Linux cooked, first form: the EtherType stands at its end. A tag may follow it. */
static enum refusal cooked(struct unlinked *u, const __u8 *data, __u32 length)
{
	__u32 at = 14;
	enum refusal refusal;

	if (length < 16)
		return REFUSED_truncated;
	u->marked = true;
	u->dir = word_at(data) == SENT_BY_THIS_HOST ? OUT : IN;
	refusal = ether_type_skip(data, length, &at);
	return refusal ? refusal : bare(u, at);
}

/* Second form: the EtherType stands first, and the interface's index is there. */
static enum refusal cooked2(struct unlinked *u, const __u8 *data, __u32 length)
{
	__u32 at;
	enum refusal refusal;

	if (length < 20)
		return REFUSED_truncated;
	u->interface = long_at(data + 4);
	u->marked = true;
	u->dir = data[10] == SENT_BY_THIS_HOST ? OUT : IN;
	if (word_at(data) == ETHER_IPV4 || word_at(data) == ETHER_IPV6)
		return bare(u, 20);
	if (word_at(data) != ETHER_VLAN && word_at(data) != ETHER_QINQ)
		return REFUSED_not_tcp;
	at = 22;
	refusal = ether_type_skip(data, length, &at);
	return refusal ? refusal : bare(u, at);
}

/* RFC 1661 2, in HDLC-like framing or without it; the protocol may be compressed to one byte. */
static enum refusal ppp(struct unlinked *u, const __u8 *data, __u32 length, __u32 at)
{
	__u16 protocol;

	if (at + 2 <= length && data[at] == 0xff && data[at + 1] == 0x03)
		at += 2;
	if (at + 2 > length)
		return REFUSED_truncated;
	if (data[at] & 1) {
		protocol = data[at];
		at++;
	} else {
		protocol = word_at(data + at);
		at += 2;
	}
	return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? bare(u, at) : REFUSED_not_tcp;
}

/* Cisco HDLC: address, control, EtherType. */
static enum refusal hdlc(struct unlinked *u, const __u8 *data, __u32 length)
{
	__u32 at = 2;
	enum refusal refusal;

	if (length >= 2 && data[0] == 0xff && data[1] == 0x03)
		return ppp(u, data, length, 0);
	refusal = ether_type_skip(data, length, &at);
	return refusal ? refusal : bare(u, at);
}

/* 802.11 data frames: LLC and SNAP behind a header whose length its flags say (IEEE 802.11 9.2.3). */
static enum refusal wireless(struct unlinked *u, const __u8 *data, __u32 length, __u32 at)
{
	static const __u8 snap[] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
	enum refusal refusal;
	__u32 header = 24;

	if (at + header > length)
		return REFUSED_truncated;
	if ((data[at] & 0x0c) != 0x08 || data[at] & 0x40 || data[at + 1] & 0x40)
		return REFUSED_not_tcp; /* not data, no data, or encrypted */
	if ((data[at + 1] & 3) == 3)
		header += 6;
	if (data[at] & 0x80)
		header += data[at + 1] & 0x80 ? 6 : 2;
	at += header;
	if (at + sizeof(snap) > length)
		return REFUSED_truncated;
	if (memcmp(data + at, snap, sizeof(snap)))
		return REFUSED_not_tcp;
	at += sizeof(snap);
	refusal = ether_type_skip(data, length, &at);
	return refusal ? refusal : bare(u, at);
}

/* The radiotap header before it gives its own length, in little-endian order. */
static enum refusal radio(struct unlinked *u, const __u8 *data, __u32 length)
{
	if (length < 4)
		return REFUSED_truncated;
	return wireless(u, data, length, (__u32)(data[2] | data[3] << 8));
}

static enum refusal marked_ppp(struct unlinked *u, const __u8 *data, __u32 length)
{
	if (!length)
		return REFUSED_truncated;
	u->marked = true;
	u->dir = data[0] ? OUT : IN;
	return ppp(u, data, length, 1);
}

bool linktype_is_known(int linktype)
{
	struct unlinked u;

	return linktype_strip(&u, linktype, NULL, 0) != REFUSAL_END;
}

enum refusal linktype_strip(struct unlinked *u, int linktype, const __u8 *data, __u32 length)
{
	*u = (struct unlinked){ .link = LINK_IP, .ip = length };
	switch (linktype) {
	case DLT_EN10MB:
		return ethernet(u, data, length);
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return bare(u, 0);
	case DLT_NULL:
	case DLT_LOOP:
		return length < 4 ? REFUSED_truncated : bare(u, 4);
	case DLT_LINUX_SLL:
		return cooked(u, data, length);
	case DLT_LINUX_SLL2:
		return cooked2(u, data, length);
	case DLT_PPP:
		return ppp(u, data, length, 0);
	case DLT_PPP_SERIAL:
	case DLT_C_HDLC:
		return hdlc(u, data, length);
	case DLT_PPP_WITH_DIR:
	case DLT_PPP_PPPD:
		return marked_ppp(u, data, length);
	case DLT_IEEE802_11:
		return wireless(u, data, length, 0);
	case DLT_IEEE802_11_RADIO:
		return radio(u, data, length);
	}
	return REFUSAL_END;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <pcap/pcap.h>

#include "headers.h"
#include "linktype.h"
#include "pkt.h"

#define SENT_BY_THIS_HOST 4 /* LINUX_SLL_OUTGOING */
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define NFLOG_PAYLOAD 9 /* NFULA_PAYLOAD */

/* www.tcpdump.org/linktypes.html; libpcap's headers have most of them under other names. */
enum linktype {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_PPP = 9,
	LINKTYPE_FDDI = 10,
	LINKTYPE_RAW_LINUX = 12,
	LINKTYPE_RAW_OPENBSD = 14,
	LINKTYPE_PPP_HDLC = 50,
	LINKTYPE_RAW = 101,
	LINKTYPE_C_HDLC = 104,
	LINKTYPE_IEEE802_11 = 105,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IEEE802_11_RADIOTAP = 127,
	LINKTYPE_PPP_PPPD = 166,
	LINKTYPE_PPP_WITH_DIR = 204,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_NFLOG = 239,
	LINKTYPE_IPOIB = 242,
	LINKTYPE_LINUX_SLL2 = 276,
};

static __u16 word_at(const __u8 *data)
{
	return (__u16)(data[0] << 8 | data[1]);
}

static __u32 long_at(const __u8 *data)
{
	return (__u32)word_at(data) << 16 | word_at(data + 2);
}

/* Behind an EtherType at *at: past VLAN tags to an IP header. */
static enum refusal ether_type_skip(struct unlinked *u, const __u8 *data, __u32 length, __u32 *at)
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
			u->type = *at;
			return REFUSED_not_tcp;
		}
	}
}

/* pkt_parse() reads Ethernet itself; only the IP header is looked for here. */
static enum refusal ethernet(struct unlinked *u, const __u8 *data, __u32 length)
{
	u->link = LINK_ETHERNET;
	u->ip = 12;
	if (ether_type_skip(u, data, length, &u->ip))
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
	refusal = ether_type_skip(u, data, length, &at);
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
	refusal = ether_type_skip(u, data, length, &at);
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
	refusal = ether_type_skip(u, data, length, &at);
	return refusal ? refusal : bare(u, at);
}

/* LLC and SNAP (IEEE 802.2, RFC 1042), then an EtherType. */
static enum refusal snap(struct unlinked *u, const __u8 *data, __u32 length, __u32 at)
{
	static const __u8 head[] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
	enum refusal refusal;

	if (at + sizeof(head) > length)
		return REFUSED_truncated;
	if (memcmp(data + at, head, sizeof(head)))
		return REFUSED_not_tcp;
	at += sizeof(head);
	refusal = ether_type_skip(u, data, length, &at);
	return refusal ? refusal : bare(u, at);
}

/* 802.11 data frames: LLC and SNAP behind a header whose length its flags say (IEEE 802.11 9.2.3). */
static enum refusal wireless(struct unlinked *u, const __u8 *data, __u32 length, __u32 at)
{
	__u32 header = 24;

	if (at + header > length)
		return REFUSED_truncated;
	if ((data[at] & 0x0c) != 0x08 || data[at] & 0x40 || data[at + 1] & 0x40)
		return REFUSED_not_tcp; /* not data, no data, or encrypted */
	if ((data[at + 1] & 3) == 3)
		header += 6;
	if (data[at] & 0x80)
		header += data[at + 1] & 0x80 ? 6 : 2;
	return snap(u, data, length, at + header);
}

/* The radiotap header before it gives its own length, in little-endian order. */
static enum refusal radio(struct unlinked *u, const __u8 *data, __u32 length)
{
	if (length < 4)
		return REFUSED_truncated;
	return wireless(u, data, length, (__u32)(data[2] | data[3] << 8));
}

/* RFC 4391 6, behind the InfiniBand global route header: an EtherType, and two bytes of no use. */
static enum refusal infiniband(struct unlinked *u, const __u8 *data, __u32 length)
{
	if (length < 44)
		return REFUSED_truncated;
	return word_at(data + 40) == ETHER_IPV4 || word_at(data + 40) == ETHER_IPV6 ?
		       bare(u, 44) :
		       REFUSED_not_tcp;
}

/* Netfilter's log: attributes of a length and a type in the order of bytes of who wrote it, one of which is
 * the packet; its order is told by the first one's length.
 */
static enum refusal nflog(struct unlinked *u, const __u8 *data, __u32 length)
{
	__u32 at = 4, size, type;
	bool big;

	if (length < 8)
		return REFUSED_truncated;
	big = !data[4];
	while (at + 4 <= length) {
		size = big ? word_at(data + at) : (__u32)(data[at] | data[at + 1] << 8);
		type = big ? word_at(data + at + 2) : (__u32)(data[at + 2] | data[at + 3] << 8);
		if ((type & 0x7fff) == NFLOG_PAYLOAD)
			return bare(u, at + 4);
		if (size < 4)
			return REFUSED_malformed;
		at += (size + 3) & ~3U;
	}
	return REFUSED_truncated;
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

int linktype_to_dlt(int linktype)
{
	return linktype == LINKTYPE_RAW ? DLT_RAW : linktype;
}

const char *linktype_name(int linktype)
{
	return pcap_datalink_val_to_name(linktype_to_dlt(linktype));
}

enum refusal linktype_strip(struct unlinked *u, int linktype, const __u8 *data, __u32 length)
{
	*u = (struct unlinked){ .link = LINK_IP, .ip = length, .type = length };
	switch (linktype) {
	case LINKTYPE_ETHERNET:
		return ethernet(u, data, length);
	case LINKTYPE_RAW:
	case LINKTYPE_RAW_LINUX:
	case LINKTYPE_RAW_OPENBSD:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
		return bare(u, 0);
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		return length < 4 ? REFUSED_truncated : bare(u, 4);
	case LINKTYPE_LINUX_SLL:
		return cooked(u, data, length);
	case LINKTYPE_LINUX_SLL2:
		return cooked2(u, data, length);
	case LINKTYPE_PPP:
		return ppp(u, data, length, 0);
	case LINKTYPE_PPP_HDLC:
	case LINKTYPE_C_HDLC:
		return hdlc(u, data, length);
	case LINKTYPE_PPP_WITH_DIR:
	case LINKTYPE_PPP_PPPD:
		return marked_ppp(u, data, length);
	case LINKTYPE_IEEE802_11:
		return wireless(u, data, length, 0);
	case LINKTYPE_IEEE802_11_RADIOTAP:
		return radio(u, data, length);
	case LINKTYPE_FDDI:
		return snap(u, data, length, 13);
	case LINKTYPE_IPOIB:
		return infiniband(u, data, length);
	case LINKTYPE_NFLOG:
		return nflog(u, data, length);
	}
	return REFUSAL_END;
}

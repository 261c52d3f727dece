/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes to struct pkt: the only code that touches a frame.
 *
 *   pkt_parse()    link, IP and TCP headers, and the timestamps where they stand as nearly every
 *                  stack writes them (RFC 7323 appendix A)
 *   pkt_options()  the option bytes, for opts_parse(), where PKT_OPTIONS asks for it
 *
 * Each read is checked against the end of the bytes that are there; what lies beyond is never
 * touched.
 */
#ifndef PLOSS_PKT_H
#define PLOSS_PKT_H

#include <bpf/bpf_endian.h>

#include "compiler.h"
#include "headers.h"
#include "ploss.h"
#include "tcpopt.h"

enum pkt_has {
	PKT_ID = 1,         /* IPv4: id holds */
	PKT_TIMESTAMPS = 2, /* tsval and tsecr hold */
	PKT_OPTIONS = 4,    /* options that were not read: copy them and call opts_parse() */
	PKT_CE = 8,         /* Congestion Experienced (RFC 3168 5) */
	PKT_LOCAL = 16,     /* caller: this host's own stack sent it */
};

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

/* One packet, in host byte order but for addresses and ports. After a refusal nothing but ip_bytes
 * holds (0 where the frame is not IP).
 */
struct pkt {
	__u64 now_ns; /* caller: any monotonic clock */
	__u32 seq;
	__u32 end_seq; /* seq + payload + SYN + FIN */
	__u32 ack;
	__u32 payload; /* bytes, of all segments of a super-packet */
	__u32 tsval, tsecr;
	__u32 ip_bytes; /* of the IP packet, header included */
	__u16 segments; /* caller: segments on the wire, 1 and more (GSO, GRO) */
	__u16 window;   /* unscaled */
	__u16 id;
	__u16 options_offset; /* from the first byte of the frame */
	__u8 options_length;  /* 0, 4, ... 40 */
	__u8 tcp_flags;       /* enum tcp_flag */
	__u8 family;          /* 4 or 6 */
	__u8 dir;             /* caller: enum direction */
	__u8 has;             /* enum pkt_has */
	__u8 ttl;             /* IPv4 */
	__u8 pad[2];
	__be16 source_port, dest_port;
	__be32 source[4], dest[4]; /* IPv4: the first word, the others 0 */
};

#define VLAN_TAGS 2
#define EXTENSION_HEADERS 6 /* of at most 2048 bytes: a TCP header starts below OFFSET_MASK */
#define OFFSET_MASK 0x3fff

/* An offset instead of a moving pointer: the verifier follows its bounds, and options_offset is
 * free.
 */
struct cursor {
	const __u8 *data, *end;
	__u64 at;
};

/* The next n bytes, or NULL when the frame ends first: the parser's only bounds check. */
static __always_inline const void *take(struct cursor *c, __u64 n)
{
	const __u8 *p = c->data + c->at;

	if (p + n > c->end)
		return NULL;
	c->at += n;
	return p;
}

/* Bare IP where the frame begins with an IP header that gives the frame's own length, unless the
 * bytes are an Ethernet header with the IP header it promises just as well; all else is Ethernet.
 * Wrong for bare IPv4 from 8.0.64.0/20 and the like alone. data has an IPv4 header's bytes.
 */
static __always_inline enum link_type link_guess(const void *data, __u32 wire_length)
{
	const struct tag_after {
		struct ethernet_header ethernet;
		struct vlan_tag tag;
	} ON_WIRE *e = data;
	const struct ipv6_header *ip6 = data;
	const struct ipv4_header *ip = data;
	__u32 length = 0, next;

	if (ip->version_ihl >> 4 == 4)
		length = bpf_ntohs(ip->length);
	else if (ip->version_ihl >> 4 == 6 && ip6->length)
		length = bpf_ntohs(ip6->length) + sizeof(*ip6);
	else if (ip->version_ihl >> 4 != 6)
		return LINK_ETHERNET;
	if (length != wire_length && (length || wire_length <= 0xffff))
		return LINK_ETHERNET;
	next = bpf_ntohs(e->tag.tci) >> 12;
	switch (bpf_ntohs(e->ethernet.type)) {
	case ETHER_IPV4:
		return next == 4 ? LINK_ETHERNET : LINK_IP;
	case ETHER_IPV6:
		return next == 6 ? LINK_ETHERNET : LINK_IP;
	case ETHER_VLAN:
	case ETHER_QINQ:
		next = bpf_ntohs(e->tag.type);
		return next == ETHER_IPV4 || next == ETHER_IPV6 || next == ETHER_VLAN ?
			       LINK_ETHERNET :
			       LINK_IP;
	}
	return LINK_IP;
}

/* The type of what follows the link header. */
static __always_inline enum refusal link_parse(struct cursor *c, enum link_type link, __be16 *type)
{
	const struct ethernet_header *ethernet;
	const struct vlan_tag *tag;
	const __u8 *first;
	int i;

	if (link == LINK_IP) {
		first = c->data;
		if (first + 1 > c->end)
			return REFUSED_truncated;
		*type = *first >> 4 == 4 ? bpf_htons(ETHER_IPV4) :
			*first >> 4 == 6 ? bpf_htons(ETHER_IPV6) :
					   0;
		return REFUSED_NOT;
	}
	ethernet = take(c, sizeof(*ethernet));
	if (!ethernet)
		return REFUSED_truncated;
	*type = ethernet->type;
	for (i = 0; i < VLAN_TAGS; i++) {
		if (likely(*type != bpf_htons(ETHER_VLAN) && *type != bpf_htons(ETHER_QINQ)))
			break;
		tag = take(c, sizeof(*tag));
		if (!tag)
			return REFUSED_truncated;
		*type = tag->type;
	}
	return REFUSED_NOT;
}

/* The IP packet's length; a length field of 0 is a super-packet too long for it (BIG TCP). */
static __always_inline enum refusal length_check(struct pkt *p, __u32 length, __u32 available)
{
	p->ip_bytes = length && length <= available ? length : available;
	return length > available ? REFUSED_truncated : REFUSED_NOT;
}

static __always_inline enum refusal ipv4_parse(struct pkt *p, struct cursor *c, __u32 wire_length)
{
	__u32 available = wire_length - (__u32)c->at, header;
	const struct ipv4_header *ip = take(c, sizeof(*ip));
	enum refusal refusal;

	if (!ip)
		return REFUSED_truncated;
	header = (ip->version_ihl & 15) * 4;
	if (ip->version_ihl >> 4 != 4 || header < sizeof(*ip))
		return REFUSED_malformed;
	refusal = length_check(p, bpf_ntohs(ip->length), available);
	if (refusal)
		return refusal;
	if (ip->protocol != PROTOCOL_TCP)
		return REFUSED_not_tcp;
	if (ip->fragment & bpf_htons(0x3fff)) /* MF, or an offset */
		return REFUSED_fragment;
	p->family = 4;
	p->has = (ip->tos & 3) == 3 ? PKT_ID | PKT_CE : PKT_ID;
	p->id = bpf_ntohs(ip->id);
	p->ttl = ip->ttl;
	p->source[0] = ip->source;
	p->source[1] = p->source[2] = p->source[3] = 0;
	p->dest[0] = ip->dest;
	p->dest[1] = p->dest[2] = p->dest[3] = 0;
	if (header > sizeof(*ip) && !take(c, (header - sizeof(*ip)) & 63))
		return REFUSED_truncated;
	return REFUSED_NOT;
}

/* One comparison, not four: each is a path of its own to the verifier. */
static __always_inline int is_extension(__u8 next)
{
	const __u64 extensions = 1ULL << PROTOCOL_HOP_BY_HOP | 1ULL << PROTOCOL_ROUTING |
				 1ULL << PROTOCOL_FRAGMENT | 1ULL << PROTOCOL_DESTINATION;

	return next < 64 && extensions >> next & 1;
}

/* From the extension header at p->options_offset to the TCP header. An atomic fragment is a whole
 * packet (RFC 6946 4).
 */
OUT_OF_LINE enum refusal extensions_skip(struct pkt *p, const void *data, const void *end,
					 __u8 next)
{
	struct cursor c = { data, end, 0 };
	const struct ipv6_extension *extension;
	int i;

	UNROLLED
	for (i = 0; i < EXTENSION_HEADERS; i++) {
		if (!is_extension(next))
			break;
		c.at = FORGET(p->options_offset) & OFFSET_MASK;
		extension = take(&c, sizeof(*extension));
		if (!extension)
			return REFUSED_truncated;
		if (next != PROTOCOL_FRAGMENT)
			c.at += extension->length * 8;
		else if (extension->word & bpf_htons(0xfff9))
			return extension->next == PROTOCOL_TCP || is_extension(extension->next) ?
				       REFUSED_fragment :
				       REFUSED_not_tcp;
		next = extension->next;
		FORGET(p->options_offset) = c.at;
	}
	return next == PROTOCOL_TCP ? REFUSED_NOT :
	       is_extension(next)   ? REFUSED_extension_limit :
				      REFUSED_not_tcp;
}

static __always_inline enum refusal ipv6_parse(struct pkt *p, struct cursor *c, __u32 wire_length)
{
	__u32 available = wire_length - (__u32)c->at, length;
	const struct ipv6_header *ip = take(c, sizeof(*ip));
	enum refusal refusal;

	if (!ip)
		return REFUSED_truncated;
	if (ip->version_class >> 4 != 6)
		return REFUSED_malformed;
	length = bpf_ntohs(ip->length);
	refusal = length_check(p, length ? length + (__u32)sizeof(*ip) : 0, available);
	if (refusal)
		return refusal;
	if (ip->next != PROTOCOL_TCP && !is_extension(ip->next))
		return REFUSED_not_tcp;
	p->family = 6;
	p->has = (ip->class_flow & 0x30) == 0x30 ? PKT_CE : 0;
	p->id = p->ttl = 0;
	p->source[0] = ip->source[0];
	p->source[1] = ip->source[1];
	p->source[2] = ip->source[2];
	p->source[3] = ip->source[3];
	p->dest[0] = ip->dest[0];
	p->dest[1] = ip->dest[1];
	p->dest[2] = ip->dest[2];
	p->dest[3] = ip->dest[3];
	if (likely(ip->next == PROTOCOL_TCP))
		return REFUSED_NOT;
	p->options_offset = c->at;
	refusal = extensions_skip(p, c->data, c->end, ip->next);
	c->at = FORGET(p->options_offset) & OFFSET_MASK;
	return refusal;
}

static __always_inline enum refusal tcp_parse(struct pkt *p, struct cursor *c, __u64 ip_end)
{
	const struct tcp_header *tcp = take(c, sizeof(*tcp));
	const struct timestamp_words *stamps;
	__u32 options;

	if (!tcp)
		return REFUSED_truncated;
	options = (tcp->data_offset >> 4) * 4;
	if (options < sizeof(*tcp))
		return REFUSED_malformed;
	options -= sizeof(*tcp);
	if (c->at + options > ip_end)
		return REFUSED_malformed;
	p->payload = (__u32)(ip_end - c->at) - options;
	p->tcp_flags = tcp->flags & 63;
	p->seq = bpf_ntohl(tcp->seq);
	p->end_seq = p->seq + p->payload + !!(tcp->flags & TCP_SYN) + !!(tcp->flags & TCP_FIN);
	p->ack = bpf_ntohl(tcp->ack);
	p->window = bpf_ntohs(tcp->window);
	p->source_port = tcp->source;
	p->dest_port = tcp->dest;
	p->segments = 1;
	p->tsval = p->tsecr = 0;
	p->options_offset = c->at;
	p->options_length = options;
	if (!options)
		return REFUSED_NOT;

	stamps = take(c, options & 63);
	if (!stamps)
		return REFUSED_truncated;
	if (options >= sizeof(*stamps) && (const __u8 *)(stamps + 1) <= c->end &&
	    stamps->head == bpf_htonl(TIMESTAMPS_HEAD)) {
		p->tsval = bpf_ntohl(stamps->tsval);
		p->tsecr = bpf_ntohl(stamps->tsecr);
		p->has |= PKT_TIMESTAMPS;
		if (options == sizeof(*stamps))
			return REFUSED_NOT;
	}
	p->has |= PKT_OPTIONS;
	return REFUSED_NOT;
}

/* data ... end is what can be read, wire_length the frame's full length from data on: more where an
 * skb is not linear or a capture was cut. After REFUSED_truncated a caller that can bring in more
 * bytes does so and calls again. What lies behind the IP packet (Ethernet padding) is no payload.
 */
static __always_inline enum refusal pkt_parse(struct pkt *p, const void *data, const void *end,
					      __u32 wire_length, enum link_type link)
{
	struct cursor c = { data, end, 0 };
	enum refusal refusal;
	__be16 type;
	__u64 start;

	p->ip_bytes = 0;
	if (link == LINK_AUTO) {
		if ((const struct ipv4_header *)data + 1 > (const struct ipv4_header *)end)
			return REFUSED_truncated;
		link = link_guess(data, wire_length);
	}
	refusal = link_parse(&c, link, &type);
	if (refusal)
		return refusal;
	start = c.at;
	if (likely(type == bpf_htons(ETHER_IPV4)))
		refusal = ipv4_parse(p, &c, wire_length);
	else if (type == bpf_htons(ETHER_IPV6))
		refusal = ipv6_parse(p, &c, wire_length);
	else
		refusal = REFUSED_not_tcp;
	if (refusal)
		return refusal;
	return tcp_parse(p, &c, start + p->ip_bytes);
}

/* The option bytes that p says are there, for opts_parse(). */
static __always_inline void pkt_options(struct opts *o, const struct pkt *p, const void *data,
					const void *end)
{
	const struct wire_word *from = (const void *)((const __u8 *)data +
						      (p->options_offset & OFFSET_MASK));
	struct wire_word *to = (struct wire_word *)o->bytes;
	__u32 i, words = OPTS_MAX / sizeof(*to);

	UNROLLED
	for (i = 0; i < words; i++)
		to[i].word = 0;
	UNROLLED
	for (i = 0; i < words; i++) {
		if (i * sizeof(*to) >= p->options_length || (const void *)(from + i + 1) > end)
			break;
		to[i].word = from[i].word;
	}
	o->length = i * sizeof(*to);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path: in-order data and ACKs that advance, of a flow without an open episode, and SACKs of a run
 * (sack_run.h), in the layout that nearly every packet has. Fields are read from the packet where they are needed, for
 * there are too few registers to hold them while the flow is looked up.
 *
 *	if (!glance(&g, data, end, ..., &sacks))         is it such a packet?
 *		goto rare;
 *	f = look up the ends of g;
 *	if (!f || !glance_is_plain(f, &g, d))            has its flow nothing to say about it?
 *		goto rare;
 *	rtt = glance_rtt(f, &g, d);
 *	if (rtt)                                         the two moments that need a precise clock
 *		glance_sample(f, &g, d, rtt, now_ns, ...);
 *	glance_count(f, &g, d, ...);
 *
 * It comes to what pkt_parse() and flow_track() come to, which take any packet; a caller that has the time
 * does without it. What it cost and saves: bpf/ploss.bpf.c.
 */
#ifndef PLOSS_GLANCE_H
#define PLOSS_GLANCE_H

#include "pkt.h"
#include "rtt.h"
#include "sack_run.h"
#include "track.h"

/* Valid as long as the packet's bytes stay where they are. */
struct glance {
	const struct ipv4_header *ip4; /* without options; NULL: IPv6 */
	const struct ipv6_header *ip6; /* without extensions */
	const struct tcp_header *tcp;
	__u32 ip_bytes;
	__u32 options; /* bytes: none, timestamps, or these and SACKs */
	__u32 payload;
	struct sacks *sacks; /* hold where glance_has_sacks() */
};

/* A TCP header's length, and flags that begin or end something; without options and with timestamps. */
#define GLANCE_MASK 0xf017
#define GLANCE_FLAGS 0x0017
#define GLANCE_BARE 0x5010
#define GLANCE_STAMPED 0x8010

static __always_inline int glance_has_sacks(const struct glance *g)
{
	return unlikely(g->options > sizeof(struct timestamp_words));
}

static __always_inline const struct timestamp_words *glance_stamps(const struct glance *g)
{
	return (const struct timestamp_words *)(g->tcp + 1);
}

/* One to three SACK blocks and nothing else behind timestamps, to *sacks. Returns the bytes of all options, 0: it is
 * laid out in another way.
 */
static __always_inline __u32 glance_sacks(const struct glance *g, struct sacks *sacks,
					  const void *end)
{
	__u16 word = g->tcp->length_flags & bpf_htons(GLANCE_MASK);
	const struct sack_words *s = (const void *)(glance_stamps(g) + 1);
	__u32 options = (bpf_ntohs(word) >> 12) * 4 - sizeof(*g->tcp);
	__u32 blocks = (options - sizeof(*glance_stamps(g)) - sizeof(s->head)) /
		       sizeof(s->block[0]);

	if ((word & bpf_htons(GLANCE_FLAGS)) != bpf_htons(GLANCE_BARE & GLANCE_FLAGS) ||
	    (const void *)(&s->block[1]) > end ||
	    glance_stamps(g)->head != bpf_htonl(TIMESTAMPS_HEAD) ||
	    s->head != bpf_htonl(SACK_HEAD + blocks * sizeof(s->block[0])) ||
	    options != sizeof(*glance_stamps(g)) + sizeof(s->head) + blocks * sizeof(s->block[0]))
		return 0;
	sacks->end = bpf_ntohl(s->block[0].end);
	sacks->others = sack_digest(0, blocks, bpf_ntohl(s->block[0].start));
	sacks->blocks = blocks;
	if (FORGET(sacks->blocks) > 1) {
		if ((const void *)(&s->block[2]) > end)
			return 0;
		sacks->others = sack_digest(sacks->others, bpf_ntohl(s->block[1].start),
					    bpf_ntohl(s->block[1].end));
	}
	if (FORGET(sacks->blocks) > 2) {
		if ((const void *)(&s->block[3]) > end)
			return 0;
		sacks->others = sack_digest(sacks->others, bpf_ntohl(s->block[2].start),
					    bpf_ntohl(s->block[2].end));
	}
	return options;
}

/* headers have been read, so that available bytes are no fewer. One comparison holds the IP packet's length against
 * both.
 */
static __always_inline int glance_payload(struct glance *g, __u32 headers, __u32 available)
{
	g->payload = g->ip_bytes - headers;
	return g->payload <= available - headers;
}

static __always_inline int glance_tcp(struct glance *g, __u32 headers, __u32 available,
				      const void *end, struct sacks *sacks)
{
	__u16 word = g->tcp->length_flags & bpf_htons(GLANCE_MASK);

	headers += sizeof(*g->tcp);
	g->sacks = sacks;
	if (likely(word == bpf_htons(GLANCE_STAMPED))) {
		g->options = sizeof(struct timestamp_words);
		return (const void *)(glance_stamps(g) + 1) <= end &&
		       glance_stamps(g)->head == bpf_htonl(TIMESTAMPS_HEAD) &&
		       glance_payload(g, headers + sizeof(struct timestamp_words), available);
	}
	if (word == bpf_htons(GLANCE_BARE)) {
		g->options = 0;
		return glance_payload(g, headers, available);
	}
	g->options = glance_sacks(g, sacks, end);
	return g->options && glance_payload(g, headers + g->options, available);
}

/* With the arguments of pkt_parse(), and room for the packet's SACKs, as long-lived as g. */
static __always_inline int glance(struct glance *g, const void *data, const void *end,
				  __u32 wire_length, enum link_type link, struct sacks *sacks)
{
	const struct ethernet_header *ethernet = data;
	const struct ipv4_header *ip4 = data;
	const struct ipv6_header *ip6 = data;
	int version = 0;

	if (link == LINK_ETHERNET) {
		if ((const void *)(ethernet + 1) > end)
			return 0;
		version = ethernet->type == bpf_htons(ETHER_IPV4) ? 4 :
			  ethernet->type == bpf_htons(ETHER_IPV6) ? 6 :
								    0;
		ip4 = (const void *)(ethernet + 1);
		ip6 = (const void *)(ethernet + 1);
		wire_length -= sizeof(*ethernet);
	} else if (link == LINK_IP) {
		if (data + 1 > end)
			return 0;
		/* Not the number itself: Linux 6.1's verifier forgets what it was compared with. */
		version = ip4->version_ihl >> 4 == 4 ? 4 : ip4->version_ihl >> 4 == 6 ? 6 : 0;
	}
	if (version == 4) {
		g->ip4 = ip4;
		g->tcp = (const void *)(ip4 + 1);
		if ((const void *)(g->tcp + 1) > end || ip4->version_ihl != 0x45 ||
		    ip4->protocol != PROTOCOL_TCP || ip4->fragment & bpf_htons(0x3fff) ||
		    (ip4->tos & 3) == 3)
			return 0;
		g->ip_bytes = bpf_ntohs(ip4->length);
		return glance_tcp(g, sizeof(*ip4), wire_length, end, sacks);
	}
	g->ip4 = NULL;
	g->ip6 = ip6;
	g->tcp = (const void *)(ip6 + 1);
	if (version != 6 || (const void *)(g->tcp + 1) > end || ip6->version_class >> 4 != 6 ||
	    ip6->next != PROTOCOL_TCP || !ip6->length || (ip6->class_flow & 0x30) == 0x30)
		return 0;
	g->ip_bytes = bpf_ntohs(ip6->length) + sizeof(*ip6);
	return glance_tcp(g, sizeof(*ip6), wire_length, end, sacks);
}

/* Are its clocks, timestamps and IPv4 ID, what is expected of a new packet? */
static __always_inline int glance_is_timely(const struct half *h, const struct glance *g)
{
	__u16 id;

	if (g->options) {
		__u32 tsval = bpf_ntohl(glance_stamps(g)->tsval);

		if (!(h->flags & HALF_TIMESTAMPS) || seq_before(tsval, h->tsval) ||
		    seq_before(tsval, h->ts_recent))
			return 0;
	}
	if (!g->ip4 || h->id_mode == ID_NONE)
		return 1;
	id = bpf_ntohs(g->ip4->id);
	if (id != h->id_next)
		return h->id_mode == ID_MONO && id_ahead(id, h->id_next) > 0;
	return h->id_mode != ID_UNKNOWN;
}

/* Is it the next one of a run of SACKs, and nothing else? */
static __always_inline int glance_is_sack(const struct flow *f, const struct glance *g,
					  enum direction d)
{
	const struct half *h = &f->half[d], *o = &f->half[!d];
	__u32 ack = bpf_ntohl(g->tcp->ack);

	return bpf_ntohl(g->tcp->seq) == h->next && g->tcp->window && h->window && !g->payload &&
	       ack == h->ack && !seq_after(g->sacks->end, o->next) &&
	       g->sacks->end - ack <= WINDOW_MAX && sack_run_takes(f, d, g->sacks) &&
	       glance_is_timely(h, g);
}

/* Is counting all that this packet, travelling in direction d, asks for? */
static __always_inline int glance_is_plain(const struct flow *f, const struct glance *g,
					   enum direction d)
{
	const struct half *h = &f->half[d], *o = &f->half[!d];
	const __u32 needed = HALF_SEEDED | HALF_ACKED;
	__u32 ack = bpf_ntohl(g->tcp->ack);

	if (glance_has_sacks(g))
		return glance_is_sack(f, g, d);
	if (bpf_ntohl(g->tcp->seq) != h->next || !g->tcp->window)
		return 0;
	if ((h->flags & (needed | HALF_WATCH | HALF_PROBE)) != needed ||
	    (o->flags & (needed | HALF_WATCH)) != needed || h->flags & o->flags & HALF_FIN)
		return 0;
	if (seq_before(ack, h->ack) || seq_after(ack, o->next))
		return 0;
	if (g->payload ? window_ends(o, h->next + g->payload) : ack == h->ack)
		return 0;
	return glance_is_timely(h, g);
}

enum glance_rtt { GLANCE_RTT_ENDS = 1, GLANCE_RTT_BEGINS = 2 };

/* Of a plain packet: the round trips that it ends and begins, as rtt_ends() and rtt_begins() have them. */
static __always_inline int glance_rtt(const struct flow *f, const struct glance *g,
				      enum direction d)
{
	const struct half *h = &f->half[d], *o = &f->half[!d];
	__u32 ack = bpf_ntohl(g->tcp->ack);
	int rtt = 0;

	if (ack != h->ack && o->rtt_start_ns && seq_before(h->ack, o->rtt_end) &&
	    !seq_before(ack, o->rtt_end))
		rtt = GLANCE_RTT_ENDS;
	if (g->payload && !seq_before(o->ack, h->rtt_end))
		rtt |= GLANCE_RTT_BEGINS;
	return rtt;
}

static __always_inline void glance_sample(struct flow *f, const struct glance *g, enum direction d,
					  int rtt, __u64 now_ns, struct counters *other_sum,
					  struct gauges *other_gauges)
{
	struct half *h = &f->half[d];
	struct pkt p = { .now_ns = now_ns, .end_seq = h->next + g->payload };

	if (g->options) {
		p.has = PKT_TIMESTAMPS;
		p.tsval = bpf_ntohl(glance_stamps(g)->tsval);
		p.tsecr = bpf_ntohl(glance_stamps(g)->tsecr);
	}
	if (rtt & GLANCE_RTT_ENDS)
		rtt_end(h, &f->half[!d], &p, other_sum, other_gauges);
	if (rtt & GLANCE_RTT_BEGINS)
		rtt_begin(h, &p);
}

/* A plain packet, in its flow's row and in its interface's. */
static __always_inline void glance_count(struct flow *f, const struct glance *g, enum direction d,
					 __u32 segments, __u64 now_ns, struct counters *sum)
{
	const struct half *o = &f->half[!d];
	struct half *h = &f->half[d];

	if (g->ip4 && h->id_mode != ID_NONE)
		h->id_next = bpf_ntohs(g->ip4->id) + segments;
	if (g->options) {
		__u32 tsval = bpf_ntohl(glance_stamps(g)->tsval);

		if (tsval != h->tsval)
			f->tsval_from[d] = h->next;
		h->tsval = tsval;
		ts_recent_follow(h, o, h->next, h->next + g->payload, tsval);
	}
	h->ack = bpf_ntohl(g->tcp->ack);
	h->window = bpf_ntohs(g->tcp->window);
	h->last = (__u32)(now_ns >> 20);
	h->packets++;
	h->bytes += g->ip_bytes;
	h->segments += segments;
	sum->packets++;
	sum->bytes += g->ip_bytes;
	sum->segments += segments;
	if (h->id_mode == ID_SEQ)
		sum->ipid_packets += segments;
	if (!g->payload) {
		if (glance_has_sacks(g)) {
			sack_run_add(f, g->sacks);
			sum->sack_blocks += g->sacks->blocks;
			sum->duplicate_acks++;
		}
		return;
	}
	h->next += g->payload;
	h->data_segments += segments;
	h->data_bytes += g->payload;
	sum->data_segments += segments;
	sum->data_bytes += g->payload;
	if (g->payload > h->mss * segments)
		h->mss = min_of((g->payload + segments - 1) / segments, 0xffffU);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include "decap.h"
#include "dissect.h"
#include "linktype.h"
#include "pkt.h"

/* TTL or hop limit, 0 where it was cut off. */
static __u8 ttl_at(const __u8 *data, __u32 length, __u32 ip)
{
	__u32 at;

	if (ip >= length)
		return 0;
	at = ip + (data[ip] >> 4 == 6 ? offsetof(struct ipv6_header, hop_limit) :
					offsetof(struct ipv4_header, ttl));
	return at < length ? data[at] : 0;
}

/* The frame's length from its IP header on. Where the file says no more than was captured, some program may
 * have forgotten what was cut off: then the header knows better.
 */
static __u32 wire_length(const struct savefile_frame *frame, __u32 ip)
{
	const __u8 *at = frame->data + ip;
	__u32 length = 0;

	if (frame->length == frame->captured && ip + sizeof(struct ipv6_header) <= frame->captured)
		length = at[0] >> 4 == 4 ? (__u32)(at[2] << 8 | at[3]) :
			 at[0] >> 4 == 6 ? (__u32)(at[4] << 8 | at[5]) + 40 :
					   0;
	return max_of(frame->length - ip, length);
}

enum refusal frame_open(struct dissection *d, const struct savefile_frame *frame, int linktype,
			bool decap)
{
	const __u8 *data = frame->data;
	__u32 captured = frame->captured;
	enum refusal refusal;
	struct unlinked u;

	refusal = linktype_strip(&u, linktype, data, captured);
	d->seen = (struct sighting){
		.interface = u.interface,
		.marked = u.marked || frame->marked,
		.dir = u.marked ? u.dir : frame->dir,
	};
	d->data = d->ip = d->end = data + captured;
	if (refusal == REFUSAL_END)
		return refusal;
	if (decap &&
	    ((u.ip < captured && decap_ip(data, captured, &u.ip)) ||
	     (u.type < captured && decap_link(data, captured, &u.type) && (u.ip = u.type)))) {
		u.offset = u.ip;
		u.link = LINK_IP;
		refusal = REFUSED_NOT;
	}
	if (refusal)
		return refusal;
	if (u.offset > captured)
		return REFUSED_truncated;
	if (u.ip < captured)
		d->ip = data + u.ip;
	d->seen.ttl = ttl_at(data, captured, u.ip);
	d->data = data + u.offset;
	d->link = u.link;
	d->wire_length = u.ip < captured ? wire_length(frame, u.ip) + u.ip - u.offset :
					   frame->length - u.offset;
	return REFUSED_NOT;
}

static enum refusal parse(struct pkt *p, const struct dissection *d)
{
	return pkt_parse(p, d->data, d->end, d->wire_length, d->link);
}

enum refusal frame_dissect(struct pkt *p, struct dissection *d, const struct savefile_frame *frame,
			   int linktype, bool decap)
{
	enum refusal refusal = frame_open(d, frame, linktype, decap);

	return refusal ? refusal : parse(p, d);
}

enum refusal frame_follow(struct follow *f, struct totals *t, const struct dissection *d,
			  enum refusal refusal)
{
	struct pkt *p = &f->work.pkt;
	struct sacks sacks;
	struct glance g;

	if (!refusal && glance(&g, d->data, d->end, d->wire_length, d->link, &sacks) &&
	    follow_plain(f, t, &d->seen, &g))
		return REFUSED_NOT;
	p->ip_bytes = 0;
	if (!refusal)
		refusal = parse(p, d);
	if (!refusal) {
		follow_packet(f, t, &d->seen, d->data, d->end);
		return REFUSED_NOT;
	}
	t->health.refused[refusal]++;
	follow_refused(f, t, &d->seen, d->ip, d->end, p->ip_bytes);
	return refusal;
}

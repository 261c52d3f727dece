/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as a frame, in a heap block of just their size: what the parser says of them is
 * consistent, and it says the same of them again, or less when there are fewer.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pkt.h"

struct input {
	__u8 link;
	__u8 cut;     /* bytes that a second look has less */
	__u16 beyond; /* bytes on the wire that were not captured */
	__u8 frame[];
} __attribute__((packed));

static void check(const struct pkt *p, __u32 captured, __u32 wire_length)
{
	int control = !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN);

	assert(p->family == 4 || p->family == 6);
	assert(p->segments == 1);
	assert(p->ip_bytes <= wire_length);
	assert(p->payload + p->options_length + 40 <= p->ip_bytes);
	assert(p->end_seq == p->seq + p->payload + control);
	assert(p->options_length <= OPTS_MAX && p->options_length % 4 == 0);
	assert(p->options_offset + p->options_length <= captured);
	assert(!(p->has & PKT_ID) == (p->family == 6));
	assert(p->family == 6 || !(p->source[1] | p->source[2] | p->source[3]));
	assert(!(p->has & PKT_OPTIONS) || p->options_length);
}

/* Timestamps that were matched are those that the walk finds, unless later ones take their place.
 */
static void check_options(const struct pkt *p, const __u8 *data, const __u8 *end)
{
	struct opts o;
	int count;

	memset(&o, 0xee, sizeof(o));
	pkt_options(&o, p, data, end);
	assert(o.length == p->options_length);
	assert(!memcmp(o.bytes, data + p->options_offset, o.length));
	count = opts_parse(&o);
	assert(count == o.sack_count);
	assert(o.sack_count <= SACK_BLOCKS);
	if (p->has & PKT_TIMESTAMPS)
		assert(o.has & OPTS_TIMESTAMPS);
	if (p->has & PKT_TIMESTAMPS && !(p->has & PKT_OPTIONS))
		assert(o.tsval == p->tsval && o.tsecr == p->tsecr);
}

static enum refusal parse(struct pkt *p, int fill, const __u8 *frame, __u32 n, __u32 wire_length,
			  int link)
{
	__u8 *copy = malloc(n ? n : 1);
	enum refusal refusal;

	memcpy(copy, frame, n);
	memset(p, fill, sizeof(*p));
	p->now_ns = p->dir = 0;
	memset(p->pad, 0, sizeof(p->pad));
	refusal = pkt_parse(p, copy, copy + n, wire_length, link);
	assert(refusal < REFUSAL_END);
	if (!refusal) {
		check(p, n, wire_length);
		check_options(p, copy, copy + n);
	}
	free(copy);
	return refusal;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	const struct input *in = (const void *)data;
	__u32 n, wire_length;
	enum refusal refusal, same;
	struct pkt p, again;

	if (size < sizeof(*in))
		return 0;
	n = size - sizeof(*in);
	wire_length = n + in->beyond;
	refusal = parse(&p, 0x00, in->frame, n, wire_length, in->link % 3);
	same = parse(&again, 0xff, in->frame, n, wire_length, in->link % 3);
	assert(same == refusal);
	assert(p.ip_bytes == again.ip_bytes);
	if (!refusal)
		assert(!memcmp(&p, &again, sizeof(p)));
	if (in->cut > n)
		return 0;
	if (parse(&again, 0x00, in->frame, n - in->cut, wire_length, in->link % 3) !=
		    REFUSED_truncated &&
	    !refusal)
		assert(!memcmp(&p, &again, sizeof(p)));
	return 0;
}

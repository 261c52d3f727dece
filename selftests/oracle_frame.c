/* SPDX-License-Identifier: GPL-2.0-only */
#include <assert.h>
#include <string.h>

#include "frame.h"
#include "oracle.h"

static void spec_of(struct frame_spec *s, const struct tapped *t, enum link_type link)
{
	const struct pkt *p = &t->pkt;

	*s = (struct frame_spec){ .link = link,
				  .family = p->family,
				  .from_b = p->dir,
				  .ttl = p->ttl,
				  .id = p->id,
				  .seq = p->seq,
				  .ack = p->ack,
				  .tcp_flags = p->tcp_flags,
				  .window = p->window,
				  .has = t->opts.has,
				  .sack_count = t->opts.sack_count,
				  .wscale = t->opts.wscale,
				  .tsval = p->tsval,
				  .tsecr = p->tsecr,
				  .payload = p->payload };
	memcpy(s->sack, t->opts.sack, sizeof(s->sack));
}

void oracle_frame(struct tap *tap, const struct tapped *t, enum link_type link, struct pkt *p)
{
	static struct frame frame;
	struct frame_spec spec;

	spec_of(&spec, t, link);
	frame_build(&frame, &spec);
	p->ip_bytes = frame.length - (link == LINK_IP ? 0 : sizeof(struct ethernet_header));
	assert(tap_frame(tap, frame.data, frame.length, link, &t->pkt) == REFUSED_NOT);
}

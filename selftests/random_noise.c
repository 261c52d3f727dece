/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of no TCP: any numbers near the edges of what was sent. */
#include <string.h>

#include "random_end.h"

struct edges {
	__u32 next[DIRECTIONS], ack[DIRECTIONS];
	__u32 tsval[DIRECTIONS];
	__u16 id[DIRECTIONS];
};

static __u32 near(struct random *r, __u32 place, __u32 spread)
{
	return place + random_below(r, 2 * spread) - spread;
}

static void sacks(struct random_flow *f, struct random *r, struct tapped *t, __u32 ack, __u32 next)
{
	int d = !t->pkt.dir;

	if (!f->sack || random_chance(r, 6000))
		return;
	t->opts.sack_count = 1 + random_below(r, f->timestamps ? 3 : SACK_BLOCKS);
	t->pkt.has |= PKT_OPTIONS;
	for (int i = 0; i < t->opts.sack_count; i++) {
		__u32 start = random_chance(r, 9000) && next > ack ?
				      ack + random_below(r, next - ack) :
				      near(r, ack, 50);

		t->opts.sack[i].start = f->origin[d] + start;
		t->opts.sack[i].end = f->origin[d] + near(r, start + 12, 14);
	}
}

static void one(struct random_flow *f, struct random *r, struct edges *e, __u32 mss, __u64 now_ns)
{
	struct tapped *t = &f->packets[f->count++];
	struct pkt *p = &t->pkt;
	int d = random_chance(r, 5000);
	__u32 start = e->next[d], bytes = random_below(r, 3 * mss) + 1;

	memset(t, 0, sizeof(*t));
	if (random_chance(r, 3000))
		bytes = 0;
	if (random_chance(r, 2000))
		start += random_below(r, 4 * mss);
	else if (random_chance(r, 3000))
		start = near(r, start - 5 * mss, 6 * mss);
	p->dir = d;
	p->now_ns = now_ns;
	p->tcp_flags = random_chance(r, 9900) ? TCP_ACK : 0;
	p->tcp_flags |= random_chance(r, 50) ? TCP_RST : random_chance(r, 50) ? TCP_FIN : 0;
	p->seq = f->origin[d] + start;
	p->payload = bytes;
	p->end_seq = p->seq + bytes + !!(p->tcp_flags & TCP_FIN);
	p->segments = random_chance(r, 1000) ? 1 + random_below(r, 4) : 1;
	p->ip_bytes = 40 + bytes;
	p->window = random_chance(r, 200) ? 0 : random_chance(r, 500) ? 77 : 65535;
	if (random_chance(r, 5000))
		e->ack[d] = near(r, e->next[!d] - mss, 2 * mss);
	p->ack = p->tcp_flags & TCP_ACK ? f->origin[!d] + e->ack[d] : 0;
	p->family = f->ids[d] == IDS_IPV6 ? 6 : 4;
	p->ttl = random_chance(r, 9990) ? 64 : 128;
	p->has = p->family == 4 ? PKT_ID : 0;
	if (f->local >> d & 1)
		p->has |= PKT_LOCAL;
	e->id[d] += random_chance(r, 9000) ? p->segments : random_below(r, 80) - 40;
	p->id = f->ids[d] == IDS_NONE ? 0 : f->ids[d] == IDS_ANY ? random_next(r) : e->id[d];
	e->tsval[d] += random_chance(r, 5000) ? random_below(r, 4) - 1 : 0;
	if (f->timestamps) {
		p->has |= PKT_TIMESTAMPS;
		p->tsval = e->tsval[d];
		p->tsecr = e->tsval[!d] - random_below(r, 4);
		t->opts.has = OPTS_TIMESTAMPS;
		t->opts.tsval = p->tsval;
		t->opts.tsecr = p->tsecr;
	}
	if (p->tcp_flags & TCP_ACK)
		sacks(f, r, t, e->ack[d], e->next[!d]);
	if (e->next[d] < start + bytes)
		e->next[d] = start + bytes;
}

void random_noise(struct random_flow *f, struct random *r)
{
	struct edges e = { .next = { FLOW_START, FLOW_START },
			   .ack = { FLOW_START, FLOW_START },
			   .tsval = { random_next(r), random_next(r) },
			   .id = { random_next(r), random_next(r) } };
	int count = 5 + random_below(r, random_chance(r, 9000) ? 60 : 600);
	__u32 mss = 2 + random_below(r, 12);
	__u64 now_ns = 1000000000ULL + (random_next(r) >> 12);

	while (f->count < count) {
		one(f, r, &e, mss, now_ns);
		now_ns += random_below(r, random_chance(r, 9500) ? 20000000 : 600000000);
	}
}

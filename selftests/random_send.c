/* SPDX-License-Identifier: GPL-2.0-only */
/* What an end of a simulated connection sends, and sends again. */
#include "random_end.h"

static __u16 next_id(struct simulation *s, int d, int segments)
{
	struct end *e = &s->end[d];
	__u16 id = e->id;

	switch (s->flow->ids[d]) {
	case IDS_OF_CONNECTION:
		e->id += segments;
		return id;
	case IDS_OF_HOST:
		e->id += segments + random_below(&s->random, 5);
		return id;
	case IDS_SAME:
		return 0x4711;
	case IDS_ANY:
		return random_next(&s->random);
	default:
		return 0;
	}
}

/* Where the run of bytes that arrived around place ends, or begins. */
static __u32 run_edge(const struct place *place, __u32 at, int step)
{
	while (place[step > 0 ? at : at - 1].got)
		at += step;
	return at;
}

/* RFC 2018 4: newest first; RFC 2883 4: a duplicate before them. */
static void add_sacks(struct simulation *s, int d, struct tapped *t)
{
	struct end *e = &s->end[d];
	struct opts *o = &t->opts;
	const struct place *place = s->place[!d];
	__u32 origin = s->flow->origin[!d];
	int most = s->flow->timestamps ? 3 : 4, first;

	if (!s->flow->sack)
		return;
	if (s->dsack && e->dsack.start != e->dsack.end) {
		o->sack[0].start = origin + e->dsack.start;
		o->sack[0].end = origin + e->dsack.end;
		o->sack_count = 1;
	}
	first = o->sack_count;
	e->dsack.start = e->dsack.end = 0;
	for (int i = 0; i < RECENT && o->sack_count < most; i++) {
		__u32 at = e->recent[i], start, end;
		int known = 0;

		if (at < e->received || !place[at].got)
			continue;
		start = origin + run_edge(place, at, -1);
		end = origin + run_edge(place, at, 1);
		for (int n = first; n < o->sack_count; n++)
			known |= o->sack[n].start == start;
		if (known)
			continue;
		o->sack[o->sack_count].start = start;
		o->sack[o->sack_count++].end = end;
	}
	if (o->sack_count)
		t->pkt.has |= PKT_OPTIONS;
}

static void add_options(struct simulation *s, int d, struct tapped *t)
{
	const struct end *e = &s->end[d];

	if (s->flow->timestamps) {
		t->pkt.tsval = e->ts_base + (__u32)(s->now_ns / s->flow->tick_ns[d]);
		t->pkt.tsecr = e->ts_recent;
		t->pkt.has |= PKT_TIMESTAMPS;
		t->opts.has |= OPTS_TIMESTAMPS;
		t->opts.tsval = t->pkt.tsval;
		t->opts.tsecr = t->pkt.tsecr;
	}
	if (t->pkt.tcp_flags & TCP_SYN) {
		t->pkt.has |= PKT_OPTIONS;
		t->opts.has |= OPTS_WSCALE;
		t->opts.wscale = e->wscale;
	}
}

void random_send(struct simulation *s, int d, __u32 start, __u32 end, __u8 flags)
{
	struct random_flow *f = s->flow;
	struct end *e = &s->end[d];
	struct tapped t = { .sent = ++e->sent };
	struct pkt *p = &t.pkt;
	int syn = s->handshake && start == FLOW_START && end > start;
	int fin = e->fin && end == e->limit && end > start;

	if (syn)
		flags = TCP_SYN | (s->end[!d].next > FLOW_START && e->received ? TCP_ACK : 0);
	if (fin)
		flags |= TCP_FIN;
	p->dir = d;
	p->tcp_flags = flags;
	p->seq = f->origin[d] + start;
	p->end_seq = f->origin[d] + end;
	p->payload = end - start - !!syn - !!fin;
	p->ack = flags & TCP_ACK ? f->origin[!d] + e->received : 0;
	p->segments = p->payload > e->mss ? (p->payload + e->mss - 1) / e->mss : 1;
	p->window = e->shut_ns ? 0 : syn ? 65535 : e->window;
	p->ip_bytes = 40 + p->payload;
	p->family = f->ids[d] == IDS_IPV6 ? 6 : 4;
	p->ttl = 64;
	p->id = syn && flags & TCP_ACK && f->ids[d] == IDS_OF_CONNECTION ?
			0 :
			next_id(s, d, p->segments);
	p->has = (p->family == 4 ? PKT_ID : 0) | (f->local >> d & 1 ? PKT_LOCAL : 0);
	add_options(s, d, &t);
	if (flags & TCP_ACK && !syn) {
		add_sacks(s, d, &t);
		e->ack_ns = e->unacked = 0;
	}
	if (flags & TCP_ACK)
		e->ack_sent = e->received;
	for (__u32 at = start; at < end; at++) {
		if (!f->first[d][at])
			f->first[d][at] = t.sent;
		else
			s->place[d][at].resent = 1;
		s->place[d][at].lost = 0;
		s->place[d][at].sent_us = random_us(s);
	}
	e->sent_ns = s->now_ns;
	if (end > start && e->next < end)
		e->next = end;
	random_transmit(s, &t);
}

/* The first bytes that are taken for lost: at most about a segment, at times with some beside them. */
int random_send_lost(struct simulation *s, int d)
{
	struct end *e = &s->end[d];
	const struct place *place = s->place[d];
	__u32 start = e->una, end, most = e->mss;

	while (start < e->next && !place[start].lost)
		start++;
	if (start >= e->next)
		return 0;
	if (random_chance(&s->random, s->overlap))
		most = 1 + random_below(&s->random, 3 * e->mss);
	for (end = start; end < e->next && place[end].lost && end - start < most; end++)
		;
	if (random_chance(&s->random, s->overlap))
		while (start > e->una && random_is_old(s, d, start - 1) &&
		       random_chance(&s->random, 9000))
			start--;
	if (random_chance(&s->random, s->overlap))
		while (end < e->next && random_is_old(s, d, end) && random_chance(&s->random, 9000))
			end++;
	if (start == FLOW_START && s->handshake)
		end = FLOW_START + 1;
	random_send(s, d, start, end, TCP_ACK);
	return 1;
}

static int send_new(struct simulation *s, int d)
{
	struct end *e = &s->end[d];
	__u32 room = min_of(e->flight_max, e->peer_window), in_flight = e->next - e->una, bytes;

	if (e->next >= e->limit || in_flight >= room || s->now_ns < e->pause_ns)
		return 0;
	bytes = min_of(e->limit - e->next, room - in_flight);
	bytes = min_of(bytes, e->mss * (random_chance(&s->random, 500) ? e->burst : 1));
	if (random_chance(&s->random, 1000))
		bytes = 1 + random_below(&s->random, bytes);
	if (bytes < 2 && !e->fin && room - in_flight > 2 && e->limit - e->next > 1)
		bytes = 2;
	random_send(s, d, e->next, e->next + bytes, TCP_ACK);
	if (random_chance(&s->random, 300))
		e->pause_ns = s->now_ns + s->rtt_ns / 100 * random_below(&s->random, 300);
	return 1;
}

/* Again, without need: at times with new bytes behind. */
static void send_spurious(struct simulation *s, int d)
{
	struct end *e = &s->end[d];
	__u32 low = e->una - min_of(e->una - FLOW_START, 4 * e->mss), start, end;
	__u32 most = random_chance(&s->random, 1000) ? e->limit : e->next;

	if (e->next <= FLOW_START + 2)
		return;
	start = low + random_below(&s->random, e->next - low);
	end = start + 2 + random_below(&s->random, 2 * e->mss);
	end = min_of(end, most);
	if (s->handshake && start == FLOW_START)
		start++;
	for (__u32 at = start; at < min_of(end, e->next); at++)
		if (!random_is_old(s, d, at))
			return;
	if (end > start + 1)
		random_send(s, d, start, end, TCP_ACK);
}

void random_pump(struct simulation *s, int d)
{
	struct end *e = &s->end[d];
	__u32 most = 1 + random_below(&s->random, e->burst);

	if (!e->syn_done)
		return;
	if (random_chance(&s->random, s->spurious))
		send_spurious(s, d);
	while (most && random_send_lost(s, d))
		most--;
	while (most && send_new(s, d))
		most--;
}

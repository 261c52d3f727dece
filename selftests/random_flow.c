/* SPDX-License-Identifier: GPL-2.0-only */
/* What kind of connection it is, and the network it crosses. */
#include <assert.h>
#include <string.h>

#include "random_end.h"
#include "seq.h"

/* One of the numbers, each as likely. */
#define ONE_OF(r, ...) \
	(((const __u32[]){ __VA_ARGS__ })[random_below(r, sizeof((__u32[]){ __VA_ARGS__ }) / 4)])

/* Near a place where numbers wrap, or anywhere. */
static __u32 any_base(struct random *r)
{
	if (random_chance(r, 5000))
		return random_next(r);
	return ONE_OF(r, 0, 0x80000000) - random_below(r, 40000);
}

/* The clocks that count down from it are 32 bits of microseconds, and of 2^20 nanoseconds. */
static __u64 any_time(struct random *r)
{
	__u64 wrap = random_chance(r, 5000) ? (1ULL << 32) * 1000 : 1ULL << 52;

	if (random_chance(r, 5000))
		return 1000 * MS + (random_next(r) >> 12);
	return wrap * (1 + random_below(r, 3)) - random_below(r, 2000) * MS;
}

static void queue(struct simulation *s, const struct tapped *packet, __u64 at_ns, int beyond)
{
	if (s->flights == FLIGHTS)
		return;
	s->flight[s->flights++] = (struct flight){
		.at_ns = at_ns, .order = s->orders++, .packet = *packet, .beyond = beyond
	};
}

/* On one side of the tap: delivered 0, 1 or 2 times. */
static void cross(struct simulation *s, const struct tapped *packet, int beyond)
{
	struct leg *leg = &s->leg[packet->pkt.dir][beyond];
	__u64 at_ns = s->now_ns + leg->delay_ns;

	if (!leg->delay_ns) {
		queue(s, packet, at_ns, beyond);
		return;
	}
	leg->losing = random_chance(&s->random, leg->losing ? leg->burst : leg->loss);
	if (leg->losing)
		return;
	if (random_chance(&s->random, leg->reorder)) {
		at_ns += s->rtt_ns / 100 * (1 + random_below(&s->random, 200));
	} else {
		at_ns = max_of(at_ns, leg->last_ns + 1);
		leg->last_ns = at_ns;
	}
	queue(s, packet, at_ns, beyond);
	if (random_chance(&s->random, leg->duplicate))
		queue(s, packet,
		      at_ns + 1 +
			      s->rtt_ns / 100 *
				      random_below(&s->random, ONE_OF(&s->random, 2, 200)),
		      beyond);
}

void random_transmit(struct simulation *s, const struct tapped *packet)
{
	cross(s, packet, 0);
}

static void at_tap(struct simulation *s, const struct tapped *packet)
{
	struct random_flow *f = s->flow;

	if (random_chance(&s->random, s->tap_misses)) {
		f->missed = 1;
	} else if (!s->one_way || packet->pkt.dir == s->one_way - 1) {
		f->packets[f->count] = *packet;
		f->packets[f->count++].pkt.now_ns = s->now_ns;
	}
	cross(s, packet, 1);
}

static int next_flight(const struct simulation *s)
{
	int next = -1;

	for (int i = 0; i < s->flights; i++) {
		const struct flight *a = &s->flight[i], *b = &s->flight[next < 0 ? i : next];

		if (a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order <= b->order))
			next = i;
	}
	return next;
}

static int is_over(const struct simulation *s)
{
	const struct end *a = &s->end[0], *b = &s->end[1];

	return a->una == a->limit && b->una == b->limit && !s->flights &&
	       random_timer(s, 0) > s->now_ns + 10 * s->rtt_ns &&
	       random_timer(s, 1) > s->now_ns + 10 * s->rtt_ns;
}

static void run(struct simulation *s)
{
	random_begin(s);
	for (int steps = 0;
	     steps < 10 * s->packets_max && s->flow->count < s->packets_max && !is_over(s);
	     steps++) {
		int i = next_flight(s), d = random_timer(s, 1) < random_timer(s, 0);
		__u64 timer = random_timer(s, d);
		struct flight flight;

		if (i < 0 && timer == ~0ULL)
			break;
		if (i < 0 || s->flight[i].at_ns > timer) {
			s->now_ns = timer;
			random_timeout(s, d);
			continue;
		}
		flight = s->flight[i];
		s->flight[i] = s->flight[--s->flights];
		s->now_ns = max_of(s->now_ns, flight.at_ns);
		if (flight.beyond)
			random_receive(s, &flight.packet);
		else
			at_tap(s, &flight.packet);
	}
}

static void choose_leg(struct simulation *s, struct leg *leg, __u64 delay_ns, int harsh)
{
	struct random *r = &s->random;

	leg->delay_ns = delay_ns;
	leg->loss = ONE_OF(r, 0, 0, 50, 200, 800) * harsh;
	leg->burst = ONE_OF(r, 0, 1000, 6000);
	leg->reorder = ONE_OF(r, 0, 0, 100, 500, 1500) * harsh;
	leg->duplicate = ONE_OF(r, 0, 0, 0, 50, 300) * harsh;
}

static void choose_network(struct simulation *s)
{
	struct random *r = &s->random;
	__u64 way_ns, shares[DIRECTIONS];

	s->rtt_ns = (ONE_OF(r, 100, 200, 1000, 5000, 20000, 100000) + random_below(r, 100)) *
		    1000ULL;
	way_ns = s->rtt_ns / 2;
	s->flow->local = random_chance(r, 6000) ? 1 << OUT : 0;
	shares[IN] = s->flow->local ? 100 : 10 + random_below(r, 80);
	shares[OUT] = s->flow->local ? 0 : 100 - shares[IN];
	for (int d = 0; d < DIRECTIONS; d++) {
		int harsh = random_chance(r, 8000);

		choose_leg(s, &s->leg[d][0], way_ns * shares[d] / 100, harsh);
		choose_leg(s, &s->leg[d][1], way_ns * (100 - shares[d]) / 100, harsh);
	}
	for (int d = 0; d < DIRECTIONS; d++)
		s->flow->loop_ns[d] = s->leg[d][1].delay_ns + s->leg[!d][0].delay_ns;
	s->tap_misses = ONE_OF(r, 0, 0, 0, 0, 0, 0, 0, 200);
	s->one_way = random_chance(r, 200) ? 1 + random_below(r, 2) : 0;
}

static void choose_end(struct simulation *s, int d)
{
	struct random *r = &s->random;
	struct random_flow *f = s->flow;
	struct end *e = &s->end[d];
	__u32 segments = random_chance(r, 3000) ? 0 : random_below(r, s->packets_max);

	f->origin[d] = any_base(r) - FLOW_START;
	f->ids[d] = random_chance(r, 5000) ? IDS_OF_CONNECTION : random_below(r, ID_KINDS);
	f->tick_ns[d] = ONE_OF(r, 1, 1000, 1000, 1000, 4000, 10000) * 1000;
	e->id = any_base(r);
	e->ts_base = any_base(r);
	e->mss = ONE_OF(r, 2, 10, 10, 48);
	e->flight_max = e->mss * (2 + random_below(r, 40));
	e->burst = 1 + random_below(r, 12);
	e->limit = FLOW_START + 1 + min_of(segments * e->mss, FLOW_PLACES - 2 * FLOW_START);
	e->fin = segments && random_chance(r, 3000);
	e->rto_ns = max_of(200 * MS, s->rtt_ns) + s->rtt_ns;
	e->peer_window = 65535;
	e->window = random_chance(r, 5000) ? 65535 : e->flight_max / 2;
	e->wscale = s->handshake ? random_below(r, 3) : 0;
	e->paws = random_chance(r, 5000);
	e->delayed = random_chance(r, 5000);
}

static void choose(struct simulation *s)
{
	struct random *r = &s->random;
	struct random_flow *f = s->flow;

	s->packets_max = 10 + random_below(r, ONE_OF(r, 30, 60, 60, 100, 100, 200, 400));
	if (random_chance(r, 300))
		s->packets_max = 2 + random_below(r, FLOW_PACKETS - 2);
	s->now_ns = any_time(r);
	f->timestamps = random_chance(r, 6000);
	f->sack = random_chance(r, 8000);
	s->dsack = random_chance(r, 8000);
	s->handshake = random_chance(r, 5000);
	s->spurious = ONE_OF(r, 0, 0, 100, 1000);
	s->probing = ONE_OF(r, 0, 0, 50, 300);
	s->overlap = ONE_OF(r, 0, 500, 3000);
	choose_network(s);
	choose_end(s, 0);
	choose_end(s, 1);
	s->end[random_below(r, 2)].opener = 1;
}

void random_flow_make(struct random_flow *f, __u64 seed)
{
	static struct simulation s;
	static __u32 used = FLOW_PLACES;

	for (int d = 0; d < DIRECTIONS; d++) {
		memset(f->first[d], 0, used * sizeof(f->first[d][0]));
		memset(f->brought[d], 0, used * sizeof(f->brought[d][0]));
		f->copied[d] = 0;
		memset(s.place[d], 0, used * sizeof(s.place[d][0]));
		memset(&s.end[d], 0, sizeof(s.end[d]));
		memset(s.leg[d], 0, sizeof(s.leg[d]));
	}
	s.flights = 0;
	s.orders = 0;
	s.random = (struct random){ seed };
	s.flow = f;
	f->seed = seed;
	f->count = f->missed = 0;
	f->simulated = random_chance(&s.random, 8000);
	choose(&s);
	if (f->simulated)
		run(&s);
	else
		random_noise(f, &s.random);
	used = max_of(s.end[0].next, s.end[1].next) + 1;
	used = f->simulated ? used : FLOW_PLACES;
}

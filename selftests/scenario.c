/* SPDX-License-Identifier: GPL-2.0-only */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkt.h"
#include "scenario_run.h"
#include "seq.h"

#define PRELUDE_BYTES 1000
#define EPOCH_MS 1000000.0 /* 0 ms of the scenario on the clock */
#define PRELUDE_STEPS 512

/* The earlier packet that this step says it is, or NULL. */
static const struct sent *same_packet(const struct run *r, const struct step *s)
{
	const struct sent *found = NULL;
	__u32 i;

	if (s->is == NEW_PACKET)
		return NULL;
	for (i = 0; i < r->sent_count; i++) {
		const struct step *t = &r->sent[i].step;

		if (t->from != s->from || t->start != s->start || t->end != s->end)
			continue;
		if (!found || s->is == LAST_SENT)
			found = &r->sent[i];
	}
	assert(found);
	return found;
}

static __u16 id_of(const struct run *r, struct host *h, const struct step *s, __u16 segments)
{
	__u16 id;

	if (s->flags & TCP_RST || (s->flags & TCP_SYN && s->flags & TCP_ACK))
		return 0; /* of no socket yet, or of none any more */
	if (!s->id)
		return host_next_id(h, r->at->ids, segments);
	id = h->id_base + s->id - 1;
	if (id_ahead(id + segments, h->id) > 0)
		h->id = id + segments;
	return id;
}

static __u32 ticks(const struct run *r, double ms)
{
	return (__u32)(__s64)(ms / (r->at->tick_ms ? r->at->tick_ms : 1));
}

static void add_sacks(const struct run *r, struct host *h, struct step *s)
{
	int most = r->at->no_timestamps ? 4 : 3;

	if (r->at->told && r->step >= 0 && !r->at->no_sack && !s->unsacked &&
	    s->sack[0].start == s->sack[0].end && !(s->flags & (TCP_SYN | TCP_RST)))
		host_sacks(h, s->sack, most);
}

struct sent run_send(struct run *r, const struct step *s)
{
	struct host *h = &r->host[s->from];
	const struct sent *earlier = same_packet(r, s);
	__u16 segments = s->segments ? s->segments : 1;
	struct sent sent = { .step = *s };

	if (earlier) {
		sent = *earlier;
		sent.step.fate = s->fate;
		return sent;
	}
	if (seq_after(s->end, h->sent))
		h->sent = s->end;
	sent.ack = s->ack ? s->ack : h->received;
	sent.tsval = h->clock + (s->tsval ? ticks(r, s->tsval) : ticks(r, s->ms));
	sent.tsecr = s->tsecr ? r->host[!s->from].clock + ticks(r, s->tsecr) : h->tsval;
	sent.id = id_of(r, h, s, segments);
	add_sacks(r, h, &sent.step);
	if (r->sent_count == r->sent_room) {
		r->sent_room = r->sent_room ? 2 * r->sent_room : 256;
		r->sent = realloc(r->sent, r->sent_room * sizeof(*r->sent));
		assert(r->sent);
	}
	r->sent[r->sent_count++] = sent;
	return sent;
}

static void options(struct frame_spec *spec, const struct run *r, const struct step *s)
{
	int i;

	if (s->options) {
		spec->options = s->options;
		spec->options_length = s->options_length;
		return;
	}
	if (!r->at->no_timestamps)
		spec->has |= OPTS_TIMESTAMPS;
	if (spec->tcp_flags & TCP_SYN) {
		spec->has |= OPTS_MSS | OPTS_WSCALE;
		spec->has |= r->at->no_sack ? 0 : OPTS_SACK_PERMITTED;
		spec->mss = 1460;
		spec->wscale = r->at->wscale ? r->at->wscale : 7;
	}
	for (i = 0; i < SACK_BLOCKS && s->sack[i].start != s->sack[i].end; i++) {
		spec->sack[i].start = r->host[!s->from].base + s->sack[i].start;
		spec->sack[i].end = r->host[!s->from].base + s->sack[i].end;
		spec->sack_count++;
	}
}

void run_pass(struct run *r, const struct sent *sent, double ms)
{
	const struct step *s = &sent->step;
	enum place tap = r->at->tap;
	__u8 flags = s->flags ? s->flags : TCP_ACK;
	struct passage passage = {
		.now_ns = (__u64)((EPOCH_MS + ms) * 1000000),
		.segments = s->segments ? s->segments : 1,
		.dir = (tap == SENDER) == (s->from == A) ? OUT : IN,
		.local = tap != MIDDLE && (tap == SENDER) == (s->from == A),
		.step = r->step,
	};
	struct frame_spec *spec = &passage.spec;

	if (r->at->unseen[s->from])
		return;
	spec->link = r->way->link;
	spec->vlan_tags = r->way->vlan_tags;
	spec->family = r->family;
	spec->from_b = s->from == B;
	spec->tos = s->ce ? 3 : 0;
	spec->id = r->family == 6 ? 0 : sent->id;
	spec->seq = r->host[s->from].base + s->start;
	spec->ack = flags & TCP_ACK ? r->host[!s->from].base + sent->ack : 0;
	spec->tcp_flags = flags;
	spec->window = s->window == WINDOW_ZERO ? 0 : s->window ? s->window : 65535;
	spec->payload = s->end - s->start - !!(flags & TCP_SYN) - !!(flags & TCP_FIN);
	spec->tsval = sent->tsval;
	spec->tsecr = flags & TCP_ACK ? sent->tsecr : 0;
	options(spec, r, s);
	r->pass(r->context, &passage);
	if (r->at->twice) {
		passage.now_ns += 2000;
		r->pass(r->context, &passage);
	}
}

static void take_step(struct run *r, const struct step *s)
{
	struct sent sent = run_send(r, s);
	struct host *to = &r->host[!s->from];

	if (s->fate == LOST_BEFORE)
		return;
	if (s->fate != MISSED)
		run_pass(r, &sent, s->ms);
	if (s->fate == LOST_AFTER || s->fate == DROPPED)
		return;
	if (!seq_after(s->start, to->received) && !seq_before(sent.tsval, to->tsval))
		to->tsval = sent.tsval;
	host_receive(to, s->start, s->end);
}

/* When the other end's answer to a packet at the tap passes it. */
static double answer_ms(const struct run *r, enum end from)
{
	if (r->at->tap == MIDDLE)
		return round_trip_ms(r->at) / 2;
	return (r->at->tap == SENDER) == (from == A) ? round_trip_ms(r->at) : 0.1;
}

/* Handshake and in-order data: what comes before 0 ms. Byte 1 of each end is the first one after
 * it.
 */
static void prelude(struct run *r, struct step *steps)
{
	__u32 bytes = r->at->prelude * PRELUDE_BYTES, a = 1 - bytes,
	      b = r->at->echo ? 1 - bytes : 1;
	__u32 answer = r->at->echo ? PRELUDE_BYTES : 0;
	double round_trip = round_trip_ms(r->at), ms = -round_trip * (r->at->prelude + 3);
	struct step *s = steps;
	int i;

	assert(2 * r->at->prelude + 4 < PRELUDE_STEPS);
	r->host[A].received = r->host[B].sent = b;
	r->host[B].received = r->host[A].sent = a;
	if (r->at->handshake) {
		r->host[A].received--;
		r->host[B].received--;
		*s++ = (struct step){ ms, A, a - 1, a, .flags = TCP_SYN };
		*s++ = (struct step){ ms + answer_ms(r, A), B, b - 1, b,
				      .flags = TCP_SYN | TCP_ACK };
		*s++ = (struct step){ ms + round_trip, A, a, a };
	}
	ms += 2 * round_trip;
	for (i = 0; i < r->at->prelude; i++, ms += round_trip) {
		*s++ = (struct step){ ms, A, a, a + PRELUDE_BYTES };
		*s++ = (struct step){ ms + answer_ms(r, A), B, b, b + answer };
		a += PRELUDE_BYTES;
		b += answer;
	}
	if (answer)
		*s++ = (struct step){ ms, A, a, a };
	for (r->step = -1; steps < s; steps++)
		take_step(r, steps);
}

void scenario_run(const struct setting *at, const struct step *steps, int count, __u8 family,
		  const struct way *way, __u32 base,
		  void (*pass)(void *context, const struct passage *passage), void *context)
{
	static struct step before[PRELUDE_STEPS];
	struct run r = { .at = at, .family = family, .way = way, .pass = pass, .context = context };
	int i;

	r.host[A] = (struct host){
		.base = base,
		.clock = at->clock ? at->clock : base + 200,
		.id = at->id ? at->id - at->prelude - (at->handshake ? 2 : 0) - at->echo : 0xfff0,
		.random = 1,
	};
	r.host[B] = (struct host){
		.base = base + 0x20000000, .clock = base - 100, .id = 7, .random = 2
	};
	r.host[A].tsval = r.host[B].clock - (1 << 30);
	r.host[B].tsval = r.host[A].clock - (1 << 30);
	prelude(&r, before);
	r.host[A].id_base = r.host[A].id;
	r.host[B].id_base = r.host[B].id;
	if (at->told)
		story_run(&r, steps, count);
	for (i = 0; i < count && !at->told; i++) {
		assert(!i || steps[i].ms >= steps[i - 1].ms || steps[i].fate == LOST_BEFORE);
		r.step = i;
		take_step(&r, &steps[i]);
	}
	host_end(&r.host[A]);
	host_end(&r.host[B]);
	free(r.sent);
}

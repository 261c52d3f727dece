/* SPDX-License-Identifier: GPL-2.0-only */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pkt.h"
#include "scenario.h"
#include "seq.h"

#define PRELUDE_BYTES 1000
#define ROUND_TRIP_MS 20.0
#define EPOCH_MS 1000000.0 /* 0 ms of the scenario on the clock */
#define STEPS 512
#define RANGES 64

/* What a step that was sent looked like. */
struct sent {
	const struct step *step;
	__u32 ack, tsval, tsecr;
	__u16 id;
};

struct host {
	__u32 base;                 /* sequence number 0 of the scenario */
	__u32 clock;                /* timestamp at 0 ms */
	__u32 received;             /* of the other end's data: all below */
	struct range early[RANGES]; /* and these above */
	int early_count;
	__u32 tsval;       /* newest timestamp received */
	__u16 id, id_base; /* next; the one that a step calls 1 */
	__u32 random;
};

struct run {
	const struct setting *at;
	__u8 family;
	const struct way *way;
	void (*pass)(void *context, const struct passage *passage);
	void *context;
	struct host host[2];
	struct sent sent[STEPS];
	int sent_count;
	int step;
};

/* Numerical Recipes' generator: any would do that is the same everywhere. */
static __u32 next_random(struct host *h)
{
	h->random = h->random * 1664525 + 1013904223;
	return h->random >> 16;
}

static __u16 next_id(struct run *r, struct host *h, __u16 segments)
{
	__u16 id = h->id;

	switch (r->at->ids) {
	case IDS_SEQUENTIAL:
		h->id += segments;
		return id;
	case IDS_SHARED:
		h->id += segments + next_random(h) % 5;
		return id;
	case IDS_RANDOM:
		return next_random(h);
	case IDS_CONSTANT:
		return 0x1234;
	case IDS_ZERO:
		break;
	}
	return 0;
}

/* Bytes reach an end, perhaps out of order: relative numbers, as the steps have them. */
static void receive(struct host *h, __u32 start, __u32 end)
{
	int i, moved = 1;

	if (start != end) {
		assert(h->early_count < RANGES);
		h->early[h->early_count++] = (struct range){ start, end };
	}
	while (moved) {
		for (i = moved = 0; i < h->early_count; i++) {
			if (seq_after(h->early[i].start, h->received))
				continue;
			h->received = seq_max(h->received, h->early[i].end);
			h->early[i--] = h->early[--h->early_count];
			moved = 1;
		}
	}
}

/* The earlier packet that this step says it is, or NULL. */
static const struct sent *same_packet(const struct run *r, const struct step *s)
{
	const struct sent *found = NULL;
	int i;

	if (s->is == NEW_PACKET)
		return NULL;
	for (i = 0; i < r->sent_count; i++) {
		const struct step *t = r->sent[i].step;

		if (t->from != s->from || t->start != s->start || t->end != s->end)
			continue;
		if (!found || s->is == LAST_SENT)
			found = &r->sent[i];
	}
	assert(found);
	return found;
}

static struct sent send(struct run *r, const struct step *s)
{
	struct host *h = &r->host[s->from];
	const struct sent *earlier = same_packet(r, s);
	__u16 segments = s->segments ? s->segments : 1;
	struct sent sent = { .step = s };

	if (earlier)
		return *earlier;
	sent.ack = s->ack ? s->ack : h->received;
	sent.tsval = h->clock + (s->tsval ? s->tsval : (__u32)(__s32)s->ms);
	sent.tsecr = s->tsecr ? r->host[!s->from].clock + s->tsecr : h->tsval;
	if (s->flags & TCP_RST || (s->flags & TCP_SYN && s->flags & TCP_ACK)) {
		sent.id = 0; /* of no socket yet, or of none any more */
	} else if (s->id) {
		sent.id = h->id_base + s->id - 1;
		if (id_ahead(sent.id + segments, h->id) > 0)
			h->id = sent.id + segments;
	} else {
		sent.id = next_id(r, h, segments);
	}
	return sent;
}

static void options(struct frame_spec *spec, const struct run *r, const struct step *s)
{
	int i;

	if (!r->at->no_timestamps)
		spec->has |= OPTS_TIMESTAMPS;
	if (spec->tcp_flags & TCP_SYN) {
		spec->has |= OPTS_MSS | OPTS_SACK_PERMITTED | OPTS_WSCALE;
		spec->mss = 1460;
		spec->wscale = r->at->wscale ? r->at->wscale : 7;
	}
	for (i = 0; i < SACK_BLOCKS && s->sack[i].start != s->sack[i].end; i++) {
		spec->sack[i].start = r->host[!s->from].base + s->sack[i].start;
		spec->sack[i].end = r->host[!s->from].base + s->sack[i].end;
		spec->sack_count++;
	}
}

static void pass(struct run *r, const struct step *s, const struct sent *sent)
{
	enum place tap = r->at->tap;
	__u8 flags = s->flags ? s->flags : TCP_ACK;
	struct passage passage = {
		.now_ns = (__u64)((EPOCH_MS + s->ms) * 1000000),
		.segments = s->segments ? s->segments : 1,
		.dir = (tap == SENDER) == (s->from == A) ? OUT : IN,
		.local = tap != MIDDLE && (tap == SENDER) == (s->from == A),
		.step = r->step,
	};
	struct frame_spec *spec = &passage.spec;

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
}

static void take_step(struct run *r, const struct step *s)
{
	struct sent sent = send(r, s);
	struct host *to = &r->host[!s->from];

	assert(r->sent_count < STEPS);
	r->sent[r->sent_count++] = sent;
	if (s->fate == LOST_BEFORE)
		return;
	pass(r, s, &sent);
	if (s->fate == LOST_AFTER)
		return;
	if (!seq_after(s->start, to->received) && !seq_before(sent.tsval, to->tsval))
		to->tsval = sent.tsval;
	receive(to, s->start, s->end);
}

/* When the other end's answer to a packet at the tap passes it. */
static double answer_ms(const struct run *r, enum end from)
{
	if (r->at->tap == MIDDLE)
		return ROUND_TRIP_MS / 2;
	return (r->at->tap == SENDER) == (from == A) ? ROUND_TRIP_MS : 0.1;
}

/* Handshake and in-order data: what comes before 0 ms. Byte 1 of each end is the first one after
 * it.
 */
static void prelude(struct run *r, struct step *steps)
{
	__u32 bytes = r->at->prelude * PRELUDE_BYTES, a = 1 - bytes,
	      b = r->at->echo ? 1 - bytes : 1;
	__u32 answer = r->at->echo ? PRELUDE_BYTES : 0;
	double ms = -ROUND_TRIP_MS * (r->at->prelude + 3);
	struct step *s = steps;
	int i;

	r->host[A].received = b;
	r->host[B].received = a;
	if (r->at->handshake) {
		r->host[A].received--;
		r->host[B].received--;
		*s++ = (struct step){ ms, A, a - 1, a, .flags = TCP_SYN };
		*s++ = (struct step){ ms + answer_ms(r, A), B, b - 1, b,
				      .flags = TCP_SYN | TCP_ACK };
		*s++ = (struct step){ ms + ROUND_TRIP_MS, A, a, a };
	}
	ms += 2 * ROUND_TRIP_MS;
	for (i = 0; i < r->at->prelude; i++, ms += ROUND_TRIP_MS) {
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
	static struct step before[STEPS];
	struct run r = { .at = at, .family = family, .way = way, .pass = pass, .context = context };
	int i;

	r.host[A] = (struct host){ .base = base, .clock = base + 200, .id = 0xfff0, .random = 1 };
	r.host[B] = (struct host){
		.base = base + 0x20000000, .clock = base - 100, .id = 7, .random = 2
	};
	prelude(&r, before);
	r.host[A].id_base = r.host[A].id;
	r.host[B].id_base = r.host[B].id;
	for (i = 0; i < count; i++) {
		assert(!i || steps[i].ms >= steps[i - 1].ms || steps[i].fate == LOST_BEFORE);
		r.step = i;
		take_step(&r, &steps[i]);
	}
}

static void put_record(void *context, const struct passage *passage)
{
	static struct frame frame;
	__u32 header[4];

	frame_build(&frame, &passage->spec);
	header[0] = passage->now_ns / 1000000000;
	header[1] = passage->now_ns % 1000000000;
	header[2] = header[3] = frame.length;
	fwrite(header, sizeof(header), 1, context);
	fwrite(frame.data, frame.length, 1, context);
}

int scenario_write_pcap(const char *path, const struct setting *at, const struct step *steps,
			int count)
{
	/* Magic number of nanosecond stamps, version 2.4, zone, accuracy, snapshot length,
	 * Ethernet.
	 */
	static const __u32 header[] = { 0xa1b23c4d, 4 << 16 | 2, 0, 0, 262144, 1 };
	static const struct way ethernet = { .link = LINK_ETHERNET };
	FILE *file = fopen(path, "wb");
	int err;

	if (!file)
		return -errno;
	fwrite(header, sizeof(header), 1, file);
	scenario_run(at, steps, count, at->family ? at->family : 4, &ethernet, 1, put_record, file);
	err = ferror(file) ? -EIO : 0;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

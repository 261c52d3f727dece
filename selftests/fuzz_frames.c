/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as the frames of one connection, mostly such as the fast path is for, at two taps, one of which takes it:
 * both count the same after each frame, and invariants.h holds. Only where IDs have gaps in ID_MONO does the fast path
 * know less (ipid.h), so that there the invariants are all that is asked. FUZZ_PRINT=1 prints the frames.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "invariants.h"

struct settings {
	__u8 flags; /* bit 0: IPv6; 1: without link header; 2, 3: the direction that this host sends; 4: no_trouble */
	__u8 ttl;
	__u32 first[DIRECTIONS];
	__u16 id[DIRECTIONS];
	__u32 tsval[DIRECTIONS];
} __attribute__((packed));

/* What differs from the segment that is expected next. */
struct record {
	__u8 way; /* bit 7: direction; 6: tcp_flags hold; 5: no timestamps; 4: odd, below; 0-2: SACK blocks */
	__u8 odd; /* bit 0: seq; 1: ack; 2: id; 3: tsval; 4: window; 5: other SACKs; 6: padding; 7: IP options */
	__u8 time; /* 2^time ns have passed, modulo 33 */
	__u8 segments;
	__u16 payload;
	__s16 by;
	__u8 tcp_flags;
	__u8 acked; /* eighths of what is not acknowledged */
} __attribute__((packed));

/* Beside the taps' state: what an end has sent, and keeps to. */
struct sender {
	__u32 tsval;
	struct range sack[SACK_BLOCKS];
	__u32 blocks;
};

static void sack(struct frame_spec *f, struct sender *s, const struct record *r, __u32 ack)
{
	__u32 blocks = min_of((__u32)r->way & 7, SACK_BLOCKS - 1);

	if (r->way & 16 && r->odd & 32)
		s->blocks = 0;
	if (blocks != s->blocks) {
		for (__u32 i = 0; i < blocks; i++) {
			s->sack[i].start = ack + (__u32)r->by * (i + 1);
			s->sack[i].end = s->sack[i].start + r->payload;
		}
		s->blocks = blocks;
	} else if (blocks) {
		s->sack[0].end += r->acked * 100U;
	}
	f->sack_count = blocks;
	memcpy(f->sack, s->sack, sizeof(f->sack));
}

static void spec_of(struct frame_spec *f, struct sender *s, const struct record *r,
		    const struct settings *in, const struct flow *flow)
{
	__u32 d = r->way >> 7, odd = r->way & 16 ? r->odd : 0;
	const struct half *h = &flow->half[d], *o = &flow->half[!d];

	*f = (struct frame_spec){
		.family = in->flags & 1 ? 6 : 4,
		.link = in->flags & 2 ? LINK_IP : LINK_ETHERNET,
		.from_b = d,
		.ttl = in->ttl,
		.tcp_flags = r->way & 64 ? r->tcp_flags & 63 : TCP_ACK,
		.payload = r->payload % 3000,
		.window = odd & 16 ? 0 : 1000,
		.ip_options = odd & 128 && !(in->flags & 1) ? 4 : 0,
		.padding = odd & 64 ? r->acked & 15 : 0,
	};
	f->seq = (h->flags & HALF_SEEDED ? h->next : in->first[d]) + (odd & 1 ? r->by : 0);
	f->ack = o->flags & HALF_SEEDED ? o->next : in->first[!d];
	if (h->flags & HALF_ACKED)
		f->ack = h->ack + (__u32)((__u64)(f->ack - h->ack) * (r->acked & 7) / 7);
	f->ack += odd & 2 ? r->by : 0;
	f->id = (h->flags & HALF_ID ? h->id_next : in->id[d]) + (odd & 4 ? r->by : 0);
	if (r->way & 7)
		f->payload = 0;
	if (!(r->way & 32)) {
		f->has = OPTS_TIMESTAMPS;
		s->tsval += odd & 8 ? (__u32)r->by : r->time > 20;
		f->tsval = s->tsval;
		f->tsecr = o->tsval;
	}
	sack(f, s, r, f->ack);
}

static void print(const struct frame_spec *f, __u64 now_ns)
{
	fprintf(stderr,
		"%llu ns %c flags %#x seq %u payload %u ack %u window %u id %u tsval %u has %#x",
		(unsigned long long)now_ns, "io"[f->from_b], f -> tcp_flags, f -> seq, f -> payload,
		f -> ack, f -> window, f -> id, f -> tsval, f -> has);
	for (int i = 0; i < f->sack_count; i++)
		fprintf(stderr, " sack %u-%u", f->sack[i].start, f->sack[i].end);
	fprintf(stderr, "\n");
}

static const char *rows_differ(const struct counters *a, const struct counters *b)
{
#define X(name) \
	if (a->name != b->name) \
		return #name;
	COUNTERS_OWN(X)
	COUNTERS_ABOUT(X)
	X(ipid_packets)
	X(rtt_samples)
	X(rtt_sum_ns)
#undef X
#define X(type, name) \
	if (a->name != b->name) \
		return #name;
	COUNTERS_BASE(X)
	COUNTERS_FEW(X)
#undef X
	return NULL;
}

/* What they count differently, or NULL. */
static const char *taps_differ(const struct tap *a, const struct tap *b)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		const char *total = rows_differ(&a->totals.dir[d], &b->totals.dir[d]), *own;
		struct counters row, other;

		tap_flow_row(a, d, &row);
		tap_flow_row(b, d, &other);
		own = rows_differ(&row, &other);
		if (total || own)
			return total ? total : own;
		if (memcmp(&a->totals.gauges[0][d], &b->totals.gauges[0][d],
			   sizeof(a->totals.gauges[0][d])))
			return "gauges";
	}
	if (memcmp(&a->totals.health, &b->totals.health, sizeof(a->totals.health)))
		return "health";
	return a->flow.state == b->flow.state ? NULL : "state";
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static struct tap whole, quick;
	static struct frame frame;
	struct sender senders[DIRECTIONS] = {};
	struct invariants invariants[2] = {};
	struct pkt caller = { .now_ns = 1000000000 };
	struct settings in;
	int mono = 0;

	if (size < sizeof(in))
		return 0;
	memcpy(&in, data, sizeof(in));
	memset(&whole, 0, sizeof(whole));
	memset(&quick, 0, sizeof(quick));
	quick.glances = 1;
	whole.no_trouble = quick.no_trouble = in.flags >> 4 & 1;
	for (int d = 0; d < DIRECTIONS; d++)
		senders[d].tsval = in.tsval[d];
	for (size_t at = sizeof(in); at + sizeof(struct record) <= size;
	     at += sizeof(struct record)) {
		const char *broken;
		struct frame_spec f;
		struct record r;

		memcpy(&r, data + at, sizeof(r));
		spec_of(&f, &senders[r.way >> 7], &r, &in, &whole.flow);
		frame_build(&frame, &f);
		caller.now_ns += 1ULL << r.time % 33;
		caller.dir = r.way >> 7;
		caller.segments = r.segments ? r.segments : 1;
		caller.has = in.flags >> (2 + caller.dir) & 1 ? PKT_LOCAL : 0;
		if (getenv("FUZZ_PRINT"))
			print(&f, caller.now_ns);
		memset(&whole.work.verdict, 0, sizeof(whole.work.verdict));
		memset(&quick.work.verdict, 0, sizeof(quick.work.verdict));
		invariants_before(&invariants[0], &whole, &caller);
		invariants_before(&invariants[1], &quick, &caller);
		tap_frame(&whole, frame.data, frame.length, f.link, &caller);
		tap_frame(&quick, frame.data, frame.length, f.link, &caller);
		broken = invariants_after(&invariants[0], &whole, &whole.work.pkt);
		if (!broken)
			broken = invariants_after(&invariants[1], &quick, &whole.work.pkt);
		mono |= whole.flow.half[IN].id_mode == ID_MONO ||
			whole.flow.half[OUT].id_mode == ID_MONO;
		if (!broken && !mono)
			broken = taps_differ(&whole, &quick);
		if (broken) {
			fprintf(stderr, "frame %zu: %s\n", (at - sizeof(in)) / sizeof(r), broken);
			abort();
		}
	}
	return 0;
}

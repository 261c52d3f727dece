/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as the packets of one connection, near enough to its state to reach deep into the tracker, and far
 * off where the bytes say so: invariants.h holds after each one. FUZZ_PRINT=1 prints them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariants.h"

struct settings {
	__u8 local;      /* bit d: direction d is sent by this host */
	__u8 no_trouble; /* all bits set: the troubled tier has no room */
	__u32 first[DIRECTIONS];
	__u32 seconds; /* since the machine started */
} __attribute__((packed));

struct record {
	__u8 tcp_flags; /* bit 7: direction; bit 6: IPv6 */
	__u8 has; /* bits 0-2: SACK blocks; 3: timestamps; 4: CE; 5: not the usual way; 6, 7: far */
	__u8 from; /* what the numbers are near: two bits each */
	__u8 segments;
	__s16 seq, ack;
	__u16 payload, window, id;
	__s8 tsval;
	__u8 time;
	struct {
		__s16 start;
		__u16 length;
	} sack[2];
} __attribute__((packed));

static __u32 near(const struct half *h, const struct half *o, __u32 first, __u32 which, __s16 by,
		  int far)
{
	const __u32 origins[] = { h->next, o->ack, h->base ? h->base : first,
				  h->next - (h->next - o->ack) / 2 };

	return origins[which & 3] + (far ? (__u32)by << 16 : (__u32)by);
}

static void packet_of(struct pkt *p, struct opts *o, const struct record *r,
		      const struct settings *in, const struct flow *f)
{
	__u32 d = r->tcp_flags >> 7;
	const struct half *h = &f->half[d], *other = &f->half[!d];
	__u32 blocks = min_of(r->has & 7, SACK_BLOCKS);

	p->dir = d;
	p->family = r->tcp_flags & 64 ? 6 : 4;
	p->tcp_flags = r->tcp_flags & 63;
	p->payload = p->tcp_flags & TCP_SYN ? r->payload % 100 : r->payload;
	p->seq = near(h, other, in->first[d], r->from, r->seq, r->has & 64);
	p->end_seq = p->seq + p->payload + !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN);
	p->ack = near(other, h, in->first[!d], r->from >> 2, r->ack, r->has & 128);
	p->window = r->window;
	p->id = r->from & 64 ? h->id_next + (__s8)r->id : r->id;
	p->segments = r->segments ? r->segments : 1;
	p->tsval = h->tsval + (r->from & 128 ? r->tsval * 0x1000000 : r->tsval);
	p->tsecr = other->tsval - r->time;
	p->ip_bytes = 40 + p->payload;
	p->has = (in->local >> d & 1 ? PKT_LOCAL : 0) | (p->family == 4 ? PKT_ID : 0) |
		 (r->has & 16 ? PKT_CE : 0) | (r->has & 8 && !(r->has & 32) ? PKT_TIMESTAMPS : 0);
	if (blocks || r->has & 32)
		p->has |= PKT_OPTIONS;
	if (p->tcp_flags & TCP_SYN) {
		o->has |= OPTS_WSCALE;
		o->wscale = r->segments % 15;
	}
	if (r->has & 8) {
		o->has |= OPTS_TIMESTAMPS;
		o->tsval = p->tsval;
		o->tsecr = p->tsecr;
	}
	o->sack_count = blocks;
	for (__u32 i = 0; i < blocks; i++) {
		o->sack[i].start = near(other, h, in->first[!d], i, r->sack[i & 1].start, i & 2);
		o->sack[i].end = o->sack[i].start + r->sack[i & 1].length;
	}
}

static void print(const struct pkt *p, const struct opts *o)
{
	printf("%llu ns %c flags %#x seq %u-%u ack %u window %u id %u tsval %u segments %u has %#x",
	       (unsigned long long)p->now_ns, "io"[p->dir], p -> tcp_flags, p -> seq, p -> end_seq,
	       p -> ack, p -> window, p -> id, p -> tsval, p -> segments, p -> has);
	for (int i = 0; i < o->sack_count; i++)
		printf(" sack %u-%u", o->sack[i].start, o->sack[i].end);
	printf("\n");
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static struct tap tap;
	struct invariants invariants = {};
	struct settings in;
	__u64 now_ns;

	if (size < sizeof(in))
		return 0;
	memcpy(&in, data, sizeof(in));
	memset(&tap, 0, sizeof(tap));
	tap.no_trouble = in.no_trouble == 0xff;
	now_ns = 1000000000ULL + in.seconds * 1000000000ULL;
	for (size_t at = sizeof(in); at + sizeof(struct record) <= size;
	     at += sizeof(struct record)) {
		struct opts o = {};
		struct pkt p = {};
		struct record r;
		const char *broken;

		memcpy(&r, data + at, sizeof(r));
		packet_of(&p, &o, &r, &in, &tap.flow);
		now_ns += 1ULL << (r.time % 33);
		p.now_ns = now_ns;
		if (getenv("FUZZ_PRINT"))
			print(&p, &o);
		memset(&tap.work.verdict, 0, sizeof(tap.work.verdict));
		invariants_before(&invariants, &tap, &p);
		tap_packet(&tap, &p, &o);
		broken = invariants_after(&invariants, &tap, &p);
		if (broken) {
			fprintf(stderr, "packet %zu: %s\n", (at - sizeof(in)) / sizeof(r), broken);
			abort();
		}
	}
	return 0;
}

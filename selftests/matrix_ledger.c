/* SPDX-License-Identifier: GPL-2.0-only */
/* The wire's ledger as one tap could have written it, had it known everything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrix.h"
#include "seq.h"

#define BUCKETS (1U << 18)
#define STREAMS 4096

/* One direction of a connection at the tap. Bytes are told apart by 32 bits: runs are shorter. */
struct stream {
	__u16 source_port, dest_port;
	__u32 top;         /* highest end that passed */
	__u32 first, last; /* orders of packets with an ID that passed */
	__u32 syn_tsval;   /* of the newest SYN that passed */
	bool seeded, syn;
};

struct line {
	__u32 order;
	bool ab;
	char fate[16], flags[8], family;
	struct sent sent;
};

static bool line_parse(struct line *l, char *text)
{
	char *column[22], *at = text;
	int i;

	for (i = 0; i < 22 && at; i++)
		column[i] = strsep(&at, "\t\n");
	if (i < 22)
		return false;
	l->order = strtoul(column[0], NULL, 10);
	snprintf(l->fate, sizeof(l->fate), "%s", column[4]);
	l->sent = (struct sent){
		.exists = true,
		.ab = !strcmp(column[1], "ab"),
		.id = strtoul(column[7], NULL, 10),
		.source_port = strtoul(column[9], NULL, 10),
		.dest_port = strtoul(column[11], NULL, 10),
		.seq = strtoul(column[13], NULL, 10),
		.payload = strtoul(column[14], NULL, 10),
		.ack = strtoul(column[15], NULL, 10),
		.tsval = strtoul(column[16], NULL, 10),
		.segments = strtoul(column[18], NULL, 10),
		.retransmitted = strtoul(column[19], NULL, 10) > 0,
	};
	for (const char *flag = column[12]; *flag; flag++) {
		const char *all = "FSRPAU", *which = strchr(all, *flag);

		if (which)
			l->sent.flags |= 1 << (which - all);
	}
	return l->order;
}

static int room(void **array, __u32 want, size_t size)
{
	size_t from;

	/* Doubled at powers of two; what is new is 0. */
	if (want > 1 && want & (want - 1))
		return 0;
	from = want > 1 ? want : 0;
	want = want > 1 ? 2 * want : 2;
	*array = realloc(*array, want * size);
	if (!*array)
		return -1;
	memset((char *)*array + from * size, 0, (want - from) * size);
	return 0;
}

static __u32 bucket_of(const struct sent *s)
{
	__u64 hash = s->seq;

	hash = hash * 0x9e3779b97f4a7c15 + s->ack;
	hash = hash * 0x9e3779b97f4a7c15 + (s->source_port << 16 | s->dest_port);
	hash = hash * 0x9e3779b97f4a7c15 + s->payload;
	return (hash * 0x9e3779b97f4a7c15) >> 40 & (BUCKETS - 1);
}

static bool alike(const struct sent *a, const struct sent *b)
{
	return a->source_port == b->source_port && a->dest_port == b->dest_port &&
	       a->seq == b->seq && a->ack == b->ack && a->payload == b->payload &&
	       a->flags == b->flags && a->id == b->id;
}

static struct stream *stream_of(struct stream *streams, const struct sent *s)
{
	__u32 i;

	for (i = 0; i < STREAMS && streams[i].seeded; i++) {
		if (streams[i].source_port == s->source_port &&
		    streams[i].dest_port == s->dest_port)
			break;
	}
	if (i == STREAMS)
		return NULL;
	streams[i].source_port = s->source_port;
	streams[i].dest_port = s->dest_port;
	return &streams[i];
}

static __u32 end_of(const struct sent *s)
{
	return s->seq + s->payload + !!(s->flags & TCP_SYN) + !!(s->flags & TCP_FIN);
}

/* What this packet is at the tap; own: its end's own one. */
static void judge(struct arrival *a, struct sent *s, struct stream *st, bool own)
{
	bool data = end_of(s) != s->seq && !(s->flags & TCP_RST);

	if (!st->seeded)
		st->top = s->seq;
	st->seeded = true;
	if (data && s->arrived)
		a->class = DUPLICATED;
	else if (data && s->retransmitted)
		a->class = RETRANSMITTED;
	else if (data && seq_before(s->seq, st->top))
		a->class = REORDERED;
	if (a->class == RETRANSMITTED && !seq_before(s->seq, st->top))
		a->unknowable = HIDDEN;
	if (s->flags & TCP_SYN) {
		if (st->syn && !own && !s->id && s->tsval == st->syn_tsval)
			a->unknowable = TWIN;
		st->syn = true;
		st->syn_tsval = s->tsval;
	}
	s->arrived = true;
	if (data)
		st->top = seq_max(st->top, end_of(s));
	/* A SYN-ACK and a reset are not numbered with the others, nor is what TIME-WAIT answers. */
	if (s->flags & TCP_RST || (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) ||
	    (!s->id && !s->payload))
		return;
	if (!st->first || a->order < st->first)
		st->first = a->order;
	st->last = max_of(st->last, a->order);
}

static int arrive(struct ledger *l, __u32 order, struct stream *streams, bool own)
{
	struct sent *s = &l->sent[order];
	struct stream *st = stream_of(streams, s);
	__u32 *at = &l->head[bucket_of(s)];
	struct arrival *a;

	if (!st || room((void **)&l->arrival, l->arrivals + 1, sizeof(*l->arrival)))
		return -1;
	a = &l->arrival[++l->arrivals];
	a->order = order;
	judge(a, s, st, own);
	while (*at)
		at = &l->arrival[*at].next;
	*at = l->arrivals;
	return 0;
}

/* Does this line say that the packet passed the tap? What the tap's own end sends passes as it is sent. */
static bool passes(const struct line *line, enum spot spot)
{
	bool own = line->sent.ab == (spot == AT_SENDER);

	if (spot == AT_MIDDLE)
		return !strcmp(line->fate, "middle");
	return !own && (!strcmp(line->fate, "delivered") || !strcmp(line->fate, "duplicate") ||
			!strcmp(line->fate, "corrupted"));
}

static int read_lines(struct ledger *l, FILE *f, enum spot spot, struct stream *streams)
{
	struct line line;
	char text[1024];

	while (fgets(text, sizeof(text), f)) {
		if (!line_parse(&line, text))
			continue;
		while (l->orders < line.order) {
			if (room((void **)&l->sent, l->orders + 1, sizeof(*l->sent)))
				return -1;
			l->orders++;
		}
		if (!l->sent[line.order].exists)
			l->sent[line.order] = line.sent;
		if (passes(&line, spot) && arrive(l, line.order, streams, false))
			return -1;
	}
	for (__u32 i = 1; spot != AT_MIDDLE && i <= l->orders; i++) {
		if (l->sent[i].exists && l->sent[i].ab == (spot == AT_SENDER) &&
		    arrive(l, i, streams, true))
			return -1;
	}
	return 0;
}

static void count_lost(struct ledger *l, struct stream *streams)
{
	for (__u32 i = 1; i <= l->orders; i++) {
		const struct sent *s = &l->sent[i];
		struct stream *st = s->exists && !s->arrived ? stream_of(streams, s) : NULL;

		if (!st)
			continue;
		l->lost[s->ab] += s->segments;
		if (st->first && i > st->first && i < st->last)
			l->knowable[s->ab] += s->segments;
	}
}

int ledger_read(struct ledger *l, const char *file, enum spot spot)
{
	struct stream *streams = calloc(STREAMS, sizeof(*streams));
	FILE *f = fopen(file, "re");
	int err = -1;

	*l = (struct ledger){ .head = calloc(BUCKETS, sizeof(*l->head)) };
	if (f && streams && l->head)
		err = read_lines(l, f, spot, streams);
	if (!err)
		count_lost(l, streams);
	else
		fprintf(stderr, "matrix: cannot read %s\n", file);
	if (f)
		fclose(f);
	free(streams);
	return err;
}

void ledger_free(struct ledger *l)
{
	free(l->sent);
	free(l->arrival);
	free(l->head);
}

struct arrival *ledger_match(struct ledger *l, const struct pkt *p)
{
	const struct sent s = {
		.source_port = bpf_ntohs(p->source_port),
		.dest_port = bpf_ntohs(p->dest_port),
		.id = p->id,
		.seq = p->seq,
		.ack = p->ack,
		.payload = p->payload,
		.flags = p->tcp_flags,
	};
	__u32 *at = &l->head[bucket_of(&s)];

	for (; *at; at = &l->arrival[*at].next) {
		struct arrival *a = &l->arrival[*at];

		if (alike(&s, &l->sent[a->order])) {
			*at = a->next;
			return a;
		}
	}
	return NULL;
}

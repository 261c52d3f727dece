/* SPDX-License-Identifier: GPL-2.0-only */
/* A script is what 1 or 64 connections do in step, again and again. A phase of it is one kind of packet,
 * `times` of them on each connection, in one test run; a phase with a name is measured. Long phases of one
 * connection show the fast path; what a connection cannot do twice in a row, such as to open its first
 * hole, 64 do in turn.
 *
 * All subjects play each round, one after the other, so that what else the machine does strikes them alike;
 * a row's cost is the mean of the fastest quarter of the rounds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_packet.h"

#define MSS 1448U
#define MANY 64
#define STREAM 2000
#define PHASES 8
#define MAX_ROUNDS 4096
#define FIRST_PORT 1024
#define UDP 17

/* Sequence numbers count segments since the round began. */
struct phase {
	const char *name; /* NULL: not measured */
	enum direction dir;
	__u32 times; /* 0 ends the script */
	__u32 seq, ack;
	__u32 seq_step, ack_step, sack_step; /* in segments, from packet to packet */
	__u32 payload;
	__u8 flags; /* 0: ACK */
	__u8 sack_count;
	struct range sack[3];
	double limit;
};

struct script {
	__u32 flows;
	__u8 no_timestamps;
	__u8 fresh;  /* new connections each round */
	__u8 family; /* 0: both */
	__u8 protocol;
	__u16 fragment;
	__u32 forward[DIRECTIONS]; /* segments that a round takes each end on */
	struct phase phases[PHASES];
};

#define DATA .payload = MSS

static const struct script scripts[] = {
	{ 1, .forward = { STREAM },
	  .phases = { { "in-order data, timestamps", IN, STREAM, .seq_step = 1, DATA, .limit = 1 },
		      { NULL, OUT, 1, .ack = STREAM } } },
	{ 1, .no_timestamps = 1, .forward = { STREAM },
	  .phases = { { "in-order data", IN, STREAM, .seq_step = 1, DATA, .limit = 1 },
		      { NULL, OUT, 1, .ack = STREAM } } },
	{ 1, .forward = { 0, STREAM },
	  .phases = { { NULL, OUT, STREAM, .seq_step = 1, DATA },
		      { "pure ACK", IN, STREAM / 2, .ack = 2, .ack_step = 2, .limit = 1 } } },
	{ 1, .forward = { 0, STREAM },
	  .phases = { { NULL, OUT, STREAM, .seq_step = 1, DATA },
		      { "ACK with 3 SACK blocks", IN, STREAM - 7, .ack = 1, .sack_step = 1,
			.sack_count = 3, .sack = { { 6, 7 }, { 4, 5 }, { 2, 3 } }, .limit = 2.5 },
		      { NULL, IN, 1, .ack = STREAM } } },
	{ MANY, .forward = { 1, 1 },
	  .phases = { { NULL, OUT, 1, DATA },
		      { "data, round trip ends and begins", IN, 1, .ack = 1, DATA },
		      { NULL, OUT, 1, .seq = 1, .ack = 1 } } },
	{ MANY, .forward = { 6 },
	  .phases = { { NULL, IN, 1, .seq = 0, DATA },
		      { "hole opened", IN, 1, .seq = 2, DATA, .limit = 4 },
		      { "data above a hole", IN, 1, .seq = 3, DATA },
		      { "hole filled", IN, 1, .seq = 1, DATA, .limit = 4 },
		      { NULL, IN, 1, .seq = 4, DATA },
		      { "retransmission", IN, 1, .seq = 4, DATA },
		      { NULL, OUT, 1, .ack = 5 },
		      { NULL, IN, 1, .seq = 5, DATA } } },
	{ MANY, .fresh = 1, .phases = { { "new flow, in mid-stream", IN, 1, DATA } } },
	{ MANY, .fresh = 1,
	  .phases = { { "SYN", IN, 1, .flags = TCP_SYN },
		      { NULL, OUT, 1, .flags = TCP_SYN | TCP_ACK },
		      { "new flow, after its handshake", IN, 1 } } },
	{ 1, .protocol = UDP, .phases = { { "not TCP", IN, STREAM, .limit = 1.3 } } },
	{ 1, .family = 4, .fragment = 0x2000,
	  .phases = { { "fragment", IN, STREAM, DATA, .limit = 1.3 } } },
};

/* A script's connections, and where they are. */
struct cast {
	struct bench *bench;
	const struct script *script;
	enum hook hook;
	int family;
	__u32 address;         /* of their remote ends */
	__u32 seq[DIRECTIONS]; /* segments before this round */
	__u16 id[DIRECTIONS];
	__u32 clock;
};

static int is_followed(const struct script *s)
{
	return !s->protocol && !s->fragment;
}

static __u32 byte_of(__u32 segment)
{
	return 1 + segment * MSS;
}

static struct frame_spec spec_of(const struct cast *c, const struct phase *p)
{
	__u32 seq = c->seq[p->dir], ack = c->seq[!p->dir];
	struct frame_spec s = {
		.family = c->family,
		.from_b = p->dir == OUT,
		.source_port = p->dir == OUT ? PORT_B : FIRST_PORT,
		.dest_port = p->dir == OUT ? FIRST_PORT : PORT_B,
		.protocol = c->script->protocol,
		.fragment = c->script->fragment,
		.id = c->id[p->dir],
		.seq = byte_of(seq + p->seq),
		.ack = byte_of(ack + p->ack),
		.tcp_flags = p->flags ? p->flags : TCP_ACK,
		.window = 65535,
		.payload = p->payload,
		.has = c->script->no_timestamps ? 0 : OPTS_TIMESTAMPS,
		.tsval = c->clock,
		.tsecr = c->clock,
		.sack_count = p->sack_count,
	};
	__be32 *remote = p->dir == OUT ? s.dest : s.source;

	if (s.tcp_flags & TCP_SYN) {
		s.seq--;
		s.ack *= !!(s.tcp_flags & TCP_ACK);
		s.has |= OPTS_MSS | OPTS_SACK_PERMITTED | OPTS_WSCALE;
		s.mss = 1460;
		s.wscale = 7;
	}
	for (int i = 0; i < p->sack_count; i++) {
		s.sack[i].start = byte_of(ack + p->sack[i].start);
		s.sack[i].end = byte_of(ack + p->sack[i].end);
	}
	frame_address(remote, c->family, 0);
	remote[c->family == 6 ? 3 : 0] = bpf_htonl(c->address);
	return s;
}

/* Nanoseconds a packet, or -errno. The cast goes on. */
static double phase_play(struct cast *c, const struct phase *p, enum subject subject)
{
	static struct frame frame;
	struct frame_spec spec = spec_of(c, p);
	struct stride stride = {
		.flows = c->script->flows,
		.outbound = p->dir == OUT,
		.address = c->address,
		.port = FIRST_PORT,
		.seq = p->seq_step * MSS,
		.ack = p->ack_step * MSS,
		.sack = p->sack_step * MSS,
		.id = 1,
	};

	c->id[p->dir] += p->times;
	c->clock++;
	frame_build(&frame, &spec);
	return bench_run(c->bench, c->hook, subject, &frame, &stride, c->script->flows * p->times);
}

/* Connections begin as they do everywhere: a handshake, 20 segments each way, an ID for each packet. */
static int prelude_play(struct cast *c, enum subject subject)
{
	static const struct phase handshake[] = {
		{ NULL, IN, 1, .flags = TCP_SYN },
		{ NULL, OUT, 1, .flags = TCP_SYN | TCP_ACK },
		{ NULL, IN, 1 },
	};
	static const struct phase data[] = { { NULL, IN, 1, DATA }, { NULL, OUT, 1, DATA } };

	for (unsigned int i = 0; i < ARRAY_SIZE(handshake); i++)
		if (phase_play(c, &handshake[i], subject) < 0)
			return -EIO;
	for (int i = 0; i < 40; i++) {
		if (phase_play(c, &data[i % 2], subject) < 0)
			return -EIO;
		c->seq[i % 2]++;
	}
	return 0;
}

static int round_play(struct cast *c, enum subject subject, double ns[PHASES])
{
	const struct script *s = c->script;

	for (int i = 0; i < PHASES && s->phases[i].times; i++) {
		ns[i] = phase_play(c, &s->phases[i], subject);
		if (ns[i] < 0)
			return -EIO;
	}
	c->seq[IN] += s->forward[IN];
	c->seq[OUT] += s->forward[OUT];
	c->address += s->fresh;
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double fastest_quarter(double *ns, unsigned int count)
{
	unsigned int n = max_of(count / 4, 1U);
	double sum = 0;

	qsort(ns, count, sizeof(*ns), compare);
	for (unsigned int i = 0; i < n; i++)
		sum += ns[i];
	return sum / n;
}

/* ns[subject][phase][round]. All subjects begin each round where the last one ended. */
static int script_play(struct cast c, unsigned int rounds, double ns[SUBJECTS][PHASES][MAX_ROUNDS])
{
	struct cast after = c;

	for (unsigned int r = 0; r <= rounds; r++) {
		for (enum subject x = NOTHING; x < SUBJECTS; x++) {
			double once[PHASES];
			int err;

			if (!c.bench->has[x][c.hook])
				continue;
			after = c;
			if (r)
				err = round_play(&after, x, once);
			else
				err = is_followed(c.script) && !c.script->fresh ?
					      prelude_play(&after, x) :
					      0;
			if (err)
				return err;
			for (int i = 0; i < PHASES && r; i++)
				ns[x][i][r - 1] = once[i];
		}
		c = after;
	}
	return 0;
}

static int script_rows(const struct cast *c, struct packet_row *rows, unsigned int rounds)
{
	static double ns[SUBJECTS][PHASES][MAX_ROUNDS];
	int count = 0;

	if (script_play(*c, rounds, ns))
		return -EIO;
	for (int i = 0; i < PHASES; i++) {
		const struct phase *p = &c->script->phases[i];
		struct packet_row *row = &rows[count];

		if (!p->name)
			continue;
		*row = (struct packet_row){ p->name, c->family, c->hook };
		row->against = is_followed(c->script) ? FLOOR : PARSE;
		row->limit = p->limit == 1 ? c->family == 4 ? 1.6 : 1.8 : p->limit;
		for (enum subject x = NOTHING; x < SUBJECTS; x++)
			if (c->bench->has[x][c->hook])
				row->ns[x] = fastest_quarter(ns[x][i], rounds);
		count++;
	}
	return count;
}

/* Does the hook, the family or the name of a phase contain the word? */
static int is_like(const struct cast *c, const char *word)
{
	char text[128];

	for (int i = 0; i < PHASES; i++) {
		snprintf(text, sizeof(text), "%s %d %s", hook_names[c->hook], c->family,
			 c->script->phases[i].name ? c->script->phases[i].name : "");
		if (strstr(text, word))
			return 1;
	}
	return 0;
}

int packet_rows(struct bench *b, struct packet_row rows[PACKET_ROWS], unsigned int rounds,
		const char *like)
{
	__u32 address = 0x0a010000;
	int count = 0;

	rounds = min_of(rounds, (unsigned int)MAX_ROUNDS);
	for (enum hook hook = TC; hook < HOOKS; hook++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(scripts); i++) {
			for (int family = 4; family <= 6; family += 2) {
				struct cast c = { b, &scripts[i], hook, family, address };
				int err;

				if (scripts[i].family && scripts[i].family != family)
					continue;
				if (like && !is_like(&c, like))
					continue;
				err = script_rows(&c, rows + count, rounds);
				if (err < 0)
					return err;
				count += err;
				address += 1 << 16;
			}
		}
	}
	return count;
}

double packet_net(const struct packet_row *row, enum subject subject)
{
	return row->ns[subject] - row->ns[NOTHING];
}

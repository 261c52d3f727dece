/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>

#include "bench_cast.h"

#define FIRST_PORT 1024
#define EMBRYOS 16384 /* handshakes that ploss follows at once */

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

double phase_play(struct cast *c, const struct phase *p, enum subject subject)
{
	static struct frame frame;
	struct frame_spec spec = spec_of(c, p);
	struct stride stride = {
		.flows = c->script->flows,
		.outbound = p->dir == OUT,
		.address = c->address,
		.port = FIRST_PORT,
		.shuffled = c->shuffled,
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

int prelude_play(struct cast *c, enum subject subject, const __u32 segments[DIRECTIONS])
{
	static const struct phase handshake[] = {
		{ NULL, IN, 1, .flags = TCP_SYN },
		{ NULL, OUT, 1, .flags = TCP_SYN | TCP_ACK },
		{ NULL, IN, 1 },
	};
	static const struct phase data[] = { { NULL, IN, 1, DATA }, { NULL, OUT, 1, DATA } };

	for (unsigned int i = 0; i < ARRAY_SIZE(handshake) && c->script->flows <= EMBRYOS; i++)
		if (phase_play(c, &handshake[i], subject) < 0)
			return -EIO;
	for (__u32 i = 0; i < max_of(segments[IN], segments[OUT]); i++) {
		for (enum direction d = IN; d < DIRECTIONS; d++) {
			if (i >= segments[d])
				continue;
			if (phase_play(c, &data[d], subject) < 0)
				return -EIO;
			c->seq[d]++;
		}
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double fastest_quarter(double *ns, unsigned int count)
{
	unsigned int n = max_of(count / 4, 1U);
	double sum = 0;

	qsort(ns, count, sizeof(*ns), compare);
	for (unsigned int i = 0; i < n; i++)
		sum += ns[i];
	return sum / n;
}

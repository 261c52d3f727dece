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
#include <string.h>

#include "bench_cast.h"
#include "bench_packet.h"
#include "bench_row.h"

#define MANY 64
#define FEW 8
#define STREAM 2000
#define MAX_ROUNDS 4096
#define UDP 17
#define OF_PEER 0.5 /* most of what a packet costs another program, which follows timestamps */

static const __u32 prelude[DIRECTIONS] = { 20, 20 };

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
	{ MANY, .forward = { 0, FEW },
	  .phases = { { NULL, OUT, FEW, .seq_step = 1, DATA },
		      { "ACK with 3 SACK blocks, other ones", IN, 1, .ack = 1, .sack_count = 3,
			.sack = { { 6, 7 }, { 4, 5 }, { 2, 3 } } },
		      { NULL, IN, 1, .ack = FEW } } },
	{ MANY, .tiers = 1, .forward = { 6 },
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

static int is_followed(const struct script *s)
{
	return !s->protocol && !s->fragment;
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

static int is_played(const struct cast *c, enum subject x)
{
	return c->bench->has[x][c->hook] && (x != TIERS || c->script->tiers);
}

/* ns[subject][phase][round]. All subjects begin each round where the last one ended. */
static int script_play(struct cast c, unsigned int rounds, double ns[SUBJECTS][PHASES][MAX_ROUNDS])
{
	struct cast after = c;

	for (unsigned int r = 0; r <= rounds; r++) {
		for (enum subject x = NOTHING; x < SUBJECTS; x++) {
			double once[PHASES];
			int err;

			if (!is_played(&c, x))
				continue;
			after = c;
			if (r)
				err = round_play(&after, x, once);
			else
				err = is_followed(c.script) && !c.script->fresh ?
					      prelude_play(&after, x, prelude) :
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

/* In costs beyond those of the program that only returns, `unloaded`; or with them, where that is 0. */
static void phase_row(const struct cast *c, const struct phase *p, const char *what,
		      const double ns[SUBJECTS], double unloaded)
{
	enum subject base = is_followed(c->script) ? FLOOR : PARSE;
	struct bench_row row = {
		.part = "packet",
		.what = what,
		.with = hook_names[c->hook],
		.ip = c->family,
		.unit = "ns",
		.against = base == FLOOR ? "floor" : "parse",
		.base = ns[base] - unloaded,
		.got = ns[PLOSS] - unloaded,
		.most = p->limit == 1 ? c->family == 4 ? 1.6 : 1.8 : p->limit,
		.peer = ns[PEER] ? ns[PEER] - unloaded : 0,
		.peer_most = p->limit == 1 && !c->script->no_timestamps ? OF_PEER : 0,
	};

	row_print(&row);
}

/* Above all that the tracker does. */
static void tiers_row(const struct cast *c, const double ns[SUBJECTS])
{
	struct bench_row row = {
		.part = "packet",
		.what = "two look-ups and the clock, nothing else",
		.with = hook_names[c->hook],
		.ip = c->family,
		.unit = "ns",
		.against = "floor",
		.base = ns[FLOOR] - ns[NOTHING],
		.got = ns[TIERS] - ns[NOTHING],
	};

	row_print(&row);
}

static int script_rows(const struct cast *c, unsigned int rounds)
{
	static double ns[SUBJECTS][PHASES][MAX_ROUNDS];
	int told = 0;
	char what[128];

	if (script_play(*c, rounds, ns))
		return -EIO;
	for (int i = 0; i < PHASES; i++) {
		const struct phase *p = &c->script->phases[i];
		double best[SUBJECTS] = {};

		if (!p->name)
			continue;
		for (enum subject x = NOTHING; x < SUBJECTS; x++)
			if (is_played(c, x))
				best[x] = fastest_quarter(ns[x][i], rounds);
		if (is_followed(c->script)) {
			phase_row(c, p, p->name, best, best[NOTHING]);
			if (c->script->tiers && !told++)
				tiers_row(c, best);
			continue;
		}
		/* To read headers is too little to be told from nothing. */
		snprintf(what, sizeof(what), "%s, with the test run's own", p->name);
		phase_row(c, p, what, best, 0);
	}
	return 0;
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

int packet_bench(struct bench *b, unsigned int rounds, const char *like)
{
	__u32 address = 0x0a010000;
	int err = 0;

	rounds = min_of(rounds, (unsigned int)MAX_ROUNDS);
	for (enum hook hook = TC; hook < HOOKS; hook++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(scripts); i++) {
			for (int family = 4; !err && family <= 6; family += 2) {
				struct cast c = { b, &scripts[i], hook, family, address };

				if (scripts[i].family && scripts[i].family != family)
					continue;
				if (like && !is_like(&c, like))
					continue;
				err = script_rows(&c, rounds);
				address += 1 << 16;
			}
		}
	}
	return err;
}

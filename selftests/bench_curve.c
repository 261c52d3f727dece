/* SPDX-License-Identifier: GPL-2.0-only */
/* In-order data and pure ACKs, as in bench_packet.c, each the next of another connection: 1, 1,024, 131,072
 * and 1,048,576 of them. They begin in the order of their numbers and go on in another, so that neither
 * memory nor hash buckets are visited one after the other.
 *
 * No round trip begins or ends in what is measured: how often one does is no matter of how many connections
 * there are.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_cast.h"
#include "bench_curve.h"
#include "bench_row.h"
#include "dump.h"

#define LIMIT 1.25         /* most that the ratio grows by, from one connection on */
#define TABLE 262144U      /* the default of --max-flows */
#define PACKETS (1U << 15) /* of one measurement, at least, */
#define STREAM 2000U       /* but no more of a connection: a window is filled by 5,700 segments */
#define MAX_ROUNDS 256
#define FIRST_ADDRESS 0x0a010000

enum kind { DATA_IN, ACK_IN, KINDS };

static const char *const kind_names[KINDS] = { "in-order data", "pure ACK" };

/* What a packet costs beyond the program that only returns, in the fastest rounds. */
struct costs {
	double floor, ploss;
};

/* On behalf of ploss alone: the floor has nothing to keep in mind. */
static int play(struct cast *c, struct phase p)
{
	if (phase_play(c, &p, PLOSS) < 0)
		return -EIO;
	c->seq[p.dir] += p.payload ? p.times : 0;
	return 0;
}

static int measure(struct cast *c, struct phase p, double *ns[SUBJECTS], unsigned int round)
{
	struct cast after = *c;

	for (enum subject x = NOTHING; x <= PLOSS; x++) {
		after = *c;
		ns[x][round] = phase_play(&after, &p, x);
		if (ns[x][round] < 0)
			return -EIO;
	}
	after.seq[p.dir] += p.payload ? p.times : 0;
	*c = after;
	return 0;
}

/* Data that comes in, behind the segment whose round trip is timed; then data that leaves, and what
 * acknowledges all of it but the segment of which the same is true.
 */
static int round_play(struct cast *c, __u32 times, double *ns[KINDS][SUBJECTS], unsigned int round)
{
	const struct phase ack = { NULL, OUT, 1 };

	return play(c, (struct phase){ NULL, IN, 1, DATA }) ?:
		       measure(c, (struct phase){ NULL, IN, times, .seq_step = 1, DATA }, ns[DATA_IN], round) ?:
		       play(c, ack)                                                         ?:
		       play(c, (struct phase){ NULL, OUT, times + 1, .seq_step = 1, DATA }) ?:
		       play(c, (struct phase){ NULL, IN, 1, .ack = -times })                ?:
		       measure(c,
			       (struct phase){ NULL, IN, times, .ack = 1 - times, .ack_step = 1 },
			       ns[ACK_IN], round);
}

static int rounds_play(struct cast *c, unsigned int rounds, struct costs costs[KINDS])
{
	__u32 times = min_of(max_of(PACKETS / c->script->flows, 1U), STREAM);
	double *ns[KINDS][SUBJECTS], mean[SUBJECTS];
	int err = 0;

	for (enum kind k = DATA_IN; k < KINDS; k++) {
		for (enum subject x = NOTHING; x <= PLOSS; x++) {
			ns[k][x] = calloc(rounds, sizeof(double));
			if (!ns[k][x])
				err = -ENOMEM;
		}
	}
	for (unsigned int r = 0; !err && r < rounds; r++)
		err = round_play(c, times, ns, r);
	for (enum kind k = DATA_IN; k < KINDS; k++) {
		for (enum subject x = NOTHING; x <= PLOSS; x++) {
			mean[x] = err ? 0 : fastest_quarter(ns[k][x], rounds);
			free(ns[k][x]);
		}
		costs[k] = (struct costs){ mean[FLOOR] - mean[NOTHING],
					   mean[PLOSS] - mean[NOTHING] };
	}
	return err;
}

static const char *grouped(char text[32], unsigned int n)
{
	if (n >= 1000000)
		snprintf(text, 32, "%u,%03u,%03u", n / 1000000, n / 1000 % 1000, n % 1000);
	else if (n >= 1000)
		snprintf(text, 32, "%u,%03u", n / 1000, n % 1000);
	else
		snprintf(text, 32, "%u", n);
	return text;
}

/* One connection's, which come first, are what the others' ratios are held against. */
static void rows_print(const struct cast *c, const struct costs costs[KINDS])
{
	static double alone[KINDS][HOOKS][2];
	char what[64], number[32];

	for (enum kind k = DATA_IN; k < KINDS; k++) {
		double *first = &alone[k][c->hook][c->family == 6];
		struct bench_row row = {
			.part = "curve",
			.what = what,
			.with = hook_names[c->hook],
			.ip = c->family,
			.unit = "ns",
			.against = "floor",
			.base = costs[k].floor,
			.got = costs[k].ploss,
			.most = LIMIT * *first,
		};

		if (c->script->flows == 1)
			*first = row.got / row.base;
		snprintf(what, sizeof(what), "%s, %s flow%s", kind_names[k],
			 grouped(number, c->script->flows), c->script->flows > 1 ? "s" : "");
		row_print(&row);
	}
}

static int count_entry(const struct entry *entry, void *argument)
{
	return 0;
}

/* A process that reads the table of IPv4 connections again and again, and is stopped. */
static pid_t reader_start(struct bench *b)
{
	struct tables tables = {
		.flows4 = bpf_object__find_map_fd_by_name(b->ploss, "flows4"),
		.flows6 = bpf_object__find_map_fd_by_name(b->ploss, "flows6"),
		.troubles = bpf_object__find_map_fd_by_name(b->ploss, "troubles"),
		.embryos = bpf_object__find_map_fd_by_name(b->ploss, "embryos"),
	};
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!dump_entries(&tables, count_entry, NULL))
		;
	_exit(1);
}

static int read_beside(struct cast *c, unsigned int rounds)
{
	struct costs best[2][KINDS], costs[KINDS];
	char what[80], number[32];
	struct bench_row row = { "reading", what, hook_names[c->hook], c->family, "ns", "no dump" };
	pid_t reader = reader_start(c->bench);
	int err = reader < 0 ? -errno : 0;

	for (unsigned int r = 0; !err && r < 2 * rounds; r++) {
		kill(reader, r & 1 ? SIGCONT : SIGSTOP);
		err = rounds_play(c, 1, costs);
		for (enum kind k = DATA_IN; k < KINDS; k++)
			if (r < 2 || costs[k].ploss < best[r & 1][k].ploss)
				best[r & 1][k] = costs[k];
	}
	if (reader > 0) {
		kill(reader, SIGKILL);
		waitpid(reader, NULL, 0);
	}
	for (enum kind k = DATA_IN; !err && k < KINDS; k++) {
		row.base = best[0][k].ploss;
		row.got = best[1][k].ploss;
		snprintf(what, sizeof(what), "%s, %s flows, during a dump", kind_names[k],
			 grouped(number, c->script->flows));
		row_print(&row);
	}
	return err;
}

static int flows_bench(struct bench *b, const struct script *script, int family,
		       unsigned int rounds, bool is_last)
{
	/* IDs are believed after 16 of them; IPv6 has none. */
	const __u32 segments[DIRECTIONS] = { family == 4 ? 18 : 1, 1 };
	struct cast c = { b, script, TC, family, FIRST_ADDRESS };
	struct costs costs[KINDS];
	int err;

	err = prelude_play(&c, PLOSS, segments);
	if (!err && phase_play(&c, &(struct phase){ NULL, IN, 1 }, FLOOR) < 0)
		err = -EIO;
	c.shuffled = 1;
	for (c.hook = TC; !err && c.hook < HOOKS; c.hook++) {
		err = rounds_play(&c, rounds, costs);
		if (!err)
			rows_print(&c, costs);
	}
	c.hook = TC;
	return err || !is_last ? err : read_beside(&c, rounds);
}

int curve_bench(const char *steps, const char *ploss, unsigned int flows, unsigned int rounds)
{
	static const unsigned int counts[] = { 1, 1 << 10, 1 << 17, 1 << 20 };
	int err = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(counts) && counts[i] <= flows; i++) {
		bool is_last = i + 1 == ARRAY_SIZE(counts) || counts[i + 1] > flows;
		unsigned int r = rounds << (2 * (ARRAY_SIZE(counts) - 1 - i));
		struct script script = { counts[i] };

		for (int family = 4; !err && family <= 6; family += 2) {
			struct bench b;

			err = bench_open(&b, steps, ploss, NULL, max_of(counts[i], TABLE)) ?:
				      flows_bench(&b, &script, family,
						  min_of(r, (unsigned int)MAX_ROUNDS),
						  is_last && family == 4);
			bench_close(&b);
		}
	}
	return err;
}

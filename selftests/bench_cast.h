/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that the benches play: what each of them does, all do in step. */
#ifndef PLOSS_BENCH_CAST_H
#define PLOSS_BENCH_CAST_H

#include "bench_run.h"

#define MSS 1448U

/* One kind of packet, `times` of them on each connection, in one test run. Sequence numbers count segments
 * since the round began.
 */
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
	double limit; /* of ploss, against the least; 1: that of the fast path; 0: none */
};

#define PHASES 8
#define DATA .payload = MSS

struct script {
	__u32 flows; /* a power of 2 */
	__u8 no_timestamps;
	__u8 fresh;  /* new connections each round */
	__u8 tiers;  /* also the least that such packets could cost: once, as a row of its own */
	__u8 family; /* 0: both */
	__u8 protocol;
	__u16 fragment;
	__u32 forward[DIRECTIONS]; /* segments that a round takes each end on */
	struct phase phases[PHASES];
};

/* A script's connections, and where they are. */
struct cast {
	struct bench *bench;
	const struct script *script;
	enum hook hook;
	int family;
	__u32 address;         /* of their remote ends */
	__u32 shuffled;        /* packets come in no order of their connections */
	__u32 seq[DIRECTIONS]; /* segments before this round */
	__u16 id[DIRECTIONS];
	__u32 clock;
};

/* Nanoseconds a packet, or -errno. The cast goes on, but for seq. */
double phase_play(struct cast *c, const struct phase *p, enum subject subject);

/* Connections begin as they do everywhere: a handshake, then so many segments each way, an ID for each packet.
 * More of them than can begin at once are met in mid-stream.
 */
int prelude_play(struct cast *c, enum subject subject, const __u32 segments[DIRECTIONS]);

/* The mean of the fastest quarter; sorts them. */
double fastest_quarter(double *ns, unsigned int count);

#endif

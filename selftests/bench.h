/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bench and its BPF programs agree on. */
#ifndef PLOSS_BENCH_H
#define PLOSS_BENCH_H

#include "compiler.h"

/* Programs that a step ends in, by their index in jump_tc and jump_xdp. */
enum subject {
	NOTHING, /* returns: what the steps and BPF_PROG_TEST_RUN itself take */
	PARSE,   /* reads the headers */
	FLOOR,   /* reads the headers, finds the flow by one lookup, stores three numbers in it */
	TIERS, /* the same, and a second lookup and a reading of the clock: any packet of a flow in trouble */
	PLOSS, /* the programs of build/ploss.bpf.o, as they are shipped */
	PEER,  /* those of PEER_OBJ */
	SUBJECTS
};

/* How each packet differs from the last one. The first has what the frame has. */
struct stride {
	__u32 flows; /* a power of 2: so many packets have the same numbers and different ends */
	__u32 subject; /* index of the program: twice that of the subject, 1 more where packets leave */
	__u32 outbound; /* the remote end is the destination */
	__u32 address;  /* remote address (its last word) and port of flow 0, host order */
	__u32 port;
	__u32 shuffled;                  /* flows come in an order that no prefetcher knows */
	__u32 seq, ack, tsval, sack, id; /* added once in `flows` packets */
	__u32 at, flow;                  /* the step's own: 0 */
};

#define FLOWS_A_PORT_RANGE 16384 /* flow numbers from here on go to the next address */

#endif

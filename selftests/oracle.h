/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracker on a random connection, held against the stupid tracker, against what must always hold, and
 * against the truth.
 */
#ifndef PLOSS_ORACLE_H
#define PLOSS_ORACLE_H

#include "naive.h"
#include "random_flow.h"
#include "tap.h"

enum class {
	CLASS_UNSEEN,
	CLASS_TAIL, /* of these, repairs of a lost tail */
	CLASS_SEEN,
	CLASS_SPURIOUS,
	CLASS_REORDERED,
	CLASS_DUPLICATED,
	CLASS_LATE,
	CLASS_AMBIGUOUS,
	CLASSES
};

struct oracle_count {
	__u64 packets, glanced, flows, beyond;
	__u64 sack_runs; /* packets that made a run of SACKs longer */
	__u64 proven[CLASSES], likely[CLASSES], wrong_likely[CLASSES];
	__u64 again; /* called reordered or late for certain, and no first transmissions */
};

struct oracle_failure {
	const char *what; /* NULL: all is well */
	int packet;
	unsigned long long tracker, naive;
	struct verdict verdicts[2]; /* the tracker's and the stupid one's */
	struct given given;
};

/* Stops at the first packet after which something is wrong. */
void oracle_run(const struct random_flow *f, struct oracle_failure *why,
		struct oracle_count *count);

/* Leaves out of f what the failure does not need; prints it as a time line. */
void oracle_shrink(struct random_flow *f, struct oracle_failure *why);
void oracle_print(const struct random_flow *f, const struct oracle_failure *why);

/* oracle_frame.c: packet t, as p, for the tracker as bytes, at a glance where it can; in p the bytes are counted. */
void oracle_frame(struct tap *tap, const struct tapped *t, enum link_type link, struct pkt *p);

/* oracle_truth.c: is what the tracker said of packet i true? It has seen all before i. Returns what is wrong, or
 * NULL.
 */
struct truth {
	__u8 passed[DIRECTIONS][8 * FLOW_PACKETS]; /* by tapped.sent */
	__u32 newest[DIRECTIONS];
	__s64 next[DIRECTIONS];
};

/* Is what was counted of direction d, with all of its packets, possible? */
const char *truth_of_losses(const struct random_flow *f, int d, const struct counters *c);

const char *truth_check(struct truth *truth, const struct random_flow *f, int i,
			const struct verdict *v, int likely, struct oracle_count *count);

#endif

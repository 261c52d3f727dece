/* SPDX-License-Identifier: GPL-2.0-only */
/* What one packet's way through the tracker works on, and what it comes to. */
#ifndef PLOSS_WORK_H
#define PLOSS_WORK_H

#include "compiler.h"
#include "pkt.h"
#include "ploss.h"
#include "seq.h"
#include "tcpopt.h"

/* What decided a class: the `evidence` of an event. */
enum evidence {
	BY_NOTHING,
	BY_POSITION, /* the sender's own tap: the send order is seen */
	BY_TSVAL,
	BY_IPID,
	BY_ACK,
	BY_SACK,
	BY_DSACK,
	BY_TIMING,
};

enum cause {
	CAUSE_NONE,
	CAUSE_RTO,
	CAUSE_FAST,
	CAUSE_TLP,
	CAUSE_UNKNOWN,
};

/* What became of one packet's segments. All 0: nothing out of the ordinary. */
struct verdict {
	__u16 unseen, seen, spurious; /* retransmissions */
	__u16 reordered, duplicated, ambiguous, late_original;
	__u8 evidence;    /* enum evidence: of the last class given */
	__u8 cause;       /* enum cause */
	__u8 paws;        /* the host will throw it away (RFC 7323 5.3) */
	__u8 zero_window; /* the first to say that the window is shut */
};

/* What one step of the tracker hands to the next: the range it is about, an index, a class, a count. In
 * memory, where the verifier does not follow each value as a path of its own (FORGET()).
 */
struct carry {
	__u32 low, high;  /* the packet's bytes below next */
	__u32 from;       /* where the search for holes goes on */
	__u32 closed;     /* holes filled whole, one beside the other, */
	__u32 closed_end; /* and the index after the last of them */
	__u32 start, end; /* the piece of them that a step is about */
	__u32 index;      /* of its hole */
	__u32 kind;       /* enum mark_kind of it */
	__u32 flag;
	__u32 filled;                   /* bytes of [low, high) that lay in holes */
	__u32 known;                    /* bytes of [start, end) that were SACKed before */
	__u32 taken;                    /* segments of the packet that the piece takes */
	__u32 segments;                 /* of the packet, not classified yet */
	__u64 tick_ns, rtt_ns, sure_ns; /* see clocks_guess() */
};

/* Per-CPU scratch memory in the kernel, a local on the host. The verifier forgets what it knows of a
 * value that lies in a map, which keeps the paths behind it one.
 */
struct work {
	struct pkt pkt;
	struct opts opts;
	struct verdict verdict;
	struct carry carry;
	__u32 id_skipped; /* IPv4 IDs that this packet skipped, 0 outside ID_SEQ */
	__u32 repeated;   /* begins below what was seen */
	__u32 id_says;    /* enum id_order */
	__u32 next;       /* half.next before it */
	__u32 bank;       /* caller: low bit of the reporting interval's number */
};

/* One packet's surroundings: d is the direction it travels in, whose half and side it may write. */
struct scene {
	struct half *half;             /* half[d] */
	const struct half *other;      /* half[!d] */
	struct side *side;             /* side[d]; NULL without a troubled tier */
	const struct side *other_side; /* side[!d] */
	struct totals *totals;
	struct counters *sum;       /* totals of direction d */
	struct counters *other_sum; /* totals of direction !d */
	struct gauges *gauges;      /* of the interval, direction d */
	struct gauges *other_gauges;
	struct work *work;
	struct flow *flow;
	struct trouble *trouble;
};

static __always_inline struct scene scene_of(struct flow *f, struct trouble *t,
					     struct totals *totals, struct work *w)
{
	__u32 d = w->pkt.dir & 1, bank = w->bank & 1;

	return (struct scene){
		.half = &f->half[d],
		.other = &f->half[!d],
		.side = t ? &t->side[d] : NULL,
		.other_side = t ? &t->side[!d] : NULL,
		.totals = totals,
		.sum = &totals->dir[d],
		.other_sum = &totals->dir[!d],
		.gauges = &totals->gauges[bank][d],
		.other_gauges = &totals->gauges[bank][!d],
		.work = w,
		.flow = f,
		.trouble = t,
	};
}

/* A step of the tracker that the verifier walks once. Its body is name_in(), in terms of the scene. */
#define STEP(name) \
	VERIFIED_ONCE int name(struct flow *f, struct trouble *t, struct totals *totals, \
			       struct work *w) \
	{ \
		struct scene sc; \
\
		if (!f || !t || !totals || !w) \
			return 0; \
		sc = scene_of(f, t, totals, w); \
		return name##_in(&sc); \
	}

#define TAKE_STEP(name, sc) name((sc)->flow, (sc)->trouble, (sc)->totals, (sc)->work)

/* In the connection's and in the interface's row: of this packet's direction, */
#define COUNT(scene, name, n) \
	do { \
		(scene)->side->own.name += (n); \
		(scene)->sum->name += (n); \
	} while (0)

/* and of the direction whose data it acknowledges. */
#define COUNT_ABOUT(scene, name, n) \
	do { \
		(scene)->side->about.name += (n); \
		(scene)->other_sum->name += (n); \
	} while (0)

/* In a connection's half, where it is narrow and stays at its highest value (a row never falls), and in the
 * interface's row.
 */
#define COUNT_FEW(half, sum, name, n) \
	do { \
		(half)->name += (n); \
		if ((half)->name < (typeof((half)->name))(n)) \
			(half)->name = (typeof((half)->name))~0ULL; \
		(sum)->name += (n); \
	} while (0)

#define GAUGE_MAX(scene, name, value) \
	do { \
		(scene)->side->gauges.name = max_of((scene)->side->gauges.name, (__u64)(value)); \
		(scene)->gauges->name = max_of((scene)->gauges->name, (__u64)(value)); \
	} while (0)

/* Bytes a segment of this packet has: its payload shared by its segments, rounded up; 1 at least. */
static __always_inline __u32 segment_bytes(const struct pkt *p)
{
	__u32 bytes = p->payload;

	if (p->segments > 1)
		bytes = (bytes + p->segments - 1) / p->segments;
	return bytes ? bytes : 1;
}

/* Segments of unit bytes that a range of bytes takes; unit is not 0. */
static __always_inline __u32 segments_of(__u32 bytes, __u32 unit)
{
	return (bytes + unit - 1) / (unit ? unit : 1);
}

/* Is seq below what is followed? Possible at a connection's beginning alone: 2^31 bytes on, base has come
 * round again.
 */
static __always_inline int before_base(const struct half *h, __u32 seq)
{
	return h->data_bytes < 1U << 30 && seq_before(seq, h->base);
}

static __always_inline __u32 now_us(const struct pkt *p)
{
	return (__u32)(p->now_ns / 1000);
}

#endif

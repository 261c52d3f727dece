/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests as time lines. A scenario is what passes a tap, in order, in relative sequence numbers:
 *
 *	play(AT(.tap = SENDER),
 *	     {   0, A,    1, 1001 },
 *	     {   1, A, 1001, 2001 },
 *	     { 200, A,    1, 1001 });           RTO: nothing was acknowledged
 *	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1,
 *		   .cause_rto_segments = 1);
 *
 * Byte 1 is each end's first byte after the prelude, at 0 ms. What a step does not say is as a
 * Linux stack does it: an acknowledgement of all in-order data that reached the end so far, the
 * next IPv4 ID, a timestamp clock of 1 ms.
 *
 * play() plays it in every way that must not matter - sequence numbers that wrap or not, struct pkt
 * made directly, frames through the parser with and without tags and link header, IPv4 and IPv6
 * where no ID tells, capture files, and, where the environment asks for it, the kernel - and fails
 * where two ways count differently: rows, extremes and health. It also holds the flow's row against
 * the interface's.
 *
 * tell() takes a story: what the two ends send, each at the time when it is sent, and what becomes
 * of it on the way. It plays the story as it passes each of the three taps. Each end answers what
 * reaches it as Linux does, at once and with SACK blocks, also where a tap does not see it.
 *
 *	tell(AT(.prelude = 20),
 *	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
 *	     {  1, A, 1001, 2001 },
 *	     { 22, A,    1, 1001 });
 *	assert_row_at(RECEIVER, A, .data_segments = 2, ...);
 *
 * The way takes 10 ms: a sender's tap sees a packet when it is sent, the middle one after 5 ms, a
 * receiver's after 10.
 */
#ifndef PLOSS_SCENARIO_H
#define PLOSS_SCENARIO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "counters.h"
#include "frame.h"
#include "ploss.h"

enum end { A, B };

enum fate {
	PASSES,
	LOST_BEFORE, /* sent, but it never passes the tap; or it does, at a later step */
	LOST_AFTER,  /* passes the tap and never reaches the other end */
	DROPPED,     /* reaches the other host, which throws it away */
	MISSED,      /* arrives, but no tap sees it */
};

/* In a story LOST_BEFORE is lost between its sender and the middle, LOST_AFTER beyond. */

/* Which packet is it? */
enum identity {
	NEW_PACKET,
	FIRST_SENT, /* that of the first earlier step of this end with these bytes: */
	LAST_SENT,  /* or of the newest one: late, or the network's copy */
};

#define WINDOW_ZERO (-1)

/* One packet. What is 0 is automatic. */
struct step {
	double ms;
	enum end from;
	__u32 start, end; /* its place in the sequence space, SYN and FIN included */
	__u32 ack;
	enum fate fate;
	enum identity is;
	__u8 flags;         /* enum tcp_flag; 0: ACK */
	int window;         /* unscaled; 0: 65535; WINDOW_ZERO */
	__u32 tsval, tsecr; /* as the time of their clock, in ms */
	__u16 id;           /* 1: the end's first after the prelude */
	__u16 segments;     /* of a super-packet; 0: 1 */
	__u8 ce;
	struct range sack[SACK_BLOCKS]; /* the first one of length 0 ends it */
	const __u8 *options;            /* not NULL: these bytes instead of all options */
	__u8 options_length;
	/* In a story alone: */
	double late;      /* ms that the network holds it */
	double copied;    /* ms after which the network's copy of it follows */
	__u8 beyond;      /* late or copied not before the middle but beyond */
	__u8 unsacked;    /* without the SACK blocks that its end would send */
	enum fate answer; /* what becomes of the acknowledgement that it causes, */
	double answer_ms; /* and how long that one takes longer */
};

enum place {
	RECEIVER, /* A's data comes IN, B is this host */
	SENDER,   /* A is this host, its data goes OUT */
	MIDDLE,   /* A's data comes IN, neither end is here */
};

enum ids {
	IDS_SEQUENTIAL, /* one a segment, for each end */
	IDS_SHARED,     /* grow with gaps: other connections take some */
	IDS_ZERO,
	IDS_CONSTANT,
	IDS_RANDOM,
};

/* Surroundings of a scenario: AT(.tap = SENDER, .prelude = 20). */
struct setting {
	enum place tap;
	enum ids ids;
	__u8 family; /* 0: IPv4, and IPv6 too where ids tell nothing */
	__u8 no_timestamps;
	__u8 no_sack;
	__u8 handshake;
	__u8 wscale;          /* of both ends' SYNs; 0: 7 */
	__u8 no_trouble;      /* the troubled tier has no room */
	__u8 echo;            /* B answers each segment of the prelude with one of its own */
	__u16 prelude;        /* in-order segments of 1000 bytes from A, one a round trip */
	double round_trip_ms; /* 0: 20 */
	double tick_ms;       /* of both timestamp clocks; 0: 1 */
	__u32 clock;    /* A's timestamp at 0 ms, where it matters; 0: near the wrap, or not */
	__u16 id;       /* A's IPv4 ID at 0 ms, where it matters */
	__u8 unseen[2]; /* the tap sees nothing from A, or B */
	__u8 twice;     /* the tap sees each packet twice */
	/* In a story alone: */
	__u8 told;  /* set by tell() */
	__u8 quiet; /* no end answers by itself */
};

#define AT(...) (&(const struct setting){ __VA_ARGS__ })

/* A packet as it passes the tap, for whoever plays it. */
struct passage {
	struct frame_spec spec;
	__u64 now_ns;
	__u16 segments;
	__u8 dir;   /* enum direction */
	__u8 local; /* sent by this host */
	int step;   /* -1: of the prelude */
};

/* A way to look at the frames: link header, tags, where the sequence numbers begin. */
struct way {
	const char *name;
	enum link_type link;
	__u8 vlan_tags;
	__u8 direct;  /* no frame: struct pkt made from the fields */
	__u8 glances; /* by the kernel's fast path */
};

/* What one play counted of the data of A and B from 0 ms on; health: of all of it. */
struct played {
	struct counters row[2];
	struct gauges extremes[2];
	struct health health;
};

/* Calls pass() for each packet that passes the tap, in order. */
void scenario_run(const struct setting *at, const struct step *steps, int count, __u8 family,
		  const struct way *way, __u32 base,
		  void (*pass)(void *context, const struct passage *passage), void *context);

void scenario_play(const struct setting *at, const struct step *steps, int count, const char *file,
		   int line);

#define play(at, ...) \
	scenario_play(at, (const struct step[]){ __VA_ARGS__ }, \
		      (int)(sizeof((const struct step[]){ __VA_ARGS__ }) / sizeof(struct step)), \
		      __FILE__, __LINE__)

/* What the last play() counted from 0 ms on, of the data of A or B; what the last tell() did at
 * each enum place. play_health is the last play's, health_at the last tell's.
 */
extern struct counters row[2], rows[3][2];
extern struct gauges extremes[2], extremes_at[3][2];
extern struct health play_health, health_at[3];

void scenario_tell(const struct setting *at, const struct step *steps, int count, const char *file,
		   int line);

#define tell(at, ...) \
	scenario_tell(at, (const struct step[]){ __VA_ARGS__ }, \
		      (int)(sizeof((const struct step[]){ __VA_ARGS__ }) / sizeof(struct step)), \
		      __FILE__, __LINE__)

/* Every counter that classifies is as listed, and 0 where it is not listed; packets, bytes, times
 * and the like are compared where they are listed. Prints each one that differs.
 */
#define assert_row(end, ...) \
	scenario_assert(end, &(const struct counters){ __VA_ARGS__ }, __FILE__, __LINE__)

void scenario_assert(enum end end, const struct counters *expected, const char *file, int line);

/* The same of a story at one of its taps. */
#define assert_row_at(place, end, ...) \
	scenario_assert_at(place, end, &(const struct counters){ __VA_ARGS__ }, __FILE__, __LINE__)

void scenario_assert_at(enum place place, enum end end, const struct counters *expected,
			const char *file, int line);

#endif

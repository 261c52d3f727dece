/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of random_flow.c: two ends, and the packets under way between them. */
#ifndef PLOSS_RANDOM_END_H
#define PLOSS_RANDOM_END_H

#include "random.h"
#include "random_flow.h"

#define RECENT 4
#define MS 1000000ULL

/* What an end knows of a byte: of its own, and of the other's. */
struct place {
	__u8 sacked, lost, resent; /* own */
	__u8 got;                  /* the other's: it arrived */
	__u32 sent_us;             /* own, when it was sent last */
};

/* All sequence numbers are places. An end's number is the direction in which its packets travel. */
struct end {
	__u32 una, next, limit;
	__u32 mss, flight_max, burst;
	__u32 sent; /* packets */
	__u64 sent_ns, progress_ns, pause_ns, rto_ns;
	__u32 backoff, dupacks, probed;
	__u32 peer_window;
	__u8 syn_done, fin, opener;

	__u32 received; /* all below arrived */
	__u32 recent[RECENT];
	struct range dsack;
	__u32 unacked, ack_sent, ts_recent;
	__u64 ack_ns, shut_ns; /* 0: no acknowledgement is due; the window is open */
	__u32 window;
	__u8 wscale, paws, delayed;

	__u16 id;
	__u32 ts_base;
};

/* How one side of the tap treats what travels one way. Chances are of 10,000. */
struct leg {
	__u32 loss, burst, reorder, duplicate;
	__u64 delay_ns, last_ns;
	__u8 losing;
};

struct flight {
	__u64 at_ns, order;
	struct tapped packet;
	__u8 beyond; /* it has passed the tap */
};

#define FLIGHTS 1024

struct simulation {
	struct random random;
	struct random_flow *flow;
	__u64 now_ns, rtt_ns, orders;
	struct end end[DIRECTIONS];
	struct leg leg[DIRECTIONS][2]; /* before the tap, beyond it */
	struct place place[DIRECTIONS][FLOW_PLACES];
	struct flight flight[FLIGHTS];
	int flights, packets_max;
	__u32 spurious, probing, overlap, tap_misses;
	__u8 handshake, dsack, one_way;
};

/* random_send.c: end d sends its bytes [start, end), none if they are equal; what was lost, whether it did;
 * whatever it may.
 */
void random_send(struct simulation *s, int d, __u32 start, __u32 end, __u8 flags);
int random_send_lost(struct simulation *s, int d);
void random_pump(struct simulation *s, int d);

/* random_flow.c: into the network. */
void random_transmit(struct simulation *s, const struct tapped *packet);

/* random_end.c: a packet reached the end that does not send direction packet->pkt.dir; a timer of end d is due. */
void random_receive(struct simulation *s, const struct tapped *packet);
__u64 random_timer(const struct simulation *s, int d);
void random_timeout(struct simulation *s, int d);
void random_begin(struct simulation *s);

/* Packets that are no TCP connection's. */
void random_noise(struct random_flow *f, struct random *r);

static inline __u32 random_us(const struct simulation *s)
{
	return (__u32)(s->now_ns / 1000) | 1;
}

/* No sender repeats what it sent less than a round trip ago. */
static inline int random_is_old(const struct simulation *s, int d, __u32 at)
{
	return random_us(s) - s->place[d][at].sent_us >= s->rtt_ns / 1000;
}

#endif

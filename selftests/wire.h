/* SPDX-License-Identifier: GPL-2.0-only */
/* A lossy wire between two network namespaces, in user space, that knows what it did to every packet.
 *
 *   device a  ---- AB ---->  device b        each end a TUN (or TAP) device in a namespace of its own
 *             <---- BA ----
 *
 * A packet's way: tun_read -> packet_parse -> truth_sent -> path_decide -> queue_push
 * -> (its time comes) -> truth_arrived -> tun_write. With a middle it is decided and queued twice: before
 * the middle and beyond it. The order of entry is the order in which the
 * sender's stack sent: a TUN device's queue is first in, first out.
 *
 * Nothing here shares code with include/: the truth must not repeat the mistakes of what it checks.
 */
#ifndef PLOSS_WIRE_H
#define PLOSS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum way { AB, BA, WAYS };
enum half { NEAR, FAR, HALVES }; /* of a packet's way: before the middle, and beyond it */

enum cause {
	KEPT,
	LOST_SCRIPTED,
	LOST_RANDOM,
	LOST_BURST,
	LOST_ACK,
	LOST_QUEUE,
	LOST_WRITE,
	CAUSES
};

struct range {
	uint64_t start, end;
};

/* One direction of a TCP connection; sequence numbers are 64 bits wide here and never wrap. */
struct stream {
	uint64_t sent_end;     /* highest end that entered the wire */
	uint64_t acked;        /* highest acknowledgement that entered the other way */
	uint64_t arrived_end;  /* highest end that left the wire */
	uint64_t newest_first; /* order of the newest first transmission that arrived, */
	uint64_t newest;       /* of the newest data segment of any kind */
	struct range *arrived; /* sorted, apart: the bytes that left the wire */
	size_t ranges, room;
	bool seeded, syn; /* the rest holds; isn holds */
	uint32_t isn;
};

/* What an arrival meant to the receiver. */
enum place {
	PLACE_NONE,   /* carries no data, or is the network's copy */
	PLACE_HOLE,   /* new bytes below the highest that had arrived */
	PLACE_REPEAT, /* no new byte */
	PLACE_END,    /* new bytes, none above had arrived */
	PLACES
};

struct packet {
	uint64_t order; /* number at entry, both ways together, from 1 */
	uint64_t entered_ns;
	enum way way;
	unsigned int copies; /* in the queue */
	unsigned int arrivals;
	bool corrupted;
	uint32_t ip_bytes; /* without link and virtio headers */

	bool tcp;                     /* what follows holds; else all 0 */
	int family;                   /* 4 or 6 */
	uint8_t source[16], dest[16]; /* IPv4: the first four bytes */
	uint16_t source_port, dest_port;
	uint16_t id;
	uint32_t seq, ack, tsval;
	uint32_t payload;
	uint32_t segments;     /* more than 1 with --offload only */
	uint32_t segment_size; /* payload of all but the last */
	uint8_t flags;
	uint8_t sack_blocks;
	size_t ip_at, checksum_at; /* offsets in data */

	struct stream *stream;  /* its connection's, this way; NULL: not TCP */
	uint64_t start, end;    /* 64-bit sequence numbers; end counts SYN and FIN */
	uint32_t retransmitted; /* segments whose first byte had been sent before */

	size_t size;
	uint8_t data[]; /* as read: virtio header with --offload, then the frame */
};

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

struct device {
	int fd;
	bool tap, offload;
};

/* Both print the reason on failure and return -1. */
int tun_open(struct device *d, const char *netns, const char *name);
struct packet *tun_read(const struct device *d); /* NULL: nothing there */
int tun_write(const struct device *d, const struct packet *p);

/* Fills in what p->data says; a packet that is no whole TCP segment keeps tcp == false. */
void packet_parse(struct packet *p, const struct device *d);
void packet_corrupt(struct packet *p);
/* Congestion Experienced, if the sender's stack takes part in ECN (RFC 3168 5). */
void packet_mark(struct packet *p);

#define DROPS_MAX 256

/* Percentages are of packets. */
struct impairments {
	double delay_ms, jitter_ms;
	double loss;
	double burst_enter, burst_leave; /* Gilbert-Elliott: into the bad state, out of it, */
	double burst_loss;               /* loss while there */
	double rate_mbit;                /* 0: endless */
	unsigned int queue;              /* packets, where there is a rate */
	double reorder;                  /* held up so that others overtake: */
	double reorder_min_ms, reorder_max_ms;
	double duplicate;
	double ack_loss;  /* of pure acknowledgements */
	unsigned int mtu; /* 0: any size passes */
	double corrupt;
	double mark;
	uint64_t drops[DROPS_MAX]; /* the how-manieth packets with payload, from 1 */
	unsigned int drop_count;
};

/* "delay=10,loss=1.5,drop=7:9"; prints what is wrong and returns -1. */
int impairments_parse(struct impairments *i, const char *text);
void impairments_help(FILE *to);

struct path {
	struct impairments set;
	uint64_t random[9]; /* one generator an impairment: they do not disturb each other */
	bool bad;           /* Gilbert-Elliott state */
	uint64_t payload_packets;
	uint64_t last_due_ns; /* of packets that keep their order */
	uint64_t *departures; /* ring of the last set.queue departures from the rate limiter */
	uint64_t departed;
};

struct decision {
	enum cause cause;
	uint64_t due_ns;
	bool duplicate, corrupt, mark;
};

int path_init(struct path *path, uint64_t seed);
void path_free(struct path *path);
/* Of a packet that enters the path at now_ns. */
struct decision path_decide(struct path *path, const struct packet *p, uint64_t now_ns);

struct waiting {
	uint64_t due_ns, turn;
	struct packet *p;
	enum half half; /* the one that it is in */
};

/* Packets in flight, by due time and then by order of entry. */
struct queue {
	struct waiting *heap;
	size_t count, room;
	uint64_t turns;
};

int queue_push(struct queue *q, struct packet *p, enum half half, uint64_t due_ns);
uint64_t queue_due(const struct queue *q);                  /* UINT64_MAX: empty */
struct packet *queue_pop(struct queue *q, enum half *half); /* NULL: empty */
void queue_free(struct queue *q);

/* The totals of a direction. Segments, but for what says packets; X(name) */
#define TRUTHS(X) \
	X(packets) \
	X(bytes) /* of the IP packets */ \
	X(segments) \
	X(data_segments) /* payload, SYN or FIN */ \
	X(pure_acks) \
	X(retransmitted_sent) \
	X(dropped_packets) \
	X(dropped_data_segments) \
	X(dropped_pure_acks) \
	X(dropped_retransmitted) \
	X(delivered_packets) \
	X(delivered_segments) \
	X(delivered_data_segments) \
	X(retransmitted_delivered) /* the sum of the next three: */ \
	X(retransmitted_hole)      /* by enum place */ \
	X(retransmitted_repeat) \
	X(retransmitted_in_sequence) /* PLACE_END: a tail loss looks like new data to the receiver */ \
	X(reordered)      /* first transmissions with new bytes, a later-sent one was there */ \
	X(overtaken)      /* the same, or a later-sent retransmission was there */ \
	X(late_originals) /* first transmissions whose retransmission was there */ \
	X(duplicated_packets) \
	X(duplicated_data_segments) \
	X(corrupted_packets) \
	X(pending_packets) /* in flight when the wire ended */ \
	X(lateness_max_ns) /* of the wire itself: how well it kept its times */

struct truth {
	struct {
#define X(name) uint64_t name;
		TRUTHS(X)
#undef X
		uint64_t lost[CAUSES];
	} way[WAYS];
	struct flow *flows[4096];
	FILE *ledger; /* NULL: none is kept */
};

enum fate { FATE_LOST, FATE_PENDING, FATE_DELIVERED, FATE_CORRUPTED, FATE_DUPLICATE, FATE_MIDDLE };

struct entry {
	enum fate fate;
	enum cause cause;
	enum place place;
	uint64_t delivered_ns; /* to the end, or the middle; 0: was not */
	bool late;             /* a first transmission, after a later-sent one */
};

extern const char *const way_names[WAYS];
extern const char *const cause_names[CAUSES];

FILE *ledger_open(const char *path);                               /* NULL: printed why */
void ledger_line(FILE *f, const struct packet *p, struct entry e); /* f may be NULL */

/* In this order for each packet: sent, then lost, or arrived as often as there are copies, or pending. Where
 * there is a middle, each copy passes it before it arrives or is lost beyond.
 */
int truth_sent(struct truth *t, struct packet *p);
void truth_lost(struct truth *t, const struct packet *p, enum cause cause);
void truth_passed(const struct truth *t, const struct packet *p, uint64_t now_ns);
int truth_arrived(struct truth *t, struct packet *p, uint64_t now_ns, uint64_t late_ns);
void truth_pending(struct truth *t, const struct packet *p);
int truth_write(const struct truth *t, FILE *to);
int truth_close(struct truth *t); /* -1: the ledger is incomplete */

/* A capture at the middle: pcap with nanoseconds. NULL, -1: printed why. Its packets are in the ledger's order. */
FILE *middle_open(const char *path, const struct device *d);
int middle_write(FILE *f, const struct packet *p, uint64_t now_ns);

/* Prints "wire: cannot ...: reason"; returns -1. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t clock_ns(void);

#endif

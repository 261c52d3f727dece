/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracker against the truth, packet by packet: what a tap's capture says of each packet beside what the
 * wire's ledger knows of it.
 *
 *   ledger -> ledger_read() -> what arrived at the tap, in which order, and what it was
 *   capture -> follow_packet() -> what the tracker took it for
 *   capture -> tshark -> what its analysis took it for
 */
#ifndef PLOSS_MATRIX_H
#define PLOSS_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include "pkt.h"

enum spot { AT_SENDER, AT_MIDDLE, AT_RECEIVER, SPOTS };

/* What a packet is. Of a capture and of the truth alike. */
enum class {
	NEW,
	RETRANSMITTED,
	REORDERED, /* a first transmission after a later-sent one, or after its own retransmission */
	DUPLICATED, /* the same packet was here before */
	UNDECIDED,  /* a tracker's */
	CLASSES
};

/* A packet as it was sent. The sender's order is the order of entry into the wire. */
struct sent {
	bool exists, ab; /* ab: from the data's sender */
	__u16 source_port, dest_port, id;
	__u32 seq, ack, payload, tsval;
	__u32 segments; /* of a super-packet */
	__u8 flags;
	bool retransmitted;
	bool arrived; /* at the tap */
	__u32 stream;
};

/* What no tap can know. */
enum unknowable {
	KNOWABLE,
	HIDDEN, /* retransmitted, and the first of its bytes and of all above to pass the tap */
	TWIN, /* a SYN, the same bit by bit as the one before: sent again, or the network's copy */
	EITHER, /* retransmitted, in the tick of what opened its hole, by who had heard no more: see matrix.c */
	UNKNOWABLES
};

/* A packet at the tap. */
struct arrival {
	__u32 order;
	enum class class;
	enum unknowable unknowable;
	__u32 next; /* of those that look the same, in order of arrival; 0: none */
};

struct ledger {
	struct sent *sent; /* by order, from 1 */
	__u32 orders;
	struct arrival *arrival; /* from 1 */
	__u32 arrivals;
	__u32 *head; /* hash of what arrived: the next to be captured */
	__u32 lost[2],
		knowable[2]; /* by sent.ab: never arrived at the tap; and with an arrival of its
					connection before and after */
};

/* Prints what is wrong and returns -1. */
int ledger_read(struct ledger *l, const char *file, enum spot spot);
void ledger_free(struct ledger *l);

/* The packet that was captured; NULL: the ledger knows of none that is like it. */
struct arrival *ledger_match(struct ledger *l, const struct pkt *p);

#endif

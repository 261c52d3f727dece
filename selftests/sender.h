/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments of many made-up connections, and the packet socket that they leave through.
 *
 * Segments are numbered: data segment n of a connection has the n-th bytes, of which there are SENDER_BYTES.
 * Connection n of a network is the same in all calls. TCP checksums are wrong: the ends do not exist.
 */
#ifndef PLOSS_SENDER_H
#define PLOSS_SENDER_H

#include <netinet/ether.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#include "frame.h"

#define SENDER_BYTES 16
#define SENDER_BATCH 64

enum segment_kind { SEGMENT_SYN, SEGMENT_SYNACK, SEGMENT_ACK, SEGMENT_DATA, SEGMENT_KINDS };

struct sender {
	const char *device;
	struct ether_addr to; /* the device's other end */
	enum segment_kind kind;
	unsigned long network; /* 1 to 255: of the peers */
	bool outbound;         /* from the local end to the peers */
	bool lossy;            /* what the device refuses is not sent again */

	unsigned long long sent, refused;

	/* its own */
	int fd;
	unsigned int waiting;
	__u32 length;
	struct mmsghdr messages[SENDER_BATCH];
	struct iovec parts[SENDER_BATCH];
	unsigned char bytes[SENDER_BATCH][128] __attribute__((aligned(4))); /* frames, behind PAD */
};

/* All of these print what fails, and return 0 or -1. */
int sender_open(struct sender *s);

/* Takes a segment, and sends those that it has when they are a batch. */
int sender_put(struct sender *s, unsigned long flow, unsigned long number);
int sender_flush(struct sender *s);

/* To the first or the last CPU of those that this process may use. */
int settle(bool last);

double seconds(clockid_t clock);
void wait_until(double moment);

#endif

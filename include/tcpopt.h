/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP options: 40 bytes in, timestamps, SACK blocks and what a SYN negotiates out.
 *
 * As tolerant as the stacks at the ends are: an option of a known kind and a wrong length is passed
 * over, one that has no length or reaches beyond the end ends the walk, and what stood before it
 * holds. Where an option comes twice, the last one holds.
 */
#ifndef PLOSS_TCPOPT_H
#define PLOSS_TCPOPT_H

#include <bpf/bpf_endian.h>

#include "compiler.h"
#include "headers.h"

#define OPTS_MAX 40
#define SACK_BLOCKS 4

enum opts_has {
	OPTS_TIMESTAMPS = 1,     /* RFC 7323 3 */
	OPTS_MSS = 2,            /* RFC 9293 3.7.1 */
	OPTS_WSCALE = 4,         /* RFC 7323 2 */
	OPTS_SACK_PERMITTED = 8, /* RFC 2018 2 */
	OPTS_MALFORMED = 128,    /* an option of impossible length; what stood before it holds */
};

enum opt_kind {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_WSCALE = 3,
	OPT_SACK_PERMITTED = 4,
	OPT_SACK = 5,
	OPT_TIMESTAMPS = 8,
};

struct opts {
	__u8 bytes[OPTS_MAX]; /* in: the option bytes, 0 after the last one, */
	__u32 length;         /* of which so many hold: 0 (bytes need not be set), 4, ... 40 */
	__u32 tsval, tsecr;   /* out, host order; each holds where has says so */
	struct {
		__u32 start, end;
	} sack[SACK_BLOCKS]; /* RFC 2018 3, in the order of the packet; the first sack_count hold */
	__u16 mss;
	__u8 wscale; /* 0 ... 14: larger ones count as 14 (RFC 7323 2.3) */
	__u8 sack_count;
	__u8 has; /* enum opts_has */
	__u8 pad[3];
};

struct wire_word {
	__be32 word;
} ON_WIRE;

static __always_inline __u32 opt_word(const struct opts *o, __u64 at)
{
	return bpf_ntohl(((const struct wire_word *)(o->bytes + at))->word);
}

/* The option at o->bytes[at], of length bytes. Each read is bounded by a constant of its own: the
 * verifier does not connect at with length.
 */
VERIFIED_ONCE int opt_read(struct opts *o, __u32 at, __u32 kind, __u32 length)
{
	__u32 i;

	if (!o)
		return 0;
	if (kind == OPT_TIMESTAMPS && length == 10 && at <= OPTS_MAX - 10) {
		o->tsval = opt_word(o, at + 2);
		o->tsecr = opt_word(o, at + 6);
		o->has |= OPTS_TIMESTAMPS;
	} else if (kind == OPT_SACK && length > 2 && (length - 2) % 8 == 0) {
		UNROLLED
		for (i = 0; i < SACK_BLOCKS; i++) {
			if (length < 10 + 8 * i || at > OPTS_MAX - 10 - 8 * i)
				break;
			o->sack[i].start = opt_word(o, at + 2 + 8 * i);
			o->sack[i].end = opt_word(o, at + 6 + 8 * i);
		}
		o->sack_count = (length - 2) / 8;
	} else if (kind == OPT_MSS && length == 4 && at <= OPTS_MAX - 4) {
		o->mss = o->bytes[at + 2] << 8 | o->bytes[at + 3];
		o->has |= OPTS_MSS;
	} else if (kind == OPT_WSCALE && length == 3 && at <= OPTS_MAX - 3) {
		o->wscale = min_of(o->bytes[at + 2], 14);
		o->has |= OPTS_WSCALE;
	} else if (kind == OPT_SACK_PERMITTED && length == 2) {
		o->has |= OPTS_SACK_PERMITTED;
	}
	return 0;
}

/* SACK blocks and nothing else behind the timestamps, in whole words, as Linux and others write them. Returns
 * whether it is so, and has read them then.
 */
static __always_inline int opts_sack_behind(struct opts *o)
{
	__u32 i, blocks = (o->length - 16) / 8;

	if (blocks < 1 || blocks >= SACK_BLOCKS || o->length != 16 + 8 * blocks ||
	    opt_word(o, 12) != SACK_HEAD + 8 * blocks)
		return 0;
	UNROLLED
	for (i = 0; i < SACK_BLOCKS - 1; i++) {
		if (i < blocks) {
			o->sack[i].start = opt_word(o, 16 + 8 * i);
			o->sack[i].end = opt_word(o, 20 + 8 * i);
		}
	}
	o->sack_count = blocks;
	return 1;
}

/* Returns the number of SACK blocks. */
VERIFIED_ONCE int opts_parse(struct opts *o)
{
	__u32 kind, length;
	__u64 at = 0;

	if (!o)
		return 0;
	o->has = 0;
	o->sack_count = 0;
	if (!o->length)
		return 0;
	if (o->length >= 12 && opt_word(o, 0) == TIMESTAMPS_HEAD) {
		o->tsval = opt_word(o, 4);
		o->tsecr = opt_word(o, 8);
		o->has = OPTS_TIMESTAMPS;
		at = 12;
		if (opts_sack_behind(o))
			return o->sack_count;
	}
	while (at < OPTS_MAX) {
		kind = o->bytes[at];
		if (kind == OPT_END)
			break;
		if (kind == OPT_NOP) {
			at++;
			continue;
		}
		length = at < OPTS_MAX - 1 ? o->bytes[at + 1] : 0;
		if (length < 2 || at + length > o->length) {
			o->has |= OPTS_MALFORMED;
			break;
		}
		opt_read(o, at, kind, length);
		at += length;
	}
	return o->sack_count;
}

#endif

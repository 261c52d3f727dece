/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame of a capture, as the tracker wants it: link headers and tunnels off, then pkt_parse(). */
#ifndef PLOSS_DISSECT_H
#define PLOSS_DISSECT_H

#include "follow.h"
#include "savefile.h"

struct dissection {
	/* The interface: the index that the frame itself names, 0 where it names none. */
	struct sighting seen;
	const void *data, *end; /* what pkt_parse() is to read: options are at these */
	__u32 wire_length;      /* from data on */
	enum link_type link;
	const void *ip; /* the IP header; end, where there is none */
};

/* Takes off what pkt_parse() does not know. REFUSAL_END: no such link type is read; seen holds after any
 * other refusal too.
 */
enum refusal frame_open(struct dissection *d, const struct savefile_frame *frame, int linktype,
			bool decap);

/* The same, and fills in p, but for time and direction. */
enum refusal frame_dissect(struct pkt *p, struct dissection *d, const struct savefile_frame *frame,
			   int linktype, bool decap);

/* Counts a frame of the time f->work.pkt.now_ns, and follows its connection. refusal: what frame_open() said,
 * but for REFUSAL_END. Returns why it was not followed.
 */
enum refusal frame_follow(struct follow *f, struct totals *totals, const struct dissection *d,
			  enum refusal refusal);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame of a capture, as the tracker wants it: link headers and tunnels off, then pkt_parse(). */
#ifndef PLOSS_DISSECT_H
#define PLOSS_DISSECT_H

#include "follow.h"
#include "savefile.h"

struct dissection {
	struct sighting
		seen; /* its interface: the index that the frame itself names, 0 where it names none */
	const void *data, *end; /* what pkt_parse() read: options are at these */
	const void *ip;         /* the IP header; end, where there is none */
};

/* Fills in p, but for time and direction, and d. REFUSAL_END: no such link type is read. */
enum refusal frame_dissect(struct pkt *p, struct dissection *d, const struct savefile_frame *frame,
			   int linktype, bool decap);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* How many segments on the wire a packet of a capture is. The kernel knows; a file does not say. */
#ifndef PLOSS_WIRE_SEGMENTS_H
#define PLOSS_WIRE_SEGMENTS_H

#include "table.h"

/* Super-packets, as a sender's tap sees them before they are cut and a receiver's after they were merged, are
 * longer than what the ends agreed on. Where the handshake was not seen, they are longer than what Ethernet
 * carries, and one of them was, to the byte, so many times the length of a full segment: the longest that was
 * seen to fit, or what fits just so. Until then each counts as one; so does a segment on a path of longer
 * frames, whose length is no such multiple.
 */
__u16 wire_segments(struct connection *c, enum direction d, __u32 payload, __u32 options);

#endif

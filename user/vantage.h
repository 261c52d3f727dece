/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a capture was taken: at the sender of a direction's data, or elsewhere. A host's own taps know; a
 * file has to be asked.
 *
 * It matters because nothing is lost between a sender and its own tap: there, what comes again was sent
 * again, without a look at IDs and timestamps. Wrongly believed, losses before the tap would count as
 * losses after it. So it is believed only where the packets say so:
 *
 *   they are not forwarded yet (their TTL is an initial one, 64, 128 or 255), and
 *     either the user, or the capture itself, says that this end is the host's own,
 *     or the other end's packets are forwarded, and this end answers in less than a millisecond and in
 *        less than a quarter of the time that the other end takes,
 *     or neither end's are (one network), as far as is known, and this end answers within 200 us and the
 *        other end does not within a millisecond.
 *
 * A gap in the sequence numbers of what was believed to be the sender's own tap refutes it for good.
 */
#ifndef PLOSS_VANTAGE_H
#define PLOSS_VANTAGE_H

#include <stdbool.h>

#include "pkt.h"
#include "table.h"

/* No packet travels with a TTL of 0: who published the capture has erased it. */
static inline bool ttl_is_forwarded(__u8 ttl)
{
	return ttl && ttl != 64 && ttl != 128 && ttl != 255;
}

/* Takes note of the packet p and says whether the host that captured sent it. known: the user or the
 * capture says that it goes out. For packets off the fast path: there is time.
 */
bool vantage_is_sender(struct connection *c, const struct pkt *p, bool known);

/* Of a packet of an established connection that follows on: whether the tracker knows already what
 * vantage_is_sender() would say.
 */
bool vantage_stands(struct connection *c, enum direction d, bool known);

/* Where connections were seen from. */
enum position {
	POSITION_UNKNOWN,
	POSITION_LOCAL,   /* at the local end */
	POSITION_REMOTE,  /* at the remote end */
	POSITION_BOTH,    /* both ends are on this host */
	POSITION_BETWEEN, /* routers on both sides */
	POSITIONS,
};

enum position vantage_of(const struct connection *c);

#endif

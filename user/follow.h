/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel part's counterpart on the host: parsed packets to flows, embryos and totals. What
 * bpf/ploss.bpf.c does with maps, done with a table; the tracker is the same.
 */
#ifndef PLOSS_FOLLOW_H
#define PLOSS_FOLLOW_H

#include "glance.h"
#include "options.h"
#include "orient.h"
#include "table.h"
#include "vantage.h"
#include "work.h"

struct follow {
	const struct options *options;
	/* Called with each connection that is forgotten, or begins anew with other numbers; NULL: nobody. */
	void (*forgotten)(void *context, const struct connection *c);
	void *forgotten_by; /* its context */
	/* Called with a packet once it is counted; NULL: nobody. Those of the fast path, of which there is
	 * nothing to say, are left out unless plain_too. c is NULL where no connection is left of it.
	 */
	void (*followed)(void *context, const struct connection *c, const struct work *w,
			 __u32 interface);
	void *followed_by; /* its context */
	bool plain_too;
	const struct ends *only; /* NULL: all are followed */
	struct table table;
	struct work work;                 /* pkt: the packet in hand, see follow_packet() */
	__u32 interval;                   /* number of the reporting interval; caller */
	__u32 troubles;                   /* in use */
	__u32 since_sweep;                /* packets */
	__u64 orientations[ORIENTATIONS]; /* of all connections */
	__u64 positions[POSITIONS];       /* of connections that are over */
};

int follow_init(struct follow *f, const struct options *options);
void follow_free(struct follow *f);

/* Counts a packet of the fast path, whose time is in f->work.pkt. False where that is not all there is to it:
 * then nothing has changed, and follow_packet() takes it.
 */
bool follow_plain(struct follow *f, struct totals *totals, const struct sighting *seen,
		  const struct glance *g);

/* Counts the packet f->work.pkt, which pkt_parse() and the time of the capture filled in, and follows its
 * connection. data ... end are the bytes that were parsed.
 */
void follow_packet(struct follow *f, struct totals *totals, const struct sighting *seen,
		   const void *data, const void *end);

/* Counts a packet that the parser refused, where its direction can be told: by the capture, or by its IP
 * header at `ip`. bytes: of the IP packet.
 */
void follow_refused(const struct follow *f, struct totals *totals, const struct sighting *seen,
		    const void *ip, const void *end, __u32 bytes);

/* Also counts where the connections that are still there were seen from. */
void follow_positions(const struct follow *f, __u64 positions[POSITIONS]);

#endif

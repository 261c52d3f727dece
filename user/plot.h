/* SPDX-License-Identifier: GPL-2.0-only */
/* A time-sequence picture of one direction of one connection: what ploss made of each packet. */
#ifndef PLOSS_PLOT_H
#define PLOSS_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "flowline.h"
#include "table.h"
#include "work.h"

/* What a piece of the picture says. The order is that of drawing: later ones lie on top. */
enum plot_kind {
	PLOT_HOLE,   /* missing at the tap in this time */
	PLOT_WINDOW, /* right edge of what the receiver allows */
	PLOT_ACK,    /* acknowledged */
	PLOT_SACK,   /* reported by SACK */
	PLOT_DSACK,  /* reported to have come twice */
	PLOT_NEW,
	PLOT_PROBE, /* keep-alive or window probe */
	PLOT_REORDERED,
	PLOT_DUPLICATED,
	PLOT_LATE, /* an original, after its retransmission */
	PLOT_AMBIGUOUS,
	PLOT_SPURIOUS, /* retransmitted needlessly */
	PLOT_SEEN,     /* retransmitted: the original had passed the tap */
	PLOT_UNSEEN,   /* retransmitted: it had not */
	PLOT_RESET,
	PLOT_KINDS,
};

/* From a time to another, from a byte to another; a packet has one time. */
struct plot_piece {
	__u64 from_ns, to_ns;
	__s64 start, end; /* relative to the first byte seen */
	__u8 kind;        /* enum plot_kind */
	__u8 cause;       /* of a retransmission: enum cause */
};

struct plot {
	struct flow_line line; /* whose picture it is */
	struct ends ends;
	__u64 began_ns; /* tells connections of the same ends apart */
	struct plot_piece *piece;
	size_t pieces, room;
	bool failed; /* no memory for more */
	/* While packets are taken: */
	bool seeded;
	__u32 newest;    /* sequence number, */
	__s64 newest_at; /* and where in the picture it is */
	__u32 acked;
	__s64 edge_at; /* of the window */
	struct range holes[HOLES];
	__u32 hole_count;
	__u64 holes_since_ns;
	__u64 keepalives, probes; /* counted so far */
};

/* Takes note of a packet of the plot's connection, which the tracker has just counted. */
void plot_take(struct plot *plot, const struct connection *c, const struct work *w);

/* There are no more. */
void plot_end(struct plot *plot);

/* Draws it as SVG. 0 or -errno. */
int plot_draw(const struct plot *plot, FILE *out);

void plot_free(struct plot *plot);

#endif

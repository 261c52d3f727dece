/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "seq.h"

#define FIRST_ROOM 1024
#define THIN_FROM 1000000 /* pieces */
#define CELLS 8192        /* of time, in which ordinary pieces become one: several a pixel */
#define NEWEST 4          /* pieces of a kind that are looked at: as many blocks as an ACK has */

/* A line whose value holds until the next one. */
static bool is_step(__u8 kind)
{
	return kind == PLOT_ACK || kind == PLOT_WINDOW;
}

/* Of these there may be one for each packet, and none says more than its place. */
static bool is_ordinary(__u8 kind)
{
	return kind == PLOT_NEW || kind == PLOT_SACK || is_step(kind);
}

/* One of the newest of its kind, which the piece lies upon; NULL: none. */
static struct plot_piece *covers(struct plot_piece *const newest[NEWEST],
				 const struct plot_piece *piece, __u64 cell_ns)
{
	for (unsigned int i = 0; i < NEWEST && newest[i]; i++) {
		if (piece->from_ns - newest[i]->from_ns < cell_ns &&
		    (is_step(piece->kind) ||
		     (piece->start <= newest[i]->end && piece->end >= newest[i]->start)))
			return newest[i];
	}
	return NULL;
}

/* Ordinary pieces that lie upon one another in the picture become one. */
static void thin(struct plot *plot)
{
	struct plot_piece *piece = plot->piece, *newest[PLOT_KINDS][NEWEST] = {}, *under;
	__u64 cell_ns = (piece[plot->pieces - 1].to_ns - piece[0].from_ns) / CELLS + 1;
	size_t kept = 0;

	for (size_t i = 0; i < plot->pieces; i++) {
		struct plot_piece **of_kind = newest[piece[i].kind];

		under = is_ordinary(piece[i].kind) ? covers(of_kind, &piece[i], cell_ns) : NULL;
		if (under) {
			under->start = is_step(piece[i].kind) ?
					       piece[i].start :
					       min_of(under->start, piece[i].start);
			under->end = max_of(under->end, piece[i].end);
			continue;
		}
		memmove(&of_kind[1], &of_kind[0], (NEWEST - 1) * sizeof(*of_kind));
		of_kind[0] = &piece[kept];
		piece[kept++] = piece[i];
	}
	plot->pieces = kept;
}

static void add(struct plot *plot, enum plot_kind kind, __u64 from_ns, __u64 to_ns, __s64 start,
		__s64 end)
{
	bool full = plot->pieces == plot->room;
	struct plot_piece *piece;

	if (full && plot->room >= THIN_FROM)
		thin(plot);
	if (full && plot->pieces >= plot->room / 4 * 3) {
		size_t room = plot->room ? 2 * plot->room : FIRST_ROOM;

		piece = realloc(plot->piece, room * sizeof(*piece));
		if (!piece) {
			plot->failed = true;
			return;
		}
		plot->piece = piece;
		plot->room = room;
	}
	plot->piece[plot->pieces++] = (struct plot_piece){ from_ns, to_ns, start, end, kind, 0 };
}

/* Where a sequence number is, counted from the first one: the newest one's place is known. */
static __s64 place(struct plot *plot, __u32 seq)
{
	if (!plot->seeded) {
		plot->seeded = true;
		plot->newest = seq;
	}
	if (seq_after(seq, plot->newest)) {
		plot->newest_at += seq - plot->newest;
		plot->newest = seq;
	}
	return plot->newest_at - (__s64)(plot->newest - seq);
}

/* What the tracker made of the packet's data; the gravest, where it is of several kinds. */
static enum plot_kind kind_of(const struct work *w)
{
	const struct verdict *v = &w->verdict;

	if (w->pkt.tcp_flags & TCP_RST)
		return PLOT_RESET;
	return v->unseen        ? PLOT_UNSEEN :
	       v->seen          ? PLOT_SEEN :
	       v->spurious      ? PLOT_SPURIOUS :
	       v->ambiguous     ? PLOT_AMBIGUOUS :
	       v->late_original ? PLOT_LATE :
	       v->duplicated    ? PLOT_DUPLICATED :
	       v->reordered     ? PLOT_REORDERED :
				  PLOT_NEW;
}

/* A packet of the plot's direction. */
static void take_data(struct plot *plot, const struct connection *c, const struct work *w)
{
	const struct pkt *p = &w->pkt;
	enum plot_kind kind = kind_of(w);
	__u64 keepalives = 0, probes = 0;
	__s64 start, end;

	if (!c->embryonic) {
		keepalives = c->flow.half[p->dir].keepalives;
		probes = c->trouble ? c->trouble->side[p->dir].own.window_probes : 0;
	}
	if (keepalives != plot->keepalives || probes != plot->probes)
		kind = PLOT_PROBE;
	plot->keepalives = keepalives;
	plot->probes = probes;
	if (p->seq == p->end_seq && kind != PLOT_PROBE && kind != PLOT_RESET)
		return;
	start = place(plot, p->seq);
	end = place(plot, p->end_seq);
	add(plot, kind, p->now_ns, p->now_ns, start, end);
	if (plot->pieces)
		plot->piece[plot->pieces - 1].cause = w->verdict.cause;
}

/* A packet of the other direction: what it acknowledges. */
static void take_ack(struct plot *plot, const struct connection *c, const struct work *w)
{
	const struct pkt *p = &w->pkt;
	__s64 acked = place(plot, p->ack), edge;
	__u8 scale = c->embryonic ? 0 : c->flow.half[p->dir].wscale;

	if (p->tcp_flags & TCP_SYN)
		scale = 0;
	add(plot, PLOT_ACK, p->now_ns, p->now_ns, acked, acked);
	edge = acked + ((__s64)p->window << scale);
	if (edge != plot->edge_at)
		add(plot, PLOT_WINDOW, p->now_ns, p->now_ns, edge, edge);
	plot->edge_at = edge;
	for (unsigned int i = 0; i < w->opts.sack_count && i < SACK_BLOCKS; i++) {
		__s64 start = place(plot, w->opts.sack[i].start);

		add(plot, start < acked ? PLOT_DSACK : PLOT_SACK, p->now_ns, p->now_ns, start,
		    place(plot, w->opts.sack[i].end));
	}
}

/* Holes that were there since they last changed, and are others now. */
static void take_holes(struct plot *plot, const struct connection *c, __u64 now_ns, bool last)
{
	const struct side *side = c && !c->embryonic && c->trouble ?
					  &c->trouble->side[plot->line.direction] :
					  NULL;
	__u32 count = side && !last ? side->hole_count : 0;
	bool changed = count != plot->hole_count;

	for (__u32 i = 0; i < count && !changed; i++)
		changed = side->holes[i].start != plot->holes[i].start ||
			  side->holes[i].end != plot->holes[i].end;
	if (!changed)
		return;
	for (__u32 i = 0; i < plot->hole_count; i++)
		add(plot, PLOT_HOLE, plot->holes_since_ns, now_ns,
		    place(plot, plot->holes[i].start), place(plot, plot->holes[i].end));
	for (__u32 i = 0; i < count; i++)
		plot->holes[i] = (struct range){ side->holes[i].start, side->holes[i].end };
	plot->hole_count = count;
	plot->holes_since_ns = now_ns;
}

void plot_take(struct plot *plot, const struct connection *c, const struct work *w)
{
	if (w->pkt.dir == plot->line.direction)
		take_data(plot, c, w);
	else if (w->pkt.tcp_flags & TCP_ACK && plot->seeded)
		take_ack(plot, c, w);
	take_holes(plot, c, w->pkt.now_ns, false);
}

void plot_end(struct plot *plot)
{
	if (plot->pieces)
		take_holes(plot, NULL, plot->piece[plot->pieces - 1].to_ns, true);
}

void plot_free(struct plot *plot)
{
	free(plot->piece);
	plot->piece = NULL;
	plot->pieces = plot->room = 0;
}

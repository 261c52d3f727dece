/* SPDX-License-Identifier: GPL-2.0-only */
/* A new connection, and what a packet's ID says of it. */
#include <string.h>

#include "naive.h"

void naive_begin(struct naive *n, const struct random_flow *f)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct naive_half *h = &n->half[d];

		memset(h->place, 0, (size_t)h->rest.used * sizeof(h->place[0]));
		memset(h->id_seen, 0, sizeof(h->id_seen));
		memset(&h->rest, 0, sizeof(h->rest));
		h->rest.origin = f->origin[d];
		h->rest.openers = h->rest.fills = h->rest.repeats = 1;
	}
	n->begun = n->closed = 0;
	n->beyond = NULL;
}

/* All IDs since the first: which of them were never seen, and what this packet's says of it. */
enum says naive_id(struct naive *n, struct naive_half *h)
{
	const struct pkt *p = n->pkt;
	struct naive_rest *r = &h->rest;
	enum says says;
	__s64 at, last;

	if (!r->has_id) {
		r->has_id = 1;
		r->id_first = NAIVE_IDS / 2 + p->id;
		r->id_top = r->id_first - 1;
	}
	at = naive_id_place(h, p->id);
	last = at + p->segments - 1;
	if (at < r->id_first || last >= NAIVE_IDS) {
		n->beyond = "IDs before the first, or too many";
		return SAYS_NOTHING;
	}
	if (at <= r->id_top - ID_REACH + 1)
		n->beyond = "an ID behind the window";
	for (__s64 id = at; id < last && at <= r->id_top; id++)
		if (last > r->id_top || h->id_seen[id] != h->id_seen[last])
			n->beyond = "a super-packet of which some IDs were seen";
	says = at > r->id_top ? SAYS_NEW : h->id_seen[last] ? SAYS_REPEAT : SAYS_LATE;
	if (says == SAYS_NEW)
		r->id_missing += at - r->id_top - 1;
	for (__s64 id = at; id <= last; id++) {
		if (id <= r->id_top && !h->id_seen[id])
			r->id_missing--;
		h->id_seen[id] = 1;
	}
	if (r->id_top - last >= n->given->id_known)
		says = SAYS_NOTHING; /* clean connections do not take note of each */
	r->id_top = max_of(r->id_top, last);
	return says;
}

enum says naive_ids(struct naive *n)
{
	const struct given *g = n->given;
	enum says says;

	if (!(n->pkt->has & PKT_ID) || n->pkt->tcp_flags & (TCP_SYN | TCP_RST) ||
	    g->id_mode == ID_NONE)
		return SAYS_NOTHING;
	says = naive_id(n, naive_own(n));
	return g->id_mode == ID_UNKNOWN && !g->ids_tell ? SAYS_NOTHING : says;
}

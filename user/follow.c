/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "embryo.h"
#include "follow.h"
#include "orient.h"
#include "sweep.h"
#include "track.h"
#include "wire_segments.h"

#define MAX_FLOWS 262144 /* as bpf/ploss.bpf.c has its maps */
#define MAX_TROUBLES 65536
#define MAX_EMBRYOS 16384
#define SWEEP_PACKETS 256 /* after so many */
#define SWEEP_ENTRIES 512 /* so many are looked at */

int follow_init(struct follow *f, const struct options *options)
{
	*f = (struct follow){ .options = options };
	return table_init(&f->table, options->max_flows ? (__u32)options->max_flows : MAX_FLOWS,
			  MAX_EMBRYOS);
}

void follow_free(struct follow *f)
{
	table_free(&f->table);
}

/* A packet's ends, as its headers have them. */
struct header_ends {
	__u8 family;
	const void *source, *dest; /* addresses, in place */
	__be16 source_port, dest_port;
};

/* Whether the source is the lower of the ends: any order will do that is the same both ways. */
static bool from_lower(const struct header_ends *h)
{
	__be32 source, dest;
	int order;

	if (h->family == 4) {
		memcpy(&source, h->source, sizeof(source));
		memcpy(&dest, h->dest, sizeof(dest));
		return ((__u64)source << 16 | h->source_port) < ((__u64)dest << 16 | h->dest_port);
	}
	order = memcmp(h->source, h->dest, 16);
	return order ? order < 0 : h->source_port < h->dest_port;
}

/* The key of the packet's connection. Returns whether `low` sent it. */
static bool ends_of(struct ends *ends, const struct header_ends *h, const struct sighting *seen)
{
	bool from_low = from_lower(h);

	mapped_address(ends->low, from_low ? h->source : h->dest, h->family);
	mapped_address(ends->high, from_low ? h->dest : h->source, h->family);
	ends->low_port = from_low ? h->source_port : h->dest_port;
	ends->high_port = from_low ? h->dest_port : h->source_port;
	ends->scope = seen->interface << 2;
	if (seen->marked)
		ends->scope |= 2 | (from_low == (seen->dir == OUT));
	return from_low;
}

static struct trouble *trouble_create(struct follow *f, struct connection *c, struct totals *t)
{
	if (c->flow.troubled == 2)
		return NULL;
	if (f->troubles < MAX_TROUBLES)
		c->trouble = calloc(1, sizeof(*c->trouble));
	c->flow.troubled = c->trouble ? 1 : 2;
	if (c->trouble)
		f->troubles++;
	else
		t->health.untroubled_flows++;
	return c->trouble;
}

/* A connection's state ends, by deletion or by a new beginning. */
static void forget(struct follow *f, struct connection *c)
{
	if (f->forgotten)
		f->forgotten(f->forgotten_by, c);
	if (c->trouble)
		f->troubles--;
	if (!c->embryonic)
		f->positions[vantage_of(c)]++;
}

static bool flow_establish(struct follow *f, struct connection *c, struct totals *t)
{
	struct embryo was;
	bool seen = c->embryo.created_ns != 0;

	if (!table_establish(&f->table, c, &was)) {
		t->health.untracked_segments += f->work.pkt.segments;
		if (!c->refused)
			t->health.untracked_flows++;
		c->refused = 1;
		return false;
	}
	f->orientations[c->orientation]++;
	flow_begin(&c->flow, seen ? &was : NULL, &f->work.pkt, f->work.pkt.now_ns << 8);
	if (seen && embryo_is_troubled(&was) && trouble_create(f, c, t))
		trouble_begin(c->trouble, &was);
	return true;
}

/* A reset without a flow: of an embryo it may be the refusal (RFC 9293 3.5.2). */
static void reset_track(struct follow *f, struct connection *c, struct totals *t)
{
	__u32 d = f->work.pkt.dir;

	t->dir[d].resets++;
	if (!c->embryo.created_ns)
		return;
	if (c->embryo.opener != d && !(c->embryo.half[d].flags & HALF_SYN))
		t->dir[d].resets_refused++;
}

/* Whatever the fast path left. False where the connection is gone. */
static bool rare(struct follow *f, struct connection *c, struct totals *t)
{
	struct pkt *p = &f->work.pkt;

	if (!c->embryonic && p->tcp_flags & TCP_SYN) {
		enum syn_kind kind = flow_syn_kind(&c->flow, p);

		if (kind == SYN_STRAY) {
			t->dir[p->dir].syns++;
			return true;
		}
		if (kind == SYN_NEW) {
			forget(f, c);
			table_restart(&f->table, c);
			c->began_ns = p->now_ns;
		}
	}
	if (c->embryonic && p->tcp_flags & TCP_RST) {
		reset_track(f, c, t);
		forget(f, c);
		table_delete(&f->table, c);
		return false;
	}
	if (p->tcp_flags & TCP_SYN && f->work.opts.has & OPTS_MSS)
		c->mss[p->dir] = f->work.opts.mss;
	if (c->embryonic && p->tcp_flags & TCP_SYN) {
		embryo_track(&c->embryo, t, &f->work);
		return true;
	}
	if (c->embryonic && !flow_establish(f, c, t)) {
		if (!c->embryo.created_ns) {
			table_delete(&f->table, c);
			return false;
		}
		return true;
	}
	if (!c->trouble && flow_wants_trouble(&c->flow, &f->work))
		trouble_create(f, c, t);
	flow_track(&c->flow, c->trouble, t, &f->work);
	return true;
}

static void read_options(struct work *w, const void *data, const void *end)
{
	w->opts.length = 0;
	if (w->pkt.has & PKT_OPTIONS)
		pkt_options(&w->opts, &w->pkt, data, end);
	opts_parse(&w->opts);
	if (w->opts.has & OPTS_TIMESTAMPS) {
		w->pkt.has |= PKT_TIMESTAMPS;
		w->pkt.tsval = w->opts.tsval;
		w->pkt.tsecr = w->opts.tsecr;
	}
}

/* The number of the clock's present unit: of half.last, too. */
static __u32 now_of(const struct follow *f)
{
	return (__u32)(f->work.pkt.now_ns >> LAST_SHIFT);
}

static void sweep(struct follow *f)
{
	const __u32 least = min_of(f->options->idle_ns, f->options->closed_ns) >> LAST_SHIFT;
	struct connection *c;
	__u32 steps = SWEEP_ENTRIES;

	f->since_sweep = 0;
	while ((c = table_idle(&f->table, &steps, now_of(f), least))) {
		if (c->embryonic ||
		    !flow_is_over(&c->flow, now_of(f), f->options->idle_ns, f->options->closed_ns))
			continue;
		forget(f, c);
		table_delete(&f->table, c);
	}
}

/* The packet's connection and direction; a new one where there is none. NULL: no memory, or not one that
 * the user asked for.
 */
static struct connection *connection_of(struct follow *f, struct totals *t,
					const struct sighting *seen)
{
	struct pkt *p = &f->work.pkt;
	enum orientation by;
	struct connection *c;
	const struct header_ends h = { p->family, p->source, p->dest, p->source_port,
				       p->dest_port };
	struct ends ends;
	bool from_low = ends_of(&ends, &h, seen);

	if (f->only && memcmp(f->only, &ends, sizeof(ends)))
		return NULL;
	c = table_find(&f->table, &ends);
	if (c) {
		p->dir = from_low == c->low_is_local ? OUT : IN;
		return c;
	}
	p->dir = orient(f->options, p, seen, &by);
	if (!selected(&f->options->config, p))
		return NULL;
	c = table_add(&f->table, &ends, p->family);
	if (!c) {
		t->health.untracked_segments++;
		return NULL;
	}
	c->low_is_local = from_low == (p->dir == OUT);
	c->orientation = by;
	c->began_ns = p->now_ns;
	return c;
}

static struct connection *glance_find(const struct follow *f, const struct glance *g,
				      const struct sighting *seen, enum direction *d)
{
	const struct header_ends h = {
		.family = g->ip4 ? 4 : 6,
		.source = g->ip4 ? (const void *)&g->ip4->source : &g->ip6->source,
		.dest = g->ip4 ? (const void *)&g->ip4->dest : &g->ip6->dest,
		.source_port = g->tcp->source,
		.dest_port = g->tcp->dest,
	};
	struct connection *c;
	struct ends ends;
	bool from_low = ends_of(&ends, &h, seen);

	c = table_find(&f->table, &ends);
	if (c)
		*d = from_low == c->low_is_local ? OUT : IN;
	return c;
}

bool follow_plain(struct follow *f, struct totals *t, const struct sighting *seen,
		  const struct glance *g)
{
	__u64 now_ns = f->work.pkt.now_ns;
	struct connection *c;
	enum direction d;
	int rtt;

	if (f->plain_too)
		return false;
	c = glance_find(f, g, seen, &d);
	if (!c || c->embryonic || !glance_is_plain(&c->flow, g, d))
		return false;
	c->ttl[d] = seen->ttl;
	if (!vantage_stands(c, d, d == OUT && c->orientation <= BY_CAPTURE))
		return false;
	table_touch(&f->table, c, now_of(f));
	rtt = glance_rtt(&c->flow, g, d);
	if (rtt) {
		gauges_begin(t, f->interval);
		glance_sample(&c->flow, g, d, rtt, now_ns, &t->dir[!d],
			      &t->gauges[f->interval & 1][!d]);
	}
	glance_count(&c->flow, g, d, wire_segments(c, d, g->payload, g->options), now_ns,
		     &t->dir[d]);
	if (++f->since_sweep >= SWEEP_PACKETS)
		sweep(f);
	return true;
}

/* Everything but the connection's beginning: false where it is gone. */
static bool count(struct follow *f, struct connection *c, struct totals *t, const void *data,
		  const void *end)
{
	struct pkt *p = &f->work.pkt;
	__u32 d = p->dir;

	t->dir[d].packets++;
	t->dir[d].bytes += p->ip_bytes;
	totals_count(&t->dir[d], p);
	f->work.bank = f->interval & 1;
	gauges_begin(t, f->interval);
	read_options(&f->work, data, end);
	memset(&f->work.verdict, 0, sizeof(f->work.verdict));
	if (vantage_is_sender(c, p, d == OUT && c->orientation <= BY_CAPTURE))
		p->has |= PKT_LOCAL;
	return rare(f, c, t);
}

void follow_packet(struct follow *f, struct totals *t, const struct sighting *seen,
		   const void *data, const void *end)
{
	struct connection *c;

	if (++f->since_sweep >= SWEEP_PACKETS)
		sweep(f);
	c = connection_of(f, t, seen);
	if (!c)
		return;
	table_touch(&f->table, c, now_of(f));
	f->work.pkt.segments = wire_segments(c, f->work.pkt.dir, f->work.pkt.payload,
					     f->work.pkt.options_length);
	c->ttl[f->work.pkt.dir] = seen->ttl;
	if (!count(f, c, t, data, end))
		c = NULL;
	if (f->followed)
		f->followed(f->followed_by, c, &f->work, seen->interface);
}

void follow_refused(const struct follow *f, struct totals *t, const struct sighting *seen,
		    const void *ip, const void *end, __u32 bytes)
{
	const struct config *config = &f->options->config;
	enum direction d = seen->dir;
	struct pkt p = {};

	if (config->family || config->ports || config->peers)
		return;
	if (!seen->marked) {
		enum orientation by = BY_PORT;

		if (addresses_at(&p, ip, end))
			d = orient(f->options, &p, seen, &by);
		if (by != BY_LOCAL)
			return;
	}
	t->dir[d].packets++;
	t->dir[d].bytes += bytes;
}

void follow_positions(const struct follow *f, __u64 positions[POSITIONS])
{
	memcpy(positions, f->positions, sizeof(f->positions));
	for (__u32 i = 0; i < f->table.entries; i++) {
		const struct connection *c = table_entry(&f->table, i);

		if (c && !c->embryonic)
			positions[vantage_of(c)]++;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "tap.h"

/* Whether there is a troubled tier now. */
static int make_trouble(struct tap *t)
{
	if (!t->flow.troubled) {
		t->flow.troubled = t->no_trouble ? 2 : 1;
		t->totals.health.untroubled_flows += t->no_trouble;
	}
	return t->flow.troubled == 1;
}

static void begin(struct tap *t)
{
	const struct embryo *e = t->has_embryo ? &t->embryo : NULL;

	memset(&t->flow, 0, sizeof(t->flow));
	memset(&t->trouble, 0, sizeof(t->trouble));
	flow_begin(&t->flow, e, &t->work.pkt, t->work.pkt.now_ns << 8);
	t->has_flow = 1;
	t->connections++;
	if (e && embryo_is_troubled(e) && make_trouble(t))
		trouble_begin(&t->trouble, e);
	t->has_embryo = 0;
}

static void syn(struct tap *t)
{
	if (!t->has_embryo)
		memset(&t->embryo, 0, sizeof(t->embryo));
	t->has_embryo = 1;
	embryo_track(&t->embryo, &t->totals, &t->work);
}

/* A reset without a flow: of an embryo it may be the refusal. */
static void reset(struct tap *t)
{
	__u32 d = t->work.pkt.dir;
	struct counters *sum = &t->totals.dir[d];

	sum->resets++;
	if (t->has_embryo && t->embryo.opener != d && !(t->embryo.half[d].flags & HALF_SYN))
		sum->resets_refused++;
	t->has_embryo = 0;
}

static void rare(struct tap *t)
{
	const struct pkt *p = &t->work.pkt;

	memset(&t->work.verdict, 0, sizeof(t->work.verdict));
	if (t->has_flow && p->tcp_flags & TCP_SYN) {
		enum syn_kind kind = flow_syn_kind(&t->flow, p);

		if (kind == SYN_STRAY) {
			t->totals.dir[p->dir].syns++;
			t->strays++;
			return;
		}
		if (kind == SYN_NEW)
			t->has_flow = 0;
	}
	if (!t->has_flow && p->tcp_flags & TCP_RST) {
		reset(t);
		return;
	}
	if (!t->has_flow && p->tcp_flags & TCP_SYN) {
		syn(t);
		return;
	}
	if (!t->has_flow)
		begin(t);
	if (!t->flow.troubled && flow_wants_trouble(&t->flow, &t->work))
		make_trouble(t);
	flow_track(&t->flow, t->flow.troubled == 1 ? &t->trouble : NULL, &t->totals, &t->work);
}

void tap_packet(struct tap *t, const struct pkt *p, const struct opts *o)
{
	__u32 d = p->dir;
	struct totals *sum = &t->totals;

	sum->dir[d].packets++;
	sum->dir[d].bytes += p->ip_bytes;
	totals_count(&sum->dir[d], p);
	t->work.pkt = *p;
	memset(&t->work.opts, 0, sizeof(t->work.opts));
	if (p->has & PKT_OPTIONS)
		t->work.opts = *o;
	if (t->work.opts.has & OPTS_TIMESTAMPS) {
		t->work.pkt.has |= PKT_TIMESTAMPS;
		t->work.pkt.tsval = o->tsval;
		t->work.pkt.tsecr = o->tsecr;
	}
	rare(t);
}

/* The kernel's fast path. Whether it took the packet. */
static int take_at_a_glance(struct tap *t, const void *data, __u32 length, enum link_type link,
			    const struct pkt *caller)
{
	enum direction d = caller->dir;
	struct totals *sum = &t->totals;
	struct sacks sacks;
	struct glance g;
	int rtt;

	if (!t->has_flow || !glance(&g, data, (const __u8 *)data + length, length, link, &sacks) ||
	    !glance_is_plain(&t->flow, &g, d))
		return 0;
	rtt = glance_rtt(&t->flow, &g, d);
	if (rtt)
		glance_sample(&t->flow, &g, d, rtt, caller->now_ns, &sum->dir[!d],
			      &sum->gauges[0][!d]);
	glance_count(&t->flow, &g, d, caller->segments, caller->now_ns, &sum->dir[d]);
	return 1;
}

enum refusal tap_frame(struct tap *t, const void *data, __u32 length, enum link_type link,
		       const struct pkt *caller)
{
	const __u8 *end = (const __u8 *)data + length;
	enum refusal refusal;
	struct opts o = {};
	struct pkt p = {};

	if (t->glances && take_at_a_glance(t, data, length, link, caller))
		return REFUSED_NOT;
	refusal = pkt_parse(&p, data, end, length, link);
	if (refusal) {
		t->totals.dir[caller->dir].packets++;
		t->totals.dir[caller->dir].bytes += p.ip_bytes;
		t->totals.health.refused[refusal]++;
		return refusal;
	}
	if (p.has & PKT_OPTIONS) {
		pkt_options(&o, &p, data, end);
		opts_parse(&o);
	}
	p.now_ns = caller->now_ns;
	p.dir = caller->dir;
	p.segments = caller->segments;
	p.has |= caller->has & PKT_LOCAL;
	tap_packet(t, &p, &o);
	return REFUSED_NOT;
}

void tap_flow_row(const struct tap *t, enum direction d, struct counters *row)
{
	const struct half *h = &t->flow.half[d], *o = &t->flow.half[!d];
	const struct side *s = &t->trouble.side[d], *os = &t->trouble.side[!d];

	memset(row, 0, sizeof(*row));
#define X(type, name) row->name = h->name;
	COUNTERS_BASE(X)
	COUNTERS_FEW(X)
#undef X
#define X(name) row->name = s->own.name;
	COUNTERS_OWN(X)
#undef X
#define X(name) row->name = os->about.name;
	COUNTERS_ABOUT(X)
#undef X
	sack_run_count(&t->flow, d, row);
	row->rtt_samples = o->rtt_samples;
	row->rtt_sum_ns = o->rtt_sum_ns;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "invariants.h"
#include "pkt.h"
#include "scenario.h"
#include "scenario_file.h"
#include "scenario_kernel.h"
#include "tap.h"

struct counters row[2], rows[3][2];
struct gauges extremes[2], extremes_at[3][2];
struct health play_health, health_at[3];

/* A counter, and whether it says what became of data: then one that is not listed must be 0. */
static const struct field {
	const char *name;
	size_t offset;
	int classifies;
} fields[] = {
#define X(type, name) { #name, offsetof(struct counters, name), 0 },
	COUNTERS_BASE(X) COUNTERS_FEW(X)
#undef X
#define X(name) { #name, offsetof(struct counters, name), 1 },
		COUNTERS_OWN(X) COUNTERS_ABOUT(X)
#undef X
#define X(name) { #name, offsetof(struct counters, name), 0 },
			X(ipid_packets) X(rtt_samples) X(rtt_sum_ns)
#undef X
};

#define ONE(...) +1
enum { BASE_FIELDS = 0 COUNTERS_BASE(ONE) COUNTERS_FEW(ONE) };

static const struct field gauge_fields[] = {
#define GAUGE(name) \
	{ \
#name, offsetof(struct gauges, name), 0 \
	}
	GAUGE(reordering_extent_max),
	GAUGE(reordering_delay_max_ns),
	GAUGE(loss_burst_max_segments),
	GAUGE(stall_max_ns),
	GAUGE(rtt_min_ns),
	GAUGE(rtt_max_ns),
};

static const struct field health_fields[] = {
#define HEALTH(name) \
	{ \
#name, offsetof(struct health, name), 0 \
	}
	HEALTH(untracked_segments),
	HEALTH(untracked_flows),
	HEALTH(untroubled_flows),
	HEALTH(hole_overflows),
};

/* Kept out of the comparison where they are not listed: what clean flows have too. */
static const char *const always[] = { "stall_ns",    "stalls",         "duplicate_acks",
				      "sack_blocks", "zero_window_ns", "retransmitted_bytes" };

static __u64 value(const void *of, const struct field *f)
{
	return *(const __u64 *)((const char *)of + f->offset);
}

static int must_be_listed(const struct field *f)
{
	size_t i;

	if (!strcmp(f->name, "data_segments") || !strcmp(f->name, "keepalives") ||
	    !strcmp(f->name, "ecn_ce_segments"))
		return 1;
	for (i = 0; i < ARRAY_SIZE(always); i++)
		if (!strcmp(f->name, always[i]))
			return 0;
	return f->classifies;
}

/* Prints what is not as expected; returns whether anything is not. */
static int scenario_differs(enum end end, const struct counters *expected)
{
	int bad = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *f = &fields[i];
		__u64 wanted = value(expected, f), got = value(&row[end], f);

		if (wanted == got || (!wanted && !must_be_listed(f)))
			continue;
		print_error("%s of %c: %llu, expected %llu\n", f->name, "AB"[end],
			    (unsigned long long)got, (unsigned long long)wanted);
		bad = 1;
	}
	return bad;
}

void scenario_assert(enum end end, const struct counters *expected, const char *file, int line)
{
	if (scenario_differs(end, expected))
		_fail(file, line);
}

/* What the tap held at 0 ms, and holds now. */
struct player {
	struct tap tap;
	struct counters before[DIRECTIONS];
	struct invariants invariants;
	const struct way *way;
	__u8 begun;
};

/* What pkt_parse() and opts_parse() would make of the frame. */
static void pkt_of(struct pkt *p, struct opts *o, const struct frame_spec *s)
{
	int syn = !!(s->tcp_flags & TCP_SYN), fin = !!(s->tcp_flags & TCP_FIN), i;
	__u32 options;

	options = (s->has & OPTS_TIMESTAMPS ? 12 : 0) + (s->sack_count ? 4 + 8 * s->sack_count : 0);
	if (syn)
		options = s->has & OPTS_TIMESTAMPS ? 20 : 12;
	p->seq = s->seq;
	p->end_seq = s->seq + s->payload + syn + fin;
	p->ack = s->ack;
	p->payload = s->payload;
	p->ip_bytes = (s->family == 6 ? 60 : 40) + options + s->payload;
	p->window = s->window;
	p->id = s->id;
	p->options_length = options;
	p->tcp_flags = s->tcp_flags;
	p->family = s->family;
	p->has |= (s->family == 6 ? 0 : PKT_ID) | (s->tos == 3 ? PKT_CE : 0);
	if (s->has == OPTS_TIMESTAMPS)
		p->has |= PKT_TIMESTAMPS;
	if (s->has & ~OPTS_TIMESTAMPS || s->sack_count)
		p->has |= PKT_OPTIONS;
	if (s->has & OPTS_TIMESTAMPS) {
		o->tsval = s->tsval;
		o->tsecr = s->tsecr;
	}
	if (p->has & PKT_TIMESTAMPS) {
		p->tsval = s->tsval;
		p->tsecr = s->tsecr;
	}
	if (s->options) {
		p->options_length = s->options_length;
		p->has |= PKT_OPTIONS;
		p->ip_bytes += s->options_length - options;
		memset(o->bytes, 0, sizeof(o->bytes));
		memcpy(o->bytes, s->options, s->options_length);
		o->length = s->options_length;
		opts_parse(o);
		return;
	}
	o->has = s->has;
	o->mss = s->mss;
	o->wscale = s->wscale;
	o->sack_count = s->sack_count;
	for (i = 0; i < s->sack_count; i++) {
		o->sack[i].start = s->sack[i].start;
		o->sack[i].end = s->sack[i].end;
	}
}

static void track(void *context, const struct passage *passage)
{
	static struct frame frame;
	struct player *player = context;
	struct pkt p = { .now_ns = passage->now_ns,
			 .segments = passage->segments,
			 .dir = passage->dir,
			 .has = passage->local ? PKT_LOCAL : 0 };
	struct opts o = {};

	if (passage->step >= 0 && !player->begun) {
		memcpy(player->before, player->tap.totals.dir, sizeof(player->before));
		memset(player->tap.totals.gauges, 0, sizeof(player->tap.totals.gauges));
		player->begun = 1;
	}
	if (player->way->direct) {
		const char *broken;

		pkt_of(&p, &o, &passage->spec);
		invariants_before(&player->invariants, &player->tap, &p);
		tap_packet(&player->tap, &p, &o);
		broken = invariants_after(&player->invariants, &player->tap, &p);
		if (broken)
			fail_msg("step %d: %s", passage->step, broken);
		return;
	}
	frame_build(&frame, &passage->spec);
	assert_int_equal(tap_frame(&player->tap, frame.data, frame.length, passage->spec.link, &p),
			 REFUSED_NOT);
}

/* Prints which of the numbers differ; returns whether any does. */
static int differ(const struct field *list, size_t count, const void *one, const void *other,
		  const char *what, const char *whose)
{
	int bad = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct field *f = &list[i];

		if (value(one, f) == value(other, f) || !strcmp(f->name, "ipid_packets"))
			continue;
		print_error("%s%s: %llu, %s: %llu\n", f->name, whose,
			    (unsigned long long)value(other, f), what,
			    (unsigned long long)value(one, f));
		bad = 1;
	}
	return bad;
}

#define DIFFER(list, ...) differ(list, ARRAY_SIZE(list), __VA_ARGS__)

/* IPv6 has longer headers: for its rows to be the same, count its bytes as IPv4's. */
static void as_ipv4(struct played *p, __u8 family)
{
	int end;

	for (end = A; end <= B; end++)
		p->row[end].bytes -= family == 6 ? 20 * p->row[end].packets : 0;
}

/* Against the first way in which this scenario was played. */
static int play_differs(const struct played *first, struct played *p, __u8 family)
{
	static const char *const of[] = { " of A", " of B" }, *const what =
								      "by struct pkt from 1 on";
	int end, bad = 0;

	as_ipv4(p, family);
	for (end = A; end <= B; end++) {
		bad |= DIFFER(fields, &first->row[end], &p->row[end], what, of[end]);
		bad |= DIFFER(gauge_fields, &first->extremes[end], &p->extremes[end], what,
			      of[end]);
	}
	return bad | DIFFER(health_fields, &first->health, &p->health, what, "");
}

/* The flow's two tiers, or the one there is, hold what the interface's totals do, where there was one connection
 * alone.
 */
static int flow_differs(const struct tap *t)
{
	struct counters flow;
	int d, bad = 0;

	if (!t->has_flow || t->has_embryo || t->connections != 1 || t->strays)
		return 0;
	for (d = 0; d < DIRECTIONS; d++) {
		tap_flow_row(t, d, &flow);
		bad |= differ(fields, t->no_trouble ? BASE_FIELDS : ARRAY_SIZE(fields),
			      &t->totals.dir[d], &flow, "in the interface's totals",
			      d == IN ? " of in" : " of out");
	}
	return bad;
}

static void subtract(struct counters *c, const struct counters *before)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		*(__u64 *)((char *)c + fields[i].offset) -= value(before, &fields[i]);
}

static int play_once(const struct setting *at, const struct step *steps, int count, __u8 family,
		     const struct way *way, __u32 base, struct played *result)
{
	static struct player player;
	int a = at->tap == SENDER ? OUT : IN, end;

	memset(&player, 0, sizeof(player));
	player.way = way;
	player.tap.no_trouble = at->no_trouble;
	player.tap.glances = way->glances;
	scenario_run(at, steps, count, family, way, base, track, &player);
	for (end = A; end <= B; end++) {
		int d = end == A ? a : !a;

		if (!player.begun)
			player.before[d] = player.tap.totals.dir[d];
		result->row[end] = player.tap.totals.dir[d];
		subtract(&result->row[end], &player.before[d]);
		result->extremes[end] = player.tap.totals.gauges[0][d];
	}
	result->health = player.tap.totals.health;
	return flow_differs(&player.tap);
}

/* As captures: the row must be the same again. */
static void play_files(const struct setting *at, const struct step *steps, int count, __u8 family,
		       const struct played *first, const char *file, int line)
{
	struct played result;

	for (int kind = 0; kind < SCENARIO_FILES; kind++) {
		scenario_play_file(at, steps, count, family, kind, &result);
		if (!play_differs(first, &result, family))
			continue;
		print_error("read from %s, IPv%d\n", scenario_files[kind], family);
		_fail(file, line);
	}
}

/* In the kernel, where the environment asks for it. Returns whether the row differs. */
static int kernel_differs(const struct setting *at, const struct step *steps, int count,
			  __u8 family, const struct way *way, __u32 base,
			  const struct played *first)
{
	struct played result;

	if (!scenario_play_kernel(at, steps, count, family, way, base, &result) ||
	    !play_differs(first, &result, family))
		return 0;
	print_error("in the kernel\n");
	return 1;
}

void scenario_play(const struct setting *at, const struct step *steps, int count, const char *file,
		   int line)
{
	static const struct way ways[] = {
		{ .name = "struct pkt", .link = LINK_ETHERNET, .direct = 1 },
		{ .name = "frames", .link = LINK_ETHERNET },
		{ .name = "frames, at a glance", .link = LINK_ETHERNET, .glances = 1 },
		{ .name = "bare IP, at a glance", .link = LINK_IP, .glances = 1 },
		{ .name = "frames with a VLAN tag", .link = LINK_ETHERNET, .vlan_tags = 1 },
		{ .name = "frames with two VLAN tags", .link = LINK_ETHERNET, .vlan_tags = 2 },
		{ .name = "bare IP", .link = LINK_IP },
	};
	static const __u32 bases[] = { 1, 0xffffff00, 0x7fffff00 };
	__u8 first_family = at->family ? at->family : 4, last = at->family ? at->family : 6, family;
	struct played first = {}, result;
	size_t w, b;
	int started = 0;

	if (!at->family && at->ids <= IDS_SHARED)
		last = 4;
	for (family = first_family; family <= last; family += 2) {
		for (b = 0; b < ARRAY_SIZE(bases); b++) {
			for (w = 0; w < ARRAY_SIZE(ways); w++) {
				int bad = play_once(at, steps, count, family, &ways[w], bases[b],
						    &result);

				if (!started++) {
					first = result;
					as_ipv4(&first, family);
				}
				bad |= play_differs(&first, &result, family);
				bad |= kernel_differs(at, steps, count, family, &ways[w], bases[b],
						      &first);
				if (!bad)
					continue;
				print_error("played as %s, IPv%d, sequence numbers from %#x on\n",
					    ways[w].name, family, bases[b]);
				_fail(file, line);
			}
		}
		play_files(at, steps, count, family, &first, file, line);
	}
	memcpy(row, first.row, sizeof(row));
	memcpy(extremes, first.extremes, sizeof(extremes));
	play_health = first.health;
}

void scenario_tell(const struct setting *at, const struct step *steps, int count, const char *file,
		   int line)
{
	struct setting told = *at;

	told.told = 1;
	for (told.tap = RECEIVER; told.tap <= MIDDLE; told.tap++) {
		scenario_play(&told, steps, count, file, line);
		memcpy(rows[told.tap], row, sizeof(row));
		memcpy(extremes_at[told.tap], extremes, sizeof(extremes));
		health_at[told.tap] = play_health;
	}
}

void scenario_assert_at(enum place place, enum end end, const struct counters *expected,
			const char *file, int line)
{
	static const char *const places[] = { "receiver", "sender", "middle" };

	memcpy(row, rows[place], sizeof(row));
	if (scenario_differs(end, expected)) {
		print_error("at the tap of the %s\n", places[place]);
		_fail(file, line);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Stories: packets leave their end, travel, pass the tap on the way, and are answered. */
#include <assert.h>
#include <stdlib.h>

#include "pkt.h"
#include "scenario_run.h"
#include "seq.h"

#define ANSWER_MS 0.05

/* A packet under way: at the tap, or at the end of its way. */
struct event {
	double ms;
	int arrives;
	struct sent sent;
	int step;
};

struct story {
	struct run *run;
	struct event *events; /* by time */
	int count, room;
};

static void schedule(struct story *s, double ms, int arrives, const struct sent *sent)
{
	int i;

	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->events = realloc(s->events, s->room * sizeof(*s->events));
		assert(s->events);
	}
	for (i = s->count++; i && s->events[i - 1].ms > ms; i--)
		s->events[i] = s->events[i - 1];
	s->events[i] = (struct event){ ms, arrives, *sent, s->run->step };
}

/* How far along its way a packet of this end passes the tap: 0 where it is sent, 1 in the middle, 2
 * at the other end.
 */
static int tap_at(enum place tap, enum end from)
{
	if (tap == MIDDLE)
		return 1;
	return (tap == SENDER) == (from == A) ? 0 : 2;
}

static void depart(struct story *s, const struct step *step, double ms)
{
	const struct sent sent = run_send(s->run, step);
	double half = round_trip_ms(s->run->at) / 4, late = step->late;
	int at = tap_at(s->run->at->tap, step->from);
	double when = ms + at * half + (at == 2 || (at == 1 && !step->beyond) ? late : 0);
	int lost = step->fate == LOST_BEFORE ? 1 : step->fate == LOST_AFTER ? 2 : 3;

	if (step->fate != MISSED && at < lost) {
		schedule(s, when, 0, &sent);
		if (step->copied && (at == 2 || (at == 1 && !step->beyond)))
			schedule(s, when + step->copied, 0, &sent);
	}
	if (lost < 3 || step->fate == DROPPED)
		return;
	schedule(s, ms + 2 * half + late, 1, &sent);
	if (step->copied)
		schedule(s, ms + 2 * half + late + step->copied, 1, &sent);
}

/* A segment reaches its end, which answers at once. */
static void arrive(struct story *s, const struct event *e)
{
	const struct setting *at = s->run->at;
	const struct step *step = &e->sent.step;
	struct host *h = &s->run->host[!step->from];
	struct step answer = {
		.ms = e->ms + ANSWER_MS,
		.from = !step->from,
		.start = h->sent,
		.end = h->sent,
		.fate = step->answer,
		.late = step->answer_ms,
	};

	if (step->flags & TCP_SYN) {
		h->received = step->end;
		h->early_count = 0;
		h->tsval = e->sent.tsval;
		return;
	}
	host_judge(h, step->start, step->end, e->sent.tsval, !at->no_timestamps);
	if (at->quiet || step->start == step->end || step->flags & TCP_RST)
		return;
	depart(s, &answer, answer.ms);
}

static void event_happens(struct story *s)
{
	struct event e = s->events[0];
	int i;

	for (s->count--, i = 0; i < s->count; i++)
		s->events[i] = s->events[i + 1];
	s->run->step = e.step;
	if (e.arrives)
		arrive(s, &e);
	else
		run_pass(s->run, &e.sent, e.ms);
}

void story_run(struct run *r, const struct step *steps, int count)
{
	struct story s = { .run = r };
	int i;

	for (i = 0; i < count; i++) {
		assert(!i || steps[i].ms >= steps[i - 1].ms);
		while (s.count && s.events[0].ms <= steps[i].ms)
			event_happens(&s);
		r->step = i;
		depart(&s, &steps[i], steps[i].ms);
	}
	while (s.count)
		event_happens(&s);
	free(s.events);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* One way of playing a scenario, under way. */
#ifndef PLOSS_SCENARIO_RUN_H
#define PLOSS_SCENARIO_RUN_H

#include "host.h"
#include "scenario.h"

/* A packet that was sent. */
struct sent {
	struct step step;
	__u32 ack, tsval, tsecr;
	__u16 id;
};

struct run {
	const struct setting *at;
	__u8 family;
	const struct way *way;
	void (*pass)(void *context, const struct passage *passage);
	void *context;
	struct host host[2];
	struct sent *sent;
	__u32 sent_count, sent_room;
	int step;
};

static inline double round_trip_ms(const struct setting *at)
{
	return at->round_trip_ms ? at->round_trip_ms : 20.0;
}

/* Makes a packet of a step, as its end would send it now. */
struct sent run_send(struct run *r, const struct step *s);

/* It passes the tap. */
void run_pass(struct run *r, const struct sent *sent, double ms);

/* A story from 0 ms on; scenario_run() has played what comes before. */
void story_run(struct run *r, const struct step *steps, int count);

#endif

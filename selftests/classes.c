/* SPDX-License-Identifier: GPL-2.0-only */
/* What ploss makes of each frame of a capture: build/classes FILE [ploss read's options]. A line for each TCP packet
 * that is no ordinary one: the frame's number, its class, what decided it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "reader.h"

static const char *const evidences[] = {
	[BY_NOTHING] = "-",   [BY_POSITION] = "position", [BY_TSVAL] = "tsval",
	[BY_IPID] = "ipid",   [BY_ACK] = "ack",           [BY_SACK] = "sack",
	[BY_DSACK] = "dsack", [BY_TIMING] = "timing",
};

static void print(void *context, const struct connection *c, const struct work *w, __u32 interface)
{
	const struct reader *r = context;
	const struct verdict *v = &w->verdict;
	const struct {
		const char *name;
		__u16 segments;
	} classes[] = {
		{ "unseen", v->unseen },         { "seen", v->seen },
		{ "spurious", v->spurious },     { "reordered", v->reordered },
		{ "duplicated", v->duplicated }, { "late", v->late_original },
		{ "ambiguous", v->ambiguous },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].segments)
			printf("%llu\t%s\t%s\n", r->packets, classes[i].name,
			       v->evidence < ARRAY_SIZE(evidences) ? evidences[v->evidence] : "?");
	}
}

int main(int argc, char *argv[])
{
	struct reader *r = calloc(1, sizeof(*r));
	struct options options;

	if (!r || options_parse(&options, COMMAND_READ, argc, argv))
		return 2;
	log_set(LOG_QUIET);
	if (reader_open(r, &options, NULL))
		return 1;
	r->follow.followed = print;
	r->follow.followed_by = r;
	while (reader_next(r))
		reader_follow(r);
	reader_close(r);
	free(r);
	return 0;
}

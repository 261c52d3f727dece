/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>

#include "past.h"

/* A clean connection is remembered by its entry, a troubled one by its tallies, which hold high-water
 * marks; two sizes, as in the kernel.
 */
struct before {
	struct flow_key6 key;
	__u32 look;
	struct flow flow;
	struct tally *tally; /* of both directions, or NULL */
};

void past_init(struct past *past)
{
	past->look = 1;
	keyed_init(&past->table, sizeof(struct flow_key6), sizeof(struct before));
}

void past_free(struct past *past)
{
	struct before *before;
	__u32 at = 0;

	while ((before = keyed_next(&past->table, &at)))
		free(before->tally);
	keyed_free(&past->table);
}

/* What was counted must not seem to have fallen: narrow counters wrap, evidence is given up. */
static void level(struct tally *before, const struct tally *now)
{
	const __u64 *limit = (const __u64 *)now;
	__u64 *value = (__u64 *)before;

	for (size_t i = 0; i < sizeof(*before) / sizeof(*value); i++)
		value[i] = min_of(value[i], limit[i]);
}

/* The tallies of the last look. */
static void tallies_before(const struct before *before, struct tally tally[DIRECTIONS])
{
	struct entry entry = { .key = before->key, .flow = before->flow };
	struct counters counted;
	struct gauges gauges;

	for (enum direction d = IN; d < DIRECTIONS; d++) {
		tally[d] = (struct tally){};
		if (before->tally) {
			tally[d] = before->tally[d];
		} else if (before->look) {
			entry_counts(&entry, d, &counted, &gauges);
			tally_update(&tally[d], &counted, 0);
		}
	}
}

static int remember(struct past *past, struct before *before, const struct entry *entry,
		    const struct tally tally[DIRECTIONS])
{
	before->look = past->look;
	before->flow = entry->flow;
	if (!entry->trouble && !before->tally)
		return 0;
	if (!before->tally)
		before->tally = calloc(DIRECTIONS, sizeof(*before->tally));
	if (!before->tally)
		return -ENOMEM;
	for (enum direction d = IN; d < DIRECTIONS; d++)
		before->tally[d] = tally[d];
	return 0;
}

/* Whether the entry goes on with what was there before; an embryo has no id yet. */
static bool is_same(const struct before *before, const struct entry *entry)
{
	return !before->flow.id || before->flow.id == entry->flow.id;
}

int past_rows(struct past *past, const struct entry *entry, struct row rows[DIRECTIONS])
{
	struct before *before = keyed_add(&past->table, &entry->key);
	struct tally then[DIRECTIONS], now[DIRECTIONS];
	struct counters counted;
	struct gauges gauges;

	if (!before)
		return -ENOMEM;
	if (!is_same(before, entry)) {
		free(before->tally);
		before->tally = NULL;
		before->look = 0;
	}
	tallies_before(before, then);
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		entry_counts(entry, d, &counted, &gauges);
		now[d] = then[d];
		tally_update(&now[d], &counted, 0);
		level(&then[d], &now[d]);
		row_from(&rows[d], &now[d], &then[d], &gauges);
	}
	return remember(past, before, entry, now);
}

static bool was_met(void *entry, void *argument)
{
	const struct past *past = argument;
	struct before *before = entry;

	if (before->look == past->look)
		return true;
	free(before->tally);
	return false;
}

void past_end(struct past *past)
{
	keyed_filter(&past->table, was_met, past);
	past->look++;
}

void entry_rows(const struct entry *entry, struct row rows[DIRECTIONS])
{
	struct counters counted;
	struct gauges gauges;

	for (enum direction d = IN; d < DIRECTIONS; d++) {
		struct tally tally = {};

		entry_counts(entry, d, &counted, &gauges);
		tally_update(&tally, &counted, 0);
		row_from(&rows[d], &tally, NULL, &gauges);
	}
}

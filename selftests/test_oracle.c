/* SPDX-License-Identifier: GPL-2.0-only */
/* Random connections: the tracker and the stupid one agree on every packet and every counter, what must
 * always hold does, and nothing that is called proven is untrue.
 *
 * SCENARIOS=100000 takes as many (make oracle), SCENARIO=1 begins with that one. From ENOUGH on each class must
 * have been met: an agreement on nothing proves nothing.
 *
 * The bounds within which they agree: 32 holes, of which one packet fills 16, 12 SACKed ranges, 8 fills and
 * 12 repeats that are still asked for, IDs not older than 512. Where one is exceeded the comparison ends, what
 * must hold and the truth go on.
 *
 * The bounds of what the tracker can know, so that the truth may differ: only timing decided (printed); a lost
 * tail's repair is told from a lost acknowledgement and a pause by the silence before alone (tail.h); and where
 * the first transmission was lost at a tail and the second was overtaken, that one is what came late: it was
 * sent before what overtook it (RFC 4737 counts packets), but is not the first.
 */
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "oracle.h"

#define ENOUGH 2000

static __u64 setting(const char *name, __u64 otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

static void print_count(const struct oracle_count *c)
{
	static const char *const names[CLASSES] = { "unseen",        "lost tail", "seen",
						    "spurious",      "reordered", "duplicated",
						    "late original", "ambiguous" };

	printf("# %llu connections, %llu packets (%llu at a glance, %llu of them in runs of SACKs), %llu "
	       "beyond the tracker's bounds\n",
	       (unsigned long long)c->flows, (unsigned long long)c->packets,
	       (unsigned long long)c->glanced, (unsigned long long)c->sack_runs,
	       (unsigned long long)c->beyond);
	for (int i = 0; i < CLASSES; i++)
		printf("# %-14s proven %8llu, likely %8llu of which wrong %8llu\n", names[i],
		       (unsigned long long)c->proven[i], (unsigned long long)c->likely[i],
		       (unsigned long long)c->wrong_likely[i]);
	printf("# %llu of the reordered and late had been sent before, and lost\n",
	       (unsigned long long)c->again);
}

/* All classes came up, the fast path was taken, and few comparisons ended early. */
static void assert_met(const struct oracle_count *c)
{
	assert_in_range(c->glanced, c->packets / 20, c->packets);
	assert_in_range(c->sack_runs, c->packets / 1000, c->packets);
	assert_in_range(c->beyond, 0, c->flows / 5);
	for (int i = 0; i < CLASSES; i++)
		assert_int_not_equal(
			i == CLASS_TAIL || i == CLASS_AMBIGUOUS ? c->likely[i] : c->proven[i], 0);
}

static void the_stupid_tracker_and_the_truth_agree(void **state)
{
	static struct random_flow flow;
	__u64 scenarios = setting("SCENARIOS", ENOUGH), first = setting("SCENARIO", 1),
	      failures = 0;
	struct oracle_count count = {};
	struct oracle_failure why;

	for (__u64 i = 0; i < scenarios && failures < setting("FAILURES", 1); i++) {
		random_flow_make(&flow, first + i);
		oracle_run(&flow, &why, &count);
		if (!why.what)
			continue;
		failures++;
		oracle_shrink(&flow, &why);
		oracle_print(&flow, &why);
	}
	print_count(&count);
	assert_int_equal(failures, 0);
	if (scenarios >= ENOUGH)
		assert_met(&count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stupid_tracker_and_the_truth_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "table.h"

#define KEYS 600

static struct ends ends_of(__u32 n)
{
	struct ends ends = { .low_port = n, .high_port = 443 };

	ends.low[3] = n * 0x9e3779b9;
	ends.high[3] = 1;
	return ends;
}

static __u32 random_state;

static __u32 next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 16;
}

/* A table beside an array that says what it should hold. */
static void a_table_holds_what_an_array_would(void **state)
{
	struct connection *wanted[KEYS] = {};
	__u32 flows = 0, embryos = 0;
	struct embryo was;
	struct table table;

	random_state = 1;
	assert_int_equal(table_init(&table, KEYS, KEYS), 0);
	for (int step = 0; step < 200000; step++) {
		__u32 n = next_random() % KEYS;
		struct ends ends = ends_of(n);

		assert_ptr_equal(table_find(&table, &ends), wanted[n]);
		if (!wanted[n]) {
			wanted[n] = table_add(&table, &ends, n % 2 ? 4 : 6);
			assert_non_null(wanted[n]);
			assert_int_equal(wanted[n]->embryo.created_ns, 0);
			wanted[n]->embryo.created_ns = n + 1;
			embryos++;
		} else if (wanted[n]->embryonic && next_random() % 2) {
			assert_true(table_establish(&table, wanted[n], &was));
			assert_int_equal(was.created_ns, n + 1);
			assert_int_equal(wanted[n]->flow.id, 0);
			embryos--;
			flows++;
		} else if (!wanted[n]->embryonic && next_random() % 3 == 0) {
			wanted[n]->trouble = calloc(1, sizeof(struct trouble));
			table_restart(&table, wanted[n]);
			wanted[n]->embryo.created_ns = n + 1;
			embryos++;
			flows--;
		} else {
			embryos -= wanted[n]->embryonic;
			flows -= !wanted[n]->embryonic;
			table_delete(&table, wanted[n]);
			wanted[n] = NULL;
		}
		assert_int_equal(table.flows[0] + table.flows[1], flows);
		assert_int_equal(table.embryos, embryos);
	}
	table_free(&table);
}

static void the_oldest_embryo_makes_room_and_flows_do_not(void **state)
{
	struct ends ends = ends_of(0);
	struct connection *flow;
	struct embryo was;
	struct table table;

	assert_int_equal(table_init(&table, 10, 4), 0);
	flow = table_add(&table, &ends, 4);
	assert_true(table_establish(&table, flow, &was));
	for (__u32 n = 1; n <= 6; n++) {
		ends = ends_of(n);
		assert_non_null(table_add(&table, &ends, 4));
	}
	for (__u32 n = 0; n <= 6; n++) {
		ends = ends_of(n);
		assert_int_equal(!!table_find(&table, &ends), n == 0 || n > 2);
	}
	table_free(&table);
}

static void each_ip_version_has_its_own_limit_of_flows(void **state)
{
	struct connection *c = NULL;
	struct embryo was;
	struct table table;

	assert_int_equal(table_init(&table, 3, 100), 0);
	for (__u32 n = 0; n < 8; n++) {
		struct ends ends = ends_of(n);

		c = table_add(&table, &ends, n % 2 ? 4 : 6);
		assert_int_equal(table_establish(&table, c, &was), n < 6);
	}
	assert_true(c->embryonic);
	table_free(&table);
}

static void idle_entries_come_up_once_a_round(void **state)
{
	__u32 met[KEYS] = {}, steps;
	struct connection *c;
	struct table table;

	assert_int_equal(table_init(&table, KEYS, KEYS), 0);
	steps = 10;
	assert_null(table_idle(&table, &steps, 0, 0));
	for (__u32 n = 0; n < KEYS; n++) {
		struct ends ends = ends_of(n);

		c = table_add(&table, &ends, 4);
		table_touch(&table, c, n % 2 ? 100 : 0xfffffff0);
	}
	for (__u32 n = 0; n < KEYS; n += 3) {
		struct ends ends = ends_of(n);

		table_delete(&table, table_find(&table, &ends));
	}
	for (int round = 0; round < 2; round++) {
		for (steps = KEYS; (c = table_idle(&table, &steps, 110, 20));)
			met[c->ends.low_port]++;
		assert_int_equal(steps, 0);
	}
	for (__u32 n = 0; n < KEYS; n++)
		assert_int_equal(met[n], n % 3 && n % 2 == 0 ? 2 : 0);
	table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_holds_what_an_array_would),
		cmocka_unit_test(the_oldest_embryo_makes_room_and_flows_do_not),
		cmocka_unit_test(each_ip_version_has_its_own_limit_of_flows),
		cmocka_unit_test(idle_entries_come_up_once_a_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

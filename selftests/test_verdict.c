/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sweep.h"
#include "verdict.h"

#define CLOSED_NS 10000000000ULL
#define MINUTE_NS 60000000000ULL
#define UNITS(seconds) ((__u32)((seconds)*1000000000ULL >> 20))

static void assert_verdict(enum direction direction, struct row row, const char *expected)
{
	char text[VERDICT_TEXT];

	verdict_text(text, "eth0", direction, &row);
	assert_string_equal(text, expected);
}

static void inbound_loss_before_is_the_path_from_the_peers(void **state)
{
	assert_verdict(IN, (struct row){ .data_segments = 11115, .lost_before_segments = 135 },
		       "Inbound data on eth0 loses 1.2 % before this interface (135 of 11,250 "
		       "segments): the path from the peers drops it.");
}

static void outbound_loss_after_is_the_path_to_the_peers(void **state)
{
	assert_verdict(OUT, (struct row){ .data_segments = 1000000, .lost_after_segments = 500 },
		       "Outbound data on eth0 loses 0.050 % after this interface (500 of 1,000,000 "
		       "segments): the path to the peers drops it.");
}

static void both_sides_are_named(void **state)
{
	assert_verdict(
		IN,
		(struct row){ .data_segments = 900,
			      .lost_before_segments = 100,
			      .lost_after_segments = 9 },
		"Inbound data on eth0 loses 10.0 % before this interface (100 of 1,000 segments): "
		"the path from the peers drops it, and loses 1.0 % after this interface (9 of 900 "
		"segments): this host, or the network behind it, drops it.");
}

static void a_clean_direction_is_called_clean(void **state)
{
	assert_verdict(OUT, (struct row){ .data_segments = 100 },
		       "Outbound data on eth0 is clean: 100 segments, none lost.");
}

static void too_little_is_not_judged(void **state)
{
	assert_verdict(IN, (struct row){}, "No inbound data on eth0.");
	assert_verdict(IN, (struct row){ .data_segments = 99 },
		       "Inbound data on eth0: 99 segments, none lost: too few to judge.");
	assert_verdict(
		IN, (struct row){ .data_segments = 50, .lost_before_segments = 10 },
		"Inbound data on eth0 lost 10 of 60 segments before this interface: too few to "
		"judge.");
	assert_verdict(
		OUT, (struct row){ .data_segments = 5000, .lost_after_segments = 1 },
		"Outbound data on eth0 lost 1 of 5,000 segments after this interface: too few to "
		"judge.");
}

static void what_is_not_loss_is_said_apart(void **state)
{
	assert_verdict(
		IN,
		(struct row){ .data_segments = 5000,
			      .retransmitted_spurious_segments = 2,
			      .spurious_proven_segments = 1,
			      .reordered_segments = 1,
			      .duplicated_segments = 4,
			      .ambiguous_segments = 5,
			      .unseen_bytes = 60000 },
		"Inbound data on eth0 is clean: 5,000 segments, none lost. 3 segments were resent "
		"needlessly. 1 segment came late, out of order. 4 segments were duplicated by the "
		"network. 5 late segments may be loss or reordering, and count as neither. 60,000 "
		"bytes were acknowledged that never passed here: not judged.");
}

static void a_closed_connection_is_over_before_an_idle_one(void **state)
{
	struct flow flow = { .half[IN] = { .packets = 1, .last = UNITS(100) } };

	assert_false(flow_is_over(&flow, UNITS(100 + 299), 5 * MINUTE_NS, CLOSED_NS));
	assert_true(flow_is_over(&flow, UNITS(100 + 301), 5 * MINUTE_NS, CLOSED_NS));
	flow.state = FLOW_CLOSED;
	assert_false(flow_is_over(&flow, UNITS(100 + 9), 5 * MINUTE_NS, CLOSED_NS));
	assert_true(flow_is_over(&flow, UNITS(100 + 11), 5 * MINUTE_NS, CLOSED_NS));
}

static void either_direction_keeps_a_connection(void **state)
{
	struct flow flow = { .half[IN] = { .packets = 1, .last = UNITS(100) },
			     .half[OUT] = { .packets = 1, .last = UNITS(500) } };

	assert_false(flow_is_over(&flow, UNITS(700), 5 * MINUTE_NS, CLOSED_NS));
	assert_true(flow_is_over(&flow, UNITS(801), 5 * MINUTE_NS, CLOSED_NS));
}

/* The clock is read before the table: a packet in between is newer than now. And it wraps. */
static void a_packet_from_the_future_keeps_a_connection(void **state)
{
	struct flow flow = { .half[IN] = { .packets = 1, .last = 5 } };

	assert_false(flow_is_over(&flow, 4, 5 * MINUTE_NS, CLOSED_NS));
	assert_false(flow_is_over(&flow, (__u32)-1, 5 * MINUTE_NS, CLOSED_NS));
	flow.half[IN].last = (__u32)-1;
	assert_false(flow_is_over(&flow, 1, 5 * MINUTE_NS, CLOSED_NS));
	assert_true(flow_is_over(&flow, UNITS(301), 5 * MINUTE_NS, CLOSED_NS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inbound_loss_before_is_the_path_from_the_peers),
		cmocka_unit_test(outbound_loss_after_is_the_path_to_the_peers),
		cmocka_unit_test(both_sides_are_named),
		cmocka_unit_test(a_clean_direction_is_called_clean),
		cmocka_unit_test(too_little_is_not_judged),
		cmocka_unit_test(what_is_not_loss_is_said_apart),
		cmocka_unit_test(a_closed_connection_is_over_before_an_idle_one),
		cmocka_unit_test(either_direction_keeps_a_connection),
		cmocka_unit_test(a_packet_from_the_future_keeps_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

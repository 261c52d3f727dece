/* SPDX-License-Identifier: GPL-2.0-only */
/* No room in the troubled tier: the connection goes on being counted, the refusal is counted once, and what needs
 * the tier to be told is ambiguous. Nothing of it is called a loss.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define FULL .handshake = 1, .prelude = 20, .no_trouble = 1
#define FINACK (TCP_FIN | TCP_ACK)

static void assert_refused(const struct health *health, int flows)
{
	assert_int_equal(health->untroubled_flows, flows);
	assert_int_equal(health->untracked_flows, 0);
	assert_int_equal(health->untracked_segments, 0);
	assert_int_equal(health->hole_overflows, 0);
}

static void assert_refused_everywhere(int flows)
{
	for (enum place place = RECEIVER; place <= MIDDLE; place++)
		assert_refused(&health_at[place], flows);
}

/* What repeats or fills at a tap is undecided there; a receiver's tap cannot know of a lost tail at all. */
static void a_loss_without_room_is_ambiguous(void **state)
{
	tell(AT(FULL),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_AFTER },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     { 24, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .data_bytes = 4000,
		      .ambiguous_segments = 1);
	assert_row_at(RECEIVER, B, .packets = 4);
	assert_row_at(SENDER, A, .data_segments = 5, .data_bytes = 5000, .ambiguous_segments = 1);
	assert_row_at(SENDER, B, .packets = 4);
	assert_row_at(MIDDLE, A, .data_segments = 5, .data_bytes = 5000, .ambiguous_segments = 1);
	assert_row_at(MIDDLE, B, .packets = 4);
	assert_refused_everywhere(1);
}

static void a_late_segment_and_a_copy_without_room_are_ambiguous(void **state)
{
	tell(AT(FULL),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .late = 2.5 },
	     { 2, A, 2001, 3001, .copied = 0.4 },
	     { 3, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .ambiguous_segments = 2);
	assert_row_at(SENDER, A, .data_segments = 4);
	assert_row_at(MIDDLE, A, .data_segments = 5, .ambiguous_segments = 2);
	assert_refused_everywhere(1);
}

/* These need no second tier: keep-alives, marks of congestion, FINs, resets, round trips. */
static void what_the_first_tier_counts_goes_on_without_room(void **state)
{
	int place;

	tell(AT(FULL, .quiet = 1),
	     {    0,   A,    1, 1001 },
	     {    1,   A, 1001, 2001, .ce = 1 },
	     {   11.1, B,    1,    1, .ack = 1001, .sack = { { 1, 1001 } } },
	     {   12,   B,    1,    1 },
	     { 7000,   A, 2000, 2000 },
	     { 7010,   B,    1,    1 },
	     { 7100,   A, 2001, 3001 },
	     { 7110.1, B,    1,    1 },
	     { 7200,   A, 3001, 3002, .flags = FINACK },
	     { 7210.1, B,    1,    1, .flags = TCP_RST | TCP_ACK });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 4, .data_bytes = 3000, .keepalives = 1,
			      .ecn_ce_segments = 1, .fins = 1);
		assert_row_at(place, B, .packets = 5, .resets = 1);
		assert_in_range(rows[place][A].rtt_samples, 1, 3);
	}
	assert_refused_everywhere(1);
}

/* A SYN that came again asks for room as soon as the connection stands; the totals have it all the same. */
static void a_repeated_syn_without_room_is_in_the_totals(void **state)
{
	play(AT(.tap = SENDER, .no_trouble = 1),
	     {    0, A, 0,    1, .flags = TCP_SYN, .fate = LOST_AFTER },
	     { 1000, A, 0,    1, .flags = TCP_SYN },
	     { 1020, B, 0,    1, .flags = TCP_SYN | TCP_ACK },
	     { 1021, A, 1,    1 },
	     { 1022, A, 1, 1001 },
	     { 1042, B, 1,    1 });
	assert_row(A, .data_segments = 3, .syns = 2, .retransmitted_seen_segments = 1,
		   .syn_retransmitted_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
	assert_refused(&play_health, 1);
}

static void a_clean_connection_asks_for_no_room(void **state)
{
	tell(AT(FULL),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001 },
	     { 2, A, 2001, 3001 });
	for (int place = RECEIVER; place <= MIDDLE; place++)
		assert_row_at(place, A, .data_segments = 3);
	assert_refused_everywhere(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loss_without_room_is_ambiguous),
		cmocka_unit_test(a_late_segment_and_a_copy_without_room_are_ambiguous),
		cmocka_unit_test(what_the_first_tier_counts_goes_on_without_room),
		cmocka_unit_test(a_repeated_syn_without_room_is_in_the_totals),
		cmocka_unit_test(a_clean_connection_asks_for_no_room),
	};

	return cmocka_run_group_tests_name("scenes_full", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens within a tick of the timestamp clock, and what joined segments and overtaken ones tell by their IDs.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* New data opens a tick, and in the same one a segment comes again that had passed ticks before. */
static void what_passed_before_the_newest_tick_and_comes_in_it_is_sent_again(void **state)
{
	tell(AT(BULK, .family = 6),
	     {  0,   A,    1, 1001, .fate = LOST_AFTER },
	     {  1,   A, 1001, 2001 },
	     {  2,   A, 2001, 3001 },
	     {  3,   A, 3001, 4001 },
	     { 25.1, A, 4001, 5001 },
	     { 25.3, A,    1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 1, .loss_bursts = 1);
}

/* The same tick for all, and a retransmission in it that its original follows: neither is proven. */
static void an_original_of_the_newest_tick_behind_its_repetition_is_no_repetition(void **state)
{
	tell(AT(.family = 6, .tick_ms = 100),
	     { 0, A,    1, 1001, .late = 45 },
	     { 1, A, 1001, 2001 },
	     { 2, A, 2001, 3001 },
	     { 3, A, 3001, 4001 },
	     { 25, A,   1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .ambiguous_segments = 2);
	assert_row_at(MIDDLE, A, .data_segments = 5, .ambiguous_segments = 2);
}

/* No round trip is known, but the late one had heard nothing of the hole, and nothing was sent again before. */
static void who_heard_nothing_of_a_hole_did_not_repair_it(void **state)
{
	tell(AT(.family = 6, .prelude = 2),
	     {  0.1, A,    1, 1001 },
	     {  1.2, A, 1001, 2001, .late = 15 },
	     {  1.4, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .reordered_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .reordered_after_segments = 1);
}

/* The first of a flight is late: it echoes what was newest, but the other end had rested since. */
static void the_head_of_a_flight_heard_nothing_of_its_hole(void **state)
{
	tell(AT(.family = 6, .prelude = 2),
	     { 0.1, A,    1, 1001, .late = 15 },
	     { 0.2, A, 1001, 2001 },
	     { 0.3, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .reordered_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .reordered_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .reordered_segments = 1);
}

/* A probe is lost, then the hole is repaired; what the application sends next is its end, not the probe's data. */
static void an_end_without_data_after_a_repair_repairs_nothing(void **state)
{
	tell(AT(BULK),
	     {  0,   A,    1, 1001 },
	     {  1,   A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2,   A, 2001, 3001 },
	     { 22,   A, 2001, 3001, .fate = LOST_BEFORE },
	     { 22.5, A, 1001, 2001 },
	     { 44,   A, 3001, 3002, .flags = TCP_FIN | TCP_ACK });
	assert_row_at(RECEIVER, A, .data_segments = 4, .fins = 1, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1, .id_missing_packets = 2,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 4, .fins = 1, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1, .id_missing_packets = 2,
		      .cause_fast_segments = 1, .loss_bursts = 1);
}

/* Six joined packets of four segments: 16 IDs in sequence, told by six successions. */
static void joined_segments_count_as_many_ids(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1),
	     {   0,   A,     1,  4001, .segments = 4 },
	     {   0.1, B,     1,     1 },
	     {  20,   A,  4001,  8001, .segments = 4 },
	     {  20.1, B,     1,     1 },
	     {  40,   A,  8001, 12001, .segments = 4 },
	     {  40.1, B,     1,     1 },
	     {  60,   A, 12001, 16001, .segments = 4 },
	     {  60.1, B,     1,     1 },
	     {  80,   A, 16001, 20001, .segments = 4 },
	     {  80.1, B,     1,     1 },
	     { 100,   A, 20001, 24001, .segments = 4 },
	     { 100.1, B,     1,     1 },
	     { 110,   A, 24001, 24001, .fate = LOST_BEFORE },
	     { 120,   A, 24001, 28001, .segments = 4 },
	     { 120.1, B,     1,     1 });
	assert_row(A, .data_segments = 28, .id_missing_packets = 1);
}

/* Sent again without need, and overtaken by new data: its ID had not passed, so it is no copy; and no lost tail was
 * repaired whose original it could be.
 */
static void what_comes_again_behind_newer_data_is_likely_sent_again(void **state)
{
	tell(AT(BULK, .no_timestamps = 1),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     { 25, A, 3001, 4001 },
	     { 40, A,    1, 1001, .late = 5 },
	     { 41, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 1000, .cause_unknown_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_passed_before_the_newest_tick_and_comes_in_it_is_sent_again),
		cmocka_unit_test(an_original_of_the_newest_tick_behind_its_repetition_is_no_repetition),
		cmocka_unit_test(who_heard_nothing_of_a_hole_did_not_repair_it),
		cmocka_unit_test(the_head_of_a_flight_heard_nothing_of_its_hole),
		cmocka_unit_test(an_end_without_data_after_a_repair_repairs_nothing),
		cmocka_unit_test(joined_segments_count_as_many_ids),
		cmocka_unit_test(what_comes_again_behind_newer_data_is_likely_sent_again),
	};

	return cmocka_run_group_tests_name("scenes_ticks", tests, NULL, NULL);
}

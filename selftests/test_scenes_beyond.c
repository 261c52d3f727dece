/* SPDX-License-Identifier: GPL-2.0-only */
/* Losses between the middle and the receiver: the middle sees what a sender's tap sees, later. And
 * receivers that cannot say what they have: without SACK.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

static void a_tail_lost_beyond_the_middle_is_sent_again_past_it(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_AFTER },
	     {  2, A, 2001, 3001, .fate = LOST_AFTER },
	     { 64, A, 2001, 3001 },
	     { 85, A, 1001, 2001 });
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_seen_segments = 2,
		      .cause_tlp_segments = 1, .cause_fast_segments = 1, .loss_bursts = 2);
	assert_row_at(RECEIVER, A, .data_segments = 3, .retransmitted_unseen_segments = 2,
		      .retransmitted_likely_segments = 1, .hole_lost_segments = 2,
		      .id_missing_packets = 2, .cause_tlp_segments = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1);
}

static void three_attempts_lost_beyond_the_middle_pass_it(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001, .fate = LOST_AFTER },
	     { 220, A,    1, 1001, .fate = LOST_AFTER },
	     { 660, A,    1, 1001 });
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_seen_segments = 2,
		      .cause_rto_segments = 2, .loss_bursts = 2);
}

static void a_flight_lost_beyond_the_middle_is_one_burst_after_it(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001, .fate = LOST_AFTER },
	     {   0, A, 1001, 2001, .fate = LOST_AFTER },
	     {   0, A, 2001, 3001, .fate = LOST_AFTER },
	     { 220, A,    1, 1001 },
	     { 241, A, 1001, 2001 },
	     { 241, A, 2001, 3001 },
	     { 262, A, 3001, 4001 });
	assert_row_at(MIDDLE, A, .data_segments = 7, .retransmitted_seen_segments = 3,
		      .cause_rto_segments = 3, .loss_bursts = 1);
	assert_int_equal(extremes_at[MIDDLE][A].loss_burst_max_segments, 3);
}

/* The original beyond, its retransmission before the middle, where the ID is all that misses it. */
static void a_retransmission_lost_before_the_middle_is_missed_by_its_id(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_AFTER },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 26, A, 5001, 6001 },
	     { 27, A, 6001, 7001 },
	     { 50, A, 1001, 2001 });
	assert_row_at(MIDDLE, A, .data_segments = 8, .retransmitted_seen_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1);
}

static void a_copy_of_a_retransmission_made_beyond_is_known_by_its_dsack(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001, .copied = 3, .beyond = 1 });
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1, .duplicated_after_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1);
}

/* RFC 6582: duplicates alone, and the second loss shows when the first is repaired. */
static void without_sack_a_partial_acknowledgement_brings_the_next_repair(void **state)
{
	tell(AT(BULK, .no_sack = 1),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_AFTER },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A,    1, 1001 },
	     { 46, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 2,
		      .hole_lost_segments = 2, .id_missing_packets = 2, .cause_fast_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 2);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 2,
		      .cause_fast_segments = 1, .cause_unknown_segments = 1, .loss_bursts = 2);
	assert_row_at(MIDDLE, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 2);
}

/* That it was reordering does not show beyond the tap, where SACK blocks would tell. */
static void without_sack_reordering_beyond_the_tap_is_not_seen(void **state)
{
	tell(AT(BULK, .no_sack = 1),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .late = 2.5 },
	     { 2, A, 2001, 3001 },
	     { 3, A, 3001, 4001 },
	     { 4, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .reordered_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1);
	assert_row_at(SENDER, A, .data_segments = 5);
	assert_row_at(SENDER, B, .duplicate_acks = 2);
}

/* RFC 2018 8, as the table tells it: three segments are SACKed, then the acknowledgement stops at
 * the first of them, and nothing is SACKed any more.
 */
static void an_acknowledgement_that_stops_at_what_was_sacked_reneges(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {  0,    A,    1, 1001 },
	     {  1,    A, 1001, 2001, .fate = LOST_AFTER },
	     {  2,    A, 2001, 3001 },
	     {  3,    A, 3001, 4001 },
	     {  4,    A, 4001, 5001 },
	     { 10.05, B,    1,    1, .ack = 1001 },
	     { 14.05, B,    1,    1, .ack = 1001, .sack = { { 2001, 5001 } } },
	     { 25,    A, 1001, 2001 },
	     { 35.05, B,    1,    1, .ack = 2001, .unsacked = 1 },
	     { 56,    A, 2001, 3001 },
	     { 56,    A, 3001, 4001 },
	     { 56,    A, 4001, 5001 },
	     { 66.05, B,    1,    1, .ack = 5001, .unsacked = 1 });
	for (place = RECEIVER; place <= MIDDLE; place++)
		assert_row_at(place, B, .sack_reneges = 1, .sack_blocks = 1);
	assert_row_at(RECEIVER, A, .data_segments = 8, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 3, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1,
		      .cause_unknown_segments = 3, .loss_bursts = 2);
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 4,
		      .cause_fast_segments = 1, .cause_unknown_segments = 3, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 9, .retransmitted_seen_segments = 4,
		      .cause_fast_segments = 1, .cause_unknown_segments = 3, .loss_bursts = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tail_lost_beyond_the_middle_is_sent_again_past_it),
		cmocka_unit_test(three_attempts_lost_beyond_the_middle_pass_it),
		cmocka_unit_test(a_flight_lost_beyond_the_middle_is_one_burst_after_it),
		cmocka_unit_test(a_retransmission_lost_before_the_middle_is_missed_by_its_id),
		cmocka_unit_test(a_copy_of_a_retransmission_made_beyond_is_known_by_its_dsack),
		cmocka_unit_test(without_sack_a_partial_acknowledgement_brings_the_next_repair),
		cmocka_unit_test(without_sack_reordering_beyond_the_tap_is_not_seen),
		cmocka_unit_test(an_acknowledgement_that_stops_at_what_was_sacked_reneges),
	};

	return cmocka_run_group_tests_name("scenes_beyond", tests, NULL, NULL);
}

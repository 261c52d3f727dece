/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments that the network delivers late, or twice, before a tap and beyond it. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

static void two_neighbours_that_change_places_are_one_reordered_segment(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001 },
	     { 2, A, 2001, 3001, .late = 1.5 },
	     { 3, A, 3001, 4001 },
	     { 4, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .reordered_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1);
	assert_int_equal(extremes_at[RECEIVER][A].reordering_extent_max, 1);
	assert_int_equal(extremes_at[RECEIVER][A].reordering_delay_max_ns, 500000);
	assert_row_at(SENDER, A, .data_segments = 5, .reordered_after_segments = 1);
	assert_row_at(SENDER, B, .duplicate_acks = 1, .sack_blocks = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .reordered_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1);
}

static void neighbours_that_change_places_beyond_are_reordered_after(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001 },
	     { 2, A, 2001, 3001, .late = 1.5, .beyond = 1 },
	     { 3, A, 3001, 4001 },
	     { 4, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .reordered_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1);
	assert_row_at(SENDER, A, .data_segments = 5, .reordered_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .reordered_after_segments = 1);
}

static void a_segment_five_behind_is_one_reordered_segment_of_extent_five(void **state)
{
	int place;

	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .late = 5.5 },
	     { 2, A, 2001, 3001 },
	     { 3, A, 3001, 4001 },
	     { 4, A, 4001, 5001 },
	     { 5, A, 5001, 6001 },
	     { 6, A, 6001, 7001 });
	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		assert_row_at(place, A, .data_segments = 7, .reordered_segments = 1,
			      .id_missing_packets = 1, .id_late_packets = 1);
		assert_int_equal(extremes_at[place][A].reordering_extent_max, 5);
	}
	assert_row_at(SENDER, A, .data_segments = 7, .reordered_after_segments = 1);
	assert_row_at(SENDER, B, .duplicate_acks = 5);
}

/* The receiver's acknowledgement of the original had passed its own tap before the retransmission
 * did, but not the middle one: there, as at the sender, its echo is the proof (RFC 3522), and the
 * DSACK that follows proves no more.
 */
static void an_original_that_beats_its_retransmission_makes_that_spurious(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .late = 24 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 26, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 7, .reordered_segments = 1,
		      .retransmitted_spurious_segments = 1, .retransmitted_bytes = 1000,
		      .id_missing_packets = 1, .id_late_packets = 1, .cause_unknown_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1,
		      .reordered_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 7, .reordered_segments = 1,
		      .retransmitted_seen_segments = 1, .id_missing_packets = 1,
		      .id_late_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		      .spurious_proven_segments = 1);
}

static void an_original_held_beyond_the_middle_was_reordered_after_it(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .late = 24, .beyond = 1 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 26, A, 1001, 2001 });
	assert_row_at(MIDDLE, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1,
		      .reordered_after_segments = 1);
}

/* The receiver's own stack rejects the original: its timestamp is older than that of the
 * retransmission (RFC 7323 5.3), and says so by a DSACK. That might as well tell of a copy of the
 * retransmission: at the sender it proves nothing of the order in which the two arrived.
 */
static void an_original_that_its_retransmission_overtook_takes_the_loss_back(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .late = 30 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 26, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 7, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .late_original_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1, .paws_rejected_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 7, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .late_original_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1);
}

static void an_original_overtaken_beyond_the_middle_is_known_by_its_dsack(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .late = 30, .beyond = 1 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 26, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 7, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .late_original_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1, .paws_rejected_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1);
}

static void a_copy_of_a_segment_in_order_is_the_networks(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .copied = 0.5 },
	     { 2, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .duplicated_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .duplicated_after_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1);
	assert_row_at(MIDDLE, A, .data_segments = 4, .duplicated_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1);
}

static void a_copy_made_beyond_the_middle_is_known_by_its_dsack(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .copied = 0.5, .beyond = 1 },
	     { 2, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .duplicated_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .duplicated_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .duplicated_after_segments = 1);
}

/* The copy's DSACK lies within the SACK block that follows it (RFC 2883 4.2). */
static void a_copy_above_a_hole_is_told_apart_from_what_fills_it(void **state)
{
	int place;

	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .late = 4 },
	     { 2, A, 2001, 3001, .copied = 1 });
	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		assert_row_at(place, A, .data_segments = 4, .reordered_segments = 1,
			      .duplicated_segments = 1, .id_missing_packets = 1,
			      .id_late_packets = 1);
		assert_row_at(place, B, .dsack_blocks = 1, .sack_blocks = 3);
	}
	assert_row_at(SENDER, A, .data_segments = 3, .reordered_after_segments = 1,
		      .duplicated_after_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1, .sack_blocks = 3);
}

static void a_copy_above_a_hole_beyond_the_middle_is_known_by_its_dsack(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .late = 4, .beyond = 1 },
	     { 2, A, 2001, 3001, .copied = 1, .beyond = 1 });
	assert_row_at(MIDDLE, A, .data_segments = 3, .reordered_after_segments = 1,
		      .duplicated_after_segments = 1);
}

/* Every other packet takes a way that is 2 ms longer. The last one has nothing to be late behind.
 */
static void packets_sprayed_over_two_ways_are_reordered_and_not_lost(void **state)
{
	static struct step steps[20];
	int i;

	for (i = 0; i < 20; i++)
		steps[i] = (struct step){ i * 0.5, A, 1 + i * 1000, 1001 + i * 1000,
					  .late = i % 2 ? 2 : 0 };
	scenario_tell(AT(BULK), steps, 20, __FILE__, __LINE__);
	for (i = RECEIVER; i <= MIDDLE; i += MIDDLE) {
		assert_row_at(i, A, .data_segments = 20, .reordered_segments = 9,
			      .id_missing_packets = 9, .id_late_packets = 9);
		assert_int_equal(extremes_at[i][A].reordering_extent_max, 3);
	}
	assert_row_at(SENDER, A, .data_segments = 20, .reordered_after_segments = 9);
}

/* The spray made the sender resend two segments, of which the receiver tells it that they were none
 * it missed.
 */
static void retransmissions_that_spraying_caused_are_spurious(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001, .late = 30 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .late = 30 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 27, A,    1, 1001 },
	     { 28, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 8, .retransmitted_unseen_segments = 2,
		      .hole_lost_segments = 2, .late_original_segments = 2,
		      .id_missing_packets = 2, .id_late_packets = 2, .cause_fast_segments = 2,
		      .loss_bursts = 2, .paws_rejected_segments = 2);
	assert_row_at(SENDER, A, .data_segments = 8, .retransmitted_seen_segments = 2,
		      .cause_fast_segments = 2, .loss_bursts = 2, .spurious_proven_segments = 2);
	assert_row_at(SENDER, B, .dsack_blocks = 2);
}

/* Nothing at the tap tells that it was sent before: the order is proven, not that it was the first time. IDs tell that
 * two are missing for one segment, and take the other one for the repair.
 */
static void a_lost_tails_repair_that_new_data_overtook_is_called_reordered(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     { 60, A,    1, 1001, .late = 5 },
	     { 62, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 2, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_likely_segments = 1,
		      .hole_lost_segments = 1, .cause_tlp_segments = 1, .id_missing_packets = 2,
		      .id_late_packets = 1);
	tell(AT(BULK, .family = 6),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     { 60, A,    1, 1001, .late = 5 },
	     { 62, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 2, .reordered_segments = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_neighbours_that_change_places_are_one_reordered_segment),
		cmocka_unit_test(neighbours_that_change_places_beyond_are_reordered_after),
		cmocka_unit_test(a_segment_five_behind_is_one_reordered_segment_of_extent_five),
		cmocka_unit_test(an_original_that_beats_its_retransmission_makes_that_spurious),
		cmocka_unit_test(an_original_held_beyond_the_middle_was_reordered_after_it),
		cmocka_unit_test(an_original_that_its_retransmission_overtook_takes_the_loss_back),
		cmocka_unit_test(an_original_overtaken_beyond_the_middle_is_known_by_its_dsack),
		cmocka_unit_test(a_copy_of_a_segment_in_order_is_the_networks),
		cmocka_unit_test(a_copy_made_beyond_the_middle_is_known_by_its_dsack),
		cmocka_unit_test(a_copy_above_a_hole_is_told_apart_from_what_fills_it),
		cmocka_unit_test(a_copy_above_a_hole_beyond_the_middle_is_known_by_its_dsack),
		cmocka_unit_test(packets_sprayed_over_two_ways_are_reordered_and_not_lost),
		cmocka_unit_test(retransmissions_that_spraying_caused_are_spurious),
		cmocka_unit_test(
			a_lost_tails_repair_that_new_data_overtook_is_called_reordered),
	};

	return cmocka_run_group_tests_name("scenes_reordering", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Retransmissions that are cut otherwise than what they repeat, and packets of many segments. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* One segment comes again, two were lost: a sender's tap, which has seen neither go missing, counts
 * what was sent.
 */
static void a_retransmission_of_two_segments_at_once_is_one_that_repairs_two(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001, .fate = LOST_BEFORE },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 2000, .hole_lost_segments = 2,
		      .id_missing_packets = 2, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_int_equal(extremes_at[RECEIVER][A].loss_burst_max_segments, 2);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 2000, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 4, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 2000, .hole_lost_segments = 2,
		      .id_missing_packets = 2, .cause_fast_segments = 1, .loss_bursts = 1);
}

static void a_retransmission_in_two_pieces_is_two_that_repair_one(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     { 25, A, 1001, 1501 },
	     { 25, A, 1501, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 2,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 2,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 2,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 2, .loss_bursts = 1);
}

/* The table has 500 bytes new and 1500 repeated, the wrong way round: [1500, 3500) shares 500 with
 * what two segments of 1000 were.
 */
static void a_segment_that_is_part_repeated_and_part_new_counts_its_bytes(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1501 },
	     {   1, A, 1501, 2001, .answer = LOST_BEFORE },
	     { 242, A, 1501, 3501 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 500, .cause_rto_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 500, .cause_rto_segments = 1, .loss_bursts = 1,
		      .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 500, .cause_rto_segments = 1, .loss_bursts = 1,
		      .spurious_proven_segments = 1);
}

/* A hole in the middle, seen bytes on both sides of it, new ones above. */
static void a_packet_over_a_hole_and_around_it_is_both(void **state)
{
	tell(AT(BULK, .quiet = 1),
	     {  0,    A,    1, 1001 },
	     {  1,    A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2,    A, 2001, 3001 },
	     { 11,    B,    1,    1 },
	     { 12,    B,    1,    1 },
	     { 25,    A,    1, 4001, .segments = 4 },
	     { 35.05, B,    1,    1 });
	/* The lowest segment had been acknowledged, the highest but one SACKed: spurious but for
	 * the hole.
	 */
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .retransmitted_spurious_segments = 2, .retransmitted_bytes = 3000,
		      .hole_lost_segments = 1, .id_missing_packets = 1,
		      .cause_unknown_segments = 3, .loss_bursts = 1);
}

static void a_super_packet_of_retransmissions_counts_each(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 4001, .segments = 3, .fate = LOST_BEFORE },
	     {  2, A, 4001, 5001 },
	     {  3, A, 5001, 6001 },
	     { 24, A, 1001, 4001, .segments = 3 });
	assert_row_at(RECEIVER, A, .packets = 4, .data_segments = 6,
		      .retransmitted_unseen_segments = 3, .retransmitted_bytes = 3000,
		      .hole_lost_segments = 3, .id_missing_packets = 3, .cause_fast_segments = 3,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .packets = 5, .data_segments = 9,
		      .retransmitted_seen_segments = 3, .retransmitted_bytes = 3000,
		      .cause_fast_segments = 3, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .packets = 4, .data_segments = 6,
		      .retransmitted_unseen_segments = 3, .retransmitted_bytes = 3000,
		      .hole_lost_segments = 3, .id_missing_packets = 3, .cause_fast_segments = 3,
		      .loss_bursts = 1);
}

/* As a hook below GRO sees the same. */
static void the_frames_of_a_super_packet_count_as_it_does(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  1, A, 2001, 3001, .fate = LOST_BEFORE },
	     {  1, A, 3001, 4001, .fate = LOST_BEFORE },
	     {  2, A, 4001, 5001 },
	     {  3, A, 5001, 6001 },
	     { 24, A, 1001, 2001 },
	     { 24, A, 2001, 3001 },
	     { 24, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .packets = 6, .data_segments = 6,
		      .retransmitted_unseen_segments = 3, .retransmitted_bytes = 3000,
		      .hole_lost_segments = 3, .id_missing_packets = 3, .cause_fast_segments = 3,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .packets = 9, .data_segments = 9,
		      .retransmitted_seen_segments = 3, .retransmitted_bytes = 3000,
		      .cause_fast_segments = 3, .loss_bursts = 1);
}

static void part_of_a_super_packet_may_be_lost_of_those_that_follow(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 4001, .segments = 4 },
	     {  1, A, 4001, 5001, .fate = LOST_BEFORE },
	     {  2, A, 5001, 9001, .segments = 4 },
	     { 23, A, 4001, 5001 },
	     { 24, A, 9001, 13001, .segments = 4 });
	assert_row_at(RECEIVER, A, .packets = 4, .data_segments = 13,
		      .retransmitted_unseen_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .packets = 5, .data_segments = 14,
		      .retransmitted_seen_segments = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1);
}

/* Longer than any segment that passed: without IDs it would be taken for two. */
static void a_lost_probe_of_the_path_mtu_is_one_segment_resent_as_two(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2501, .fate = LOST_BEFORE },
	     {  2, A, 2501, 3501 },
	     {  3, A, 3501, 4501 },
	     { 24, A, 1001, 2001 },
	     { 24, A, 2001, 2501 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 2,
		      .retransmitted_bytes = 1500, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 2,
		      .retransmitted_bytes = 1500, .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 2,
		      .retransmitted_bytes = 1500, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 2, .loss_bursts = 1);
	tell(AT(BULK, .family = 6),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2501, .fate = LOST_BEFORE },
	     {  2, A, 2501, 3501 },
	     {  3, A, 3501, 4501 },
	     { 24, A, 1001, 2001 },
	     { 24, A, 2001, 2501 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 2,
		      .retransmitted_bytes = 1500, .hole_lost_segments = 2,
		      .cause_fast_segments = 2, .loss_bursts = 1);
}

/* Two short segments where a full one would have fitted; the IDs say two. */
static void lost_short_segments_are_counted_by_their_ids(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 1201, .fate = LOST_BEFORE },
	     {  2, A, 1201, 1401, .fate = LOST_BEFORE },
	     {  3, A, 1401, 2401 },
	     {  4, A, 2401, 3401 },
	     { 25, A, 1001, 1401 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 400, .hole_lost_segments = 2,
		      .id_missing_packets = 2, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 400, .cause_fast_segments = 1, .loss_bursts = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_retransmission_of_two_segments_at_once_is_one_that_repairs_two),
		cmocka_unit_test(a_retransmission_in_two_pieces_is_two_that_repair_one),
		cmocka_unit_test(a_segment_that_is_part_repeated_and_part_new_counts_its_bytes),
		cmocka_unit_test(a_packet_over_a_hole_and_around_it_is_both),
		cmocka_unit_test(a_super_packet_of_retransmissions_counts_each),
		cmocka_unit_test(the_frames_of_a_super_packet_count_as_it_does),
		cmocka_unit_test(part_of_a_super_packet_may_be_lost_of_those_that_follow),
		cmocka_unit_test(a_lost_probe_of_the_path_mtu_is_one_segment_resent_as_two),
		cmocka_unit_test(lost_short_segments_are_counted_by_their_ids),
	};

	return cmocka_run_group_tests_name("scenes_sizes", tests, NULL, NULL);
}

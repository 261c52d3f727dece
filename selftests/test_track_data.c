/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a packet's own data: new, retransmitted, reordered, duplicated, or not to be told.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

/* Without a clock of any kind; with timestamps alone; with IPv4 IDs alone. */
#define NO_CLOCK .no_timestamps = 1, .ids = IDS_ZERO
#define BY_TIMESTAMPS .ids = IDS_ZERO
#define BY_IDS .no_timestamps = 1, .ids = IDS_SEQUENTIAL

static void a_clean_transfer_counts_nothing_but_itself(void **state)
{
	int place;

	for (place = RECEIVER; place <= MIDDLE; place++) {
		play(AT(.tap = place, .handshake = 1, .prelude = 20),
		     {  0, A,    1, 1001 },
		     {  1, A, 1001, 2001 },
		     { 21, B,    1,    1 },
		     { 22, A, 2001, 3001 });
		assert_row(A, .data_segments = 3, .data_bytes = 3000, .packets = 3);
		assert_row(B, .packets = 1);
	}
}

static void a_later_timestamp_fills_a_hole_with_a_retransmission(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, BY_TIMESTAMPS),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  1, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 22, A,    1, 1001 },
	     { 22, B,    1,    1 });
	assert_row(A, .data_segments = 2, .retransmitted_unseen_segments = 1,
		   .hole_lost_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		   .retransmitted_bytes = 1000);
	assert_row(B, .sack_blocks = 1);
}

static void a_later_identification_fills_a_hole_with_a_retransmission(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, BY_IDS),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  1, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 22, A,    1, 1001 },
	     { 22, B,    1,    1 });
	assert_row(A, .data_segments = 2, .retransmitted_unseen_segments = 1,
		   .hole_lost_segments = 1, .id_missing_packets = 1, .cause_fast_segments = 1,
		   .loss_bursts = 1, .retransmitted_bytes = 1000);
}

static void an_earlier_timestamp_fills_a_hole_with_a_reordered_segment(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, BY_TIMESTAMPS),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     { 15, A,    1, 1001, .is = FIRST_SENT },
	     { 15, B,    1,    1 });
	assert_row(A, .data_segments = 3, .reordered_segments = 1);
	assert_int_equal(extremes[A].reordering_extent_max, 2);
	assert_int_equal(extremes[A].reordering_delay_max_ns, 14000000);
}

static void an_earlier_identification_fills_a_hole_with_a_reordered_segment(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, BY_IDS),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     { 15, A,    1, 1001, .is = FIRST_SENT },
	     { 15, B,    1,    1 });
	assert_row(A, .data_segments = 2, .reordered_segments = 1, .id_missing_packets = 1,
		   .id_late_packets = 1);
}

static void without_clocks_a_quick_fill_is_reordering_a_slow_one_ambiguous(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, .echo = 1, NO_CLOCK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  5, A,    1, 1001, .is = FIRST_SENT });
	assert_row(A, .data_segments = 2, .reordered_segments = 1);
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, .echo = 1, NO_CLOCK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     { 25, A,    1, 1001 });
	assert_row(A, .data_segments = 2, .ambiguous_segments = 1);
}

static void without_clocks_a_fill_after_a_timeout_is_likely_a_retransmission(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, NO_CLOCK),
	     {   0, A,    1, 1001, .fate = LOST_BEFORE },
	     {   1, A, 1001, 2001 },
	     { 400, A,    1, 1001 });
	assert_row(A, .data_segments = 2, .retransmitted_unseen_segments = 1,
		   .retransmitted_likely_segments = 1, .hole_lost_segments = 1, .loss_bursts = 1,
		   .cause_rto_segments = 1);
}

static void a_copy_with_the_same_identification_is_the_networks(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, BY_IDS),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001 },
	     { 2, A,    1, 1001, .is = LAST_SENT },
	     { 2, B,    1,    1 });
	assert_row(A, .data_segments = 3, .duplicated_segments = 1);
}

static void an_original_after_its_retransmission_takes_the_loss_back(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  1, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 22, A,    1, 1001 },
	     { 22, B,    1,    1 },
	     { 30, A,    1, 1001, .is = FIRST_SENT });
	assert_row(A, .data_segments = 3, .retransmitted_unseen_segments = 1,
		   .hole_lost_segments = 1, .late_original_segments = 1, .id_missing_packets = 1,
		   .id_late_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		   .paws_rejected_segments = 1);
}

static void timeout_resends_the_first_segment(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001, .fate = LOST_AFTER },
	     {   1, A, 1001, 2001, .fate = LOST_AFTER },
	     { 300, A,    1, 1001 },
	     { 320, B,    1,    1 });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1, .cause_rto_segments = 1,
		   .loss_bursts = 1, .retransmitted_bytes = 1000);
	assert_row(B);
}

static void sacked_data_above_makes_a_retransmission_fast(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001, .fate = LOST_AFTER },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     { 21, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 22, B,    1,    1, .sack = { { 1001, 3001 } } },
	     { 22, A,    1, 1001 },
	     { 42, B,    1,    1 });
	assert_row(A, .data_segments = 4, .retransmitted_seen_segments = 1,
		   .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row(B, .sack_blocks = 2, .duplicate_acks = 2);
}

static void a_tail_loss_probe_repeats_the_last_segment_after_two_round_trips(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_AFTER },
	     { 21, B,    1,    1 },
	     { 64, A, 2001, 3001 },
	     { 84, B,    1,    1 });
	assert_row(A, .data_segments = 4, .retransmitted_seen_segments = 1, .cause_tlp_segments = 1,
		   .loss_bursts = 1);
}

static void acknowledged_bytes_sent_again_are_spurious_at_the_tap(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     {   1, B,    1,    1, .fate = LOST_AFTER },
	     { 300, A,    1, 1001 },
	     { 300, B,    1,    1, .sack = { { 1, 1001 } } });
	assert_row(A, .data_segments = 3, .retransmitted_spurious_segments = 1,
		   .cause_rto_segments = 1);
	assert_row(B, .dsack_blocks = 1);
}

static void a_partial_repeat_counts_its_bytes(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,   1, 1001, .fate = LOST_AFTER },
	     { 300, A,   1, 1501 },
	     { 320, B,   1,    1 });
	assert_row(A, .data_segments = 2, .data_bytes = 2500, .retransmitted_seen_segments = 1,
		   .retransmitted_bytes = 1000, .cause_rto_segments = 1, .loss_bursts = 1);
}

static void a_super_packet_counts_as_its_segments(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 8001, .segments = 8, .fate = LOST_AFTER },
	     { 300, A,    1, 2001, .segments = 2 },
	     { 320, B,    1,    1, .ack = 2001 });
	assert_row(A, .packets = 2, .data_segments = 10, .retransmitted_seen_segments = 2,
		   .retransmitted_bytes = 2000, .cause_rto_segments = 2, .loss_bursts = 1);
}

static void two_lost_segments_in_a_row_are_one_burst(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     {  2, B,    1,    1, .sack = { { 2001, 3001 } } },
	     { 23, A,    1, 1001 },
	     { 23, A, 1001, 2001 },
	     { 23, B,    1,    1 });
	assert_row(A, .data_segments = 3, .retransmitted_unseen_segments = 2,
		   .hole_lost_segments = 2, .id_missing_packets = 2, .cause_fast_segments = 2,
		   .loss_bursts = 1);
	assert_int_equal(extremes[A].loss_burst_max_segments, 2);
}

static void a_lost_pure_acknowledgement_is_missed_by_its_identification(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20),
	     {  0, B,    1, 1001 },
	     { 20, A,    1,    1, .fate = LOST_BEFORE },
	     { 21, A,    1, 1001 },
	     { 21, B, 1001, 1001 });
	assert_row(A, .data_segments = 1, .id_missing_packets = 1);
	assert_row(B, .data_segments = 1);
}

static void data_from_before_the_pickup_is_ambiguous(void **state)
{
	play(AT(.tap = RECEIVER, .ids = IDS_ZERO),
	     {  0, A, 1001, 2001 },
	     { 30, A,    1, 1001 });
	assert_row(A, .data_segments = 2, .ambiguous_segments = 1);
}

static void congestion_experienced_is_counted(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20),
	     { 0, A,    1, 1001, .ce = 1 },
	     { 1, A, 1001, 4001, .ce = 1, .segments = 3 });
	assert_row(A, .data_segments = 4, .ecn_ce_segments = 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_transfer_counts_nothing_but_itself),
		cmocka_unit_test(a_later_timestamp_fills_a_hole_with_a_retransmission),
		cmocka_unit_test(a_later_identification_fills_a_hole_with_a_retransmission),
		cmocka_unit_test(an_earlier_timestamp_fills_a_hole_with_a_reordered_segment),
		cmocka_unit_test(an_earlier_identification_fills_a_hole_with_a_reordered_segment),
		cmocka_unit_test(without_clocks_a_quick_fill_is_reordering_a_slow_one_ambiguous),
		cmocka_unit_test(without_clocks_a_fill_after_a_timeout_is_likely_a_retransmission),
		cmocka_unit_test(a_copy_with_the_same_identification_is_the_networks),
		cmocka_unit_test(an_original_after_its_retransmission_takes_the_loss_back),
		cmocka_unit_test(timeout_resends_the_first_segment),
		cmocka_unit_test(sacked_data_above_makes_a_retransmission_fast),
		cmocka_unit_test(a_tail_loss_probe_repeats_the_last_segment_after_two_round_trips),
		cmocka_unit_test(acknowledged_bytes_sent_again_are_spurious_at_the_tap),
		cmocka_unit_test(a_partial_repeat_counts_its_bytes),
		cmocka_unit_test(a_super_packet_counts_as_its_segments),
		cmocka_unit_test(two_lost_segments_in_a_row_are_one_burst),
		cmocka_unit_test(a_lost_pure_acknowledgement_is_missed_by_its_identification),
		cmocka_unit_test(data_from_before_the_pickup_is_ambiguous),
		cmocka_unit_test(congestion_experienced_is_counted),
	};

	return cmocka_run_group_tests_name("track_data", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What acknowledgements say of the data that they travel against, and windows. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

static void a_dsack_proves_that_a_retransmission_was_not_needed(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20, .no_timestamps = 1),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     { 300, A,    1, 1001 },
	     { 310, B,    1,    1 },
	     { 320, B,    1,    1, .sack = { { 1, 1001 } } });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1, .cause_rto_segments = 1,
		   .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row(B, .dsack_blocks = 1, .sack_blocks = 1);
}

static void an_echo_of_the_original_proves_it_too(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     { 300, A,    1, 1001 },
	     { 310, B,    1,    1, .tsecr = 1 });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1, .cause_rto_segments = 1,
		   .loss_bursts = 1, .spurious_proven_segments = 1);
}

static void a_retransmission_is_proven_unneeded_only_once(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     { 300, A,    1, 1001 },
	     { 310, B,    1,    1, .tsecr = 1 },
	     { 320, B,    1,    1, .sack = { { 1, 1001 } } },
	     { 321, B,    1,    1, .sack = { { 1, 1001 } } });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1, .cause_rto_segments = 1,
		   .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row(B, .dsack_blocks = 2, .sack_blocks = 2);
}

static void a_dsack_without_a_retransmission_is_a_copy_beyond_the_tap(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     { 21, B,    1,    1 },
	     { 22, B,    1,    1, .sack = { { 1, 1001 } } });
	assert_row(A, .data_segments = 2, .duplicated_after_segments = 1);
	assert_row(B, .dsack_blocks = 1);
}

static void a_segment_acknowledged_late_was_reordered_beyond_the_tap(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001, .fate = LOST_AFTER },
	     {  1, A, 1001, 2001 },
	     { 21, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 22, B,    1,    1, .ack = 2001 });
	assert_row(A, .data_segments = 2, .reordered_after_segments = 1);
	assert_row(B, .duplicate_acks = 1, .sack_blocks = 1);
}

static void a_retransmission_is_not_reordered_beyond_the_tap(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001, .fate = LOST_AFTER },
	     {  1, A, 1001, 2001 },
	     { 21, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 22, A,    1, 1001 },
	     { 42, B,    1,    1 });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1,
		   .cause_fast_segments = 1, .loss_bursts = 1);
}

static void bytes_that_never_passed_but_are_acknowledged_are_unseen(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20, .ids = IDS_ZERO),
	     {  0, A,    1, 1001 },
	     { 21, B,    1,    1, .ack = 3001 });
	assert_row(A, .data_segments = 1, .unseen_bytes = 2000);
	assert_row(B);
}

static void a_hole_that_is_acknowledged_is_unseen_and_not_lost(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, .ids = IDS_ZERO),
	     { 0, A, 1001, 2001 },
	     { 1, B,    1,    1, .ack = 2001 });
	assert_row(A, .data_segments = 1, .unseen_bytes = 1000);
}

static void a_receiver_that_takes_a_sacked_range_back_reneges(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001, .fate = LOST_AFTER },
	     {  1, A, 1001, 2001, .fate = LOST_AFTER },
	     { 21, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 22, A,    1, 1001 },
	     { 42, B,    1,    1, .ack = 1001 });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1,
		   .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row(B, .sack_reneges = 1);
}

static void an_older_acknowledgement_is_no_duplicate(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20, .ids = IDS_ZERO),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     { 21, B,    1,    1, .ack = 2001 },
	     { 22, B,    1,    1, .ack = 1001 });
	assert_row(A, .data_segments = 2);
	assert_row(B);
	assert_int_equal(row[B].duplicate_acks, 0);
}

static void a_keepalive_is_no_retransmission(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {    0, A, 1, 1001 },
	     {   20, B, 1,    1 },
	     { 7000, A, 1000, 1000 },                    /* Linux: no byte */
	     { 7020, B, 1,    1 },
	     { 9000, A, 1000, 1001 },                    /* RFC 9293 3.8.4: one byte of garbage */
	     { 9020, B, 1,    1 });
	assert_row(A, .data_segments = 2, .keepalives = 2);
	assert_row(B);
}

static void a_shut_window_and_its_probes_are_no_retransmissions(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001 },
	     {  20, B,    1,    1, .window = WINDOW_ZERO },
	     { 300, A, 1000, 1000 },
	     { 320, B,    1,    1, .window = WINDOW_ZERO },
	     { 800, A, 1000, 1000 },
	     { 820, B,    1,    1, .window = WINDOW_ZERO },
	     { 900, B,    1,    1 },
	     { 901, A, 1001, 2001 },
	     { 921, B,    1,    1 });
	assert_row(A, .data_segments = 2, .window_probes = 2);
	assert_row(B, .zero_windows = 1, .zero_window_ns = 880000000);
}

static void the_byte_of_a_window_probe_may_come_again(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001 },
	     {  20, B,    1,    1, .window = WINDOW_ZERO },
	     { 300, A, 1001, 1002, .fate = LOST_AFTER },
	     { 320, B,    1,    1, .window = WINDOW_ZERO },
	     { 900, B,    1,    1 },
	     { 901, A, 1001, 2001 },
	     { 921, B,    1,    1 });
	assert_row(A, .data_segments = 3, .window_probes = 1);
	assert_row(B, .zero_windows = 1);
}

static void data_up_to_the_windows_edge_fills_it(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001 },
	     { 20, B,    1,    1, .window = 16 },        /* of 128 bytes each */
	     { 21, A, 1001, 2001 },
	     { 22, A, 2001, 3049 },
	     { 42, B,    1,    1 });
	assert_row(A, .data_segments = 3, .window_full = 1);
	assert_row(B);
}

static void round_trips_are_measured_from_the_tap(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001 },
	     { 30, B,    1,    1 },
	     { 40, A, 1001, 2001 },
	     { 50, B,    1,    1 });
	assert_row(A, .data_segments = 2, .rtt_samples = 2, .rtt_sum_ns = 40000000);
	assert_int_equal(extremes[A].rtt_min_ns, 10000000);
	assert_int_equal(extremes[A].rtt_max_ns, 30000000);
}

/* A copy of the SYN brings about a second SYN-ACK; the client answers one of them, and echoes which. */
static void a_synack_sent_twice_is_answered_once(void **state)
{
	for (int answered = 0; answered < 2; answered++) {
		play(AT(.tap = RECEIVER, .family = 6),
		     {   0, A, 0, 1, .flags = TCP_SYN, .tsval = 10000 },
		     {   1, B, 0, 1, .flags = TCP_SYN | TCP_ACK, .tsval = 20000 },
		     {   2, A, 0, 1, .flags = TCP_SYN, .tsval = 10000, .is = LAST_SENT },
		     {   3, B, 0, 1, .flags = TCP_SYN | TCP_ACK, .tsval = 20002 },
		     { 101, A, 1, 1, .tsval = 10050, .tsecr = answered ? 20002 : 20000 });
		assert_int_equal(row[B].rtt_samples, 1);
		assert_int_equal(row[B].rtt_sum_ns, answered ? 98000000 : 100000000);
	}
}

static void a_retransmission_spoils_the_sample_that_it_falls_into(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001 },
	     { 300, A,    1, 1001 },
	     { 320, B,    1,    1 },
	     { 330, A, 1001, 2001 },
	     { 350, B,    1,    1 });
	assert_int_equal(row[A].rtt_samples, 1);
	assert_int_equal(row[A].rtt_sum_ns, 20000000);
}

/* From the second SACK on the fast path takes them (sack_run.h): what was SACKed last counts all the same. */
static void what_a_run_of_sacks_reported_has_arrived(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001, .fate = LOST_AFTER },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 21, B,    1,    1, .ack = 1, .sack = { { 1001, 2001 } } },
	     { 22, B,    1,    1, .ack = 1, .sack = { { 1001, 3001 } } },
	     { 23, B,    1,    1, .ack = 1, .sack = { { 1001, 4001 } } },
	     { 24, B,    1,    1, .ack = 1, .sack = { { 1001, 5001 } } },
	     { 25, A,    1, 1001 },
	     { 26, A, 4001, 5001 },
	     { 45, B,    1,    1, .ack = 5001 },
	     { 46, B,    1,    1, .ack = 5001, .sack = { { 4001, 5001 } } });
	assert_row(A, .data_segments = 7, .retransmitted_seen_segments = 1,
		   .retransmitted_spurious_segments = 1, .cause_fast_segments = 2,
		   .loss_bursts = 1);
	assert_row(B, .duplicate_acks = 4, .sack_blocks = 5, .dsack_blocks = 1);
}

static void the_third_duplicate_of_a_run_makes_a_retransmission_fast(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_AFTER },
	     {  2, A, 2001, 3001, .fate = LOST_AFTER },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 20, B,    1,    1, .ack = 1001 },
	     { 21, B,    1,    1, .ack = 1001, .sack = { { 3001, 4001 } } },
	     { 22, B,    1,    1, .ack = 1001, .sack = { { 3001, 5001 } } },
	     { 23, B,    1,    1, .ack = 1001, .sack = { { 3001, 6001 } } },
	     { 24, A, 1001, 2001 },
	     { 25, A, 6001, 7001 },
	     { 44, B,    1,    1, .ack = 2001, .sack = { { 3001, 6001 } } },
	     { 45, B,    1,    1, .ack = 2001, .sack = { { 3001, 7001 } } },
	     { 46, A, 2001, 3001 },
	     { 66, B,    1,    1, .ack = 7001 });
	assert_row(A, .data_segments = 9, .retransmitted_seen_segments = 2,
		   .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row(B, .duplicate_acks = 4, .sack_blocks = 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dsack_proves_that_a_retransmission_was_not_needed),
		cmocka_unit_test(an_echo_of_the_original_proves_it_too),
		cmocka_unit_test(a_retransmission_is_proven_unneeded_only_once),
		cmocka_unit_test(a_dsack_without_a_retransmission_is_a_copy_beyond_the_tap),
		cmocka_unit_test(a_segment_acknowledged_late_was_reordered_beyond_the_tap),
		cmocka_unit_test(a_retransmission_is_not_reordered_beyond_the_tap),
		cmocka_unit_test(bytes_that_never_passed_but_are_acknowledged_are_unseen),
		cmocka_unit_test(a_hole_that_is_acknowledged_is_unseen_and_not_lost),
		cmocka_unit_test(a_receiver_that_takes_a_sacked_range_back_reneges),
		cmocka_unit_test(an_older_acknowledgement_is_no_duplicate),
		cmocka_unit_test(a_keepalive_is_no_retransmission),
		cmocka_unit_test(a_shut_window_and_its_probes_are_no_retransmissions),
		cmocka_unit_test(the_byte_of_a_window_probe_may_come_again),
		cmocka_unit_test(data_up_to_the_windows_edge_fills_it),
		cmocka_unit_test(round_trips_are_measured_from_the_tap),
		cmocka_unit_test(a_synack_sent_twice_is_answered_once),
		cmocka_unit_test(a_retransmission_spoils_the_sample_that_it_falls_into),
		cmocka_unit_test(what_a_run_of_sacks_reported_has_arrived),
		cmocka_unit_test(the_third_duplicate_of_a_run_makes_a_retransmission_fast),
	};

	return cmocka_run_group_tests_name("track_acks", tests, NULL, NULL);
}

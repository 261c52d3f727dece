/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections as a whole: how they begin, end and are begun again, and what there is no room for.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define SYNACK (TCP_SYN | TCP_ACK)
#define FINACK (TCP_FIN | TCP_ACK)

static void a_whole_connection_is_clean_at_every_place(void **state)
{
	int place;

	for (place = RECEIVER; place <= MIDDLE; place++) {
		play(AT(.tap = place),
		     {  0, A,    0,    1, .flags = TCP_SYN },
		     { 10, B,    0,    1, .flags = SYNACK },
		     { 20, A,    1,    1 },
		     { 21, A,    1, 1001 },
		     { 31, B,    1,    1 },
		     { 32, A, 1001, 1002, .flags = FINACK },
		     { 42, B,    1,    2, .flags = FINACK },
		     { 52, A, 1002, 1002 });
		assert_row(A, .data_segments = 3, .data_bytes = 1000, .syns = 1, .fins = 1,
			   .packets = 5);
		assert_row(B, .data_segments = 2, .syns = 1, .fins = 1, .packets = 3);
	}
}

static void a_syn_that_comes_again_is_a_retransmission(void **state)
{
	play(AT(.tap = SENDER),
	     {    0, A, 0, 1, .flags = TCP_SYN, .fate = LOST_AFTER },
	     { 1000, A, 0, 1, .flags = TCP_SYN },
	     { 1020, B, 0, 1, .flags = SYNACK },
	     { 1021, A, 1, 1 });
	assert_row(A, .data_segments = 2, .syns = 2, .retransmitted_seen_segments = 1,
		   .syn_retransmitted_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row(B, .data_segments = 1);
}

static void a_syn_ack_that_comes_again_is_a_retransmission(void **state)
{
	play(AT(.tap = RECEIVER),
	     {    0, A, 0, 1, .flags = TCP_SYN },
	     {    0, B, 0, 1, .flags = SYNACK, .fate = LOST_AFTER },
	     { 1000, B, 0, 1, .flags = SYNACK },
	     { 1020, A, 1, 1 });
	assert_row(A, .data_segments = 1);
	assert_row(B, .data_segments = 2, .retransmitted_seen_segments = 1,
		   .synack_retransmitted_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
}

static void a_copy_of_a_syn_is_the_networks(void **state)
{
	play(AT(.tap = RECEIVER),
	     {  0, A, 0, 1, .flags = TCP_SYN },
	     {  1, A, 0, 1, .flags = TCP_SYN, .is = LAST_SENT },
	     {  1, B, 0, 1, .flags = SYNACK },
	     { 21, A, 1, 1 });
	assert_row(A, .data_segments = 2, .duplicated_segments = 1);
}

static void a_syn_that_was_answered_is_repeated_for_nothing(void **state)
{
	play(AT(.tap = RECEIVER),
	     {    0, A, 0, 1, .flags = TCP_SYN },
	     {    0, B, 0, 1, .flags = SYNACK, .fate = LOST_AFTER },
	     { 1000, A, 0, 1, .flags = TCP_SYN },
	     { 1000, B, 0, 1, .flags = SYNACK },
	     { 1020, A, 1, 1 });
	assert_row(A, .data_segments = 2, .retransmitted_spurious_segments = 1,
		   .syn_retransmitted_segments = 1, .cause_rto_segments = 1);
	assert_row(B, .data_segments = 2, .retransmitted_seen_segments = 1,
		   .synack_retransmitted_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
}

static void a_fin_that_comes_again_is_a_retransmission(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A, 1, 2, .flags = FINACK, .fate = LOST_AFTER },
	     { 250, A, 1, 2, .flags = FINACK },
	     { 270, B, 1, 2, .flags = FINACK });
	assert_row(A, .data_segments = 2, .fins = 2, .retransmitted_seen_segments = 1,
		   .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row(B, .data_segments = 1, .fins = 1);
}

static void a_reset_that_answers_a_syn_is_a_refusal(void **state)
{
	play(AT(.tap = SENDER),
	     { 0, A, 0, 1, .flags = TCP_SYN },
	     { 1, B, 0, 0, .flags = TCP_RST | TCP_ACK });
	assert_row(A, .data_segments = 1);
	assert_row(B, .resets = 1, .resets_refused = 1);
}

static void a_reset_ends_a_connection_and_is_no_data(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A, 1, 1001 },
	     { 10, B, 1,    1, .flags = TCP_RST });
	assert_row(A, .data_segments = 1);
	assert_row(B, .resets = 1, .resets_refused = 0);
}

static void a_port_pair_used_again_is_a_new_connection(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, .ids = IDS_ZERO),
	     {    0, A,       1,       2, .flags = FINACK },
	     {    0, B,       1,       2, .flags = FINACK },
	     {   20, A,       2,       2 },
	     { 1000, A, 5000000, 5000001, .flags = TCP_SYN },
	     { 1000, B, 6000000, 6000001, .flags = SYNACK, .ack = 5000001 },
	     { 1020, A, 5000001, 5000001, .ack = 6000001 },
	     { 1021, A, 5000001, 5001001, .ack = 6000001 },
	     { 1021, B, 6000001, 6000001, .ack = 5001001 });
	assert_row(A, .data_segments = 3, .syns = 1, .fins = 1);
	assert_row(B, .data_segments = 2, .syns = 1, .fins = 1);
}

static void a_stray_syn_disturbs_nothing(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, .ids = IDS_ZERO),
	     { 0, A,       1,    1001 },
	     { 1, A, 5000000, 5000001, .flags = TCP_SYN },
	     { 2, A,    1001,    2001 },
	     { 2, B,       1,       1, .ack = 2001 });
	assert_row(A, .data_segments = 3);
	assert_row(B);
}

static void a_flow_is_picked_up_in_mid_stream(void **state)
{
	int place;

	for (place = RECEIVER; place <= MIDDLE; place++) {
		play(AT(.tap = place),
		     {  0, A,    1, 1001 },
		     {  1, A, 1001, 2001 },
		     { 20, B,    1,    1 },
		     { 21, A, 2001, 3001 },
		     { 40, B,    1,    1 });
		assert_row(A, .data_segments = 3);
		assert_row(B);
	}
}

static void an_acknowledgement_from_before_the_pickup_is_not_unseen(void **state)
{
	play(AT(.tap = SENDER),
	     {  0, B,    1,    1, .ack = 1 },
	     {  1, A, 2001, 3001 },
	     {  5, B,    1,    1, .ack = 1001 },
	     { 20, B,    1,    1, .ack = 3001 });
	assert_row(A, .data_segments = 1);
	assert_row(B);
}

static void data_in_both_directions_is_told_apart(void **state)
{
	play(AT(.tap = MIDDLE, .handshake = 1, .prelude = 20),
	     {  0, A,    1, 1001 },
	     {  1, B,    1, 2001, .segments = 2 },
	     {  2, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  3, A, 2001, 3001 },
	     { 13, B, 2001, 2001, .sack = { { 2001, 3001 } } },
	     { 33, A, 1001, 2001 },
	     { 34, B, 2001, 3001 },
	     { 44, A, 3001, 3001 });
	assert_row(A, .data_segments = 3, .retransmitted_unseen_segments = 1,
		   .hole_lost_segments = 1, .id_missing_packets = 1, .cause_fast_segments = 1,
		   .loss_bursts = 1);
	assert_row(B, .data_segments = 3, .sack_blocks = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_connection_is_clean_at_every_place),
		cmocka_unit_test(a_syn_that_comes_again_is_a_retransmission),
		cmocka_unit_test(a_syn_ack_that_comes_again_is_a_retransmission),
		cmocka_unit_test(a_copy_of_a_syn_is_the_networks),
		cmocka_unit_test(a_syn_that_was_answered_is_repeated_for_nothing),
		cmocka_unit_test(a_fin_that_comes_again_is_a_retransmission),
		cmocka_unit_test(a_reset_that_answers_a_syn_is_a_refusal),
		cmocka_unit_test(a_reset_ends_a_connection_and_is_no_data),
		cmocka_unit_test(a_port_pair_used_again_is_a_new_connection),
		cmocka_unit_test(a_stray_syn_disturbs_nothing),
		cmocka_unit_test(a_flow_is_picked_up_in_mid_stream),
		cmocka_unit_test(an_acknowledgement_from_before_the_pickup_is_not_unseen),
		cmocka_unit_test(data_in_both_directions_is_told_apart),
	};

	return cmocka_run_group_tests_name("track_state", tests, NULL, NULL);
}

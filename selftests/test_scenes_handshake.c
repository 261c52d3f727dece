/* SPDX-License-Identifier: GPL-2.0-only */
/* How connections begin and end: SYNs and FINs that are lost or doubled, data in a SYN, resets,
 * ports used again.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20
#define SYNACK (TCP_SYN | TCP_ACK)
#define FINACK (TCP_FIN | TCP_ACK)

static void a_lost_syn_comes_again_after_a_second(void **state)
{
	tell(AT(0),
	     {    0,    A, 0,    1, .flags = TCP_SYN, .fate = LOST_BEFORE },
	     { 1000,    A, 0,    1, .flags = TCP_SYN },
	     { 1010.05, B, 0,    1, .flags = SYNACK },
	     { 1020.1,  A, 1,    1 },
	     { 1020.2,  A, 1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 2, .syns = 1);
	assert_row_at(RECEIVER, B, .data_segments = 1, .syns = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .syns = 2, .retransmitted_seen_segments = 1,
		      .syn_retransmitted_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B, .data_segments = 1, .syns = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .syns = 1);
	assert_row_at(MIDDLE, B, .data_segments = 1, .syns = 1);
}

static void a_syn_lost_beyond_the_middle_is_lost_after_it(void **state)
{
	tell(AT(0),
	     {    0,    A, 0,    1, .flags = TCP_SYN, .fate = LOST_AFTER },
	     { 1000,    A, 0,    1, .flags = TCP_SYN },
	     { 1010.05, B, 0,    1, .flags = SYNACK },
	     { 1020.1,  A, 1,    1 });
	assert_row_at(MIDDLE, A, .data_segments = 2, .syns = 2, .retransmitted_seen_segments = 1,
		      .syn_retransmitted_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
}

/* Lost between the middle and the client, whose repeated SYN, once the answer has passed, is none
 * that was lost before it got there.
 */
static void a_lost_syn_ack_makes_both_ends_repeat_theirs(void **state)
{
	tell(AT(0),
	     {    0,    A, 0, 1, .flags = TCP_SYN },
	     {   10.05, B, 0, 1, .flags = SYNACK, .fate = LOST_AFTER },
	     { 1000,    A, 0, 1, .flags = TCP_SYN },
	     { 1010.05, B, 0, 1, .flags = SYNACK },
	     { 1020.1,  A, 1, 1 });
	assert_row_at(RECEIVER, A, .data_segments = 2, .syns = 2,
		      .retransmitted_spurious_segments = 1, .syn_retransmitted_segments = 1,
		      .cause_rto_segments = 1);
	assert_row_at(RECEIVER, B, .data_segments = 2, .syns = 2, .retransmitted_seen_segments = 1,
		      .synack_retransmitted_segments = 1, .cause_rto_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 2, .syns = 2, .retransmitted_seen_segments = 1,
		      .syn_retransmitted_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B, .data_segments = 1, .syns = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .syns = 2,
		      .retransmitted_spurious_segments = 1, .syn_retransmitted_segments = 1,
		      .cause_rto_segments = 1);
	assert_row_at(MIDDLE, B, .data_segments = 2, .syns = 2, .retransmitted_seen_segments = 1,
		      .synack_retransmitted_segments = 1, .cause_rto_segments = 1,
		      .loss_bursts = 1);
}

/* A SYN-ACK bears no ID: at the client's tap nothing tells that an earlier one was lost. */
static void a_syn_ack_lost_on_its_way_is_not_seen_at_the_client(void **state)
{
	tell(AT(0),
	     {    0,    A, 0, 1, .flags = TCP_SYN },
	     {   10.05, B, 0, 1, .flags = SYNACK, .fate = LOST_BEFORE },
	     {  990,    B, 0, 1, .flags = SYNACK },
	     { 1000.05, A, 1, 1 });
	assert_row_at(RECEIVER, A, .data_segments = 1);
	assert_row_at(RECEIVER, B, .data_segments = 2, .retransmitted_seen_segments = 1,
		      .synack_retransmitted_segments = 1, .cause_rto_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 1);
	assert_row_at(SENDER, B, .data_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 1);
	assert_row_at(MIDDLE, B, .data_segments = 1);
}

/* A round trip longer than the first timeout (RFC 6298 2.1): what both ends send again was not needed, as the
 * timestamps that the answers echo prove (RFC 3522), unless the answer had passed.
 */
static void what_a_long_way_makes_both_ends_repeat_was_not_lost(void **state)
{
	tell(AT(.round_trip_ms = 1200),
	     {    0,    A, 0,    1, .flags = TCP_SYN },
	     {  600.05, B, 0,    1, .flags = SYNACK },
	     { 1000,    A, 0,    1, .flags = TCP_SYN },
	     { 1200.1,  A, 1,    1 },
	     { 1200.2,  A, 1, 1001 },
	     { 1600.05, B, 0,    1, .flags = SYNACK });
	assert_row_at(RECEIVER, A, .data_segments = 3, .syns = 2,
		      .retransmitted_spurious_segments = 1, .syn_retransmitted_segments = 1,
		      .cause_rto_segments = 1);
	assert_row_at(RECEIVER, B, .data_segments = 2, .syns = 2, .retransmitted_seen_segments = 1,
		      .spurious_proven_segments = 1, .synack_retransmitted_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .syns = 2, .retransmitted_seen_segments = 1,
		      .spurious_proven_segments = 1, .syn_retransmitted_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B, .data_segments = 2, .syns = 2,
		      .retransmitted_spurious_segments = 1, .synack_retransmitted_segments = 1,
		      .cause_rto_segments = 1);
}

static void a_copy_of_a_syn_is_no_retransmission(void **state)
{
	tell(AT(0),
	     {  0,    A, 0,    1, .flags = TCP_SYN, .copied = 1 },
	     { 10.05, B, 0,    1, .flags = SYNACK },
	     { 20.1,  A, 1,    1 },
	     { 20.2,  A, 1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .syns = 2, .duplicated_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 2, .syns = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .syns = 2, .duplicated_segments = 1);
}

/* The IDs that go missing before the tap has learnt that they count are counted when it has. */
static void a_lost_third_acknowledgement_is_missed_by_its_id(void **state)
{
	static struct step steps[23] = {
		{  0,    A, 0, 1, .flags = TCP_SYN },
		{ 10.05, B, 0, 1, .flags = SYNACK },
		{ 20.1,  A, 1, 1, .fate = LOST_BEFORE },
	};
	int i;

	for (i = 0; i < 20; i++)
		steps[3 + i] = (struct step){ 20.2 + i, A, 1 + i * 1000, 1001 + i * 1000 };
	scenario_tell(AT(0), steps, 23, __FILE__, __LINE__);
	assert_row_at(RECEIVER, A, .data_segments = 21, .id_missing_packets = 1);
	assert_row_at(RECEIVER, B, .data_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 21);
	assert_row_at(SENDER, B, .data_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 21, .id_missing_packets = 1);
	assert_row_at(MIDDLE, B, .data_segments = 1);
}

static void data_in_a_syn_that_is_accepted_is_data(void **state)
{
	int place;

	tell(AT(0),
	     {  0,    A,   0,  501, .flags = TCP_SYN },
	     { 10.05, B,   0,    1, .flags = SYNACK, .ack = 501 },
	     { 20.1,  A, 501, 1501 },
	     { 20.2,  A, 1501, 2501 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .data_bytes = 2500);
		assert_row_at(place, B, .data_segments = 1);
	}
}

/* The server acknowledges the SYN alone. The kernel counts what comes again as retransmitted, and
 * so it is; but the network lost nothing.
 */
static void data_in_a_syn_that_is_refused_comes_again_and_was_not_lost(void **state)
{
	int place;

	tell(AT(0),
	     {  0,    A,   0,  501, .flags = TCP_SYN, .fate = DROPPED },
	     { 10.05, B,   0,    1, .flags = SYNACK, .ack = 1 },
	     { 20.1,  A,   1,  501 },
	     { 20.2,  A, 501, 1501 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .retransmitted_spurious_segments = 1,
			      .retransmitted_bytes = 500, .cause_unknown_segments = 1);
		assert_row_at(place, B, .data_segments = 1);
	}
}

/* Linux repeats such a SYN without the data, which follow as soon as the connection stands. One
 * packet was lost.
 */
static void a_lost_syn_with_data_is_one_loss(void **state)
{
	tell(AT(0),
	     {    0,    A,   0,  501, .flags = TCP_SYN, .fate = LOST_BEFORE },
	     { 1000,    A,   0,    1, .flags = TCP_SYN },
	     { 1010.05, B,   0,    1, .flags = SYNACK, .ack = 1 },
	     { 1020.1,  A,   1,  501 });
	assert_row_at(RECEIVER, A, .data_segments = 2);
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .retransmitted_spurious_segments = 1, .retransmitted_bytes = 500,
		      .syn_retransmitted_segments = 1, .cause_rto_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2);
}

/* RFC 9293 3.5: each end's SYN crosses the other's, each answers with SYN and ACK. */
static void a_simultaneous_open_repeats_nothing(void **state)
{
	int place;

	tell(AT(0),
	     {  0, A, 0,    1, .flags = TCP_SYN },
	     {  1, B, 0,    1, .flags = TCP_SYN },
	     { 11, A, 0,    1, .flags = SYNACK },
	     { 11, B, 0,    1, .flags = SYNACK },
	     { 22, A, 1, 1001 },
	     { 33, B, 1, 1001 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .syns = 2);
		assert_row_at(place, B, .data_segments = 3, .syns = 2);
	}
}

/* A tail: the receiver's tap can only infer it. */
static void a_lost_fin_comes_again_after_a_timeout(void **state)
{
	tell(AT(BULK),
	     {   0,    A,    1, 1001 },
	     {   1,    A, 1001, 1002, .flags = FINACK, .fate = LOST_BEFORE },
	     { 242,    A, 1001, 1002, .flags = FINACK },
	     { 252.1,  B,    1,    2, .flags = FINACK });
	assert_row_at(RECEIVER, A, .data_segments = 2, .fins = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_likely_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 1, .cause_rto_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(RECEIVER, B, .data_segments = 1, .fins = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .fins = 2, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B, .data_segments = 1, .fins = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .fins = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_likely_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 1, .cause_rto_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(MIDDLE, B, .data_segments = 1, .fins = 1);
}

static void a_fin_above_a_hole_waits_for_what_fills_it(void **state)
{
	tell(AT(BULK),
	     {  0,   A,    1, 1001, .fate = LOST_BEFORE },
	     {  1,   A, 1001, 2001 },
	     {  2,   A, 2001, 2002, .flags = FINACK },
	     { 23,   A,    1, 1001 },
	     { 33.1, B,    1,    2, .flags = FINACK });
	assert_row_at(RECEIVER, A, .data_segments = 3, .fins = 1,
		      .retransmitted_unseen_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 4, .fins = 1, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
}

static void a_port_pair_used_again_at_once_is_a_new_connection(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {   0,   A,       1,       2, .flags = FINACK },
	     {  10.1, B,       1,       2, .flags = FINACK },
	     {  20.2, A,       2,       2 },
	     { 100,   A, 5000000, 5000001, .flags = TCP_SYN },
	     { 110,   B, 6000000, 6000001, .flags = SYNACK, .ack = 5000001 },
	     { 120,   A, 5000001, 5000001, .ack = 6000001 },
	     { 121,   A, 5000001, 5001001, .ack = 6000001 },
	     { 131,   B, 6000001, 6000001, .ack = 5001001 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .syns = 1, .fins = 1);
		assert_row_at(place, B, .data_segments = 2, .syns = 1, .fins = 1);
	}
}

static void a_reset_while_a_hole_is_open_loses_nothing_but_the_packet(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 2, A, 2001, 3001 },
	     { 3, A, 3001, 3001, .flags = TCP_RST | TCP_ACK });
	assert_row_at(RECEIVER, A, .data_segments = 2, .resets = 1, .id_missing_packets = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .resets = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .resets = 1, .id_missing_packets = 1);
}

static void what_a_reset_overtook_is_late_and_not_sent_again(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .late = 5 },
	     { 2, A, 2001, 3001 },
	     { 3, A, 3001, 3001, .flags = TCP_RST | TCP_ACK });
	assert_row_at(RECEIVER, A, .data_segments = 3, .resets = 1, .reordered_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .resets = 1, .reordered_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .resets = 1, .reordered_segments = 1,
		      .id_missing_packets = 1, .id_late_packets = 1);
}

/* MPTCP puts on this subflow what another one lost, under a mapping of the same data sequence
 * numbers (RFC 8684 3.3): here they are new bytes. Its duplicates of the acknowledgement carry
 * signals.
 */
static void data_of_another_subflow_is_new_on_this_one(void **state)
{
	static const __u8 mapping[20] = { 30, 20, 0x20, 0x0d, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1 };
	static const __u8 signal[12] = { 30, 12, 0x20, 0x01, 1, 2, 3, 4 };
	int place;

	tell(AT(BULK, .no_timestamps = 1),
	     {  0, A,    1, 1001, .options = mapping, .options_length = sizeof(mapping) },
	     {  1, A, 1001, 2001, .options = mapping, .options_length = sizeof(mapping) },
	     { 20, B,    1,    1, .options = signal, .options_length = sizeof(signal) },
	     { 21, B,    1,    1, .options = signal, .options_length = sizeof(signal) });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2, .data_bytes = 2000);
		assert_row_at(place, B, .packets = 4);
		assert_int_equal(row[B].duplicate_acks, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_syn_comes_again_after_a_second),
		cmocka_unit_test(a_syn_lost_beyond_the_middle_is_lost_after_it),
		cmocka_unit_test(a_lost_syn_ack_makes_both_ends_repeat_theirs),
		cmocka_unit_test(a_syn_ack_lost_on_its_way_is_not_seen_at_the_client),
		cmocka_unit_test(what_a_long_way_makes_both_ends_repeat_was_not_lost),
		cmocka_unit_test(a_copy_of_a_syn_is_no_retransmission),
		cmocka_unit_test(a_lost_third_acknowledgement_is_missed_by_its_id),
		cmocka_unit_test(data_in_a_syn_that_is_accepted_is_data),
		cmocka_unit_test(data_in_a_syn_that_is_refused_comes_again_and_was_not_lost),
		cmocka_unit_test(a_lost_syn_with_data_is_one_loss),
		cmocka_unit_test(a_simultaneous_open_repeats_nothing),
		cmocka_unit_test(a_lost_fin_comes_again_after_a_timeout),
		cmocka_unit_test(a_fin_above_a_hole_waits_for_what_fills_it),
		cmocka_unit_test(a_port_pair_used_again_at_once_is_a_new_connection),
		cmocka_unit_test(a_reset_while_a_hole_is_open_loses_nothing_but_the_packet),
		cmocka_unit_test(what_a_reset_overtook_is_late_and_not_sent_again),
		cmocka_unit_test(data_of_another_subflow_is_new_on_this_one),
	};

	return cmocka_run_group_tests_name("scenes_handshake", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Retransmissions that were not needed, what caused them, and what later proves it. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* At the receiver the acknowledgements were lost beyond the tap; in the middle they were before it,
 * so that the bytes were seen and not acknowledged there.
 */
static void a_timeout_after_lost_acknowledgements_repeats_what_arrived(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001, .answer = LOST_BEFORE },
	     {   1, A, 1001, 2001, .answer = LOST_BEFORE },
	     { 222, A,    1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 1000, .cause_rto_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_rto_segments = 1, .loss_bursts = 1,
		      .spurious_proven_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1, .id_missing_packets = 2);
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1, .id_missing_packets = 2);
}

/* They passed the middle: that the bytes come again says that the acknowledgements were lost
 * between the middle and the sender, of which the sender's tap sees the IDs missing.
 */
static void acknowledgements_lost_behind_a_tap_make_the_repeat_spurious_there(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001, .answer = LOST_AFTER },
	     {   1, A, 1001, 2001, .answer = LOST_AFTER },
	     { 222, A,    1, 1001 });
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_spurious_segments = 1,
		      .cause_rto_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1, .id_missing_packets = 2);
}

/* The delay is between the middle and the sender. The echo is the proof at the sender (Eifel);
 * without timestamps the DSACK is.
 */
static void a_timeout_during_a_delay_spike_is_proven_spurious_by_the_echo(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001, .answer_ms = 230 },
	     {   1, A, 1001, 2001, .answer_ms = 230 },
	     { 222, A,    1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .retransmitted_spurious_segments = 1,
		      .cause_rto_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	tell(AT(BULK, .no_timestamps = 1),
	     {   0, A,    1, 1001, .answer_ms = 230 },
	     {   1, A, 1001, 2001, .answer_ms = 230 },
	     { 222, A,    1, 1001 });
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
}

/* F-RTO (RFC 5682): after the timeout's one retransmission the late acknowledgements of the
 * originals come in, and the sender goes on with new data instead of resending the rest.
 */
static void after_a_spurious_timeout_new_data_goes_on(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001, .late = 230, .beyond = 1 },
	     {   1, A, 1001, 2001, .late = 230, .beyond = 1 },
	     {   2, A, 2001, 3001, .late = 230, .beyond = 1 },
	     { 223, A,    1, 1001, .late = 10, .beyond = 1 },
	     { 251, A, 3001, 4001 },
	     { 252, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_spurious_segments = 1,
		      .cause_unknown_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1);
	assert_row_at(MIDDLE, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
}

/* TLP answered by a DSACK (RFC 8985 7.4): the last acknowledgement was lost, nothing else. */
static void a_probe_that_a_dsack_answers_repaired_nothing(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .answer = LOST_BEFORE },
	     { 64, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .retransmitted_spurious_segments = 1,
		      .cause_tlp_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 4, .retransmitted_seen_segments = 1,
		      .cause_tlp_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1, .id_missing_packets = 1);
	assert_row_at(MIDDLE, A, .data_segments = 4, .retransmitted_seen_segments = 1,
		      .cause_tlp_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1, .id_missing_packets = 1);
}

/* DSACK undo (tcp_check_dsack(): undo_retrans falls to 0): each of three retransmissions was caused
 * by reordering, each is taken back by a DSACK, and in the end nothing was lost.
 */
static void a_whole_recovery_may_be_undone_by_dsacks(void **state)
{
	tell(AT(BULK, .no_timestamps = 1),
	     {  0, A,    1, 1001, .late = 40, .beyond = 1 },
	     {  0, A, 1001, 2001, .late = 40, .beyond = 1 },
	     {  0, A, 2001, 3001, .late = 40, .beyond = 1 },
	     {  1, A, 3001, 4001 },
	     {  2, A, 4001, 5001 },
	     {  3, A, 5001, 6001 },
	     { 24, A,    1, 1001 },
	     { 24, A, 1001, 2001 },
	     { 24, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 9, .retransmitted_unseen_segments = 3,
		      .retransmitted_bytes = 3000, .hole_lost_segments = 3,
		      .late_original_segments = 3, .id_missing_packets = 3, .id_late_packets = 3,
		      .cause_fast_segments = 3, .loss_bursts = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 3);
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 3,
		      .cause_fast_segments = 3, .loss_bursts = 1, .spurious_proven_segments = 3);
	assert_row_at(SENDER, B, .dsack_blocks = 3);
	assert_row_at(MIDDLE, A, .data_segments = 9, .retransmitted_seen_segments = 3,
		      .cause_fast_segments = 3, .loss_bursts = 1, .spurious_proven_segments = 3);
}

/* One of three was lost: a recovery undone in part. */
static void a_dsack_takes_back_no_more_than_its_own_bytes(void **state)
{
	tell(AT(BULK, .no_timestamps = 1),
	     {  0, A,    1, 1001, .late = 40, .beyond = 1 },
	     {  0, A, 1001, 2001, .fate = LOST_AFTER },
	     {  0, A, 2001, 3001, .late = 40, .beyond = 1 },
	     {  1, A, 3001, 4001 },
	     {  2, A, 4001, 5001 },
	     {  3, A, 5001, 6001 },
	     { 24, A,    1, 1001 },
	     { 24, A, 1001, 2001 },
	     { 24, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 8, .retransmitted_unseen_segments = 3,
		      .hole_lost_segments = 3, .late_original_segments = 2,
		      .id_missing_packets = 3, .id_late_packets = 2, .cause_fast_segments = 3,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 3,
		      .cause_fast_segments = 3, .loss_bursts = 1, .spurious_proven_segments = 2);
}

/* Three sent again in a row, of which the first had been late and, but for it, nothing arrives but what is sent
 * again: the echo of the first speaks of it alone, and the DSACK, which names it too, of nothing more. Where all three
 * had been late the other two have DSACKs of their own.
 */
static void an_echo_takes_back_the_first_segment_alone(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001, .late = 30, .beyond = 1 },
	     {  0, A, 1001, 2001, .fate = LOST_AFTER },
	     {  0, A, 2001, 3001, .fate = LOST_AFTER },
	     {  1, A, 3001, 4001 },
	     {  2, A, 4001, 5001 },
	     {  3, A, 5001, 6001 },
	     { 34, A,    1, 1001 },
	     { 34, A, 1001, 2001 },
	     { 34, A, 2001, 3001 });
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 3,
		      .cause_fast_segments = 3, .loss_bursts = 1, .spurious_proven_segments = 1,
		      .reordered_after_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1);
	tell(AT(BULK),
	     {  0, A,    1, 1001, .late = 30, .beyond = 1 },
	     {  0, A, 1001, 2001, .late = 30, .beyond = 1 },
	     {  0, A, 2001, 3001, .late = 30, .beyond = 1 },
	     {  1, A, 3001, 4001 },
	     {  2, A, 4001, 5001 },
	     {  3, A, 5001, 6001 },
	     { 34, A,    1, 1001 },
	     { 34, A, 1001, 2001 },
	     { 34, A, 2001, 3001 });
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 3,
		      .cause_fast_segments = 3, .loss_bursts = 1, .spurious_proven_segments = 3,
		      .reordered_after_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 3);
}

static void an_older_acknowledgement_that_comes_late_is_no_duplicate(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001, .answer_ms = 2 },
	     { 1, A, 1001, 2001 },
	     { 2, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 3);
	assert_row_at(RECEIVER, B, .packets = 3);
	assert_row_at(SENDER, A, .data_segments = 3);
	assert_row_at(SENDER, B, .packets = 3, .id_missing_packets = 1, .id_late_packets = 1);
	assert_int_equal(rows[SENDER][B].duplicate_acks, 0);
	assert_row_at(MIDDLE, A, .data_segments = 3);
	assert_row_at(MIDDLE, B, .packets = 3, .id_missing_packets = 1, .id_late_packets = 1);
}

/* Its SACK block still counts (Linux takes what is not older than the largest window): the third
 * segment has arrived.
 */
static void the_sack_blocks_of_an_older_acknowledgement_are_read(void **state)
{
	tell(AT(BULK, .quiet = 1),
	     {  0,    A,    1, 1001 },
	     {  1,    A, 1001, 2001 },
	     {  2,    A, 2001, 3001, .fate = LOST_AFTER },
	     {  3,    A, 3001, 4001 },
	     { 11,    B,    1,    1, .ack = 1001, .late = 4, .beyond = 1,
	       .sack = { { 3001, 4001 } } },
	     { 12,    B,    1,    1, .ack = 2001, .unsacked = 1 },
	     { 26,    A, 2001, 3001 },
	     { 36.05, B,    1,    1 });
	assert_row_at(SENDER, A, .data_segments = 5, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B, .sack_blocks = 1, .id_missing_packets = 1, .id_late_packets = 1);
}

static void a_window_update_is_no_duplicate_acknowledgement(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     { 11, B,    1,    1, .ack = 1001 },
	     { 12, B,    1,    1, .ack = 1001, .window = 60000 },
	     { 13, B,    1,    1, .ack = 1001, .window = 65000 },
	     { 14, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2);
		assert_row_at(place, B, .packets = 4);
		assert_int_equal(row[B].duplicate_acks, 0);
	}
}

/* RFC 5961: an out-of-window segment is answered by an acknowledgement that repeats the last one.
 * With nothing outstanding it is none of RFC 5681's duplicates.
 */
static void a_challenge_ack_is_no_duplicate_acknowledgement(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {  0, A,    1, 1001 },
	     { 11, B,    1,    1 },
	     { 50, B,    1,    1 },
	     { 51, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 1);
		assert_row_at(place, B, .packets = 3);
		assert_int_equal(row[B].duplicate_acks, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timeout_after_lost_acknowledgements_repeats_what_arrived),
		cmocka_unit_test(acknowledgements_lost_behind_a_tap_make_the_repeat_spurious_there),
		cmocka_unit_test(a_timeout_during_a_delay_spike_is_proven_spurious_by_the_echo),
		cmocka_unit_test(after_a_spurious_timeout_new_data_goes_on),
		cmocka_unit_test(a_probe_that_a_dsack_answers_repaired_nothing),
		cmocka_unit_test(a_whole_recovery_may_be_undone_by_dsacks),
		cmocka_unit_test(a_dsack_takes_back_no_more_than_its_own_bytes),
		cmocka_unit_test(an_echo_takes_back_the_first_segment_alone),
		cmocka_unit_test(an_older_acknowledgement_that_comes_late_is_no_duplicate),
		cmocka_unit_test(the_sack_blocks_of_an_older_acknowledgement_are_read),
		cmocka_unit_test(a_window_update_is_no_duplicate_acknowledgement),
		cmocka_unit_test(a_challenge_ack_is_no_duplicate_acknowledgement),
	};

	return cmocka_run_group_tests_name("scenes_spurious", tests, NULL, NULL);
}

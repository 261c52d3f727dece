/* SPDX-License-Identifier: GPL-2.0-only */
/* What a late packet's sender had heard when it sent it, where its timestamp is that of the hole's opener. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .family = 6, .handshake = 1, .prelude = 20

/* A retransmission of the same tick passes before the late one; nobody can have heard yet that it arrived. */
static void a_repair_that_is_not_answered_yet_tells_its_sender_nothing(void **state)
{
	tell(AT(BULK),
	     {  0,   A,    1, 1001, .late = 5 },
	     {  0.1, A, 1001, 2001 },
	     {  0.2, A, 2001, 3001 },
	     { 22.2, A,    1, 1001 },
	     { 22.3, A, 3001, 4001, .late = 5 },
	     { 22.4, A, 4001, 5001 },
	     { 22.5, A, 5001, 6001 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 7, .reordered_segments = 2,
			      .retransmitted_spurious_segments = 1, .retransmitted_bytes = 1000,
			      .cause_unknown_segments = 1);
}

/* The same bytes either way: the repair's acknowledgement told that the segment is lost, and new data and the
 * retransmission leave in one tick - or the segment is new, too, and late.
 */
static void a_repair_that_is_answered_may_tell_of_another_loss(void **state)
{
	tell(AT(BULK),
	     {  0,   A,    1, 1001, .fate = LOST_BEFORE },
	     {  0.1, A, 1001, 2001 },
	     { 22,   A,    1, 1001 },
	     { 22.1, A, 2001, 3001, .fate = LOST_BEFORE },
	     { 44.1, A, 3001, 4001 },
	     { 44.2, A, 2001, 3001 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 4, .retransmitted_unseen_segments = 1,
			      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
			      .cause_fast_segments = 1, .loss_bursts = 1, .ambiguous_segments = 1);
	tell(AT(BULK),
	     {  0,   A,    1, 1001, .fate = LOST_BEFORE },
	     {  0.1, A, 1001, 2001 },
	     { 22,   A,    1, 1001 },
	     { 44.1, A, 2001, 3001, .late = 0.2 },
	     { 44.2, A, 3001, 4001 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 4, .retransmitted_unseen_segments = 1,
			      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
			      .cause_fast_segments = 1, .loss_bursts = 1, .ambiguous_segments = 1);
}

/* The other end was silent for longer than a tick when the hole opened: whatever it says of it has a newer stamp. */
static void a_tick_of_silence_is_rest(void **state)
{
	play(AT(.tap = MIDDLE, BULK, .round_trip_ms = 6),
	     { 0,   A,    1, 1001 },
	     { 0.9, B,    1,    1, .ack = 1, .tsval = 1 },
	     { 3,   A, 2001, 3001, .tsval = 3, .tsecr = 1 },
	     { 4,   B,    1,    1, .ack = 1001 },
	     { 6.5, A, 1001, 2001, .tsval = 3, .tsecr = 1 });
	assert_row(A, .data_segments = 3, .reordered_segments = 1);
}

/* One tick for all that the network held up in a queue, and it is no long one: the round trip before had many. */
static void a_queue_that_grows_makes_no_tick_longer(void **state)
{
	tell(AT(.family = 6, .handshake = 1, .prelude = 20),
	     { 0,   A,    1, 1001, .late = 9 },
	     { 0.1, A, 1001, 2001 },
	     { 0.2, A, 2001, 3001, .late = 3 },
	     { 0.3, A, 3001, 4001, .late = 5 },
	     { 0.4, A, 4001, 5001, .late = 7 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 5, .reordered_segments = 1);
}

/* A run of repeats has several timestamps; what is newer than all of them is none of them. */
static void what_is_newer_than_a_run_of_repeats_is_sent_again(void **state)
{
	tell(AT(BULK, .echo = 1),
	     {   0,   A,    1, 1001, .fate = LOST_AFTER },
	     {   0.1, A, 1001, 2001, .fate = LOST_AFTER },
	     {   0.2, A, 2001, 3001 },
	     {   0.3, A, 3001, 4001 },
	     {  22,   A,    1, 1001, .fate = LOST_AFTER },
	     {  25,   A, 1001, 2001 },
	     {  50,   A, 4001, 5001 },
	     {  51,   A,    1, 1001 });
	assert_row_at(MIDDLE, A, .data_segments = 8, .retransmitted_seen_segments = 3,
		      .retransmitted_bytes = 3000, .cause_fast_segments = 3, .loss_bursts = 2);
}

/* 300 ms of rest are more than 255 ticks, which is all that a hole remembers. */
static void a_rest_that_is_too_long_to_be_remembered_proves_nothing(void **state)
{
	tell(AT(BULK, .round_trip_ms = 300),
	     {    0,   A,    1, 1001, .fate = LOST_BEFORE },
	     {    0.1, A, 1001, 2001 },
	     {  310,   A,    1, 1001 },
	     {  310.1, A, 2001, 3001, .fate = LOST_BEFORE },
	     {  500,   B,    1,    1, .ack = 2001 },
	     {  620.1, A, 3001, 4001, .tsecr = 320 },
	     {  620.2, A, 2001, 3001, .tsecr = 320 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 4, .retransmitted_unseen_segments = 1,
			      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
			      .cause_fast_segments = 1, .loss_bursts = 1, .ambiguous_segments = 1);
}

/* Sent again behind the newest data, and overtaken by its own kind: its timestamp is newer than all that is new. */
static void a_late_repeat_is_newer_than_all_new_data(void **state)
{
	tell(AT(.handshake = 1, .prelude = 20, .round_trip_ms = 60),
	     {  0,   A,    1, 1001 },
	     {  0.1, A, 1001, 2001 },
	     {  0.2, A, 2001, 3001 },
	     {  5,   A,    1, 1001 },
	     {  5.1, A, 1001, 2001, .late = 1 },
	     {  5.2, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_spurious_segments = 3,
		      .retransmitted_bytes = 3000, .cause_unknown_segments = 3,
		      .id_missing_packets = 1, .id_late_packets = 1);
}

/* The receiver misses a segment that passed; its repair is lost before the tap, and new data follows. */
static void a_repair_of_a_loss_beyond_that_is_lost_is_no_tail(void **state)
{
	tell(AT(.handshake = 1, .prelude = 20),
	     {  0,   A,    1, 1001, .fate = LOST_AFTER },
	     {  0.1, A, 1001, 2001 },
	     {  0.2, A, 2001, 3001 },
	     { 44,   A,    1, 1001, .fate = LOST_BEFORE },
	     { 44.1, A, 3001, 4001 });
	assert_row_at(MIDDLE, A, .data_segments = 4, .id_missing_packets = 1);
}

/* The first of them comes as late as the second: meanwhile the clock of what is new has not stood still. */
static void two_late_segments_of_a_tick_are_reordered_both(void **state)
{
	tell(AT(BULK),
	     { 0,   A,    1, 1001 },
	     { 0.1, A, 1001, 2001, .late = 18 },
	     { 0.2, A, 2001, 3001 },
	     { 0.3, A, 3001, 4001, .late = 18 },
	     { 0.4, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .reordered_segments = 2);
	assert_row_at(MIDDLE, A, .data_segments = 5, .reordered_segments = 2);
}

/* Its acknowledgement takes a round trip: until then it tells nobody that more is lost. */
static void a_repair_one_tick_before_tells_its_sender_nothing(void **state)
{
	tell(AT(BULK),
	     {  0,   A,    1, 1001, .fate = LOST_BEFORE },
	     {  1,   A, 1001, 2001 },
	     { 22,   A,    1, 1001 },
	     { 23,   A, 2001, 3001, .late = 15 },
	     { 23.1, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		      .reordered_segments = 1);
}

/* The newest repairs are of the next tick, and say nothing of those before them. */
static void repairs_of_the_next_tick_leave_it_open_what_the_sender_knew(void **state)
{
	tell(AT(BULK),
	     {  0,   A,    1, 1001, .fate = LOST_BEFORE },
	     {  1,   A, 1001, 2001 },
	     {  1.1, A, 2001, 3001, .fate = LOST_BEFORE },
	     {  1.2, A, 3001, 4001 },
	     {  1.3, A, 4001, 5001, .fate = LOST_BEFORE },
	     {  1.4, A, 5001, 6001 },
	     { 22,   A,    1, 1001 },
	     { 23,   A, 6001, 7001, .late = 40 },
	     { 23.1, A, 7001, 8001 },
	     { 24,   A, 2001, 3001 },
	     { 45,   A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 8, .retransmitted_unseen_segments = 3,
		      .hole_lost_segments = 3, .cause_fast_segments = 3, .loss_bursts = 3,
		      .ambiguous_segments = 1, .paws_rejected_segments = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_repair_that_is_not_answered_yet_tells_its_sender_nothing),
		cmocka_unit_test(a_repair_that_is_answered_may_tell_of_another_loss),
		cmocka_unit_test(a_tick_of_silence_is_rest),
		cmocka_unit_test(a_queue_that_grows_makes_no_tick_longer),
		cmocka_unit_test(what_is_newer_than_a_run_of_repeats_is_sent_again),
		cmocka_unit_test(a_rest_that_is_too_long_to_be_remembered_proves_nothing),
		cmocka_unit_test(a_late_repeat_is_newer_than_all_new_data),
		cmocka_unit_test(a_repair_of_a_loss_beyond_that_is_lost_is_no_tail),
		cmocka_unit_test(two_late_segments_of_a_tick_are_reordered_both),
		cmocka_unit_test(a_repair_one_tick_before_tells_its_sender_nothing),
		cmocka_unit_test(repairs_of_the_next_tick_leave_it_open_what_the_sender_knew),
	};

	return cmocka_run_group_tests_name("scenes_echoes", tests, NULL, NULL);
}

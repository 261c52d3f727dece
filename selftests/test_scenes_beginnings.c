/* SPDX-License-Identifier: GPL-2.0-only */
/* Beginnings of connections: how soon IPv4 IDs and timestamps tell, and of whom they never do. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define FIRST .handshake = 1, .no_timestamps = 1

static void a_copy_of_the_first_segment_is_told_by_its_id(void **state)
{
	tell(AT(FIRST), { 0, A, 1, 1001, .copied = 12 });
	assert_row_at(RECEIVER, A, .data_segments = 2, .duplicated_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .duplicated_segments = 1);
}

static void a_second_transmission_of_the_first_segment_is_told_by_its_id(void **state)
{
	tell(AT(FIRST),
	     {  0, A, 1, 1001, .answer = LOST_BEFORE },
	     { 60, A, 1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 2, .retransmitted_spurious_segments = 1,
		      .cause_tlp_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .retransmitted_seen_segments = 1,
		      .spurious_proven_segments = 1, .cause_tlp_segments = 1, .loss_bursts = 1);
}

static void a_loss_among_the_first_segments_is_told_by_its_id(void **state)
{
	int place;

	tell(AT(FIRST),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     { 25, A, 1001, 2001 });
	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 3, .retransmitted_unseen_segments = 1,
			      .hole_lost_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1);
}

/* Nothing orders random numbers, zeros, or one number for all. */
static void first_segments_whose_ids_say_nothing_stay_ambiguous(void **state)
{
	enum ids ids;

	for (ids = IDS_ZERO; ids <= IDS_RANDOM; ids++) {
		tell(AT(FIRST, .ids = ids),
		     {  0, A,    1, 1001 },
		     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
		     {  2, A, 2001, 3001 },
		     { 25, A, 1001, 2001 });
		assert_row_at(RECEIVER, A, .data_segments = 3, .ambiguous_segments = 1);
		assert_row_at(MIDDLE, A, .data_segments = 3, .ambiguous_segments = 1);
	}
}

/* B numbers its SYN-ACK 0: a few more IDs in a row, one of which makes up for the lost one. */
static void a_lost_acknowledgement_of_a_short_connection_is_missed(void **state)
{
	static struct step steps[12];
	enum ids ids;
	int i;

	for (i = 0; i < 12; i++)
		steps[i] = (struct step){ i, A, 1 + i * 1000, 1001 + i * 1000,
					  .answer = i == 3 ? LOST_BEFORE : PASSES };
	scenario_tell(AT(.handshake = 1), steps, 12, __FILE__, __LINE__);
	assert_row_at(SENDER, B, .packets = 11, .id_missing_packets = 1);
	assert_row_at(MIDDLE, B, .packets = 11, .id_missing_packets = 1);
	for (ids = IDS_SHARED; ids <= IDS_RANDOM; ids++) {
		scenario_tell(AT(.handshake = 1, .ids = ids), steps, 12, __FILE__, __LINE__);
		assert_row_at(SENDER, B, .packets = 11);
	}
}

/* A's SYN has an ID like the others: it may be any counter's, also one that rests for a while. */
static void a_counter_that_rests_is_not_taken_for_the_connections_own(void **state)
{
	tell(AT(.handshake = 1, .prelude = 8),
	     { 0, A,    1, 1001, .id = 1 },
	     { 1, A, 1001, 2001, .id = 5 },
	     { 2, A, 2001, 3001, .id = 6 },
	     { 3, A, 3001, 4001, .id = 9 });
	assert_row_at(RECEIVER, A, .data_segments = 4);
	assert_row_at(MIDDLE, A, .data_segments = 4);
}

/* The tick is known after 20 ms, 16 of them; until then it is taken to be what nearly all clocks have. In the
 * middle an acknowledgement passes while the hole is open: the last segment echoes an older one.
 */
static void equal_timestamps_tell_from_the_first_anomaly_on(void **state)
{
	tell(AT(.handshake = 1, .prelude = 4, .family = 6, .round_trip_ms = 5),
	     {  0.1, A,    1, 1001 },
	     {  1.2, A, 1001, 2001, .late = 3 },
	     {  2.3, A, 2001, 3001 },
	     { 24.1, A, 3001, 4001 },
	     { 26.2, A, 4001, 5001, .late = 4 },
	     { 26.3, A, 5001, 6001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .reordered_segments = 2);
	assert_row_at(MIDDLE, A, .data_segments = 6, .reordered_segments = 2);
}

/* What was sent in 103 ms arrives in 24: the clock seems to tick four times as fast as it does, and the round
 * trip of 0.9 ms to take more than three ticks. No clock ticks so fast.
 */
static void a_queue_that_drains_makes_no_tick_shorter_than_it_can_be(void **state)
{
	int place;

	tell(AT(.handshake = 1, .prelude = 4, .family = 6, .round_trip_ms = 0.9),
	     {   0.10, A,    1, 1001, .late = 80 },
	     {   1.20, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   2.30, A, 2001, 3001, .late = 80 },
	     {  83.70, A, 1001, 2001 },
	     { 105.01, A, 3001, 4001 },
	     { 105.02, A, 4001, 5001, .fate = LOST_BEFORE },
	     { 105.03, A, 5001, 6001 },
	     { 105.99, A, 4001, 5001 });
	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
			      .hole_lost_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1,
			      .ambiguous_segments = 1);
}

/* The round trips that were seen took 20 ms, one takes less than one: what is sent again bears the hole's own
 * timestamp, but echoes an acknowledgement that came after the hole.
 */
static void a_round_trip_shorter_than_any_before_proves_nothing(void **state)
{
	int place;

	tell(AT(.handshake = 1, .prelude = 4, .family = 6),
	     {  0.1, A,    1, 1001 },
	     {  1.2, A, 1001, 2001, .late = 12 },
	     {  2.3, A, 2001, 3001 },
	     { 30.1, A, 3001, 4001 },
	     { 30.2, A, 4001, 5001, .fate = LOST_BEFORE },
	     { 30.3, A, 5001, 6001 },
	     { 30.9, A, 4001, 5001, .tsecr = 41 });
	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 6, .reordered_segments = 1,
			      .ambiguous_segments = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_of_the_first_segment_is_told_by_its_id),
		cmocka_unit_test(a_second_transmission_of_the_first_segment_is_told_by_its_id),
		cmocka_unit_test(a_loss_among_the_first_segments_is_told_by_its_id),
		cmocka_unit_test(first_segments_whose_ids_say_nothing_stay_ambiguous),
		cmocka_unit_test(a_lost_acknowledgement_of_a_short_connection_is_missed),
		cmocka_unit_test(a_counter_that_rests_is_not_taken_for_the_connections_own),
		cmocka_unit_test(equal_timestamps_tell_from_the_first_anomaly_on),
		cmocka_unit_test(a_round_trip_shorter_than_any_before_proves_nothing),
		cmocka_unit_test(a_queue_that_drains_makes_no_tick_shorter_than_it_can_be),
	};

	return cmocka_run_group_tests_name("scenes_beginnings", tests, NULL, NULL);
}

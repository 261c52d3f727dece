/* SPDX-License-Identifier: GPL-2.0-only */
/* Taps that do not see everything, or see it twice: late starts, one direction alone, gaps, double
 * captures.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* The first packet seen is a retransmission; what had been sent above it before is not seen and was
 * not lost.
 */
static void a_tap_that_starts_during_a_recovery_counts_none_of_it(void **state)
{
	int place;

	tell(AT(.quiet = 1),
	     {  0,    A, 1001, 2001 },
	     {  1,    A, 5001, 6001 },
	     {  2,    A, 6001, 7001 },
	     { 10.05, B,    1,    1, .ack = 5001, .unsacked = 1 },
	     { 11.05, B,    1,    1, .ack = 6001, .unsacked = 1 },
	     { 12.05, B,    1,    1, .ack = 7001, .unsacked = 1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3);
		assert_row_at(place, B, .packets = 3);
	}
}

/* Below the first byte seen nobody can say what passed before. */
static void what_comes_from_below_a_late_start_is_ambiguous(void **state)
{
	int place;

	tell(AT(.quiet = 1),
	     {  0,    A, 1001, 2001 },
	     {  1,    A,    1, 1001 },
	     {  2,    A, 2001, 3001 },
	     { 12.05, B,    1,    1, .ack = 3001, .unsacked = 1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .ambiguous_segments = 1);
		assert_row_at(place, B, .packets = 1);
	}
}

/* As after its entry was evicted and made anew: nothing is remembered, nothing is held against it.
 */
static void a_connection_met_again_in_mid_stream_is_followed_from_there(void **state)
{
	static struct step steps[30];
	int i;

	for (i = 0; i < 30; i++)
		steps[i] = (struct step){ i, A, 1 + i * 1000, 1001 + i * 1000,
					  .fate = i == 22 ? LOST_BEFORE : PASSES };
	scenario_tell(AT(0), steps, 30, __FILE__, __LINE__);
	for (i = RECEIVER; i <= MIDDLE; i += MIDDLE)
		assert_row_at(i, A, .data_segments = 29, .id_missing_packets = 1);
	assert_row_at(SENDER, A, .data_segments = 30);
}

/* The data alone: everything before the tap is told as ever; beyond it, only that it was sent
 * again.
 */
static void without_acknowledgements_losses_before_the_tap_are_still_told(void **state)
{
	tell(AT(BULK, .unseen = { [B] = 1 }),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001, .late = 1.5 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .reordered_segments = 1, .id_missing_packets = 2,
		      .id_late_packets = 1, .cause_unknown_segments = 1, .loss_bursts = 1);
	assert_row_at(RECEIVER, B);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B);
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .reordered_segments = 1, .id_missing_packets = 2,
		      .id_late_packets = 1, .cause_unknown_segments = 1, .loss_bursts = 1);
}

/* The acknowledgements alone. The table wants reordering beyond the tap from them; but who does not
 * see the data does not know whether what was acknowledged late had been sent again.
 */
static void without_the_data_acknowledgements_prove_nothing_of_it(void **state)
{
	int place;

	tell(AT(BULK, .unseen = { [A] = 1 }),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .late = 2.5 },
	     {  2, A, 2001, 3001, .copied = 0.5 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001, .fate = LOST_AFTER },
	     {  5, A, 5001, 6001 },
	     { 27, A, 4001, 5001 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A);
		assert_row_at(place, B, .packets = 7, .dsack_blocks = 1);
	}
}

/* A packet that went by another way, or that the tap was too slow for. Its ID is missing here all
 * the same: lost_before_packets are those that never passed the tap. A sender's own tap opens no
 * holes, as nothing is lost before it; there the table asks too much.
 */
static void a_packet_that_the_tap_missed_is_unseen_and_not_lost(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001 },
	     { 2, A, 2001, 3001, .fate = MISSED },
	     { 3, A, 3001, 4001 },
	     { 4, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 4, .id_missing_packets = 1,
		      .unseen_bytes = 1000);
	assert_row_at(RECEIVER, B, .packets = 5);
	assert_row_at(SENDER, A, .data_segments = 4, .id_missing_packets = 1);
	assert_row_at(MIDDLE, A, .data_segments = 4, .id_missing_packets = 1,
		      .unseen_bytes = 1000);
}

static void a_connection_seen_twice_is_duplicated_and_not_retransmitted(void **state)
{
	int place;

	tell(AT(BULK, .twice = 1),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001 },
	     { 2, A, 2001, 3001 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 6, .duplicated_segments = 3);
		assert_row_at(place, B, .packets = 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tap_that_starts_during_a_recovery_counts_none_of_it),
		cmocka_unit_test(what_comes_from_below_a_late_start_is_ambiguous),
		cmocka_unit_test(a_connection_met_again_in_mid_stream_is_followed_from_there),
		cmocka_unit_test(without_acknowledgements_losses_before_the_tap_are_still_told),
		cmocka_unit_test(without_the_data_acknowledgements_prove_nothing_of_it),
		cmocka_unit_test(a_packet_that_the_tap_missed_is_unseen_and_not_lost),
		cmocka_unit_test(a_connection_seen_twice_is_duplicated_and_not_retransmitted),
	};

	return cmocka_run_group_tests_name("scenes_views", tests, NULL, NULL);
}

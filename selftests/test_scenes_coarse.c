/* SPDX-License-Identifier: GPL-2.0-only */
/* Holes that were merged, cut in two, and waited for. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20
#define SEGMENT(i) A, 1 + (i) * 100, 101 + (i) * 100

/* Forty holes, of which the nine lowest were merged: an original from below the oldest opener is still told from a
 * retransmission from after the newest; what was sent between the two is ambiguous, and never folded into loss.
 */
static void merged_holes_are_told(const struct setting *at, __u32 ids)
{
	static struct step steps[130];
	int i, n = 0;

	for (i = 0; i < 80; i++)
		steps[n++] = (struct step){ i, SEGMENT(i), .fate = i % 2 ? PASSES : LOST_BEFORE };
	steps[n++] = (struct step){ 90, SEGMENT(0), .is = FIRST_SENT };
	steps[n++] = (struct step){ 91, SEGMENT(8), .is = FIRST_SENT };
	for (i = 0; i < 80; i += 2)
		if (i != 0 && i != 8)
			steps[n++] = (struct step){ 150 + i, SEGMENT(i) };
	scenario_play(at, steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 80, .reordered_segments = 1, .ambiguous_segments = 1,
		   .retransmitted_unseen_segments = 38, .retransmitted_bytes = 3800,
		   .hole_lost_segments = 38, .cause_unknown_segments = 38, .loss_bursts = 32,
		   .id_missing_packets = ids * 40, .id_late_packets = ids * 2);
	/* Eight merges, and seven cuts that found no room. */
	assert_int_equal(play_health.hole_overflows, 15);
}

static void what_was_sent_between_merged_openers_is_ambiguous(void **state)
{
	for (enum place place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		merged_holes_are_told(AT(.tap = place, BULK, .family = 6), 0);
		merged_holes_are_told(AT(.tap = place, BULK, .no_timestamps = 1), 1);
	}
}

/* The middle of three lost segments comes first. */
static void a_hole_that_is_cut_in_two_is_one_burst(void **state)
{
	enum place place;

	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		play(AT(.tap = place, BULK),
		     {  0, A,    1, 3001, .segments = 3, .fate = LOST_BEFORE },
		     {  1, A, 3001, 4001 },
		     { 20, A, 1001, 2001 },
		     { 21, A,    1, 1001 },
		     { 24, A, 2001, 3001 });
		assert_row(A, .data_segments = 4, .retransmitted_unseen_segments = 3,
			   .retransmitted_bytes = 3000, .hole_lost_segments = 3,
			   .id_missing_packets = 3, .cause_unknown_segments = 3, .loss_bursts = 1,
			   .stalls = 2, .stall_ns = 23000000);
		assert_int_equal(extremes[A].loss_burst_max_segments, 3);
		assert_int_equal(extremes[A].stall_max_ns, 20000000);
	}
}

/* Two holes at a time: delivery waits for the lower one alone, then for the other; and then for one that opened
 * later.
 */
static void delivery_waits_for_the_lowest_hole(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_BEFORE },
	     {  3, A, 3001, 4001 },
	     { 10, A,    1, 1001 },
	     { 20, A, 2001, 3001 },
	     { 30, A, 4001, 5001, .fate = LOST_BEFORE },
	     { 31, A, 5001, 6001 },
	     { 45, A, 4001, 5001 });
	assert_row(A, .data_segments = 6, .retransmitted_unseen_segments = 3,
		   .retransmitted_bytes = 3000, .hole_lost_segments = 3, .id_missing_packets = 3,
		   .cause_unknown_segments = 3, .loss_bursts = 3, .stalls = 3,
		   .stall_ns = 33000000);
	assert_int_equal(extremes[A].stall_max_ns, 14000000);
	assert_int_equal(extremes[A].loss_burst_max_segments, 1);
}

/* Filled from above: no delivery waited for the upper one alone. */
static void a_hole_above_another_one_stalls_nothing(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_BEFORE },
	     {  3, A, 3001, 4001 },
	     { 10, A, 2001, 3001 },
	     { 20, A,    1, 1001 });
	assert_row(A, .data_segments = 4, .retransmitted_unseen_segments = 2,
		   .retransmitted_bytes = 2000, .hole_lost_segments = 2, .id_missing_packets = 2,
		   .cause_unknown_segments = 2, .loss_bursts = 2, .stalls = 1,
		   .stall_ns = 19000000);
}

/* The receiver has the lower one by another way, and some of the upper one, before that is filled. */
static void what_is_acknowledged_leaves_its_hole(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 4001, .segments = 2, .fate = LOST_BEFORE },
	     {  3, A, 4001, 5001 },
	     {  4, B,    1,    1, .ack = 3001 },
	     { 20, A,    1, 1001 },
	     { 21, A, 2001, 3001 },
	     { 22, A, 3001, 4001 });
	assert_row(A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		   .retransmitted_spurious_segments = 2, .retransmitted_bytes = 3000,
		   .hole_lost_segments = 1, .id_missing_packets = 3, .cause_unknown_segments = 3,
		   .loss_bursts = 1, .unseen_bytes = 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sent_between_merged_openers_is_ambiguous),
		cmocka_unit_test(a_hole_that_is_cut_in_two_is_one_burst),
		cmocka_unit_test(delivery_waits_for_the_lowest_hole),
		cmocka_unit_test(a_hole_above_another_one_stalls_nothing),
		cmocka_unit_test(what_is_acknowledged_leaves_its_hole),
	};

	return cmocka_run_group_tests_name("scenes_coarse", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Many holes at once, more than there is room for, and holes that nobody ever fills. */
#include <stdlib.h>

#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20
#define SEGMENT 100
/* Of n holes: each that is one too many, and each cut out of the middle of what they were merged to. */
#define MERGED(n) ((n) > HOLES ? (n) - HOLES : 0)
#define OVERFLOWS(n) ((n) > HOLES ? 2 * MERGED(n) - 1 : 0)

/* Every other of 2n segments is lost, each is sent again. */
static int every_other_lost(struct step *steps, int n)
{
	int i, count = 0;

	for (i = 0; i < 2 * n; i++)
		steps[count++] = (struct step){ i * 0.05, A, 1 + i * SEGMENT, 1 + (i + 1) * SEGMENT,
						.fate = i % 2 ? PASSES : LOST_BEFORE };
	for (i = 0; i < 2 * n; i += 2)
		steps[count++] = (struct step){ n * 0.1 + 20 + i * 0.05, A, 1 + i * SEGMENT,
						1 + (i + 1) * SEGMENT };
	return count;
}

/* The losses of n holes at the same time: exact, but for the runs of losses, where holes were
 * merged. Nothing is cut at a receiver's tap: its acknowledgements take away what lies between. A sender's has
 * no holes.
 */
static void holes_are_told(int n, int bursts)
{
	static struct step steps[300];
	int place;

	scenario_tell(AT(BULK), steps, every_other_lost(steps, n), __FILE__, __LINE__);
	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 2 * n, .data_bytes = 2 * n * SEGMENT,
			      .retransmitted_unseen_segments = n, .hole_lost_segments = n,
			      .retransmitted_bytes = n * SEGMENT, .id_missing_packets = n,
			      .cause_fast_segments = n, .loss_bursts = bursts);
	assert_row_at(SENDER, A, .data_segments = 3 * n, .retransmitted_seen_segments = n,
		      .retransmitted_bytes = n * SEGMENT, .cause_fast_segments = n,
		      .loss_bursts = n);
	assert_int_equal(health_at[RECEIVER].hole_overflows, MERGED(n));
	assert_int_equal(health_at[SENDER].hole_overflows, 0);
	assert_int_equal(health_at[MIDDLE].hole_overflows, OVERFLOWS(n));
}

static void as_many_holes_as_there_is_room_for_are_told_one_by_one(void **state)
{
	holes_are_told(32, 32);
}

static void one_hole_more_is_merged_and_counted_as_an_overflow(void **state)
{
	holes_are_told(33, 32);
}

static void a_burst_of_forty_holes_loses_no_count(void **state)
{
	holes_are_told(40, 32);
}

static void a_hundred_holes_lose_no_count(void **state)
{
	holes_are_told(100, 32);
}

static void ten_thousand_holes_lose_no_count(void **state)
{
	const int n = 10000;
	struct step *steps = calloc(3 * n, sizeof(*steps));
	int i, count;

	assert_non_null(steps);
	count = every_other_lost(steps, n);
	/* What the receiver would make of them is another test's. */
	for (i = 0; i < count; i++)
		steps[i].fate = steps[i].fate == LOST_BEFORE ? LOST_BEFORE : LOST_AFTER;
	scenario_play(AT(.tap = RECEIVER, BULK), steps, count, __FILE__, __LINE__);
	free(steps);
	assert_row(A, .data_segments = 2 * n, .data_bytes = 2 * n * SEGMENT,
		   .retransmitted_unseen_segments = n, .retransmitted_bytes = n * SEGMENT,
		   .hole_lost_segments = n, .id_missing_packets = n, .cause_unknown_segments = n,
		   .loss_bursts = 32);
	assert_int_equal(play_health.hole_overflows, OVERFLOWS(n));
}

/* Every other of 2n segments is lost; after a timeout the sender sends all of them again, as one super-packet. */
static void one_packet_fills(int n)
{
	static struct step steps[100];
	int i;

	for (i = 0; i < 2 * n; i++)
		steps[i] = (struct step){ i * 0.05, A, 1 + i * 1000, 1 + (i + 1) * 1000,
					  .fate = i % 2 ? PASSES : LOST_BEFORE };
	steps[i++] = (struct step){ 500, A, 1, 1 + 2 * n * 1000, .segments = 2 * n };
	scenario_play(AT(.tap = RECEIVER, BULK), steps, i, __FILE__, __LINE__);
}

static void one_packet_may_fill_sixteen_holes(void **state)
{
	one_packet_fills(16);
	assert_row(A, .data_segments = 48, .data_bytes = 48 * 1000,
		   .retransmitted_unseen_segments = 16, .retransmitted_seen_segments = 16,
		   .retransmitted_bytes = 32 * 1000, .hole_lost_segments = 16,
		   .id_missing_packets = 16, .cause_rto_segments = 32, .loss_bursts = 17);
	assert_int_equal(play_health.hole_overflows, 0);
}

/* Of what it carries beyond the sixteenth nothing is said, and that is counted. */
static void what_one_packet_fills_beyond_sixteen_holes_is_an_overflow(void **state)
{
	one_packet_fills(20);
	assert_row(A, .data_segments = 60, .data_bytes = 60 * 1000,
		   .retransmitted_unseen_segments = 16, .retransmitted_seen_segments = 15,
		   .retransmitted_bytes = 31 * 1000, .hole_lost_segments = 16,
		   .id_missing_packets = 20, .cause_rto_segments = 31, .loss_bursts = 17);
	assert_int_equal(play_health.hole_overflows, 1);
}

/* More than an acknowledgement has room to list: the scoreboard of a sender's tap accumulates. */
static void holes_that_one_acknowledgement_cannot_list_reorder_nothing(void **state)
{
	holes_are_told(10, 10);
}

/* Of a hole that stays open only the missing ID is known: nobody sent anything again. */
static void a_hole_that_is_never_filled_is_no_retransmission(void **state)
{
	static struct step steps[500];
	int i;

	for (i = 0; i < 500; i++)
		steps[i] = (struct step){ i * 500, A, 1 + i * 1000, 1001 + i * 1000,
					  .fate = i == 3 ? LOST_BEFORE : PASSES };
	scenario_tell(AT(BULK), steps, 500, __FILE__, __LINE__);
	for (i = RECEIVER; i <= MIDDLE; i += MIDDLE) {
		assert_row_at(i, A, .data_segments = 499, .id_missing_packets = 1);
		assert_row_at(i, B, .packets = 499, .duplicate_acks = 496);
	}
	assert_row_at(SENDER, A, .data_segments = 500);
}

/* Times of holes are kept in microseconds modulo 2^32, 71 minutes: 3294.967 s after this story's
 * beginning they begin anew.
 */
static void the_clock_of_holes_may_wrap_while_one_is_open(void **state)
{
	tell(AT(BULK),
	     {       0, A,    1, 1001 },
	     { 3294940, A, 1001, 2001 },
	     { 3294941, A, 2001, 3001, .fate = LOST_BEFORE },
	     { 3294942, A, 3001, 4001 },
	     { 3294943, A, 4001, 5001, .late = 1.5 },
	     { 3294944, A, 5001, 6001 },
	     { 3294966, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .reordered_segments = 1, .id_missing_packets = 2,
		      .id_late_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		      .stalls = 1, .stall_ns = 24000000);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .reordered_after_segments = 1);
}

/* Every order of three blocks (RFC 2018 4 has the newest first; nobody need rely on it). */
static void sack_blocks_may_come_in_any_order(void **state)
{
	static const struct range blocks[3] = { { 1001, 2001 }, { 3001, 4001 }, { 5001, 6001 } };
	static const __u8 orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	int i;

	for (i = 0; i < 6; i++) {
		const struct range *a = &blocks[orders[i][0]], *b = &blocks[orders[i][1]],
				   *c = &blocks[orders[i][2]];

		tell(AT(BULK, .quiet = 1),
		     {  0,    A,    1, 1001, .fate = LOST_AFTER },
		     {  1,    A, 1001, 2001 },
		     {  2,    A, 2001, 3001, .fate = LOST_AFTER },
		     {  3,    A, 3001, 4001 },
		     {  4,    A, 4001, 5001, .fate = LOST_AFTER },
		     {  5,    A, 5001, 6001 },
		     { 15.05, B,    1,    1, .sack = { *a, *b, *c } },
		     { 26,    A,    1, 1001 },
		     { 26,    A, 2001, 3001 },
		     { 26,    A, 4001, 5001 },
		     { 36.05, B,    1,    1 });
		assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_unseen_segments = 3,
			      .hole_lost_segments = 3, .id_missing_packets = 3,
			      .cause_fast_segments = 3, .loss_bursts = 3);
		assert_row_at(RECEIVER, B, .sack_blocks = 3, .duplicate_acks = 1);
		assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 3,
			      .cause_fast_segments = 3, .loss_bursts = 3);
		assert_row_at(MIDDLE, A, .data_segments = 9, .retransmitted_seen_segments = 3,
			      .cause_fast_segments = 3, .loss_bursts = 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_holes_as_there_is_room_for_are_told_one_by_one),
		cmocka_unit_test(one_hole_more_is_merged_and_counted_as_an_overflow),
		cmocka_unit_test(a_burst_of_forty_holes_loses_no_count),
		cmocka_unit_test(a_hundred_holes_lose_no_count),
		cmocka_unit_test(ten_thousand_holes_lose_no_count),
		cmocka_unit_test(one_packet_may_fill_sixteen_holes),
		cmocka_unit_test(what_one_packet_fills_beyond_sixteen_holes_is_an_overflow),
		cmocka_unit_test(holes_that_one_acknowledgement_cannot_list_reorder_nothing),
		cmocka_unit_test(a_hole_that_is_never_filled_is_no_retransmission),
		cmocka_unit_test(the_clock_of_holes_may_wrap_while_one_is_open),
		cmocka_unit_test(sack_blocks_may_come_in_any_order),
	};

	return cmocka_run_group_tests_name("scenes_holes", tests, NULL, NULL);
}

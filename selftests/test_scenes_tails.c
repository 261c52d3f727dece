/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends of flights that are lost, and what only looks like it, at taps that see what arrives: told from the
 * IDs that are missing (tail.h). Each was met in real transfers.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* The rows of both taps beyond the loss. */
static void assert_arrived(const struct counters *expected, int line)
{
	scenario_assert_at(RECEIVER, A, expected, __FILE__, line);
	scenario_assert_at(MIDDLE, A, expected, __FILE__, line);
}

#define assert_arrived(...) assert_arrived(&(const struct counters){ __VA_ARGS__ }, __LINE__)

static void new_data_after_a_pause_repairs_nothing_while_a_hole_is_open(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   2, A, 2001, 3001 },
	     {  25, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  80, A, 3001, 4001 },
	     { 102, A, 1001, 2001 });
	assert_arrived(.data_segments = 4, .retransmitted_unseen_segments = 1,
		       .hole_lost_segments = 1, .id_missing_packets = 2, .cause_fast_segments = 1,
		       .loss_bursts = 1);
}

static void a_repair_that_failed_is_no_lost_tail_once_a_timeout_has_repaired(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   2, A, 2001, 3001 },
	     {  25, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 250, A, 1001, 2001 },
	     { 272, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 310, A, 4001, 5001 },
	     { 332, A, 3001, 4001 });
	assert_arrived(.data_segments = 5, .retransmitted_unseen_segments = 2,
		       .hole_lost_segments = 2, .id_missing_packets = 3, .cause_rto_segments = 1,
		       .cause_fast_segments = 1, .loss_bursts = 2);
}

/* Nothing that was sent after the missing one has arrived before the hole's repair: no sender could
 * have known by then that a repair had failed.
 */
static void what_is_missing_just_before_the_last_repair_was_the_tail(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     { 20, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 23, A, 1001, 2001 },
	     { 44, A, 3001, 4001 },
	     { 45, A, 4001, 5001 });
	assert_arrived(.data_segments = 5, .retransmitted_unseen_segments = 2,
		       .retransmitted_likely_segments = 1, .hole_lost_segments = 2,
		       .id_missing_packets = 2, .cause_fast_segments = 2, .loss_bursts = 1);
}

static void a_timeout_repairs_a_hole_and_the_tail_above_it(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   2, A, 2001, 3001 },
	     {   3, A, 3001, 4001, .fate = LOST_BEFORE },
	     {  24, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 240, A, 1001, 2001 },
	     { 262, A, 3001, 4001 },
	     { 263, A, 4001, 5001 });
	assert_arrived(.data_segments = 5, .retransmitted_unseen_segments = 2,
		       .retransmitted_likely_segments = 1, .hole_lost_segments = 2,
		       .id_missing_packets = 3, .cause_rto_segments = 2, .loss_bursts = 1);
}

static void of_what_two_timeouts_sent_nothing_was_the_tail(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   2, A, 2001, 3001 },
	     {  24, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 240, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 680, A, 1001, 2001 },
	     { 702, A, 3001, 4001 });
	assert_arrived(.data_segments = 4, .retransmitted_unseen_segments = 1,
		       .hole_lost_segments = 1, .id_missing_packets = 3, .cause_rto_segments = 1,
		       .loss_bursts = 1);
}

static void a_tails_repair_that_fails_is_repeated_by_a_timeout_and_no_more(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   2, A, 2001, 3001 },
	     {   3, A, 3001, 4001, .fate = LOST_BEFORE },
	     {  24, A, 1001, 2001 },
	     {  46, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 260, A, 3001, 4001 },
	     { 282, A, 4001, 5001 });
	assert_arrived(.data_segments = 5, .retransmitted_unseen_segments = 2,
		       .retransmitted_likely_segments = 1, .hole_lost_segments = 2,
		       .id_missing_packets = 3, .cause_fast_segments = 1, .cause_rto_segments = 1,
		       .loss_bursts = 1);
}

/* Without SACK a timeout sends again what has arrived, too, and that may be what is missing. */
static void among_unneeded_repeats_nothing_missing_is_the_tail(void **state)
{
	tell(AT(BULK, .no_sack = 1),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   2, A, 2001, 3001 },
	     {  24, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  25, A, 2001, 3001, .fate = LOST_BEFORE },
	     { 240, A, 1001, 2001 },
	     { 241, A, 2001, 3001 },
	     { 262, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_spurious_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 3, .cause_rto_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 1, .spurious_proven_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 3, .cause_rto_segments = 2,
		      .loss_bursts = 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_data_after_a_pause_repairs_nothing_while_a_hole_is_open),
		cmocka_unit_test(a_repair_that_failed_is_no_lost_tail_once_a_timeout_has_repaired),
		cmocka_unit_test(what_is_missing_just_before_the_last_repair_was_the_tail),
		cmocka_unit_test(a_timeout_repairs_a_hole_and_the_tail_above_it),
		cmocka_unit_test(of_what_two_timeouts_sent_nothing_was_the_tail),
		cmocka_unit_test(a_tails_repair_that_fails_is_repeated_by_a_timeout_and_no_more),
		cmocka_unit_test(among_unneeded_repeats_nothing_missing_is_the_tail),
	};

	return cmocka_run_group_tests_name("scenes_tails", tests, NULL, NULL);
}

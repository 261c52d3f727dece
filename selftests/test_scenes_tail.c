/* SPDX-License-Identifier: GPL-2.0-only */
/* IDs that are missing without a hole (tail.h): what repairs a lost tail, what does not, and IDs that turn out to be
 * other connections'.
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

/* The newest segment is lost right before a fast retransmission. The retransmission's acknowledgement tells the
 * sender, which repairs it without a timer (RFC 8985 6.2). It is a burst of its own.
 */
static void a_tail_lost_before_a_fast_repair_is_repaired_without_a_timer(void **state)
{
	tell(AT(BULK, .echo = 1),
	     {  0,   A,    1, 1001 },
	     {  1,   A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2,   A, 2001, 3001 },
	     { 20,   A, 3001, 4001 },
	     { 21,   A, 4001, 5001, .fate = LOST_BEFORE },
	     { 22.5, A, 1001, 2001 },
	     { 44,   A, 4001, 5001 },
	     { 45,   A, 5001, 6001 });
	assert_arrived(.data_segments = 6, .retransmitted_unseen_segments = 2,
		       .retransmitted_likely_segments = 1, .retransmitted_bytes = 2000,
		       .hole_lost_segments = 2, .id_missing_packets = 2, .cause_fast_segments = 2,
		       .loss_bursts = 2);
	assert_row_at(SENDER, A, .data_segments = 8, .retransmitted_seen_segments = 2,
		      .retransmitted_bytes = 2000, .cause_fast_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 2);
}

/* The same, but what is missing may be the retransmission's first attempt: more than a round trip has gone since. */
static void a_repair_after_a_round_trip_may_be_its_own_second_attempt(void **state)
{
	tell(AT(BULK, .echo = 1),
	     {  0,   A,    1, 1001 },
	     {  1,   A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2,   A, 2001, 3001 },
	     {  3,   A, 3001, 4001 },
	     { 24,   A, 1001, 2001, .fate = LOST_BEFORE },
	     { 25,   A, 4001, 5001 },
	     { 48,   A, 1001, 2001 },
	     { 70,   A, 5001, 6001 });
	assert_arrived(.data_segments = 6, .retransmitted_unseen_segments = 1,
		       .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		       .id_missing_packets = 2, .cause_fast_segments = 1, .loss_bursts = 1);
}

/* A timeout and its double went by: among the four missing packets are retransmissions, nobody knows how many, and
 * one alone is taken for repaired. lost_before_packets has all four.
 */
static void a_silence_of_two_timeouts_tells_of_one_repair(void **state)
{
	tell(AT(BULK, .echo = 1),
	     {   0, A,    1, 1001, .fate = LOST_BEFORE },
	     {   0, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   0, A, 2001, 3001, .fate = LOST_BEFORE },
	     { 220, A,    1, 1001, .fate = LOST_BEFORE },
	     { 660, A,    1, 1001 },
	     { 681, A, 1001, 2001 },
	     { 681, A, 2001, 3001 });
	assert_arrived(.data_segments = 3, .retransmitted_unseen_segments = 1,
		       .retransmitted_likely_segments = 1, .retransmitted_bytes = 1000,
		       .hole_lost_segments = 1, .id_missing_packets = 4, .cause_rto_segments = 1,
		       .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 4,
		      .retransmitted_bytes = 4000, .cause_rto_segments = 4, .loss_bursts = 2);
}

/* Of two holes one is filled, and an ID is missing: it is that of the other one's repair, not of a tail. */
static void while_a_hole_is_open_what_is_missing_is_no_tail(void **state)
{
	tell(AT(BULK, .echo = 1),
	     {  0,   A,    1, 1001 },
	     {  1,   A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2,   A, 2001, 3001 },
	     {  2.5, A, 3001, 4001, .fate = LOST_BEFORE },
	     {  3,   A, 4001, 5001 },
	     { 20,   A, 5001, 6001 },
	     { 23.2, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 23.5, A, 1001, 2001 },
	     { 25,   A, 6001, 7001 },
	     { 60,   A, 3001, 4001 });
	assert_arrived(.data_segments = 7, .retransmitted_unseen_segments = 2,
		       .retransmitted_bytes = 2000, .hole_lost_segments = 2,
		       .id_missing_packets = 3, .cause_fast_segments = 2, .loss_bursts = 2);
	assert_row_at(SENDER, A, .data_segments = 10, .retransmitted_seen_segments = 3,
		      .retransmitted_bytes = 3000, .cause_fast_segments = 3, .loss_bursts = 3);
}

/* The ID went missing before an acknowledgement that passed; then there was silence, and new data in sequence. */
static void an_id_missing_before_the_silence_is_no_lost_tail(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     {   0,   A,    1, 1001 },
	     {   0.1, B,    1,    1 },
	     {  10,   A, 1001, 1001, .fate = LOST_BEFORE },
	     {  20,   A, 1001, 1001 },
	     { 400,   A, 1001, 2001 },
	     { 400.1, B,    1,    1 });
	assert_row(A, .data_segments = 2, .id_missing_packets = 1);
}

/* Every other ID is another packet's, where no data is missing and nothing is left to acknowledge: after four of
 * these the counter is known to be shared, and nothing was lost.
 */
static void gaps_without_missing_data_are_other_connections_packets(void **state)
{
	enum place place;

	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		play(AT(.tap = place, BULK),
		     { 0, A,    1, 1001, .id =  1 },
		     { 1, A, 1001, 2001, .id =  3 },
		     { 2, A, 2001, 3001, .id =  5 },
		     { 3, A, 3001, 4001, .id =  7 },
		     { 4, A, 4001, 5001, .id =  9 },
		     { 5, A, 5001, 6001, .id = 11 });
		assert_row(A, .data_segments = 6, .id_missing_packets = 4, .id_late_packets = 4);
	}
}

/* Three such gaps prove nothing, and neither do four where as many explain holes of their size. */
static void few_gaps_without_missing_data_are_losses_still(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     { 0, A,    1, 1001, .id = 1 },
	     { 1, A, 1001, 2001, .id = 3 },
	     { 2, A, 2001, 3001, .id = 5 },
	     { 3, A, 3001, 4001, .id = 7 },
	     { 4, A, 4001, 5001, .id = 8 });
	assert_row(A, .data_segments = 5, .id_missing_packets = 3);
	play(AT(.tap = RECEIVER, BULK),
	     { 0, A,     1,  1001, .id =  1 },
	     { 1, A,  2001,  3001, .id =  3 },
	     { 2, A,  4001,  5001, .id =  5 },
	     { 3, A,  6001,  7001, .id =  7 },
	     { 4, A,  8001,  9001, .id =  9 },
	     { 5, A,  9001, 10001, .id = 11 },
	     { 6, A, 10001, 11001, .id = 13 },
	     { 7, A, 11001, 12001, .id = 15 },
	     { 8, A, 12001, 13001, .id = 17 });
	assert_row(A, .data_segments = 9, .id_missing_packets = 8);
}

/* A request every 300 ms, and each time another connection took an ID: were they repairs, every segment would have
 * been lost. The fifth one shows it, and takes the IDs back; what was counted as a repair stays, as likely. One
 * burst: they follow each other.
 */
static void repairs_of_every_few_segments_are_none(void **state)
{
	static struct step steps[10];
	int i;

	for (i = 0; i < 10; i++)
		steps[i] = (struct step){ i * 300, A, 1 + i * 1000, 1001 + i * 1000, .id = 1 + 2 * i };
	scenario_play(AT(.tap = RECEIVER, BULK), steps, 10, __FILE__, __LINE__);
	assert_row(A, .data_segments = 10, .retransmitted_unseen_segments = 5,
		   .retransmitted_likely_segments = 5, .retransmitted_bytes = 5000,
		   .hole_lost_segments = 5, .cause_rto_segments = 5, .loss_bursts = 1,
		   .id_missing_packets = 5, .id_late_packets = 5);
}

/* The tap missed an acknowledgement of the sender's own; 350 ms later it has something to say. */
static void nothing_is_lost_before_the_senders_own_tap(void **state)
{
	play(AT(.tap = SENDER, BULK),
	     {   0, A,    1, 1001 },
	     {  20, B,    1,    1 },
	     {  50, A, 1001, 1001, .fate = MISSED },
	     { 400, A, 1001, 2001 },
	     { 420, B,    1,    1 });
	assert_row(A, .data_segments = 2, .id_missing_packets = 1);
}

/* The missing ID may be that of an acknowledgement, which was due. */
static void what_an_acknowledgement_explains_is_no_lost_tail(void **state)
{
	tell(AT(BULK, .quiet = 1),
	     {   0, B,    1, 1001 },
	     {  20, A,    1,    1, .fate = LOST_BEFORE },
	     { 400, A,    1, 1001 },
	     { 410, B, 1001, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 1, .id_missing_packets = 1);
	assert_row_at(RECEIVER, B, .data_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 1, .id_missing_packets = 1);
}

/* One ID is missing before a packet of three segments: they cannot all be what was lost. */
static void more_segments_than_ids_are_missing_are_no_repair(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     {     0,   A,    1, 1001 },
	     {     0.1, B,    1,    1 },
	     {    10,   A, 1001, 1001, .fate = LOST_BEFORE },
	     {   400,   A, 1001, 4001, .segments = 3 },
	     {   400.1, B,    1,    1 });
	assert_row(A, .data_segments = 4, .id_missing_packets = 1);
}

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
		       .id_missing_packets = 2, .cause_fast_segments = 2, .loss_bursts = 2);
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
		       .id_missing_packets = 3, .cause_rto_segments = 2, .loss_bursts = 2);
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
		       .loss_bursts = 2);
}

/* Without SACK a timeout sends again what has arrived, too, and that may be what is missing. In the middle nothing
 * proves the second one unneeded: the acknowledgement of both echoes the first.
 */
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
		      .retransmitted_seen_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 3, .cause_rto_segments = 2,
		      .loss_bursts = 2);
}

/* Sent before the repair of a hole, and overtaken by it alone: what is missing comes itself. */
static void what_a_repair_overtook_repairs_nothing(void **state)
{
	tell(AT(BULK, .no_timestamps = 1),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     { 22.9, A, 3001, 4001, .late = 2 },
	     { 23, A, 1001, 2001 });
	assert_arrived(.data_segments = 4, .retransmitted_unseen_segments = 1,
		       .hole_lost_segments = 1, .id_missing_packets = 2, .id_late_packets = 1,
		       .cause_fast_segments = 1, .loss_bursts = 1);
}

/* A hole of 1,800 bytes was three packets, since the application had written little; two full ones would fit. The probe
 * brings new data (RFC 8985 7.3).
 */
static void a_hole_that_full_segments_do_not_fit_explains_any_number_of_ids(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 2401, .fate = LOST_BEFORE },
	     {  3, A, 2401, 2801, .fate = LOST_BEFORE },
	     { 64, A, 2801, 3801 },
	     { 86, A, 1001, 2001 },
	     { 87, A, 2001, 2801 });
	assert_arrived(.data_segments = 4, .retransmitted_unseen_segments = 2,
		       .hole_lost_segments = 3, .id_missing_packets = 3, .cause_fast_segments = 2,
		       .loss_bursts = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tail_lost_before_a_fast_repair_is_repaired_without_a_timer),
		cmocka_unit_test(a_repair_after_a_round_trip_may_be_its_own_second_attempt),
		cmocka_unit_test(a_silence_of_two_timeouts_tells_of_one_repair),
		cmocka_unit_test(while_a_hole_is_open_what_is_missing_is_no_tail),
		cmocka_unit_test(an_id_missing_before_the_silence_is_no_lost_tail),
		cmocka_unit_test(gaps_without_missing_data_are_other_connections_packets),
		cmocka_unit_test(few_gaps_without_missing_data_are_losses_still),
		cmocka_unit_test(repairs_of_every_few_segments_are_none),
		cmocka_unit_test(nothing_is_lost_before_the_senders_own_tap),
		cmocka_unit_test(what_an_acknowledgement_explains_is_no_lost_tail),
		cmocka_unit_test(more_segments_than_ids_are_missing_are_no_repair),
		cmocka_unit_test(new_data_after_a_pause_repairs_nothing_while_a_hole_is_open),
		cmocka_unit_test(a_repair_that_failed_is_no_lost_tail_once_a_timeout_has_repaired),
		cmocka_unit_test(what_is_missing_just_before_the_last_repair_was_the_tail),
		cmocka_unit_test(a_timeout_repairs_a_hole_and_the_tail_above_it),
		cmocka_unit_test(of_what_two_timeouts_sent_nothing_was_the_tail),
		cmocka_unit_test(a_tails_repair_that_fails_is_repeated_by_a_timeout_and_no_more),
		cmocka_unit_test(among_unneeded_repeats_nothing_missing_is_the_tail),
		cmocka_unit_test(what_a_repair_overtook_repairs_nothing),
		cmocka_unit_test(a_hole_that_full_segments_do_not_fit_explains_any_number_of_ids),
	};

	return cmocka_run_group_tests_name("scenes_tail", tests, NULL, NULL);
}

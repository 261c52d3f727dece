/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments that are lost, before a tap and beyond it, and what repairs them. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

static void a_thousand_segments_without_a_loss_count_as_a_thousand(void **state)
{
	static struct step steps[1000];
	int i;

	for (i = 0; i < 1000; i++)
		steps[i] = (struct step){ i * 0.25, A, 1 + i * 1000, 1001 + i * 1000 };
	scenario_tell(AT(BULK), steps, 1000, __FILE__, __LINE__);
	for (i = RECEIVER; i <= MIDDLE; i++) {
		assert_row_at(i, A, .data_segments = 1000, .data_bytes = 1000000, .packets = 1000);
		assert_row_at(i, B, .packets = 1000);
		assert_int_equal(row[B].duplicate_acks, 0);
	}
}

static void one_lost_segment_is_lost_once_on_one_side_of_each_tap(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_BEFORE },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 26, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		      .stalls = 1, .stall_ns = 23000000);
	assert_row_at(RECEIVER, B, .duplicate_acks = 3, .sack_blocks = 3);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B, .duplicate_acks = 3, .sack_blocks = 3);
	assert_row_at(MIDDLE, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		      .stalls = 1);
	assert_row_at(MIDDLE, B, .duplicate_acks = 3, .sack_blocks = 3);
}

static void a_loss_beyond_the_middle_is_lost_after_it(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_AFTER },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 26, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 7, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, B, .duplicate_acks = 3);
}

/* Nothing arrives above the lost segment, so its repair looks like new data at a receiver. The
 * table expects no more there than a missing ID; the ID together with the timer's silence before
 * the repair says what it was (tail.h), though no more than likely.
 */
static void a_lost_tail_that_a_probe_repairs_is_likely_a_retransmission(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_BEFORE },
	     { 64, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .retransmitted_unseen_segments = 1,
		      .retransmitted_likely_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_tlp_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 4, .retransmitted_seen_segments = 1,
		      .cause_tlp_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_unseen_segments = 1,
		      .retransmitted_likely_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_tlp_segments = 1, .loss_bursts = 1);
}

static void without_ids_a_receiver_cannot_know_of_a_lost_tail(void **state)
{
	tell(AT(BULK, .family = 6),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .fate = LOST_AFTER },
	     { 64, A, 2001, 3001 });
	assert_row_at(RECEIVER, A, .data_segments = 3);
	assert_row_at(SENDER, A, .data_segments = 4, .retransmitted_seen_segments = 1,
		      .cause_tlp_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 4, .retransmitted_seen_segments = 1,
		      .cause_tlp_segments = 1, .loss_bursts = 1);
}

/* At the sender the two repairs go backwards: two runs. */
static void a_probe_of_a_lost_tail_of_two_makes_the_other_repair_fast(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001, .fate = LOST_BEFORE },
	     { 64, A, 2001, 3001 },
	     { 85, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .retransmitted_unseen_segments = 2,
		      .retransmitted_likely_segments = 1, .hole_lost_segments = 2,
		      .id_missing_packets = 2, .cause_tlp_segments = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 5, .retransmitted_seen_segments = 2,
		      .cause_tlp_segments = 1, .cause_fast_segments = 1, .loss_bursts = 2);
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_unseen_segments = 2,
		      .retransmitted_likely_segments = 1, .hole_lost_segments = 2,
		      .id_missing_packets = 2, .cause_tlp_segments = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1);
}

/* The receiver sees one packet, two IDs after the one before: one of the two was the original, the
 * other may have been anything, so only one loss is taken to be repaired here. lost_before_packets
 * has both.
 */
static void a_segment_that_needs_three_attempts_is_lost_twice(void **state)
{
	tell(AT(BULK),
	     {   0, A,    1, 1001, .fate = LOST_BEFORE },
	     { 220, A,    1, 1001, .fate = LOST_BEFORE },
	     { 660, A,    1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 1, .retransmitted_unseen_segments = 1,
		      .retransmitted_likely_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 2, .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 2,
		      .cause_rto_segments = 2, .loss_bursts = 2);
	assert_row_at(MIDDLE, A, .data_segments = 1, .retransmitted_unseen_segments = 1,
		      .retransmitted_likely_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 2, .cause_rto_segments = 1, .loss_bursts = 1);
}

static void a_lost_retransmission_is_missed_by_its_id(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 26, A, 5001, 6001 },
	     { 27, A, 6001, 7001 },
	     { 50, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 7, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 2, .cause_fast_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 2,
		      .cause_fast_segments = 2, .loss_bursts = 2);
	assert_row_at(MIDDLE, A, .data_segments = 7, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 2, .cause_fast_segments = 1,
		      .loss_bursts = 1);
}

/* Lost on different sides of the middle, which sees each of them. */
static void a_loss_before_and_its_repair_lost_after_are_one_on_each_side(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001, .fate = LOST_AFTER },
	     { 26, A, 5001, 6001 },
	     { 27, A, 6001, 7001 },
	     { 50, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 7, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 2, .cause_fast_segments = 1,
		      .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 2,
		      .cause_fast_segments = 2, .loss_bursts = 2);
	assert_row_at(MIDDLE, A, .data_segments = 8, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 2, .loss_bursts = 2);
}

/* The table expects nothing but the missing IDs at a receiver; the timeout's silence tells more. */
static void a_whole_flight_lost_is_one_burst_repaired_after_one_timeout(void **state)
{
	int place;

	tell(AT(BULK),
	     {   0, A,    1, 1001, .fate = LOST_BEFORE },
	     {   0, A, 1001, 2001, .fate = LOST_BEFORE },
	     {   0, A, 2001, 3001, .fate = LOST_BEFORE },
	     {   0, A, 3001, 4001, .fate = LOST_BEFORE },
	     {   0, A, 4001, 5001, .fate = LOST_BEFORE },
	     { 220, A,    1, 1001 },
	     { 241, A, 1001, 2001 },
	     { 241, A, 2001, 3001 },
	     { 262, A, 3001, 4001 },
	     { 262, A, 4001, 5001 },
	     { 262, A, 5001, 6001 });
	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		assert_row_at(place, A, .data_segments = 6, .retransmitted_unseen_segments = 5,
			      .retransmitted_likely_segments = 5, .retransmitted_bytes = 5000,
			      .hole_lost_segments = 5, .id_missing_packets = 5,
			      .cause_rto_segments = 5, .loss_bursts = 1);
		assert_int_equal(extremes_at[place][A].loss_burst_max_segments, 5);
	}
	assert_row_at(SENDER, A, .data_segments = 11, .retransmitted_seen_segments = 5,
		      .retransmitted_bytes = 5000, .cause_rto_segments = 5, .loss_bursts = 1);
	assert_int_equal(extremes_at[SENDER][A].loss_burst_max_segments, 5);
}

/* The copy of the retransmission makes the receiver report what it got twice. A sender cannot tell
 * that DSACK from one for a late original (RFC 3708 2 asks that nothing be duplicated), and takes
 * it for that: the table, too, calls this one undecidable.
 */
static void a_copy_of_a_retransmission_is_the_networks(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001, .copied = 3 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1, .duplicated_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(SENDER, B, .dsack_blocks = 1);
	assert_row_at(MIDDLE, A, .data_segments = 6, .retransmitted_unseen_segments = 1,
		      .hole_lost_segments = 1, .id_missing_packets = 1, .cause_fast_segments = 1,
		      .loss_bursts = 1, .duplicated_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1);
}

static void lost_pure_acknowledgements_of_an_upload_are_missed_by_their_ids(void **state)
{
	static struct step steps[100];
	int i;

	for (i = 0; i < 100; i++)
		steps[i] = (struct step){
			i * 0.5, A, 1 + i * 1000, 1001 + i * 1000,
			.answer = i % 20 == 7 ? LOST_BEFORE : i % 20 == 12 ? LOST_AFTER : PASSES,
		};
	scenario_tell(AT(BULK), steps, 100, __FILE__, __LINE__);
	for (i = RECEIVER; i <= MIDDLE; i++)
		assert_row_at(i, A, .data_segments = 100);
	assert_row_at(RECEIVER, B, .packets = 100);
	assert_row_at(MIDDLE, B, .packets = 95, .id_missing_packets = 5);
	assert_row_at(SENDER, B, .packets = 90, .id_missing_packets = 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_segments_without_a_loss_count_as_a_thousand),
		cmocka_unit_test(one_lost_segment_is_lost_once_on_one_side_of_each_tap),
		cmocka_unit_test(a_loss_beyond_the_middle_is_lost_after_it),
		cmocka_unit_test(a_lost_tail_that_a_probe_repairs_is_likely_a_retransmission),
		cmocka_unit_test(without_ids_a_receiver_cannot_know_of_a_lost_tail),
		cmocka_unit_test(a_probe_of_a_lost_tail_of_two_makes_the_other_repair_fast),
		cmocka_unit_test(a_segment_that_needs_three_attempts_is_lost_twice),
		cmocka_unit_test(a_lost_retransmission_is_missed_by_its_id),
		cmocka_unit_test(a_loss_before_and_its_repair_lost_after_are_one_on_each_side),
		cmocka_unit_test(a_whole_flight_lost_is_one_burst_repaired_after_one_timeout),
		cmocka_unit_test(a_copy_of_a_retransmission_is_the_networks),
		cmocka_unit_test(lost_pure_acknowledgements_of_an_upload_are_missed_by_their_ids),
	};

	return cmocka_run_group_tests_name("scenes_loss", tests, NULL, NULL);
}

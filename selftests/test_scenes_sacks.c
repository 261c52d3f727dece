/* SPDX-License-Identifier: GPL-2.0-only */
/* What SACKs, DSACKs and echoes prove of the data beyond a tap, once and no more, and where they prove nothing. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20
#define SACKED_RANGES 12 /* as many as the scoreboard has room for */

/* Each block joins the one before: the scoreboard holds one range, and segments that arrive late are seen late. */
static void blocks_that_follow_each_other_are_one_range(void **state)
{
	static struct step steps[40];
	int i, n = 0;

	for (i = 0; i < 20; i++)
		steps[n++] = (struct step){ i * 0.1, A, 1 + i * 1000, 1001 + i * 1000,
					    .fate = LOST_AFTER };
	for (i = 1; i <= SACKED_RANGES + 2; i++)
		steps[n++] = (struct step){ 20 + i * 0.1, B, 1, 1, .ack = 1,
					    .sack = { { 1 + i * 1000, 1001 + i * 1000 } } };
	steps[n++] = (struct step){ 23, B, 1, 1, .ack = 1, .sack = { { 17001, 18001 } } };
	steps[n++] = (struct step){ 24, B, 1, 1, .ack = 1, .sack = { { 16001, 17001 } } };
	steps[n++] = (struct step){ 25, B, 1, 1, .ack = 1, .sack = { { 15001, 16001 } } };
	steps[n++] = (struct step){ 26, B, 1, 1, .ack = 20001 };
	scenario_play(AT(.tap = SENDER, BULK), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 20, .reordered_after_segments = 3);
	assert_row(B, .sack_blocks = SACKED_RANGES + 5, .duplicate_acks = SACKED_RANGES + 5);
}

/* With more ranges than there is room for nobody knows which of the lower ones had arrived; once all is
 * acknowledged the scoreboard begins anew.
 */
static void ranges_without_room_prove_nothing_until_all_is_acknowledged(void **state)
{
	static struct step steps[70];
	int i, n = 0;

	for (i = 0; i < 40; i++)
		steps[n++] = (struct step){ i * 0.1, A, 1 + i * 1000, 1001 + i * 1000,
					    .fate = LOST_AFTER };
	for (i = 1; i <= 2 * SACKED_RANGES + 3; i += 2)
		steps[n++] = (struct step){ 20 + i * 0.1, B, 1, 1, .ack = 1,
					    .sack = { { 1 + i * 1000, 1001 + i * 1000 } } };
	steps[n++] = (struct step){ 25, B, 1, 1, .ack = 1, .sack = { { 2001, 3001 } } };
	steps[n++] = (struct step){ 26, B, 1, 1, .ack = 40001 };
	steps[n++] = (struct step){ 30, A, 40001, 41001, .fate = LOST_AFTER };
	steps[n++] = (struct step){ 30, A, 41001, 42001, .fate = LOST_AFTER };
	steps[n++] = (struct step){ 51, B, 1, 1, .ack = 40001, .sack = { { 41001, 42001 } } };
	steps[n++] = (struct step){ 52, B, 1, 1, .ack = 42001 };
	scenario_play(AT(.tap = SENDER, BULK), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 42, .reordered_after_segments = 1);
}

/* Another segment is missing before the middle while this one is late beyond it. */
static void a_hole_elsewhere_does_not_hide_reordering_beyond(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001, .late = 2.5, .beyond = 1 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 26, A,    1, 1001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .reordered_segments = 1, .id_missing_packets = 2, .id_late_packets = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 1, .loss_bursts = 1,
		      .reordered_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1, .loss_bursts = 1,
		      .reordered_after_segments = 1);
}

/* Late, and by a way that does not pass the tap: where it was late nobody can say. */
static void what_the_tap_missed_was_not_reordered_beyond_it(void **state)
{
	tell(AT(BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .fate = MISSED, .late = 2.5 },
	     { 2, A, 2001, 3001 },
	     { 3, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .id_missing_packets = 1,
		      .unseen_bytes = 1000);
	assert_row_at(MIDDLE, A, .data_segments = 3, .id_missing_packets = 1,
		      .unseen_bytes = 1000);
}

/* Of a merged repeat two DSACKs prove one half each, and a third proves nothing more. */
static void the_parts_of_a_repeat_are_proven_unneeded_one_by_one(void **state)
{
	play(AT(.tap = SENDER, BULK, .no_timestamps = 1),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     {   2, A, 2001, 3001 },
	     { 300, A,    1, 2001, .segments = 2 },
	     { 310, B,    1,    1 },
	     { 320, B,    1,    1, .sack = { { 1, 1001 } } },
	     { 321, B,    1,    1, .sack = { { 1001, 2001 } } },
	     { 322, B,    1,    1, .sack = { { 1, 1001 } } });
	assert_row(A, .data_segments = 5, .retransmitted_seen_segments = 2,
		   .retransmitted_bytes = 2000, .cause_rto_segments = 2, .loss_bursts = 1,
		   .spurious_proven_segments = 2);
	assert_row(B, .dsack_blocks = 3);
}

/* One of two was proven by a DSACK while the other was missing; the acknowledgement of both, which answers the
 * originals, proves the other one alone (RFC 3522).
 */
static void an_echo_proves_nothing_that_a_dsack_has_proven(void **state)
{
	play(AT(.tap = SENDER, BULK),
	     {  0, A,    1, 1001, .fate = LOST_AFTER },
	     {  0, A, 1001, 2001, .fate = LOST_AFTER },
	     {  0, A, 2001, 3001, .fate = LOST_AFTER },
	     {  1, A, 3001, 4001, .fate = LOST_AFTER },
	     { 21, B,    1,    1, .ack = 1, .sack = { { 3001, 4001 }, { 1001, 2001 } } },
	     { 30, A,    1, 1001, .fate = LOST_AFTER },
	     { 32, A, 2001, 3001, .fate = LOST_AFTER },
	     { 33, B,    1,    1, .ack = 1, .sack = { { 1001, 4001 } } },
	     { 52, B,    1,    1, .ack = 1, .sack = { { 2001, 3001 }, { 1001, 4001 } } },
	     { 53, B,    1,    1, .ack = 4001, .tsecr = 1 });
	assert_row(A, .data_segments = 6, .retransmitted_seen_segments = 2,
		   .retransmitted_bytes = 2000, .cause_fast_segments = 2, .loss_bursts = 2,
		   .spurious_proven_segments = 2, .reordered_after_segments = 1);
	assert_row(B, .dsack_blocks = 1);
}

/* The same of two that were sent again together, which is one repeat. */
static void an_echo_proves_what_a_dsack_has_left_of_a_repeat(void **state)
{
	play(AT(.tap = SENDER, BULK),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     {   2, A, 2001, 3001 },
	     { 300, A,    1, 2001, .segments = 2, .fate = LOST_AFTER },
	     { 310, B,    1,    1, .ack = 1, .sack = { { 1001, 2001 }, { 1001, 3001 } } },
	     { 320, B,    1,    1, .ack = 3001, .tsecr = 1 });
	assert_row(A, .data_segments = 5, .retransmitted_seen_segments = 2,
		   .retransmitted_bytes = 2000, .cause_rto_segments = 2, .loss_bursts = 1,
		   .spurious_proven_segments = 2);
	assert_row(B, .dsack_blocks = 1);
}

/* A keep-alive's octet is answered by a DSACK; so is a copy of a segment, or of an octet of data. */
static void a_keepalive_hides_no_copy_of_a_segment(void **state)
{
	play(AT(.tap = SENDER, BULK),
	     {    0, A,    1, 1001 },
	     {   20, B,    1,    1 },
	     { 7000, A, 1000, 1001 },
	     { 7020, B,    1,    1, .sack = { { 1000, 1001 } } },
	     { 8000, A, 1001, 2001 },
	     { 8020, B,    1,    1 },
	     { 8021, B,    1,    1, .sack = { { 1001, 2001 } } });
	assert_row(A, .data_segments = 3, .keepalives = 1, .duplicated_after_segments = 1);
	assert_row(B, .dsack_blocks = 2);
	play(AT(.tap = SENDER, BULK),
	     {    0, A,    1, 1001 },
	     {    1, A, 1001, 1002 },
	     {   20, B,    1,    1 },
	     {   21, B,    1,    1, .sack = { { 1001, 1002 } } });
	assert_row(A, .data_segments = 2, .duplicated_after_segments = 1);
	assert_row(B, .dsack_blocks = 1);
}

/* Fourteen repeats, of which twelve are remembered: who made the duplicate of the first nobody knows any more,
 * until all of them are acknowledged.
 */
static void a_repeat_that_is_forgotten_proves_nothing(void **state)
{
	static struct step steps[60];
	int i, n = 0;

	for (i = 0; i < 30; i++)
		steps[n++] = (struct step){ i * 0.1, A, 1 + i * 1000, 1001 + i * 1000,
					    .fate = LOST_AFTER };
	for (i = 0; i < 28; i += 2)
		steps[n++] = (struct step){ 300 + i * 0.1, A, 1 + i * 1000, 1001 + i * 1000,
					    .fate = LOST_AFTER };
	steps[n++] = (struct step){ 320, B, 1, 1, .ack = 2001, .sack = { { 1, 1001 } } };
	steps[n++] = (struct step){ 321, B, 1, 1, .ack = 30001 };
	steps[n++] = (struct step){ 330, A, 30001, 31001 };
	steps[n++] = (struct step){ 350, B, 1, 1, .ack = 31001 };
	steps[n++] = (struct step){ 351, B, 1, 1, .ack = 31001, .sack = { { 30001, 31001 } } };
	scenario_play(AT(.tap = SENDER, BULK, .no_timestamps = 1), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 45, .retransmitted_seen_segments = 14,
		   .retransmitted_bytes = 14000, .cause_rto_segments = 14, .loss_bursts = 14,
		   .duplicated_after_segments = 1);
	assert_row(B, .dsack_blocks = 2);
}

/* Acknowledgements that data carries, and updates of the window where something went wrong before; with new SACKs
 * a change of the window does not matter (RFC 6675 2).
 */
static void what_else_repeats_an_acknowledgement_is_no_duplicate_of_it(void **state)
{
	play(AT(.tap = SENDER, BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     { 21, B,    1,    1, .ack = 1001, .sack = { { 2001, 3001 } }, .window = 60000 },
	     { 22, B,    1,    1, .ack = 1001, .window = 60100 },
	     { 23, B,    1,    1, .ack = 1001, .window = 60200 },
	     { 24, B,    1,  501, .ack = 1001, .window = 60200 },
	     { 25, B,  501, 1001, .ack = 1001, .window = 60200 },
	     { 26, B, 1001, 1001, .ack = 1001, .window = 60300, .sack = { { 2001, 3001 } } },
	     { 27, B, 1001, 1001, .ack = 3001 });
	assert_int_equal(row[B].duplicate_acks, 1);
	assert_row(A, .data_segments = 3, .reordered_after_segments = 1);
	assert_row(B, .data_segments = 2, .sack_blocks = 2);
}

/* RFC 2018 3: a block that begins at the acknowledgement is none, and no DSACK either. */
static void a_block_at_the_acknowledgement_says_nothing(void **state)
{
	play(AT(.tap = SENDER, BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     { 21, B,    1,    1, .ack = 1001, .sack = { { 1001, 2001 } } },
	     { 22, B,    1,    1, .ack = 2001 },
	     { 23, B,    1,    1, .ack = 3001 });
	assert_row(A, .data_segments = 3);
	assert_row(B, .sack_blocks = 1);
}

/* Blocks that every acknowledgement repeats count once each, and say it anew when the receiver has taken all back. */
static void blocks_that_are_repeated_hold_until_they_are_taken_back(void **state)
{
	play(AT(.tap = SENDER, BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     { 21, B,    1,    1, .ack =    1, .sack = { { 1001, 2001 } } },
	     { 23, B,    1,    1, .ack =    1, .sack = { { 3001, 4001 }, { 1001, 2001 } } },
	     { 25, B,    1,    1, .ack =    1, .sack = { { 5001, 6001 }, { 3001, 4001 }, { 1001, 2001 } } },
	     { 26, B,    1,    1, .ack =    1, .sack = { { 5001, 6001 }, { 3001, 4001 }, { 1001, 2001 } } },
	     { 27, B,    1,    1, .ack = 1501 },
	     { 28, B,    1,    1, .ack = 1501, .sack = { { 5001, 6001 }, { 3001, 4001 } } },
	     { 50, A, 3001, 4001 },
	     { 51, A, 2001, 3001 });
	assert_row(A, .data_segments = 8, .retransmitted_spurious_segments = 1,
		   .retransmitted_seen_segments = 1, .retransmitted_bytes = 2000,
		   .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row(B, .sack_blocks = 11, .sack_reneges = 1, .duplicate_acks = 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_that_follow_each_other_are_one_range),
		cmocka_unit_test(ranges_without_room_prove_nothing_until_all_is_acknowledged),
		cmocka_unit_test(a_hole_elsewhere_does_not_hide_reordering_beyond),
		cmocka_unit_test(what_the_tap_missed_was_not_reordered_beyond_it),
		cmocka_unit_test(the_parts_of_a_repeat_are_proven_unneeded_one_by_one),
		cmocka_unit_test(an_echo_proves_nothing_that_a_dsack_has_proven),
		cmocka_unit_test(an_echo_proves_what_a_dsack_has_left_of_a_repeat),
		cmocka_unit_test(a_keepalive_hides_no_copy_of_a_segment),
		cmocka_unit_test(a_repeat_that_is_forgotten_proves_nothing),
		cmocka_unit_test(what_else_repeats_an_acknowledgement_is_no_duplicate_of_it),
		cmocka_unit_test(a_block_at_the_acknowledgement_says_nothing),
		cmocka_unit_test(blocks_that_are_repeated_hold_until_they_are_taken_back),
	};

	return cmocka_run_group_tests_name("scenes_sacks", tests, NULL, NULL);
}

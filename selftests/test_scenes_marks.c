/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that come again, told by timestamps alone, or by IDs alone, against what filled their hole or repeated
 * them before: the same packet once more, a later one, an original after its retransmission, or undecided.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20, .echo = 1, .ids = IDS_ZERO
#define BY_IDS .handshake = 1, .prelude = 20, .no_timestamps = 1

/* Something out of the ordinary, 100 ms before the rest: from then on the tick is known. */
#define START \
	{  0.1, A,    1, 1001 }, \
	{  1.2, A, 1001, 2001, .late = 3 }, \
	{  3.3, A, 2001, 3001 }

static void a_copy_of_what_filled_a_hole_has_its_timestamp(void **state)
{
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 121, A, 4001, 5001 },
	     { 122, A, 5001, 6001 },
	     { 123, A, 6001, 7001 },
	     { 145, A, 3001, 4001, .copied = 3 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 8, .reordered_segments = 1,
			      .retransmitted_unseen_segments = 1, .retransmitted_bytes = 1000,
			      .hole_lost_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1,
			      .duplicated_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 8, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 1, .loss_bursts = 1,
		      .reordered_after_segments = 1, .spurious_proven_segments = 1);
}

/* The acknowledgement of what filled the hole is lost on its way: behind the receiver's tap, before the
 * others. The timeout's segment has a later timestamp than the one before.
 */
static void a_repeat_of_what_filled_a_hole_has_a_later_timestamp(void **state)
{
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 121, A, 4001, 5001 },
	     { 122, A, 5001, 6001 },
	     { 123, A, 6001, 7001 },
	     { 145, A, 3001, 4001, .answer = LOST_BEFORE },
	     { 400, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 2000, .hole_lost_segments = 1,
		      .cause_fast_segments = 1, .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 2,
		      .retransmitted_bytes = 2000, .cause_fast_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 2, .reordered_after_segments = 1,
		      .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 2000, .hole_lost_segments = 1,
		      .cause_fast_segments = 1, .cause_rto_segments = 1, .loss_bursts = 2,
		      .spurious_proven_segments = 1);
}

/* The original is older than what opened the hole; the retransmission that filled it is not. */
static void an_original_after_what_filled_its_hole_has_an_older_timestamp(void **state)
{
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .late = 30 },
	     { 122, A, 4001, 5001 },
	     { 123, A, 5001, 6001 },
	     { 124, A, 6001, 7001 },
	     { 145, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_bytes = 1000,
		      .hole_lost_segments = 1, .late_original_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .paws_rejected_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 8, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 1, .loss_bursts = 1,
		      .reordered_after_segments = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_bytes = 1000,
		      .hole_lost_segments = 1, .late_original_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
}

/* Of two retransmissions the second arrives first. The first is older than it, but later than the hole's
 * opener: no original.
 */
static void a_retransmission_that_the_next_one_overtook_is_no_original(void **state)
{
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 121, A, 4001, 5001 },
	     { 122, A, 5001, 6001 },
	     { 123, A, 6001, 7001 },
	     { 145, A, 3001, 4001, .late = 300 },
	     { 400, A, 3001, 4001 });
	assert_row_at(RECEIVER, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 2000, .hole_lost_segments = 1,
		      .cause_rto_segments = 1, .cause_unknown_segments = 1, .loss_bursts = 1,
		      .paws_rejected_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 9, .retransmitted_seen_segments = 2,
		      .retransmitted_bytes = 2000, .cause_fast_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 2, .reordered_after_segments = 1,
		      .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 2000, .hole_lost_segments = 1,
		      .cause_rto_segments = 1, .cause_unknown_segments = 1, .loss_bursts = 1);
}

/* Seen by the middle, lost beyond; the timeout's segment comes in two copies, more than half a round trip apart. The
 * receiver's tap saw nothing of it before; there the RTT sample that it began tells that it was sent in its tick.
 */
static void a_copy_of_a_repeat_has_its_timestamp(void **state)
{
	tell(AT(BULK, .quiet = 1),
	     START,
	     {  15,   B,    1,    1, .ack = 3001 },
	     { 120,   A, 3001, 4001, .fate = LOST_AFTER },
	     { 121,   A, 4001, 5001, .fate = LOST_AFTER },
	     { 400,   A, 3001, 4001, .copied = 13 },
	     { 414,   B,    1,    1, .ack = 4001, .unsacked = 1 },
	     { 424,   A, 4001, 5001 },
	     { 434.1, B,    1,    1, .ack = 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .reordered_segments = 1,
		      .duplicated_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_seen_segments = 2, .retransmitted_bytes = 2000,
		      .cause_rto_segments = 2, .loss_bursts = 1, .duplicated_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 7, .retransmitted_seen_segments = 2,
		      .retransmitted_bytes = 2000, .cause_rto_segments = 2, .loss_bursts = 1);
}

/* The receiver answers the copy by a DSACK, which proves nothing of the repeat that was needed (RFC 3708 2). */
static void the_dsack_of_a_copy_takes_no_loss_back(void **state)
{
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .fate = LOST_AFTER },
	     { 121, A, 4001, 5001, .fate = LOST_AFTER },
	     { 400, A, 3001, 4001, .copied = 3 },
	     { 424, A, 4001, 5001 });
	assert_row_at(MIDDLE, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_seen_segments = 2, .retransmitted_bytes = 2000,
		      .cause_rto_segments = 2, .loss_bursts = 1, .duplicated_segments = 1);
	assert_row_at(MIDDLE, B, .dsack_blocks = 1);
}

/* Twice for nothing: the receiver says it of both. */
static void each_repeat_is_proven_unneeded_by_a_dsack_of_its_own(void **state)
{
	play(AT(.tap = SENDER, BULK, .no_timestamps = 1),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     { 300, A,    1, 1001 },
	     { 900, A,    1, 1001 },
	     { 910, B,    1,    1, .ack = 2001 },
	     { 911, B,    1,    1, .ack = 2001, .sack = { { 1, 1001 } } },
	     { 912, B,    1,    1, .ack = 2001, .sack = { { 1, 1001 } } });
	assert_row(A, .data_segments = 4, .retransmitted_seen_segments = 2,
		   .retransmitted_bytes = 2000, .cause_rto_segments = 2, .loss_bursts = 2,
		   .spurious_proven_segments = 2);
	assert_row(B, .dsack_blocks = 2);
}

/* Repeats that follow each other are remembered as one, with the first one's timestamp: nothing tells a copy of
 * the second from a third one.
 */
static void a_copy_of_a_later_one_of_a_run_is_ambiguous(void **state)
{
	static const double after[] = { 3, 15 };

	for (int i = 0; i < 2; i++) {
		tell(AT(BULK, .quiet = 1),
		     START,
		     {  15,   B,    1,    1, .ack = 3001 },
		     { 120,   A, 3001, 4001, .fate = LOST_AFTER },
		     { 121,   A, 4001, 5001, .fate = LOST_AFTER },
		     { 400,   A, 3001, 4001 },
		     { 410.1, B,    1,    1, .ack = 4001 },
		     { 424,   A, 4001, 5001, .copied = after[i] },
		     { 445,   B,    1,    1, .ack = 5001, .unsacked = 1 });
		assert_row_at(MIDDLE, A, .data_segments = 8, .reordered_segments = 1,
			      .retransmitted_seen_segments = 2, .retransmitted_bytes = 2000,
			      .cause_rto_segments = 2, .loss_bursts = 1,
			      .ambiguous_segments = 1);
	}
}

/* It is later than what filled the hole, and than the repeat before; newer data came first. */
static void a_repeat_that_newer_data_overtook_is_no_copy(void **state)
{
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .fate = LOST_BEFORE },
	     { 121, A, 4001, 5001 },
	     { 122, A, 5001, 6001 },
	     { 123, A, 6001, 7001 },
	     { 145, A, 3001, 4001, .answer = LOST_BEFORE },
	     { 400, A, 3001, 4001, .late = 5 },
	     { 401, A, 7001, 8001 });
	assert_row_at(RECEIVER, A, .data_segments = 9, .reordered_segments = 1,
		      .retransmitted_unseen_segments = 1, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 2000, .hole_lost_segments = 1,
		      .cause_fast_segments = 1, .cause_unknown_segments = 1, .loss_bursts = 1);
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .fate = LOST_AFTER },
	     { 400, A, 3001, 4001, .fate = LOST_AFTER },
	     { 900, A, 3001, 4001, .late = 5 },
	     { 902, A, 4001, 5001 });
	assert_row_at(MIDDLE, A, .data_segments = 7, .reordered_segments = 1,
		      .retransmitted_seen_segments = 2, .retransmitted_bytes = 2000,
		      .cause_rto_segments = 2, .loss_bursts = 2);
}

/* Twice lost beyond the middle: the second repeat is later than the first. */
static void a_repeat_of_a_repeat_has_a_later_timestamp(void **state)
{
	tell(AT(BULK),
	     START,
	     { 120, A, 3001, 4001, .fate = LOST_AFTER },
	     { 121, A, 4001, 5001, .fate = LOST_AFTER },
	     { 400, A, 3001, 4001, .fate = LOST_AFTER },
	     { 900, A, 3001, 4001 },
	     { 924, A, 4001, 5001 });
	assert_row_at(MIDDLE, A, .data_segments = 8, .reordered_segments = 1,
		      .retransmitted_seen_segments = 3, .retransmitted_bytes = 3000,
		      .cause_rto_segments = 3, .loss_bursts = 2);
	assert_row_at(SENDER, A, .data_segments = 8, .retransmitted_seen_segments = 3,
		      .retransmitted_bytes = 3000, .cause_rto_segments = 3, .loss_bursts = 2,
		      .reordered_after_segments = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_of_what_filled_a_hole_has_its_timestamp),
		cmocka_unit_test(a_repeat_of_what_filled_a_hole_has_a_later_timestamp),
		cmocka_unit_test(an_original_after_what_filled_its_hole_has_an_older_timestamp),
		cmocka_unit_test(a_retransmission_that_the_next_one_overtook_is_no_original),
		cmocka_unit_test(a_copy_of_a_repeat_has_its_timestamp),
		cmocka_unit_test(the_dsack_of_a_copy_takes_no_loss_back),
		cmocka_unit_test(each_repeat_is_proven_unneeded_by_a_dsack_of_its_own),
		cmocka_unit_test(a_copy_of_a_later_one_of_a_run_is_ambiguous),
		cmocka_unit_test(a_repeat_that_newer_data_overtook_is_no_copy),
		cmocka_unit_test(a_repeat_of_a_repeat_has_a_later_timestamp),
	};

	return cmocka_run_group_tests_name("scenes_marks", tests, NULL, NULL);
}

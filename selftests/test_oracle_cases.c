/* SPDX-License-Identifier: GPL-2.0-only */
/* What random connections found wrong (test_oracle.c), told as short as it goes. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

/* The echo of 1 answers the first transmission; nothing had been acknowledged when the second went by. */
static void an_echo_proves_a_needless_retransmission_from_before_the_first_acknowledgement(void **state)
{
	play(AT(.tap = SENDER),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001 },
	     { 300, A,    1, 1001 },
	     { 310, B,    1,    1, .ack = 1 },
	     { 311, B,    1,    1, .ack = 2001, .tsecr = 1 });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1, .cause_rto_segments = 1,
		   .loss_bursts = 1, .spurious_proven_segments = 1);
}

/* It was sent after the segment that began the RTT sample, so after its bytes were sent first: newer data
 * overtook it, and an older timestamp than theirs makes it no copy.
 */
static void an_overtaken_retransmission_is_no_copy(void **state)
{
	play(AT(.tap = MIDDLE, .ids = IDS_RANDOM, .prelude = 20, .echo = 1),
	     {   0, A,    1, 1001, .fate = LOST_AFTER },
	     {   1, A, 1001, 2001 },
	     {  12, B,    1,    1, .sack = { { 1001, 2001 } } },
	     {  24, A,    1, 1001, .fate = LOST_BEFORE },
	     {  26, A, 2001, 3001 },
	     {  27, A,    1, 1001, .is = LAST_SENT },
	     {  40, B,    1,    1 });
	assert_row(A, .data_segments = 4, .retransmitted_seen_segments = 1, .cause_fast_segments = 1,
		   .loss_bursts = 1);
}

/* A tail that was lost comes again in order; when its first transmission follows, its ID is late, but nothing
 * tells whether it is older than what came in its stead.
 */
static void a_late_id_alone_proves_no_retransmission(void **state)
{
	play(AT(.tap = MIDDLE, .ids = IDS_SHARED, .prelude = 20, .no_timestamps = 1),
	     {   0, A,    1, 1001 },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 300, A, 1001, 2001 },
	     { 301, A, 1001, 2001, .is = FIRST_SENT },
	     { 310, B,    1,    1 });
	assert_row(A, .data_segments = 3, .ambiguous_segments = 1);
}

/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_echo_proves_a_needless_retransmission_from_before_the_first_acknowledgement),
		cmocka_unit_test(an_overtaken_retransmission_is_no_copy),
		cmocka_unit_test(a_late_id_alone_proves_no_retransmission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

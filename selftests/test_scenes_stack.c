/* SPDX-License-Identifier: GPL-2.0-only */
/* What Linux's sender does, as google/packetdrill's scripts ask it to: our own stories of the same
 * situations, with what those scripts assert (segments resent, reordering seen) as expectations.
 * All at the sender's tap.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

/* A round trip of 100 ms, segments of 300 bytes, no timestamps, IDs of no use: SACK alone tells. */
#define LINK .tap = SENDER, .handshake = 1, .round_trip_ms = 100, \
	     .no_timestamps = 1, .ids = IDS_ZERO

/* fast_retransmit/fr-4pkt: three duplicates without SACK. */
static void three_duplicates_without_sack_make_one_fast_retransmission(void **state)
{
	play(AT(LINK),
	     {   0, A, 1, 1201, .segments = 4, .fate = LOST_AFTER },
	     { 101, B, 1,    1, .ack = 1 },
	     { 102, B, 1,    1, .ack = 1 },
	     { 103, B, 1,    1, .ack = 1 },
	     { 103, A, 1,  301 },
	     { 203, B, 1,    1, .ack = 1201 });
	assert_row(A, .data_segments = 5, .retransmitted_seen_segments = 1,
		   .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row(B, .duplicate_acks = 3);
}

/* fast_retransmit/fr-4pkt-fack-last-mss: RACK's reordering timer after one SACK. */
static void one_sack_and_the_reordering_timer_make_a_retransmission_fast(void **state)
{
	play(AT(LINK),
	     {   0, A, 1, 1201, .segments = 4, .fate = LOST_AFTER },
	     { 101, B, 1,    1, .ack = 1, .sack = { { 901, 1201 } } },
	     { 141, A, 1,  301 },
	     { 241, B, 1,    1, .ack = 301, .sack = { { 901, 1201 } } });
	assert_row(A, .data_segments = 5, .retransmitted_seen_segments = 1,
		   .cause_fast_segments = 1, .loss_bursts = 1);
}

/* fast_retransmit/fr-4pkt-fack-last-byte: a SACK of one byte only is no reason for a fast
 * retransmission; a probe 200 ms after the flight, a timeout 300 ms after the probe, all of the
 * flight again.
 */
static void a_sack_of_the_last_byte_alone_leaves_it_to_the_timers(void **state)
{
	play(AT(LINK),
	     {    0, A,    1, 1201, .segments = 4, .fate = LOST_AFTER },
	     {  100, B,    1,    1, .ack = 1, .sack = { { 1200, 1201 } } },
	     {  202, A,  901, 1201, .fate = LOST_AFTER },
	     {  505, A,    1,  301 },
	     {  605, B,    1,    1, .ack = 301, .sack = { { 1200, 1201 } } },
	     {  605, A,  301,  901, .segments = 2 },
	     {  705, B,    1,    1, .ack = 901, .sack = { { 1200, 1201 } } },
	     {  705, A,  901, 1201 },
	     {  805, B,    1,    1, .ack = 1201 });
	assert_row(A, .data_segments = 9, .retransmitted_seen_segments = 5,
		   .cause_tlp_segments = 1, .cause_rto_segments = 4, .loss_bursts = 2);
	assert_row(B, .sack_blocks = 3);
}

/* fast_recovery/prr-ss-10pkt-lost-1: a new segment goes out for each one SACKed. */
static void new_data_during_a_recovery_is_new(void **state)
{
	play(AT(LINK),
	     {   0, A,     1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 110, B,     1,     1, .ack = 1, .sack = { { 301, 601 } } },
	     { 120, B,     1,     1, .ack = 1, .sack = { { 301, 901 } } },
	     { 130, B,     1,     1, .ack = 1, .sack = { { 301, 1201 } } },
	     { 130, A,     1,   301 },
	     { 160, B,     1,     1, .ack = 1, .sack = { { 301, 1801 } } },
	     { 160, A,  3001,  3601, .segments = 2 },
	     { 190, B,     1,     1, .ack = 1, .sack = { { 301, 3001 } } },
	     { 190, A,  3601,  4801, .segments = 4 },
	     { 230, B,     1,     1, .ack = 3001 },
	     { 260, B,     1,     1, .ack = 3601 },
	     { 290, B,     1,     1, .ack = 4801 });
	assert_row(A, .data_segments = 17, .retransmitted_seen_segments = 1,
		   .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row(B, .duplicate_acks = 5, .sack_blocks = 5);
}

/* fast_recovery/prr-ss-30pkt-lost-1_4-11_16: four lost, and the retransmission of the second. */
static void a_retransmission_lost_during_a_recovery_is_sent_a_third_time(void **state)
{
	play(AT(LINK),
	     {   0, A,     1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 101, B,     1,     1, .ack = 1, .sack = { { 1201, 1501 } } },
	     { 101, A,  3001,  3301 },
	     { 103, B,     1,     1, .ack = 1, .sack = { { 1201, 2101 } } },
	     { 103, A,     1,   301 },
	     { 105, B,     1,     1, .ack = 1, .sack = { { 1201, 2401 } } },
	     { 105, A,   301,   601, .fate = LOST_AFTER },
	     { 107, B,     1,     1, .ack = 1, .sack = { { 1201, 2701 } } },
	     { 107, A,   601,   901 },
	     { 109, B,     1,     1, .ack = 1, .sack = { { 1201, 3001 } } },
	     { 109, A,   901,  1201 },
	     { 203, B,     1,     1, .ack = 301, .sack = { { 1201, 3301 } } },
	     { 209, B,     1,     1, .ack = 301, .sack = { { 601, 3301 } } },
	     { 209, A,   301,   601 },
	     { 309, B,     1,     1, .ack = 3301 });
	assert_row(A, .data_segments = 16, .retransmitted_seen_segments = 5,
		   .cause_fast_segments = 5, .loss_bursts = 2);
}

/* fast_recovery/prr-ss-ack-below-snd_una-cubic: the SACKs of an acknowledgement that comes late
 * show that two of the segments just resent had arrived; the DSACK says the same later.
 */
static void the_sacks_of_an_acknowledgement_that_comes_late_are_used(void **state)
{
	play(AT(LINK),
	     {   0, A,     1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 101, B,     1,     1, .ack = 1, .sack = { { 301, 901 } } },
	     { 101, B,     1,     1, .ack = 1, .sack = { { 301, 901 }, { 2401, 2701 } } },
	     { 102, A,     1,   301 },
	     { 202, B,     1,     1, .ack = 1201, .sack = { { 2401, 2701 } } },
	     { 202, A,  1201,  2101, .segments = 3 },
	     { 204, B,     1,     1, .ack = 901, .sack = { { 1501, 2101 } } },
	     { 204, A,  2101,  2401 },
	     { 204, A,  3001,  3301 },
	     { 302, B,     1,     1, .ack = 2101, .sack = { { 1501, 2101 }, { 2401, 2701 } } },
	     { 305, B,     1,     1, .ack = 3301 });
	assert_row(A, .data_segments = 16, .retransmitted_seen_segments = 5,
		   .cause_fast_segments = 5, .loss_bursts = 2, .spurious_proven_segments = 2);
	assert_row(B, .dsack_blocks = 1);
}

/* sack/sack-shift-sacked-2-6-8-3-9: each originally sent segment that is SACKed or acknowledged
 * below a SACK was late: the fourth, then the fifth and sixth together, then the eighth.
 */
static void segments_sacked_below_the_highest_sack_were_reordered(void **state)
{
	play(AT(LINK),
	     {   0, A,    1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 101, B,    1,     1, .ack = 1, .sack = { { 601, 901 } } },
	     { 102, B,    1,     1, .ack = 1, .sack = { { 601, 901 }, { 1801, 2101 } } },
	     { 103, B,    1,     1, .ack = 1,
	       .sack = { { 601, 901 }, { 1801, 2101 }, { 2401, 2701 } } },
	     { 103, A,    1,   301 },
	     { 110, B,    1,     1, .ack = 1,
	       .sack = { { 601, 1201 }, { 1801, 2101 }, { 2401, 2701 } } },
	     { 110, A,  301,   601 },
	     { 120, B,    1,     1, .ack = 1,
	       .sack = { { 601, 1201 }, { 1801, 2101 }, { 2401, 3001 } } },
	     { 203, B,    1,     1, .ack = 301,
	       .sack = { { 601, 1201 }, { 1801, 2101 }, { 2401, 3001 } } },
	     { 210, B,    1,     1, .ack = 1201, .sack = { { 1801, 2101 }, { 2401, 3001 } } },
	     { 220, B,    1,     1, .ack = 2101, .sack = { { 2401, 3001 } } },
	     { 240, B,    1,     1, .ack = 3001 });
	assert_row(A, .data_segments = 12, .retransmitted_seen_segments = 2,
		   .cause_fast_segments = 2, .loss_bursts = 1, .reordered_after_segments = 4);
}

/* sack/sack-shift-sacked-7-3-4-8-9: the fourth and fifth late, four resent. The seventh, never
 * resent, is acknowledged together with some that were: the kernel counts it as late, we do not,
 * for the block that SACKed it may have been on an acknowledgement that was lost.
 */
static void a_recovery_with_reordering_counts_both(void **state)
{
	play(AT(LINK),
	     {   0, A,    1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 101, B,    1,     1, .ack = 1, .sack = { { 2101, 2401 } } },
	     { 128, A,    1,   301 },
	     { 130, B,    1,     1, .ack = 1, .sack = { { 901, 1201 }, { 2101, 2401 } } },
	     { 130, A,  301,   601 },
	     { 132, B,    1,     1, .ack = 1, .sack = { { 901, 1501 }, { 2101, 2401 } } },
	     { 132, A,  601,   901 },
	     { 134, B,    1,     1, .ack = 1, .sack = { { 901, 1501 }, { 2101, 2701 } } },
	     { 136, B,    1,     1, .ack = 1, .sack = { { 901, 1501 }, { 2101, 3001 } } },
	     { 136, A, 1501,  1801 },
	     { 236, B,    1,     1, .ack = 3001 });
	assert_row(A, .data_segments = 14, .retransmitted_seen_segments = 4,
		   .cause_fast_segments = 4, .loss_bursts = 2, .reordered_after_segments = 2);
}

/* sack/sack-shift-sacked-7-5-6-8-9: the sixth and seventh late, the five before them resent. */
static void neighbours_sacked_one_after_the_other_were_each_reordered(void **state)
{
	play(AT(LINK),
	     {   0, A,    1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 101, B,    1,     1, .ack = 1, .sack = { { 2101, 2401 } } },
	     { 128, A,    1,   301 },
	     { 130, B,    1,     1, .ack = 1, .sack = { { 1501, 1801 }, { 2101, 2401 } } },
	     { 130, A,  301,   601 },
	     { 131, B,    1,     1, .ack = 1, .sack = { { 1501, 2401 } } },
	     { 131, A,  601,   901 },
	     { 132, B,    1,     1, .ack = 1, .sack = { { 1501, 2701 } } },
	     { 132, A,  901,  1201 },
	     { 133, B,    1,     1, .ack = 1, .sack = { { 1501, 3001 } } },
	     { 133, A, 1201,  1501 },
	     { 233, B,    1,     1, .ack = 3001 });
	assert_row(A, .data_segments = 15, .retransmitted_seen_segments = 5,
		   .cause_fast_segments = 5, .loss_bursts = 1, .reordered_after_segments = 2);
}

/* sack/sack-route-refresh-ip-tos: what is SACKed is not resent, two gaps of two segments are. */
static void the_gaps_between_sacks_alone_are_resent(void **state)
{
	play(AT(LINK),
	     {   0, A,    1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 101, B,    1,     1, .ack = 301, .sack = { { 901, 1201 }, { 1801, 3001 } } },
	     { 101, A,  301,   901, .segments = 2 },
	     { 101, A, 1201,  1801, .segments = 2 },
	     { 201, B,    1,     1, .ack = 3001 });
	assert_row(A, .data_segments = 14, .retransmitted_seen_segments = 4,
		   .cause_fast_segments = 4, .loss_bursts = 2);
}

/* limited_transmit/limited-transmit-sack and -no-sack: new data on two duplicates, and the third
 * never comes. That it was reordering shows in the SACKs alone.
 */
static void limited_transmit_repeats_nothing(void **state)
{
	play(AT(LINK),
	     {   0, A,     1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 110, B,     1,     1, .ack = 1, .sack = { { 301, 601 } } },
	     { 110, A,  3001,  3301 },
	     { 120, B,     1,     1, .ack = 1, .sack = { { 301, 901 } } },
	     { 120, A,  3301,  3601 },
	     { 130, B,     1,     1, .ack = 901 },
	     { 230, B,     1,     1, .ack = 3601 });
	assert_row(A, .data_segments = 12, .reordered_after_segments = 1);
	assert_row(B, .duplicate_acks = 2);
	play(AT(LINK, .no_sack = 1),
	     {   0, A,     1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 110, B,     1,     1, .ack = 1 },
	     { 110, A,  3001,  3301 },
	     { 120, B,     1,     1, .ack = 1 },
	     { 120, A,  3301,  3601 },
	     { 130, B,     1,     1, .ack = 901 },
	     { 230, B,     1,     1, .ack = 3601 });
	assert_row(A, .data_segments = 12);
	assert_row(B, .duplicate_acks = 2);
}

/* cubic/cubic-rack-reo-timeout-retrans-failed-incoming-data: the kernel sees two events of
 * reordering, we the segments of both, one and eight. The retransmission is dropped by the sender's
 * own queue, behind the tap.
 */
static void two_events_of_reordering_are_counted_by_their_segments(void **state)
{
	play(AT(LINK),
	     {   0, A,     1,  3001, .segments = 10, .fate = LOST_AFTER },
	     { 101, B,     1,     1, .ack = 1, .sack = { { 2701, 3001 } } },
	     { 101, B,     1,     1, .ack = 1, .sack = { { 901, 1201 }, { 2701, 3001 } } },
	     { 102, B,     1,     1, .ack = 3001 },
	     { 130, A,  3001,  3601, .segments = 2, .fate = LOST_AFTER },
	     { 230, B,     1,     1, .ack = 3001, .sack = { { 3301, 3601 } } },
	     { 250, A,  3001,  3301, .fate = LOST_AFTER },
	     { 260, B,     1,   301, .ack = 3001, .sack = { { 3301, 3601 } } });
	assert_row(A, .data_segments = 13, .retransmitted_seen_segments = 1,
		   .cause_fast_segments = 1, .loss_bursts = 1, .reordered_after_segments = 9);
	assert_row(B, .data_segments = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_duplicates_without_sack_make_one_fast_retransmission),
		cmocka_unit_test(one_sack_and_the_reordering_timer_make_a_retransmission_fast),
		cmocka_unit_test(a_sack_of_the_last_byte_alone_leaves_it_to_the_timers),
		cmocka_unit_test(new_data_during_a_recovery_is_new),
		cmocka_unit_test(a_retransmission_lost_during_a_recovery_is_sent_a_third_time),
		cmocka_unit_test(the_sacks_of_an_acknowledgement_that_comes_late_are_used),
		cmocka_unit_test(segments_sacked_below_the_highest_sack_were_reordered),
		cmocka_unit_test(a_recovery_with_reordering_counts_both),
		cmocka_unit_test(neighbours_sacked_one_after_the_other_were_each_reordered),
		cmocka_unit_test(the_gaps_between_sacks_alone_are_resent),
		cmocka_unit_test(limited_transmit_repeats_nothing),
		cmocka_unit_test(two_events_of_reordering_are_counted_by_their_segments),
	};

	return cmocka_run_group_tests_name("scenes_stack", tests, NULL, NULL);
}

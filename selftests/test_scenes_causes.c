/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a sender sent again: timeouts, probes and fast retransmissions where they are easily confused, and FINs and
 * single octets that are no probes.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20
#define FINACK (TCP_FIN | TCP_ACK)

/* At its own tap a sender that heard something 11 ms ago did not wait for a timer. Elsewhere nobody knows when it
 * heard it.
 */
static void what_the_sender_heard_shortly_before_was_no_timeout(void **state)
{
	tell(AT(BULK, .quiet = 1),
	     {   0,    A,    1, 1001, .fate = LOST_AFTER },
	     {   1,    A, 1001, 2001, .fate = LOST_AFTER },
	     { 280,    B,    1,    1, .ack = 1, .window = 60000 },
	     { 301,    A,    1, 1001 },
	     { 311.05, B,    1,    1, .ack = 1001 });
	assert_row_at(SENDER, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_unknown_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_rto_segments = 1, .loss_bursts = 1);
	assert_row_at(RECEIVER, A, .data_segments = 1, .retransmitted_unseen_segments = 1,
		      .retransmitted_likely_segments = 1, .retransmitted_bytes = 1000,
		      .hole_lost_segments = 1, .id_missing_packets = 2, .cause_rto_segments = 1,
		      .loss_bursts = 1);
}

/* Two round trips of 140 ms are longer than a timeout may be, but what comes is the last segment, not the first. */
static void a_probe_after_long_round_trips_is_no_timeout(void **state)
{
	tell(AT(BULK, .round_trip_ms = 140),
	     {   0, A,    1, 1001, .fate = LOST_BEFORE },
	     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 290, A, 1001, 2001 },
	     { 432, A,    1, 1001 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 2, .retransmitted_unseen_segments = 2,
			      .retransmitted_likely_segments = 1, .retransmitted_bytes = 2000,
			      .hole_lost_segments = 2, .id_missing_packets = 2,
			      .cause_rto_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, A, .data_segments = 4, .retransmitted_seen_segments = 2,
		      .retransmitted_bytes = 2000, .cause_tlp_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 2);
}

/* What was sent after the timeout and lost is none of the timeout's. */
static void new_data_lost_during_a_timeouts_recovery_is_repaired_fast(void **state)
{
	tell(AT(BULK),
	     {   0,   A,    1, 1001, .fate = LOST_AFTER },
	     {   0,   A, 1001, 2001, .fate = LOST_AFTER },
	     {   0,   A, 2001, 3001, .fate = LOST_AFTER },
	     {   0,   A, 3001, 4001, .fate = LOST_AFTER },
	     { 222,   A,    1, 1001 },
	     { 243,   A, 4001, 5001, .fate = LOST_AFTER },
	     { 243.1, A, 5001, 6001 },
	     { 264,   A, 1001, 2001 },
	     { 264.1, A, 2001, 3001 },
	     { 264.2, A, 3001, 4001 },
	     { 264.3, A, 4001, 5001 });
	assert_row_at(SENDER, A, .data_segments = 11, .retransmitted_seen_segments = 5,
		      .retransmitted_bytes = 5000, .cause_rto_segments = 4,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 11, .retransmitted_seen_segments = 5,
		      .retransmitted_bytes = 5000, .cause_rto_segments = 4,
		      .cause_fast_segments = 1, .loss_bursts = 1);
}

/* Without a round trip nobody knows when a probe is due. */
static void without_round_trips_there_is_no_probe(void **state)
{
	play(AT(.tap = SENDER),
	     {  0, A,    1, 1001, .fate = LOST_AFTER },
	     { 50, A,    1, 1001 });
	assert_row(A, .data_segments = 2, .retransmitted_seen_segments = 1,
		   .retransmitted_bytes = 1000, .cause_unknown_segments = 1, .loss_bursts = 1);
}

/* Its acknowledgement was lost. It lies where a keep-alive would, and where the window is shut, a probe. */
static void a_fin_that_comes_again_is_no_keepalive(void **state)
{
	tell(AT(BULK),
	     {   0, A, 1, 2, .flags = FINACK, .answer = LOST_BEFORE },
	     { 250, A, 1, 2, .flags = FINACK });
	assert_row_at(RECEIVER, A, .data_segments = 2, .fins = 2,
		      .retransmitted_spurious_segments = 1, .cause_rto_segments = 1);
	assert_row_at(RECEIVER, B, .dsack_blocks = 1);
	assert_row_at(SENDER, A, .data_segments = 2, .fins = 2, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .fins = 2, .retransmitted_seen_segments = 1,
		      .cause_rto_segments = 1, .loss_bursts = 1, .spurious_proven_segments = 1);
	play(AT(.tap = RECEIVER, BULK),
	     {   0,   A, 1, 2, .flags = FINACK },
	     {   0.1, B, 1, 1, .ack = 2, .window = WINDOW_ZERO, .fate = LOST_AFTER },
	     { 250,   A, 1, 2, .flags = FINACK });
	assert_row(A, .data_segments = 2, .fins = 2, .retransmitted_spurious_segments = 1,
		   .cause_rto_segments = 1);
	assert_row(B, .zero_windows = 1);
}

/* A segment that begins with an octet that was acknowledged: sent again, but for a window probe's. */
static void an_octet_that_comes_again_with_new_data_counts(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {   0, A,    1, 1001 },
	     {  10, B,    1,    1 },
	     { 100, A, 1000, 2000 },
	     { 110, B,    1,    1, .ack = 2000 });
	assert_row_at(RECEIVER, A, .data_segments = 2, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 1, .cause_unknown_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 2, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 1, .cause_unknown_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 2, .retransmitted_spurious_segments = 1,
		      .retransmitted_bytes = 1, .cause_unknown_segments = 1);
	tell(AT(BULK, .quiet = 1),
	     {   0, A,    1, 1001 },
	     {  10, B,    1,    1, .window = WINDOW_ZERO },
	     { 300, A, 1001, 1002 },
	     { 310, B,    1,    1, .window = WINDOW_ZERO },
	     { 900, B,    1,    1 },
	     { 910, A, 1002, 2002 },
	     { 920, B,    1,    1 },
	     { 950, A, 2001, 3001 },
	     { 960, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 4, .window_probes = 1,
			      .retransmitted_spurious_segments = 1, .retransmitted_bytes = 1,
			      .cause_unknown_segments = 1);
		assert_row_at(place, B, .packets = 5, .zero_windows = 1, .dsack_blocks = 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_sender_heard_shortly_before_was_no_timeout),
		cmocka_unit_test(a_probe_after_long_round_trips_is_no_timeout),
		cmocka_unit_test(new_data_lost_during_a_timeouts_recovery_is_repaired_fast),
		cmocka_unit_test(without_round_trips_there_is_no_probe),
		cmocka_unit_test(a_fin_that_comes_again_is_no_keepalive),
		cmocka_unit_test(an_octet_that_comes_again_with_new_data_counts),
	};

	return cmocka_run_group_tests_name("scenes_causes", tests, NULL, NULL);
}

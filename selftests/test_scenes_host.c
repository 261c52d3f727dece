/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments that arrive and that the receiver's host throws away. */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* A damaged segment passes every tap. Of the tap's three places only the receiver's own sees that
 * it was taken from the wire and is missing all the same.
 */
static void a_damaged_segment_is_dropped_by_its_host(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = DROPPED },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1, .host_dropped_segments = 1);
	assert_row_at(RECEIVER, B, .duplicate_acks = 3);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
}

static void a_drop_and_a_loss_side_by_side_are_told_apart(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001, .fate = DROPPED },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001, .fate = DROPPED },
	     {  5, A, 5001, 6001, .fate = LOST_BEFORE },
	     {  6, A, 6001, 7001 },
	     {  7, A, 7001, 8001, .fate = DROPPED },
	     {  8, A, 8001, 9001 },
	     { 25, A, 1001, 2001 },
	     { 26, A, 2001, 3001 },
	     { 27, A, 4001, 5001 },
	     { 28, A, 5001, 6001 },
	     { 29, A, 7001, 8001 });
	/* Of the segment right below a hole the host need not say anything yet. */
	assert_row_at(RECEIVER, A, .data_segments = 12, .retransmitted_unseen_segments = 2,
		      .retransmitted_seen_segments = 3, .hole_lost_segments = 2,
		      .id_missing_packets = 2, .cause_fast_segments = 5, .loss_bursts = 5,
		      .host_dropped_segments = 2);
	assert_row_at(SENDER, A, .data_segments = 14, .retransmitted_seen_segments = 5,
		      .cause_fast_segments = 5, .loss_bursts = 3);
}

static void what_the_host_is_still_without_is_dropped_once(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = DROPPED },
	     {  2, A, 2001, 3001, .fate = DROPPED },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 25, A, 2001, 3001 },
	     { 26, A, 5001, 6001 },
	     { 50, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 8, .retransmitted_seen_segments = 2,
		      .id_missing_packets = 1, .cause_fast_segments = 2, .loss_bursts = 2,
		      .host_dropped_segments = 2);
}

/* Late or in order, copied or not: none of this makes a host's SACKs accuse it. */
static void reordering_accuses_no_host(void **state)
{
	static struct step steps[60];
	int i;

	for (i = 0; i < 60; i++)
		steps[i] = (struct step){ i * 0.25, A, 1 + i * 1000, 1001 + i * 1000,
					  .late = i % 7 == 3 ? 1.1 : i % 5 == 1 ? 0.4 : 0,
					  .copied = i % 11 == 5 ? 0.3 : 0 };
	scenario_tell(AT(BULK), steps, 60, __FILE__, __LINE__);
	assert_row_at(RECEIVER, A, .data_segments = 65, .reordered_segments = 17,
		      .duplicated_segments = 5, .id_missing_packets = 17, .id_late_packets = 17);
}

/* One acknowledgement for many segments lists no more than four blocks: that it leaves out the
 * lower ones does not mean that the host has not got them.
 */
static void blocks_that_an_acknowledgement_leaves_out_accuse_no_host(void **state)
{
	static struct step steps[20];
	int i;

	for (i = 0; i < 20; i++)
		steps[i] = (struct step){ i * 0.1, A, 1 + i * 1000, 1001 + i * 1000,
					  .fate = i % 2 ? LOST_BEFORE : PASSES,
					  .answer = i < 18 ? MISSED : PASSES };
	scenario_tell(AT(BULK), steps, 20, __FILE__, __LINE__);
	assert_row_at(RECEIVER, A, .data_segments = 10, .id_missing_packets = 9);
}

/* A retransmission that fills one hole brings a new timestamp with it; the original that fills the
 * next one then looks too old (PAWS, RFC 7323 5.3) and is thrown away, although nobody has it yet.
 */
static void a_host_that_rejects_an_old_timestamp_must_get_the_segment_again(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001, .late = 27 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     { 24, A,    1, 1001 },
	     { 50, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 1, .hole_lost_segments = 1,
		      .reordered_segments = 1, .id_missing_packets = 2, .id_late_packets = 1,
		      .cause_fast_segments = 2, .loss_bursts = 2, .paws_rejected_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 2,
		      .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 1, .hole_lost_segments = 1,
		      .reordered_segments = 1, .id_missing_packets = 2, .id_late_packets = 1,
		      .cause_fast_segments = 2, .loss_bursts = 2);
}

/* Timestamps that have come round in silence seem older, but no host rejects them (RFC 7323 5.5): milliseconds after
 * 25 days, microseconds after 36 minutes. After half an hour what seems older is.
 */
static void after_a_silence_of_half_a_turn_no_timestamp_is_old(void **state)
{
	static const double hour = 3600e3, us = 0.001;

	play(AT(.tap = RECEIVER, BULK),
	     {  0,              A,    1, 1001 },
	     {  0.1,            B,    1,    1 },
	     { 25 * 24 * hour,  A, 1001, 2001 },
	     { 25 * 24 * hour + 0.1, B, 1,  1 },
	     { 25 * 24 * hour + 1, A, 2001, 3001 });
	assert_row(A, .data_segments = 3);
	play(AT(.tap = RECEIVER, BULK, .tick_ms = us),
	     {  0,              A,    1, 1001 },
	     {  0.1,            B,    1,    1 },
	     { 0.6 * hour,      A, 1001, 2001 },
	     { 0.6 * hour + 0.1, B,   1,    1 },
	     { 0.6 * hour + 1,  A, 2001, 3001 });
	assert_row(A, .data_segments = 3);
	play(AT(.tap = RECEIVER, BULK),
	     {  0,              A,    1, 1001 },
	     {  0.1,            B,    1,    1 },
	     { 0.5 * hour,      A, 1001, 2001, .tsval = 10 },
	     { 0.5 * hour + 0.1, B,   1,    1 },
	     { 0.5 * hour + 1,  A, 2001, 3001, .tsval = 1 });
	assert_row(A, .data_segments = 3, .paws_rejected_segments = 1);
}

/* Memory runs out: what is out of order is thrown away unseen by the sender, and what was SACKed is
 * taken back (RFC 2018 8), which shows when the acknowledgement stops at it.
 */
static void a_host_without_memory_drops_and_reneges(void **state)
{
	tell(AT(BULK, .quiet = 1),
	     {  0,    A,    1, 1001, .fate = LOST_BEFORE },
	     {  1,    A, 1001, 2001 },
	     {  2,    A, 2001, 3001, .fate = DROPPED },
	     {  3,    A, 3001, 4001 },
	     { 11.05, B,    1,    1, .ack = 1, .sack = { { 1001, 2001 } } },
	     { 13.05, B,    1,    1, .ack = 1, .sack = { { 3001, 4001 }, { 1001, 2001 } } },
	     { 24,    A,    1, 1001 },
	     { 34.05, B,    1,    1, .ack = 1001, .unsacked = 1 },
	     { 50,    A, 1001, 2001 },
	     { 60.05, B,    1,    1, .ack = 2001, .unsacked = 1 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 2,
		      .host_dropped_segments = 1);
	assert_row_at(RECEIVER, B, .sack_reneges = 1);
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 2,
		      .cause_fast_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 1);
	assert_row_at(SENDER, B, .sack_reneges = 1);
	assert_row_at(MIDDLE, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_seen_segments = 1, .hole_lost_segments = 1,
		      .id_missing_packets = 1, .cause_fast_segments = 1,
		      .cause_unknown_segments = 1, .loss_bursts = 2);
	assert_row_at(MIDDLE, B, .sack_reneges = 1);
}

/* ts_recent/invalid_ack of google/packetdrill: what acknowledges more than was ever sent is dropped, and its
 * timestamp with it. The tap believes it: B might have sent those bytes by another way.
 */
static void a_timestamp_of_a_packet_that_is_dropped_makes_no_other_one_old(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     {  0,   B,    1, 1001 },
	     { 50,   A,    1,    1, .ack = 9999, .tsval = 200000 },
	     { 60,   A,    1, 1001, .ack = 1001 },
	     { 60.1, B, 1001, 1001 });
	assert_row(A, .packets = 2, .data_segments = 1);
	assert_row(B, .packets = 2, .data_segments = 1, .unseen_bytes = 8998);
}

/* Without SACK the receiver's tap knows no more than any other. */
static void a_host_without_sack_is_not_accused(void **state)
{
	tell(AT(BULK, .no_sack = 1),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .fate = DROPPED },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 25, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row_at(RECEIVER, B, .duplicate_acks = 3);
}

/* Who closes last forgets the connection: what comes then is answered by a reset, whatever its timestamp. Who closed
 * first still asks it, in TIME-WAIT (tcp_timewait_state_process()).
 */
static void a_connection_that_is_over_rejects_no_timestamps(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     {  0,   A,    1, 1001 },
	     {  0.1, B,    1,    1 },
	     { 20,   A, 1001, 1002, .flags = TCP_FIN | TCP_ACK },
	     { 20.1, B,    1,    2, .flags = TCP_FIN | TCP_ACK },
	     { 40,   A, 1002, 1002 },
	     { 41,   A,    1, 1001, .is = FIRST_SENT });
	assert_row(A, .data_segments = 3, .duplicated_segments = 1);
	play(AT(.tap = RECEIVER, BULK),
	     {  0,   A,    1, 1001 },
	     {  0.1, B,    1,    2, .flags = TCP_FIN | TCP_ACK },
	     { 20,   A, 1001, 1002, .flags = TCP_FIN | TCP_ACK },
	     { 20.1, B,    2,    2 },
	     { 41,   A,    1, 1001, .is = FIRST_SENT });
	assert_row(A, .data_segments = 3, .duplicated_segments = 1, .paws_rejected_segments = 1);
	play(AT(.tap = RECEIVER, BULK),
	     {  0,   A,    1, 1001 },
	     {  0.1, B,    1,    1 },
	     { 20,   A, 1001, 2001 },
	     { 20.1, B,    1,    1, .flags = TCP_RST | TCP_ACK },
	     { 41,   A,    1, 1001, .is = FIRST_SENT });
	assert_row(A, .data_segments = 3, .duplicated_segments = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_damaged_segment_is_dropped_by_its_host),
		cmocka_unit_test(a_drop_and_a_loss_side_by_side_are_told_apart),
		cmocka_unit_test(what_the_host_is_still_without_is_dropped_once),
		cmocka_unit_test(reordering_accuses_no_host),
		cmocka_unit_test(blocks_that_an_acknowledgement_leaves_out_accuse_no_host),
		cmocka_unit_test(a_host_that_rejects_an_old_timestamp_must_get_the_segment_again),
		cmocka_unit_test(after_a_silence_of_half_a_turn_no_timestamp_is_old),
		cmocka_unit_test(a_host_without_memory_drops_and_reneges),
		cmocka_unit_test(a_timestamp_of_a_packet_that_is_dropped_makes_no_other_one_old),
		cmocka_unit_test(a_host_without_sack_is_not_accused),
		cmocka_unit_test(a_connection_that_is_over_rejects_no_timestamps),
	};

	return cmocka_run_group_tests_name("scenes_host", tests, NULL, NULL);
}

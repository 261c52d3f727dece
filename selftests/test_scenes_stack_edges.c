/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux's sender and receiver at their edges: timers of single packets, Fast Open gone wrong, path
 * MTU, segments that may not be joined, a receiver's DSACKs. Situations of google/packetdrill's and
 * the kernel's own scripts, told anew.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define LINK .handshake = 1, .prelude = 4, .round_trip_ms = 100, .no_timestamps = 1, .ids = IDS_ZERO
#define SYNACK (TCP_SYN | TCP_ACK)
#define FINACK (TCP_FIN | TCP_ACK)

/* cubic/cubic-rto-ss-ca-cwnd-bump: the kernel's first repetition after 300 ms is a probe, the
 * second, 300 ms later, a timeout. Of one packet in flight the two look alike.
 */
static void a_probe_of_a_single_packet_looks_like_a_timeout(void **state)
{
	play(AT(.tap = SENDER, LINK),
	     {   0, A,    1, 1001, .fate = LOST_AFTER },
	     { 300, A,    1, 1001, .fate = LOST_AFTER },
	     { 600, A,    1, 1001 },
	     { 700, B,    1,    1 },
	     { 701, A, 1001, 3001, .segments = 2 },
	     { 801, B,    1,    1 });
	assert_row(A, .data_segments = 5, .retransmitted_seen_segments = 2,
		   .cause_rto_segments = 2, .loss_bursts = 2);
}

/* user_timeout/user_timeout: a FIN nobody answers, then a reset for who comes too late. */
static void a_fin_without_an_answer_is_resent_until_a_reset(void **state)
{
	play(AT(.tap = SENDER, LINK),
	     {    0, A, 1, 2, .flags = FINACK, .fate = LOST_AFTER },
	     {  300, A, 1, 2, .flags = FINACK, .fate = LOST_AFTER },
	     {  650, A, 1, 2, .flags = FINACK, .fate = LOST_AFTER },
	     { 1350, A, 1, 2, .flags = FINACK, .fate = LOST_AFTER },
	     { 3500, B, 1, 2, .ack = 1 },
	     { 3500, A, 1, 1, .flags = TCP_RST });
	assert_row(A, .data_segments = 4, .fins = 4, .resets = 1, .retransmitted_seen_segments = 3,
		   .cause_rto_segments = 3, .loss_bursts = 3);
	assert_row(B, .data_segments = 1);
}

/* user_timeout/user-timeout-probe: the sender's own queue, behind the tap, takes no packet, and
 * Linux tries again each half second. To the kernel it is not sent yet; at the tap it has passed
 * each time.
 */
static void what_the_senders_own_queue_drops_is_lost_after_its_tap(void **state)
{
	play(AT(.tap = SENDER, LINK),
	     {    0, A, 1, 101, .fate = LOST_AFTER },
	     {  500, A, 1, 101, .fate = LOST_AFTER },
	     { 1000, A, 1, 101, .fate = LOST_AFTER },
	     { 1500, A, 1, 101 },
	     { 1600, B, 1,   1 });
	assert_row(A, .data_segments = 4, .retransmitted_seen_segments = 3,
		   .cause_rto_segments = 3, .loss_bursts = 3);
}

/* mtu_probe/basic-v4: a longer segment goes first, arrives, and is the new measure. */
static void a_probe_of_the_path_mtu_that_arrives_is_data(void **state)
{
	int place;

	tell(AT(.handshake = 1, .prelude = 20),
	     { 0, A,    1, 1387 },
	     { 0, A, 1387, 2387 },
	     { 0, A, 2387, 3387 },
	     { 0, A, 3387, 3401 },
	     { 20.1, A, 3401, 4787 },
	     { 20.1, A, 4787, 6173 });
	for (place = RECEIVER; place <= MIDDLE; place++)
		assert_row_at(place, A, .data_segments = 6, .data_bytes = 6172);
}

/* eor/no-coalesce-retrans: records of 400 bytes stay apart when they are resent, one after the
 * other.
 */
static void short_records_are_resent_one_by_one(void **state)
{
	play(AT(.tap = SENDER, LINK),
	     {   0, A,    1,  401 },
	     {   0, A,  401,  801, .fate = LOST_AFTER },
	     {   0, A,  801, 1201, .fate = LOST_AFTER },
	     {   0, A, 1201, 1601, .fate = LOST_AFTER },
	     {   0, A, 1601, 2001 },
	     { 101, B,    1,    1, .sack = { { 1601, 2001 } } },
	     { 126, A,  401,  801 },
	     { 127, A,  801, 1201 },
	     { 127, A, 1201, 1601 },
	     { 227, B,    1,    1 });
	assert_row(A, .data_segments = 8, .retransmitted_seen_segments = 3,
		   .retransmitted_bytes = 1200, .cause_fast_segments = 3, .loss_bursts = 1);
	assert_int_equal(extremes[A].loss_burst_max_segments, 3);
}

/* gro/gro-mss-option. */
static void a_super_packet_of_smaller_segments_than_announced_counts_them(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .ids = IDS_ZERO),
	     { 0,   A, 1, 10001, .segments = 10 },
	     { 0.1, B, 1,     1 });
	assert_row(A, .packets = 1, .data_segments = 10, .data_bytes = 10000);
}

/* fastopen/client/syn-data-only-syn-acked: refused data come again, and this time they are lost. */
static void refused_data_of_a_syn_may_be_lost_when_they_come_again(void **state)
{
	play(AT(.tap = SENDER, .no_timestamps = 1),
	     {  0, A,    0, 1421, .flags = TCP_SYN },
	     { 20, B,    0,    1, .flags = SYNACK, .ack = 1 },
	     { 20, A,    1, 1421, .fate = LOST_AFTER },
	     { 20, A, 1421, 4261, .segments = 2 },
	     { 40, B,    1,    1, .ack = 1, .sack = { { 1421, 4261 } } },
	     { 45, A,    1, 1421 },
	     { 65, B,    1,    1, .ack = 4261 });
	assert_row(A, .data_segments = 5, .retransmitted_spurious_segments = 1,
		   .retransmitted_seen_segments = 1, .retransmitted_bytes = 2840,
		   .cause_unknown_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row(B, .data_segments = 1, .sack_blocks = 1);
}

/* fastopen/client/syn-data-partial-or-over-ack: a part is accepted, the rest comes again in two
 * segments of the size that the server wants.
 */
static void data_of_a_syn_that_is_accepted_in_part_comes_again_in_part(void **state)
{
	play(AT(.tap = SENDER, .no_timestamps = 1),
	     {  0, A,    0, 1421, .flags = TCP_SYN },
	     { 20, B,    0,    1, .flags = SYNACK, .ack = 101 },
	     { 20, A,  101, 1101 },
	     { 20, A, 1101, 1421 },
	     { 21, A, 1421, 3421, .segments = 2 },
	     { 41, B,    1,    1, .ack = 3421 });
	assert_row(A, .data_segments = 5, .retransmitted_spurious_segments = 2,
		   .retransmitted_bytes = 1320, .cause_unknown_segments = 2);
	assert_row(B, .data_segments = 1);
}

static void a_syn_ack_beyond_what_was_sent_is_answered_by_a_reset(void **state)
{
	play(AT(.tap = SENDER, .no_timestamps = 1),
	     {  0, A,      0, 101, .flags = TCP_SYN },
	     { 20, B,      0,   1, .flags = SYNACK, .ack = 100101 },
	     { 21, A, 100101, 100101, .flags = TCP_RST });
	assert_row(A, .data_segments = 1, .syns = 1, .resets = 1);
	assert_row(B, .data_segments = 1, .syns = 1);
}

/* fastopen/client/syn-data-icmp-unreach-frag-needed: a router says that the SYN was too long, the
 * next one goes without data.
 */
static void a_syn_too_long_for_the_path_is_one_loss(void **state)
{
	play(AT(.tap = SENDER, .no_timestamps = 1),
	     {  0, A, 0, 1001, .flags = TCP_SYN, .fate = LOST_AFTER },
	     { 10, A, 0,    1, .flags = TCP_SYN },
	     { 30, B, 0,    1, .flags = SYNACK, .ack = 1 },
	     { 30, A, 1, 1001 },
	     { 50, B, 1,    1, .ack = 1001 });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1,
		   .retransmitted_spurious_segments = 1, .retransmitted_bytes = 1000,
		   .syn_retransmitted_segments = 1, .cause_rto_segments = 1,
		   .cause_unknown_segments = 1, .loss_bursts = 1);
}

/* fastopen/server/client-ack-dropped-then-recovery: a server whose client's first acknowledgement
 * is lost sends at once, and loses two segments of its first flight.
 */
static void a_fast_open_server_recovers_before_the_handshake_ends(void **state)
{
	play(AT(.tap = SENDER),
	     {  0,   B,    0, 1001, .flags = TCP_SYN },
	     {  0.1, A,    0,    1, .flags = SYNACK, .ack = 1001 },
	     { 10,   A,    1, 5001, .segments = 5, .fate = LOST_AFTER },
	     { 10.1, A, 5001, 10001, .segments = 5, .fate = LOST_AFTER },
	     { 20,   B, 1001, 1001, .ack = 1, .sack = { { 2001, 5001 } } },
	     { 20.1, A,    1, 2001, .segments = 2 },
	     { 21,   B, 1001, 1001, .ack = 1, .sack = { { 2001, 6001 } } },
	     { 30,   B, 1001, 1001, .ack = 10001 });
	assert_row(A, .data_segments = 13, .retransmitted_seen_segments = 2,
		   .cause_fast_segments = 2, .loss_bursts = 1);
	assert_row(B, .data_segments = 1, .data_bytes = 1000);
}

/* tcp_rto_synack_rto_max: a second between the repetitions of a SYN-ACK. */
static void a_syn_ack_is_resent_each_second(void **state)
{
	play(AT(.tap = RECEIVER),
	     {    0,   A,  0, 11, .flags = TCP_SYN },
	     {    0.1, B,  0,  1, .flags = SYNACK, .ack = 11, .fate = LOST_AFTER },
	     { 1000,   B,  0,  1, .flags = SYNACK, .ack = 11, .fate = LOST_AFTER },
	     { 2000,   B,  0,  1, .flags = SYNACK, .ack = 11, .fate = LOST_AFTER },
	     { 3000,   B,  0,  1, .flags = SYNACK, .ack = 11 },
	     { 3010,   A, 11, 11 });
	assert_row(A, .data_segments = 1, .data_bytes = 10);
	assert_row(B, .data_segments = 4, .syns = 4, .retransmitted_seen_segments = 3,
		   .synack_retransmitted_segments = 3, .cause_rto_segments = 3, .loss_bursts = 3);
}

/* tcp_dsack_mult: one retransmission over three holes and what lies between them; the DSACK names
 * the first part that had arrived, and so do those of the two that follow.
 */
static void a_dsack_that_was_merged_names_more_than_one_segment(void **state)
{
	enum place place;

	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		play(AT(.tap = place, .handshake = 1, .prelude = 20),
		     {  0,   A,    1, 1001, .fate = LOST_BEFORE },
		     {  1,   A, 1001, 2001 },
		     {  1.1, B,    1,    1, .ack = 1, .sack = { { 1001, 2001 } } },
		     {  2,   A, 2001, 3001 },
		     {  2.1, B,    1,    1, .ack = 1, .sack = { { 1001, 3001 } } },
		     {  3,   A, 3001, 4001, .fate = LOST_BEFORE },
		     {  4,   A, 4001, 5001 },
		     {  4.1, B,    1,    1, .ack = 1, .sack = { { 4001, 5001 }, { 1001, 3001 } } },
		     {  5,   A, 5001, 7001, .segments = 2, .fate = LOST_BEFORE },
		     {  7,   A, 7001, 8001 },
		     {  7.1, B,    1,    1, .ack = 1,
		       .sack = { { 7001, 8001 }, { 4001, 5001 }, { 1001, 3001 } } },
		     { 28,   A,    1, 6001, .segments = 6 },
		     { 28.1, B,    1,    1, .sack = { { 1001, 3001 }, { 7001, 8001 } } },
		     { 49,   A, 6001, 8001, .segments = 2 },
		     { 49.1, B,    1,    1, .sack = { { 7001, 8001 } } },
		     { 70,   A,    1, 1001 },
		     { 70.1, B,    1,    1, .sack = { { 1, 1001 } } });
		assert_row(A, .data_segments = 13, .retransmitted_unseen_segments = 4,
			   .retransmitted_spurious_segments = 5, .retransmitted_bytes = 9000,
			   .hole_lost_segments = 4, .id_missing_packets = 4,
			   .cause_fast_segments = 6, .cause_unknown_segments = 3,
			   .loss_bursts = 3);
		assert_row(B, .sack_blocks = 11, .dsack_blocks = 3);
	}
}

/* tcp_ooo_rcv_mss: super-packets above a hole. */
static void super_packets_above_a_hole_are_neither_late_nor_lost(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20),
	     { 0,   A,     1,  2001, .segments = 2, .fate = LOST_BEFORE },
	     { 1,   A,  2001, 11001, .segments = 9 },
	     { 1.1, B,     1,     1, .ack = 1, .sack = { { 2001, 11001 } } },
	     { 2,   A, 11001, 21001, .segments = 10 },
	     { 2.1, B,     1,     1, .ack = 1, .sack = { { 2001, 21001 } } });
	assert_row(A, .data_segments = 19, .id_missing_packets = 2);
	assert_row(B, .duplicate_acks = 2, .sack_blocks = 2);
}

/* tcp_rcv_big_endseq: beyond the window the host takes nothing, and without SACK only the
 * repetition shows it.
 */
static void what_lies_beyond_the_window_comes_again(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20, .no_sack = 1),
	     {  0,   A,    1, 4001, .segments = 4 },
	     {  0.1, B,    1,    1, .window = 5 },
	     {  1,   A, 4001, 9001, .segments = 5, .fate = DROPPED },
	     {  1.1, B,    1,    1, .window = 5 },
	     { 30,   B,    1,    1 },
	     { 31,   A, 4001, 9001, .segments = 5 },
	     { 31.1, B,    1,    1 });
	assert_row(A, .data_segments = 14, .retransmitted_seen_segments = 5,
		   .cause_unknown_segments = 5, .loss_bursts = 1);
}

/* tcp_disorder_fin_in_FIN_WAIT: the peer's FIN is overtaken by the acknowledgement it sent after
 * it.
 */
static void a_fin_overtaken_by_a_later_acknowledgement_is_reordered(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {  0, A, 1, 2, .flags = FINACK },
	     { 20, B, 1, 2, .flags = FINACK, .ack = 1, .fate = LOST_BEFORE },
	     { 20, B, 2, 2, .ack = 2 },
	     { 21, B, 1, 2, .flags = FINACK, .is = FIRST_SENT },
	     { 21, A, 2, 2 });
	assert_row(A, .data_segments = 1, .fins = 1);
	assert_row(B, .data_segments = 1, .fins = 1, .reordered_segments = 1,
		   .id_missing_packets = 1, .id_late_packets = 1);
}

/* tcp_accecn_sack_space_grab: three holes, a duplicate of a SACKed segment that was marked on its
 * way, its DSACK and two blocks.
 */
static void a_dsack_above_the_acknowledgement_is_told_from_a_sack(void **state)
{
	play(AT(.tap = RECEIVER, .handshake = 1, .prelude = 20),
	     {  0,   A,    1, 1001, .fate = LOST_BEFORE },
	     {  0,   A, 1001, 2001 },
	     {  0.1, B,    1,    1, .ack = 1, .sack = { { 1001, 2001 } } },
	     {  1,   A, 2001, 3001, .fate = LOST_BEFORE },
	     {  1,   A, 3001, 4001 },
	     {  1.1, B,    1,    1, .ack = 1, .sack = { { 3001, 4001 }, { 1001, 2001 } } },
	     {  2,   A, 4001, 5001, .fate = LOST_BEFORE },
	     {  2,   A, 5001, 6001, .ce = 1 },
	     {  2.1, B,    1,    1, .ack = 1,
	       .sack = { { 5001, 6001 }, { 3001, 4001 }, { 1001, 2001 } } },
	     {  3,   A, 5001, 6001, .is = LAST_SENT },
	     {  3.1, B,    1,    1, .ack = 1,
	       .sack = { { 5001, 6001 }, { 5001, 6001 }, { 3001, 4001 } } },
	     {  4,   A, 6001, 7001 },
	     {  4.1, B,    1,    1, .ack = 1,
	       .sack = { { 5001, 7001 }, { 3001, 4001 }, { 1001, 2001 } } });
	assert_row(A, .data_segments = 5, .duplicated_segments = 1, .ecn_ce_segments = 2,
		   .id_missing_packets = 3);
	assert_row(B, .sack_blocks = 12, .dsack_blocks = 1, .duplicate_acks = 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_probe_of_a_single_packet_looks_like_a_timeout),
		cmocka_unit_test(a_fin_without_an_answer_is_resent_until_a_reset),
		cmocka_unit_test(what_the_senders_own_queue_drops_is_lost_after_its_tap),
		cmocka_unit_test(a_probe_of_the_path_mtu_that_arrives_is_data),
		cmocka_unit_test(short_records_are_resent_one_by_one),
		cmocka_unit_test(a_super_packet_of_smaller_segments_than_announced_counts_them),
		cmocka_unit_test(refused_data_of_a_syn_may_be_lost_when_they_come_again),
		cmocka_unit_test(data_of_a_syn_that_is_accepted_in_part_comes_again_in_part),
		cmocka_unit_test(a_syn_ack_beyond_what_was_sent_is_answered_by_a_reset),
		cmocka_unit_test(a_syn_too_long_for_the_path_is_one_loss),
		cmocka_unit_test(a_fast_open_server_recovers_before_the_handshake_ends),
		cmocka_unit_test(a_syn_ack_is_resent_each_second),
		cmocka_unit_test(a_dsack_that_was_merged_names_more_than_one_segment),
		cmocka_unit_test(super_packets_above_a_hole_are_neither_late_nor_lost),
		cmocka_unit_test(what_lies_beyond_the_window_comes_again),
		cmocka_unit_test(a_fin_overtaken_by_a_later_acknowledgement_is_reordered),
		cmocka_unit_test(a_dsack_above_the_acknowledgement_is_told_from_a_sack),
	};

	return cmocka_run_group_tests_name("scenes_stack_edges", tests, NULL, NULL);
}

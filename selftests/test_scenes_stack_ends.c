/* SPDX-License-Identifier: GPL-2.0-only */
/* More of what google/packetdrill's scripts ask of Linux, told anew: recoveries by SACK, closing, timestamps of FINs
 * and resets, data in SYNs.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define LINK .handshake = 1, .round_trip_ms = 100, .no_timestamps = 1, .ids = IDS_ZERO
#define SYNACK (TCP_SYN | TCP_ACK)
#define FINACK (TCP_FIN | TCP_ACK)

/* fast_retransmit/fr-4pkt-sack: three SACKs, one fast retransmission, everything acknowledged. */
static void three_sacks_make_one_fast_retransmission(void **state)
{
	play(AT(.tap = SENDER, LINK),
	     {   0, A,    1, 5841, .segments = 4, .fate = LOST_AFTER },
	     { 100, B,    1,    1, .ack = 1, .sack = { { 1461, 2921 } } },
	     { 100, B,    1,    1, .ack = 1, .sack = { { 1461, 4381 } } },
	     { 100, B,    1,    1, .ack = 1, .sack = { { 1461, 5841 } } },
	     { 100, A,    1, 1461 },
	     { 200, B,    1,    1, .ack = 5841 },
	     { 201, A, 5841, 5842, .flags = FINACK },
	     { 301, B,    1,    2, .ack = 5842, .flags = FINACK },
	     { 302, A, 5842, 5842, .ack = 2 });
	assert_row(A, .data_segments = 6, .fins = 1, .retransmitted_seen_segments = 1,
		   .retransmitted_bytes = 1460, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_row(B, .data_segments = 1, .fins = 1, .sack_blocks = 3, .duplicate_acks = 3);
}

/* fast_recovery/prr-ss-30pkt-lost1_4: four in a row lost, repaired one for each SACK. */
static void four_losses_in_a_row_are_repaired_one_for_each_sack(void **state)
{
	play(AT(.tap = SENDER, LINK),
	     {   0, A,     1, 10001, .segments = 10, .fate = LOST_AFTER },
	     { 100, B,     1,     1, .ack = 1, .sack = { { 4001, 5001 } } },
	     { 102, B,     1,     1, .ack = 1, .sack = { { 4001, 6001 } } },
	     { 102, B,     1,     1, .ack = 1, .sack = { { 4001, 7001 } } },
	     { 102, A,     1,  1001 },
	     { 103, B,     1,     1, .ack = 1, .sack = { { 4001, 8001 } } },
	     { 103, A,  1001,  2001 },
	     { 104, B,     1,     1, .ack = 1, .sack = { { 4001, 9001 } } },
	     { 104, A,  2001,  3001 },
	     { 105, B,     1,     1, .ack = 1, .sack = { { 4001, 10001 } } },
	     { 105, A,  3001,  4001 },
	     { 202, B,     1,     1, .ack = 1001, .sack = { { 4001, 10001 } } },
	     { 203, B,     1,     1, .ack = 2001, .sack = { { 4001, 10001 } } },
	     { 204, B,     1,     1, .ack = 3001, .sack = { { 4001, 10001 } } },
	     { 205, B,     1,     1, .ack = 10001 },
	     { 205, A, 10001, 17001, .segments = 7 },
	     { 305, B,     1,     1, .ack = 17001 });
	assert_row(A, .data_segments = 21, .retransmitted_seen_segments = 4,
		   .retransmitted_bytes = 4000, .cause_fast_segments = 4, .loss_bursts = 1);
	assert_row(B, .sack_blocks = 9, .duplicate_acks = 6);
	assert_int_equal(extremes[A].loss_burst_max_segments, 4);
}

/* close/close-local-close-then-remote-fin, and -remote-fin-then-close: nothing comes twice. */
static void either_end_may_close_first(void **state)
{
	int place;

	tell(AT(LINK, .quiet = 1),
	     {   0, A,    1, 1001 },
	     {  60, B,    1,    1, .ack = 1001 },
	     { 120, A, 1001, 1002, .flags = FINACK },
	     { 180, B,    1,    1, .ack = 1002 },
	     { 181, B,    1,    2, .ack = 1002, .flags = FINACK },
	     { 240, A, 1002, 1002, .ack = 2 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2, .fins = 1, .packets = 3);
		assert_row_at(place, B, .data_segments = 1, .fins = 1, .packets = 3);
	}
	tell(AT(LINK, .quiet = 1),
	     {   0, B,    1,    2, .flags = FINACK },
	     {  60, A,    1,    1, .ack = 2 },
	     { 100, A,    1,    2, .ack = 2, .flags = FINACK },
	     { 160, B,    2,    2, .ack = 2 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 1, .fins = 1, .packets = 2);
		assert_row_at(place, B, .data_segments = 1, .fins = 1, .packets = 2);
	}
}

/* close/close-on-syn-sent: the answer to a SYN whose owner has gone is answered by a reset, which refuses nothing. */
static void a_reset_of_the_end_that_opened_is_no_refusal(void **state)
{
	int place;

	tell(AT(.quiet = 1),
	     {  0, A, 0, 1, .flags = TCP_SYN },
	     { 15, B, 0, 1, .flags = SYNACK },
	     { 30, A, 1, 1, .flags = TCP_RST });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 1, .syns = 1, .resets = 1);
		assert_row_at(place, B, .data_segments = 1, .syns = 1);
	}
}

/* ts_recent/fin_tsval and reset_tsval: after a second of silence a FIN, or a reset, has the time when it is sent. */
static void the_timestamps_of_fins_and_resets_prove_nothing(void **state)
{
	int place;

	tell(AT(.handshake = 1, .prelude = 4, .quiet = 1),
	     {    0, A,    1, 1001 },
	     {   10, B,    1,    1 },
	     { 1000, B,    1,    2, .flags = FINACK },
	     { 1011, A, 1001, 1001, .ack = 2 },
	     { 2000, A, 1001, 1001, .ack = 2, .flags = TCP_RST | TCP_ACK });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 1, .resets = 1);
		assert_row_at(place, B, .data_segments = 1, .fins = 1);
	}
}

/* fastopen/client/syn-data-mss and -rtt-from-syn-data: as much in the SYN as fits, accepted whole. */
static void a_syn_full_of_data_is_one_segment(void **state)
{
	static const __u32 sizes[] = { 900, 1000, 1300, 1420 };
	int place;

	for (int i = 0; i < 4; i++) {
		const __u32 end = sizes[i] + 1;

		tell(AT(.no_timestamps = 1, .quiet = 1),
		     {  0, A,   0,  end, .flags = TCP_SYN },
		     { 15, B,   0,    1, .flags = SYNACK, .ack = end },
		     { 30, A, end,  end },
		     { 31, B,   1, 1001, .ack = end },
		     { 45, A, end,  end, .ack = 1001 });
		for (place = RECEIVER; place <= MIDDLE; place++) {
			assert_row_at(place, A, .data_segments = 1, .data_bytes = sizes[i],
				      .syns = 1);
			assert_row_at(place, B, .data_segments = 2, .data_bytes = 1000, .syns = 1);
		}
	}
}

/* fastopen/client/syn-data-timeout: after a second the SYN alone, and the data as soon as it is answered; then both
 * ways data.
 */
static void data_of_a_syn_that_timed_out_follow_the_handshake(void **state)
{
	play(AT(.tap = SENDER, .no_timestamps = 1),
	     {    0, A,    0, 1001, .flags = TCP_SYN, .fate = LOST_AFTER },
	     { 1000, A,    0,    1, .flags = TCP_SYN },
	     { 1020, B,    0,    1, .flags = SYNACK, .ack = 1 },
	     { 1020, A,    1, 1001 },
	     { 1021, B,    1, 1401, .ack = 1001 },
	     { 1022, A, 1001, 1001, .ack = 1401 });
	assert_row(A, .data_segments = 3, .syns = 2, .retransmitted_seen_segments = 1,
		   .retransmitted_spurious_segments = 1, .retransmitted_bytes = 1000,
		   .syn_retransmitted_segments = 1, .cause_rto_segments = 1,
		   .cause_unknown_segments = 1, .loss_bursts = 1);
	assert_row(B, .data_segments = 2, .syns = 1);
}

/* mtu_probe/basic-v6. */
static void a_probe_of_the_path_mtu_over_ipv6_is_data(void **state)
{
	int place;

	tell(AT(.handshake = 1, .prelude = 20, .family = 6),
	     {  0,   A,    1, 1367 },
	     {  0,   A, 1367, 2367 },
	     {  0,   A, 2367, 3367 },
	     { 20.1, A, 3367, 4733 });
	for (place = RECEIVER; place <= MIDDLE; place++)
		assert_row_at(place, A, .data_segments = 4, .data_bytes = 4732);
}

/* psp/psp-retransmit-cleartext-after-upgrade: from its second segment on a connection goes on encrypted, over UDP, which
 * is none to a tap. What had been sent in the clear is resent in the clear, after 300 ms; what answers it is not seen.
 */
static void what_was_sent_in_the_clear_is_resent_in_the_clear(void **state)
{
	play(AT(.tap = SENDER, LINK, .no_sack = 1),
	     {   0, A,    1,  501 },
	     {   1, A,  501, 1001, .fate = MISSED },
	     {   2, B,    1,    1, .ack = 1, .fate = MISSED },
	     {   2, B,    1,    1, .ack = 1, .fate = MISSED },
	     {   2, B,    1,    1, .ack = 1, .fate = MISSED },
	     { 301, A,    1,  501 },
	     { 302, B,    1,    1, .ack = 501, .fate = MISSED },
	     { 302, A,  501, 1001, .fate = MISSED },
	     { 402, B,    1,    1, .ack = 1001, .fate = MISSED },
	     { 502, A, 1001, 1002, .flags = FINACK, .fate = MISSED });
	assert_row(A, .data_segments = 2, .data_bytes = 1000, .retransmitted_seen_segments = 1,
		   .retransmitted_bytes = 500, .cause_rto_segments = 1, .loss_bursts = 1);
}

/* tcp_accecn_sack_space_grab_with_ts: counters of congestion leave room for two blocks beside timestamps, or, where
 * three do not fit beside them, the blocks for none. What an acknowledgement leaves out has not arrived late when the
 * next one names it again.
 */
static void blocks_that_counters_crowd_out_come_again(void **state)
{
	enum place place;

	for (place = RECEIVER; place <= SENDER; place++) {
		play(AT(.tap = place, .handshake = 1, .prelude = 20),
		     {  0,   A,    1, 1001, .fate = place == SENDER ? LOST_AFTER : LOST_BEFORE },
		     {  0,   A, 1001, 2001 },
		     {  0.1, B,    1,    1, .ack = 1, .sack = { { 1001, 2001 } } },
		     {  1,   A, 2001, 3001, .fate = place == SENDER ? LOST_AFTER : LOST_BEFORE },
		     {  1,   A, 3001, 4001 },
		     {  1.1, B,    1,    1, .ack = 1, .sack = { { 3001, 4001 }, { 1001, 2001 } } },
		     {  2,   A, 4001, 5001, .fate = place == SENDER ? LOST_AFTER : LOST_BEFORE },
		     {  2,   A, 5001, 6001, .ce = place == RECEIVER },
		     {  2.1, B,    1,    1, .ack = 1, .sack = { { 5001, 6001 }, { 3001, 4001 } } },
		     {  3,   A, 5001, 6001, .is = LAST_SENT, .fate = place == SENDER ? MISSED : PASSES },
		     {  3.1, B,    1,    1, .ack = 1, .sack = { { 5001, 6001 }, { 5001, 6001 } } },
		     {  4,   A, 6001, 7001 },
		     {  4.1, B,    1,    1, .ack = 1,
		       .sack = { { 5001, 7001 }, { 3001, 4001 }, { 1001, 2001 } } });
		assert_row(B, .sack_blocks = 10, .dsack_blocks = 1, .duplicate_acks = 5);
		if (place == SENDER)
			assert_row(A, .data_segments = 7, .duplicated_after_segments = 1);
		else
			assert_row(A, .data_segments = 5, .duplicated_segments = 1,
				   .ecn_ce_segments = 2, .id_missing_packets = 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_sacks_make_one_fast_retransmission),
		cmocka_unit_test(four_losses_in_a_row_are_repaired_one_for_each_sack),
		cmocka_unit_test(either_end_may_close_first),
		cmocka_unit_test(a_reset_of_the_end_that_opened_is_no_refusal),
		cmocka_unit_test(the_timestamps_of_fins_and_resets_prove_nothing),
		cmocka_unit_test(a_syn_full_of_data_is_one_segment),
		cmocka_unit_test(data_of_a_syn_that_timed_out_follow_the_handshake),
		cmocka_unit_test(a_probe_of_the_path_mtu_over_ipv6_is_data),
		cmocka_unit_test(what_was_sent_in_the_clear_is_resent_in_the_clear),
		cmocka_unit_test(blocks_that_counters_crowd_out_come_again),
	};

	return cmocka_run_group_tests_name("scenes_stack_ends", tests, NULL, NULL);
}

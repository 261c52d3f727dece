/* SPDX-License-Identifier: GPL-2.0-only */
/* What is sent while there is nothing to send or no room for it: keep-alives, window probes, urgent
 * mode's probes.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* Linux sends no octet, BSD and Windows one of garbage (RFC 9293 3.8.4). */
static void keepalives_are_no_retransmissions(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {    0, A,    1, 1001 },
	     {   10, B,    1,    1 },
	     { 7000, A, 1000, 1000 },
	     { 7010, B,    1,    1 },
	     { 9000, A, 1000, 1001 },
	     { 9010, B,    1,    1, .unsacked = 1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2, .keepalives = 2);
		assert_row_at(place, B, .packets = 3);
		assert_int_equal(row[B].duplicate_acks, 0);
	}
}

/* Linux answers a keep-alive's octet by a DSACK: none for data that was sent twice. */
static void the_dsack_of_a_keepalive_proves_nothing(void **state)
{
	int place;

	tell(AT(BULK),
	     {    0, A,    1, 1001 },
	     { 9000, A, 1000, 1001 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2, .keepalives = 1);
		assert_row_at(place, B, .packets = 2, .dsack_blocks = 1);
	}
}

static void both_ends_may_keep_a_connection_alive(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {    0, A,    1, 1001 },
	     {   10, B,    1,    1 },
	     { 5000, B,    0,    0 },
	     { 5010, A, 1001, 1001 },
	     { 7000, A, 1000, 1000 },
	     { 7010, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 1, .keepalives = 1);
		assert_row_at(place, B, .packets = 3, .keepalives = 1);
	}
}

static void linuxs_probes_of_a_shut_window_are_no_retransmissions(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {   0, A,    1, 1001 },
	     {  10, B,    1,    1, .window = WINDOW_ZERO },
	     { 240, A, 1000, 1000 },
	     { 250, B,    1,    1, .window = WINDOW_ZERO },
	     { 680, A, 1000, 1000 },
	     { 690, B,    1,    1, .window = WINDOW_ZERO },
	     { 800, B,    1,    1 },
	     { 810, A, 1001, 2001 },
	     { 820, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2, .window_probes = 2);
		assert_row_at(place, B, .packets = 5, .zero_windows = 1,
			      .zero_window_ns = 790000000);
		assert_int_equal(row[B].duplicate_acks, 0);
	}
}

/* The probe's octet is new, and is data: the next segment begins behind it. */
static void a_probe_of_one_octet_that_is_accepted_is_sent_once(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {   0, A,    1, 1001 },
	     {  10, B,    1,    1, .window = WINDOW_ZERO },
	     { 300, A, 1001, 1002 },
	     { 310, B,    1,    1, .window = WINDOW_ZERO },
	     { 900, B,    1,    1 },
	     { 910, A, 1002, 2002 },
	     { 920, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .data_bytes = 2001, .window_probes = 1);
		assert_row_at(place, B, .packets = 4, .zero_windows = 1);
	}
}

static void a_probe_of_one_octet_that_is_refused_is_no_retransmission_either(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {    0, A,    1, 1001 },
	     {   10, B,    1,    1, .window = WINDOW_ZERO },
	     {  300, A, 1001, 1002, .fate = DROPPED },
	     {  310, B,    1,    1, .window = WINDOW_ZERO },
	     {  900, A, 1001, 1002, .fate = DROPPED },
	     {  910, B,    1,    1, .window = WINDOW_ZERO },
	     { 1200, B,    1,    1 },
	     { 1210, A, 1001, 2001 },
	     { 1220, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 4, .data_bytes = 2002, .window_probes = 2);
		assert_row_at(place, B, .packets = 5, .zero_windows = 1);
	}
}

/* A host that holds its peers: its SYN-ACK opens no window (IDs and clocks are such as ask for nothing). */
static void a_window_may_be_shut_from_the_start(void **state)
{
	int place;

	tell(AT(.family = 6, .quiet = 1),
	     {   0,  A, 0, 1, .flags = TCP_SYN },
	     {  10,  B, 0, 1, .flags = TCP_SYN | TCP_ACK, .window = WINDOW_ZERO },
	     {  20,  A, 1, 1 },
	     { 220,  A, 1, 2 },
	     { 230,  B, 1, 1 },
	     { 240,  A, 2, 1002 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .data_bytes = 1001, .syns = 1,
			      .window_probes = 1);
		assert_row_at(place, B, .data_segments = 1, .syns = 1);
	}
}

/* Linux sends the segment at the left edge again where the window shrank below what is outstanding
 * (__tcp_retransmit_skb()), and counts a retransmission. The receiver had the bytes and may not
 * take them back, but dropped them here.
 */
static void a_shrunk_window_makes_the_sender_repeat_its_first_segment(void **state)
{
	tell(AT(BULK, .quiet = 1),
	     {    0, A,    1, 1001 },
	     {    1, A, 1001, 2001, .fate = DROPPED },
	     {    2, A, 2001, 3001, .fate = DROPPED },
	     {   10, B,    1,    1, .ack = 1001, .window = WINDOW_ZERO },
	     {  240, A, 1001, 2001, .fate = DROPPED },
	     {  250, B,    1,    1, .ack = 1001, .window = WINDOW_ZERO },
	     {  680, A, 1001, 2001 },
	     {  690, B,    1,    1, .ack = 2001 },
	     {  700, A, 2001, 3001 },
	     {  710, B,    1,    1 });
	assert_row_at(SENDER, A, .data_segments = 6, .retransmitted_seen_segments = 3,
		      .cause_rto_segments = 3, .loss_bursts = 2);
	assert_row_at(SENDER, B, .packets = 4, .zero_windows = 1);
	assert_row_at(MIDDLE, A, .data_segments = 6, .retransmitted_seen_segments = 3,
		      .cause_rto_segments = 3, .loss_bursts = 2);
	assert_row_at(RECEIVER, A, .data_segments = 6, .retransmitted_seen_segments = 3,
		      .cause_rto_segments = 3, .loss_bursts = 2);
}

static void data_up_to_the_right_edge_fills_the_window(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {  0, A,    1, 1001 },
	     { 10, B,    1,    1, .window = 16 },        /* of 128 bytes each */
	     { 21, A, 1001, 2001 },
	     { 22, A, 2001, 3049 },
	     { 32, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3, .window_full = 1);
		assert_row_at(place, B, .packets = 2);
	}
}

/* RFC 7323 2.2: without the SYNs nobody knows what the window's units are. */
static void without_the_handshake_no_window_is_known_to_be_full(void **state)
{
	int place;

	tell(AT(.prelude = 20, .quiet = 1),
	     {  0, A,    1, 1001 },
	     { 10, B,    1,    1, .window = 2048 },
	     { 21, A, 1001, 2001 },
	     { 22, A, 2001, 3049 },
	     { 32, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3);
		assert_row_at(place, B, .packets = 2);
	}
}

/* tcp_send_urg's probes: no octet, at the left edge and one before it, both with data outstanding.
 */
static void the_probes_of_urgent_mode_are_no_retransmissions(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {  0, A,    1, 1001 },
	     {  1, A,    1,    1, .flags = TCP_ACK | TCP_URG },
	     {  1, A,    0,    0, .flags = TCP_ACK | TCP_URG },
	     {  2, A, 1001, 2001, .flags = TCP_ACK | TCP_URG },
	     { 12, B,    1,    1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2, .packets = 4);
		assert_row_at(place, B, .packets = 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keepalives_are_no_retransmissions),
		cmocka_unit_test(the_dsack_of_a_keepalive_proves_nothing),
		cmocka_unit_test(both_ends_may_keep_a_connection_alive),
		cmocka_unit_test(linuxs_probes_of_a_shut_window_are_no_retransmissions),
		cmocka_unit_test(a_probe_of_one_octet_that_is_accepted_is_sent_once),
		cmocka_unit_test(a_probe_of_one_octet_that_is_refused_is_no_retransmission_either),
		cmocka_unit_test(a_window_may_be_shut_from_the_start),
		cmocka_unit_test(a_shrunk_window_makes_the_sender_repeat_its_first_segment),
		cmocka_unit_test(data_up_to_the_right_edge_fills_the_window),
		cmocka_unit_test(without_the_handshake_no_window_is_known_to_be_full),
		cmocka_unit_test(the_probes_of_urgent_mode_are_no_retransmissions),
	};

	return cmocka_run_group_tests_name("scenes_windows", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* One loss, or one segment late, told with other clocks: numbers that wrap, IDs that say nothing,
 * no timestamps, ticks too long for the round trip.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20

/* Segment 2 of 5 is lost, or late. */
#define LOST(n) \
	{  0, A,    1, 1001 }, \
	{  1, A, 1001, 2001, .fate = n }, \
	{  2, A, 2001, 3001 }, \
	{  3, A, 3001, 4001 }, \
	{  4, A, 4001, 5001 }, \
	{ 25, A, 1001, 2001 }
#define LATE \
	{  0, A,    1, 1001 }, \
	{  1, A, 1001, 2001, .late = 2.5 }, \
	{  2, A, 2001, 3001 }, \
	{  3, A, 3001, 4001 }, \
	{  4, A, 4001, 5001 }

/* The rows that a proof gives, with as many IDs found missing. */
static void assert_lost(enum place place, __u32 ids)
{
	assert_row_at(place, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
		      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
		      .id_missing_packets = ids, .cause_fast_segments = 1, .loss_bursts = 1);
}

static void assert_late(enum place place, __u32 ids)
{
	assert_row_at(place, A, .data_segments = 5, .reordered_segments = 1,
		      .id_missing_packets = ids, .id_late_packets = ids);
}

static void assert_lost_after(enum place place)
{
	assert_row_at(place, A, .data_segments = 6, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 1, .loss_bursts = 1);
}

static void assert_late_after(enum place place)
{
	assert_row_at(place, A, .data_segments = 5, .reordered_after_segments = 1);
}

/* One of the bases that each play begins at puts the wrap of the sequence numbers into this hole.
 */
static void sequence_numbers_may_wrap_inside_a_hole(void **state)
{
	tell(AT(BULK),
	     {  0, A,    1, 1001, .fate = LOST_BEFORE },
	     {  1, A, 1001, 2001 },
	     {  2, A, 2001, 3001 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     { 24, A,    1, 1001 });
	assert_lost(RECEIVER, 1);
	assert_lost_after(SENDER);
	assert_lost(MIDDLE, 1);
}

static void timestamps_may_wrap_between_a_loss_and_its_repair(void **state)
{
	__u32 clock;

	for (clock = 0xffffffe0; clock; clock++) {
		tell(AT(BULK, .ids = IDS_ZERO, .clock = clock), LOST(LOST_BEFORE));
		assert_lost(RECEIVER, 0);
		assert_lost_after(SENDER);
		assert_lost(MIDDLE, 0);
	}
}

static void identifications_may_wrap_between_a_loss_and_its_repair(void **state)
{
	__u16 id;

	for (id = 0xfff8; id; id++) {
		tell(AT(BULK, .no_timestamps = 1, .id = id), LOST(LOST_BEFORE));
		assert_lost(RECEIVER, 1);
		assert_lost_after(SENDER);
		assert_lost(MIDDLE, 1);
		tell(AT(BULK, .no_timestamps = 1, .id = id), LATE);
		assert_late(RECEIVER, 1);
		assert_late_after(SENDER);
		assert_late(MIDDLE, 1);
	}
}

static void a_sender_whose_ids_say_nothing_is_judged_by_its_timestamps(void **state)
{
	enum ids ids;

	for (ids = IDS_ZERO; ids <= IDS_RANDOM; ids++) {
		tell(AT(BULK, .ids = ids), LOST(LOST_BEFORE));
		assert_lost(RECEIVER, 0);
		assert_lost_after(SENDER);
		assert_lost(MIDDLE, 0);
		tell(AT(BULK, .ids = ids), LATE);
		assert_late(RECEIVER, 0);
		assert_late_after(SENDER);
		assert_late(MIDDLE, 0);
	}
}

/* Random IDs and a copy in order: the same timestamp and less than half a round trip since the last
 * packet.
 */
static void a_copy_without_a_clock_is_told_by_timing_alone(void **state)
{
	tell(AT(BULK, .echo = 1, .ids = IDS_RANDOM),
	     { 0, A,    1, 1001, .copied = 0.4 },
	     { 1, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .duplicated_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 2, .duplicated_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .duplicated_segments = 1);
}

/* The handshake's round trip took 20 ticks: what comes again within its own tick is the network's. */
static void a_copy_in_the_newest_tick_is_told_by_the_handshake(void **state)
{
	tell(AT(BULK, .ids = IDS_RANDOM),
	     { 0, A,    1, 1001, .copied = 0.4 },
	     { 1, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .duplicated_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 2, .duplicated_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .duplicated_segments = 1);
}

/* Without round trips nobody knows how quick a repetition can be. The middle knows those to the receiver. */
static void a_copy_without_a_clock_and_without_round_trips_is_ambiguous(void **state)
{
	tell(AT(.prelude = 20, .ids = IDS_RANDOM),
	     { 0, A,    1, 1001, .copied = 0.4 },
	     { 1, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 3, .ambiguous_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 2, .duplicated_after_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = 3, .duplicated_segments = 1);
}

static void ids_in_sequence_are_proof_without_timestamps(void **state)
{
	tell(AT(BULK, .no_timestamps = 1), LOST(LOST_AFTER));
	assert_lost(RECEIVER, 1);
	assert_lost_after(SENDER);
	assert_lost_after(MIDDLE);
	tell(AT(BULK, .no_timestamps = 1), LATE);
	assert_late(RECEIVER, 1);
	assert_late_after(SENDER);
	assert_late(MIDDLE, 1);
}

/* Of a counter that other connections use too: order, no gaps. */
static void ids_of_a_shared_counter_tell_order_and_no_losses(void **state)
{
	tell(AT(.handshake = 1, .prelude = 60, .no_timestamps = 1, .ids = IDS_SHARED),
	     LOST(LOST_BEFORE));
	assert_lost(RECEIVER, 0);
	assert_lost_after(SENDER);
	assert_lost(MIDDLE, 0);
	tell(AT(.handshake = 1, .prelude = 60, .no_timestamps = 1, .ids = IDS_SHARED), LATE);
	assert_late(RECEIVER, 0);
	assert_late_after(SENDER);
	assert_late(MIDDLE, 0);
}

/* A round trip of a fifth of a tick: what has the hole's own timestamp may be either. Its sender's
 * tap sees the order itself.
 */
#define SHORT BULK, .family = 6, .round_trip_ms = 0.2

static void within_one_tick_a_fill_is_ambiguous(void **state)
{
	tell(AT(SHORT),
	     { 0.10, A,    1, 1001 },
	     { 0.11, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 0.12, A, 2001, 3001 },
	     { 0.13, A, 3001, 4001 },
	     { 0.14, A, 4001, 5001 },
	     { 0.45, A, 1001, 2001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .ambiguous_segments = 1);
	assert_lost_after(SENDER);
	assert_row_at(MIDDLE, A, .data_segments = 5, .ambiguous_segments = 1);
}

static void in_the_next_tick_a_fill_is_proven_a_retransmission(void **state)
{
	tell(AT(SHORT),
	     { 0.80, A,    1, 1001 },
	     { 0.81, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 0.82, A, 2001, 3001 },
	     { 0.83, A, 3001, 4001 },
	     { 0.84, A, 4001, 5001 },
	     { 1.15, A, 1001, 2001 });
	assert_lost(RECEIVER, 0);
	assert_lost_after(SENDER);
	assert_lost(MIDDLE, 0);
}

static void a_segment_late_by_less_than_a_tick_is_ambiguous(void **state)
{
	tell(AT(SHORT),
	     { 0.10, A,    1, 1001 },
	     { 0.11, A, 1001, 2001, .late = 0.16 },
	     { 0.12, A, 2001, 3001 },
	     { 0.13, A, 3001, 4001 },
	     { 0.14, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .ambiguous_segments = 1);
	assert_late_after(SENDER);
	assert_row_at(MIDDLE, A, .data_segments = 5, .ambiguous_segments = 1);
}

/* Half a round trip after the hole opened nothing can have been sent because of it. */
static void a_segment_late_by_less_than_half_a_round_trip_was_reordered(void **state)
{
	tell(AT(SHORT, .echo = 1),
	     { 0.10, A,    1, 1001 },
	     { 0.11, A, 1001, 2001, .late = 0.05 },
	     { 0.12, A, 2001, 3001 },
	     { 0.13, A, 3001, 4001 },
	     { 0.14, A, 4001, 5001 });
	assert_late(RECEIVER, 0);
	assert_late_after(SENDER);
	assert_late(MIDDLE, 0);
}

/* Ticks of a microsecond (tcp_usec_ts). */
static void fine_ticks_prove_what_happens_in_a_short_round_trip(void **state)
{
	tell(AT(SHORT, .tick_ms = 0.001),
	     { 0.10, A,    1, 1001 },
	     { 0.11, A, 1001, 2001, .fate = LOST_BEFORE },
	     { 0.12, A, 2001, 3001 },
	     { 0.13, A, 3001, 4001 },
	     { 0.14, A, 4001, 5001 },
	     { 0.45, A, 1001, 2001 });
	assert_lost(RECEIVER, 0);
	assert_lost_after(SENDER);
	assert_lost(MIDDLE, 0);
	tell(AT(SHORT, .tick_ms = 0.001),
	     { 0.10, A,    1, 1001 },
	     { 0.11, A, 1001, 2001, .late = 0.16 },
	     { 0.12, A, 2001, 3001 },
	     { 0.13, A, 3001, 4001 },
	     { 0.14, A, 4001, 5001 });
	assert_late(RECEIVER, 0);
	assert_late_after(SENDER);
	assert_late(MIDDLE, 0);
}

/* All segments of a burst bear one timestamp: as the round trip takes 20 ticks, a retransmission
 * would bear a later one, and echo a later one. The tick is known 20 ms after the first anomaly. In the
 * middle no acknowledgement has passed since the pause, so that both echoes are the same: likely, not proven.
 */
static void an_equal_timestamp_is_proof_where_the_round_trip_is_long(void **state)
{
	tell(AT(BULK, .echo = 1, .ids = IDS_ZERO),
	     {   0.1, A,    1, 1001 },
	     {   1.2, A, 1001, 2001, .late = 3 },
	     {   3.3, A, 2001, 3001 },
	     { 120.1, A, 3001, 4001 },
	     { 120.2, A, 4001, 5001, .late = 13 },
	     { 120.3, A, 5001, 6001 },
	     { 120.4, A, 6001, 7001 });
	assert_row_at(RECEIVER, A, .data_segments = 7, .reordered_segments = 2);
	assert_row_at(SENDER, A, .data_segments = 7, .reordered_after_segments = 2);
	assert_row_at(MIDDLE, A, .data_segments = 7, .reordered_segments = 2);
}

static void without_any_clock_late_by_most_of_a_round_trip_is_ambiguous(void **state)
{
	tell(AT(BULK, .echo = 1, .family = 6, .no_timestamps = 1),
	     { 0, A,    1, 1001 },
	     { 1, A, 1001, 2001, .late = 16 },
	     { 2, A, 2001, 3001 },
	     { 3, A, 3001, 4001 },
	     { 4, A, 4001, 5001 });
	assert_row_at(RECEIVER, A, .data_segments = 5, .ambiguous_segments = 1);
	assert_late_after(SENDER);
	assert_row_at(MIDDLE, A, .data_segments = 5, .ambiguous_segments = 1);
}

static void without_any_clock_the_senders_tap_alone_tells_a_retransmission(void **state)
{
	tell(AT(BULK, .echo = 1, .family = 6, .no_timestamps = 1), LOST(LOST_AFTER));
	assert_row_at(RECEIVER, A, .data_segments = 5, .ambiguous_segments = 1);
	assert_lost_after(SENDER);
	assert_row_at(MIDDLE, A, .data_segments = 6, .ambiguous_segments = 1);
}

/* Not negotiated, but there: what echoes a later one ends no round trip (RFC 7323 4.1). */
static void timestamps_may_begin_in_the_middle(void **state)
{
	static const __u8 first[12] = { 1, 1, 8, 10, 0, 0, 0, 5 };
	static const __u8 other[12] = { 1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9 };

	play(AT(.handshake = 1, .prelude = 20, .family = 6, .no_timestamps = 1),
	     {  0, A, 1, 1001, .options = first, .options_length = sizeof(first) },
	     { 10, B, 1,    1, .options = other, .options_length = sizeof(other) });
	assert_row(A, .data_segments = 1);
	assert_row(B, .packets = 1);
	assert_int_equal(row[A].rtt_samples, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequence_numbers_may_wrap_inside_a_hole),
		cmocka_unit_test(timestamps_may_wrap_between_a_loss_and_its_repair),
		cmocka_unit_test(identifications_may_wrap_between_a_loss_and_its_repair),
		cmocka_unit_test(a_sender_whose_ids_say_nothing_is_judged_by_its_timestamps),
		cmocka_unit_test(a_copy_without_a_clock_is_told_by_timing_alone),
		cmocka_unit_test(a_copy_in_the_newest_tick_is_told_by_the_handshake),
		cmocka_unit_test(a_copy_without_a_clock_and_without_round_trips_is_ambiguous),
		cmocka_unit_test(ids_in_sequence_are_proof_without_timestamps),
		cmocka_unit_test(ids_of_a_shared_counter_tell_order_and_no_losses),
		cmocka_unit_test(within_one_tick_a_fill_is_ambiguous),
		cmocka_unit_test(in_the_next_tick_a_fill_is_proven_a_retransmission),
		cmocka_unit_test(a_segment_late_by_less_than_a_tick_is_ambiguous),
		cmocka_unit_test(a_segment_late_by_less_than_half_a_round_trip_was_reordered),
		cmocka_unit_test(fine_ticks_prove_what_happens_in_a_short_round_trip),
		cmocka_unit_test(an_equal_timestamp_is_proof_where_the_round_trip_is_long),
		cmocka_unit_test(without_any_clock_late_by_most_of_a_round_trip_is_ambiguous),
		cmocka_unit_test(without_any_clock_the_senders_tap_alone_tells_a_retransmission),
		cmocka_unit_test(timestamps_may_begin_in_the_middle),
	};

	return cmocka_run_group_tests_name("scenes_clocks", tests, NULL, NULL);
}

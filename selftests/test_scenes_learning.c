/* SPDX-License-Identifier: GPL-2.0-only */
/* What a young connection's clocks prove: IDs before their mode is known, ticks before they are measured, round
 * trips of which there are few. Whatever is not known yet leaves a segment ambiguous.
 */
#include "scenario.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20
#define NO_CLOCK .family = 6, .no_timestamps = 1

/* Segment 2 of 5 is lost, or late. */
#define LOST \
	{  0, A,    1, 1001 }, \
	{  1, A, 1001, 2001, .fate = LOST_BEFORE }, \
	{  2, A, 2001, 3001 }, \
	{  3, A, 3001, 4001 }, \
	{  4, A, 4001, 5001 }, \
	{ 25, A, 1001, 2001 }
#define LATE(ms) \
	{  0, A,    1, 1001 }, \
	{  1, A, 1001, 2001, .late = ms }, \
	{  2, A, 2001, 3001 }, \
	{  3, A, 3001, 4001 }, \
	{  4, A, 4001, 5001 }

static void assert_ambiguous_before(__u32 segments)
{
	assert_row_at(RECEIVER, A, .data_segments = segments, .ambiguous_segments = 1);
	assert_row_at(MIDDLE, A, .data_segments = segments, .ambiguous_segments = 1);
}

static void assert_sent_again(__u32 segments)
{
	assert_row_at(SENDER, A, .data_segments = segments, .retransmitted_seen_segments = 1,
		      .retransmitted_bytes = 1000, .cause_fast_segments = 1, .loss_bursts = 1);
}

/* Three packets with IDs in sequence tell order; sixteen, and gaps are counted. */
static void ids_tell_order_before_they_count(void **state)
{
	tell(AT(.handshake = 1, .prelude = 6, .no_timestamps = 1), LOST);
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 5, .retransmitted_unseen_segments = 1,
			      .retransmitted_bytes = 1000, .hole_lost_segments = 1,
			      .cause_fast_segments = 1, .loss_bursts = 1);
	assert_sent_again(6);
	tell(AT(.handshake = 1, .prelude = 6, .no_timestamps = 1), LATE(2.5));
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 5, .reordered_segments = 1);
	assert_row_at(SENDER, A, .data_segments = 5, .reordered_after_segments = 1);
}

/* The second ID is the next but one, as the hole has it: a random generator gives that now and then. */
static void ids_of_two_packets_tell_nothing(void **state)
{
	tell(AT(.no_timestamps = 1),
	     {  0, A,    1, 1001 },
	     {  1, A, 1001, 2001, .late = 15 },
	     {  2, A, 2001, 3001 });
	assert_ambiguous_before(3);
	assert_row_at(SENDER, A, .data_segments = 3, .reordered_after_segments = 1);
}

/* Three packets, three IDs apart: a random generator gives such a row now and then, but rarely. */
static void three_ids_that_grow_by_little_are_likely_a_counters(void **state)
{
	tell(AT(.no_timestamps = 1),
	     {  0, A,    1, 1001, .id = 1 },
	     {  1, A, 1001, 2001, .id = 4, .fate = LOST_BEFORE },
	     {  2, A, 2001, 3001, .id = 7 },
	     { 25, A, 1001, 2001, .id = 10 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 3, .retransmitted_unseen_segments = 1,
			      .retransmitted_likely_segments = 1, .retransmitted_bytes = 1000,
			      .hole_lost_segments = 1, .cause_fast_segments = 1, .loss_bursts = 1);
	assert_sent_again(4);
}

/* A jump of two hundred is no counter's; what follows in sequence may be chance, for a while. */
static void ids_that_jumped_once_tell_nothing_for_a_while(void **state)
{
	tell(AT(.no_timestamps = 1),
	     {  0, A,    1, 1001, .id = 1 },
	     {  1, A, 1001, 2001, .id = 2 },
	     {  2, A, 2001, 3001, .id = 203 },
	     {  3, A, 3001, 4001 },
	     {  4, A, 4001, 5001 },
	     {  5, A, 5001, 6001 },
	     {  6, A, 6001, 7001 },
	     {  7, A, 7001, 8001, .fate = LOST_BEFORE },
	     {  8, A, 8001, 9001 },
	     { 29, A, 7001, 8001 });
	assert_ambiguous_before(9);
	assert_sent_again(10);
}

static void random_ids_alone_tell_nothing(void **state)
{
	for (enum ids ids = IDS_ZERO; ids <= IDS_RANDOM; ids++) {
		tell(AT(BULK, .no_timestamps = 1, .ids = ids), LOST);
		assert_ambiguous_before(5);
		assert_sent_again(6);
	}
}

/* Equal timestamps 5 ms after the first anomaly: nobody knows yet how long a tick is, but likely it is short. */
static void an_equal_timestamp_is_likely_no_repetitions_before_the_tick_is_known(void **state)
{
	tell(AT(BULK, .echo = 1, .ids = IDS_ZERO),
	     { 0.1, A,    1, 1001 },
	     { 1.2, A, 1001, 2001, .late = 3 },
	     { 3.3, A, 2001, 3001 },
	     { 9.1, A, 3001, 4001 },
	     { 9.2, A, 4001, 5001, .late = 13 },
	     { 9.3, A, 5001, 6001 },
	     { 9.4, A, 6001, 7001 });
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 7, .reordered_segments = 2);
	assert_row_at(SENDER, A, .data_segments = 7, .reordered_after_segments = 2);
}

/* Four thirds of a tick of 15 ms are a round trip here: a retransmission may have its hole's timestamp. Where the clock
 * stands still for longer than the tick is measured, nothing is known of it.
 */
static void an_equal_timestamp_of_a_slow_clock_says_nothing(void **state)
{
	static const double ticks[] = { 15, 1000 };

	for (int i = 0; i < 2; i++) {
		tell(AT(BULK, .echo = 1, .ids = IDS_ZERO, .tick_ms = ticks[i]),
		     {   0.1, A,    1, 1001 },
		     {   1.2, A, 1001, 2001, .late = 3 },
		     {   3.3, A, 2001, 3001 },
		     { 200.1, A, 3001, 4001 },
		     { 200.2, A, 4001, 5001, .late = 13 },
		     { 200.3, A, 5001, 6001 },
		     { 200.4, A, 6001, 7001 });
		for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
			assert_row_at(place, A, .data_segments = 7, .reordered_segments = 1,
				      .ambiguous_segments = 1);
		assert_row_at(SENDER, A, .data_segments = 7, .reordered_after_segments = 2);
	}
}

/* Half of the shortest round trip is proof of a sort; of three samples nobody knows it. */
static void few_round_trips_do_not_tell_the_shortest(void **state)
{
	tell(AT(.handshake = 1, .prelude = 1, .echo = 1, NO_CLOCK), LATE(2.5));
	assert_ambiguous_before(5);
	assert_row_at(SENDER, A, .data_segments = 5, .reordered_after_segments = 1);
	tell(AT(.handshake = 1, .prelude = 4, .echo = 1, NO_CLOCK), LATE(2.5));
	for (int place = RECEIVER; place <= MIDDLE; place += MIDDLE)
		assert_row_at(place, A, .data_segments = 5, .reordered_segments = 1);
}

/* No timeout is told where no round trip is known: a way may be that long. */
static void without_round_trips_no_fill_is_likely_anything(void **state)
{
	enum place place;

	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		play(AT(.tap = place, NO_CLOCK),
		     {   0, A,    1, 1001 },
		     {   1, A, 1001, 2001, .fate = LOST_BEFORE },
		     {   2, A, 2001, 3001 },
		     { 400, A, 1001, 2001 });
		assert_row(A, .data_segments = 3, .ambiguous_segments = 1);
	}
}

/* A middlebox takes the timestamps off this one packet. */
static void a_fill_without_a_timestamp_is_not_told_by_one(void **state)
{
	static const __u8 padding[4] = { 1, 1, 1, 1 };
	enum place place;

	for (place = RECEIVER; place <= MIDDLE; place += MIDDLE) {
		play(AT(.tap = place, BULK, .ids = IDS_ZERO),
		     {  0, A,    1, 1001 },
		     {  1, A, 1001, 2001, .fate = LOST_BEFORE },
		     {  2, A, 2001, 3001 },
		     { 23, A, 1001, 2001, .options = padding, .options_length = 4 });
		assert_row(A, .data_segments = 3, .ambiguous_segments = 1);
	}
}

/* Who numbers its SYN-ACK 0 and counts afterwards is Linux: of seventeen acknowledgements six are lost, never more than
 * three come one after the other, and the lost ones are counted all the same.
 */
static void few_ids_are_enough_of_who_began_with_none(void **state)
{
	static const __u8 lost[17] = { [3] = 1, [7] = 1, [8] = 1, [11] = 1, [12] = 1, [13] = 1 };
	static struct step steps[17];

	for (int i = 0; i < 17; i++)
		steps[i] = (struct step){ i, A, 1 + i * 1000, 1001 + i * 1000,
					  .answer = lost[i] ? LOST_BEFORE : PASSES };
	scenario_tell(AT(.handshake = 1), steps, 17, __FILE__, __LINE__);
	assert_row_at(SENDER, B, .id_missing_packets = 6);
	assert_row_at(MIDDLE, B, .id_missing_packets = 6);
	assert_row_at(RECEIVER, B, .id_missing_packets = 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_tell_order_before_they_count),
		cmocka_unit_test(ids_of_two_packets_tell_nothing),
		cmocka_unit_test(three_ids_that_grow_by_little_are_likely_a_counters),
		cmocka_unit_test(ids_that_jumped_once_tell_nothing_for_a_while),
		cmocka_unit_test(random_ids_alone_tell_nothing),
		cmocka_unit_test(an_equal_timestamp_is_likely_no_repetitions_before_the_tick_is_known),
		cmocka_unit_test(an_equal_timestamp_of_a_slow_clock_says_nothing),
		cmocka_unit_test(few_round_trips_do_not_tell_the_shortest),
		cmocka_unit_test(without_round_trips_no_fill_is_likely_anything),
		cmocka_unit_test(a_fill_without_a_timestamp_is_not_told_by_one),
		cmocka_unit_test(few_ids_are_enough_of_who_began_with_none),
	};

	return cmocka_run_group_tests_name("scenes_learning", tests, NULL, NULL);
}

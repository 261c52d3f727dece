/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv4 IDs alone: a mode that is learnt and given up, and what the window of IDs remembers. */
#include <string.h>

#include "scenario.h"
#include "tap.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BY_IDS .no_timestamps = 1
#define BULK .handshake = 1, .prelude = 20, BY_IDS

/* In-order segments of 100 bytes, one each 100 us. */
static int in_order(struct step *steps, double ms, int first, int count)
{
	for (int i = 0; i < count; i++)
		steps[i] = (struct step){ ms + i * 0.1, A, 1 + (first + i) * 100,
					  101 + (first + i) * 100 };
	return count;
}

/* Before the mode is known, and found when it is. */
static void what_was_late_while_ids_were_learnt_was_not_lost(void **state)
{
	static struct step steps[30];
	int n = in_order(steps, 0, 0, 20);

	steps[10].fate = LOST_BEFORE;
	steps[n++] = (struct step){ 3, A, 1001, 1101, .is = FIRST_SENT };
	scenario_play(AT(.tap = RECEIVER, BY_IDS), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 20, .reordered_segments = 1, .id_missing_packets = 1,
		   .id_late_packets = 1);
	assert_int_equal(extremes[A].reordering_extent_max, 9);
}

static void a_copy_while_ids_are_learnt_takes_no_loss_back(void **state)
{
	static struct step steps[30];
	int n = in_order(steps, 0, 0, 10);

	steps[6].fate = LOST_BEFORE;
	steps[n++] = (struct step){ 1, A, 701, 801, .is = FIRST_SENT };
	n += in_order(&steps[n], 2, 10, 15);
	scenario_play(AT(.tap = RECEIVER, BY_IDS), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 25, .duplicated_segments = 1, .id_missing_packets = 1);
}

/* The fast path leaves the window behind, which is brought up to date by what needs it. */
static void a_copy_of_what_the_fast_path_took_is_known(void **state)
{
	static struct step steps[220];
	int n = in_order(steps, 0, 0, 100);

	steps[0].fate = LOST_BEFORE;
	steps[n++] = (struct step){ 10.5, A, 1, 101, .is = FIRST_SENT };
	n += in_order(&steps[n], 11, 100, 100);
	steps[n++] = (struct step){ 22, A, 5001, 5101, .is = FIRST_SENT };
	steps[n++] = (struct step){ 23, A, 15001, 15101, .is = FIRST_SENT };
	scenario_play(AT(.tap = RECEIVER, BULK), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 202, .reordered_segments = 1, .duplicated_segments = 2,
		   .id_missing_packets = 1, .id_late_packets = 1);
}

/* Later by more IDs than the window has: the hole's opener tells that it is an original. */
static void what_is_late_by_more_than_the_window_was_not_lost(void **state)
{
	static struct step steps[700];
	int n = in_order(steps, 0, 0, 650);

	steps[20].fate = LOST_BEFORE;
	steps[n++] = (struct step){ 70, A, 2001, 2101, .is = FIRST_SENT };
	scenario_play(AT(.tap = RECEIVER, BULK), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 650, .reordered_segments = 1, .id_missing_packets = 1,
		   .id_late_packets = 1);
	assert_int_equal(extremes[A].reordering_extent_max, 629);
}

/* Four thousand lost at once are none; from there the counter tells order, and no gaps. */
static void a_jump_of_thousands_is_no_loss(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     { 0, A,    1, 1001, .id = 1 },
	     { 1, A, 1001, 2001, .id = 6000 },
	     { 2, A, 2001, 3001, .id = 6010 });
	assert_row(A, .data_segments = 3);
}

/* The same ID on two segments in order: it does not count. */
static void an_id_that_stands_still_is_no_counters(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     { 0, A,    1, 1001, .id = 1 },
	     { 1, A, 1001, 2001, .id = 1 },
	     { 2, A, 2001, 3001, .id = 9 });
	assert_row(A, .data_segments = 3);
}

/* Of what is left of a socket, which has no counter (TIME-WAIT). */
static void an_acknowledgement_with_the_id_zero_is_not_counted(void **state)
{
	play(AT(.tap = RECEIVER, BULK, .id = 0x8000),
	     { 0, A,    1, 1001, .id = 1 },
	     { 1, A, 1001, 1001, .id = 0x8001 },
	     { 2, A, 1001, 2001, .id = 2 },
	     { 3, A, 2001, 3001, .id = 4 });
	assert_row(A, .data_segments = 3, .id_missing_packets = 1);
}

/* Two acknowledgements that changed places among the first packets contradict no counter. */
static void acknowledgements_that_change_places_leave_the_mode(void **state)
{
	static struct step steps[40] = {
		{ 0, B,   1,  501 },
		{ 1, A,   1,    1, .id = 1 },
		{ 2, B, 501, 1001 },
		{ 3, A,   1,    1, .id = 3 },
		{ 4, A,   1,    1, .id = 2, .ack = 501 },
	};
	int n = 5;

	n += in_order(&steps[n], 10, 0, 20);
	for (int i = 5; i < n; i++)
		steps[i].id = i - 1 + (i > 22);
	scenario_play(AT(.tap = RECEIVER, BY_IDS), steps, n, __FILE__, __LINE__);
	assert_row(A, .data_segments = 20, .id_missing_packets = 1);
	assert_row(B, .data_segments = 2);
}

/* Twenty segments of 100 bytes, of which the last skips three IDs, by a host's TTL at the tap. */
static void only_linux_counts(int ttl, int missing)
{
	static const struct opts none;
	static struct tap t;

	memset(&t, 0, sizeof(t));
	for (int i = 0; i < 20; i++) {
		struct pkt p = { .now_ns = 1000000 * (i + 1), .seq = 100 * i, .end_seq = 100 * (i + 1),
				 .ack = 1, .payload = 100, .ip_bytes = 140, .segments = 1, .window = 1000,
				 .id = 500 + i + (i == 19 ? 3 : 0), .ttl = ttl, .tcp_flags = TCP_ACK,
				 .family = 4, .dir = IN, .has = PKT_ID };

		tap_packet(&t, &p, &none);
	}
	row[A] = t.totals.dir[IN];
	assert_row(A, .packets = 20, .bytes = 2800, .data_segments = 20, .data_bytes = 2000,
		   .id_missing_packets = missing);
	assert_int_equal(row[A].ipid_packets, missing ? 20 : 0);
}

/* Stacks that start with 30, 32, 128 or 255 count for all of their connections. 0 was erased. */
static void only_ids_of_hosts_with_linuxs_ttl_are_counted(void **state)
{
	only_linux_counts(64, 3);
	only_linux_counts(33, 3);
	only_linux_counts(0, 3);
	only_linux_counts(32, 0);
	only_linux_counts(30, 0);
	only_linux_counts(1, 0);
	only_linux_counts(65, 0);
	only_linux_counts(255, 0);
}

/* While a hole is open, others pass it, forty a packet: then what filled it comes, by its ID or without. */
static void assert_passed(int packets, const struct counters *expected)
{
	static struct step steps[1000];
	int i, n = 0;

	steps[n++] = (struct step){ 0, A,    1, 1001 };
	steps[n++] = (struct step){ 1, A, 1001, 2001, .fate = LOST_BEFORE };
	for (i = 0; i < packets; i++, n++)
		steps[n] = (struct step){ 2 + i * 0.02, A, 2001 + 40000 * i, 42001 + 40000 * i, .segments = 40 };
	steps[n++] = (struct step){ 40, A, 1001, 2001 };
	scenario_play(AT(.tap = MIDDLE, BULK), steps, n, __FILE__, __LINE__);
	scenario_assert(A, expected, __FILE__, __LINE__);
}

/* 33,000 IDs ahead is 32,536 behind: from half of that on an ID proves nothing of a hole. */
static void ids_that_may_have_come_round_tell_no_order(void **state)
{
	assert_passed(409, &(const struct counters){ .data_segments = 16362,
						     .retransmitted_unseen_segments = 1,
						     .retransmitted_bytes = 1000,
						     .hole_lost_segments = 1,
						     .id_missing_packets = 1,
						     .cause_unknown_segments = 1,
						     .loss_bursts = 1 });
	assert_passed(410, &(const struct counters){ .data_segments = 16402,
						     .ambiguous_segments = 1,
						     .id_missing_packets = 1 });
	assert_passed(825, &(const struct counters){ .data_segments = 33002,
						     .ambiguous_segments = 1,
						     .id_missing_packets = 1 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_late_while_ids_were_learnt_was_not_lost),
		cmocka_unit_test(a_copy_while_ids_are_learnt_takes_no_loss_back),
		cmocka_unit_test(a_copy_of_what_the_fast_path_took_is_known),
		cmocka_unit_test(what_is_late_by_more_than_the_window_was_not_lost),
		cmocka_unit_test(a_jump_of_thousands_is_no_loss),
		cmocka_unit_test(an_id_that_stands_still_is_no_counters),
		cmocka_unit_test(an_acknowledgement_with_the_id_zero_is_not_counted),
		cmocka_unit_test(acknowledgements_that_change_places_leave_the_mode),
		cmocka_unit_test(only_ids_of_hosts_with_linuxs_ttl_are_counted),
		cmocka_unit_test(ids_that_may_have_come_round_tell_no_order),
	};

	return cmocka_run_group_tests_name("scenes_ids", tests, NULL, NULL);
}

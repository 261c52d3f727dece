/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "scenario.h"

static void a_clean_transfer_counts_nothing_but_itself(void **state)
{
	int place;

	for (place = RECEIVER; place <= MIDDLE; place++) {
		play(AT(.tap = place, .handshake = 1, .prelude = 20),
		     {  0, A,    1, 1001 },
		     {  1, A, 1001, 2001 },
		     { 21, B,    1,    1 },
		     { 22, A, 2001, 3001 });
		assert_row(A, .data_segments = 3, .data_bytes = 3000, .packets = 3);
		assert_row(B, .packets = 1);
	}
}

static void timeout_resends_the_first_segment(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1, .prelude = 20),
	     {   0, A,    1, 1001, .fate = LOST_AFTER },
	     {   1, A, 1001, 2001, .fate = LOST_AFTER },
	     { 300, A,    1, 1001 },
	     { 320, B,    1,    1 });
	assert_row(A, .data_segments = 3, .retransmitted_seen_segments = 1, .cause_rto_segments = 1,
		   .loss_bursts = 1);
	assert_row(B);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_transfer_counts_nothing_but_itself),
		cmocka_unit_test(timeout_resends_the_first_segment),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}

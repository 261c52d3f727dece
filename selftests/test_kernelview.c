/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a difference between the kernel's count and what left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernelview.h"

static const struct interfaces watched = { .entry = { { .index = 2, .name = "eth0" } },
					   .count = 1 };

static void assert_said(const struct comparison *c, const char *first, const char *second)
{
	char text[KERNELVIEW_TEXT];

	kernelview_text(text, c);
	if (!strstr(text, first) || !strstr(text, second))
		fail_msg("'%s', expected '%s' and '%s'", text, first, second);
}

static void no_difference_needs_no_words(void **state)
{
	struct comparison c = { .counted = { .RetransSegs = 7 }, .left = 7, .watched = &watched };

	assert_said(&c, "resent 7 segments (RetransSegs), 7 left resent: difference 0. It queued",
		    "");
}

static void without_tracepoints_a_difference_is_explained_in_general(void **state)
{
	struct comparison c = { .counted = { .RetransSegs = 9, .TCPRetransFail = 1 },
				.left = 7,
				.watched = &watched };

	assert_said(&c, "difference 2, 1 could not be sent, resent through other interfaces or",
		    "");
	c.left = 12;
	assert_said(&c, "difference -3, 3 of connections that this host forwards", "");
}

static void tracepoints_tell_which_way_it_went(void **state)
{
	struct traced traced = { .route = { { "eth0", 5 }, { "eth1", 2 }, { "lo", 1 } },
				 .routes = 3,
				 .segments = 8,
				 .synacks = 1,
				 .missed = 3,
				 .failed = 2 };
	struct comparison c = {
		.counted = { .RetransSegs = 9 }, .left = 6, .watched = &watched, .traced = &traced
	};

	assert_said(
		&c, "difference 3: 2 through eth1, 1 through lo. ",
		"tell of 9: 5 through eth0, 2 through eth1, 1 through lo, 1 SYN-ACKs, and missed 3 calls; 2 "
		"attempts failed. ");
	c.left = 5;
	assert_said(&c, "1 through lo, 1 left out by a filter, dropped above", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_difference_needs_no_words),
		cmocka_unit_test(without_tracepoints_a_difference_is_explained_in_general),
		cmocka_unit_test(tracepoints_tell_which_way_it_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

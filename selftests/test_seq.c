/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "seq.h"

/* Numbers around every place where a comparison of the wrong kind goes wrong. */
static const __u32 bases[] = { 0,          1,          2,          0x7ffffffe, 0x7fffffff,
			       0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 12345 };
static const __u32 steps[] = { 1, 2, 1448, 0xffff, 0x10000, 0x40000000, 0x7ffffffe, 0x7fffffff };

static void a_later_number_is_after_at_every_base(void **state)
{
	__u32 i, j;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		for (j = 0; j < ARRAY_SIZE(steps); j++) {
			__u32 early = bases[i], late = bases[i] + steps[j];

			assert_true(seq_before(early, late));
			assert_true(seq_after(late, early));
			assert_false(seq_before(late, early));
			assert_false(seq_after(early, late));
			assert_int_equal(seq_max(early, late), late);
			assert_int_equal(seq_max(late, early), late);
			assert_int_equal(seq_min(early, late), early);
			assert_int_equal(seq_min(late, early), early);
		}
	}
}

static void a_number_is_neither_before_nor_after_itself(void **state)
{
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		assert_false(seq_before(bases[i], bases[i]));
		assert_false(seq_after(bases[i], bases[i]));
		assert_int_equal(seq_max(bases[i], bases[i]), bases[i]);
		assert_int_equal(seq_min(bases[i], bases[i]), bases[i]);
	}
}

/* The number half the space away is on both sides: a caller must not ask about it, nor rely on it.
 */
static void half_the_space_away_has_no_order(void **state)
{
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		assert_int_equal(seq_before(bases[i], bases[i] + 0x80000000),
				 seq_before(bases[i] + 0x80000000, bases[i]));
	}
}

/* Counted one by one: how many numbers of the first range lie in the second. */
static __u32 counted_overlap(int start, int end, int from, int to)
{
	__u32 n = 0;
	int i;

	for (i = start; i < end; i++)
		n += i >= from && i < to;
	return n;
}

static void overlap_is_the_number_of_shared_bytes(void **state)
{
	int start, end, from, to;
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(bases); i++)
		for (start = 0; start < 6; start++)
			for (end = start; end < 6; end++)
				for (from = 0; from < 6; from++)
					for (to = from; to < 6; to++)
						assert_int_equal(
							seq_overlap(bases[i] + start,
								    bases[i] + end, bases[i] + from,
								    bases[i] + to),
							counted_overlap(start, end, from, to));
}

static void identifications_are_ahead_by_the_shorter_way(void **state)
{
	static const __u16 ids[] = { 0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff };
	int i, ahead;

	for (i = 0; i < (int)ARRAY_SIZE(ids); i++)
		for (ahead = -32768; ahead < 32768; ahead++)
			assert_int_equal(id_ahead(ids[i] + ahead, ids[i]), ahead);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_number_is_after_at_every_base),
		cmocka_unit_test(a_number_is_neither_before_nor_after_itself),
		cmocka_unit_test(half_the_space_away_has_no_order),
		cmocka_unit_test(overlap_is_the_number_of_shared_bytes),
		cmocka_unit_test(identifications_are_ahead_by_the_shorter_way),
	};

	return cmocka_run_group_tests_name("seq", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tcpopt.h"

#define BYTES(...) (const __u8[]){ __VA_ARGS__ }, sizeof((const __u8[]){ __VA_ARGS__ })
#define NOP OPT_NOP
#define TIMESTAMPS OPT_TIMESTAMPS, 10, 1, 2, 3, 4, 0xff, 6, 7, 8
#define TSVAL 0x01020304
#define TSECR 0xff060708

static void set(struct opts *o, const __u8 *bytes, __u32 length)
{
	memset(o, 0xee, sizeof(*o));
	memset(o->bytes, 0, sizeof(o->bytes));
	memcpy(o->bytes, bytes, length);
	o->length = length;
}

static void assert_timestamps(const struct opts *o)
{
	assert_true(o->has & OPTS_TIMESTAMPS);
	assert_int_equal(o->tsval, TSVAL);
	assert_int_equal(o->tsecr, TSECR);
}

static void no_options_have_nothing(void **state)
{
	struct opts o;

	set(&o, BYTES(TIMESTAMPS)); /* of an earlier packet */
	o.length = 0;
	assert_int_equal(opts_parse(&o), 0);
	assert_int_equal(o.has, 0);
	assert_int_equal(o.sack_count, 0);
}

static void timestamps_are_found_at_every_offset(void **state)
{
	static const __u8 option[] = { TIMESTAMPS };
	struct opts o;
	int at;

	for (at = 0; at <= OPTS_MAX - 10; at++) {
		__u8 bytes[OPTS_MAX];

		memset(bytes, NOP, sizeof(bytes));
		memcpy(bytes + at, option, sizeof(option));
		set(&o, bytes, sizeof(bytes));
		assert_int_equal(opts_parse(&o), 0);
		assert_int_equal(o.has, OPTS_TIMESTAMPS);
		assert_timestamps(&o);
	}
}

static void sack_blocks_are_found_at_every_offset_in_their_order(void **state)
{
	int at, count, i;

	for (count = 1; count <= SACK_BLOCKS; count++) {
		for (at = 0; at <= OPTS_MAX - 2 - 8 * count; at++) {
			__u8 bytes[OPTS_MAX];
			struct opts o;

			memset(bytes, NOP, sizeof(bytes));
			bytes[at] = OPT_SACK;
			bytes[at + 1] = 2 + 8 * count;
			for (i = 0; i < 8 * count; i++)
				bytes[at + 2 + i] = 0x80 + i;
			set(&o, bytes, sizeof(bytes));
			assert_int_equal(opts_parse(&o), count);
			assert_int_equal(o.sack_count, count);
			assert_int_equal(o.has, 0);
			for (i = 0; i < count; i++) {
				assert_int_equal(o.sack[i].start, 0x80818283 + 0x08080808u * i);
				assert_int_equal(o.sack[i].end, 0x84858687 + 0x08080808u * i);
			}
		}
	}
}

static void a_linux_syn_gives_all_that_it_negotiates(void **state)
{
	struct opts o;

	set(&o, BYTES(OPT_MSS, 4, 0x05, 0xb4, OPT_SACK_PERMITTED, 2, TIMESTAMPS, NOP, OPT_WSCALE, 3,
		      7));
	assert_int_equal(opts_parse(&o), 0);
	assert_int_equal(o.has, OPTS_MSS | OPTS_SACK_PERMITTED | OPTS_TIMESTAMPS | OPTS_WSCALE);
	assert_int_equal(o.mss, 1460);
	assert_int_equal(o.wscale, 7);
	assert_timestamps(&o);
}

static void a_windows_syn_without_timestamps_is_read(void **state)
{
	struct opts o;

	set(&o,
	    BYTES(OPT_MSS, 4, 0x05, 0xb4, NOP, OPT_WSCALE, 3, 8, NOP, NOP, OPT_SACK_PERMITTED, 2));
	assert_int_equal(opts_parse(&o), 0);
	assert_int_equal(o.has, OPTS_MSS | OPTS_SACK_PERMITTED | OPTS_WSCALE);
	assert_int_equal(o.mss, 1460);
	assert_int_equal(o.wscale, 8);
}

static void a_window_scale_counts_as_14_at_most(void **state)
{
	int scale;

	for (scale = 0; scale < 256; scale++) {
		struct opts o;

		set(&o, BYTES(OPT_WSCALE, 3, scale, OPT_END));
		opts_parse(&o);
		assert_int_equal(o.has, OPTS_WSCALE);
		assert_int_equal(o.wscale, scale < 14 ? scale : 14);
	}
}

static void timestamps_and_sack_share_a_header(void **state)
{
	struct opts o;

	set(&o, BYTES(NOP, NOP, TIMESTAMPS, NOP, NOP, OPT_SACK, 10, 0, 0, 0, 1, 0, 0, 0, 9));
	assert_int_equal(opts_parse(&o), 1);
	assert_timestamps(&o);
	assert_int_equal(o.sack[0].start, 1);
	assert_int_equal(o.sack[0].end, 9);
}

static void unknown_kinds_are_passed_over(void **state)
{
	int kind;

	for (kind = 9; kind < 256; kind++) {
		struct opts o;

		set(&o, BYTES(kind, 6, OPT_MSS, 4, 9, 9, TIMESTAMPS));
		opts_parse(&o);
		assert_int_equal(o.has, OPTS_TIMESTAMPS);
		assert_timestamps(&o);
	}
}

static void nothing_holds_behind_the_end_of_the_list(void **state)
{
	struct opts o;

	set(&o, BYTES(OPT_MSS, 4, 1, 2, OPT_END, 0, TIMESTAMPS));
	opts_parse(&o);
	assert_int_equal(o.has, OPTS_MSS);
}

static void known_kinds_of_a_wrong_length_are_passed_over(void **state)
{
	static const __u8 kinds[] = { OPT_MSS, OPT_WSCALE, OPT_SACK_PERMITTED, OPT_SACK,
				      OPT_TIMESTAMPS };
	static const __u8 lengths[] = { 4, 3, 2, 0, 10 };
	__u32 i;
	int length;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (length = 2; length <= OPTS_MAX - 3; length++) {
			__u8 bytes[OPTS_MAX] = { kinds[i], length };
			struct opts o;

			if (length == lengths[i] ||
			    (kinds[i] == OPT_SACK && length > 2 && length % 8 == 2))
				continue;
			memcpy(bytes + length, BYTES(OPT_WSCALE, 3, 5));
			set(&o, bytes, OPTS_MAX);
			assert_int_equal(opts_parse(&o), 0);
			assert_int_equal(o.has, OPTS_WSCALE);
			assert_int_equal(o.wscale, 5);
		}
	}
}

static void the_last_of_two_holds(void **state)
{
	struct opts o;

	set(&o, BYTES(OPT_MSS, 4, 1, 1, OPT_MSS, 4, 2, 2));
	opts_parse(&o);
	assert_int_equal(o.mss, 0x0202);
}

/* The same by other means: a walk over a slice that shrinks, in which nothing can be read behind.
 */
static void parse_slowly(struct opts *o)
{
	const __u8 *rest = o->bytes;
	int left = o->length, i;

	o->has = 0;
	o->sack_count = 0;
	while (left > 0 && rest[0] != OPT_END) {
		int length = rest[0] == NOP ? 1 : left > 1 ? rest[1] : 0;

		if (length < (rest[0] == NOP ? 1 : 2) || length > left) {
			o->has |= OPTS_MALFORMED;
			return;
		}
		switch (rest[0] << 8 | length) {
		case OPT_MSS << 8 | 4:
			o->mss = rest[2] * 256 + rest[3];
			o->has |= OPTS_MSS;
			break;
		case OPT_WSCALE << 8 | 3:
			o->wscale = rest[2] > 14 ? 14 : rest[2];
			o->has |= OPTS_WSCALE;
			break;
		case OPT_SACK_PERMITTED << 8 | 2:
			o->has |= OPTS_SACK_PERMITTED;
			break;
		case OPT_TIMESTAMPS << 8 | 10:
			o->tsval = (__u32)rest[2] << 24 | rest[3] << 16 | rest[4] << 8 | rest[5];
			o->tsecr = (__u32)rest[6] << 24 | rest[7] << 16 | rest[8] << 8 | rest[9];
			o->has |= OPTS_TIMESTAMPS;
			break;
		case OPT_SACK << 8 | 10:
		case OPT_SACK << 8 | 18:
		case OPT_SACK << 8 | 26:
		case OPT_SACK << 8 | 34:
			o->sack_count = length / 8;
			for (i = 0; i < 2 * o->sack_count; i++) {
				const __u8 *at = rest + 2 + 4 * i;
				__u32 edge = (__u32)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];

				*(i % 2 ? &o->sack[i / 2].end : &o->sack[i / 2].start) = edge;
			}
			break;
		}
		rest += length;
		left -= length;
	}
}

static void assert_parsed_as_slowly(const __u8 *bytes, __u32 length)
{
	struct opts o, expected;

	set(&o, bytes, length);
	expected = o;
	opts_parse(&o);
	parse_slowly(&expected);
	if (!memcmp(&o, &expected, sizeof(o)))
		return;
	for (__u32 i = 0; i < length; i++)
		print_error("%02x ", bytes[i]);
	print_error("\n");
	assert_memory_equal(&o, &expected, sizeof(o));
}

/* Every arrangement of so many bytes of an alphabet. */
static void try_all(const __u8 *alphabet, __u32 letters, __u32 length)
{
	__u8 bytes[OPTS_MAX] = {};
	__u32 at[OPTS_MAX] = {}, i;

	for (;;) {
		for (i = 0; i < length; i++)
			bytes[i] = alphabet[at[i]];
		assert_parsed_as_slowly(bytes, length);
		for (i = 0; i < length && ++at[i] == letters; i++)
			at[i] = 0;
		if (i == length)
			return;
	}
}

static void every_two_bytes_do_what_a_slow_walk_does(void **state)
{
	__u8 bytes[4] = {};
	int i;

	for (i = 0; i < 0x10000; i++) {
		bytes[0] = i >> 8;
		bytes[1] = i;
		assert_parsed_as_slowly(bytes, 4);
	}
}

static void every_four_hostile_bytes_do_what_a_slow_walk_does(void **state)
{
	static const __u8 alphabet[] = { 0,  1,  2,  3,  4,  5,  6,    8,   9,
					 10, 11, 34, 38, 40, 42, 0x7f, 0xff };

	try_all(alphabet, sizeof(alphabet), 4);
}

static void every_eight_hostile_bytes_do_what_a_slow_walk_does(void **state)
{
	static const __u8 alphabet[] = { 0, 1, 2, 3, 4, 8 };

	try_all(alphabet, sizeof(alphabet), 8);
}

/* What an attacker would try: each kind and length, at each place, in each size of header. */
static void every_kind_and_length_at_every_place_is_harmless(void **state)
{
	static const __u8 kinds[] = { OPT_MSS,  OPT_WSCALE,     OPT_SACK_PERMITTED,
				      OPT_SACK, OPT_TIMESTAMPS, 30 };
	__u32 i, size, at, length;
	__u8 bytes[OPTS_MAX];

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		for (size = 4; size <= OPTS_MAX; size += 4)
			for (at = 0; at < size; at++)
				for (length = 0; length < 256; length++) {
					memset(bytes, NOP, sizeof(bytes));
					bytes[at] = kinds[i];
					if (at + 1 < size)
						bytes[at + 1] = length;
					assert_parsed_as_slowly(bytes, size);
				}
}

static void all_that_stands_behind_timestamps_is_read(void **state)
{
	static const __u8 head[] = { NOP, NOP, TIMESTAMPS, NOP, NOP, OPT_SACK };
	__u8 bytes[OPTS_MAX];
	__u32 size, length, i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i < sizeof(head) ? head[i] : 0x80 + i;
	for (size = sizeof(head) + 1; size <= OPTS_MAX; size += 4)
		for (length = 0; length < 256; length++) {
			bytes[sizeof(head)] = length;
			assert_parsed_as_slowly(bytes, size);
		}
}

static void what_stood_before_a_malformed_option_holds(void **state)
{
	struct opts o;

	set(&o, BYTES(NOP, NOP, TIMESTAMPS, OPT_SACK, 10, 0, 0));
	assert_int_equal(opts_parse(&o), 0);
	assert_int_equal(o.has, OPTS_TIMESTAMPS | OPTS_MALFORMED);
	assert_timestamps(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_options_have_nothing),
		cmocka_unit_test(timestamps_are_found_at_every_offset),
		cmocka_unit_test(sack_blocks_are_found_at_every_offset_in_their_order),
		cmocka_unit_test(a_linux_syn_gives_all_that_it_negotiates),
		cmocka_unit_test(a_windows_syn_without_timestamps_is_read),
		cmocka_unit_test(a_window_scale_counts_as_14_at_most),
		cmocka_unit_test(timestamps_and_sack_share_a_header),
		cmocka_unit_test(unknown_kinds_are_passed_over),
		cmocka_unit_test(nothing_holds_behind_the_end_of_the_list),
		cmocka_unit_test(known_kinds_of_a_wrong_length_are_passed_over),
		cmocka_unit_test(the_last_of_two_holds),
		cmocka_unit_test(every_two_bytes_do_what_a_slow_walk_does),
		cmocka_unit_test(every_four_hostile_bytes_do_what_a_slow_walk_does),
		cmocka_unit_test(every_eight_hostile_bytes_do_what_a_slow_walk_does),
		cmocka_unit_test(every_kind_and_length_at_every_place_is_harmless),
		cmocka_unit_test(all_that_stands_behind_timestamps_is_read),
		cmocka_unit_test(what_stood_before_a_malformed_option_holds),
	};

	return cmocka_run_group_tests_name("tcpopt", tests, NULL, NULL);
}

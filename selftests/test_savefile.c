/* SPDX-License-Identifier: GPL-2.0-only */
#include "capture_bytes.h"

static void pcap_of_every_kind_gives_the_same_packets(void **state)
{
	static const struct {
		__u32 magic, unit, extra;
	} kinds[] = { { 0xa1b2c3d4, 1000, 0 }, { 0xa1b23c4d, 1, 0 }, { 0xa1b2cd34, 1000, 8 } };
	struct savefile f;

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		file.swapped = i % 2;
		begin_pcap(kinds[i / 2].magic);
		put_packet(7, 5, 0, 0);
		file.length += kinds[i / 2].extra;
		put32(8);
		put32(6);
		put32(40);
		put32(1500);
		file.length += kinds[i / 2].extra;
		put_payload(40, 40);
		open_file(&f);
		assert_int_equal(f.interface[0].linktype, 113);
		expect_frame(&f, 7000000000 + 5 * kinds[i / 2].unit, 0, 0);
		expect_frame(&f, 8000000000 + 6 * kinds[i / 2].unit, 40, 1500);
		expect_end(&f, NULL);
	}
	file.swapped = false;
}

static void a_pcap_file_cut_anywhere_is_read_up_to_there(void **state)
{
	size_t first, second;
	struct savefile f;

	begin_pcap(0xa1b2c3d4);
	first = file.length + 16 + 20;
	put_packet(1, 0, 20, 20);
	second = first + 16 + 30;
	put_packet(2, 0, 30, 60);
	for (size_t length = 24; length <= second; length++) {
		assert_true(savefile_open(&f, stream_of(file.data, length)));
		if (length >= first)
			expect_frame(&f, 1000000000, 20, 20);
		if (length >= second)
			expect_frame(&f, 2000000000, 30, 60);
		expect_end(&f, length == 24 || length == first || length == second ?
				       NULL :
				       "the file is cut off");
	}
	for (size_t length = 0; length < 24; length++) {
		assert_false(savefile_open(&f, stream_of(file.data, length)));
		assert_string_equal(f.why, !length    ? "it is empty" :
					   length < 4 ? "too short for a capture" :
							"the file is cut off");
		savefile_close(&f);
	}
}

static void pcap_files_one_behind_the_other_are_one(void **state)
{
	struct savefile f;

	begin_pcap(0xa1b2c3d4);
	put_packet(1, 0, 20, 20);
	file.swapped = true;
	put32(0xa1b23c4d);
	put16(2);
	put16(4);
	put_payload(0, 12);
	put32(101);
	put_packet(2, 5, 30, 60);
	file.swapped = false;
	put32(0xa1b2c3d4);
	put16(2);
	put16(4);
	put_payload(0, 12);
	put32(113);
	open_file(&f);
	expect_frame(&f, 1000000000, 20, 20);
	assert_int_equal(f.interface[0].linktype, 113);
	expect_frame(&f, 2000000005, 30, 60);
	assert_int_equal(f.interface[0].linktype, 101);
	expect_end(&f, NULL);
}

static void a_broken_packet_header_is_passed_over(void **state)
{
	struct savefile f;

	begin_pcap(0xa1b2c3d4);
	put_packet(100, 0, 20, 20);
	put_payload(0xff, 57);
	put_packet(101, 0, 30, 60);
	put_packet(102, 0, 10, 10);
	open_file(&f);
	expect_frame(&f, 100000000000, 20, 20);
	expect_frame(&f, 101000000000, 30, 60);
	expect_frame(&f, 102000000000, 10, 10);
	assert_int_equal(f.skipped, 1);
	assert_int_equal(f.skipped_bytes, 57);
	expect_end(&f, NULL);
	begin_pcap(0xa1b2c3d4);
	put_packet(100, 0, 20, 20);
	put_payload(0xff, 57);
	open_file(&f);
	expect_frame(&f, 100000000000, 20, 20);
	expect_end(&f, "a broken packet header, and no other follows");
}

static void put_block(__u32 type, const __u32 *word, int words)
{
	put32(type);
	put32(12 + 4 * words);
	for (int i = 0; i < words; i++)
		put32(word[i]);
	put32(12 + 4 * words);
}

#define BLOCK(type, ...) \
	put_block(type, (const __u32[]){ __VA_ARGS__ }, \
		  sizeof((const __u32[]){ __VA_ARGS__ }) / sizeof(__u32))

#define SECTION() BLOCK(0x0a0d0d0a, 0x1a2b3c4d, 1, ~0U, ~0U)

/* An interface of Ethernet with one option of a byte, or none (code 0). */
static void put_interface(__u16 linktype, __u16 option, __u8 value)
{
	put32(1);
	put32(32);
	put16(linktype);
	put16(0);
	put32(0);
	put16(option);
	put16(1);
	put_payload(value, 1);
	put_payload(0, 3);
	put32(0);
	put32(32);
}

static void put_packet_block(__u32 interface, __u64 ticks, __u32 captured, __u32 length,
			     __u32 flags)
{
	__u32 padding = -captured & 3;

	put32(6);
	put32(44 + captured + padding);
	put32(interface);
	put32(ticks >> 32);
	put32((__u32)ticks);
	put32(captured);
	put32(length);
	put_payload(captured, captured);
	put_payload(0, padding);
	put16(2);
	put16(4);
	put32(flags);
	put32(0);
	put32(44 + captured + padding);
}

static void pcapng_interfaces_have_their_own_link_types_and_clocks(void **state)
{
	struct savefile_frame frame;
	struct savefile f;

	for (int order = 0; order < 2; order++) {
		file.swapped = order;
		file.length = 0;
		SECTION();
		put_interface(1, 0, 0);          /* microseconds */
		put_interface(113, 9, 9);        /* nanoseconds */
		put_interface(101, 9, 3);        /* milliseconds */
		put_interface(101, 9, 0x80 | 4); /* sixteenths */
		BLOCK(5, 1, 2, 3);               /* statistics: of no interest */
		put_packet_block(0, 5000000000, 7, 7, 0);
		put_packet_block(1, 5000000000, 6, 60, 1);
		put_packet_block(2, 5000, 5, 5, 2);
		put_packet_block(3, 81, 4, 4, 3);
		open_file(&f);
		expect_frame(&f, 5000000000000, 7, 7);
		assert_true(savefile_next(&f, &frame));
		assert_int_equal(frame.stamp_ns, 5000000000);
		assert_int_equal(f.interface[frame.interface].linktype, 113);
		assert_true(frame.marked);
		assert_int_equal(frame.dir, IN);
		assert_int_equal(frame.length, 60);
		assert_true(savefile_next(&f, &frame));
		assert_int_equal(frame.stamp_ns, 5000000000);
		assert_true(frame.marked);
		assert_int_equal(frame.dir, OUT);
		assert_true(savefile_next(&f, &frame));
		assert_int_equal(frame.stamp_ns, 5062500000);
		expect_end(&f, NULL);
	}
	file.swapped = false;
}

static void a_pcapng_interface_has_a_name_if_it_is_short(void **state)
{
	struct savefile f;

	file.length = 0;
	SECTION();
	BLOCK(1, 1, 0, 4 << 16 | 2, 0x30687465, 0); /* "eth0" */
	BLOCK(1, 1, 0, 16 << 16 | 2, 0x61616161, 0x61616161, 0x61616161, 0x61616161, 0);
	BLOCK(3, 4, 0x04040404);                /* simple: no time, no interface */
	BLOCK(2, 1, 0, 1000, 4, 9, 0x04040404); /* the old form */
	open_file(&f);
	expect_frame(&f, 0, 4, 4);
	expect_frame(&f, 1000000, 4, 9);
	assert_string_equal(f.interface[0].name, "eth0");
	assert_string_equal(f.interface[1].name, "");
	expect_end(&f, NULL);
}

static void pcapng_sections_may_be_of_different_byte_order(void **state)
{
	struct savefile f;

	file.length = 0;
	SECTION();
	put_interface(1, 0, 0);
	put_packet_block(0, 1, 8, 8, 0);
	file.swapped = true;
	SECTION();
	put_interface(101, 0, 0);
	put_packet_block(0, 2, 9, 9, 0);
	file.swapped = false;
	open_file(&f);
	expect_frame(&f, 1000, 8, 8);
	expect_frame(&f, 2000, 9, 9);
	assert_int_equal(f.interfaces, 1);
	assert_int_equal(f.interface[0].linktype, 101);
	expect_end(&f, NULL);
}

static void a_pcapng_file_cut_or_broken_is_read_around_that(void **state)
{
	struct savefile_frame frame;
	size_t whole, length;
	struct savefile f;
	int frames;

	file.length = 0;
	SECTION();
	put_interface(1, 0, 0);
	put_packet_block(0, 1, 8, 8, 0);
	length = file.length;
	put_packet_block(0, 2, 9, 9, 0);
	put_packet_block(7, 3, 10, 10, 0); /* no such interface */
	put_packet_block(0, 4, 11, 11, 0);
	whole = file.length;
	memset(file.data + length + 4, 0xff, 3); /* the second packet's length */
	open_file(&f);
	expect_frame(&f, 1000, 8, 8);
	expect_frame(&f, 4000, 11, 11);
	assert_int_equal(f.skipped, 2);
	expect_end(&f, NULL);
	for (length = 28; length < whole; length++) {
		assert_true(savefile_open(&f, stream_of(file.data, length)));
		for (frames = 0; savefile_next(&f, &frame); frames++)
			;
		assert_in_range(frames, 0, 1);
		savefile_close(&f);
	}
}

static void gzip_files_may_have_several_members(void **state)
{
	static __u8 packed[65536];
	size_t length = 0, half;
	struct savefile f;
	z_stream z = {};

	begin_pcap(0xa1b2c3d4);
	put_packet(1, 0, 20, 20);
	put_packet(2, 0, 30, 60);
	half = file.length - 30;
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, 0), Z_OK);
	for (int part = 0; part < 2; part++) {
		z.next_in = file.data + (part ? half : 0);
		z.avail_in = part ? file.length - half : half;
		z.next_out = packed + length;
		z.avail_out = sizeof(packed) - length;
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		length = sizeof(packed) - z.avail_out;
		deflateReset(&z);
	}
	deflateEnd(&z);
	assert_true(savefile_open(&f, stream_of(packed, length)));
	expect_frame(&f, 1000000000, 20, 20);
	expect_frame(&f, 2000000000, 30, 60);
	expect_end(&f, NULL);
	packed[length - 20] ^= 0xff;
	assert_true(savefile_open(&f, stream_of(packed, length)));
	expect_frame(&f, 1000000000, 20, 20);
	expect_end(&f, "the compressed file is broken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_of_every_kind_gives_the_same_packets),
		cmocka_unit_test(a_pcap_file_cut_anywhere_is_read_up_to_there),
		cmocka_unit_test(pcap_files_one_behind_the_other_are_one),
		cmocka_unit_test(a_broken_packet_header_is_passed_over),
		cmocka_unit_test(pcapng_interfaces_have_their_own_link_types_and_clocks),
		cmocka_unit_test(a_pcapng_interface_has_a_name_if_it_is_short),
		cmocka_unit_test(pcapng_sections_may_be_of_different_byte_order),
		cmocka_unit_test(a_pcapng_file_cut_or_broken_is_read_around_that),
		cmocka_unit_test(gzip_files_may_have_several_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

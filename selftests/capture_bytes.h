/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures byte by byte, and what reading them must give. */
#ifndef PLOSS_CAPTURE_BYTES_H
#define PLOSS_CAPTURE_BYTES_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "savefile.h"

static const volatile bool stop;

/* A file under construction, of either byte order. */
static struct bytes {
	__u8 data[65536];
	size_t length;
	bool swapped;
} file;

static void put16(__u16 value)
{
	value = file.swapped ? __builtin_bswap16(value) : value;
	memcpy(file.data + file.length, &value, 2);
	file.length += 2;
}

static void put32(__u32 value)
{
	value = file.swapped ? __builtin_bswap32(value) : value;
	memcpy(file.data + file.length, &value, 4);
	file.length += 4;
}

static void put_payload(__u8 fill, __u32 length)
{
	memset(file.data + file.length, fill, length);
	file.length += length;
}

static void begin_pcap(__u32 magic)
{
	file.length = 0;
	put32(magic);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(65535);
	put32(0xfc000071); /* bits above the link type say something else */
}

static void put_packet(__u32 seconds, __u32 fraction, __u32 captured, __u32 length)
{
	put32(seconds);
	put32(fraction);
	put32(captured);
	put32(length);
	put_payload(captured, captured);
}

static struct stream *stream_of(const void *data, size_t length)
{
	int fd = memfd_create("savefile", 0);

	assert_int_equal(write(fd, data, length), length);
	lseek(fd, 0, SEEK_SET);
	return stream_open(fd, &stop);
}

static void open_file(struct savefile *f)
{
	assert_true(savefile_open(f, stream_of(file.data, file.length)));
}

static void expect_frame(struct savefile *f, __u64 stamp_ns, __u32 captured, __u32 length)
{
	struct savefile_frame frame;

	assert_true(savefile_next(f, &frame));
	assert_int_equal(frame.stamp_ns, stamp_ns);
	assert_int_equal(frame.captured, captured);
	assert_int_equal(frame.length, length);
	for (__u32 i = 0; i < captured; i++)
		assert_int_equal(frame.data[i], captured);
}

static void expect_end(struct savefile *f, const char *why)
{
	struct savefile_frame frame;

	assert_false(savefile_next(f, &frame));
	if (why)
		assert_string_equal(f->why, why);
	else
		assert_null(f->why);
	savefile_close(f);
}

#endif

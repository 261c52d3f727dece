/* SPDX-License-Identifier: GPL-2.0-only */
/* pcapng (draft-ietf-opsawg-pcapng): blocks of a type and a length, which stands at their end again. */
#include <string.h>

#include "savefile.h"

enum block {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2,
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
};

enum option {
	OPTION_END = 0,
	OPTION_IF_NAME = 2,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_TSOFFSET = 14,
	OPTION_EPB_FLAGS = 2,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define BLOCK_HEAD 8
#define BLOCK_MIN 12               /* head, and the length at the end */
#define BLOCK_LIMIT (16 * 1048576) /* of those whose content is read */
#define INTERFACES_LIMIT 65536
#define SEARCH 1048576 /* bytes in which a block is looked for after a broken place */
#define MICROSECONDS 6 /* if_tsresol where it is absent */

static __u32 padded(__u32 length)
{
	return (length + 3) & ~3U;
}

/* An option of a block's list in [at, end), or NULL. */
static const __u8 *option_find(const struct savefile *f, const __u8 *at, const __u8 *end,
			       __u16 code, __u16 *length)
{
	while (end - at >= 4) {
		__u16 found = savefile_u16(f, at);

		*length = savefile_u16(f, at + 2);
		at += 4;
		if (found == OPTION_END || end - at < *length)
			return NULL;
		if (found == code)
			return at;
		if ((size_t)(end - at) < padded(*length))
			return NULL;
		at += padded(*length);
	}
	return NULL;
}

/* The block at the stream's position is a section header: of which byte order, and how long? 0: broken. */
static __u32 section_begin(struct savefile *f, const __u8 *at)
{
	f->swapped = false;
	if (savefile_u32(f, at + 8) != BYTE_ORDER_MAGIC) {
		f->swapped = true;
		if (savefile_u32(f, at + 8) != BYTE_ORDER_MAGIC)
			return 0;
	}
	return savefile_u32(f, at + 4);
}

static bool interface_block(struct savefile *f, const __u8 *body, const __u8 *end)
{
	struct savefile_interface *interface;
	const __u8 *option;
	__u32 word[2];
	__u16 length;

	if (end - body < 8 || f->interfaces == INTERFACES_LIMIT)
		return true;
	interface = savefile_interface_add(f);
	if (!interface)
		return false;
	interface->linktype = savefile_u16(f, body);
	option = option_find(f, body + 8, end, OPTION_IF_NAME, &length);
	if (option && length < INTERFACE_NAME)
		memcpy(interface->name, option, length);
	option = option_find(f, body + 8, end, OPTION_IF_TSRESOL, &length);
	interface->resolution = option && length ? *option : MICROSECONDS;
	option = option_find(f, body + 8, end, OPTION_IF_TSOFFSET, &length);
	if (option && length == 8) {
		word[f->swapped] = savefile_u32(f, option);
		word[!f->swapped] = savefile_u32(f, option + 4);
		interface->offset_s = (__s64)((__u64)word[1] << 32 | word[0]);
	}
	return true;
}

/* Units of a power of 10, or of 2, of a second. */
static __u64 stamp_ns(const struct savefile_interface *interface, __u64 ticks)
{
	unsigned int power = interface->resolution & 0x7f;
	__u64 ns = ticks;

	if (interface->resolution & 0x80) {
		ns = (__u64)((unsigned __int128)ticks * 1000000000 >> (power < 127 ? power : 127));
	} else {
		for (; power < 9; power++)
			ns *= 10;
		for (; power > 9; power--)
			ns /= 10;
	}
	return ns + (__u64)interface->offset_s * 1000000000;
}

/* The frame of an enhanced, an old or a simple packet block. False: what the block says cannot be. */
static bool packet_block(struct savefile *f, __u32 type, const __u8 *body, const __u8 *end,
			 struct savefile_frame *frame)
{
	size_t head = type == BLOCK_PACKET_SIMPLE ? 4 : 20;
	const __u8 *option;
	__u32 captured;
	__u16 length;

	if ((size_t)(end - body) < head)
		return false;
	*frame = (struct savefile_frame){ .data = body + head, .stamp_ns = f->stamp_ns };
	if (type == BLOCK_PACKET_SIMPLE) {
		frame->length = savefile_u32(f, body);
		captured = (__u32)(end - body - head);
		captured = frame->length < captured ? frame->length : captured;
	} else {
		frame->interface = type == BLOCK_PACKET ? savefile_u32(f, body) :
							  savefile_u16(f, body);
		captured = savefile_u32(f, body + 12);
		frame->length = savefile_u32(f, body + 16);
	}
	if (captured > FRAME_LIMIT || captured > (size_t)(end - frame->data) ||
	    frame->interface >= f->interfaces)
		return false;
	frame->captured = captured;
	if (type == BLOCK_PACKET_SIMPLE)
		return true;
	frame->stamp_ns = stamp_ns(&f->interface[frame->interface],
				   (__u64)savefile_u32(f, body + 4) << 32 |
					   savefile_u32(f, body + 8));
	if ((size_t)(end - frame->data) < padded(captured))
		return true;
	option = option_find(f, frame->data + padded(captured), end, OPTION_EPB_FLAGS, &length);
	if (option && length == 4 && savefile_u32(f, option) & 3) {
		frame->marked = true;
		frame->dir = (savefile_u32(f, option) & 3) == 2 ? OUT : IN;
	}
	return true;
}

/* Is there a whole block of a known type at the stream's position? */
static bool block_is_there(struct savefile *f)
{
	const __u8 *at = stream_peek(f->stream, BLOCK_MIN);
	__u32 type, length;

	if (!at)
		return false;
	type = savefile_u32(f, at);
	length = savefile_u32(f, at + 4);
	if ((type != BLOCK_INTERFACE && type != BLOCK_PACKET && type != BLOCK_PACKET_OLD) ||
	    length < BLOCK_MIN || length % 4 || length > FRAME_LIMIT)
		return false;
	at = stream_peek(f->stream, length);
	return at && savefile_u32(f, at + length - 4) == length;
}

/* After a block that cannot be: goes on to the next one. Blocks lie at multiples of 4. */
static bool find_next(struct savefile *f)
{
	f->skipped++;
	for (size_t n = 0; n < SEARCH && stream_skip(f->stream, 4); n += 4) {
		f->skipped_bytes += 4;
		if (block_is_there(f))
			return true;
		if (!stream_peek(f->stream, BLOCK_MIN))
			break;
	}
	f->why = "a broken block, and no other follows";
	return false;
}

/* The head of the next block. 0: the file has ended, or nothing more can be read of it. */
static __u32 block_begin(struct savefile *f, __u32 *type)
{
	const __u8 *at;
	__u32 length;

	for (;;) {
		at = savefile_peek(f, BLOCK_MIN, true);
		if (!at)
			return 0;
		*type = savefile_u32(f, at);
		length = *type == BLOCK_SECTION ? section_begin(f, at) : savefile_u32(f, at + 4);
		if (length >= BLOCK_MIN && length % 4 == 0)
			return length;
		if (!find_next(f))
			return 0;
	}
}

bool pcapng_next(struct savefile *f, struct savefile_frame *frame)
{
	__u32 type, length;
	const __u8 *at;

	while ((length = block_begin(f, &type))) {
		if (type == BLOCK_SECTION)
			f->interfaces = 0;
		if ((type != BLOCK_INTERFACE && type != BLOCK_PACKET && type != BLOCK_PACKET_OLD &&
		     type != BLOCK_PACKET_SIMPLE)) {
			if (!stream_skip(f->stream, length)) {
				f->why = "the file is cut off";
				return false;
			}
			continue;
		}
		at = length <= BLOCK_LIMIT ? savefile_peek(f, length, false) : NULL;
		if (!at) {
			f->why = f->why ? f->why : "a block of an impossible length";
			return false;
		}
		if (type == BLOCK_INTERFACE) {
			if (!interface_block(f, at + BLOCK_HEAD, at + length - 4))
				return false;
		} else if (packet_block(f, type, at + BLOCK_HEAD, at + length - 4, frame)) {
			f->held = length;
			return true;
		} else {
			f->skipped++;
			f->skipped_bytes += length;
		}
		stream_skip(f->stream, length);
	}
	return false;
}

bool pcapng_open(struct savefile *f)
{
	const __u8 *at = savefile_peek(f, BLOCK_MIN, false);

	if (at && !section_begin(f, at))
		f->why = "its first block is broken";
	return !f->why;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What pcap and pcapng share, and pcap. */
#include <stdlib.h>
#include <string.h>

#include "savefile.h"

#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d
#define MAGIC_EXTENDED 0xa1b2cd34 /* of a patched libpcap: 8 bytes more in each packet's header */
#define MAGIC_PCAPNG 0x0a0d0d0a   /* the same from both ends */
#define VERSION_MAJOR 2

#define FILE_HEADER 24
#define PACKET_HEADER 16
#define SEARCH 1048576 /* bytes in which a packet is looked for after a broken place */
#define DAY_S 86400
#define WHOLE_SECOND 1000000000 /* a stamp's fraction is below it, whatever its unit */

__u32 savefile_u32(const struct savefile *f, const __u8 *at)
{
	__u32 value;

	memcpy(&value, at, sizeof(value));
	return f->swapped ? __builtin_bswap32(value) : value;
}

__u16 savefile_u16(const struct savefile *f, const __u8 *at)
{
	__u16 value;

	memcpy(&value, at, sizeof(value));
	return f->swapped ? __builtin_bswap16(value) : value;
}

const __u8 *savefile_peek(struct savefile *f, size_t n, bool at_end)
{
	const __u8 *data = stream_peek(f->stream, n);

	if (data)
		return data;
	if (stream_error(f->stream))
		f->why = stream_words(stream_error(f->stream));
	else if (stream_there(f->stream) || !at_end)
		f->why = "the file is cut off";
	return NULL;
}

struct savefile_interface *savefile_interface_add(struct savefile *f)
{
	struct savefile_interface *interface = realloc(f->interface,
						       (f->interfaces + 1) * sizeof(*interface));

	if (!interface) {
		f->why = "not enough memory";
		return NULL;
	}
	f->interface = interface;
	interface += f->interfaces++;
	*interface = (struct savefile_interface){};
	return interface;
}

static bool is_near(__u32 seconds, __u64 ns)
{
	__s64 later_s = (__s64)(seconds - ns / 1000000000);

	return later_s > -DAY_S && later_s < DAY_S;
}

/* A packet's header that may be one: of a time not far from other packets', of lengths that can be. */
static bool is_plausible(const struct savefile *f, const __u8 *at)
{
	__u32 seconds = savefile_u32(f, at), fraction = savefile_u32(f, at + 4);
	__u32 captured = savefile_u32(f, at + 8), length = savefile_u32(f, at + 12);

	return (is_near(seconds, f->stamp_ns) || is_near(seconds, f->first_ns)) &&
	       fraction < WHOLE_SECOND && captured && captured <= length && length <= FRAME_LIMIT;
}

/* A packet's header whose own length is out of bounds: goes on to the next place where a header is followed,
 * at the distance that it gives, by another one, or by the end of the file.
 */
static bool find_next(struct savefile *f)
{
	size_t header = PACKET_HEADER + f->extra;
	const __u8 *at, *next;
	__u32 captured;

	f->skipped++;
	for (size_t n = 1; n < SEARCH && stream_skip(f->stream, 1); n++) {
		f->skipped_bytes++;
		at = stream_peek(f->stream, header);
		if (!at)
			break;
		if (!is_plausible(f, at))
			continue;
		captured = savefile_u32(f, at + 8);
		next = stream_peek(f->stream, 2 * header + captured);
		if (next ? is_plausible(f, next + header + captured) :
			   stream_there(f->stream) == header + captured)
			return true;
	}
	f->why = "a broken packet header, and no other follows";
	return false;
}

/* Whether a pcap file's header begins here; then of which kind. In the place of a packet it is that of another
 * file, which someone has put behind the first: as a packet's header it would be of the year 2056 at least.
 */
static bool pcap_begins(struct savefile *f, const __u8 *at)
{
	bool swapped = f->swapped;

	for (int i = 0; i < 2; i++) {
		__u32 magic = savefile_u32(f, at);

		if ((magic == MAGIC_US || magic == MAGIC_NS || magic == MAGIC_EXTENDED) &&
		    savefile_u16(f, at + 4) == VERSION_MAJOR) {
			f->nanoseconds = magic == MAGIC_NS;
			f->extra = magic == MAGIC_EXTENDED ? 8 : 0;
			return true;
		}
		f->swapped = !f->swapped;
	}
	f->swapped = swapped;
	return false;
}

/* Takes a pcap file's header. The upper bits of the link type have other uses. */
static bool pcap_begin(struct savefile *f)
{
	const __u8 *at = savefile_peek(f, FILE_HEADER, false);

	if (!at || (!f->interfaces && !savefile_interface_add(f)))
		return false;
	f->interface[0].linktype = (int)(savefile_u32(f, at + 20) & 0x03ffffff);
	return stream_skip(f->stream, FILE_HEADER);
}

/* The header of the next packet; NULL: there is none. */
static const __u8 *packet_header(struct savefile *f)
{
	const __u8 *at = savefile_peek(f, PACKET_HEADER, true);

	while (at && pcap_begins(f, at))
		at = pcap_begin(f) ? savefile_peek(f, PACKET_HEADER, true) : NULL;
	if (at && savefile_u32(f, at + 8) > FRAME_LIMIT)
		at = find_next(f) ? stream_peek(f->stream, PACKET_HEADER) : NULL;
	return at;
}

static bool pcap_frame(struct savefile *f, struct savefile_frame *frame)
{
	const __u8 *at = packet_header(f);
	__u32 header, captured;

	if (!at)
		return false;
	header = PACKET_HEADER + f->extra;
	captured = savefile_u32(f, at + 8);
	at = savefile_peek(f, header + captured, false);
	if (!at)
		return false;
	*frame = (struct savefile_frame){
		.data = at + header,
		.captured = captured,
		.length = savefile_u32(f, at + 12),
		.stamp_ns = savefile_u32(f, at) * 1000000000ULL +
			    savefile_u32(f, at + 4) * (f->nanoseconds ? 1ULL : 1000ULL),
	};
	f->held = header + captured;
	return true;
}

bool savefile_open(struct savefile *f, struct stream *stream)
{
	const __u8 *at;
	__u32 magic;

	*f = (struct savefile){ .stream = stream };
	at = stream_peek(stream, sizeof(magic));
	if (!at) {
		f->why = stream_error(stream) ? stream_words(stream_error(stream)) :
			 stream_there(stream) ? "too short for a capture" :
						"it is empty";
		return false;
	}
	memcpy(&magic, at, sizeof(magic));
	if (magic == MAGIC_PCAPNG) {
		f->next_generation = true;
		return pcapng_open(f);
	}
	at = savefile_peek(f, 2 * sizeof(magic), false);
	if (!at)
		return false;
	if (pcap_begins(f, at))
		return pcap_begin(f);
	f->why = "neither a pcap nor a pcapng file";
	return false;
}

bool savefile_next(struct savefile *f, struct savefile_frame *frame)
{
	if (!stream_skip(f->stream, f->held))
		return false;
	f->held = 0;
	if (!(f->next_generation ? pcapng_next(f, frame) : pcap_frame(f, frame)))
		return false;
	f->stamp_ns = frame->stamp_ns;
	if (!f->frames++)
		f->first_ns = f->stamp_ns;
	if (frame->length < frame->captured)
		frame->length = frame->captured;
	return true;
}

void savefile_close(struct savefile *f)
{
	stream_close(f->stream);
	free(f->interface);
	*f = (struct savefile){};
}

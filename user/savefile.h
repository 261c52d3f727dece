/* SPDX-License-Identifier: GPL-2.0-only */
/* pcap and pcapng files, frame by frame, of either byte order, from a stream of bytes.
 *
 * Broken places are passed over where something that looks like the next packet follows, and counted.
 */
#ifndef PLOSS_SAVEFILE_H
#define PLOSS_SAVEFILE_H

#include "ploss.h"
#include "stream.h"

#define INTERFACE_NAME 16

/* Where frames of a file come from. A pcap file has one, and a pcapng file says how many. */
struct savefile_interface {
	int linktype;              /* LINKTYPE_..., as the file has it */
	char name[INTERFACE_NAME]; /* "" where the file says none, or a longer one */
	unsigned int slot;         /* caller's; 0 at first */
	__u8 resolution;           /* pcapng: if_tsresol */
	__s64 offset_s;            /* and if_tsoffset */
};

struct savefile_frame {
	const __u8 *data; /* hold until the next one is asked for */
	__u32 captured;   /* bytes at data */
	__u32 length;     /* bytes on the wire, never less */
	__u64 stamp_ns;   /* since 1970, as the file has it */
	unsigned int interface;
	bool marked; /* the file says the direction: */
	enum direction dir;
};

struct savefile {
	struct stream *stream;
	bool next_generation; /* pcapng */
	bool swapped;         /* written by a machine of the other byte order */
	bool nanoseconds;     /* pcap */
	__u32 extra;          /* pcap: bytes of each packet's header beyond 16 */
	struct savefile_interface *interface;
	unsigned int interfaces;
	size_t held;    /* bytes of the frame given last, not passed yet */
	__u64 first_ns; /* stamp of the first frame */
	__u64 stamp_ns; /* and of the one given last */
	__u64 frames;
	__u64 skipped, skipped_bytes; /* broken places */
	const char *why;              /* what ended the file early; NULL: nothing */
};

/* Reads the file's header. False where it is no capture: then savefile_close() is still due, and f->why says
 * what is wrong. Takes the stream over.
 */
bool savefile_open(struct savefile *f, struct stream *stream);

/* False at the end. */
bool savefile_next(struct savefile *f, struct savefile_frame *frame);

void savefile_close(struct savefile *f);

/* For the two formats' own parts. */
#define FRAME_LIMIT 262144 /* no packet is captured longer */

__u32 savefile_u32(const struct savefile *f, const __u8 *at);
__u16 savefile_u16(const struct savefile *f, const __u8 *at);

/* The next n bytes, or NULL and f->why. at_end: being at the end is no fault. */
const __u8 *savefile_peek(struct savefile *f, size_t n, bool at_end);

struct savefile_interface *savefile_interface_add(struct savefile *f);

bool pcapng_open(struct savefile *f);
bool pcapng_next(struct savefile *f, struct savefile_frame *frame);

#endif

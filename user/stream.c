/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "stream.h"
#include "unpack.h"

#define WINDOW 262144
#define PACKED 65536

struct stream {
	int fd, copy;
	const volatile bool *stop;
	bool ended;
	int error;
	__u8 *window;
	size_t room, from, filled; /* window[from ... filled) is there */
	struct unpacker *unpacker; /* NULL: as it comes */
	bool full;                 /* it may have more than there was room for */
	size_t packed_from, packed_filled;
	__u8 packed[PACKED];
};

/* Adds to the copy. False with stream->error. */
static bool copy_some(struct stream *s, const __u8 *data, size_t size)
{
	while (size) {
		ssize_t put = write(s->copy, data, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			s->error = -EXFULL;
			return false;
		}
		data += put;
		size -= (size_t)put;
	}
	return true;
}

/* 0 at the end, or -1 with stream->error. */
static ssize_t read_some(struct stream *s, __u8 *data, size_t size)
{
	ssize_t got = 0;

	while (!*s->stop) {
		got = read(s->fd, data, size);
		if (got >= 0 || errno != EINTR)
			break;
		got = 0;
	}
	if (got < 0)
		s->error = -errno;
	if (got > 0 && s->copy >= 0 && !copy_some(s, data, (size_t)got))
		return -1;
	return got;
}

/* The next packed bytes, where there are none left. As read_some(). */
static ssize_t packed_some(struct stream *s)
{
	ssize_t got;

	if (s->packed_from < s->packed_filled)
		return 1;
	got = read_some(s, s->packed, sizeof(s->packed));
	s->packed_from = 0;
	s->packed_filled = got > 0 ? (size_t)got : 0;
	return got;
}

/* A file may be several gzip members, one after the other (RFC 1952 2.2), or zstd frames. What follows them and
 * is none belongs to no one.
 */
static bool next_member(struct stream *s)
{
	return packed_some(s) > 0 && unpack_goes_on(s->unpacker, s->packed[s->packed_from]);
}

/* Unpacks what has arrived, at least a byte. As read_some(). */
static ssize_t unpack_some(struct stream *s, __u8 *data, size_t size)
{
	struct pieces pieces = { .data = data, .room_left = size };
	ssize_t got;
	int end;

	do {
		got = s->full ? 1 : packed_some(s);
		if (!got)
			s->error = *s->stop ? 0 : -ENODATA;
		if (got <= 0)
			return got;
		pieces.packed = s->packed + s->packed_from;
		pieces.packed_left = s->packed_filled - s->packed_from;
		end = unpack(s->unpacker, &pieces);
		s->packed_from = s->packed_filled - pieces.packed_left;
		s->full = !pieces.room_left;
		if (end < 0)
			s->error = end;
		if (end)
			s->ended = end < 0 || !next_member(s);
	} while (pieces.room_left == size && !s->ended);
	if (s->error && pieces.room_left == size)
		return -1;
	return (ssize_t)(size - pieces.room_left);
}

/* Adds to the window what is there, at least a byte. False at the end. */
static bool fill(struct stream *s)
{
	ssize_t got;

	if (s->ended)
		return false;
	got = s->unpacker ? unpack_some(s, s->window + s->filled, s->room - s->filled) :
			    read_some(s, s->window + s->filled, s->room - s->filled);
	if (got <= 0)
		s->ended = true;
	else
		s->filled += (size_t)got;
	return got > 0;
}

/* Makes room for n bytes in one piece. */
static bool make_room(struct stream *s, size_t n)
{
	__u8 *window;

	if (s->from) {
		memmove(s->window, s->window + s->from, s->filled - s->from);
		s->filled -= s->from;
		s->from = 0;
	}
	if (n <= s->room)
		return true;
	window = realloc(s->window, n);
	if (!window) {
		s->error = -ENOMEM;
		s->ended = true;
		return false;
	}
	s->window = window;
	s->room = n;
	return true;
}

const __u8 *stream_peek(struct stream *s, size_t n)
{
	if (likely(s->filled - s->from >= n))
		return s->window + s->from;
	if (s->from + n > s->room && !make_room(s, n))
		return NULL;
	while (s->filled - s->from < n) {
		if (!fill(s))
			return NULL;
	}
	return s->window + s->from;
}

size_t stream_there(const struct stream *s)
{
	return s->filled - s->from;
}

bool stream_skip(struct stream *s, __u64 n)
{
	while (n > s->filled - s->from) {
		n -= s->filled - s->from;
		s->from = s->filled = 0;
		if (!fill(s))
			return false;
	}
	s->from += n;
	return true;
}

int stream_error(const struct stream *s)
{
	return s->error;
}

const char *stream_words(int err)
{
	switch (err) {
	case -ENODATA:
		return "the compressed file is cut off";
	case -EBADMSG:
		return "the compressed file is broken";
	case -EPROTONOSUPPORT:
		return "it is compressed by zstd, whose library this ploss was built without";
	case -EXFULL:
		return "there is no room for the copy from which pictures are drawn";
	}
	return strerror(-err);
}

/* Is it packed? False: it is, and cannot be unpacked, or reading failed. */
static bool look(struct stream *s)
{
	stream_peek(s, PACKED_MAGIC);
	if (!unpacker_for(&s->unpacker, s->window, s->filled)) {
		if (errno)
			s->error = -errno;
		return !s->error;
	}
	s->packed_filled = s->filled;
	memcpy(s->packed, s->window, s->filled);
	s->filled = 0;
	s->ended = false;
	return true;
}

struct stream *stream_open(int fd, const volatile bool *stop)
{
	return stream_open_copying(fd, -1, stop);
}

struct stream *stream_open_copying(int fd, int copy, const volatile bool *stop)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		close(fd);
		return NULL;
	}
	s->fd = fd;
	s->copy = copy;
	s->stop = stop;
	s->room = PACKED; /* until it is known whether these bytes are packed */
	s->window = malloc(s->room);
	if (s->window && look(s) && make_room(s, WINDOW))
		return s;
	if (s->window)
		errno = -s->error;
	stream_close(s);
	return NULL;
}

void stream_close(struct stream *s)
{
	int err = errno;

	if (!s)
		return;
	unpacker_close(s->unpacker);
	close(s->fd);
	free(s->window);
	free(s);
	errno = err;
}

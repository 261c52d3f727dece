/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "stream.h"

#define BUFFER 65536
#define AUTO_FORMAT (15 + 32) /* inflateInit2(): the largest window; the header says gzip or zlib */

struct stream {
	int fd;
	const volatile bool *stop;
	bool compressed, ended;
	z_stream zlib;
	size_t from, filled; /* of buffer: what was read and is not yet passed on */
	unsigned char buffer[BUFFER];
};

/* More into the empty buffer. 0 at the end, or -1 and errno. */
static ssize_t fill(struct stream *s)
{
	ssize_t got;

	do
		got = read(s->fd, s->buffer, sizeof(s->buffer));
	while (got < 0 && errno == EINTR && !*s->stop);
	if (got < 0 && errno == EINTR)
		got = 0;
	s->from = 0;
	s->filled = got > 0 ? (size_t)got : 0;
	return got;
}

static ssize_t read_plain(struct stream *s, char *data, size_t size)
{
	ssize_t got;

	if (s->from == s->filled) {
		got = fill(s);
		if (got <= 0)
			return got;
	}
	if (size > s->filled - s->from)
		size = s->filled - s->from;
	memcpy(data, s->buffer + s->from, size);
	s->from += size;
	return (ssize_t)size;
}

/* A file may be several gzip members, one after the other (RFC 1952 2.2). */
static bool next_member(struct stream *s)
{
	return (s->from < s->filled || fill(s) > 0) && inflateReset(&s->zlib) == Z_OK;
}

static ssize_t read_compressed(struct stream *s, char *data, size_t size)
{
	ssize_t got;
	int err;

	s->zlib.next_out = (unsigned char *)data;
	s->zlib.avail_out = (unsigned int)size;
	while (s->zlib.avail_out == size && !s->ended) {
		if (s->from == s->filled) {
			got = fill(s);
			if (got <= 0)
				return got;
		}
		s->zlib.next_in = s->buffer + s->from;
		s->zlib.avail_in = (unsigned int)(s->filled - s->from);
		err = inflate(&s->zlib, Z_NO_FLUSH);
		s->from = s->filled - s->zlib.avail_in;
		if (err == Z_STREAM_END)
			s->ended = !next_member(s);
		else if (err != Z_OK && err != Z_BUF_ERROR)
			return errno = EBADMSG, -1;
	}
	return (ssize_t)(size - s->zlib.avail_out);
}

static ssize_t stream_read(void *cookie, char *data, size_t size)
{
	struct stream *s = cookie;

	if (*s->stop)
		return 0;
	return s->compressed ? read_compressed(s, data, size) : read_plain(s, data, size);
}

static int stream_close(void *cookie)
{
	struct stream *s = cookie;

	if (s->compressed)
		inflateEnd(&s->zlib);
	close(s->fd);
	free(s);
	return 0;
}

/* Whether it begins as gzip does (RFC 1952 2.3.1). A pipe may give its first bytes one at a time. */
static int look(struct stream *s)
{
	ssize_t got = fill(s);

	while (got > 0 && s->filled < 2) {
		got = read(s->fd, s->buffer + s->filled, sizeof(s->buffer) - s->filled);
		s->filled += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return -1;
	s->compressed = s->filled >= 2 && s->buffer[0] == 0x1f && s->buffer[1] == 0x8b;
	if (s->compressed && inflateInit2(&s->zlib, AUTO_FORMAT) != Z_OK) {
		s->compressed = false;
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

FILE *stream_open(int fd, const volatile bool *stop)
{
	const cookie_io_functions_t functions = { .read = stream_read, .close = stream_close };
	struct stream *s = calloc(1, sizeof(*s));
	FILE *file = NULL;

	if (!s) {
		close(fd);
		return NULL;
	}
	s->fd = fd;
	s->stop = stop;
	if (!look(s))
		file = fopencookie(s, "r", functions);
	if (file)
		setvbuf(file, NULL, _IOFBF, BUFFER);
	else
		stream_close(s);
	return file;
}

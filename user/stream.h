/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a file or a pipe, unpacked where they are packed, through a window that moves on. */
#ifndef PLOSS_STREAM_H
#define PLOSS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct stream;

/* Takes the descriptor over, also on failure. Waits for the first bytes, to see whether they are packed.
 * *stop, set by a signal handler, ends the stream. NULL and errno.
 */
struct stream *stream_open(int fd, const volatile bool *stop);

/* The same; whatever is read is also written to `copy`, which stays the caller's; -1: nowhere. */
struct stream *stream_open_copying(int fd, int copy, const volatile bool *stop);

void stream_close(struct stream *stream);

/* The next n bytes, in one piece; they hold until the next call. NULL: fewer are left, or reading failed.
 * Does not wait for more than these.
 */
const __u8 *stream_peek(struct stream *stream, size_t n);

/* Bytes that can be peeked at without reading: after a NULL, all that is left. */
size_t stream_there(const struct stream *stream);

/* Passes over n bytes, which need not be there yet. False where the stream ends before. */
bool stream_skip(struct stream *stream, __u64 n);

/* 0 at a proper end, else -errno of what ended the stream. */
int stream_error(const struct stream *stream);

/* The same, or -errno of stream_open(), in words. */
const char *stream_words(int err);

#endif

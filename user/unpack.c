/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "unpack.h"

#define AUTO_FORMAT (15 + 32) /* inflateInit2(): the largest window; the header says gzip or zlib */
#define GZIP_FIRST 0x1f       /* RFC 1952 2.3.1 */
#define GZIP_SECOND 0x8b
#define ZSTD_FIRST 0x28 /* RFC 8878 3.1.1: the magic number fd2fb528, little-endian */

struct unpacker {
	bool is_zstd;
	z_stream zlib;
#ifdef HAVE_ZSTD
	ZSTD_DStream *zstd;
#endif
};

static bool is_zstd(const __u8 *magic, size_t length)
{
	return length >= 4 && magic[0] == ZSTD_FIRST && magic[1] == 0xb5 && magic[2] == 0x2f &&
	       magic[3] == 0xfd;
}

#ifdef HAVE_ZSTD
static int zstd_begin(struct unpacker *unpacker)
{
	unpacker->zstd = ZSTD_createDStream();
	return unpacker->zstd ? 0 : ENOMEM;
}

static void zstd_end(struct unpacker *unpacker)
{
	ZSTD_freeDStream(unpacker->zstd);
}

static int zstd_unpack(struct unpacker *unpacker, struct pieces *pieces)
{
	ZSTD_inBuffer in = { pieces->packed, pieces->packed_left, 0 };
	ZSTD_outBuffer out = { pieces->data, pieces->room_left, 0 };
	size_t left = ZSTD_decompressStream(unpacker->zstd, &out, &in);

	pieces->packed += in.pos;
	pieces->packed_left -= in.pos;
	pieces->data += out.pos;
	pieces->room_left -= out.pos;
	return ZSTD_isError(left) ? -EBADMSG : !left;
}
#else
static int zstd_begin(struct unpacker *unpacker)
{
	return EPROTONOSUPPORT;
}

static void zstd_end(struct unpacker *unpacker)
{
}

static int zstd_unpack(struct unpacker *unpacker, struct pieces *pieces)
{
	return -EBADMSG;
}
#endif

static int zlib_unpack(struct unpacker *unpacker, struct pieces *pieces)
{
	z_stream *zlib = &unpacker->zlib;
	int err;

	zlib->next_in = pieces->packed;
	zlib->avail_in = (unsigned int)pieces->packed_left;
	zlib->next_out = pieces->data;
	zlib->avail_out = (unsigned int)pieces->room_left;
	err = inflate(zlib, Z_NO_FLUSH);
	pieces->packed = zlib->next_in;
	pieces->packed_left = zlib->avail_in;
	pieces->data = zlib->next_out;
	pieces->room_left = zlib->avail_out;
	return err == Z_STREAM_END ? 1 : err == Z_OK || err == Z_BUF_ERROR ? 0 : -EBADMSG;
}

bool unpacker_for(struct unpacker **unpacker, const __u8 *magic, size_t length)
{
	struct unpacker *u;
	int err;

	*unpacker = NULL;
	errno = 0;
	if (!is_zstd(magic, length) &&
	    (length < 2 || magic[0] != GZIP_FIRST || magic[1] != GZIP_SECOND))
		return false;
	u = calloc(1, sizeof(*u));
	if (!u)
		return false;
	u->is_zstd = is_zstd(magic, length);
	if (u->is_zstd)
		err = zstd_begin(u);
	else
		err = inflateInit2(&u->zlib, AUTO_FORMAT) == Z_OK ? 0 : ENOMEM;
	if (err) {
		free(u);
		errno = err;
		return false;
	}
	*unpacker = u;
	return true;
}

void unpacker_close(struct unpacker *unpacker)
{
	if (!unpacker)
		return;
	if (unpacker->is_zstd)
		zstd_end(unpacker);
	else
		inflateEnd(&unpacker->zlib);
	free(unpacker);
}

int unpack(struct unpacker *unpacker, struct pieces *pieces)
{
	return unpacker->is_zstd ? zstd_unpack(unpacker, pieces) : zlib_unpack(unpacker, pieces);
}

bool unpack_goes_on(struct unpacker *unpacker, __u8 first)
{
	/* A frame may be one to be skipped (RFC 8878 3.1.2). */
	if (unpacker->is_zstd)
		return first == ZSTD_FIRST || (first & 0xf0) == 0x50;
	return first == GZIP_FIRST && inflateReset(&unpacker->zlib) == Z_OK;
}

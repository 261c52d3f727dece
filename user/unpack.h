/* SPDX-License-Identifier: GPL-2.0-only */
/* gzip, and zstd where ploss was built with its library: unpacked piece by piece. */
#ifndef PLOSS_UNPACK_H
#define PLOSS_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct unpacker;

#define PACKED_MAGIC 4 /* bytes that are enough to tell */

/* Whether bytes that begin so are packed: then *unpacker is for them. False with *unpacker NULL where they are not,
 * or where errno says why they cannot be unpacked: EPROTONOSUPPORT, ENOMEM.
 */
bool unpacker_for(struct unpacker **unpacker, const __u8 *magic, size_t length);

void unpacker_close(struct unpacker *unpacker);

/* Packed bytes, and room for what they hold. */
struct pieces {
	const __u8 *packed;
	size_t packed_left;
	__u8 *data;
	size_t room_left;
};

/* Unpacks what there is and what there is room for. 0; 1 at the end of what was packed at once, after which
 * something else may follow; -EBADMSG.
 */
int unpack(struct unpacker *unpacker, struct pieces *pieces);

/* Whether what follows, and begins with this byte, is packed too; then unpack() goes on. */
bool unpack_goes_on(struct unpacker *unpacker, __u8 first);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Any 40 bytes as TCP options. Where the walk is cut short, what it had found before is the same.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "tcpopt.h"

static void parse(struct opts *o, int fill, const __u8 *bytes, __u32 length)
{
	int count;

	memset(o, fill, sizeof(*o));
	memset(o->bytes, 0, sizeof(o->bytes));
	memcpy(o->bytes, bytes, length);
	o->length = length;
	count = opts_parse(o);
	assert(count == o->sack_count);
	assert(o->sack_count <= SACK_BLOCKS);
	assert(!(o->has & OPTS_WSCALE) || o->wscale <= 14);
	assert(!memcmp(o->bytes, bytes, length));
	assert(o->length == length);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	__u32 length = size > OPTS_MAX ? OPTS_MAX : size / 4 * 4;
	struct opts o, again, cut;

	parse(&o, 0x00, data, length);
	parse(&again, 0xff, data, length);
	assert(o.has == again.has && o.sack_count == again.sack_count);
	if (o.has & OPTS_TIMESTAMPS)
		assert(o.tsval == again.tsval && o.tsecr == again.tsecr);
	if (o.has & OPTS_MSS)
		assert(o.mss == again.mss);
	if (o.has & OPTS_WSCALE)
		assert(o.wscale == again.wscale);
	assert(!memcmp(o.sack, again.sack, o.sack_count * sizeof(o.sack[0])));
	while (length) {
		length -= 4;
		parse(&cut, 0x00, data, length);
		assert(!(cut.has & ~(o.has | OPTS_MALFORMED)));
	}
	return 0;
}

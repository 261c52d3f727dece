/* SPDX-License-Identifier: GPL-2.0-only */
#include <assert.h>
#include <stdlib.h>

#include "host.h"
#include "seq.h"

void host_end(struct host *h)
{
	free(h->early);
	h->early = NULL;
	h->early_count = h->early_room = 0;
}

/* Numerical Recipes' generator: any would do that is the same everywhere. */
static __u32 next_random(struct host *h)
{
	h->random = h->random * 1664525 + 1013904223;
	return h->random >> 16;
}

__u16 host_next_id(struct host *h, enum ids ids, __u16 segments)
{
	__u16 id = h->id;

	switch (ids) {
	case IDS_SEQUENTIAL:
		h->id += segments;
		return id;
	case IDS_SHARED:
		h->id += segments + next_random(h) % 5;
		return id;
	case IDS_RANDOM:
		return next_random(h);
	case IDS_CONSTANT:
		return 0x1234;
	case IDS_ZERO:
		break;
	}
	return 0;
}

static void early_remove(struct host *h, __u32 i)
{
	for (h->early_count--; i < h->early_count; i++)
		h->early[i] = h->early[i + 1];
}

static void early_add(struct host *h, __u32 start, __u32 end)
{
	__u32 i;

	for (i = 0; i < h->early_count;) {
		const struct range *r = &h->early[i];

		if (seq_after(start, r->end) || seq_before(end, r->start)) {
			i++;
			continue;
		}
		start = seq_min(start, r->start);
		end = seq_max(end, r->end);
		early_remove(h, i);
	}
	if (h->early_count == h->early_room) {
		h->early_room = h->early_room ? 2 * h->early_room : 64;
		h->early = realloc(h->early, h->early_room * sizeof(*h->early));
		assert(h->early);
	}
	for (i = h->early_count++; i; i--)
		h->early[i] = h->early[i - 1];
	h->early[0] = (struct range){ start, end };
}

/* What [start, end) repeats, as a receiver reports it: below what it acknowledges, or all of it. */
static struct range repeated(const struct host *h, __u32 start, __u32 end)
{
	__u32 i;

	if (seq_before(start, h->received))
		return (struct range){ start, seq_min(end, h->received) };
	for (i = 0; i < h->early_count; i++)
		if (!seq_before(start, h->early[i].start) && !seq_after(end, h->early[i].end))
			return (struct range){ start, end };
	return (struct range){};
}

void host_receive(struct host *h, __u32 start, __u32 end)
{
	__u32 i;

	if (start == end)
		return;
	h->dsack = repeated(h, start, end);
	if (!seq_after(start, h->received))
		h->received = seq_max(h->received, end);
	else
		early_add(h, start, end);
	for (i = 0; i < h->early_count;) {
		if (seq_after(h->early[i].start, h->received)) {
			i++;
			continue;
		}
		h->received = seq_max(h->received, h->early[i].end);
		early_remove(h, i);
		i = 0;
	}
}

int host_judge(struct host *h, __u32 start, __u32 end, __u32 tsval, int timestamps)
{
	h->dsack = (struct range){};
	if (timestamps && (__s32)(h->tsval - tsval) > 1) {
		if (seq_before(start, h->received))
			h->dsack = (struct range){ start, seq_min(end, h->received) };
		return 0;
	}
	if (!seq_after(start, h->received) && !seq_before(tsval, h->tsval))
		h->tsval = tsval;
	host_receive(h, start, end);
	return 1;
}

int host_sacks(struct host *h, struct range *blocks, int most)
{
	const struct range dsack = h->dsack;
	int count = 0;
	__u32 i;

	h->dsack = (struct range){};
	if (dsack.start != dsack.end)
		blocks[count++] = dsack;
	/* RFC 2883 4.2: the block that contains what was repeated comes next. */
	for (i = 0; count && i < h->early_count; i++) {
		const struct range r = h->early[i];

		if (seq_before(dsack.start, r.start) || seq_after(dsack.end, r.end))
			continue;
		early_remove(h, i);
		early_add(h, r.start, r.end);
		break;
	}
	for (i = 0; i < h->early_count && count < most; i++)
		blocks[count++] = h->early[i];
	return count;
}

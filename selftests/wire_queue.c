/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets in flight: a binary heap. Equal due times leave in the order they came. */
#include <stdlib.h>

#include "wire.h"

static bool before(const struct waiting *a, const struct waiting *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->turn < b->turn;
}

static void swap(struct waiting *a, struct waiting *b)
{
	struct waiting kept = *a;

	*a = *b;
	*b = kept;
}

int queue_push(struct queue *q, struct packet *p, enum half half, uint64_t due_ns)
{
	size_t at = q->count;

	if (q->count == q->room) {
		size_t room = q->room ? 2 * q->room : 1024;
		struct waiting *heap = realloc(q->heap, room * sizeof(*heap));

		if (!heap)
			return fail("cannot keep a packet: out of memory");
		q->heap = heap;
		q->room = room;
	}
	q->heap[q->count++] =
		(struct waiting){ .due_ns = due_ns, .turn = q->turns++, .p = p, .half = half };
	for (; at && before(&q->heap[at], &q->heap[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&q->heap[at], &q->heap[(at - 1) / 2]);
	return 0;
}

uint64_t queue_due(const struct queue *q)
{
	return q->count ? q->heap[0].due_ns : UINT64_MAX;
}

struct packet *queue_pop(struct queue *q, enum half *half)
{
	struct packet *p;
	size_t at = 0;

	if (!q->count)
		return NULL;
	p = q->heap[0].p;
	*half = q->heap[0].half;
	q->heap[0] = q->heap[--q->count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < q->count && before(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (child >= q->count || !before(&q->heap[child], &q->heap[at]))
			return p;
		swap(&q->heap[at], &q->heap[child]);
		at = child;
	}
}

void queue_free(struct queue *q)
{
	free(q->heap);
	*q = (struct queue){ 0 };
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>

#include "worst.h"

#define FIRST_ROOM 64

void worst_init(struct worst *worst, size_t limit, const struct column *column)
{
	*worst = (struct worst){ .limit = limit, .column = column };
}

void worst_free(struct worst *worst)
{
	free(worst->line);
	worst->line = NULL;
	worst->count = worst->room = 0;
}

static bool is_worse(const struct worst *worst, size_t a, size_t b)
{
	return flow_line_compare(&worst->line[a], &worst->line[b], worst->column) > 0;
}

static void swap(struct worst *worst, size_t a, size_t b)
{
	struct flow_line line = worst->line[a];

	worst->line[a] = worst->line[b];
	worst->line[b] = line;
}

static void rise(struct worst *worst, size_t i)
{
	for (; i && is_worse(worst, (i - 1) / 2, i); i = (i - 1) / 2)
		swap(worst, i, (i - 1) / 2);
}

static void sink(struct worst *worst)
{
	for (size_t i = 0, child = 1; child < worst->count; i = child, child = 2 * i + 1) {
		if (child + 1 < worst->count && is_worse(worst, child, child + 1))
			child++;
		if (!is_worse(worst, i, child))
			break;
		swap(worst, i, child);
	}
}

static int make_room(struct worst *worst)
{
	size_t room = worst->room ? 2 * worst->room : FIRST_ROOM;
	struct flow_line *line;

	if (worst->count < worst->room)
		return 0;
	line = reallocarray(worst->line, room, sizeof(*line));
	if (!line)
		return -ENOMEM;
	worst->line = line;
	worst->room = room;
	return 0;
}

int worst_add(struct worst *worst, const struct flow_line *line)
{
	if (worst->limit && worst->count == worst->limit) {
		if (flow_line_compare(line, &worst->line[0], worst->column) <= 0)
			return 0;
		worst->line[0] = *line;
		sink(worst);
		return 0;
	}
	if (make_room(worst))
		return -ENOMEM;
	worst->line[worst->count++] = *line;
	if (worst->limit)
		rise(worst, worst->count - 1);
	return 0;
}

static int worst_first(const void *a, const void *b, void *column)
{
	return flow_line_compare(b, a, column);
}

void worst_sort(struct worst *worst)
{
	if (worst->count)
		qsort_r(worst->line, worst->count, sizeof(worst->line[0]), worst_first,
			(void *)worst->column);
}

void worst_clear(struct worst *worst)
{
	worst->count = 0;
}

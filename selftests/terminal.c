/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

#define ESCAPE 27

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

void terminal_open(struct terminal *t, unsigned int columns, unsigned int rows)
{
	memset(t, 0, sizeof(*t));
	memset(t->cell, ' ', sizeof(t->cell));
	terminal_resize(t, columns, rows);
}

void terminal_resize(struct terminal *t, unsigned int columns, unsigned int rows)
{
	t->columns = least(columns, TERMINAL_COLUMNS);
	t->rows = least(rows, TERMINAL_ROWS);
	t->top = 0;
	t->bottom = t->rows;
	t->x = least(t->x, t->columns - 1);
	t->y = least(t->y, t->rows - 1);
	t->full = false;
	for (unsigned int y = 0; y < TERMINAL_ROWS; y++) {
		unsigned int from = y < t->rows ? t->columns : 0;

		memset(t->cell[y] + from, ' ', TERMINAL_COLUMNS - from);
	}
}

static void blank(struct terminal *t, unsigned int y, unsigned int from, unsigned int to)
{
	if (from < to)
		memset(t->cell[y] + from, ' ', to - from);
}

/* The rows [from, bottom) move up by so many, or down. */
static void scroll(struct terminal *t, unsigned int from, int rows)
{
	unsigned int count = t->bottom - from, by = least((unsigned int)abs(rows), count);

	if (from >= t->bottom)
		return;
	if (rows > 0)
		memmove(t->cell[from], t->cell[from + by], (count - by) * sizeof(t->cell[0]));
	else
		memmove(t->cell[from + by], t->cell[from], (count - by) * sizeof(t->cell[0]));
	for (unsigned int i = 0; i < by; i++)
		blank(t, rows > 0 ? t->bottom - 1 - i : from + i, 0, t->columns);
}

static void line_feed(struct terminal *t)
{
	if (t->y + 1 == t->bottom)
		scroll(t, t->top, 1);
	else
		t->y = least(t->y + 1, t->rows - 1);
}

static void print(struct terminal *t, char character)
{
	if (t->full) {
		t->x = 0;
		line_feed(t);
	}
	t->cell[t->y][t->x] = t->last = character;
	t->full = t->x + 1 == t->columns;
	t->x += !t->full;
}

/* Characters of the row from the cursor on move right by so many, or left. */
static void shift(struct terminal *t, int by)
{
	char *at = t->cell[t->y] + t->x;
	unsigned int room = t->columns - t->x, n = least((unsigned int)abs(by), room);

	if (by > 0) {
		memmove(at + n, at, room - n);
		memset(at, ' ', n);
	} else {
		memmove(at, at + n, room - n);
		memset(at + room - n, ' ', n);
	}
}

static void erase_rows(struct terminal *t, int what)
{
	for (unsigned int y = 0; y < t->rows; y++) {
		if (what == 2 || (what == 0 && y > t->y) || (what == 1 && y < t->y))
			blank(t, y, 0, t->columns);
	}
}

static void erase_row(struct terminal *t, int what)
{
	blank(t, t->y, what ? 0 : t->x, what == 1 ? t->x + 1 : t->columns);
}

static void move_to(struct terminal *t, int x, int y)
{
	t->x = least(x < 0 ? 0 : (unsigned int)x, t->columns - 1);
	t->y = least(y < 0 ? 0 : (unsigned int)y, t->rows - 1);
}

/* ECMA-48 control sequence: of its parameters the first two, 0 where there is none. */
static void control(struct terminal *t, char final, int first, int second)
{
	int n = first ? first : 1, x = (int)t->x, y = (int)t->y;

	if (final != 'm' && final != 'b')
		t->full = false;
	switch (final) {
	case 'A':
		return move_to(t, x, y - n);
	case 'B':
		return move_to(t, x, y + n);
	case 'C':
		return move_to(t, x + n, y);
	case 'D':
		return move_to(t, x - n, y);
	case 'G':
		return move_to(t, n - 1, y);
	case 'd':
		return move_to(t, x, n - 1);
	case 'H':
		return move_to(t, (second ? second : 1) - 1, n - 1);
	case 'Z':
		return move_to(t, (x - 1) / 8 * 8, y);
	case 'J':
		erase_rows(t, first);
		return first == 2 ? (void)0 : erase_row(t, first);
	case 'K':
		return erase_row(t, first);
	case 'X':
		return blank(t, t->y, t->x, least(t->x + (unsigned int)n, t->columns));
	case '@':
		return shift(t, n);
	case 'P':
		return shift(t, -n);
	case 'L':
		return scroll(t, t->y, -n);
	case 'M':
		return scroll(t, t->y, n);
	case 'S':
		return scroll(t, t->top, n);
	case 'T':
		return scroll(t, t->top, -n);
	case 'r':
		t->top = (unsigned int)n - 1;
		t->bottom = second ? least((unsigned int)second, t->rows) : t->rows;
		return move_to(t, 0, 0);
	case 'b':
		while (n--)
			print(t, t->last);
	}
}

/* Takes a byte of an escape sequence; returns whether that was its last. */
static bool escape(struct terminal *t, char byte)
{
	char *rest;
	int first, second;

	if (t->length + 1 < sizeof(t->escape))
		t->escape[t->length++] = byte;
	t->escape[t->length] = 0;
	if (t->length == 1) {
		if (byte == 'M' && t->y == t->top)
			scroll(t, t->top, -1);
		else if (byte == 'M' && t->y)
			t->y--;
		return !strchr("[()", byte);
	}
	if (t->escape[0] != '[')
		return true; /* a set of characters */
	if (byte < '@' || byte > '~')
		return false;
	first = (int)strtol(t->escape + 1, &rest, 10);
	second = *rest == ';' ? (int)strtol(rest + 1, &rest, 10) : 0;
	if (t->escape[1] != '?' && t->escape[1] != '>')
		control(t, byte, first, second);
	return true;
}

static void take(struct terminal *t, char byte)
{
	switch (byte) {
	case ESCAPE:
		t->escape[0] = ESCAPE;
		break;
	case '\r':
		move_to(t, 0, (int)t->y);
		t->full = false;
		break;
	case '\n':
		line_feed(t);
		break;
	case '\b':
		move_to(t, (int)t->x - 1, (int)t->y);
		t->full = false;
		break;
	case '\t':
		move_to(t, (int)(t->x / 8 + 1) * 8, (int)t->y);
		break;
	default:
		if (byte >= ' ' && byte <= '~')
			print(t, byte);
	}
}

void terminal_write(struct terminal *t, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!t->escape[0]) {
			take(t, data[i]);
		} else if (escape(t, data[i])) {
			t->escape[0] = 0;
			t->length = 0;
		}
	}
}

const char *terminal_row(const struct terminal *t, unsigned int row)
{
	static char text[TERMINAL_COLUMNS + 1];
	size_t length = t->columns;

	while (length && t->cell[row][length - 1] == ' ')
		length--;
	memcpy(text, t->cell[row], length);
	text[length] = 0;
	return text;
}

bool terminal_shows(const struct terminal *t, const char *text)
{
	for (unsigned int row = 0; row < t->rows; row++) {
		if (strstr(terminal_row(t, row), text))
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a terminal shows that was sent so many bytes: as much of xterm as curses makes use of, in ASCII. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_COLUMNS 256
#define TERMINAL_ROWS 64

struct terminal {
	unsigned int columns, rows;
	unsigned int x, y, top,
		bottom; /* cursor; the region that scrolls, from top to below bottom */
	bool full;      /* the last column is written, and the cursor waits behind it */
	char last;      /* character written */
	char cell[TERMINAL_ROWS][TERMINAL_COLUMNS];
	char escape[64]; /* a sequence that has not ended */
	size_t length;
};

/* Blank. */
void terminal_open(struct terminal *t, unsigned int columns, unsigned int rows);

/* What is shown stays where it was, as far as there is room. */
void terminal_resize(struct terminal *t, unsigned int columns, unsigned int rows);

void terminal_write(struct terminal *t, const char *data, size_t size);

/* A row, without the blanks at its end; valid until the next call. */
const char *terminal_row(const struct terminal *t, unsigned int row);

bool terminal_shows(const struct terminal *t, const char *text);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns of tables: numbers of a row as text that fits. */
#ifndef PLOSS_CELLS_H
#define PLOSS_CELLS_H

#include <stdio.h>
#include <time.h>

#include "columns.h"

#define CELL_TEXT 32

/* A column of a table: its text, at most width characters, from the row; offset says which field.
 */
struct cell {
	const char *heading; /* NULL ends a list */
	unsigned int width;
	void (*print)(char text[CELL_TEXT], const struct cell *cell, const struct row *row);
	size_t offset;
};

void print_count(char text[CELL_TEXT], const struct cell *cell, const struct row *row);

/* Milliseconds with the digits that fit; "-" where nothing was measured. */
void print_ms(char text[CELL_TEXT], const struct cell *cell, const struct row *row);

/* "  135  1.2%": a count, and a percentage where there is enough evidence for one. */
void print_lost(char text[CELL_TEXT], const struct cell *cell, const struct row *row);

#define COUNT_CELL(heading, width, name) \
	{ \
		heading, width, print_count, offsetof(struct row, name) \
	}
#define LOST_CELL(heading, name) \
	{ \
		heading, 11, print_lost, offsetof(struct row, name) \
	}
#define MS_CELL(heading, width, name) \
	{ \
		heading, width, print_ms, offsetof(struct row, name) \
	}

/* Nearly everything. */
extern const struct cell wide_cells[];

/* " HEADING ..." and " 123 ...", without a line end. */
void cells_heading(FILE *out, const struct cell *cells);
void cells_print(FILE *out, const struct cell *cells, const struct row *row);

/* Local time of day, "12:34:56.789". */
#define CLOCK_TEXT 16
#define CLOCK_WIDTH 12
void clock_text(char text[CLOCK_TEXT], const struct timespec *time);

#endif

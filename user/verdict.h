/* SPDX-License-Identifier: GPL-2.0-only */
/* The answer in plain words: which direction loses, and on which side. */
#ifndef PLOSS_VERDICT_H
#define PLOSS_VERDICT_H

#include "columns.h"
#include "ploss.h"

#define VERDICT_TEXT 1024

/* One direction of one interface. Pure: from the row of a whole run alone. */
void verdict_text(char text[VERDICT_TEXT], const char *interface, enum direction direction,
		  const struct row *row);

#endif

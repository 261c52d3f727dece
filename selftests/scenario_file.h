/* SPDX-License-Identifier: GPL-2.0-only */
/* A scenario as a capture, read as `ploss read` reads it. */
#ifndef PLOSS_SCENARIO_FILE_H
#define PLOSS_SCENARIO_FILE_H

#include <stdbool.h>

#include "scenario.h"

/* Kinds of files, each of another format, byte order and link type. */
#define SCENARIO_FILES 3
extern const char *const scenario_files[SCENARIO_FILES];

/* Counts what passes from 0 ms on, of the data of A and B, as scenario_play() does. False where a file does
 * not have what it takes: super-packets of unknown segments, a table without room.
 */
bool scenario_play_file(const struct setting *at, const struct step *steps, int count, __u8 family,
			int kind, struct counters result[2]);

/* A file of this kind without a name: its descriptor, at its beginning. */
int scenario_file(const struct setting *at, const struct step *steps, int count, __u8 family,
		  int kind);

#endif

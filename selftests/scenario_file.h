/* SPDX-License-Identifier: GPL-2.0-only */
/* A scenario as a capture, read as `ploss read` reads it. */
#ifndef PLOSS_SCENARIO_FILE_H
#define PLOSS_SCENARIO_FILE_H

#include "scenario.h"

/* Kinds of files, each of another format, byte order and link type. */
#define SCENARIO_FILES 3
extern const char *const scenario_files[SCENARIO_FILES];

/* Plays it as a file of one of these kinds, as scenario_play() does. Fails where a file does not have what it
 * takes: super-packets whose segments nobody could count.
 */
void scenario_play_file(const struct setting *at, const struct step *steps, int count, __u8 family,
			int kind, struct played *result);

#endif

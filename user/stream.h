/* SPDX-License-Identifier: GPL-2.0-only */
/* Files, pipes and what gzip made of them, as one FILE. */
#ifndef PLOSS_STREAM_H
#define PLOSS_STREAM_H

#include <stdbool.h>
#include <stdio.h>

/* Takes the descriptor over, also on failure. Reads the first bytes, to see whether they are gzip's, and
 * waits for them if it must. Reading gives what is there, as soon as it is; *stop, set by a signal handler,
 * ends it as if the file ended there. NULL and errno.
 */
FILE *stream_open(int fd, const volatile bool *stop);

#endif

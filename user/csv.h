/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLOSS_CSV_H
#define PLOSS_CSV_H

#include <stdio.h>

/* A field, in quotes where it must be (RFC 4180 2). */
void csv_field(FILE *out, const char *text);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Pieces of JSON objects, one object a line. */
#ifndef PLOSS_JSON_H
#define PLOSS_JSON_H

#include <stdio.h>
#include <time.h>
#include <linux/types.h>

/* A JSON string. Interface names and the like are bytes: what is not printable ASCII is escaped. */
void json_string(FILE *out, const char *text);

/* ,"name":"text" and ,"name":123 */
void json_text(FILE *out, const char *name, const char *text);
void json_number(FILE *out, const char *name, __u64 number);

/* {"type":"...","time":"...","interface":"...", the last where it is not NULL */
void json_head(FILE *out, const char *type, const struct timespec *time, const char *interface);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include <math.h>
#include <stdio.h>

#include "bench_row.h"
#include "json.h"

static void number(const char *name, double value)
{
	if (isfinite(value))
		printf(",\"%s\":%.4g", name, value);
}

void row_print(const struct bench_row *row)
{
	printf("{\"part\":\"%s\"", row->part);
	json_text(stdout, "what", row->what);
	json_text(stdout, "with", row->with);
	if (row->ip)
		json_number(stdout, "ip", row->ip);
	json_text(stdout, "unit", row->unit);
	json_text(stdout, "against", row->against);
	number("base", row->base);
	number("got", row->got);
	if (row->base >= 1) /* less is noise */
		number("ratio", row->got / row->base);
	if (row->most)
		number("most", row->most);
	if (row->peer) {
		number("peer", row->peer);
		number("peer_ratio", row->got / row->peer);
	}
	if (row->peer && row->peer_most)
		number("peer_most", row->peer_most);
	printf("}\n");
	fflush(stdout);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "json.h"
#include "report.h"

/* A JSON string. Interface names and the like are bytes: what is not printable ASCII is escaped. */
void json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c < ' ' || c > '~')
			fprintf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

void json_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":", name);
	json_string(out, text);
}

void json_number(FILE *out, const char *name, __u64 number)
{
	fprintf(out, ",\"%s\":%llu", name, number);
}

void json_head(FILE *out, const char *type, const struct timespec *time, const char *interface)
{
	char text[TIME_TEXT];

	fputs("{\"type\":", out);
	json_string(out, type);
	time_text(text, time);
	json_text(out, "time", text);
	if (interface)
		json_text(out, "interface", interface);
}

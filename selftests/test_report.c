/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* 2024-05-01T12:00:00.000000007Z; 11,250 data segments of which 135 were lost before. */
static const struct line some_line = {
	.type = "stats",
	.time = { 1714564800, 7 },
	.interface = "eth0",
	.direction = IN,
	.interval_ns = 1000000000,
	.row = {
		.packets = 11300,
		.bytes = 16000000,
		.segments = 11300,
		.data_segments = 11115,
		.retransmitted_segments = 140,
		.lost_before_segments = 135,
		.lost_after_segments = 1,
		.reordered_segments = 3,
		.rtt_samples = 10,
		.rtt_mean_ns = 20125000,
	},
};

/* What the report printed; to be freed. */
static char *printed(enum output output, const struct line *lines, unsigned int count, bool total)
{
	struct report report;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	report_begin(&report, out, output);
	report.interface_width = (unsigned int)strlen(lines[0].interface);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(report_line(&report, &lines[i]), 0);
	if (total)
		assert_int_equal(report_total(&report), 0);
	if (total)
		assert_int_equal(report_line(&report, &lines[0]), 0);
	fclose(out);
	return text;
}

static void a_table_is_made_for_the_eye(void **state)
{
	struct line lines[2] = { some_line, some_line };
	char *text;

	lines[1].direction = OUT;
	lines[1].row = (struct row){};
	text = printed(OUTPUT_TABLE, lines, 2, true);
	assert_string_equal(
		text,
		"INTERFACE DIR    DATA  RETR LOST-BEFORE LOST-AFTER  REORD  DUP AMBIG RTTms\n"
		"eth0      in    11115   140   135 1.20%     1           3    0     0 20.12\n"
		"eth0      out       0     0     0           0           0    0     0     -\n"
		"\n"
		"TOTAL     DIR    DATA  RETR LOST-BEFORE LOST-AFTER  REORD  DUP AMBIG RTTms\n"
		"eth0      in    11115   140   135 1.20%     1           3    0     0 20.12\n");
	free(text);
}

/* Every value at its largest, and the longest name an interface can have. */
static void a_table_never_exceeds_80_columns(void **state)
{
	struct line line = some_line;
	char *text, *at, *end;

	line.interface = "a-name-of-15-ch";
	for (__u64 value = 1; value; value = value << 3 | 7) {
		for (size_t i = 0; i < sizeof(line.row) / sizeof(__u64); i++)
			((__u64 *)&line.row)[i] = value;
		text = printed(OUTPUT_TABLE, &line, 1, true);
		for (at = text; (end = strchr(at, '\n')); at = end + 1) {
			if (end - at > 80)
				fail_msg("%d columns: %.*s", (int)(end - at), (int)(end - at), at);
		}
		free(text);
		if (value >> 60)
			break;
	}
}

static void counts_are_shortened_only_where_they_must(void **state)
{
	static const struct {
		__u64 count;
		unsigned int width;
		const char *text;
	} rows[] = {
		{ 0, 5, "0" },
		{ 99999, 5, "99999" },
		{ 100000, 5, "100k" },
		{ 99949, 4, "100k" },
		{ 9940, 3, "10k" },
		{ 1234567, 5, "1235k" },
		{ 1234567, 4, "1.2M" },
		{ 999999, 5, "1000k" },
		{ 12345678901ULL, 5, "12.3G" },
		{ ~0ULL, 5, "18.4E" },
		{ ~0ULL, 20, "18446744073709551615" },
	};
	char text[COUNT_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		count_text(text, rows[i].width, rows[i].count);
		assert_string_equal(text, rows[i].text);
	}
}

static void json_is_one_object_a_line_with_every_column_in_order(void **state)
{
	static const char head[] =
		"{\"type\":\"stats\",\"time\":\"2024-05-01T12:00:00.000000007Z\","
		"\"interface\":\"eth0\",\"direction\":\"in\",\"interval_ns\":1000000000";
	char *text = printed(OUTPUT_JSON, &some_line, 1, false), *at = text, name[64];

	assert_memory_equal(at, head, strlen(head));
	at += strlen(head);
	for (unsigned int i = 0; i < column_count; i++) {
		snprintf(name, sizeof(name), ",\"%s\":%llu", columns[i].name,
			 column_value(&columns[i], &some_line.row));
		assert_memory_equal(at, name, strlen(name));
		at += strlen(name);
	}
	assert_string_equal(at, "}\n");
	free(text);
}

static void json_escapes_what_a_name_may_contain(void **state)
{
	struct line line = some_line;
	char *text;

	line.interface = "a\"\\\xff\t";
	line.verdict = "50 % is much";
	text = printed(OUTPUT_JSON, &line, 1, false);
	assert_non_null(strstr(text, "\"interface\":\"a\\\"\\\\\\u00ff\\u0009\","));
	assert_non_null(strstr(text, ",\"verdict\":\"50 % is much\"}\n"));
	free(text);
}

static void csv_has_one_header_line_and_as_many_fields_as_it_names(void **state)
{
	struct line lines[2] = { some_line, some_line };
	char *text, *line, *at;
	int rows = 0;

	text = at = printed(OUTPUT_CSV, lines, 2, true);
	while ((line = strsep(&at, "\n")) && *line) {
		unsigned int commas = 0;

		for (char *c = line; *c; c++)
			commas += *c == ',';
		assert_int_equal(commas, 4 + column_count);
		assert_int_equal(
			!strncmp(line, "type,time,interface,direction,interval_ns,packets,", 50),
			rows == 0);
		rows++;
	}
	assert_int_equal(rows, 4);
	free(text);
}

static void csv_quotes_a_name_with_a_comma(void **state)
{
	struct line line = some_line;
	char *text;

	line.interface = "a,\"b";
	text = printed(OUTPUT_CSV, &line, 1, false);
	assert_non_null(strstr(text, "Z,\"a,\"\"b\",in,1000000000,11300,"));
	free(text);
}

static void wide_rows_are_as_long_as_their_header(void **state)
{
	char *text = printed(OUTPUT_WIDE, &some_line, 1, false);
	size_t header = strcspn(text, "\n"), row = strcspn(text + header + 1, "\n");

	assert_true(header > 80);
	assert_int_equal(header, row);
	free(text);
}

static void health_names_what_is_not_zero(void **state)
{
	struct health_line line = { .time = { 1714564800, 0 }, .interface = "eth0" };
	struct health grown = {}, before = {};
	struct report report;
	char text[HEALTH_TEXT], *json = NULL;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	grown.refused[REFUSED_not_tcp] = 5;
	assert_false(health_grew(&grown, &before, false));
	assert_true(health_grew(&grown, &before, true));
	grown.refused[REFUSED_fragment] = 3;
	grown.untracked_segments = 7;
	assert_true(health_grew(&grown, &before, false));
	assert_false(health_grew(&grown, &grown, true));
	line.health = grown;
	health_text(text, &line);
	assert_string_equal(text,
			    "eth0: not followed so far: 5 packets that are not TCP, 3 fragments, "
			    "7 segments of connections that found the table full");
	report_begin(&report, out, OUTPUT_JSON);
	assert_int_equal(report_health(&report, &line), 0);
	fclose(out);
	assert_string_equal(json,
			    "{\"type\":\"health\",\"time\":\"2024-05-01T12:00:00.000000000Z\","
			    "\"interface\":\"eth0\",\"not_tcp\":5,\"fragment\":3,\"truncated\":0,"
			    "\"malformed\":0,\"extension_limit\":0,\"untracked_segments\":7,"
			    "\"untracked_flows\":0,\"untroubled_flows\":0,\"hole_overflows\":0,"
			    "\"events_lost\":0,\"events_suppressed\":0}\n");
	free(json);
}

static void a_full_disk_is_reported(void **state)
{
	struct report report;
	FILE *full = fopen("/dev/full", "w");

	if (!full)
		skip();
	report_begin(&report, full, OUTPUT_JSON);
	assert_int_equal(report_line(&report, &some_line), -ENOSPC);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_made_for_the_eye),
		cmocka_unit_test(a_table_never_exceeds_80_columns),
		cmocka_unit_test(counts_are_shortened_only_where_they_must),
		cmocka_unit_test(json_is_one_object_a_line_with_every_column_in_order),
		cmocka_unit_test(json_escapes_what_a_name_may_contain),
		cmocka_unit_test(csv_has_one_header_line_and_as_many_fields_as_it_names),
		cmocka_unit_test(csv_quotes_a_name_with_a_comma),
		cmocka_unit_test(wide_rows_are_as_long_as_their_header),
		cmocka_unit_test(health_names_what_is_not_zero),
		cmocka_unit_test(a_full_disk_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

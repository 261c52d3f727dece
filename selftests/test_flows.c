/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "past.h"
#include "report_flow.h"
#include "worst.h"

/* A connection as the tables have it: number n of many. */
static struct entry entry_of(__u32 n)
{
	struct entry entry = {
		.family = 4,
		.key = { .ifindex = 1,
			 .local = { 0, 0, htonl(0xffff), htonl(0x0a000001) },
			 .remote = { 0, 0, htonl(0xffff), htonl(0x0a000002 + n % 7) },
			 .local_port = htons(40000 + n % 20000),
			 .remote_port = htons(443) },
		.flow = { .id = 256 + n, .state = FLOW_ESTABLISHED },
	};

	return entry;
}

static struct flow_line line_of(__u32 n, __u64 lost)
{
	struct entry entry = entry_of(n);

	return (struct flow_line){
		.interface = "eth0",
		.direction = OUT,
		.family = 4,
		.key = entry.key,
		.state = "ESTABLISHED",
		.port = 443,
		.flows = 1,
		.row = { .packets = 10, .data_segments = 5, .lost_after_segments = lost },
	};
}

static void a_keyed_table_finds_what_was_added_and_only_that(void **state)
{
	struct keyed table;
	__u64 *entry;
	__u32 at = 0, met = 0;

	keyed_init(&table, sizeof(__u64), 2 * sizeof(__u64));
	for (__u64 key = 0; key < 10000; key++) {
		entry = keyed_add(&table, &key);
		assert_true(entry[1] == 0);
		entry[1] = key * key;
	}
	for (__u64 key = 0; key < 20000; key++) {
		entry = keyed_find(&table, &key);
		assert_int_equal(entry != NULL, key < 10000);
		assert_true(!entry || entry[1] == key * key);
	}
	while (keyed_next(&table, &at))
		met++;
	assert_int_equal(met, 10000);
	keyed_free(&table);
	assert_null(keyed_find(&table, &(__u64){ 1 }));
}

static bool is_even(void *entry, void *argument)
{
	++*(int *)argument;
	return *(__u64 *)entry % 2 == 0;
}

static void a_filter_keeps_what_is_wanted(void **state)
{
	struct keyed table;
	int asked = 0;

	keyed_init(&table, sizeof(__u64), sizeof(__u64));
	for (__u64 key = 0; key < 1000; key++)
		keyed_add(&table, &key);
	keyed_filter(&table, is_even, &asked);
	assert_int_equal(asked, 1000);
	assert_int_equal(table.count, 500);
	for (__u64 key = 0; key < 1000; key++)
		assert_int_equal(keyed_find(&table, &key) != NULL, key % 2 == 0);
	keyed_free(&table);
}

/* Of a million lines, memory for five. */
static void the_worst_of_a_million_are_kept_in_order(void **state)
{
	struct worst worst;

	worst_init(&worst, 5, NULL);
	for (__u32 n = 0; n < 1000000; n++) {
		struct flow_line line = line_of(n, (n * 7919ULL) % 1000003);

		assert_int_equal(worst_add(&worst, &line), 0);
	}
	assert_true(worst.room <= 64);
	worst_sort(&worst);
	assert_int_equal(worst.count, 5);
	for (size_t i = 1; i < 5; i++)
		assert_true(worst.line[i - 1].row.lost_after_segments >
			    worst.line[i].row.lost_after_segments);
	assert_true(worst.line[4].row.lost_after_segments > 999980);
	worst_free(&worst);
}

static void none_is_a_list_too(void **state)
{
	struct worst worst;

	worst_init(&worst, 0, NULL);
	worst_sort(&worst);
	assert_int_equal(worst.count, 0);
	worst_free(&worst);
}

static void without_a_limit_all_are_kept_by_the_column_asked_for(void **state)
{
	struct worst worst;

	worst_init(&worst, 0, column_find("packets"));
	for (__u32 n = 0; n < 1000; n++) {
		struct flow_line line = line_of(n, 1000 - n);

		line.row.packets = n;
		worst_add(&worst, &line);
	}
	worst_sort(&worst);
	assert_int_equal(worst.count, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(worst.line[i].row.packets, 999 - i);
	worst_free(&worst);
}

/* Every counter from the place where packets of one direction write it. */
static void a_row_takes_each_counter_from_its_tier_and_side(void **state)
{
	struct entry entry = entry_of(1);
	struct trouble trouble = {};
	struct row rows[DIRECTIONS];

	entry.trouble = &trouble;
	entry.flow.half[OUT].packets = 11;
	entry.flow.half[OUT].segments = 12;
	entry.flow.half[OUT].syns = 1;
	entry.flow.half[OUT].id_mode = ID_SEQ;
	entry.flow.half[IN].rtt_samples = 2;
	entry.flow.half[IN].rtt_sum_ns = 40;
	entry.flow.half[IN].rtt_min_ns = 10;
	entry.flow.half[IN].rtt_max_us = 3;
	trouble.side[OUT].own.retransmitted_seen_segments = 6;
	trouble.side[OUT].own.retransmitted_spurious_segments = 1;
	trouble.side[IN].about.spurious_proven_segments = 2;
	trouble.side[OUT].gauges.stall_max_ns = 9;
	trouble.side[OUT].flags = SIDE_COARSE;
	entry_rows(&entry, rows);
	assert_int_equal(rows[OUT].packets, 11);
	assert_int_equal(rows[OUT].syns, 1);
	assert_int_equal(rows[OUT].ipid_packets, 12);
	assert_int_equal(rows[OUT].retransmitted_segments, 7);
	assert_int_equal(rows[OUT].lost_after_segments, 4);
	assert_int_equal(rows[OUT].stall_max_ns, 9);
	assert_int_equal(rows[OUT].rtt_mean_ns, 20);
	assert_int_equal(rows[OUT].rtt_min_ns, 10);
	assert_int_equal(rows[OUT].rtt_max_ns, 3000);
	assert_true(row_is_empty(&rows[IN]));
	assert_true(entry_holes_merged(&entry, OUT) && !entry_holes_merged(&entry, IN));
}

static void intervals_of_a_connection_add_up_to_its_life(void **state)
{
	struct entry entry = entry_of(1);
	struct row rows[DIRECTIONS], sum = {}, life[DIRECTIONS];
	struct trouble trouble = {};
	struct past past;

	past_init(&past);
	for (int look = 0; look < 5; look++) {
		entry.flow.half[OUT].packets += 10;
		entry.flow.half[OUT].data_segments += 9;
		if (look > 1) {
			entry.trouble = &trouble;
			trouble.side[OUT].own.retransmitted_seen_segments += 3;
		}
		if (look == 3) /* all of this interval's were needless, and one before */
			trouble.side[IN].about.spurious_proven_segments += 4;
		assert_int_equal(past_rows(&past, &entry, rows), 0);
		past_end(&past);
		row_add(&sum, &rows[OUT]);
		assert_int_equal(rows[OUT].packets, 10);
		assert_true(row_is_empty(&rows[IN]));
	}
	assert_int_equal(past_rows(&past, &entry, rows), 0);
	assert_true(row_is_empty(&rows[OUT]));
	entry_rows(&entry, life);
	assert_int_equal(sum.packets, life[OUT].packets);
	assert_int_equal(sum.retransmitted_segments, life[OUT].retransmitted_segments);
	assert_int_equal(sum.lost_after_segments, life[OUT].lost_after_segments);
	past_free(&past);
}

static void the_next_connection_of_the_same_ends_begins_anew(void **state)
{
	struct entry entry = entry_of(1);
	struct row rows[DIRECTIONS];
	struct past past;

	past_init(&past);
	entry.flow.id = 0; /* an embryo, */
	entry.flow.half[OUT].packets = 1;
	past_rows(&past, &entry, rows);
	past_end(&past);
	entry.flow.id = 256; /* established: goes on */
	entry.flow.half[OUT].packets = 5;
	past_rows(&past, &entry, rows);
	past_end(&past);
	assert_int_equal(rows[OUT].packets, 4);
	entry.flow.id = 512;
	entry.flow.half[OUT].packets = 6;
	past_rows(&past, &entry, rows);
	assert_int_equal(rows[OUT].packets, 6);
	past_end(&past);
	past_end(&past);
	assert_int_equal(past.table.count, 0);
	past_free(&past);
}

static void states_are_those_of_the_local_end(void **state)
{
	struct entry entry = entry_of(1);

	assert_string_equal(entry_state(&entry), "ESTABLISHED");
	entry.flow.state = FLOW_HANDSHAKE;
	entry.flow.opener = OUT;
	assert_string_equal(entry_state(&entry), "SYN_SENT");
	entry.flow.opener = IN;
	assert_string_equal(entry_state(&entry), "SYN_RECV");
	entry.flow.state = FLOW_CLOSING;
	entry.flow.half[OUT].flags = HALF_FIN;
	assert_string_equal(entry_state(&entry), "FIN_WAIT");
	entry.flow.half[IN].flags = HALF_FIN;
	assert_string_equal(entry_state(&entry), "CLOSING");
	entry.flow.half[OUT].flags = 0;
	assert_string_equal(entry_state(&entry), "CLOSE_WAIT");
	entry.flow.state = FLOW_CLOSED;
	assert_string_equal(entry_state(&entry), "CLOSED");
}

static void groups_add_up_and_keep_directions_apart(void **state)
{
	const struct flow_line *line;
	struct groups groups;
	__u64 flows = 0, lost = 0;
	__u32 at = 0, count = 0;

	groups_init(&groups, GROUP_PEER);
	for (__u32 n = 0; n < 1000; n++) {
		struct flow_line each = line_of(n, 2);

		each.direction = n % 2 ? IN : OUT;
		each.row.rtt_samples = 1;
		each.row.rtt_mean_ns = each.row.rtt_min_ns = each.row.rtt_max_ns = 1000 + n;
		assert_int_equal(groups_add(&groups, &each), 0);
	}
	while ((line = groups_next(&groups, &at))) {
		count++;
		flows += line->flows;
		lost += line->row.lost_after_segments;
		assert_int_equal(line->key.local_port, 0);
		assert_int_equal(line->row.rtt_samples, line->flows);
		assert_true(line->row.rtt_min_ns < 1014 && line->row.rtt_max_ns > 1985);
		assert_true(line->row.rtt_mean_ns > 1480 && line->row.rtt_mean_ns < 1520);
	}
	assert_int_equal(count, 14);
	assert_int_equal(flows, 1000);
	assert_int_equal(lost, 2000);
	groups_free(&groups);
}

static char *printed(enum output output, enum grouping by, const struct flow_line *line)
{
	struct flow_report report = { .output = output, .by = by, .time = { 1714564800, 7 } };
	char *text = NULL;
	size_t size;

	report.out = open_memstream(&text, &size);
	flow_report_begin(&report);
	flow_report_line(&report, line);
	fclose(report.out);
	return text;
}

/* The largest numbers, and the longest names. */
static void tables_fit_80_columns(void **state)
{
	struct flow_line line = line_of(1, 0);
	char *text, *end;

	line.family = 6;
	line.process = (struct process){ 4194304, "fifteen-letters" };
	memset(line.key.remote, 0xab, sizeof(line.key.remote));
	line.flows = ~0ULL;
	for (size_t i = 0; i < sizeof(line.row) / sizeof(__u64); i++)
		((__u64 *)&line.row)[i] = ~0ULL >> 4;
	for (enum grouping by = GROUP_FLOW; by <= GROUP_PROCESS; by++) {
		text = printed(OUTPUT_TABLE, by, &line);
		for (char *at = text; (end = strchr(at, '\n')); at = end + 1) {
			if (end - at > 80)
				fail_msg("%d columns: %.*s", (int)(end - at), (int)(end - at), at);
		}
		free(text);
	}
}

static void a_table_names_the_process_and_the_remote_end(void **state)
{
	struct flow_line line = line_of(1, 3);
	char *text;

	line.row.retransmitted_segments = 4;
	line.row.rtt_mean_ns = 20125000;
	line.process = (struct process){ 1234, "curl" };
	text = printed(OUTPUT_TABLE, GROUP_FLOW, &line);
	assert_string_equal(
		text, "DIR   DATA  RETR BEFORE  AFTER RTTms PROCESS         LPORT REMOTE\n"
		      "out      5     4      0      3 20.12 1234/curl       40001 10.0.0.3:443\n");
	free(text);
}

static void json_says_null_where_there_is_no_process(void **state)
{
	static const char head[] =
		"{\"type\":\"flow\",\"time\":\"2024-05-01T12:00:00.000000007Z\",\"interface\":\"eth0\","
		"\"direction\":\"out\",\"family\":4,\"local_address\":\"10.0.0.1\",\"local_port\":40001,"
		"\"remote_address\":\"10.0.0.3\",\"remote_port\":443,\"state\":\"ESTABLISHED\","
		"\"pid\":null,\"comm\":null,\"packets\":10,\"bytes\":0,";
	struct flow_line line = line_of(1, 3);
	char *text = printed(OUTPUT_JSON, GROUP_FLOW, &line);

	assert_int_equal(strncmp(text, head, sizeof(head) - 1), 0);
	assert_non_null(strstr(text, ",\"holes_merged\":false}"));
	free(text);
	line.process = (struct process){ 7, "a\"b" };
	text = printed(OUTPUT_JSON, GROUP_PROCESS, &line);
	assert_non_null(strstr(text, "\"pid\":7,\"comm\":\"a\\\"b\",\"flows\":1,\"packets\":10,"));
	free(text);
}

static void csv_has_a_field_for_each_heading(void **state)
{
	struct flow_line line = line_of(1, 3);

	line.process = (struct process){ 7, "a,b" };
	for (enum grouping by = GROUP_FLOW; by <= GROUP_PROCESS; by++) {
		char *text = printed(OUTPUT_CSV, by, &line), *end = strchr(text, '\n');
		int headings = 0, fields = 0, quoted = 0;

		for (char *at = text; at < end; at++)
			headings += *at == ',';
		for (char *at = end + 1; *at; at++) {
			quoted ^= *at == '"';
			fields += *at == ',' && !quoted;
		}
		assert_int_equal(headings, fields);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_keyed_table_finds_what_was_added_and_only_that),
		cmocka_unit_test(a_filter_keeps_what_is_wanted),
		cmocka_unit_test(the_worst_of_a_million_are_kept_in_order),
		cmocka_unit_test(none_is_a_list_too),
		cmocka_unit_test(without_a_limit_all_are_kept_by_the_column_asked_for),
		cmocka_unit_test(a_row_takes_each_counter_from_its_tier_and_side),
		cmocka_unit_test(intervals_of_a_connection_add_up_to_its_life),
		cmocka_unit_test(the_next_connection_of_the_same_ends_begins_anew),
		cmocka_unit_test(states_are_those_of_the_local_end),
		cmocka_unit_test(groups_add_up_and_keep_directions_apart),
		cmocka_unit_test(tables_fit_80_columns),
		cmocka_unit_test(a_table_names_the_process_and_the_remote_end),
		cmocka_unit_test(json_says_null_where_there_is_no_process),
		cmocka_unit_test(csv_has_a_field_for_each_heading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

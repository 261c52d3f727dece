/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"

static const struct gauges no_gauges;

static void a_row_is_the_difference_of_two_readings(void **state)
{
	struct counters early = { .packets = 10, .bytes = 1000, .rtt_samples = 1, .rtt_sum_ns = 5 };
	struct counters late = {
		.packets = 30,
		.bytes = 5000,
		.data_segments = 12,
		.retransmitted_unseen_segments = 3,
		.retransmitted_seen_segments = 4,
		.retransmitted_spurious_segments = 5,
		.rtt_samples = 4,
		.rtt_sum_ns = 35,
	};
	struct gauges gauges = { .rtt_min_ns = 9, .rtt_max_ns = 11, .stall_max_ns = 7 };
	struct tally before = {}, now;
	struct row row, expected = {
		.packets = 20,
		.bytes = 4000,
		.data_segments = 12,
		.retransmitted_segments = 12,
		.retransmitted_unseen_segments = 3,
		.retransmitted_seen_segments = 4,
		.retransmitted_spurious_segments = 5,
		.lost_after_segments = 4,
		.rtt_samples = 3,
		.rtt_min_ns = 9,
		.rtt_mean_ns = 10,
		.rtt_max_ns = 11,
		.stall_max_ns = 7,
	};

	tally_update(&before, &early, 0);
	now = before;
	tally_update(&now, &late, 0);
	row_from(&row, &now, &before, &gauges);
	assert_memory_equal(&row, &expected, sizeof(row));
}

static void losses_stand_still_where_a_proof_comes_late(void **state)
{
	struct counters counters = { .hole_lost_segments = 5,
				     .retransmitted_seen_segments = 4,
				     .id_missing_packets = 6 };
	struct tally tally = {}, before;
	struct row row;

	tally_update(&tally, &counters, 2);
	row_from(&row, &tally, NULL, &no_gauges);
	assert_int_equal(row.lost_before_segments, 5);
	assert_int_equal(row.lost_after_segments, 4);
	assert_int_equal(row.lost_before_packets, 4);

	before = tally;
	counters.late_original_segments = 2;
	counters.spurious_proven_segments = 9;
	counters.id_late_packets = 3;
	tally_update(&tally, &counters, 0);
	row_from(&row, &tally, &before, &no_gauges);
	assert_int_equal(row.lost_before_segments, 0);
	assert_int_equal(row.lost_after_segments, 0);
	assert_int_equal(row.lost_before_packets, 0);

	before = tally;
	counters.hole_lost_segments = 8;
	tally_update(&tally, &counters, 0);
	row_from(&row, &tally, &before, &no_gauges);
	assert_int_equal(row.lost_before_segments, 1);
}

/* Two runs of three segments, of which one came late itself, then all; and of two repeats one that was needed. */
static void runs_that_were_no_losses_are_taken_back(void **state)
{
	struct counters counters = { .hole_lost_segments = 3,
				     .late_original_segments = 1,
				     .loss_bursts = 2 };
	struct tally tally = {}, before;
	struct row row;

	tally_update(&tally, &counters, 0);
	row_from(&row, &tally, NULL, &no_gauges);
	assert_int_equal(row.lost_before_segments, 2);
	assert_int_equal(row.loss_bursts, 2);
	counters.late_original_segments = 3;
	tally = (struct tally){};
	tally_update(&tally, &counters, 0);
	row_from(&row, &tally, NULL, &no_gauges);
	assert_int_equal(row.loss_bursts, 0);

	before = tally;
	counters.retransmitted_seen_segments = 2;
	counters.spurious_proven_segments = 1;
	counters.loss_bursts = 4;
	tally_update(&tally, &counters, 0);
	row_from(&row, &tally, &before, &no_gauges);
	assert_int_equal(row.lost_after_segments, 1);
	assert_int_equal(row.loss_bursts, 1);

	/* A proof that comes late lowers nothing. */
	before = tally;
	counters.spurious_proven_segments = 2;
	tally_update(&tally, &counters, 0);
	row_from(&row, &tally, &before, &no_gauges);
	assert_int_equal(row.loss_bursts, 0);
}

/* Counters that grow at random, read at random times. */
static void intervals_add_up_to_the_total(void **state)
{
	struct counters counters = {};
	struct tally tally = {}, before;
	struct row row, total;
	__u64 *counter = (__u64 *)&counters;
	__u64 sum[sizeof(struct row) / sizeof(__u64)] = {};

	srandom(1);
	for (int interval = 0; interval < 1000; interval++) {
		for (size_t i = 0; i < sizeof(counters) / sizeof(__u64); i++)
			counter[i] += random() % 4;
		before = tally;
		tally_update(&tally, &counters, random() % 3);
		row_from(&row, &tally, &before, &no_gauges);
		for (unsigned int i = 0; i < column_count; i++)
			sum[i] += column_value(&columns[i], &row);
	}
	row_from(&total, &tally, NULL, &no_gauges);
	for (unsigned int i = 0; i < column_count; i++) {
		if (columns[i].source != GAUGE && strcmp(columns[i].name, "rtt_mean_ns") != 0)
			assert_int_equal(sum[i], column_value(&columns[i], &total));
	}
}

static void extremes_merge_and_zero_is_none(void **state)
{
	struct gauges all = {}, one = { 1, 2, 3, 4, 5, 6 }, other = { 6, 5, 4, 3, 2, 1 }, none = {};
	struct gauges expected = { 6, 5, 4, 4, 2, 6 };

	gauges_merge(&all, &one);
	assert_memory_equal(&all, &one, sizeof(all));
	gauges_merge(&all, &none);
	assert_memory_equal(&all, &one, sizeof(all));
	gauges_merge(&all, &other);
	assert_memory_equal(&all, &expected, sizeof(all));
}

static void a_percentage_needs_100_segments_and_2_losses(void **state)
{
	struct row row = { .data_segments = 99,
			   .lost_before_segments = 50,
			   .lost_after_segments = 50 };
	double percent;

	assert_false(loss_before_percent(&row, &percent));
	assert_false(loss_after_percent(&row, &percent));
	row.data_segments = 100;
	row.lost_before_segments = row.lost_after_segments = 1;
	assert_false(loss_before_percent(&row, &percent));
	assert_false(loss_after_percent(&row, &percent));
	row.lost_before_segments = row.lost_after_segments = 25;
	assert_true(loss_before_percent(&row, &percent));
	assert_float_equal(percent, 20, 1e-9);
	assert_true(loss_after_percent(&row, &percent));
	assert_float_equal(percent, 25, 1e-9);
}

/* What scripts and dashboards are written against. */
static const char promised[] =
	"packets bytes segments data_segments data_bytes retransmitted_segments "
	"retransmitted_bytes retransmitted_unseen_segments retransmitted_seen_segments "
	"retransmitted_spurious_segments retransmitted_likely_segments "
	"spurious_proven_segments late_original_segments cause_rto_segments "
	"cause_fast_segments cause_tlp_segments cause_unknown_segments "
	"syn_retransmitted_segments synack_retransmitted_segments reordered_segments "
	"reordering_extent_max reordering_delay_max_ns reordered_after_segments "
	"duplicated_after_segments duplicated_segments ambiguous_segments lost_before_packets "
	"ipid_packets lost_before_segments lost_after_segments loss_bursts "
	"loss_burst_max_segments stalls stall_ns stall_max_ns paws_rejected_segments "
	"host_dropped_segments unseen_bytes duplicate_acks sack_blocks dsack_blocks "
	"sack_reneges zero_windows zero_window_ns window_full window_probes keepalives syns "
	"fins resets resets_refused ecn_ce_segments rtt_samples rtt_min_ns rtt_mean_ns "
	"rtt_max_ns ";

static void columns_keep_their_promised_names_and_order(void **state)
{
	char names[sizeof(promised) + 64] = "";

	for (unsigned int i = 0; i < column_count; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ",
			 columns[i].name);
	assert_string_equal(names, promised);
}

static void columns_are_found_by_their_whole_name(void **state)
{
	assert_ptr_equal(column_find("packets"), &columns[0]);
	assert_ptr_equal(column_find("rtt_max_ns"), &columns[column_count - 1]);
	assert_null(column_find("packet"));
	assert_null(column_find(""));
}

/* A word of the text, not a part of one. */
static int has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += length) {
		if (!strchr("_abcdefghijklmnopqrstuvwxyz", at[length]) &&
		    (at == text || at[-1] != '_'))
			return 1;
	}
	return 0;
}

static void every_column_is_in_manual_and_completion(void **state)
{
	static const char *const paths[] = { "user/ploss.8", "scripts/completion/ploss.bash" };
	static char text[1 << 18];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		FILE *file = fopen(paths[i], "r");

		assert_non_null(file);
		text[fread(text, 1, sizeof(text) - 1, file)] = 0;
		fclose(file);
		for (unsigned int j = 0; j < column_count; j++) {
			if (!has_word(text, columns[j].name))
				fail_msg("%s does not mention %s", paths[i], columns[j].name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_the_difference_of_two_readings),
		cmocka_unit_test(losses_stand_still_where_a_proof_comes_late),
		cmocka_unit_test(runs_that_were_no_losses_are_taken_back),
		cmocka_unit_test(intervals_add_up_to_the_total),
		cmocka_unit_test(extremes_merge_and_zero_is_none),
		cmocka_unit_test(a_percentage_needs_100_segments_and_2_losses),
		cmocka_unit_test(columns_keep_their_promised_names_and_order),
		cmocka_unit_test(columns_are_found_by_their_whole_name),
		cmocka_unit_test(every_column_is_in_manual_and_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

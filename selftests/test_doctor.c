/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "diagnose.h"

static const struct options no_limits = {
	.max_loss = NO_LIMIT,
	.max_loss_in = NO_LIMIT,
	.max_loss_out = NO_LIMIT,
	.max_reordering = NO_LIMIT,
	.max_duplication = NO_LIMIT,
	.max_spurious = NO_LIMIT,
};

static struct diagnosis diagnosis;

/* Ten seconds of ten thousand segments each way. */
static struct examination healthy(void)
{
	return (struct examination){
		.interface = "eth0",
		.span_ns = 10000000000ULL,
		.row = { { .packets = 20000, .segments = 20000, .data_segments = 10000 },
			 { .packets = 20000, .segments = 20000, .data_segments = 10000 } },
		.connections = 50,
	};
}

/* The most important finding is this, and says that. */
static void assert_first(const struct examination *e, const char *kind, const char *text)
{
	diagnose(&diagnosis, e, &no_limits);
	if (!diagnosis.count || strcmp(diagnosis.finding[0].kind, kind) != 0)
		fail_msg("not %s but %s", kind,
			 diagnosis.count ? diagnosis.finding[0].text : "nothing");
	if (!strstr(diagnosis.finding[0].text, text))
		fail_msg("'%s' is not in: %s", text, diagnosis.finding[0].text);
}

static void the_healthy_have_no_findings(void **state)
{
	struct examination e = healthy();

	diagnose(&diagnosis, &e, &no_limits);
	assert_int_equal(diagnosis.count, 0);
	assert_false(diagnosis.exceeded);
}

static void losses_have_a_side_a_pattern_and_a_culprit(void **state)
{
	struct examination e = healthy();

	e.row[IN].lost_before_segments = e.row[IN].loss_bursts = 100;
	e.row[IN].stalls = 90;
	e.row[IN].stall_ns = 1500000000;
	assert_first(
		&e, "loss_before",
		"Inbound data on eth0 loses 0.99 % of its segments before this interface (100 of "
		"10100), one by one: the path from the peers drops it; 90 stalls of 1.500 s");
	e = healthy();
	e.row[OUT].lost_after_segments = 300;
	e.row[OUT].loss_bursts = 30;
	e.row[OUT].loss_burst_max_segments = 25;
	assert_first(&e, "loss_after",
		     "in runs, of 10.0 segments in the mean and 25 at most: the path to the peers");
	e.drops.qdisc_dropped = 290;
	assert_first(&e, "interface_drops", "290 by its queue");
}

static void few_losses_are_no_trouble(void **state)
{
	struct examination e = healthy();

	e.row[IN].data_segments = 99;
	e.row[IN].lost_before_segments = 9;
	assert_first(&e, "loss_before", "too few to judge");
	assert_true(diagnosis.finding[0].weight < WEIGHT_TROUBLE);
}

static void what_weighs_more_comes_first(void **state)
{
	struct examination e = healthy();

	e.row[OUT].lost_after_segments = 20;
	e.row[OUT].reordered_segments = 300;
	e.row[IN].lost_before_segments = 500;
	assert_first(&e, "loss_before", "Inbound");
	for (unsigned int i = 1; i < diagnosis.count; i++)
		assert_true(diagnosis.finding[i].weight <= diagnosis.finding[i - 1].weight);
}

static void a_flood_is_no_unanswered_connection(void **state)
{
	struct examination e = healthy();

	e.opened[IN] = (struct openings){ .answered = 20, .unanswered = 500, .half_open = 16000 };
	e.row[IN].syns = 50000;
	assert_first(&e, "syn_flood",
		     "16000 connections were opened from outside on eth0 and never "
		     "established (20 were; 5000 SYNs a second)");
	for (unsigned int i = 0; i < diagnosis.count; i++)
		assert_string_not_equal(diagnosis.finding[i].kind, "unanswered");
}

static void marks_and_resets_and_windows_name_who(void **state)
{
	struct examination e = healthy();

	e.row[OUT].ecn_ce_segments = 40;
	assert_first(&e, "ecn", "40 segments (0.2 %) of outbound data on eth0 were marked");
	e = healthy();
	e.row[IN].resets = 45;
	e.row[IN].resets_refused = 5;
	assert_first(&e, "refused", "5 connections opened through eth0 were refused");
	e.row[IN].resets_refused = 0;
	e.reset[IN] = 40; /* some said it twice */
	assert_first(&e, "resets", "40 connections on eth0 were reset by the remote side (of 50)");
	e = healthy();
	e.row[OUT].zero_windows = 3;
	e.row[OUT].zero_window_ns = 4000000000;
	assert_first(
		&e, "receiver_limited",
		"The receiver of inbound data on eth0 did not read: the window was shut 3 times, "
		"for 4.000 s");
}

static void needless_retransmissions_have_a_reason(void **state)
{
	struct examination e = healthy();

	e.row[OUT].retransmitted_segments = 40;
	e.row[OUT].retransmitted_seen_segments = 40;
	e.row[OUT].spurious_proven_segments = 40;
	e.row[OUT].cause_rto_segments = 40;
	assert_first(&e, "spurious", "40 times of 40: acknowledgements are lost.");
	e.row[OUT].cause_rto_segments = 0;
	e.row[OUT].reordered_after_segments = 9; /* too few to explain all */
	e.row[OUT].retransmitted_spurious_segments = 40;
	e.row[OUT].spurious_proven_segments = 0;
	assert_first(&e, "spurious", "that passed here are lost on the way to the sender");
	e.row[OUT].reordered_after_segments = 10;
	diagnose(&diagnosis, &e, &no_limits);
	assert_non_null(strstr(diagnosis.finding[0].text, "arrive out of order"));
}

static void a_round_trip_that_outlasts_the_timeout_is_a_reason(void **state)
{
	struct examination e = healthy();

	e.row[OUT].retransmitted_segments = e.row[OUT].retransmitted_seen_segments = 40;
	e.row[OUT].spurious_proven_segments = e.row[OUT].cause_rto_segments = 40;
	e.row[OUT].rtt_min_ns = 20000000;
	e.row[OUT].rtt_max_ns = 219000000;
	assert_first(&e, "spurious", ": acknowledgements are lost.");
	e.row[OUT].rtt_max_ns = 220000000;
	assert_first(
		&e, "spurious",
		": the sender's timeout is too short for the path, where round trips take up to "
		"0.220 s.");
	e.row[OUT].rtt_min_ns = e.row[OUT].rtt_max_ns = 1100000000; /* a long path, no handshake */
	assert_first(&e, "spurious", ": acknowledgements are lost.");
	e.row[OUT].syn_retransmitted_segments = 40;
	assert_first(&e, "spurious",
		     "timeout is too short for the path, where round trips take up to 1.1");
	e.row[OUT].retransmitted_seen_segments = e.row[OUT].spurious_proven_segments = 0;
	e.row[OUT].retransmitted_spurious_segments = 40;
	assert_first(
		&e, "spurious",
		"acknowledgements that passed here are lost on the way, or the sender's timeout");
}

static void a_full_window_is_a_trouble_if_it_takes_long(void **state)
{
	struct examination e = healthy();

	e.connections = 1;
	e.row[OUT].window_full = 100;
	e.row[OUT].rtt_mean_ns = 10000000;
	assert_first(&e, "window_full",
		     "full of outbound data on eth0 100 times, for up to 1.000 s in all");
	assert_true(diagnosis.finding[0].weight < WEIGHT_TROUBLE);
	e.row[IN].rtt_mean_ns = 10000000;
	assert_first(&e, "window_full", "for up to 2.000 s in all: larger buffers there");
	assert_true(diagnosis.finding[0].weight >= WEIGHT_TROUBLE);
}

static void limits_are_exceeded_by_more_not_by_as_much(void **state)
{
	struct options limits = no_limits;
	struct examination e = healthy();

	e.row[OUT].lost_after_segments = 10; /* 0.1 % */
	limits.max_loss = 100000000;
	diagnose(&diagnosis, &e, &limits);
	assert_false(diagnosis.exceeded);
	e.row[OUT].lost_after_segments = 11;
	diagnose(&diagnosis, &e, &limits);
	assert_true(diagnosis.exceeded);
	assert_string_equal(
		diagnosis.finding[0].text,
		"Outbound data on eth0 loses 0.11 % of its segments: more than --max-loss "
		"0.1 allows.");
	limits = no_limits;
	limits.max_loss_in = 0;
	diagnose(&diagnosis, &e, &limits);
	assert_false(diagnosis.exceeded);
	limits.max_loss_out = 0;
	diagnose(&diagnosis, &e, &limits);
	assert_true(diagnosis.exceeded);
}

static void more_findings_than_there_is_room_for_do_no_harm(void **state)
{
	struct examination e = healthy();
	struct options limits = {};

	memset(e.row, 0x11, sizeof(e.row));
	memset(&e.drops, 0x11, sizeof(e.drops));
	memset(&e.health, 0x11, sizeof(e.health));
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		e.opened[d] = (struct openings){ 1, 1000, 1000, { 4 } };
		e.black_holes[d] = (struct black_holes){ 1, 5, 1448, { 6 } };
		e.inflated[d] = (struct inflation){ 1000000, 100000000, { 4 } };
	}
	diagnose(&diagnosis, &e, &limits);
	assert_true(diagnosis.count > 15 && diagnosis.count <= FINDINGS);
	assert_true(diagnosis.exceeded);
}

/* What a connection shows, as the tables have it. */
static void a_connection_whose_large_segments_die_is_a_black_hole(void **state)
{
	struct entry entry = { .family = 4, .flow.state = FLOW_ESTABLISHED };
	struct half *out = &entry.flow.half[OUT], *in = &entry.flow.half[IN];
	struct examination e = healthy();
	struct trouble trouble = {};

	entry.trouble = &trouble;
	trouble.side[OUT].own.cause_rto_segments = 4;
	out->flags = HALF_SYN | HALF_SEEDED;
	in->flags = HALF_SYN | HALF_SEEDED | HALF_ACKED;
	entry.flow.opener = OUT;
	out->mss = 1448;
	out->base = 0xffffff00;
	in->ack = out->base + 1 + 200; /* a request of 200 bytes arrived */
	out->next = in->ack + 10 * 1448;
	examine_entry(&e, &entry);
	assert_int_equal(e.black_holes[OUT].connections, 1);
	assert_int_equal(e.opened[OUT].answered, 1);
	assert_first(&e, "mtu_black_hole", "segments of 1448 bytes never arrive");
	e = healthy();
	in->ack = out->base + 1 + 20 * 1448; /* large ones arrived before */
	out->next = in->ack + 10 * 1448;
	examine_entry(&e, &entry);
	assert_int_equal(e.black_holes[OUT].connections, 0);
}

static void syns_are_unanswered_when_they_were_repeated(void **state)
{
	struct entry entry = { .family = 4, .embryonic = true, .flow.opener = OUT };
	struct examination e = healthy();

	entry.flow.half[OUT].flags = HALF_SYN | HALF_SEEDED;
	entry.flow.half[OUT].syns = 1;
	examine_entry(&e, &entry);
	assert_int_equal(e.opened[OUT].unanswered, 0);
	entry.flow.half[OUT].syns = 3;
	examine_entry(&e, &entry);
	assert_int_equal(e.opened[OUT].unanswered, 1);
	assert_int_equal(e.opened[OUT].half_open, 2);
	entry.flow.half[IN].flags = HALF_SYN | HALF_SEEDED;
	examine_entry(&e, &entry);
	assert_int_equal(e.opened[OUT].unanswered, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_healthy_have_no_findings),
		cmocka_unit_test(losses_have_a_side_a_pattern_and_a_culprit),
		cmocka_unit_test(few_losses_are_no_trouble),
		cmocka_unit_test(what_weighs_more_comes_first),
		cmocka_unit_test(a_flood_is_no_unanswered_connection),
		cmocka_unit_test(marks_and_resets_and_windows_name_who),
		cmocka_unit_test(needless_retransmissions_have_a_reason),
		cmocka_unit_test(a_round_trip_that_outlasts_the_timeout_is_a_reason),
		cmocka_unit_test(a_full_window_is_a_trouble_if_it_takes_long),
		cmocka_unit_test(limits_are_exceeded_by_more_not_by_as_much),
		cmocka_unit_test(more_findings_than_there_is_room_for_do_no_harm),
		cmocka_unit_test(a_connection_whose_large_segments_die_is_a_black_hole),
		cmocka_unit_test(syns_are_unanswered_when_they_were_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What no stack sends, and counters at their limits. */
#include <string.h>

#include "scenario.h"
#include "tap.h"

/* Time lines are aligned by hand. */
/* clang-format off */

#define BULK .handshake = 1, .prelude = 20
#define OPTIONS(bytes) .options = bytes, .options_length = sizeof(bytes)

/* Backwards, empty, below what was sent, above it, half the sequence space wide: blocks are
 * counted, nothing follows from them.
 */
static void sack_blocks_that_cannot_be_prove_nothing(void **state)
{
	int place;

	tell(AT(BULK, .quiet = 1),
	     {  0,    A,    1, 1001 },
	     {  1,    A, 1001, 2001 },
	     {  2,    A, 2001, 3001 },
	     { 11.05, B,    1,    1, .ack = 1001, .sack = { { 3001, 2001 } } },
	     { 11.1,  B,    1,    1, .ack = 1001, .sack = { { 0x7fff0000, 0x7fff1000 } } },
	     { 11.2,  B,    1,    1, .ack = 1001, .sack = { { 2001, 0x70000000 } } },
	     { 11.3,  B,    1,    1, .ack = 1001, .sack = { { 3001, 4001 }, { 9001, 8001 } } },
	     { 12.05, B,    1,    1, .ack = 3001, .unsacked = 1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 3);
		assert_row_at(place, B, .packets = 5, .sack_blocks = 5);
	}
}

/* Of bytes that were never sent, of bytes before the tap began, of nothing. */
static void dsacks_that_cannot_be_prove_nothing(void **state)
{
	int place;

	tell(AT(.quiet = 1),
	     {  0,    A,    1, 1001 },
	     {  1,    A, 1001, 2001 },
	     { 10.05, B,    1,    1, .ack = 1001, .unsacked = 1 },
	     { 11.05, B,    1,    1, .ack = 1001, .sack = { { -5000u, -4000u } } },
	     { 11.2,  B,    1,    1, .ack = 1001, .sack = { { 900, 100 } } },
	     { 12.05, B,    1,    1, .ack = 2001, .unsacked = 1 });
	for (place = RECEIVER; place <= MIDDLE; place++) {
		assert_row_at(place, A, .data_segments = 2);
		assert_row_at(place, B, .packets = 4, .sack_blocks = 2, .dsack_blocks = 2);
	}
}

static void options_of_impossible_lengths_are_passed_over(void **state)
{
	static const __u8 bad[][12] = {
		{ 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },           /* SACK of no length, */
		{ 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },           /* shorter than its own head, */
		{ 5, 40, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },          /* beyond the end, */
		{ 5, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },           /* of half a block; */
		{ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5 },           /* a kind without a length, */
		{ 1, 1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 8 },          /* timestamps beyond the end; */
		{ 255, 12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 }, /* of no kind; */
		{ 0, 5, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0 },          /* behind the end of options */
	};
	int i, place;

	for (i = 0; i < (int)ARRAY_SIZE(bad); i++) {
		tell(AT(BULK, .no_timestamps = 1, .quiet = 1),
		     {  0,    A,    1, 1001, OPTIONS(bad[0]) },
		     {  1,    A, 1001, 2001, OPTIONS(bad[i]) },
		     { 11.05, B,    1,    1, .ack = 1001, OPTIONS(bad[i]) },
		     { 12.05, B,    1,    1, .ack = 2001, OPTIONS(bad[i]) });
		for (place = RECEIVER; place <= MIDDLE; place++) {
			assert_row_at(place, A, .data_segments = 2);
			assert_row_at(place, B, .packets = 2);
			assert_int_equal(row[B].sack_blocks, 0);
		}
	}
}

/* What no connection has in flight opens no hole; the flow is followed from there. */
static void a_jump_beyond_any_window_is_no_loss(void **state)
{
	int place;

	for (place = RECEIVER; place <= MIDDLE; place++) {
		play(AT(.tap = place, BULK, .ids = IDS_ZERO),
		     { 0, A,          1,       1001 },
		     { 1, A, 0x60000001, 0x600003e9 },
		     { 2, A, 0x600003e9, 0x600007d1 });
		assert_row(A, .data_segments = 3);
	}
}

/* A connection of a packet each way, as the kernel's programs would hold it. */
static void begin(struct tap *t, struct pkt *p)
{
	static const struct opts none;

	memset(t, 0, sizeof(*t));
	*p = (struct pkt){ .now_ns = 1, .seq = 1, .end_seq = 1001, .ack = 1, .payload = 1000,
			   .segments = 1, .window = 1000, .tcp_flags = TCP_ACK, .family = 6,
			   .dir = OUT };
	tap_packet(t, p, &none);
	*p = (struct pkt){ .now_ns = 2, .seq = 1, .end_seq = 1, .ack = 1001, .segments = 1,
			   .window = 1000, .tcp_flags = TCP_ACK, .family = 6, .dir = IN };
	tap_packet(t, p, &none);
}

static void repeat(struct tap *t, const struct pkt *p, int times)
{
	static const struct opts none;

	while (times--)
		tap_packet(t, p, &none);
}

/* A flow's counters of what is rare are narrow. They stay at their highest value, while the
 * interface's go on.
 */
static void narrow_counters_stay_at_their_highest_value(void **state)
{
	static struct tap t;
	struct counters flow;
	struct pkt p;

	begin(&t, &p);
	p.seq = p.end_seq = 1000;
	p.ack = 1;
	p.dir = OUT;
	repeat(&t, &p, 70000);
	tap_flow_row(&t, OUT, &flow);
	assert_int_equal(t.totals.dir[OUT].keepalives, 70000);
	assert_int_equal(flow.keepalives, 0xffff);

	p.seq = p.end_seq = 1001;
	p.has = PKT_CE;
	t.flow.half[OUT].ecn_ce_segments = 0xfffffff0;
	p.segments = 7;
	repeat(&t, &p, 3);
	tap_flow_row(&t, OUT, &flow);
	assert_int_equal(t.totals.dir[OUT].ecn_ce_segments, 21);
	assert_int_equal(flow.ecn_ce_segments, 0xffffffff);

	p.segments = 1;
	p.has = 0;
	p.end_seq = 1002;
	p.tcp_flags = TCP_FIN | TCP_ACK;
	repeat(&t, &p, 300);
	p.tcp_flags = TCP_RST;
	p.end_seq = 1001;
	repeat(&t, &p, 300);
	tap_flow_row(&t, OUT, &flow);
	assert_int_equal(t.totals.dir[OUT].fins, 300);
	assert_int_equal(t.totals.dir[OUT].resets, 300);
	assert_int_equal(flow.fins, 0xff);
	assert_int_equal(flow.resets, 0xff);
}

static void a_flood_of_one_syn_does_not_wrap_what_its_connection_inherits(void **state)
{
	static struct tap t;
	struct counters flow;
	struct pkt syn = { .now_ns = 1, .seq = 0, .end_seq = 501, .payload = 500, .segments = 1,
			   .window = 1000, .tcp_flags = TCP_SYN, .family = 6, .dir = OUT,
			   .has = PKT_LOCAL };
	struct pkt data = { .now_ns = 2, .seq = 501, .end_seq = 1501, .ack = 1, .payload = 1000,
			    .segments = 1, .window = 1000, .tcp_flags = TCP_ACK, .family = 6,
			    .dir = OUT };

	memset(&t, 0, sizeof(t));
	repeat(&t, &syn, 70001);
	repeat(&t, &data, 1);
	tap_flow_row(&t, OUT, &flow);
	assert_int_equal(t.totals.dir[OUT].retransmitted_seen_segments, 70000);
	assert_int_equal(t.totals.dir[OUT].syns, 70001);
	assert_int_equal(t.totals.dir[OUT].retransmitted_bytes, 35000000);
	assert_int_equal(flow.retransmitted_seen_segments, 0xffff);
	assert_int_equal(flow.retransmitted_bytes, 0xffff);
	assert_int_equal(flow.syns, 0xff);
}

/* Segments of a flow are counted modulo 2^32 where only differences matter: extents, and the age of
 * the window of IDs.
 */
static void counts_of_segments_may_pass_two_to_the_thirty_second(void **state)
{
	static const struct opts none;
	static struct tap t;
	struct pkt p;
	__u32 i;

	begin(&t, &p);
	t.flow.half[OUT].segments = t.flow.half[OUT].data_segments = 0xfffffffe;
	p = (struct pkt){ .now_ns = 3, .seq = 2001, .end_seq = 3001, .ack = 1, .payload = 1000,
			  .segments = 1, .window = 1000, .tcp_flags = TCP_ACK, .family = 6,
			  .has = PKT_TIMESTAMPS, .tsval = 10, .dir = OUT };
	for (i = 0; i < 5; i++) {
		tap_packet(&t, &p, &none);
		p.seq += 1000;
		p.end_seq += 1000;
	}
	p.seq = 1001;
	p.end_seq = 2001;
	p.tsval = 9;
	tap_packet(&t, &p, &none);
	assert_int_equal(t.totals.dir[OUT].reordered_segments, 1);
	assert_int_equal(t.totals.gauges[0][OUT].reordering_extent_max, 5);
}

/* A flow keeps its shortest round trip in 32 bits of nanoseconds; the row and the extremes of an interval do not. */
static void round_trips_may_be_longer_than_two_to_the_thirty_second(void **state)
{
	play(AT(.tap = SENDER, .handshake = 1),
	     {     0, A,    1, 1001 },
	     {  5000, B,    1,    1 },
	     {  5001, A, 1001, 2001 },
	     { 11001, B,    1,    1 });
	assert_row(A, .data_segments = 2, .rtt_samples = 2, .rtt_sum_ns = 11000000000);
	assert_int_equal(extremes[A].rtt_min_ns, 5000000000);
	assert_int_equal(extremes[A].rtt_max_ns, 6000000000);
}

/* A hostile end, in steps that each might be. What is 2^31 away lies before and behind. */
static void an_acknowledgement_half_the_space_ahead_opens_no_hole(void **state)
{
	play(AT(.tap = RECEIVER, BULK),
	     { 0, A,    1, 1001 },
	     { 1, A, 2001, 3001 },
	     { 2, B,    1,    1, .ack = 1 + (1U << 30) },
	     { 3, B,    1,    1, .ack = 3001 + (1U << 31) },
	     { 4, A, 3001, 4001 });
	assert_row(A, .data_segments = 3, .unseen_bytes = (1U << 30) - 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sack_blocks_that_cannot_be_prove_nothing),
		cmocka_unit_test(dsacks_that_cannot_be_prove_nothing),
		cmocka_unit_test(options_of_impossible_lengths_are_passed_over),
		cmocka_unit_test(a_jump_beyond_any_window_is_no_loss),
		cmocka_unit_test(narrow_counters_stay_at_their_highest_value),
		cmocka_unit_test(a_flood_of_one_syn_does_not_wrap_what_its_connection_inherits),
		cmocka_unit_test(round_trips_may_be_longer_than_two_to_the_thirty_second),
		cmocka_unit_test(counts_of_segments_may_pass_two_to_the_thirty_second),
		cmocka_unit_test(an_acknowledgement_half_the_space_ahead_opens_no_hole),
	};

	return cmocka_run_group_tests_name("scenes_limits", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a capture does not say, and is concluded: directions, where the tap was, time, segments of super-packets. */
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "clock.h"
#include "follow.h"
#include "frame.h"
#include "parse.h"

#define MS 1000000ULL
#define ERASED 1 /* a TTL that whoever published the capture has made 0 */
#define SECOND (1000 * MS)

static struct follow follow;
static struct totals totals;
static struct options options;
static __u64 now_ns;

static void begin(void)
{
	memset(&totals, 0, sizeof(totals));
	follow_free(&follow);
	assert_int_equal(follow_init(&follow, &options), 0);
	now_ns = 10 * SECOND;
}

static int set_up(void **state)
{
	memset(&options, 0, sizeof(options));
	options.idle_ns = 300 * SECOND;
	options.closed_ns = 10 * SECOND;
	begin();
	return 0;
}

static int tear_down(void **state)
{
	follow_free(&follow);
	return 0;
}

/* A packet after some time, in microseconds. */
static void pass(__u64 later_us, const struct frame_spec *spec, bool marked, enum direction dir)
{
	const struct sighting seen = { .ttl = spec->ttl == ERASED ? 0 :
					      spec->ttl           ? spec->ttl :
								    64,
				       .marked = marked,
				       .dir = dir };
	static struct frame frame;
	struct pkt *p = &follow.work.pkt;
	struct frame_spec bare = *spec;

	bare.link = LINK_IP;
	frame_build(&frame, &bare);
	assert_int_equal(pkt_parse(p, frame.data, frame.data + frame.length, frame.length, LINK_IP),
			 REFUSED_NOT);
	now_ns += later_us * 1000;
	p->now_ns = now_ns;
	follow_packet(&follow, &totals, &seen, frame.data, frame.data + frame.length);
}

#define PASS(later_us, ...) \
	pass(later_us, &(const struct frame_spec){ .window = 1000, __VA_ARGS__ }, false, IN)

#define FROM_A .from_b = 0
#define FROM_B .from_b = 1
#define OPEN .tcp_flags = TCP_SYN, .has = OPTS_MSS, .mss = 1460
#define ANSWER .tcp_flags = TCP_SYN | TCP_ACK, .has = OPTS_MSS, .mss = 1400
#define ACK .tcp_flags = TCP_ACK

/* A opens; its end answers after own_us, the other end after other_us. */
static void handshake(__u8 ttl_a, __u8 ttl_b, __u64 own_us, __u64 other_us)
{
	PASS(0, FROM_A, OPEN, .ttl = ttl_a, .seq = 0);
	PASS(other_us, FROM_B, ANSWER, .ttl = ttl_b, .seq = 0, .ack = 1);
	PASS(own_us, FROM_A, ACK, .ttl = ttl_a, .seq = 1, .ack = 1);
	PASS(10, FROM_A, ACK, .ttl = ttl_a, .seq = 1, .ack = 1, .payload = 100);
	PASS(other_us, FROM_B, ACK, .ttl = ttl_b, .seq = 1, .ack = 101, .payload = 100);
	PASS(own_us, FROM_A, ACK, .ttl = ttl_a, .seq = 101, .ack = 101);
}

static enum position position(void)
{
	__u64 count[POSITIONS];

	follow_positions(&follow, count);
	for (enum position p = POSITION_UNKNOWN; p < POSITIONS; p++) {
		if (count[p])
			return p;
	}
	return POSITIONS;
}

static enum orientation told_by(void)
{
	for (enum orientation by = BY_LOCAL; by < ORIENTATIONS; by++) {
		if (follow.orientations[by])
			return by;
	}
	return ORIENTATIONS;
}

static void who_opened_is_local_where_nothing_else_tells(void **state)
{
	handshake(64, 64, 100, 100);
	assert_int_equal(told_by(), BY_SYN);
	assert_int_equal(totals.dir[OUT].packets, 4);
	assert_int_equal(totals.dir[IN].packets, 2);
	begin();
	PASS(0, FROM_B, ANSWER);
	PASS(1, FROM_A, ACK);
	assert_int_equal(totals.dir[OUT].packets, 1);
	begin();
	PASS(0, FROM_B, ACK, .payload = 10);
	assert_int_equal(told_by(), BY_PORT);
	assert_int_equal(totals.dir[IN].packets, 1);
}

static void forwarded_packets_come_in(void **state)
{
	handshake(57, 64, 20000, 50);
	assert_int_equal(told_by(), BY_TTL);
	assert_int_equal(totals.dir[IN].packets, 4);
	assert_int_equal(totals.dir[OUT].packets, 2);
}

static void the_users_word_comes_first(void **state)
{
	assert_int_equal(parse_prefix("10.0.0.2", &options.local[0]), 0);
	options.locals = 1;
	begin();
	handshake(64, 64, 100, 100);
	assert_int_equal(told_by(), BY_LOCAL);
	assert_int_equal(totals.dir[IN].packets, 4);
	assert_int_equal(totals.dir[OUT].packets, 2);
}

static void marks_tell_the_two_passes_of_a_packet_apart(void **state)
{
	const struct frame_spec spec = {
		.tcp_flags = TCP_ACK, .payload = 100, .ack = 1, .window = 9
	};

	pass(0, &spec, true, OUT);
	pass(1, &spec, true, IN);
	assert_int_equal(follow.orientations[BY_CAPTURE], 2);
	assert_int_equal(totals.dir[OUT].data_segments, 1);
	assert_int_equal(totals.dir[IN].data_segments, 1);
	assert_int_equal(totals.dir[IN].duplicated_segments + totals.dir[IN].ambiguous_segments, 0);
}

static void the_tap_is_at_the_end_that_answers_at_once(void **state)
{
	static const struct {
		__u8 ttl_a, ttl_b;
		__u64 own_us, other_us;
		enum position position;
	} cases[] = {
		{ 64, 50, 60, 20000, POSITION_LOCAL },   /* a client's own capture */
		{ 128, 50, 900, 20000, POSITION_LOCAL }, /* a slow one's */
		{ 50, 64, 20000, 60, POSITION_LOCAL },   /* a server's: what it is sent comes in */
		{ 64, 50, 3000, 20000,
		  POSITION_UNKNOWN }, /* near, but not here: a switch on its network */
		{ 64, 50, 60, 200, POSITION_UNKNOWN }, /* the other end is as near */
		{ 64, 64, 60, 20000, POSITION_LOCAL }, /* one network, and a wireless one */
		{ 64, 64, 60, 300, POSITION_UNKNOWN },
		{ ERASED, ERASED, 60, 20000, POSITION_LOCAL },
		{ ERASED, ERASED, 300, 20000, POSITION_UNKNOWN },
		{ 63, 50, 60, 20000,
		  POSITION_BETWEEN }, /* forwarded: a router's, or a container's host */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		handshake(cases[i].ttl_a, cases[i].ttl_b, cases[i].own_us, cases[i].other_us);
		if (position() != cases[i].position)
			fail_msg("case %u: position %d, not %d", i, position(), cases[i].position);
	}
}

static void a_gap_refutes_that_the_tap_is_at_the_sender(void **state)
{
	handshake(64, 50, 60, 20000);
	assert_int_equal(position(), POSITION_LOCAL);
	PASS(10, FROM_A, ACK, .seq = 1101, .ack = 101, .payload = 1000);
	assert_int_equal(position(), POSITION_UNKNOWN);
	PASS(60000, FROM_A, ACK, .seq = 101, .ack = 101, .payload = 1000);
	assert_int_equal(totals.dir[OUT].retransmitted_seen_segments, 0);
}

static void super_packets_count_as_what_the_ends_agreed_on(void **state)
{
	handshake(64, 64, 100, 100);
	totals.dir[OUT].segments = 0;
	PASS(10, FROM_A, ACK, .seq = 101, .ack = 101, .payload = 1400);
	assert_int_equal(totals.dir[OUT].segments, 1);
	PASS(10, FROM_A, ACK, .seq = 1501, .ack = 101, .payload = 4201);
	assert_int_equal(totals.dir[OUT].segments, 5);
	PASS(10, FROM_A, ACK, .seq = 5702, .ack = 101, .payload = 1400 - 12,
	     .has = OPTS_TIMESTAMPS);
	assert_int_equal(totals.dir[OUT].segments, 6);
	PASS(10, FROM_A, ACK, .seq = 7090, .ack = 101, .payload = 1400, .has = OPTS_TIMESTAMPS);
	assert_int_equal(totals.dir[OUT].segments, 8);
}

/* Data of A in mid-stream, and how many segments that made. */
static __u64 segments_of_packet(__u32 *seq, __u32 payload, __u8 has)
{
	__u64 before = totals.dir[IN].segments + totals.dir[OUT].segments;

	PASS(10, FROM_A, ACK, .seq = *seq, .ack = 1, .payload = payload, .has = has);
	*seq += payload;
	return totals.dir[IN].segments + totals.dir[OUT].segments - before;
}

static void super_packets_without_a_handshake_count_as_what_they_are_multiples_of(void **state)
{
	__u32 seq = 1;

	/* Of what Ethernet carries, with timestamps: 1448 bytes; then what is left of a write. */
	assert_int_equal(segments_of_packet(&seq, 5000, OPTS_TIMESTAMPS), 1);
	assert_int_equal(segments_of_packet(&seq, 14480, OPTS_TIMESTAMPS), 10);
	assert_int_equal(segments_of_packet(&seq, 5000, OPTS_TIMESTAMPS), 4);
	assert_int_equal(segments_of_packet(&seq, 1448, OPTS_TIMESTAMPS), 1);
	/* Of what was seen to fit, in a tunnel. */
	begin();
	assert_int_equal(segments_of_packet(&seq, 1368, 0), 1);
	assert_int_equal(segments_of_packet(&seq, 4104, 0), 3);
	/* Long frames, and messages of a program. */
	begin();
	assert_int_equal(segments_of_packet(&seq, 8960, 0), 1);
	assert_int_equal(segments_of_packet(&seq, 1000, 0), 1);
	assert_int_equal(segments_of_packet(&seq, 8000, 0), 1);
	assert_int_equal(segments_of_packet(&seq, 8960, 0), 1);
}

static void connections_are_forgotten_and_counted(void **state)
{
	struct frame_spec spec = { .tcp_flags = TCP_ACK, .payload = 10, .window = 9 };

	for (__u32 i = 0; i < 5000; i++) {
		spec.source_port = 1000 + i;
		pass(1000000, &spec, true, OUT);
	}
	assert_in_range(follow.table.flows[0], 300, 1500);
	assert_int_equal(totals.dir[OUT].packets, 5000);
	assert_int_equal(follow.orientations[BY_CAPTURE], 5000);
}

static void full_tables_are_said(void **state)
{
	struct frame_spec spec = { .tcp_flags = TCP_ACK, .payload = 10, .window = 9 };

	options.max_flows = 10;
	begin();
	for (__u32 i = 0; i < 15; i++) {
		spec.source_port = 1000 + i;
		pass(10, &spec, true, OUT);
	}
	assert_int_equal(totals.dir[OUT].data_segments, 15);
	assert_int_equal(totals.health.untracked_flows, 5);
	assert_int_equal(totals.health.untracked_segments, 5);
}

static void the_clock_never_falls(void **state)
{
	struct clock clock = {};
	struct timespec time;

	clock_set(&clock, 0);
	assert_true(clock.now_ns > 0);
	clock_set(&clock, 5 * SECOND);
	clock_set(&clock, 5 * SECOND - 100);
	clock_set(&clock, 5 * SECOND + 10);
	assert_int_equal(clock.now_ns - clock.first_ns, 5 * SECOND + 10);
	assert_int_equal(clock.backwards, 1);
	assert_int_equal(clock.backwards_max_ns, 100);
	clock_set(&clock, 1 * SECOND); /* set back: it goes on from there */
	clock_set(&clock, 2 * SECOND);
	assert_int_equal(clock.now_ns - clock.first_ns, 6 * SECOND + 10);
	clock_time(&clock, clock.now_ns, &time);
	assert_int_equal(time.tv_sec, 2);
	clock_set(&clock, 1700000000 * SECOND); /* no capture lasts so long */
	assert_int_equal(clock.now_ns - clock.first_ns, 6 * SECOND + 10);
	clock_set(&clock, 1700000001 * SECOND);
	assert_int_equal(clock.now_ns - clock.first_ns, 7 * SECOND + 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_opened_is_local_where_nothing_else_tells,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(forwarded_packets_come_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_users_word_comes_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(marks_tell_the_two_passes_of_a_packet_apart, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_tap_is_at_the_end_that_answers_at_once, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_gap_refutes_that_the_tap_is_at_the_sender, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(super_packets_count_as_what_the_ends_agreed_on,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			super_packets_without_a_handshake_count_as_what_they_are_multiples_of,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(connections_are_forgotten_and_counted, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(full_tables_are_said, set_up, tear_down),
		cmocka_unit_test(the_clock_never_falls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

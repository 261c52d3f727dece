/* SPDX-License-Identifier: GPL-2.0-only */
/* More connections than the kernel's tables have room for: by BPF_PROG_TEST_RUN through the real programs, whose
 * maps are made small.
 */
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "frame.h"
#include "scenario.h"

#define OBJECT "build/kernel.bpf.o"
#define ROOM 4 /* connections; of one of them there is room for trouble */

static struct bpf_object *object;
static int ingress, flows, troubles;
static __u64 now_ns;

static void shrink(const char *name, __u32 entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	assert_non_null(map);
	assert_int_equal(bpf_map__set_max_entries(map, entries), 0);
}

static int set_up(void **state)
{
	struct config config = { .ifindex = { 1 }, .link = { LINK_ETHERNET } };
	struct bpf_program *program;

	now_ns = 1000000000;
	object = bpf_object__open_file(OBJECT, NULL);
	assert_non_null(object);
	bpf_object__for_each_program(program, object) {
		bpf_program__set_type(program, BPF_PROG_TYPE_SCHED_CLS);
		bpf_program__set_autoload(program,
					  !strcmp(bpf_program__name(program), "ploss_ingress"));
	}
	assert_int_equal(bpf_map__set_initial_value(bpf_object__find_map_by_name(object, ".rodata"),
						    &config, sizeof(config)),
			 0);
	shrink("flows4", ROOM);
	shrink("troubles", 1);
	assert_int_equal(bpf_object__load(object), 0);
	program = bpf_object__find_program_by_name(object, "ploss_ingress");
	ingress = bpf_program__fd(program);
	flows = bpf_object__find_map_fd_by_name(object, "flows4");
	troubles = bpf_object__find_map_fd_by_name(object, "troubles");
	return 0;
}

static int tear_down(void **state)
{
	bpf_object__close(object);
	return 0;
}

/* What all CPUs counted of the interface; what comes in is A's row, for assert_row(). */
static void read_totals(struct totals *sum)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "totals");
	size_t stride = (bpf_map__value_size(map) + 7) & ~7UL;
	static __u64 values[64 * 1024];
	__u32 slot = 1;

	assert_in_range(stride * libbpf_num_possible_cpus(), 1, sizeof(values));
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(map), &slot, values), 0);
	memset(sum, 0, sizeof(*sum));
	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		const __u64 *one = values + cpu * stride / sizeof(*one);

		for (size_t i = 0; i < sizeof(*sum) / sizeof(*one); i++)
			((__u64 *)sum)[i] += one[i];
	}
	row[A] = sum->dir[IN];
}

/* A segment comes in, of the connection n. */
static void segment(__u16 n, __u32 seq, __u32 payload, __u8 flags)
{
	static struct frame frame;
	struct frame_spec spec = { .source_port = 1000 + n,
				   .tcp_flags = flags,
				   .seq = seq,
				   .ack = 1,
				   .payload = payload,
				   .window = 1000 };
	struct __sk_buff skb = { .ifindex = 1, .tstamp = now_ns += 1000000 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &skb, .ctx_size_in = sizeof(skb),
		    .data_in = frame.data, .repeat = 1);

	frame_build(&frame, &spec);
	skb.wire_len = opts.data_size_in = frame.length;
	assert_int_equal(bpf_prog_test_run_opts(ingress, &opts), 0);
}

static void connections_without_room_are_counted_in_the_totals_alone(void **state)
{
	struct totals t;

	for (__u16 n = 0; n < 2 * ROOM; n++) {
		segment(n, 1, 1000, TCP_ACK);
		segment(n, 1001, 1000, TCP_ACK);
	}
	read_totals(&t);
	assert_row(A, .packets = 4 * ROOM, .data_segments = 4 * ROOM,
		   .data_bytes = 4 * ROOM * 1000);
	assert_int_equal(t.health.untracked_segments, 2 * ROOM);
	assert_int_equal(t.health.untracked_flows, 2 * ROOM);
}

/* Once for each connection whose SYN was seen. */
static void a_refused_connection_with_a_syn_is_counted_once(void **state)
{
	struct totals t;

	for (__u16 n = 0; n < ROOM + 1; n++) {
		segment(n, 0, 0, TCP_SYN);
		for (int i = 0; i < 3; i++)
			segment(n, 1 + i * 1000, 1000, TCP_ACK);
	}
	read_totals(&t);
	assert_row(A, .packets = 4 * (ROOM + 1), .syns = ROOM + 1, .data_segments = 4 * (ROOM + 1),
		   .data_bytes = 3000 * (ROOM + 1));
	assert_int_equal(t.health.untracked_segments, 3);
	assert_int_equal(t.health.untracked_flows, 1);
}

/* Room is made when another one is swept away. What was lost meanwhile is none of ours, and what comes from then on
 * is followed.
 */
static void a_connection_picked_up_again_has_lost_nothing(void **state)
{
	struct flow_key4 key;
	struct totals t;

	for (__u16 n = 0; n < ROOM + 1; n++)
		segment(n, 1, 1000, TCP_ACK);
	segment(ROOM, 2001, 1000, TCP_ACK);
	assert_int_equal(bpf_map_get_next_key(flows, NULL, &key), 0);
	assert_int_equal(bpf_map_delete_elem(flows, &key), 0);
	segment(ROOM, 5001, 1000, TCP_ACK);
	segment(ROOM, 6001, 1000, TCP_ACK);
	read_totals(&t);
	assert_row(A, .packets = ROOM + 4, .data_segments = ROOM + 4,
		   .data_bytes = (ROOM + 4) * 1000);
	assert_int_equal(t.health.untracked_segments, 2);
	segment(ROOM, 1001, 1000, TCP_ACK);
	read_totals(&t);
	assert_row(A, .data_segments = ROOM + 5, .ambiguous_segments = 1);
}

/* All of them lose a segment; one has a troubled tier. The others are counted, and what was missing is ambiguous. */
static void trouble_without_room_is_refused_once_for_each_connection(void **state)
{
	struct flow_key4 key, *last = NULL;
	struct flow flow;
	struct totals t;
	__u64 segments = 0;

	for (__u16 n = 0; n < ROOM; n++) {
		segment(n, 1, 1000, TCP_ACK);
		segment(n, 2001, 1000, TCP_ACK);
		segment(n, 3001, 1000, TCP_ACK);
		segment(n, 1001, 1000, TCP_ACK);
		segment(n, 4001, 1000, TCP_ACK);
	}
	read_totals(&t);
	assert_int_equal(t.health.untroubled_flows, ROOM - 1);
	assert_int_equal(t.health.untracked_flows, 0);
	assert_row(A, .packets = 5 * ROOM, .data_segments = 5 * ROOM, .ambiguous_segments = ROOM);
	while (!bpf_map_get_next_key(flows, last, &key)) {
		last = &key;
		assert_int_equal(bpf_map_lookup_elem(flows, &key, &flow), 0);
		segments += flow.half[IN].data_segments;
	}
	assert_int_equal(segments, 5 * ROOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			connections_without_room_are_counted_in_the_totals_alone, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_refused_connection_with_a_syn_is_counted_once,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_connection_picked_up_again_has_lost_nothing,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			trouble_without_room_is_refused_once_for_each_connection, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

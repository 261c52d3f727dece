/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "functions.h"
#include "scenario_kernel.h"

#define LARGEST 3000 /* a test run's frame fits in a page with its head and tail room */
#define INTERFACE 1  /* a test run's packets are those of the loopback interface */

static struct kernel_way {
	struct bpf_object *object;
	int program[DIRECTIONS], totals, flows[2], troubles, embryos;
	int cpus;
	size_t stride;
	__u8 *values; /* of totals: each CPU's */
	__u64 played, left_out;
} kernel;

/* A scenario under way. */
struct run {
	struct counters before[DIRECTIONS];
	int begun, too_large;
	__u8 vlan_tags;
};

static void report(void)
{
	fprintf(stderr, "kernel: %llu played, %llu left out\n", (unsigned long long)kernel.played,
		(unsigned long long)kernel.left_out);
	bpf_object__close(kernel.object);
	free(kernel.values);
}

static int map_fd(const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(kernel.object, name);

	if (fd < 0)
		fail_msg("no map %s in the object", name);
	return fd;
}

static void configure(void)
{
	struct bpf_map *rodata = bpf_object__find_map_by_name(kernel.object, ".rodata");
	struct config config = { .ifindex = { INTERFACE }, .link = { LINK_ETHERNET } };

	assert_non_null(rodata);
	assert_int_equal(bpf_map__set_initial_value(rodata, &config, sizeof(config)), 0);
}

static void open_kernel(const char *path)
{
	struct bpf_program *program;

	kernel.object = bpf_object__open_file(path, NULL);
	if (!kernel.object)
		fail_msg("cannot open %s: %s", path, strerror(errno));
	bpf_object__for_each_program(program, kernel.object) {
		if (!strncmp(bpf_program__section_name(program), "tc/", 3))
			bpf_program__set_type(program, BPF_PROG_TYPE_SCHED_CLS);
		else
			bpf_program__set_autoload(program, false);
	}
	configure();
	functions_prepare(kernel.object);
	if (bpf_object__load(kernel.object))
		fail_msg("cannot load %s: %s", path, strerror(errno));
	program = bpf_object__find_program_by_name(kernel.object, "ploss_ingress");
	kernel.program[IN] = bpf_program__fd(program);
	program = bpf_object__find_program_by_name(kernel.object, "ploss_egress");
	kernel.program[OUT] = bpf_program__fd(program);
	kernel.totals = map_fd("totals");
	kernel.flows[0] = map_fd("flows4");
	kernel.flows[1] = map_fd("flows6");
	kernel.troubles = map_fd("troubles");
	kernel.embryos = map_fd("embryos");
	kernel.cpus = libbpf_num_possible_cpus();
	kernel.stride = bpf_map__value_size(bpf_object__find_map_by_name(kernel.object, "totals"));
	kernel.stride = (kernel.stride + 7) & ~7UL;
	kernel.values = calloc(kernel.cpus, kernel.stride);
	assert_non_null(kernel.values);
	atexit(report);
}

static void map_empty(int fd)
{
	__u8 key[sizeof(struct flow_key6)];

	while (!bpf_map_get_next_key(fd, NULL, key))
		assert_int_equal(bpf_map_delete_elem(fd, key), 0);
}

static void begin(void)
{
	__u32 slot = 1;

	map_empty(kernel.flows[0]);
	map_empty(kernel.flows[1]);
	map_empty(kernel.troubles);
	map_empty(kernel.embryos);
	memset(kernel.values, 0, kernel.cpus * kernel.stride);
	assert_int_equal(bpf_map_update_elem(kernel.totals, &slot, kernel.values, BPF_ANY), 0);
}

static void read_totals(struct counters sum[DIRECTIONS])
{
	__u32 slot = 1;

	memset(sum, 0, DIRECTIONS * sizeof(*sum));
	assert_int_equal(bpf_map_lookup_elem(kernel.totals, &slot, kernel.values), 0);
	for (int cpu = 0; cpu < kernel.cpus; cpu++) {
		const struct totals *t = (const void *)(kernel.values + cpu * kernel.stride);

		for (size_t i = 0; i < DIRECTIONS * sizeof(*sum) / sizeof(__u64); i++)
			((__u64 *)sum)[i] += ((const __u64 *)t->dir)[i];
	}
}

static void pass(void *context, const struct passage *passage)
{
	static struct frame frame;
	struct __sk_buff skb = { .ifindex = INTERFACE,
				 .tstamp = passage->now_ns,
				 .mark = passage->local,
				 .gso_segs = passage->segments > 1 ? passage->segments : 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &skb, .ctx_size_in = sizeof(skb),
		    .data_in = frame.data, .repeat = 1);
	struct run *run = context;
	int err;

	if (passage->step >= 0 && !run->begun) {
		read_totals(run->before);
		run->begun = 1;
	}
	frame_build(&frame, &passage->spec);
	if (frame.length > LARGEST) {
		run->too_large = 1;
		return;
	}
	opts.data_size_in = frame.length;
	err = bpf_prog_test_run_opts(kernel.program[passage->dir], &opts);
	if (err)
		fail_msg("cannot run a frame of %u bytes: %s", frame.length, strerror(-err));
}

bool scenario_play_kernel(const struct setting *at, const struct step *steps, int count,
			  __u8 family, const struct way *way, __u32 base, struct counters result[2])
{
	const char *path = getenv("PLOSS_KERNEL");
	struct run run = {};
	int a = at->tap == SENDER ? OUT : IN;

	if (!path || way->direct)
		return false;
	if (!kernel.object)
		open_kernel(path);
	if (way->link != LINK_ETHERNET || at->no_trouble) {
		kernel.left_out++;
		return false;
	}
	begin();
	scenario_run(at, steps, count, family, way, base, pass, &run);
	if (run.too_large) {
		kernel.left_out++;
		return false;
	}
	read_totals(result);
	for (int d = 0; d < DIRECTIONS; d++) {
		for (size_t i = 0; i < sizeof(*result) / sizeof(__u64); i++)
			((__u64 *)&result[d])[i] -= run.begun ? ((__u64 *)&run.before[d])[i] :
								((__u64 *)&result[d])[i];
	}
	if (a == OUT) {
		struct counters swap = result[A];

		result[A] = result[B];
		result[B] = swap;
	}
	kernel.played++;
	return true;
}

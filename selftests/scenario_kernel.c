/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "columns.h"
#include "scenario_kernel.h"

#define LARGEST 2048 /* bytes of a frame: with head and tail room they fit in a page */
#define LOOPBACK 1   /* the interface of a test run's packets, but for bare IP */

enum { ROOM, NO_ROOM };

/* The programs, loaded once with room for trouble and once without. */
static struct kernel_way {
	struct bpf_object *object;
	int program[DIRECTIONS], totals, flows[2], troubles, embryos;
} kernels[2];

static struct {
	__u32 bare_ip; /* an interface without a link header */
	int cpus;
	size_t stride;
	__u8 *values; /* of totals: each CPU's */
	__u64 played;
} shared;

/* A scenario under way. */
struct run {
	struct kernel_way *kernel;
	struct counters before[DIRECTIONS];
	__u32 ifindex, slot;
	int begun;
};

static void report(void)
{
	fprintf(stderr, "kernel: %llu played\n", (unsigned long long)shared.played);
	for (int i = ROOM; i <= NO_ROOM; i++)
		bpf_object__close(kernels[i].object);
	free(shared.values);
}

static int map_fd(const struct kernel_way *k, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(k->object, name);

	if (fd < 0)
		fail_msg("no map %s in the object", name);
	return fd;
}

/* It goes away with the process. */
static __u32 create_tun(void)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "scenario%d" };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		fail_msg("cannot create a tun device: %s", strerror(errno));
	return if_nametoindex(request.ifr_name);
}

static void share(const struct kernel_way *k)
{
	shared.cpus = libbpf_num_possible_cpus();
	shared.stride = bpf_map__value_size(bpf_object__find_map_by_name(k->object, "totals"));
	shared.stride = (shared.stride + 7) & ~7UL;
	shared.values = calloc(shared.cpus, shared.stride);
	assert_non_null(shared.values);
	atexit(report);
}

static void configure(const struct kernel_way *k, int room)
{
	static const char *const tables[] = { "flows4", "flows6", "troubles", "embryos" };
	struct bpf_map *rodata = bpf_object__find_map_by_name(k->object, ".rodata");
	struct config config = { .ifindex = { LOOPBACK, shared.bare_ip },
				 .link = { LINK_ETHERNET, LINK_IP } };

	assert_non_null(rodata);
	assert_int_equal(bpf_map__set_initial_value(rodata, &config, sizeof(config)), 0);
	/* To look whether a table is empty takes as long as it has buckets. */
	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(k->object, tables[i]), 1024);
	if (room == NO_ROOM)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(k->object, "troubles"), 1);
}

static int program_fd(const struct kernel_way *k, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(k->object, name));
}

static void open_kernel(struct kernel_way *k, const char *path, int room)
{
	struct bpf_program *program;

	k->object = bpf_object__open_file(path, NULL);
	if (!k->object)
		fail_msg("cannot open %s: %s", path, strerror(errno));
	bpf_object__for_each_program(program, k->object) {
		if (!strncmp(bpf_program__section_name(program), "tc/", 3))
			bpf_program__set_type(program, BPF_PROG_TYPE_SCHED_CLS);
		else
			bpf_program__set_autoload(program, false);
	}
	if (!shared.bare_ip)
		shared.bare_ip = create_tun();
	configure(k, room);
	if (bpf_object__load(k->object))
		fail_msg("cannot load %s: %s", path, strerror(errno));
	k->program[IN] = program_fd(k, "ploss_ingress");
	k->program[OUT] = program_fd(k, "ploss_egress");
	k->totals = map_fd(k, "totals");
	k->flows[0] = map_fd(k, "flows4");
	k->flows[1] = map_fd(k, "flows6");
	k->troubles = map_fd(k, "troubles");
	k->embryos = map_fd(k, "embryos");
	if (!shared.values)
		share(k);
}

static void map_empty(int fd)
{
	__u8 key[sizeof(struct flow_key6)];

	while (!bpf_map_get_next_key(fd, NULL, key))
		assert_int_equal(bpf_map_delete_elem(fd, key), 0);
}

static void begin(const struct run *run, int room)
{
	static const struct trouble other;
	const struct kernel_way *k = run->kernel;
	const __u64 others = 1;

	map_empty(k->flows[0]);
	map_empty(k->flows[1]);
	map_empty(k->troubles);
	map_empty(k->embryos);
	memset(shared.values, 0, shared.cpus * shared.stride);
	assert_int_equal(bpf_map_update_elem(k->totals, &run->slot, shared.values, BPF_ANY), 0);
	if (room == NO_ROOM)
		assert_int_equal(bpf_map_update_elem(k->troubles, &others, &other, BPF_ANY), 0);
}

static struct totals *totals_of(int cpu)
{
	return (struct totals *)(shared.values + cpu * shared.stride);
}

static void add(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size / sizeof(__u64); i++)
		((__u64 *)to)[i] += ((const __u64 *)from)[i];
}

static void read_totals(const struct run *run)
{
	assert_int_equal(bpf_map_lookup_elem(run->kernel->totals, &run->slot, shared.values), 0);
}

static void sum_rows(struct counters sum[DIRECTIONS])
{
	memset(sum, 0, DIRECTIONS * sizeof(*sum));
	for (int cpu = 0; cpu < shared.cpus; cpu++)
		add(sum, totals_of(cpu)->dir, DIRECTIONS * sizeof(*sum));
}

/* 0 ms: what was counted before is no part of the scenario. */
static void prelude_ends(struct run *run)
{
	read_totals(run);
	sum_rows(run->before);
	for (int cpu = 0; cpu < shared.cpus; cpu++)
		memset(totals_of(cpu)->gauges, 0, sizeof(totals_of(cpu)->gauges));
	assert_int_equal(
		bpf_map_update_elem(run->kernel->totals, &run->slot, shared.values, BPF_ANY), 0);
	run->begun = 1;
}

static void pass(void *context, const struct passage *passage)
{
	static struct frame frame;
	struct run *run = context;
	struct __sk_buff skb = { .ifindex = run->ifindex,
				 .tstamp = passage->now_ns,
				 .mark = passage->local,
				 .gso_segs = passage->segments > 1 ? passage->segments : 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &skb, .ctx_size_in = sizeof(skb),
		    .data_in = frame.data, .repeat = 1);
	int err;

	if (passage->step >= 0 && !run->begun)
		prelude_ends(run);
	frame_build(&frame, &passage->spec);
	skb.wire_len = frame.length;
	opts.data_size_in = min_of(frame.length, (__u32)LARGEST);
	err = bpf_prog_test_run_opts(run->kernel->program[passage->dir], &opts);
	if (err)
		fail_msg("cannot run a frame of %u bytes: %s", frame.length, strerror(-err));
}

bool scenario_play_kernel(const struct setting *at, const struct step *steps, int count,
			  __u8 family, const struct way *way, __u32 base, struct played *result)
{
	const char *path = getenv("PLOSS_KERNEL");
	int room = at->no_trouble ? NO_ROOM : ROOM, bare = way->link == LINK_IP;
	struct run run = { .kernel = &kernels[room], .slot = 1 + bare };
	struct counters sum[DIRECTIONS];
	int a = at->tap == SENDER ? OUT : IN;

	if (!path || way->direct || way->glances)
		return false;
	if (!run.kernel->object)
		open_kernel(run.kernel, path, room);
	run.ifindex = bare ? shared.bare_ip : LOOPBACK;
	begin(&run, room);
	scenario_run(at, steps, count, family, way, base, pass, &run);
	read_totals(&run);
	sum_rows(sum);
	memset(result, 0, sizeof(*result));
	for (int d = 0; d < DIRECTIONS; d++) {
		int end = d == a ? A : B;

		for (size_t i = 0; run.begun && i < sizeof(*sum) / sizeof(__u64); i++)
			((__u64 *)&result->row[end])[i] = ((__u64 *)&sum[d])[i] -
							  ((__u64 *)&run.before[d])[i];
		for (int cpu = 0; cpu < shared.cpus; cpu++)
			gauges_merge(&result->extremes[end], &totals_of(cpu)->gauges[0][d]);
	}
	for (int cpu = 0; cpu < shared.cpus; cpu++)
		add(&result->health, &totals_of(cpu)->health, sizeof(result->health));
	shared.played++;
	return true;
}

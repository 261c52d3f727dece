/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "functions.h"
#include "kernel.h"
#include "log.h"
#include "ploss.h"
#include "ploss.skel.h"
#include "sweep.h"
#include "taps.h"

struct kernel {
	struct ploss_bpf *object;
	struct taps taps;
	struct sweep sweep[2]; /* flows4, flows6 */
	__u8 *totals;  /* of each CPU: struct totals and what the programs keep behind it, */
	size_t stride; /* in so many bytes */
	int cpus;
	struct tables tables;
	__u64 max_flows;    /* 0: nobody asked for a number */
	entry_fn forgotten; /* NULL: nobody asks */
	void *argument;
	struct ring_buffer *events; /* NULL: nobody listens */
	event_fn happened;
	void *happened_argument;
};

#define EVENTS_BYTES (1U << 20) /* of the ring: eleven thousand wait until they are fetched */

static void configure(struct ploss_bpf *object, const struct options *options,
		      const struct interfaces *interfaces)
{
	struct config config = options->config;

	for (unsigned int i = 0; i < interfaces->count; i++) {
		config.ifindex[i] = interfaces->entry[i].index;
		config.link[i] = interfaces->entry[i].link;
	}
	memcpy((void *)&object->rodata->config, &config, sizeof(config));
	object->bss->live.interval = 1;
	if (options->max_flows) {
		bpf_map__set_max_entries(object->maps.flows4, options->max_flows);
		bpf_map__set_max_entries(object->maps.flows6, options->max_flows);
	}
	if (options->command == COMMAND_EVENTS)
		bpf_map__set_max_entries(object->maps.events, EVENTS_BYTES);
	/* libbpf before 1.3 does not know the sections tc/ingress and tc/egress; later ones would ask for
	 * tcx, which cls_bpf does not need.
	 */
	bpf_program__set_type(object->progs.ploss_ingress, BPF_PROG_TYPE_SCHED_CLS);
	bpf_program__set_type(object->progs.ploss_egress, BPF_PROG_TYPE_SCHED_CLS);
	bpf_program__set_expected_attach_type(object->progs.ploss_ingress, 0);
	bpf_program__set_expected_attach_type(object->progs.ploss_egress, 0);
	bpf_program__set_autoload(object->progs.ploss_xdp, false);
}

/* A hash table has a bucket of 16 bytes for each entry that it may hold, and a power of two of them. An entry is
 * 344 bytes and more, of which the kernel's allocator makes 512.
 */
#define BUCKET_BYTES 16
#define ENTRY_BYTES 512

/* MiB that both tables take when they are empty. */
static __u64 empty_mib(__u64 max_flows)
{
	__u64 buckets = 1;

	while (buckets < max_flows)
		buckets *= 2;
	return 2 * buckets * BUCKET_BYTES >> 20;
}

static void note_memory(__u64 max_flows)
{
	note("room for %llu connections of each IP version takes %llu MiB, and %d bytes for each that "
	     "is there: up to %llu MiB more",
	     max_flows, empty_mib(max_flows), ENTRY_BYTES, 2 * max_flows * ENTRY_BYTES >> 20);
}

static int load_failed(int err, __u64 max_flows)
{
	struct utsname system;

	if (max_flows && err == -ENOMEM) {
		fail(err, "cannot make room for %llu connections", max_flows);
		advise("their tables take %llu MiB of the kernel's memory before there is any: choose a "
		       "smaller --max-flows",
		       empty_mib(max_flows));
		return err;
	}
	uname(&system);
	if (functions_probe() == 0) {
		refuse(err,
		       "cannot load the BPF programs: no pointers to structs in this kernel's global functions");
		advise("Linux 5.12 and later has them; this is %s", system.release);
		return err;
	}
	fail(err, "cannot load the BPF programs");
	if (err == -EPERM)
		advise("the kernel refuses BPF here: a user namespace, a locked-down kernel or a seccomp filter?");
	else if (access("/sys/devices/system/cpu/possible", R_OK))
		advise("/sys says how many processors there are: mount -t sysfs sysfs /sys");
	else if (err == -ENOMEM)
		advise("there is too little memory for its tables: choose a smaller --max-flows");
	else
		advise("ploss needs Linux 5.12 and BPF; this is %s. -v shows what the kernel says",
		       system.release);
	return err;
}

int kernel_open(struct kernel **opened, const struct options *options,
		const struct interfaces *interfaces)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	int err = -ENOMEM;

	if (!kernel)
		goto failed;
	kernel->cpus = libbpf_num_possible_cpus();
	err = kernel->cpus < 0 ? kernel->cpus : 0;
	if (err)
		goto failed;
	kernel->object = ploss_bpf__open();
	err = kernel->object ? 0 : -errno;
	if (err)
		goto failed;
	configure(kernel->object, options, interfaces);
	/* libbpf raises RLIMIT_MEMLOCK where the kernel, before 5.11, counts maps against it. */
	err = ploss_bpf__load(kernel->object);
	if (err)
		goto failed;
	kernel->max_flows = options->max_flows;
	kernel->stride = (bpf_map__value_size(kernel->object->maps.totals) + 7) & ~7UL;
	kernel->totals = calloc(kernel->cpus, kernel->stride);
	err = kernel->totals ? 0 : -ENOMEM;
	if (err)
		goto failed;
	taps_init(&kernel->taps, kernel->object);
	kernel->tables = (struct tables){
		.flows4 = bpf_map__fd(kernel->object->maps.flows4),
		.flows6 = bpf_map__fd(kernel->object->maps.flows6),
		.troubles = bpf_map__fd(kernel->object->maps.troubles),
		.embryos = bpf_map__fd(kernel->object->maps.embryos),
	};
	sweep_init(&kernel->sweep[0], kernel->tables.flows4, sizeof(struct flow_key4),
		   kernel->tables.troubles, options);
	sweep_init(&kernel->sweep[1], kernel->tables.flows6, sizeof(struct flow_key6),
		   kernel->tables.troubles, options);
	*opened = kernel;
	return 0;
failed:
	load_failed(err, options->max_flows);
	kernel_close(kernel);
	return err;
}

int kernel_attach(struct kernel *kernel, const struct interfaces *interfaces, enum hook_choice hook)
{
	char text[TAP_TEXT];
	int err;

	err = taps_attach(&kernel->taps, interfaces, hook);
	if (err)
		return err;
	for (unsigned int i = 0; i < interfaces->count; i++) {
		tap_text(text, &kernel->taps.tap[i]);
		note("watching %s by %s%s", interfaces->entry[i].name, text,
		     kernel->taps.tap[i].behind ?
			     "; filters of others come first: packets that they end are not seen" :
			     "");
	}
	if (kernel->max_flows)
		note_memory(kernel->max_flows);
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	if (kernel->taps.xdp.maps)
		taps_detach(&kernel->taps);
	sweep_free(&kernel->sweep[0]);
	sweep_free(&kernel->sweep[1]);
	ring_buffer__free(kernel->events);
	ploss_bpf__destroy(kernel->object);
	free(kernel->totals);
	free(kernel);
}

__u32 kernel_next_interval(struct kernel *kernel)
{
	return __atomic_fetch_add(&kernel->object->bss->live.interval, 1, __ATOMIC_SEQ_CST);
}

int kernel_read(struct kernel *kernel, unsigned int slot, __u32 interval, struct reading *reading)
{
	struct timespec now;

	if (bpf_map_lookup_elem(bpf_map__fd(kernel->object->maps.totals), &slot, kernel->totals))
		return -errno;
	clock_gettime(CLOCK_MONOTONIC, &now);
	*reading = (struct reading){};
	for (int cpu = 0; cpu < kernel->cpus; cpu++)
		reading_add(reading, (const struct totals *)(kernel->totals + cpu * kernel->stride),
			    interval, now.tv_sec * 1000000000ULL + now.tv_nsec);
	return 0;
}

int kernel_dump(struct kernel *kernel, entry_fn fn, void *argument)
{
	return dump_entries(&kernel->tables, fn, argument);
}

static void forget(const void *key, size_t key_size, const struct flow *flow, void *argument)
{
	struct kernel *kernel = argument;
	struct trouble trouble;
	struct entry entry;

	dump_entry(&kernel->tables, &entry, &trouble, key, key_size, flow);
	kernel->forgotten(&entry, kernel->argument);
}

void kernel_on_sweep(struct kernel *kernel, entry_fn fn, void *argument)
{
	kernel->forgotten = fn;
	kernel->argument = argument;
	for (unsigned int i = 0; i < ARRAY_SIZE(kernel->sweep); i++) {
		kernel->sweep[i].gone = forget;
		kernel->sweep[i].argument = kernel;
	}
}

static int happened(void *context, void *data, size_t size)
{
	struct kernel *kernel = context;

	return kernel->happened(data, kernel->happened_argument);
}

int kernel_listen(struct kernel *kernel, event_fn fn, void *argument)
{
	kernel->happened = fn;
	kernel->happened_argument = argument;
	kernel->events = ring_buffer__new(bpf_map__fd(kernel->object->maps.events), happened,
					  kernel, NULL);
	if (!kernel->events)
		return -errno;
	kernel->object->bss->live.events = 1;
	return ring_buffer__epoll_fd(kernel->events);
}

int kernel_fetch(struct kernel *kernel)
{
	int err = ring_buffer__consume(kernel->events);

	return err < 0 ? err : 0;
}

void kernel_sweep(struct kernel *kernel)
{
	sweep_some(&kernel->sweep[0]);
	sweep_some(&kernel->sweep[1]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <linux/if_link.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "bench_run.h"
#include "log.h"

const char *const hook_names[HOOKS] = { "tc", "xdp" };

#define LOOPBACK 1 /* BPF_PROG_TEST_RUN's packets come from it */

/* libbpf does not know every section name: a tc program is what the name says. */
static void set_types(struct bpf_object *object)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, object) {
		const char *section = bpf_program__section_name(prog);

		if (strncmp(section, "tc", 2) && strncmp(section, "classifier", 10))
			continue;
		bpf_program__set_type(prog, BPF_PROG_TYPE_SCHED_CLS);
		bpf_program__set_expected_attach_type(prog, 0);
	}
}

/* The constants of an object that is not ours are as they were compiled. */
static void configure(struct bpf_object *object)
{
	const struct btf *btf = bpf_object__btf(object);
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf_type *section;
	struct btf_var_secinfo *var;
	struct config *config = NULL;
	size_t bytes;
	const __u8 *data;
	int id;

	id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	data = map ? bpf_map__initial_value(map, &bytes) : NULL;
	if (id < 0 || !data)
		return;
	section = btf__type_by_id(btf, id);
	var = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++) {
		const char *name = btf__name_by_offset(btf,
						       btf__type_by_id(btf, var[i].type)->name_off);

		if (!strcmp(name, "config") && var[i].size == sizeof(*config))
			config = (struct config *)(data + var[i].offset);
	}
	if (!config)
		return;
	config->ifindex[0] = LOOPBACK;
	config->link[0] = LINK_ETHERNET;
}

static struct bpf_object *load(const char *path, __u32 flows)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *map;
	int err;

	if (!object) {
		fail(-errno, "cannot open %s", path);
		return NULL;
	}
	set_types(object);
	configure(object);
	bpf_object__for_each_map(map, object) {
		const char *name = bpf_map__name(map);

		if (!strncmp(name, "flows", 5) || !strncmp(name, "floors", 6) ||
		    !strcmp(name, "tiers"))
			bpf_map__set_max_entries(map, flows);
	}
	err = bpf_object__load(object);
	if (!err)
		return object;
	fail(err, "cannot load %s", path);
	bpf_object__close(object);
	errno = -err;
	return NULL;
}

static enum hook hook_of(const struct bpf_program *prog)
{
	return bpf_program__type(prog) == BPF_PROG_TYPE_XDP ? XDP : TC;
}

/* The program of this name, or NULL. */
static struct bpf_program *named(struct bpf_object *object, const char *name)
{
	return object ? bpf_object__find_program_by_name(object, name) : NULL;
}

/* The first program of the hook whose name contains a word, or the first one of the hook. */
static struct bpf_program *likely_for(struct bpf_object *object, enum hook hook, const char *word)
{
	struct bpf_program *prog, *first = NULL;

	bpf_object__for_each_program(prog, object) {
		if (hook_of(prog) != hook)
			continue;
		if (strstr(bpf_program__name(prog), word))
			return prog;
		if (!first)
			first = prog;
	}
	return first;
}

static int jump_to(struct bench *b, enum hook hook, enum subject subject, bool outbound,
		   struct bpf_program *prog)
{
	int map = bpf_object__find_map_fd_by_name(b->steps, hook == TC ? "jump_tc" : "jump_xdp");
	__u32 index = 2 * subject + outbound;
	int fd = prog ? bpf_program__fd(prog) : -1;

	if (!prog)
		return 0;
	if (!outbound)
		b->has[subject][hook] = 1;
	if (bpf_map_update_elem(map, &index, &fd, BPF_ANY))
		return fail(-errno, "cannot jump to %s", bpf_program__name(prog));
	return 0;
}

static int wire_up(struct bench *b)
{
	static const char *const own[][HOOKS] = {
		[NOTHING] = { "nothing_tc", "nothing_xdp" },
		[PARSE] = { "parse_tc", "parse_xdp" },
		[FLOOR] = { "floor_tc", "floor_xdp" },
		[TIERS] = { "tiers_tc", "tiers_xdp" },
	};
	int err = 0;

	for (enum hook hook = TC; hook < HOOKS; hook++) {
		for (enum subject s = NOTHING; s <= TIERS; s++) {
			err = err ?: jump_to(b, hook, s, false, named(b->steps, own[s][hook]));
			err = err ?: jump_to(b, hook, s, true, named(b->steps, own[s][hook]));
		}
	}
	err = err ?: jump_to(b, TC, PLOSS, false, named(b->ploss, "ploss_ingress"));
	err = err ?: jump_to(b, TC, PLOSS, true, named(b->ploss, "ploss_egress"));
	err = err ?: jump_to(b, XDP, PLOSS, false, named(b->ploss, "ploss_xdp"));
	if (!b->peer)
		return err;
	err = err ?: jump_to(b, TC, PEER, false, likely_for(b->peer, TC, "ingress"));
	err = err ?: jump_to(b, TC, PEER, true, likely_for(b->peer, TC, "egress"));
	return err ?: jump_to(b, XDP, PEER, false, likely_for(b->peer, XDP, "xdp"));
}

/* While a program is attached somewhere, BPF_PROG_TEST_RUN need not patch it into the kernel's XDP
 * dispatcher and out again, which takes 20 ms and leaves the caches cold.
 */
static int settle(struct bench *b)
{
	int err;

	if (unshare(CLONE_NEWNET))
		return fail(-errno, "cannot enter a network namespace");
	err = bpf_xdp_attach(LOOPBACK, b->step[XDP], XDP_FLAGS_SKB_MODE, NULL);
	return err ? fail(err, "cannot attach to lo") : 0;
}

int bench_open(struct bench *b, const char *steps, const char *ploss, const char *peer, __u32 flows)
{
	*b = (struct bench){};
	b->steps = load(steps, flows);
	b->ploss = b->steps ? load(ploss, flows) : NULL;
	if (!b->ploss)
		return -errno;
	if (peer) {
		b->peer = load(peer, flows);
		if (!b->peer)
			return -errno;
	}
	b->step[TC] = bpf_program__fd(named(b->steps, "step_tc"));
	b->step[XDP] = bpf_program__fd(named(b->steps, "step_xdp"));
	b->stride = bpf_object__find_map_fd_by_name(b->steps, ".data.stride");
	if (b->stride < 0)
		return fail(b->stride, "cannot find the stride in %s", steps);
	return wire_up(b) ?: settle(b);
}

void bench_close(struct bench *b)
{
	bpf_object__close(b->peer);
	bpf_object__close(b->ploss);
	bpf_object__close(b->steps);
}

double bench_run(struct bench *b, enum hook hook, enum subject subject, const struct frame *frame,
		 const struct stride *stride, __u32 repeat)
{
	struct stride s = *stride;
	__u32 zero = 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->data, .data_size_in = frame->length,
		    .repeat = repeat);

	if (s.outbound)
		hook = TC;
	s.subject = 2 * subject + s.outbound;
	if (bpf_map_update_elem(b->stride, &zero, &s, BPF_ANY) ||
	    bpf_prog_test_run_opts(b->step[hook], &opts))
		return fail(-errno, "cannot run a test program");
	return opts.duration;
}

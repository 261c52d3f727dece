/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "compiler.h"
#include "kernel_view.skel.h"
#include "log.h"
#include "tracepoints.h"

#define SUCCESS_PARAMETERS \
	3 /* the tracepoint's own, the socket, the packet; a fourth says what failed */

struct tracepoints {
	struct kernel_view_bpf *object;
};

/* How many parameters a tracepoint's functions take; -errno. */
static int count_parameters(const struct btf *btf, const char *typedef_name)
{
	const struct btf_type *type;
	int id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);

	if (id < 0)
		return id;
	type = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
	if (!type || !btf_is_ptr(type))
		return -EINVAL;
	type = btf__type_by_id(btf, type->type);
	return type && btf_is_func_proto(type) ? (int)btf_vlen(type) : -EINVAL;
}

static int configure(struct kernel_view_bpf *object)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct stat netns;
	int parameters;

	if (libbpf_get_error(btf))
		return -ENODATA;
	parameters = count_parameters(btf, "btf_trace_tcp_retransmit_skb");
	btf__free(btf);
	if (parameters < 0)
		return -ENOENT;
	if (stat("/proc/thread-self/ns/net", &netns))
		return -errno;
	object->rodata->has_err = parameters > SUCCESS_PARAMETERS;
	object->rodata->netns = (__u32)netns.st_ino;
	return 0;
}

static int begin(struct tracepoints *tracepoints)
{
	int err;

	tracepoints->object = kernel_view_bpf__open();
	if (!tracepoints->object)
		return -errno;
	err = configure(tracepoints->object);
	if (!err)
		err = kernel_view_bpf__load(tracepoints->object);
	if (!err)
		err = kernel_view_bpf__attach(tracepoints->object);
	return err;
}

/* No program may read the kernel's memory then. */
static bool is_locked_down(void)
{
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	char line[128];
	bool locked;

	if (!file)
		return false;
	locked = fgets(line, sizeof(line), file) && strstr(line, "[confidentiality]");
	fclose(file);
	return locked;
}

int tracepoints_open(struct tracepoints **opened)
{
	struct tracepoints *tracepoints = calloc(1, sizeof(*tracepoints));
	int err = tracepoints ? begin(tracepoints) : -ENOMEM;

	if (!err) {
		*opened = tracepoints;
		return 0;
	}
	tracepoints_close(tracepoints);
	if (err == -ENODATA)
		refuse(err, "cannot use the kernel's tracepoints: it has no BTF "
			    "(CONFIG_DEBUG_INFO_BTF, /sys/kernel/btf/vmlinux)");
	else if (is_locked_down())
		refuse(err, "cannot use the kernel's tracepoints: it is locked down "
			    "(lockdown=confidentiality)");
	else
		fail(err, "cannot use the kernel's tracepoints of TCP");
	return err;
}

void tracepoints_reset(const struct tracepoints *tracepoints)
{
	struct kernel_view_bpf *object = tracepoints->object;
	int routes = bpf_map__fd(object->maps.routes);
	__u32 ifindex;

	while (!bpf_map_get_next_key(routes, NULL, &ifindex) &&
	       !bpf_map_delete_elem(routes, &ifindex))
		;
	object->bss->synacks = object->bss->failed = 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(left, right); /* a route begins with its name */
}

static void add(struct traced *traced, __u32 ifindex, __u64 segments)
{
	char name[IF_NAMESIZE] = "?";
	unsigned int i = 0;

	if (ifindex && !if_indextoname(ifindex, name))
		strcpy(name, "?");
	while (i < traced->routes && strcmp(traced->route[i].interface, name))
		i++;
	if (i == TRACED_ROUTES)
		strcpy(traced->route[--i].interface, "?");
	else if (i == traced->routes)
		strcpy(traced->route[traced->routes++].interface, name);
	traced->route[i].segments += segments;
	traced->segments += segments;
}

static __u64 missed_by(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

int tracepoints_read(const struct tracepoints *tracepoints, struct traced *traced)
{
	struct kernel_view_bpf *object = tracepoints->object;
	int routes = bpf_map__fd(object->maps.routes);
	__u32 ifindex, *last = NULL;
	__u64 segments;

	*traced = (struct traced){
		.synacks = object->bss->synacks,
		.missed = missed_by(object->progs.ploss_resent) +
			  missed_by(object->progs.ploss_synack),
		.failed = object->bss->failed,
	};
	while (!bpf_map_get_next_key(routes, last, &ifindex)) {
		if (bpf_map_lookup_elem(routes, &ifindex, &segments))
			return -errno;
		add(traced, ifindex, segments);
		last = &ifindex;
	}
	qsort(traced->route, traced->routes, sizeof(traced->route[0]), by_name);
	return 0;
}

void tracepoints_close(struct tracepoints *tracepoints)
{
	if (!tracepoints)
		return;
	kernel_view_bpf__destroy(tracepoints->object);
	free(tracepoints);
}

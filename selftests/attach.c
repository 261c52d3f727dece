/* SPDX-License-Identifier: GPL-2.0-only */
/* A tc program of an object on an interface, in the way that ploss takes: by tcx, else by clsact:
 *
 *	attach OBJECT PROGRAM INTERFACE
 *
 * It sees both directions. Prints "ready" and stays until it is ended; then clsact stays behind.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "log.h"

/* By number: the headers of older distributions do not know them. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

static int load(struct bpf_object *object, const char *name)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
	}
	program = bpf_object__find_program_by_name(object, name);
	if (!program)
		return -ENOENT;
	bpf_program__set_expected_attach_type(program, 0);
	return bpf_object__load(object) ? -errno : bpf_program__fd(program);
}

static int by_clsact(int program, int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	for (enum bpf_tc_attach_point point = BPF_TC_INGRESS; !err && point <= BPF_TC_EGRESS;
	     point++) {
		LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = program);

		hook.attach_point = point;
		err = bpf_tc_attach(&hook, &opts);
	}
	return err;
}

static int by_tcx(int program, int ifindex)
{
	for (int hook = TCX_INGRESS; hook <= TCX_EGRESS; hook++) {
		if (bpf_link_create(program, ifindex, (enum bpf_attach_type)hook, NULL) < 0)
			return -errno;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int ifindex = argc == 4 ? (int)if_nametoindex(argv[3]) : 0;
	struct bpf_object *object;
	int program, err;

	if (!ifindex) {
		fputs("usage: attach OBJECT PROGRAM INTERFACE\n", stderr);
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	program = object ? load(object, argv[2]) : -errno;
	if (program < 0)
		return !!fail(program, "cannot load %s of %s", argv[2], argv[1]);
	err = by_tcx(program, ifindex);
	if (err == -EINVAL)
		err = by_clsact(program, ifindex);
	if (err)
		return !!fail(err, "cannot attach to %s", argv[3]);
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}

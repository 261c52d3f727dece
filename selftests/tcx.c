/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody else's tcx program on an interface:
 *
 *     tcx hold INTERFACE ingress|egress NAME first|last [next|pass|drop]
 *     tcx list INTERFACE ingress|egress
 *
 * hold puts a program of that name before or behind the others, prints "ready", and stays until it is
 * ended; its verdict on each packet is to let the next program decide, unless told. list prints the names
 * of the programs in their order, on one line. Where the kernel has no tcx both end with status 77.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "compiler.h"

/* By number: the headers of older distributions do not know them. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define FIRST 8 /* BPF_F_BEFORE */
#define LAST 16 /* BPF_F_AFTER */

static const struct {
	const char *word;
	int verdict;
} verdicts[] = {
	{ "next", -1 },
	{ "pass", 0 },
	{ "drop", 2 },
};

static int fail(const char *what)
{
	int unsupported = errno == EINVAL || errno == EOPNOTSUPP;

	fprintf(stderr, "tcx: cannot %s: %s\n", what, strerror(errno));
	return unsupported ? 77 : 1;
}

static int hold(unsigned int ifindex, int hook, const char *name, const char *place, int verdict)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = !strcmp(place, "first") ? FIRST : LAST);
	int program, link;

	program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", insns, ARRAY_SIZE(insns),
				NULL);
	if (program < 0)
		return fail("load a program");
	link = bpf_link_create(program, (int)ifindex, (enum bpf_attach_type)hook, &options);
	if (link < 0)
		return fail("attach");
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static int list(unsigned int ifindex, int hook)
{
	__u32 ids[64], count = ARRAY_SIZE(ids);

	if (bpf_prog_query((int)ifindex, (enum bpf_attach_type)hook, 0, NULL, ids, &count))
		return fail("list programs");
	for (__u32 i = 0; i < count; i++) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(ids[i]);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			return fail("ask for a program's name");
		printf("%s%s", i ? " " : "", info.name);
		close(fd);
	}
	puts("");
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int ifindex = argc > 3 ? if_nametoindex(argv[2]) : 0;
	int hook = argc > 3 && !strcmp(argv[3], "egress") ? TCX_EGRESS : TCX_INGRESS;
	int verdict = -1;

	if (argc > 6)
		for (unsigned int i = 0; i < ARRAY_SIZE(verdicts); i++)
			if (!strcmp(argv[6], verdicts[i].word))
				verdict = verdicts[i].verdict;
	if (ifindex && argc == 4 && !strcmp(argv[1], "list"))
		return list(ifindex, hook);
	if (ifindex && argc >= 6 && !strcmp(argv[1], "hold"))
		return hold(ifindex, hook, argv[4], argv[5], verdict);
	fprintf(stderr,
		"usage: tcx hold INTERFACE ingress|egress NAME first|last [next|pass|drop]\n"
		"       tcx list INTERFACE ingress|egress\n");
	return 2;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody else's XDP program, under libxdp's dispatcher:
 *
 *     xdp add INTERFACE OBJECT
 *     xdp remove INTERFACE NAME
 *     xdp list INTERFACE
 *     xdp count INTERFACE NAME
 *
 * add puts an object's only program beside those that are there. list prints the names of all in their order, on
 * one line; "alone" before the name of one that is no dispatcher's. count prints the first number of the program's
 * global variables. Where the kernel or libxdp has no dispatcher add ends with status 77.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

static int fail(int err, const char *what)
{
	fprintf(stderr, "xdp: cannot %s: %s\n", what, strerror(-err));
	return 1;
}

static struct xdp_multiprog *open_programs(int ifindex)
{
	struct xdp_multiprog *programs = xdp_multiprog__get_from_ifindex(ifindex);

	return libxdp_get_error(programs) ? NULL : programs;
}

/* The program after `last`, NULL for the first, in whatever way they are attached. */
static struct xdp_program *next(const struct xdp_multiprog *programs, struct xdp_program *last)
{
	if (!xdp_multiprog__is_legacy(programs))
		return xdp_multiprog__next_prog(last, programs);
	return last ? NULL : xdp_multiprog__main_prog(programs);
}

static struct xdp_program *find(const struct xdp_multiprog *programs, const char *name)
{
	struct xdp_program *program = NULL;

	while (programs && (program = next(programs, program)))
		if (!strcmp(xdp_program__name(program), name))
			break;
	return program;
}

static int is_shared(int ifindex)
{
	struct xdp_multiprog *programs = open_programs(ifindex);
	int shared = programs && !xdp_multiprog__is_legacy(programs);

	xdp_multiprog__close(programs);
	return shared;
}

static int add(int ifindex, const char *path)
{
	struct xdp_program *program = xdp_program__open_file(path, "xdp", NULL);
	int err = (int)libxdp_get_error(program);

	if (err)
		return fail(err, "open the object");
	err = xdp_program__attach(program, ifindex, XDP_MODE_NATIVE, 0);
	if (!err && is_shared(ifindex))
		return 0;
	if (!err)
		xdp_program__detach(program, ifindex, XDP_MODE_NATIVE, 0);
	fail(err ? err : -EOPNOTSUPP, "attach by a dispatcher");
	return 77;
}

static int drop(int ifindex, const char *name)
{
	struct xdp_multiprog *programs = open_programs(ifindex);
	struct xdp_program *program = find(programs, name);
	int err;

	err = program ? xdp_program__detach(program, ifindex, xdp_multiprog__attach_mode(programs),
					    0) :
			-ENOENT;
	return err ? fail(err, "remove the program") : 0;
}

static int list(int ifindex)
{
	struct xdp_multiprog *programs = open_programs(ifindex);
	struct xdp_program *program = NULL;
	const char *before = programs && xdp_multiprog__is_legacy(programs) ? "alone " : "";

	while (programs && (program = next(programs, program))) {
		printf("%s%s", before, xdp_program__name(program));
		before = " ";
	}
	puts("");
	return 0;
}

static int count(int ifindex, const char *name)
{
	struct xdp_program *program = find(open_programs(ifindex), name);
	__u32 map = 0, key = 0, size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .nr_map_ids = 1, .map_ids = (__u64)(unsigned long)&map };
	__u64 value[64] = {};
	int fd = -1;

	if (program && !bpf_obj_get_info_by_fd(xdp_program__fd(program), &info, &size))
		fd = bpf_map_get_fd_by_id(map);
	if (fd < 0 || bpf_map_lookup_elem(fd, &key, value))
		return fail(-errno, "read what the program counted");
	printf("%llu\n", (unsigned long long)value[0]);
	return 0;
}

static int warn(enum libxdp_print_level level, const char *format, va_list arguments)
{
	return level == LIBXDP_WARN ? vfprintf(stderr, format, arguments) : 0;
}

static int warn_too(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int argc, char **argv)
{
	int ifindex = argc > 2 ? (int)if_nametoindex(argv[2]) : 0;

	libxdp_set_print(warn);
	libbpf_set_print(warn_too);
	if (ifindex && argc == 4 && !strcmp(argv[1], "add"))
		return add(ifindex, argv[3]);
	if (ifindex && argc == 4 && !strcmp(argv[1], "remove"))
		return drop(ifindex, argv[3]);
	if (ifindex && argc == 4 && !strcmp(argv[1], "count"))
		return count(ifindex, argv[3]);
	if (ifindex && argc == 3 && !strcmp(argv[1], "list"))
		return list(ifindex);
	fprintf(stderr, "usage: xdp add INTERFACE OBJECT | remove INTERFACE NAME | list INTERFACE |"
			" count INTERFACE NAME\n");
	return 2;
}

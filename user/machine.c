/* SPDX-License-Identifier: GPL-2.0-only */
/* What this machine and this process can do. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "functions.h"
#include "kernel.h"
#include "log.h"
#include "taps.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38 /* Linux 5.8 */
#define CAP_BPF 39
#endif

static const struct {
	int capability;
	const char *name;
	bool by_admin; /* CAP_SYS_ADMIN includes it */
} needed[] = {
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN", false },
	{ CAP_BPF, "CAP_BPF", true },
	{ CAP_PERFMON, "CAP_PERFMON", true },
};

static bool has(const struct __user_cap_data_struct data[2], int capability)
{
	return data[capability / 32].effective & (1U << capability % 32);
}

/* The names of those that this process lacks; "" when it has all. */
static int missing_capabilities(char *text, size_t size)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	size_t length = 0;

	if (syscall(SYS_capget, &header, data))
		return -errno;
	*text = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(needed); i++) {
		if (has(data, needed[i].capability) ||
		    (needed[i].by_admin && has(data, CAP_SYS_ADMIN)))
			continue;
		length += snprintf(text + length, size - length, "%s%s", length ? ", " : "",
				   needed[i].name);
	}
	return 0;
}

int kernel_check_privileges(void)
{
	char missing[128];

	if (missing_capabilities(missing, sizeof(missing)) || !*missing)
		return 0;
	refuse(-EPERM, "cannot attach to interfaces: missing %s", missing);
	advise("run it as root: sudo ploss ...");
	return -EPERM;
}

/* Of a probe that returns 1, 0 or -errno. */
static void describe(FILE *out, const char *what, int probed, const char *yes, const char *no)
{
	fprintf(out, "%-13s %s\n", what,
		probed > 0  ? yes :
		probed == 0 ? no :
			      "unknown without privileges");
}

static int tcx(void)
{
	int err = tcx_probe();

	return err == -EPERM ? err : !err;
}

/* An empty table has nothing behind its beginning: ENOENT. */
static int batch_probe(void)
{
	__u32 key, value, next, count = 1;
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "probe", sizeof(key), sizeof(value), 1,
				&options);
	int err;

	if (fd < 0)
		return -errno;
	err = bpf_map_lookup_batch(fd, NULL, &next, &key, &value, &count, NULL) ? errno : 0;
	close(fd);
	return !err || err == ENOENT;
}

void kernel_describe(FILE *out)
{
	char missing[128] = "unknown";
	bool allowed = !missing_capabilities(missing, sizeof(missing)) && !*missing;
	struct utsname system;

	uname(&system);
	fprintf(out, "kernel        %s\n", system.release);
	fprintf(out, "libbpf        %s\n", libbpf_version_string());
	describe(out, "hook", tcx(), "tcx", "tc (clsact): no tcx before Linux 6.6");
	/* libbpf's probes tell a refusal neither from yes nor from no. */
	describe(out, "clock",
		 allowed ? libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_jiffies64,
						   NULL) :
			   -EPERM,
		 "read once a tick", "none: no ticks before Linux 5.5");
	describe(out, "functions", functions_probe(), "verified once",
		 "take no pointers before Linux 5.12: ploss cannot be loaded");
	describe(out, "ring buffer",
		 allowed ? libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) : -EPERM,
		 "present", "none before Linux 5.8: no events");
	describe(out, "batch look-up", batch_probe(), "present",
		 "none before Linux 5.6: no connections, and idle ones stay");
	describe(out, "BTF", !access("/sys/kernel/btf/vmlinux", R_OK), "present",
		 "none: XDP programs of others cannot stay beside ours");
	if (allowed)
		fprintf(out, "privileges    sufficient\n");
	else
		fprintf(out, "privileges    missing %s\n", missing);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* SYNs from spoofed addresses, each from another one, as fast as the kernel makes frames for an XDP program:
 *
 *	synstorm OBJECT DEVICE MAC RATE MOST
 *
 * RATE a second leave through DEVICE for the MAC at its other end, until SIGINT or SIGTERM or MOST of them.
 * What the device does not take is lost; it counts that. Sent from the last CPU. It prints "ready" when the first
 * has left, and a line of JSON in the end. Where the kernel sends no such frames (before Linux 5.18): status 77.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "frame.h"
#include "headers.h"
#include "log.h"
#include "sender.h"
#include "synstorm.h"

#define STEPS 2000 /* a second, each with its frames at once: often, as a queue has room for few */
#define BATCH 64
#define LOOPBACK 1
#define FIRST_SOURCE 0x40000000 /* 64.0.0.0 */

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif

static volatile sig_atomic_t ended;

static void end(int signal)
{
	ended = 1;
}

/* Of a checksum: the sum without itself and without an address. */
static __u32 sum_without(__be16 checksum, __be32 address)
{
	__u32 host = bpf_ntohl(address);

	return (__u16)~bpf_ntohs(checksum) + (__u16) ~(host >> 16) + (__u16)~host;
}

static void begin(struct frame *f, struct storm *storm, const struct ether_addr *to)
{
	struct frame_spec s = {
		.source = { bpf_htonl(FIRST_SOURCE) },
		.dest = { bpf_htonl(0x0b000001) },
		.tcp_flags = TCP_SYN,
		.window = 65535,
		.has = OPTS_MSS | OPTS_WSCALE | OPTS_SACK_PERMITTED,
		.mss = 1460,
		.wscale = 7,
	};
	const struct ipv4_header *ip = (void *)(f->data + sizeof(struct ethernet_header));
	const struct tcp_header *tcp = (void *)(ip + 1);

	frame_build(f, &s);
	memcpy(f->data, to, sizeof(*to));
	storm->source = FIRST_SOURCE;
	storm->ip_sum = sum_without(ip->checksum, ip->source);
	storm->tcp_sum = sum_without(tcp->checksum, ip->source);
}

static int blow(int prog, const struct frame *f, double rate, unsigned long long most)
{
	double began = seconds(CLOCK_MONOTONIC);
	unsigned long long sent = 0;

	for (unsigned int step = 0; !ended && sent < most; step++) {
		double due = rate * (step + 1) / STEPS - (double)sent;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->data, .data_size_in = f->length,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH,
			    .repeat = due < 1 ? 1 : (int)due);

		if (bpf_prog_test_run_opts(prog, &opts) && errno != EINTR)
			return -errno;
		sent += opts.repeat;
		wait_until(began + (double)(step + 1) / STEPS);
	}
	return 0;
}

/* While a program is attached somewhere, BPF_PROG_TEST_RUN need not patch it into the kernel's XDP dispatcher
 * and out again, which takes 20 ms. Until this process ends.
 */
static int hold(int prog)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_SKB_MODE);

	return bpf_link_create(prog, LOOPBACK, BPF_XDP, &opts) < 0 ? -errno : 0;
}

static int storm_run(struct bpf_object *object, struct storm *storm, const struct frame *f,
		     double rate, unsigned long long most)
{
	int map = bpf_object__find_map_fd_by_name(object, ".data.storm");
	int prog = bpf_program__fd(bpf_object__find_program_by_name(object, "storm_xdp"));
	double began, cpu;
	__u32 zero = 0;
	int err;

	if (bpf_map_update_elem(map, &zero, storm, BPF_ANY) || hold(prog))
		return -errno;
	err = blow(prog, f, 1, 1);
	if (err)
		return err;
	puts("ready");
	fflush(stdout);
	began = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	err = blow(prog, f, rate, most);
	if (err || bpf_map_lookup_elem(map, &zero, storm))
		return err ?: -errno;
	printf("{\"sent\":%llu,\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n", storm->sent,
	       seconds(CLOCK_MONOTONIC) - began, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct bpf_object *object;
	static struct frame frame;
	struct storm storm = {};
	struct ether_addr to;
	int err;

	if (argc != 6 || !ether_aton_r(argv[3], &to)) {
		fputs("usage: synstorm OBJECT DEVICE MAC RATE MOST\n", stderr);
		return 2;
	}
	storm.ifindex = if_nametoindex(argv[2]);
	if (!storm.ifindex)
		return !!fail(-errno, "cannot find %s", argv[2]);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	begin(&frame, &storm, &to);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return !!fail(-errno, "cannot load %s", argv[1]);
	err = settle(true) ?:
		      storm_run(object, &storm, &frame, atof(argv[4]), strtoull(argv[5], NULL, 10));
	bpf_object__close(object);
	if (err)
		fail(err, "cannot send frames by an XDP program");
	return err == -EINVAL || err == -EOPNOTSUPP ? 77 : !!err;
}

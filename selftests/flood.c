/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments of many made-up connections, as fast as a packet socket sends them, and how many there were:
 *
 *	flood KIND --device DEV [--to MAC] [--flows N] [--times T] [--from K] [--peers P] [--rate PPS]
 *
 * KIND is syn, synack, ack or data: one segment of each flow, T times. Segments are numbered: data segment n of
 * a flow has the n-th bytes, of which there are BYTES; --from is the first. What is sent with --outbound goes
 * the other way. Flow n is the same in all calls that have the same --peers, the number of its network.
 *
 * A segment that the device refuses is sent again, unless --lossy; either way it is counted. All are sent from
 * the first CPU, so that none overtakes another, or with --lossy from the last. The last line is JSON. TCP
 * checksums are wrong: the ends do not exist.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "headers.h"

#define BYTES 16
#define BATCH 64
#define FIRST_PORT 1024
#define PORTS 16384 /* flow numbers from here on go to the next address */

enum kind { KIND_SYN, KIND_SYNACK, KIND_ACK, KIND_DATA, KINDS };

static const char *const kind_names[KINDS] = { "syn", "synack", "ack", "data" };

static struct {
	enum kind kind;
	const char *device;
	struct ether_addr to;
	unsigned long flows, times, from, peers, rate;
	bool outbound, lossy;
} set = { .flows = 1, .times = 1, .peers = 1 };

static unsigned long long sent, refused;

static int complain(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	return -1;
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* To the first or the last CPU of those that it may use. */
static int settle(bool last)
{
	cpu_set_t allowed, one;
	int cpu = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return complain("CPUs");
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &allowed) && (cpu < 0 || last))
			cpu = i;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? complain("CPU") : 0;
}

/* A packet socket is handed only what it asks for: protocol 0 is nothing. */
static int open_device(void)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	address.sll_ifindex = (int)if_nametoindex(set.device);
	if (fd < 0 || !address.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return complain(set.device);
	return fd;
}

/* The segment of all flows but for their ends and its number. */
static void begin(struct frame *f)
{
	struct frame_spec s = {
		.from_b = set.outbound,
		.source_port = PORT_A,
		.dest_port = PORT_A,
		.window = 65535,
		.tcp_flags = set.kind == KIND_SYN    ? TCP_SYN :
			     set.kind == KIND_SYNACK ? TCP_SYN | TCP_ACK :
						       TCP_ACK,
		.ack = set.kind == KIND_SYN ? 0 : 1,
		.payload = set.kind == KIND_DATA ? BYTES : 0,
		.has = set.kind < KIND_ACK ? OPTS_MSS | OPTS_WSCALE | OPTS_SACK_PERMITTED : 0,
		.mss = 1460,
		.wscale = 7,
	};

	frame_build(f, &s);
	memcpy(f->data, &set.to, sizeof(set.to));
}

static __u16 ip_checksum(const void *header)
{
	const __u16 *word = header;
	__u32 sum = 0;

	for (unsigned int i = 0; i < sizeof(struct ipv4_header) / sizeof(*word); i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16) ~(sum + (sum >> 16));
}

/* Makes it segment `number` of a flow. */
static void address(struct frame *f, unsigned long flow, unsigned long number)
{
	struct ipv4_header *ip = (void *)(f->data + sizeof(struct ethernet_header));
	struct tcp_header *tcp = (void *)(ip + 1);
	__be32 remote = htonl(0x0a000000 + (__u32)(set.peers << 16) + (__u32)(flow / PORTS));
	__be32 local = htonl(0x0b000001);

	ip->source = set.outbound ? local : remote;
	ip->dest = set.outbound ? remote : local;
	if (set.outbound)
		tcp->dest = htons(FIRST_PORT + flow % PORTS);
	else
		tcp->source = htons(FIRST_PORT + flow % PORTS);
	ip->id = set.kind == KIND_DATA ? htons((__u16)(1 + number)) : 0;
	ip->checksum = 0;
	ip->checksum = ip_checksum(ip);
	if (set.kind == KIND_DATA)
		tcp->seq = htonl(1 + (__u32)number * BYTES);
	else if (set.kind == KIND_ACK)
		tcp->seq = htonl(1);
}

static void wait_until(double moment)
{
	double left;

	while ((left = moment - seconds(CLOCK_MONOTONIC)) > 0) {
		struct timespec t = { 0, left > 0.0005 ? (long)((left - 0.0003) * 1e9) : 0 };

		if (t.tv_nsec)
			nanosleep(&t, NULL);
	}
}

/* All of them, or with --lossy those that the device takes. */
static int send_batch(int fd, struct mmsghdr *messages, unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		int n = sendmmsg(fd, messages + done, count - done, 0);

		if (n < 0 && errno != ENOBUFS)
			return complain("cannot send");
		if (n > 0) {
			done += n;
			sent += n;
			continue;
		}
		refused++;
		if (set.lossy)
			done++;
		else
			usleep(200);
	}
	return 0;
}

static int send_all(int fd)
{
	static struct frame frame;
	static unsigned char bytes[BATCH][128];
	struct mmsghdr messages[BATCH] = {};
	struct iovec parts[BATCH];
	double began = seconds(CLOCK_MONOTONIC);
	unsigned long long all = (unsigned long long)set.flows * set.times, next = 0;
	unsigned int count = 0;

	begin(&frame);
	for (unsigned int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ bytes[i], frame.length };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (next = 0; next < all; next++) {
		address(&frame, next % set.flows, set.from + next / set.flows);
		memcpy(bytes[count++], frame.data, frame.length);
		if (count < BATCH && next + 1 < all)
			continue;
		if (send_batch(fd, messages, count))
			return -1;
		count = 0;
		if (set.rate)
			wait_until(began + (double)(next + 1) / set.rate);
	}
	return 0;
}

static int usage(void)
{
	fputs("usage: flood syn|synack|ack|data --device DEV [OPTIONS]\n"
	      "  --to MAC     of the device's other end\n"
	      "  --flows N    connections (1)\n"
	      "  --times N    segments of each (1)\n"
	      "  --from N     number of the first (0)\n"
	      "  --peers N    network of the connections, 1 to 255 (1)\n"
	      "  --rate N     segments a second, at most\n"
	      "  --outbound   from the local end to the peers\n"
	      "  --lossy      what is refused is not sent again\n",
	      stderr);
	return 2;
}

static int set_option(int option)
{
	switch (option) {
	case 'd':
		set.device = optarg;
		return 0;
	case 'm':
		return ether_aton_r(optarg, &set.to) ? 0 : -1;
	case 'f':
		set.flows = strtoul(optarg, NULL, 10);
		return set.flows ? 0 : -1;
	case 't':
		set.times = strtoul(optarg, NULL, 10);
		return 0;
	case 'n':
		set.from = strtoul(optarg, NULL, 10);
		return 0;
	case 'p':
		set.peers = strtoul(optarg, NULL, 10);
		return set.peers && set.peers < 256 ? 0 : -1;
	case 'r':
		set.rate = strtoul(optarg, NULL, 10);
		return 0;
	case 'o':
		set.outbound = true;
		return 0;
	case 'l':
		set.lossy = true;
		return 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "to", required_argument, NULL, 'm' },
		{ "flows", required_argument, NULL, 'f' },
		{ "times", required_argument, NULL, 't' },
		{ "from", required_argument, NULL, 'n' },
		{ "peers", required_argument, NULL, 'p' },
		{ "rate", required_argument, NULL, 'r' },
		{ "outbound", no_argument, NULL, 'o' },
		{ "lossy", no_argument, NULL, 'l' },
		{ 0 },
	};
	double began, cpu;
	int option, fd;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (set_option(option))
			return usage();
	}
	while (optind + 1 == argc && set.kind < KINDS && strcmp(argv[optind], kind_names[set.kind]))
		set.kind++;
	if (optind + 1 != argc || set.kind == KINDS || !set.device)
		return usage();
	fd = open_device();
	if (fd < 0 || settle(set.lossy))
		return 1;
	began = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (send_all(fd))
		return 1;
	printf("{\"sent\":%llu,\"refused\":%llu,\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n", sent,
	       refused, seconds(CLOCK_MONOTONIC) - began, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "headers.h"
#include "sender.h"

#define FIRST_PORT 1024
#define PAD 2       /* IP headers lie at multiples of 4 */
#define PORTS 16384 /* flow numbers from here on go to the next address */

static int complain(const char *what)
{
	fprintf(stderr, "cannot send: %s: %s\n", what, strerror(errno));
	return -1;
}

double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void wait_until(double moment)
{
	struct timespec t = { (time_t)moment, (long)((moment - (double)(time_t)moment) * 1e9) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int settle(bool last)
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

/* The segment of all flows but for their ends and its number. */
static void build(struct frame *f, const struct sender *s)
{
	struct frame_spec spec = {
		.from_b = s->outbound,
		.source_port = PORT_A,
		.dest_port = PORT_A,
		.window = 65535,
		.tcp_flags = s->kind == SEGMENT_SYN    ? TCP_SYN :
			     s->kind == SEGMENT_SYNACK ? TCP_SYN | TCP_ACK :
							 TCP_ACK,
		.ack = s->kind == SEGMENT_SYN ? 0 : 1,
		.payload = s->kind == SEGMENT_DATA ? SENDER_BYTES : 0,
		.has = s->kind < SEGMENT_ACK ? OPTS_MSS | OPTS_WSCALE | OPTS_SACK_PERMITTED : 0,
		.mss = 1460,
		.wscale = 7,
	};

	frame_build(f, &spec);
	memcpy(f->data, &s->to, sizeof(s->to));
}

/* A packet socket is handed only what it asks for: protocol 0 is nothing. */
int sender_open(struct sender *s)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	static struct frame frame;

	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	address.sll_ifindex = (int)if_nametoindex(s->device);
	if (s->fd < 0 || !address.sll_ifindex ||
	    bind(s->fd, (struct sockaddr *)&address, sizeof(address)))
		return complain(s->device);
	build(&frame, s);
	s->length = frame.length;
	for (unsigned int i = 0; i < SENDER_BATCH; i++) {
		memcpy(s->bytes[i] + PAD, frame.data, frame.length);
		s->parts[i] = (struct iovec){ s->bytes[i] + PAD, frame.length };
		s->messages[i].msg_hdr.msg_iov = &s->parts[i];
		s->messages[i].msg_hdr.msg_iovlen = 1;
	}
	return 0;
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
static void address(const struct sender *s, unsigned char *frame, unsigned long flow,
		    unsigned long number)
{
	struct ipv4_header *ip = (void *)(frame + sizeof(struct ethernet_header));
	struct tcp_header *tcp = (void *)(ip + 1);
	__be32 remote = htonl(0x0a000000 + (__u32)(s->network << 16) + (__u32)(flow / PORTS));
	__be32 local = htonl(0x0b000001);

	ip->source = s->outbound ? local : remote;
	ip->dest = s->outbound ? remote : local;
	if (s->outbound)
		tcp->dest = htons(FIRST_PORT + flow % PORTS);
	else
		tcp->source = htons(FIRST_PORT + flow % PORTS);
	ip->id = s->kind == SEGMENT_DATA ? htons((__u16)(1 + number)) : 0;
	ip->checksum = 0;
	ip->checksum = ip_checksum(ip);
	if (s->kind == SEGMENT_DATA)
		tcp->seq = htonl(1 + (__u32)number * SENDER_BYTES);
	else if (s->kind == SEGMENT_ACK)
		tcp->seq = htonl(1);
}

int sender_put(struct sender *s, unsigned long flow, unsigned long number)
{
	address(s, s->bytes[s->waiting++] + PAD, flow, number);
	return s->waiting < SENDER_BATCH ? 0 : sender_flush(s);
}

int sender_flush(struct sender *s)
{
	unsigned int done = 0, count = s->waiting;

	s->waiting = 0;
	while (done < count) {
		int n = sendmmsg(s->fd, s->messages + done, count - done, 0);

		if (n < 0 && errno != ENOBUFS)
			return complain(s->device);
		if (n > 0) {
			done += n;
			s->sent += n;
			continue;
		}
		s->refused++;
		if (s->lossy)
			done++;
		else
			usleep(200);
	}
	return 0;
}

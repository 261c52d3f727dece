/* SPDX-License-Identifier: GPL-2.0-only */
/* One connection of the traffic generator. */
#ifndef PLOSS_TRAFFIC_H
#define PLOSS_TRAFFIC_H

#include <linux/tcp.h>
#include <stdint.h>
#include <sys/socket.h>

/* What the client asks for; the first bytes of every connection. One machine: host byte order. */
struct request {
	uint64_t bytes;  /* of one message; whole transfers are one message */
	uint32_t rounds; /* 0: a transfer; else as many messages there and back */
	uint32_t chunk;  /* 0: all at once; else so many bytes each */
	uint32_t interval_ms;
	uint32_t reverse; /* the server sends */
	char cc[16];      /* "": the default */
};

struct flow {
	int fd;
	unsigned int number;
	const char *role;
	struct sockaddr_storage remote;
	struct request request;
};

/* A JSON line: the connection's ends and its TCP_INFO. Lines of several threads do not mix. */
void flow_print(const struct flow *f, const struct tcp_info *info);

#endif

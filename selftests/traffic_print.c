/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel says about a connection. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>

#include "traffic.h"

#define INFO(X) \
	X(segs_out) \
	X(segs_in) \
	X(data_segs_out) \
	X(data_segs_in) \
	X(total_retrans) \
	X(bytes_retrans) \
	X(dsack_dups) \
	X(reord_seen) \
	X(rcv_ooopack) \
	X(bytes_acked) \
	X(bytes_received) \
	X(bytes_sent) \
	X(rtt) \
	X(min_rtt) \
	X(snd_mss) \
	X(rcv_mss)

static void print_end(const char *name, const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;
	char text[INET6_ADDRSTRLEN] = "";

	if (a->ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof(text));
	else
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	printf(",\"%s_address\":\"%s\",\"%s_port\":%u", name, text, name, ntohs(in->sin_port));
}

void flow_print(const struct flow *f, const struct tcp_info *info)
{
	struct sockaddr_storage local = { 0 };
	socklen_t size = sizeof(local);
	char cc[16] = "";

	getsockname(f->fd, (struct sockaddr *)&local, &size);
	size = sizeof(cc);
	getsockopt(f->fd, IPPROTO_TCP, TCP_CONGESTION, cc, &size);
	flockfile(stdout);
	printf("{\"role\":\"%s\",\"flow\":%u,\"cc\":\"%s\"", f->role, f->number, cc);
	print_end("local", &local);
	print_end("remote", &f->remote);
#define X(name) printf(",\"" #name "\":%" PRIu64, (uint64_t)info->tcpi_##name);
	INFO(X)
#undef X
	puts("}");
	fflush(stdout);
	funlockfile(stdout);
}

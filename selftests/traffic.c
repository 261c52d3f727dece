/* SPDX-License-Identifier: GPL-2.0-only */
/* Real TCP between real sockets, and what the kernel says about it afterwards: a JSON line a flow and
 * end, with TCP_INFO read when everything, the FINs too, is sent and acknowledged.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "traffic.h"

#define FLOWS_MAX 1024
#define STATE_CLOSE 7

static struct {
	const char *connect;
	const char *port;
	uint64_t flows, seconds;
	struct request request;
} set = { .flows = 1, .seconds = 120, .request.bytes = 1000000 };

static int fail(const char *format, ...)
{
	va_list args;

	fputs("traffic: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -1;
}

static void pause_ms(unsigned int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int read_info(int fd, struct tcp_info *info)
{
	socklen_t size = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size))
		return fail("cannot read TCP_INFO: %s", strerror(errno));
	return 0;
}

/* Until nothing is unsent or unacknowledged. */
static int drain(int fd)
{
	struct tcp_info info;

	do {
		pause_ms(1);
		if (read_info(fd, &info))
			return -1;
	} while ((info.tcpi_unacked || info.tcpi_notsent_bytes) && info.tcpi_state != STATE_CLOSE);
	return 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* data NULL: zeros. */
static int send_all(int fd, const char *data, uint64_t bytes)
{
	static const char zeros[1 << 16];
	uint64_t sent = 0;

	while (sent < bytes) {
		const char *from = data ? data + sent : zeros;
		size_t size = data ? bytes - sent : least(bytes - sent, sizeof(zeros));
		ssize_t n = send(fd, from, size, MSG_NOSIGNAL);

		if (n < 0)
			return fail("cannot send: %s", strerror(errno));
		sent += n;
	}
	return 0;
}

/* data NULL: thrown away. */
static int receive_all(int fd, char *data, uint64_t bytes)
{
	static char waste[1 << 16];
	uint64_t got = 0;

	while (got < bytes) {
		char *to = data ? data + got : waste;
		size_t size = data ? bytes - got : least(bytes - got, sizeof(waste));
		ssize_t n = recv(fd, to, size, 0);

		if (n < 0)
			return fail("cannot receive: %s", strerror(errno));
		if (!n)
			return fail("cannot receive: the other end closed");
		got += n;
	}
	return 0;
}

static int send_message(const struct flow *f)
{
	const struct request *r = &f->request;
	uint64_t sent, chunk = r->chunk ? r->chunk : r->bytes;

	for (sent = 0; sent < r->bytes; sent += chunk) {
		if (sent && r->interval_ms)
			pause_ms(r->interval_ms);
		if (send_all(f->fd, NULL, least(r->bytes - sent, chunk)))
			return -1;
	}
	return 0;
}

static int exchange(const struct flow *f, bool sends_first)
{
	uint32_t turn, turns = f->request.rounds ? 2 * f->request.rounds : 1;

	for (turn = 0; turn < turns; turn++) {
		bool sends = sends_first == !(turn & 1);

		if (sends ? send_message(f) : receive_all(f->fd, NULL, f->request.bytes))
			return -1;
	}
	return 0;
}

/* The client closes first, each end only when its data is acknowledged: a FIN carries no data, and both
 * ends end in CLOSE, where all counters of the socket are final.
 */
static int close_cleanly(const struct flow *f, bool first, struct tcp_info *info)
{
	char byte;

	if (drain(f->fd))
		return -1;
	if (!first && recv(f->fd, &byte, 1, 0))
		return fail("the other end did not close");
	if (shutdown(f->fd, SHUT_WR))
		return fail("cannot shut down: %s", strerror(errno));
	if (first && recv(f->fd, &byte, 1, 0))
		return fail("the other end did not close");
	for (;;) {
		if (read_info(f->fd, info))
			return -1;
		if (info->tcpi_state == STATE_CLOSE)
			return 0;
		pause_ms(1);
	}
}

/* NULL: all went well. */
static void *flow_run(void *arg)
{
	struct flow *f = arg;
	struct request *r = &f->request;
	bool client = f->role[0] == 'c';
	struct tcp_info info;
	socklen_t size = sizeof(f->remote);
	int one = 1, err;

	getpeername(f->fd, (struct sockaddr *)&f->remote, &size);
	setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	err = client ? send_all(f->fd, (char *)r, sizeof(*r)) :
		       receive_all(f->fd, (char *)r, sizeof(*r));
	if (!err && !client && r->cc[0] &&
	    setsockopt(f->fd, IPPROTO_TCP, TCP_CONGESTION, r->cc, strnlen(r->cc, sizeof(r->cc))))
		err = fail("cannot use congestion control %.16s: %s", r->cc, strerror(errno));
	if (!err)
		err = exchange(f, client != r->reverse);
	if (!err)
		err = close_cleanly(f, client, &info);
	if (!err)
		flow_print(f, &info);
	close(f->fd);
	return err ? f : NULL;
}

static int run_all(struct flow *flows, const char *role, int (*open_one)(void))
{
	static pthread_t threads[FLOWS_MAX];
	unsigned int i, count;
	int err = 0;

	for (count = 0; count < set.flows; count++) {
		struct flow *f = &flows[count];

		*f = (struct flow){ .number = count, .role = role, .request = set.request };
		f->fd = open_one();
		if (f->fd < 0 || pthread_create(&threads[count], NULL, flow_run, f)) {
			err = -1;
			break;
		}
	}
	for (i = 0; i < count; i++) {
		void *result;

		pthread_join(threads[i], &result);
		err |= !!result;
	}
	return err;
}

static int open_client(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST }, *to;
	const char *cc = set.request.cc;
	int fd;

	if (getaddrinfo(set.connect, set.port, &hints, &to))
		return fail("not an address and port: %s %s", set.connect, set.port);
	fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && *cc && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc)))
		fd = fail("cannot use congestion control %s: %s", cc, strerror(errno));
	else if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen))
		fd = fail("cannot connect to %s: %s", set.connect, strerror(errno));
	freeaddrinfo(to);
	return fd;
}

static int listener = -1;

static int open_server(void)
{
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

/* IPv6 and IPv4 by one socket, IPv4 alone where the namespace has no IPv6. */
static int listen_on(const char *port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(atoi(port)) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int one = 1, zero = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd >= 0) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		err = bind(fd, (struct sockaddr *)&any6, sizeof(any6));
	} else {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		err = bind(fd, (struct sockaddr *)&any4, sizeof(any4));
	}
	if (err || listen(fd, FLOWS_MAX))
		return fail("cannot listen on port %s: %s", port, strerror(errno));
	return fd;
}

static void usage(FILE *to)
{
	fputs("usage: traffic server --port P [--flows N] [--seconds N]\n"
	      "       traffic client --connect ADDRESS --port P [OPTIONS]\n"
	      "  --flows N               connections at once (1); the server ends after so many\n"
	      "  --bytes N               of each transfer or message (1000000)\n"
	      "  --cc NAME               congestion control of both ends\n"
	      "  --app-limited SIZE,MS   SIZE bytes every MS milliseconds\n"
	      "  --rr COUNT              so many messages there and back instead of one transfer\n"
	      "  --reverse               the server sends (first)\n"
	      "  --seconds N             fails when not done after so long (120)\n",
	      to);
}

static const struct option options[] = {
	{ "connect", required_argument, NULL, 'c' },
	{ "port", required_argument, NULL, 'p' },
	{ "flows", required_argument, NULL, 'n' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "cc", required_argument, NULL, 'C' },
	{ "app-limited", required_argument, NULL, 'a' },
	{ "rr", required_argument, NULL, 'r' },
	{ "reverse", no_argument, NULL, 'R' },
	{ "seconds", required_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* 0, or -1 for a value that makes no sense. */
static int set_number(int option, uint64_t number)
{
	if (option == 'n')
		set.flows = number;
	else if (option == 'b')
		set.request.bytes = number;
	else if (option == 'r')
		set.request.rounds = number;
	else if (option == 's')
		set.seconds = number;
	else
		return -1;
	return number && set.flows <= FLOWS_MAX ? 0 : -1;
}

static int set_option(int option)
{
	struct request *r = &set.request;

	switch (option) {
	case 'h':
		usage(stdout);
		exit(0);
	case 'c':
		set.connect = optarg;
		return 0;
	case 'p':
		set.port = optarg;
		return 0;
	case 'R':
		r->reverse = 1;
		return 0;
	case 'C':
		return snprintf(r->cc, sizeof(r->cc), "%s", optarg) < (int)sizeof(r->cc) ? 0 : -1;
	case 'a':
		return sscanf(optarg, "%u,%u", &r->chunk, &r->interval_ms) == 2 ? 0 : -1;
	case '?':
		return -1;
	}
	return set_number(option, strtoull(optarg, NULL, 10));
}

int main(int argc, char **argv)
{
	static struct flow flows[FLOWS_MAX];
	bool client, server;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (set_option(option)) {
			fail("bad option or value");
			return 2;
		}
	}
	client = optind == argc - 1 && !strcmp(argv[optind], "client") && set.connect;
	server = optind == argc - 1 && !strcmp(argv[optind], "server") && !set.connect;
	if (!(client || server) || !set.port) {
		usage(stderr);
		return 2;
	}
	alarm(set.seconds); /* SIGALRM kills: never longer than asked for */
	if (client)
		return run_all(flows, "client", open_client) ? 1 : 0;
	listener = listen_on(set.port);
	if (listener < 0)
		return 1;
	puts("{\"role\":\"server\",\"ready\":true}");
	fflush(stdout);
	return run_all(flows, "server", open_server) ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>

#include "log.h"
#include "netlink.h"
#include "process.h"

#define KEEP_NS 30000000000ULL /* closed connections are forgotten sooner, see sweep.c */
#define TRIES 3                /* a socket that was just accepted has no descriptor yet */
#define COST_SHARE 20          /* of the time at most one part in so many goes into asking */

/* Without owner, or not yet: those that wait for connections, and the remains of closed ones. */
#define STATES_WITHOUT (1U << TCP_LISTEN | 1U << TCP_TIME_WAIT | 1U << TCP_CLOSE)

struct socket {
	struct flow_key6 key; /* ifindex 0 */
	__u32 inode;
	__u8 tries;
	struct process process;
	struct socket_info info;
	__u64 seen_ns;
};

struct wanted {
	__u32 inode;
	struct process process;
};

static __u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

void processes_init(struct processes *processes)
{
	*processes = (struct processes){};
	keyed_init(&processes->sockets, sizeof(struct flow_key6), sizeof(struct socket));
	keyed_init(&processes->wanted, sizeof(__u32), sizeof(struct wanted));
}

void processes_free(struct processes *processes)
{
	keyed_free(&processes->sockets);
	keyed_free(&processes->wanted);
}

static void address_of(__be32 mapped[4], const __be32 address[4], __u8 family)
{
	memcpy(mapped, address, 16);
	if (family == AF_INET) {
		mapped[0] = mapped[1] = 0;
		mapped[2] = htonl(0xffff);
		mapped[3] = address[0];
	}
}

static int take_socket(const struct nlmsghdr *message, void *argument)
{
	const struct inet_diag_msg *diag = NLMSG_DATA(message);
	struct processes *processes = argument;
	struct flow_key6 key = { .local_port = diag->id.idiag_sport,
				 .remote_port = diag->id.idiag_dport };
	const struct rtattr *info;
	struct socket *socket;

	if (NLMSG_PAYLOAD(message, 0) < sizeof(*diag) || !diag->idiag_inode)
		return 0;
	address_of(key.local, diag->id.idiag_src, diag->idiag_family);
	address_of(key.remote, diag->id.idiag_dst, diag->idiag_family);
	socket = keyed_add(&processes->sockets, &key);
	if (!socket)
		return -ENOMEM;
	if (socket->inode != diag->idiag_inode) {
		socket->inode = diag->idiag_inode;
		socket->process.pid = 0;
		socket->tries = TRIES;
	}
	socket->seen_ns = processes->now_ns;
	info = netlink_attribute(message, sizeof(*diag), INET_DIAG_INFO);
	if (info)
		socket_info_from(&socket->info, RTA_DATA(info), RTA_PAYLOAD(info));
	if (!socket->process.pid && socket->tries) {
		socket->tries--;
		keyed_add(&processes->wanted, &socket->inode);
	}
	return 0;
}

static int ask_family(struct processes *processes, __u8 family)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_ext = processes->with_info ? 1U << (INET_DIAG_INFO - 1) : 0,
		.idiag_states = ~STATES_WITHOUT,
	};

	return netlink_dump_of(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, &request, sizeof(request),
			       take_socket, processes);
}

static void read_comm(int proc, const char *pid, struct process *process)
{
	char path[64];
	ssize_t length = 0;
	int fd;

	snprintf(path, sizeof(path), "%.20s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, process->comm, sizeof(process->comm) - 1);
		close(fd);
	}
	process->comm[max_of(length, (ssize_t)0)] = 0;
	process->comm[strcspn(process->comm, "\n")] = 0;
	process->pid = (__u32)strtoul(pid, NULL, 10);
}

/* Which of the wanted sockets a process has. Returns how many. */
static __u32 search_process(struct processes *processes, int proc, const char *pid)
{
	char path[64], text[64];
	struct process process = {};
	struct wanted *wanted;
	struct dirent *entry;
	__u32 found = 0, inode;
	int fd;
	DIR *dir;

	snprintf(path, sizeof(path), "%.20s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		ssize_t length = readlinkat(fd, entry->d_name, text, sizeof(text) - 1);

		text[max_of(length, (ssize_t)0)] = 0;
		if (sscanf(text, "socket:[%u]", &inode) != 1)
			continue;
		wanted = keyed_find(&processes->wanted, &inode);
		if (!wanted || wanted->process.pid)
			continue;
		if (!process.pid)
			read_comm(proc, pid, &process);
		wanted->process = process;
		found++;
	}
	closedir(dir);
	return found;
}

static void search_all(struct processes *processes)
{
	__u32 missing = processes->wanted.count;
	struct dirent *entry;
	DIR *proc = missing ? opendir("/proc") : NULL;

	if (!proc)
		return;
	while (missing && (entry = readdir(proc))) {
		if (isdigit((unsigned char)*entry->d_name))
			missing -= search_process(processes, dirfd(proc), entry->d_name);
	}
	closedir(proc);
}

/* Tells a socket its process, and keeps those that were seen of late. */
static bool settle(void *entry, void *argument)
{
	const struct processes *processes = argument;
	struct socket *socket = entry;
	const struct wanted *wanted = keyed_find(&processes->wanted, &socket->inode);

	if (wanted && wanted->process.pid)
		socket->process = wanted->process;
	return processes->now_ns - socket->seen_ns < KEEP_NS;
}

void processes_ask(struct processes *processes, __u64 every_ns)
{
	__u64 cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	int err;

	processes->now_ns = clock_ns(CLOCK_MONOTONIC);
	if (processes->asked_ns && processes->now_ns - processes->asked_ns <
					   max_of(every_ns, processes->cost_ns * COST_SHARE))
		return;
	err = ask_family(processes, AF_INET);
	if (!err)
		err = ask_family(processes, AF_INET6);
	if (err && !processes->broken) {
		processes->broken = true;
		note("the kernel does not list sockets (%s): no PID and COMM. Try modprobe tcp_diag",
		     strerror(-err));
	}
	search_all(processes);
	keyed_filter(&processes->sockets, settle, processes);
	keyed_free(&processes->wanted);
	processes->asked_ns = processes->now_ns;
	processes->cost_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
}

static const struct socket *socket_find(const struct processes *processes,
					const struct flow_key6 *key)
{
	struct flow_key6 any = *key;

	any.ifindex = 0;
	return keyed_find(&processes->sockets, &any);
}

bool process_find(const struct processes *processes, const struct flow_key6 *key,
		  struct process *process)
{
	const struct socket *socket = socket_find(processes, key);

	*process = socket ? socket->process : (struct process){};
	return process->pid;
}

void process_socket(const struct processes *processes, const struct flow_key6 *key,
		    struct socket_info *info)
{
	const struct socket *socket = socket_find(processes, key);

	*info = socket ? socket->info : (struct socket_info){};
}

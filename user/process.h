/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process has a connection's local socket: by sock_diag (connection to inode), and by the
 * descriptors under /proc (inode to process). Never guessed.
 *
 * A closed socket has no owner any more, so owners are asked for now and then and kept for a while. A
 * connection shorter than the time in between may have none, and so has one whose process belongs to
 * somebody else where /proc hides that, or to a PID namespace that is not seen from here. Where processes
 * share a socket, the first one that is found is named.
 */
#ifndef PLOSS_PROCESS_H
#define PLOSS_PROCESS_H

#include "keyed.h"
#include "ploss.h"
#include "socketinfo.h"

#define COMM_TEXT 16 /* TASK_COMM_LEN */

struct process {
	__u32 pid; /* 0: not known */
	char comm[COMM_TEXT];
};

struct processes {
	struct keyed sockets; /* struct socket */
	struct keyed wanted;  /* inodes without a process yet */
	__u64 asked_ns, cost_ns;
	__u64 now_ns;   /* of the question under way */
	bool with_info; /* also ask for TCP_INFO */
	bool broken;    /* sock_diag does not answer: said once */
};

void processes_init(struct processes *processes);
void processes_free(struct processes *processes);

/* Asks for the sockets of this network namespace, unless that was done less than every_ns ago, or takes so
 * long that it would be done all the time.
 */
void processes_ask(struct processes *processes, __u64 every_ns);

/* The owner of the key's local socket, whatever the interface: false, and all 0, where none is known. */
bool process_find(const struct processes *processes, const struct flow_key6 *key,
		  struct process *process);

/* What the kernel says of that socket: not known without with_info. */
void process_socket(const struct processes *processes, const struct flow_key6 *key,
		    struct socket_info *info);

#endif

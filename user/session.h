/* SPDX-License-Identifier: GPL-2.0-only */
/* A command that watches interfaces: what all of them begin and end with. */
#ifndef PLOSS_SESSION_H
#define PLOSS_SESSION_H

#include "kernel.h"
#include "links.h"
#include "options.h"
#include "wait.h"

struct session {
	const struct options *options;
	struct interfaces interfaces;
	struct kernel *kernel;
	struct wait wait;
};

/* Finds the interfaces and loads the programs, or says what is wrong. */
int session_open(struct session *session, const struct options *options);

/* Attaches; from here on packets are counted and time runs. every_ns: how often session.wait says sweep. */
int session_start(struct session *session, __u64 every_ns);

/* Ends it in any state, and returns the exit status. err: what went wrong; -EPIPE, nobody reads stdout any
 * more, ends by SIGPIPE.
 */
int session_close(struct session *session, int err);

/* The name that an interface of the session has now; "?" for no such. */
const char *session_interface(const struct session *session, unsigned int ifindex);

__u64 monotonic_ns(void);

#endif

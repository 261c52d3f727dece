/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that ploss says on stderr. stdout is data.
 *
 * Functions return 0 or -errno and are silent; the one that knows the name says it, once:
 *
 *	return fail(err, "cannot attach to %s", name);
 */
#ifndef PLOSS_LOG_H
#define PLOSS_LOG_H

enum log_level {
	LOG_QUIET = -1, /* failures only */
	LOG_NORMAL,     /* and warnings, and what is being watched */
	LOG_VERBOSE,    /* and what libbpf and libxdp say */
	LOG_DEBUG,      /* and their debug messages */
};

/* Also takes over the messages of libbpf and libxdp. */
void log_set(enum log_level level);

/* "ploss: <what>: <strerror(-err)>". Returns err. */
int fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same where err says nothing that format does not: "ploss: <what>". Returns err. */
int refuse(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* After either: what to do about it. */
void advise(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "ploss: <what>", unless quiet. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

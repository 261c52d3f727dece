/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "session.h"

__u64 monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

int session_open(struct session *session, const struct options *options)
{
	int err;

	*session = (struct session){ .options = options };
	err = wait_open(&session->wait);
	if (err)
		return fail(err, "cannot wait for signals and interfaces");
	err = interfaces_find(&session->interfaces, options->interface, options->interfaces);
	if (!err)
		err = kernel_check_privileges();
	if (!err)
		err = kernel_open(&session->kernel, options, &session->interfaces);
	return err;
}

int session_start(struct session *session, __u64 every_ns)
{
	const struct options *options = session->options;
	int err;

	err = kernel_attach(session->kernel, &session->interfaces, options->hook);
	if (err)
		return err;
	err = wait_start(&session->wait, options->interval_ns, every_ns);
	return err ? fail(err, "cannot set a timer") : 0;
}

/* As any filter whose reader has left: by the signal, so that the shell says 141. */
static void end_by_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int session_close(struct session *session, int err)
{
	kernel_close(session->kernel);
	wait_close(&session->wait);
	session->kernel = NULL;
	if (err == -EPIPE)
		end_by_sigpipe();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

const char *session_interface(const struct session *session, unsigned int ifindex)
{
	for (unsigned int i = 0; i < session->interfaces.count; i++) {
		if (session->interfaces.entry[i].index == ifindex)
			return session->interfaces.entry[i].name;
	}
	return "?";
}

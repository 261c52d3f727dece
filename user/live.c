/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "kernel.h"
#include "links.h"
#include "live.h"
#include "log.h"
#include "summary.h"
#include "wait.h"

#define SWEEP_NS 2000000000ULL

struct session {
	const struct options *options;
	struct interfaces interfaces;
	bool closed[MAX_INTERFACES]; /* gone, and its last interval is printed */
	struct kernel *kernel;
	struct summary summary;
	struct wait wait;
	__u64 started_ns, interval_began_ns;
	__u64 printed; /* intervals */
	bool ending;   /* the interval that ends now is the last */
};

static __u64 monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Adds the interval's lines of one interface. */
static int read_interface(struct session *session, unsigned int i, __u32 interval,
			  __u64 interval_ns)
{
	bool last = session->ending || session->interfaces.entry[i].gone;
	struct reading reading;
	int err;

	err = kernel_read(session->kernel, i + 1, interval, &reading);
	if (err)
		return fail(err, "cannot read the counters of %s",
			    session->interfaces.entry[i].name);
	summary_take(&session->summary, i, &reading, interval_ns, last);
	session->closed[i] = last;
	return 0;
}

static int end_interval(struct session *session)
{
	__u32 interval = kernel_next_interval(session->kernel);
	__u64 now = monotonic_ns();
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &session->summary.time);
	for (unsigned int i = 0; !err && i < session->interfaces.count; i++) {
		if (!session->closed[i])
			err = read_interface(session, i, interval,
					     now - session->interval_began_ns);
	}
	if (err)
		return err;
	session->interval_began_ns = now;
	session->printed++;
	return summary_print(&session->summary);
}

/* Whether what happened makes this interval the last. */
static bool is_last(const struct session *session, const struct woken *woken)
{
	__u64 count = session->options->count;

	return woken->signal || !interfaces_left(&session->interfaces) ||
	       (woken->interval && count && session->printed + 1 == count);
}

static int watch(struct session *session)
{
	struct woken woken;
	int err = 0;

	while (!err && !session->ending) {
		err = wait_next(&session->wait, &woken);
		if (err)
			return fail(err, "cannot wait");
		if (woken.links)
			links_follow(session->wait.links, &session->interfaces);
		session->ending = is_last(session, &woken);
		if (session->ending || woken.interval)
			err = end_interval(session);
		if (woken.sweep)
			kernel_sweep(session->kernel, session->options->idle_ns);
	}
	if (!err)
		err = summary_total(&session->summary,
				    session->interval_began_ns - session->started_ns);
	if (!err && !interfaces_left(&session->interfaces))
		err = refuse(-ENODEV, "no interface is left to watch");
	return err;
}

static int run(struct session *session)
{
	const struct options *options = session->options;
	int err;

	err = wait_open(&session->wait);
	if (err)
		return fail(err, "cannot wait for signals and interfaces");
	err = interfaces_find(&session->interfaces, options->interface, options->interfaces);
	if (!err)
		err = kernel_check_privileges();
	if (!err)
		err = kernel_open(&session->kernel, options, &session->interfaces);
	if (err)
		return err;
	summary_init(&session->summary, options);
	for (unsigned int i = 0; i < session->interfaces.count; i++)
		summary_watch(&session->summary, session->interfaces.entry[i].name);
	err = kernel_attach(session->kernel, &session->interfaces, options->hook);
	if (err)
		return err;
	session->started_ns = session->interval_began_ns = monotonic_ns();
	err = wait_start(&session->wait, options->interval_ns, SWEEP_NS);
	if (err)
		return fail(err, "cannot set a timer");
	return watch(session);
}

/* As any filter whose reader has left: by the signal, so that the shell says 141. */
static void end_by_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int live_run(const struct options *options)
{
	struct session *session = calloc(1, sizeof(*session));
	int err;

	if (!session) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	session->options = options;
	err = run(session);
	kernel_close(session->kernel);
	wait_close(&session->wait);
	free(session);
	if (err == -EPIPE)
		end_by_sigpipe();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

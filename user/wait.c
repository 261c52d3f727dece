/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "compiler.h"
#include "links.h"
#include "wait.h"

#define SECOND_NS 1000000000ULL

bool hangups_are_ignored(void)
{
	struct sigaction action;

	return !sigaction(SIGHUP, NULL, &action) && action.sa_handler == SIG_IGN;
}

int wait_open(struct wait *wait)
{
	sigset_t set;

	*wait = WAIT_NONE;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (!hangups_are_ignored())
		sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	wait->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (wait->signals < 0)
		return -errno;
	wait->links = links_watch();
	return wait->links < 0 ? wait->links : 0;
}

static int timer_every(__u64 ns)
{
	struct itimerspec every = {};
	int fd, err;

	every.it_interval.tv_sec = (time_t)(ns / SECOND_NS);
	every.it_interval.tv_nsec = (long)(ns % SECOND_NS);
	every.it_value = every.it_interval;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (timerfd_settime(fd, 0, &every, NULL)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int wait_every(struct wait *wait, __u64 interval_ns)
{
	int fd = timer_every(interval_ns);

	if (fd < 0)
		return fd;
	if (wait->interval >= 0)
		close(wait->interval);
	wait->interval = fd;
	return 0;
}

int wait_start(struct wait *wait, __u64 interval_ns, __u64 sweep_ns)
{
	int err = interval_ns ? wait_every(wait, interval_ns) : 0;

	if (err)
		return err;
	wait->sweep = timer_every(sweep_ns);
	return wait->sweep < 0 ? wait->sweep : 0;
}

/* Missed expirations are one. */
static bool expired(int fd)
{
	__u64 times;

	return read(fd, &times, sizeof(times)) == sizeof(times);
}

int wait_next(struct wait *wait, struct woken *woken)
{
	struct pollfd fd[] = {
		{ .fd = wait->signals, .events = POLLIN },  { .fd = wait->links, .events = POLLIN },
		{ .fd = wait->interval, .events = POLLIN }, { .fd = wait->sweep, .events = POLLIN },
		{ .fd = wait->events, .events = POLLIN },
	};

	if (poll(fd, ARRAY_SIZE(fd), -1) < 0 && errno != EINTR)
		return -errno;
	*woken = (struct woken){
		.signal = fd[0].revents,
		.links = fd[1].revents,
		.interval = fd[2].revents && expired(wait->interval),
		.sweep = fd[3].revents && expired(wait->sweep),
		.events = fd[4].revents,
	};
	return 0;
}

void wait_close(struct wait *wait)
{
	const int fds[] = { wait->signals, wait->links, wait->interval, wait->sweep };

	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	*wait = WAIT_NONE;
}

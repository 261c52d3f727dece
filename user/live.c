/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>

#include "kernelview.h"
#include "live.h"
#include "log.h"
#include "session.h"
#include "summary.h"

#define SWEEP_NS 2000000000ULL

struct watch {
	struct session session;
	bool closed[MAX_INTERFACES]; /* gone, and its last interval is printed */
	struct summary summary;
	struct kernelview kernelview;
	__u64 started_ns, interval_began_ns;
	__u64 printed; /* intervals */
	bool ending;   /* the interval that ends now is the last */
};

/* Adds the interval's lines of one interface. */
static int read_interface(struct watch *watch, unsigned int i, __u32 interval, __u64 interval_ns)
{
	bool last = watch->ending || watch->session.interfaces.entry[i].gone;
	struct reading reading;
	int err;

	err = kernel_read(watch->session.kernel, i + 1, interval, &reading);
	if (err)
		return fail(err, "cannot read the counters of %s",
			    watch->session.interfaces.entry[i].name);
	summary_take(&watch->summary, i, &reading, interval_ns, last);
	watch->closed[i] = last;
	return 0;
}

static int end_interval(struct watch *watch)
{
	__u32 interval = kernel_next_interval(watch->session.kernel);
	__u64 now = monotonic_ns();
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &watch->summary.time);
	for (unsigned int i = 0; !err && i < watch->session.interfaces.count; i++) {
		if (!watch->closed[i])
			err = read_interface(watch, i, interval, now - watch->interval_began_ns);
	}
	if (err)
		return err;
	watch->interval_began_ns = now;
	watch->printed++;
	return summary_print(&watch->summary);
}

/* Whether what happened makes this interval the last. */
static bool is_last(const struct watch *watch, const struct woken *woken)
{
	__u64 count = watch->session.options->count;

	return woken->signal || !interfaces_left(&watch->session.interfaces) ||
	       (woken->interval && count && watch->printed + 1 == count);
}

static int go_on(struct watch *watch)
{
	struct woken woken;
	int err = 0;

	while (!err && !watch->ending) {
		err = wait_next(&watch->session.wait, &woken);
		if (err)
			return fail(err, "cannot wait");
		if (woken.links)
			links_follow(watch->session.wait.links, &watch->session.interfaces);
		watch->ending = is_last(watch, &woken);
		if (watch->ending || woken.interval)
			err = end_interval(watch);
		if (woken.sweep)
			kernel_sweep(watch->session.kernel);
	}
	if (!err)
		err = summary_total(&watch->summary, watch->interval_began_ns - watch->started_ns);
	if (!err)
		err = kernelview_end(&watch->kernelview, &watch->session);
	if (!err && !interfaces_left(&watch->session.interfaces))
		err = refuse(-ENODEV, "cannot go on: no interface is left to watch");
	return err;
}

static int run(struct watch *watch, const struct options *options)
{
	struct session *session = &watch->session;
	int err;

	err = session_open(session, options);
	if (err)
		return err;
	summary_init(&watch->summary, options);
	for (unsigned int i = 0; i < session->interfaces.count; i++)
		summary_watch(&watch->summary, session->interfaces.entry[i].name);
	kernelview_open(&watch->kernelview, options);
	err = session_start(session, SWEEP_NS);
	watch->started_ns = watch->interval_began_ns = monotonic_ns();
	if (err)
		return err;
	kernelview_begin(&watch->kernelview, session);
	return go_on(watch);
}

int live_run(const struct options *options)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int err, status;

	if (!watch) {
		fail(-ENOMEM, "cannot start");
		return EXIT_FAILURE;
	}
	err = run(watch, options);
	kernelview_close(&watch->kernelview);
	status = session_close(&watch->session, err);
	free(watch);
	return status;
}

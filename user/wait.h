/* SPDX-License-Identifier: GPL-2.0-only */
/* What the main loop waits for. */
#ifndef PLOSS_WAIT_H
#define PLOSS_WAIT_H

#include <stdbool.h>
#include <linux/types.h>

/* Descriptors, -1 where not open. */
struct wait {
	int signals, links, interval, sweep;
	int events; /* somebody else's: not closed here */
};

#define WAIT_NONE \
	(struct wait) \
	{ \
		-1, -1, -1, -1, -1 \
	}

/* What is there; more than one may be. */
struct woken {
	bool signal;   /* one that asks to end */
	bool links;    /* something happened to an interface */
	bool interval; /* at least one interval has passed */
	bool sweep;
	bool events;
};

/* As by nohup. SIGINT ends ploss all the same: shells have what they start in the background ignore it. */
bool hangups_are_ignored(void);

/* From here on signals wait to be asked for, and interfaces are listened for. -errno. */
int wait_open(struct wait *wait);

/* Time runs from now. interval_ns 0: there are no intervals. */
int wait_start(struct wait *wait, __u64 interval_ns, __u64 sweep_ns);

/* Intervals from now on. */
int wait_every(struct wait *wait, __u64 interval_ns);

int wait_next(struct wait *wait, struct woken *woken);
void wait_close(struct wait *wait);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* --kernel: what the host's own TCP counted in the same time, beside what passed the interfaces. */
#ifndef PLOSS_KERNELVIEW_H
#define PLOSS_KERNELVIEW_H

#include "netstat.h"
#include "options.h"
#include "session.h"
#include "tracepoints.h"

struct kernelview {
	bool wanted;
	struct netstat began;
	__u64 left;                      /* before that */
	struct tracepoints *tracepoints; /* NULL: the kernel has none to use */
};

/* Where it is asked for, makes ready what takes a while; says what the kernel lacks, and goes on without. */
void kernelview_open(struct kernelview *view, const struct options *options);

/* Begins the comparison. The session counts already. */
void kernelview_begin(struct kernelview *view, const struct session *session);

/* Ends it and prints: the difference between what the host resent and what left resent, and where it comes
 * from. -errno.
 */
int kernelview_end(const struct kernelview *view, const struct session *session);

/* In any state. */
void kernelview_close(struct kernelview *view);

/* What is compared. */
struct comparison {
	struct netstat counted;
	__u64 left; /* segments, resent, through the watched interfaces */
	const struct interfaces *watched;
	const struct traced *traced; /* NULL: none */
};

#define KERNELVIEW_TEXT 1024

/* Sentences of it. Pure. */
void kernelview_text(char text[KERNELVIEW_TEXT], const struct comparison *c);

#endif

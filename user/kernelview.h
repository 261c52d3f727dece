/* SPDX-License-Identifier: GPL-2.0-only */
/* --kernel: what the host's own TCP counted in the same time, beside what passed the interfaces. */
#ifndef PLOSS_KERNELVIEW_H
#define PLOSS_KERNELVIEW_H

#include <time.h>

#include "netstat.h"
#include "options.h"
#include "session.h"

struct kernelview {
	bool wanted;
	struct netstat began;
};

/* Begins the comparison, where it is asked for; says so where the host counts nothing. */
void kernelview_begin(struct kernelview *view, const struct options *options);

/* Ends it and prints: the difference between what the host resent and what left resent, and where it may
 * come from. -errno.
 */
int kernelview_end(const struct kernelview *view, const struct session *session);

/* A sentence of it. Pure. */
#define KERNELVIEW_TEXT 512
void kernelview_text(char text[KERNELVIEW_TEXT], const struct netstat *counted, __u64 left);

#endif

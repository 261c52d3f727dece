/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss read --plot: pictures of the connections that deserve one. They are chosen while the captures are read,
 * and drawn from a second reading, in which nothing but them is followed.
 */
#ifndef PLOSS_GALLERY_H
#define PLOSS_GALLERY_H

#include "options.h"
#include "plot.h"
#include "spool.h"

#define PICTURES 10 /* in a folder, where -n does not say otherwise */

struct gallery {
	const struct options *options;
	struct spool spool;
	struct plot *plot; /* the worst first */
	size_t count, room;
};

/* Before the captures are read, who copies to gallery->spool.copy. -errno, which is said. */
int gallery_open(struct gallery *gallery, const struct options *options);

/* A connection that is over, or at the end of the captures. interface stays the caller's. */
void gallery_consider(struct gallery *gallery, const struct connection *c, const char *interface);

/* Reads so many packets again, and writes the files. -errno, which is said. */
int gallery_draw(struct gallery *gallery, __u64 packets);

/* Also where it was never opened. */
void gallery_close(struct gallery *gallery);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss read --plot: pictures of the connections that deserve one. They are chosen while the captures are read,
 * and drawn from a second reading, in which nothing but them is followed.
 */
#ifndef PLOSS_GALLERY_H
#define PLOSS_GALLERY_H

#include "options.h"
#include "plot.h"

#define PICTURES 10 /* in a folder, where -n does not say otherwise */

struct gallery {
	const struct options *options;
	struct plot *plot; /* the worst first */
	size_t count, room;
};

/* -errno, which is said. */
int gallery_open(struct gallery *gallery, const struct options *options);

/* A connection that is over, or at the end of the captures. interface stays the caller's. */
void gallery_consider(struct gallery *gallery, const struct connection *c, const char *interface);

/* Reads again, and writes the files. -errno, which is said. */
int gallery_draw(struct gallery *gallery);

void gallery_close(struct gallery *gallery);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The interfaces of this network namespace. */
#ifndef PLOSS_LINKS_H
#define PLOSS_LINKS_H

#include <net/if.h>

#include "ploss.h"

/* One that is watched. */
struct interface {
	unsigned int index;
	char name[IF_NAMESIZE];
	enum link_type link;
	int gone; /* removed, or moved to another namespace */
};

/* In the order of the slots: entry i counts in slot i + 1. */
struct interfaces {
	struct interface entry[MAX_INTERFACES];
	unsigned int count;
};

/* Those named; or, with count 0, those of the default routes (main table, both families). Says
 * what is wrong and returns -errno.
 */
int interfaces_find(struct interfaces *interfaces, const char *const *name, unsigned int count);

/* Called with each interface's index, name, and the id of its XDP program, 0 for none. */
typedef int (*link_fn)(unsigned int index, const char *name, __u32 xdp_id, void *argument);
int links_each(link_fn fn, void *argument);

/* A descriptor that is readable when an interface appears, changes or goes; or -errno. */
int links_watch(void);

/* Takes note of what happened: marks what is gone, follows renames, and says so. */
void links_follow(int fd, struct interfaces *interfaces);

unsigned int interfaces_left(const struct interfaces *interfaces);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Every connection in the kernel's tables. */
#ifndef PLOSS_DUMP_H
#define PLOSS_DUMP_H

#include "flowrow.h"

/* Called with each; it may keep nothing of the entry. Other than 0 ends the dump. */
typedef int (*entry_fn)(const struct entry *entry, void *argument);

/* The tables' descriptors. */
struct tables {
	int flows4, flows6, troubles, embryos;
};

/* Connections that come or go meanwhile may be missed. 0, -errno, or what fn returned. */
int dump_entries(const struct tables *tables, entry_fn fn, void *argument);

/* An entry of flows4 or flows6, by the size of its key. *trouble is where the entry's may be. */
void dump_entry(const struct tables *tables, struct entry *entry, struct trouble *trouble,
		const void *key, size_t key_size, const struct flow *flow);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash table of entries that begin with their key: a key is bytes without padding. */
#ifndef PLOSS_KEYED_H
#define PLOSS_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct keyed {
	char *slots; /* of each: its hash, 0 where it is free, and the entry */
	size_t key_size, entry_size, slot_size;
	__u32 count, mask;
	__u32 seed; /* who sends packets does not know where their entries go */
};

/* No memory is taken yet. */
void keyed_init(struct keyed *table, size_t key_size, size_t entry_size);
void keyed_free(struct keyed *table);

/* The entry, until the next one is added; or NULL. */
void *keyed_find(const struct keyed *table, const void *key);

/* The same; where there is none, one that is 0 behind its key. NULL: no memory. */
void *keyed_add(struct keyed *table, const void *key);

/* The entries one after the other, from *at = 0 on; NULL after the last. Adding disturbs the order. */
void *keyed_next(const struct keyed *table, __u32 *at);

/* Drops all but those that keep() wants. Without memory nothing is dropped. */
void keyed_filter(struct keyed *table, bool (*keep)(void *entry, void *argument), void *argument);

#endif

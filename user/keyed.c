/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "keyed.h"

#define FIRST_SLOTS 64
#define ENTRY_AT sizeof(__u64) /* in a slot; before it stands the hash */

static __u32 hash_of(const struct keyed *table, const void *key)
{
	const unsigned char *byte = key;
	__u64 hash = table->seed;
	__u32 word;

	for (size_t i = 0; i < table->key_size; i += sizeof(word)) {
		size_t left = table->key_size - i;

		word = 0;
		memcpy(&word, byte + i, left < sizeof(word) ? left : sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	hash ^= hash >> 32;
	return (__u32)hash ? (__u32)hash : 1;
}

static char *slot_at(const struct keyed *table, __u32 i)
{
	return table->slots + (i & table->mask) * table->slot_size;
}

static __u32 slot_hash(const char *slot)
{
	return *(const __u32 *)slot;
}

/* The slot of the key, or the free one where it belongs. */
static char *slot_of(const struct keyed *table, const void *key, __u32 hash)
{
	for (__u32 i = hash;; i++) {
		char *slot = slot_at(table, i);

		if (!slot_hash(slot) ||
		    (slot_hash(slot) == hash && !memcmp(slot + ENTRY_AT, key, table->key_size)))
			return slot;
	}
}

void keyed_init(struct keyed *table, size_t key_size, size_t entry_size)
{
	*table = (struct keyed){ .key_size = key_size, .entry_size = entry_size };
	table->slot_size = ENTRY_AT + ((entry_size + 7) & ~7UL);
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = 1;
}

void keyed_free(struct keyed *table)
{
	free(table->slots);
	table->slots = NULL;
	table->count = table->mask = 0;
}

/* Moves the entries that keep() wants, or all, to so many slots. */
static bool rebuild(struct keyed *table, __u32 slots, bool (*keep)(void *entry, void *argument),
		    void *argument)
{
	struct keyed old = *table;
	char *fresh = calloc(slots, table->slot_size);
	__u32 at = 0;
	void *entry;

	if (!fresh)
		return false;
	table->slots = fresh;
	table->mask = slots - 1;
	table->count = 0;
	while ((entry = keyed_next(&old, &at))) {
		__u32 hash = slot_hash((char *)entry - ENTRY_AT);

		if (keep && !keep(entry, argument))
			continue;
		memcpy(slot_of(table, entry, hash), (char *)entry - ENTRY_AT, table->slot_size);
		table->count++;
	}
	free(old.slots);
	return true;
}

void *keyed_find(const struct keyed *table, const void *key)
{
	char *slot;

	if (!table->slots)
		return NULL;
	slot = slot_of(table, key, hash_of(table, key));
	return slot_hash(slot) ? slot + ENTRY_AT : NULL;
}

void *keyed_add(struct keyed *table, const void *key)
{
	__u32 hash = hash_of(table, key), slots = table->slots ? table->mask + 1 : 0;
	char *slot;

	if (table->count >= slots / 4 * 3 &&
	    !rebuild(table, slots ? 2 * slots : FIRST_SLOTS, NULL, NULL))
		return NULL;
	slot = slot_of(table, key, hash);
	if (!slot_hash(slot)) {
		*(__u32 *)slot = hash;
		memcpy(slot + ENTRY_AT, key, table->key_size);
		table->count++;
	}
	return slot + ENTRY_AT;
}

void *keyed_next(const struct keyed *table, __u32 *at)
{
	while (table->slots && *at <= table->mask) {
		char *slot = slot_at(table, (*at)++);

		if (slot_hash(slot))
			return slot + ENTRY_AT;
	}
	return NULL;
}

void keyed_filter(struct keyed *table, bool (*keep)(void *entry, void *argument), void *argument)
{
	if (table->slots)
		rebuild(table, table->mask + 1, keep, argument);
}

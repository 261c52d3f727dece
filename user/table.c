/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define FIRST_SLOTS 1024
#define CHUNK 256 /* entries that are allocated at once */

int table_init(struct table *table, __u32 max_flows, __u32 max_embryos)
{
	*table = (struct table){ .max_flows = max_flows, .max_embryos = max_embryos };
	table->slot = calloc(FIRST_SLOTS, sizeof(*table->slot));
	table->mask = FIRST_SLOTS - 1;
	return table->slot ? 0 : -ENOMEM;
}

/* As slots and chains have it: plus 1. */
static struct connection *numbered(const struct table *table, __u32 number)
{
	return &table->chunk[(number - 1) / CHUNK][(number - 1) % CHUNK];
}

struct connection *table_entry(const struct table *table, __u32 i)
{
	struct connection *c = numbered(table, i + 1);

	return c->family ? c : NULL;
}

void table_free(struct table *table)
{
	for (__u32 i = 0; i < table->entries; i++)
		free(numbered(table, i + 1)->trouble);
	for (__u32 i = 0; i < table->chunks; i++)
		free(table->chunk[i]);
	free(table->chunk);
	free(table->slot);
	free(table->spare);
	free(table->touched);
	*table = (struct table){};
}

/* Both halves of a product of 128 bits: each bit of a and b has its say in each of the result. */
static __u64 mixed(__u64 a, __u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (__u64)product ^ (__u64)(product >> 64);
}

/* The 40 bytes as five words. The constants are any odd ones. */
static __u32 hash_of(const struct ends *ends)
{
	__u64 word[5], hash;

	memcpy(word, ends, sizeof(word));
	hash = mixed(word[0] ^ 0xa0761d6478bd642fULL, word[1] ^ 0xe7037ed1a0b428dbULL);
	hash ^= mixed(word[2] ^ 0x8ebc6af09c88c6e3ULL, word[3] ^ 0x589965cc75374cc3ULL);
	return (__u32)mixed(hash ^ word[4], 0x1d8e4e27c47d124fULL);
}

static bool same_ends(const struct ends *a, const struct ends *b)
{
	__u64 x[5], y[5];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]));
}

static __u32 find(const struct table *table, const struct ends *ends, __u32 hash)
{
	__u32 at = hash & table->mask;

	for (; table->slot[at].number; at = (at + 1) & table->mask) {
		if (table->slot[at].hash == hash &&
		    same_ends(&numbered(table, table->slot[at].number)->ends, ends))
			break;
	}
	return at;
}

struct connection *table_find(const struct table *table, const struct ends *ends)
{
	__u32 number = table->slot[find(table, ends, hash_of(ends))].number;

	return number ? numbered(table, number) : NULL;
}

static bool grow_slots(struct table *table)
{
	__u32 old = table->mask + 1, mask = 2 * old - 1;
	struct slot *slot = calloc((size_t)mask + 1, sizeof(*slot));

	if (!slot)
		return false;
	for (__u32 i = 0; i < old; i++) {
		__u32 at = table->slot[i].hash & mask;

		if (!table->slot[i].number)
			continue;
		while (slot[at].number)
			at = (at + 1) & mask;
		slot[at] = table->slot[i];
	}
	free(table->slot);
	table->slot = slot;
	table->mask = mask;
	return true;
}

static bool grow_entries(struct table *table)
{
	struct connection **chunk = realloc(table->chunk,
					    (table->chunks + 1) * sizeof(*table->chunk));

	if (!chunk)
		return false;
	table->chunk = chunk;
	chunk[table->chunks] = calloc(CHUNK, sizeof(**chunk));
	if (!chunk[table->chunks])
		return false;
	table->chunks++;
	return true;
}

/* What there is one of for each entry. */
static bool grow_lists(struct table *table)
{
	__u32 room = 2 * table->chunks * CHUNK;
	__u32 *spare = realloc(table->spare, room * sizeof(*spare)), *touched;

	if (!spare)
		return false;
	table->spare = spare;
	touched = realloc(table->touched, room * sizeof(*touched));
	if (!touched)
		return false;
	table->touched = touched;
	table->list_room = room;
	return true;
}

/* A free entry, or NULL. */
static struct connection *entry_take(struct table *table)
{
	struct connection *c;

	if (table->spares)
		return numbered(table, table->spare[--table->spares] + 1);
	if (table->entries == table->chunks * CHUNK && !grow_entries(table))
		return NULL;
	if (table->list_room < table->chunks * CHUNK && !grow_lists(table))
		return NULL;
	c = numbered(table, ++table->entries);
	c->number = table->entries - 1;
	return c;
}

/* Embryos form a chain from the oldest to the newest. */
static void chain_add(struct table *table, struct connection *c)
{
	c->older = table->newest;
	c->newer = 0;
	if (table->newest)
		numbered(table, table->newest)->newer = c->number + 1;
	else
		table->oldest = c->number + 1;
	table->newest = c->number + 1;
	table->embryos++;
}

static void chain_remove(struct table *table, struct connection *c)
{
	if (c->older)
		numbered(table, c->older)->newer = c->newer;
	else
		table->oldest = c->newer;
	if (c->newer)
		numbered(table, c->newer)->older = c->older;
	else
		table->newest = c->older;
	table->embryos--;
}

struct connection *table_add(struct table *table, const struct ends *ends, __u8 family)
{
	__u32 hash = hash_of(ends), at, number;
	struct connection *c;

	if (table->embryos >= table->max_embryos)
		table_delete(table, numbered(table, table->oldest));
	if ((table->entries - table->spares) * 2 > table->mask && !grow_slots(table))
		return NULL;
	c = entry_take(table);
	if (!c)
		return NULL;
	number = c->number;
	memset(c, 0, sizeof(*c));
	c->number = number;
	c->ends = *ends;
	c->family = family;
	c->embryonic = 1;
	at = find(table, ends, hash);
	table->slot[at] = (struct slot){ hash, number + 1 };
	chain_add(table, c);
	return c;
}

bool table_establish(struct table *table, struct connection *c, struct embryo *was)
{
	__u32 *flows = &table->flows[c->family == 6];

	if (*flows >= table->max_flows)
		return false;
	++*flows;
	chain_remove(table, c);
	*was = c->embryo;
	c->embryonic = 0;
	memset(&c->flow, 0, sizeof(c->flow));
	return true;
}

void table_restart(struct table *table, struct connection *c)
{
	table->flows[c->family == 6]--;
	free(c->trouble);
	c->trouble = NULL;
	c->embryonic = 1;
	c->refused = 0;
	memset(&c->embryo, 0, sizeof(c->embryo));
	memset(c->mss, 0, sizeof(c->mss));
	memset(c->longest, 0, sizeof(c->longest));
	memset(c->full, 0, sizeof(c->full));
	memset(c->vantage, 0, sizeof(c->vantage));
	chain_add(table, c);
}

/* What stood behind a freed slot and was only there because it was taken moves up. */
static void slot_free(struct table *table, __u32 at)
{
	__u32 next = (at + 1) & table->mask;

	for (; table->slot[next].number; next = (next + 1) & table->mask) {
		__u32 home = table->slot[next].hash & table->mask;

		if (((next - home) & table->mask) >= ((next - at) & table->mask)) {
			table->slot[at] = table->slot[next];
			at = next;
		}
	}
	table->slot[at].number = 0;
}

void table_delete(struct table *table, struct connection *c)
{
	slot_free(table, find(table, &c->ends, hash_of(&c->ends)));
	if (c->embryonic)
		chain_remove(table, c);
	else
		table->flows[c->family == 6]--;
	free(c->trouble);
	c->trouble = NULL;
	c->family = 0;
	table->spare[table->spares++] = c->number;
}

struct connection *table_idle(struct table *table, __u32 *steps, __u32 now, __u32 idle)
{
	*steps = min_of(*steps, table->entries);
	while (*steps) {
		struct connection *c = NULL;

		--*steps;
		if (table->next >= table->entries)
			table->next = 0;
		if (now - table->touched[table->next] >= idle)
			c = table_entry(table, table->next);
		table->next++;
		if (c)
			return c;
	}
	return NULL;
}

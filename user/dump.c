/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>

#include "dump.h"

#define BATCH 1024

/* One table's walk. */
struct walk {
	const struct tables *tables;
	entry_fn fn;
	void *argument;
	struct entry entry;
	struct trouble trouble;
};

static void key_from4(struct flow_key6 *key, const struct flow_key4 *key4)
{
	*key = (struct flow_key6){
		.ifindex = key4->ifindex,
		.local = { 0, 0, htonl(0xffff), key4->local },
		.remote = { 0, 0, htonl(0xffff), key4->remote },
		.local_port = key4->local_port,
		.remote_port = key4->remote_port,
	};
}

void dump_entry(const struct tables *tables, struct entry *entry, struct trouble *trouble,
		const void *key, size_t key_size, const struct flow *flow)
{
	entry->family = key_size == sizeof(struct flow_key4) ? 4 : 6;
	if (entry->family == 4)
		key_from4(&entry->key, key);
	else
		memcpy(&entry->key, key, key_size);
	entry->embryonic = false;
	entry->flow = *flow;
	entry->trouble = NULL;
	if (flow->troubled == 1 && !bpf_map_lookup_elem(tables->troubles, &flow->id, trouble))
		entry->trouble = trouble;
}

/* One value of a table. */
typedef void (*value_fn)(struct walk *walk, const void *key, size_t key_size, const void *value);

static void take_flow(struct walk *walk, const void *key, size_t key_size, const void *value)
{
	dump_entry(walk->tables, &walk->entry, &walk->trouble, key, key_size, value);
}

static void take_embryo(struct walk *walk, const void *key, size_t key_size, const void *value)
{
	entry_from_embryo(&walk->entry, &walk->trouble, key, value);
}

static int walk_table(struct walk *walk, int table, size_t key_size, size_t value_size,
		      value_fn take)
{
	char *keys = calloc(BATCH, key_size), *values = calloc(BATCH, value_size);
	__u32 at = 0, next = 0, count;
	int err = keys && values ? 0 : -ENOMEM;
	bool begun = false, more = true;

	while (!err && more) {
		count = BATCH;
		if (bpf_map_lookup_batch(table, begun ? &at : NULL, &next, keys, values, &count,
					 NULL)) {
			more = false;
			err = errno == ENOENT ? 0 : -errno;
		}
		at = next;
		begun = true;
		for (__u32 i = 0; !err && i < count; i++) {
			take(walk, keys + i * key_size, key_size, values + i * value_size);
			err = walk->fn(&walk->entry, walk->argument);
		}
	}
	free(keys);
	free(values);
	return err;
}

int dump_entries(const struct tables *tables, entry_fn fn, void *argument)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int err;

	if (!walk)
		return -ENOMEM;
	*walk = (struct walk){ .tables = tables, .fn = fn, .argument = argument };
	err = walk_table(walk, tables->flows4, sizeof(struct flow_key4), sizeof(struct flow),
			 take_flow);
	if (!err)
		err = walk_table(walk, tables->flows6, sizeof(struct flow_key6),
				 sizeof(struct flow), take_flow);
	if (!err)
		err = walk_table(walk, tables->embryos, sizeof(struct flow_key6),
				 sizeof(struct embryo), take_embryo);
	free(walk);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of a kernel, filled by hand and dumped: a million connections, troubled ones, embryos, IPv6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "dump.h"
#include "past.h"
#include "worst.h"

#define MANY 1000000
#define BATCH 10000
#define TROUBLED_EACH 100 /* every so many-th */

static struct tables tables;

static int table_create(enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 max)
{
	LIBBPF_OPTS(bpf_map_create_opts, options,
		    .map_flags = type == BPF_MAP_TYPE_HASH ? BPF_F_NO_PREALLOC : 0);
	int fd = bpf_map_create(type, name, key, value, max, &options);

	assert_true(fd >= 0);
	return fd;
}

static int create_tables(void **state)
{
	tables = (struct tables){
		.flows4 = table_create(BPF_MAP_TYPE_HASH, "flows4", sizeof(struct flow_key4),
				       sizeof(struct flow), MANY),
		.flows6 = table_create(BPF_MAP_TYPE_HASH, "flows6", sizeof(struct flow_key6),
				       sizeof(struct flow), 1000),
		.troubles = table_create(BPF_MAP_TYPE_HASH, "troubles", sizeof(__u64),
					 sizeof(struct trouble), MANY / TROUBLED_EACH),
		.embryos = table_create(BPF_MAP_TYPE_LRU_HASH, "embryos", sizeof(struct flow_key6),
					sizeof(struct embryo), 1000),
	};
	return 0;
}

static int close_tables(void **state)
{
	close(tables.flows4);
	close(tables.flows6);
	close(tables.troubles);
	close(tables.embryos);
	return 0;
}

static void add_trouble(__u64 id, __u64 seen)
{
	static struct trouble trouble;

	trouble.side[OUT].own.retransmitted_seen_segments = seen;
	assert_int_equal(bpf_map_update_elem(tables.troubles, &id, &trouble, BPF_ANY), 0);
}

static void add_flows4(__u32 first, __u32 count)
{
	struct flow_key4 *keys = calloc(count, sizeof(*keys));
	struct flow *flows = calloc(count, sizeof(*flows));

	for (__u32 i = 0; i < count; i++) {
		__u32 n = first + i;

		keys[i] = (struct flow_key4){ 1, htonl(0x0a000001), htonl(n), htons(1), htons(2) };
		flows[i].id = n + 1;
		flows[i].half[OUT].packets = flows[i].half[OUT].data_segments = 3;
		flows[i].troubled = n % TROUBLED_EACH == 0;
		if (flows[i].troubled)
			add_trouble(flows[i].id, n / TROUBLED_EACH);
	}
	assert_int_equal(bpf_map_update_batch(tables.flows4, keys, flows, &count, NULL), 0);
	free(keys);
	free(flows);
}

struct met {
	__u64 entries, troubled, embryonic, ipv6, packets;
	struct worst worst;
};

static int meet(const struct entry *entry, void *argument)
{
	struct met *met = argument;
	struct row rows[DIRECTIONS];
	struct flow_line line = { .key = entry->key, .family = entry->family };

	met->entries++;
	met->troubled += entry->trouble != NULL;
	met->embryonic += entry->embryonic;
	met->ipv6 += entry->family == 6;
	entry_rows(entry, rows);
	line.row = rows[OUT];
	met->packets += rows[OUT].packets;
	return worst_add(&met->worst, &line);
}

static void a_million_connections_are_met_once_and_the_worst_are_found(void **state)
{
	struct met met = {};

	for (__u32 n = 0; n < MANY; n += BATCH)
		add_flows4(n, BATCH);
	worst_init(&met.worst, 3, NULL);
	assert_int_equal(dump_entries(&tables, meet, &met), 0);
	assert_int_equal(met.entries, MANY);
	assert_int_equal(met.troubled, MANY / TROUBLED_EACH);
	assert_int_equal(met.packets, 3 * MANY);
	worst_sort(&met.worst);
	for (__u32 i = 0; i < 3; i++) {
		assert_int_equal(met.worst.line[i].row.lost_after_segments,
				 MANY / TROUBLED_EACH - 1 - i);
		assert_int_equal(ntohl(met.worst.line[i].key.remote[3]),
				 MANY - TROUBLED_EACH * (i + 1));
	}
	worst_free(&met.worst);
}

static void embryos_and_ipv6_are_met_too(void **state)
{
	struct flow_key6 key = { .ifindex = 1, .local = { htonl(0xfd770000) } };
	struct embryo embryo = { .opener = OUT, .counts[OUT].seen = 2 };
	struct flow flow = { .id = 7 };
	struct met met = {};

	worst_init(&met.worst, 1, NULL);
	bpf_map_update_elem(tables.flows6, &key, &flow, BPF_ANY);
	key.local[0] = 0;
	key.local[2] = key.remote[2] = htonl(0xffff);
	embryo.half[OUT].packets = 3;
	bpf_map_update_elem(tables.embryos, &key, &embryo, BPF_ANY);
	assert_int_equal(dump_entries(&tables, meet, &met), 0);
	assert_int_equal(met.entries, 2);
	assert_int_equal(met.ipv6, 1);
	assert_int_equal(met.embryonic, 1);
	assert_int_equal(met.worst.line[0].row.syn_retransmitted_segments, 2);
	assert_int_equal(met.worst.line[0].family, 4);
	worst_free(&met.worst);
}

static int stop(const struct entry *entry, void *argument)
{
	return ++*(int *)argument == 5 ? -7 : 0;
}

static void who_asked_can_end_it(void **state)
{
	int met = 0;

	add_flows4(0, 100);
	assert_int_equal(dump_entries(&tables, stop, &met), -7);
	assert_int_equal(met, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_million_connections_are_met_once_and_the_worst_are_found, create_tables,
			close_tables),
		cmocka_unit_test_setup_teardown(embryos_and_ipv6_are_met_too, create_tables,
						close_tables),
		cmocka_unit_test_setup_teardown(who_asked_can_end_it, create_tables, close_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What outlives a packet, and what user space sets and reads. */
#ifndef PLOSS_MAPS_H
#define PLOSS_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "ploss.h"
#include "work.h"

const volatile struct config config;
struct live live;

/* Allocated as they are needed: an idle ploss costs 16 bytes for each flow it might hold. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct flow_key4);
	__type(value, struct flow);
} flows4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct flow_key6);
	__type(value, struct flow);
} flows6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct trouble);
} troubles SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct flow_key6);
	__type(value, struct embryo);
} embryos SEC(".maps");

/* One CPU's of one interface: what it counted, and room for the packet it has in hand. No two packets are in
 * hand at once on a CPU: bottom halves are off in all three hooks.
 */
struct slot {
	struct totals totals;
	__u64 tick, tick_ns; /* see coarse_ns() */
	__u32 refusal;       /* enum refusal of the packet in hand */
	struct work work;
	struct sacks sacks; /* of the packet in hand */
	struct flow_key4 key4;
	struct flow_key6 key6;
	struct flow_key6 embryo_key;
	struct flow flow;
	struct embryo embryo;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_INTERFACES + 1);
	__type(key, __u32);
	__type(value, struct slot);
} totals SEC(".maps");

/* All zero, the first value of a trouble entry. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct trouble);
} no_trouble SEC(".maps");

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracker's caller on the host: what bpf/ploss.bpf.c does with maps, for one connection and
 * without.
 */
#ifndef PLOSS_TAP_H
#define PLOSS_TAP_H

#include "embryo.h"
#include "glance.h"
#include "track.h"

struct tap {
	struct flow flow;
	struct trouble trouble;
	struct embryo embryo;
	struct totals totals;
	struct work work;
	__u8 has_flow, has_embryo;
	__u32 connections; /* begun, one after the other */
	__u32 strays;      /* SYNs that belong to none */
	__u8 no_trouble;   /* the troubled tier has no room */
	__u8 glances;      /* frames take the kernel's fast path where they can */
};

/* One packet, and its options if it has PKT_OPTIONS: parsed. All of t is 0 before the first. */
void tap_packet(struct tap *t, const struct pkt *p, const struct opts *o);

/* The same from bytes. Returns why it was refused, and counts that. */
enum refusal tap_frame(struct tap *t, const void *data, __u32 length, enum link_type link,
		       const struct pkt *caller);

/* The flow's row of direction d, from its two tiers, as `ploss flows` has it; ipid_packets is not
 * kept.
 */
void tap_flow_row(const struct tap *t, enum direction d, struct counters *row);

#endif

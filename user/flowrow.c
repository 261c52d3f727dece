/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <string.h>

#include "embryo.h"
#include "flowrow.h"
#include "sack_run.h"

void entry_from_embryo(struct entry *entry, struct trouble *trouble, const struct flow_key6 *key,
		       const struct embryo *embryo)
{
	static const __be32 mapped[2] = {};

	*entry = (struct entry){ .key = *key, .embryonic = true };
	entry->family = !memcmp(key->local, mapped, sizeof(mapped)) &&
					key->local[2] == htonl(0xffff) ?
				4 :
				6;
	flow_begin(&entry->flow, embryo, NULL, 0);
	entry->flow.state = FLOW_HANDSHAKE;
	if (!embryo_is_troubled(embryo))
		return;
	memset(trouble, 0, sizeof(*trouble));
	trouble_begin(trouble, embryo);
	entry->trouble = trouble;
}

/* Segments, where the IDs tell what is missing. */
static __u64 ipid_packets(const struct half *half)
{
	return half->id_mode == ID_SEQ ? half->segments : 0;
}

void entry_counts(const struct entry *entry, enum direction d, struct counters *counted,
		  struct gauges *gauges)
{
	const struct half *half = &entry->flow.half[d], *other = &entry->flow.half[!d];
	const struct trouble *trouble = entry->trouble;

	*counted = (struct counters){};
	*gauges = (struct gauges){};
#define X(type, name) counted->name = half->name;
	COUNTERS_BASE(X)
	COUNTERS_FEW(X)
#undef X
	counted->ipid_packets = ipid_packets(half);
	if (trouble) {
#define X(name) counted->name = trouble->side[d].own.name;
		COUNTERS_OWN(X)
#undef X
#define X(name) counted->name = trouble->side[!d].about.name;
		COUNTERS_ABOUT(X)
#undef X
		*gauges = trouble->side[d].gauges;
	}
	sack_run_count(&entry->flow, d, counted);
	counted->rtt_samples = other->rtt_samples;
	counted->rtt_sum_ns = other->rtt_sum_ns;
	gauges->rtt_min_ns = other->rtt_min_ns;
	gauges->rtt_max_ns = max_of(other->rtt_max_us * 1000ULL, gauges->rtt_min_ns);
}

const char *state_name(enum flow_state state, enum direction opener, unsigned int fins)
{
	switch (state) {
	case FLOW_HANDSHAKE:
		return opener == OUT ? "SYN_SENT" : "SYN_RECV";
	case FLOW_CLOSING:
		return fins == 1U << OUT ? "FIN_WAIT" : fins == 1U << IN ? "CLOSE_WAIT" : "CLOSING";
	case FLOW_CLOSED:
		return "CLOSED";
	default:
		return "ESTABLISHED";
	}
}

bool entry_holes_merged(const struct entry *entry, enum direction d)
{
	return entry->trouble && entry->trouble->side[d].flags & SIDE_COARSE;
}

const char *entry_state(const struct entry *entry)
{
	const struct flow *flow = &entry->flow;
	unsigned int fins = 0;

	for (enum direction d = IN; d < DIRECTIONS; d++)
		fins |= (flow->half[d].flags & HALF_FIN ? 1U : 0) << d;
	return state_name(flow->state, flow->opener, fins);
}

__u16 entry_service(const struct entry *entry)
{
	__u16 local = ntohs(entry->key.local_port), remote = ntohs(entry->key.remote_port);
	const struct flow *flow = &entry->flow;

	if ((flow->half[IN].flags | flow->half[OUT].flags) & HALF_SYN)
		return flow->opener == OUT ? remote : local;
	return min_of(local, remote);
}

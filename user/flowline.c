/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "flowline.h"

bool row_is_empty(const struct row *row)
{
	for (unsigned int i = 0; i < column_count; i++) {
		if (columns[i].source != GAUGE && column_value(&columns[i], row))
			return false;
	}
	return true;
}

static __u64 mean_of(__u64 mean, __u64 weight, __u64 other_mean, __u64 other_weight)
{
	double sum = (double)mean * (double)weight + (double)other_mean * (double)other_weight;

	return weight + other_weight ? (__u64)(sum / (double)(weight + other_weight)) : 0;
}

static void gauges_of(struct gauges *gauges, const struct row *row)
{
#define GAUGE_COUNTED(name)
#define GAUGE_LEG(name)
#define GAUGE_GAUGE(name) gauges->name = row->name;
#define GAUGE_DERIVED(name)
#define X(source, name) GAUGE_##source(name)
	COLUMNS(X)
#undef X
}

void row_add(struct row *row, const struct row *other)
{
	__u64 mean = mean_of(row->rtt_mean_ns, row->rtt_samples, other->rtt_mean_ns,
			     other->rtt_samples);
	struct gauges gauges, others;

	gauges_of(&gauges, row);
	gauges_of(&others, other);
	gauges_merge(&gauges, &others);
#define ADD_COUNTED(name) row->name += other->name;
#define ADD_LEG(name) row->name += other->name;
#define ADD_GAUGE(name) row->name = gauges.name;
#define ADD_DERIVED(name)
#define X(source, name) ADD_##source(name)
	COLUMNS(X)
#undef X
	row->retransmitted_segments += other->retransmitted_segments;
	row->rtt_mean_ns = mean;
}

static int compare(__u64 a, __u64 b)
{
	return a == b ? 0 : a < b ? -1 : 1;
}

int flow_line_compare(const struct flow_line *a, const struct flow_line *b,
		      const struct column *column)
{
	const struct row *x = &a->row, *y = &b->row;
	int worse;

	if (column)
		worse = compare(column_value(column, x), column_value(column, y));
	else
		worse = compare(x->lost_before_segments + x->lost_after_segments,
				y->lost_before_segments + y->lost_after_segments);
	if (!worse)
		worse = compare(x->retransmitted_segments, y->retransmitted_segments);
	if (!worse)
		worse = compare(x->data_bytes, y->data_bytes);
	if (!worse)
		worse = compare(x->packets, y->packets);
	if (!worse)
		worse = memcmp(&b->key, &a->key, sizeof(a->key));
	if (!worse)
		worse = compare(b->process.pid + b->port, a->process.pid + a->port);
	return worse ? worse : compare(b->direction, a->direction);
}

void address_text(char text[ADDRESS_TEXT], __u8 family, const __be32 mapped[4])
{
	if (family == 4)
		inet_ntop(AF_INET, &mapped[3], text, ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, mapped, text, ADDRESS_TEXT);
}

void endpoint_text(char text[ENDPOINT_TEXT], __u8 family, const __be32 mapped[4], __be16 port)
{
	char address[ADDRESS_TEXT];

	address_text(address, family, mapped);
	snprintf(text, ENDPOINT_TEXT, family == 4 ? "%s:%u" : "[%s]:%u", address, ntohs(port));
}

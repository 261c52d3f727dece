/* SPDX-License-Identifier: GPL-2.0-only */
#include <assert.h>
#include <string.h>

#include "frame.h"

/* Bytes are written at the end; the headers' lengths and checksums follow from where that is. */
static __u8 *put(struct frame *f, const void *bytes, __u32 n)
{
	__u8 *at = f->data + f->length;

	assert(f->length + n <= sizeof(f->data));
	if (bytes)
		memcpy(at, bytes, n);
	else
		memset(at, 0, n);
	f->length += n;
	return at;
}

static void put8(struct frame *f, __u8 value)
{
	put(f, &value, sizeof(value));
}

static void put16(struct frame *f, __u16 value)
{
	value = bpf_htons(value);
	put(f, &value, sizeof(value));
}

static void put32(struct frame *f, __u32 value)
{
	value = bpf_htonl(value);
	put(f, &value, sizeof(value));
}

static void set16(__u8 *at, __u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* RFC 1071: the ones' complement sum, not yet folded. */
static __u32 sum16(__u32 sum, const __u8 *bytes, __u32 n)
{
	__u32 i;

	for (i = 0; i < n; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	return sum;
}

static __u16 fold(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void frame_address(__be32 address[4], int family, int b)
{
	memset(address, 0, 4 * sizeof(*address));
	if (family == 6) {
		address[0] = bpf_htonl(0xfd000000);
		address[3] = bpf_htonl(b ? 2 : 1);
	} else {
		address[0] = bpf_htonl(b ? 0x0a000002 : 0x0a000001);
	}
}

static void put_address(struct frame *f, const struct frame_spec *s, const __be32 given[4], int b)
{
	static const __be32 none[4];
	__be32 address[4];

	if (memcmp(given, none, sizeof(none)))
		memcpy(address, given, sizeof(address));
	else
		frame_address(address, s->family, b);
	put(f, address, s->family == 6 ? 16 : 4);
}

static void put_link(struct frame *f, const struct frame_spec *s)
{
	static const __u8 mac[2][6] = { { 2, 0, 0, 0, 0, 0xa }, { 2, 0, 0, 0, 0, 0xb } };
	int i;

	if (s->link == LINK_IP)
		return;
	put(f, mac[!s->from_b], 6);
	put(f, mac[s->from_b], 6);
	for (i = 0; i < s->vlan_tags; i++) {
		put16(f, i + 1 < s->vlan_tags ? ETHER_QINQ : ETHER_VLAN);
		put16(f, 100 + i);
	}
	put16(f, s->family == 6 ? ETHER_IPV6 : ETHER_IPV4);
}

static __u8 protocol(const struct frame_spec *s)
{
	return s->protocol ? s->protocol : PROTOCOL_TCP;
}

static void put_ipv4(struct frame *f, const struct frame_spec *s)
{
	put8(f, 4 << 4 | (5 + s->ip_options / 4));
	put8(f, s->tos);
	put16(f, 0);
	put16(f, s->id);
	put16(f, s->fragment);
	put8(f, s->ttl ? s->ttl : 64);
	put8(f, protocol(s));
	put16(f, 0);
	put_address(f, s, s->source, s->from_b);
	put_address(f, s, s->dest, !s->from_b);
	memset(put(f, NULL, s->ip_options), 1, s->ip_options);
}

static void put_ipv6(struct frame *f, const struct frame_spec *s)
{
	int i;

	put32(f, 6u << 28 | s->tos << 20);
	put16(f, 0);
	put8(f, s->extension_count ? s->extensions[0] : protocol(s));
	put8(f, s->ttl ? s->ttl : 64);
	put_address(f, s, s->source, s->from_b);
	put_address(f, s, s->dest, !s->from_b);
	for (i = 0; i < s->extension_count; i++) {
		put8(f, i + 1 < s->extension_count ? s->extensions[i + 1] : protocol(s));
		if (s->extensions[i] == PROTOCOL_FRAGMENT) {
			put8(f, 0);
			put16(f, s->fragment);
			put32(f, s->id);
			continue;
		}
		put8(f, s->extension_length);
		put(f, NULL, 6 + s->extension_length * 8);
	}
}

/* In the order and with the padding that Linux has. */
static void put_options(struct frame *f, const struct frame_spec *s)
{
	__u32 start = f->length;
	int i;

	if (s->options) {
		put(f, s->options, s->options_length);
		return;
	}
	if (s->has & OPTS_MSS) {
		put16(f, OPT_MSS << 8 | 4);
		put16(f, s->mss);
	}
	if (s->has & OPTS_SACK_PERMITTED)
		put16(f, OPT_SACK_PERMITTED << 8 | 2);
	if (s->has & OPTS_TIMESTAMPS) {
		if ((f->length - start) % 4 == 0)
			put16(f, OPT_NOP << 8 | OPT_NOP);
		put16(f, OPT_TIMESTAMPS << 8 | 10);
		put32(f, s->tsval);
		put32(f, s->tsecr);
	}
	if (s->has & OPTS_WSCALE) {
		put16(f, OPT_NOP << 8 | OPT_WSCALE);
		put16(f, 3 << 8 | s->wscale);
	}
	if (s->sack_count) {
		put16(f, OPT_NOP << 8 | OPT_NOP);
		put16(f, OPT_SACK << 8 | (2 + 8 * s->sack_count));
		for (i = 0; i < s->sack_count; i++) {
			put32(f, s->sack[i].start);
			put32(f, s->sack[i].end);
		}
	}
	while ((f->length - start) % 4)
		put8(f, OPT_NOP);
	assert(f->length - start <= OPTS_MAX);
}

static void put_tcp(struct frame *f, const struct frame_spec *s)
{
	__u32 start = f->length, first = s->seq + !!(s->tcp_flags & TCP_SYN), i;
	__u8 *payload;

	put16(f, s->source_port ? s->source_port : s->from_b ? PORT_B : PORT_A);
	put16(f, s->dest_port ? s->dest_port : s->from_b ? PORT_A : PORT_B);
	put32(f, s->seq);
	put32(f, s->ack);
	put16(f, s->tcp_flags);
	put16(f, s->window);
	put32(f, 0);
	put_options(f, s);
	f->data[start + 12] = (f->length - start) / 4 << 4;
	payload = put(f, NULL, s->payload);
	for (i = 0; i < s->payload; i++)
		payload[i] = (first + i) % 251;
}

/* The pseudo-header's sum is that of its parts in any order (RFC 9293 3.1). */
static void finish(struct frame *f, const struct frame_spec *s, __u32 ip, __u32 tcp)
{
	__u32 addresses = s->family == 6 ? 32 : 8, length = f->length - tcp, sum;
	__u8 *header = f->data + ip;

	sum = sum16(length + protocol(s), header + (s->family == 6 ? 8 : 12), addresses);
	set16(f->data + tcp + 16, fold(sum16(sum, f->data + tcp, length)));
	if (s->family == 6) {
		set16(header + 4, s->zero_length ? 0 : f->length - ip - 40);
	} else {
		set16(header + 2, s->zero_length ? 0 : f->length - ip);
		set16(header + 10, fold(sum16(0, header, 20 + s->ip_options)));
	}
}

void frame_build(struct frame *f, const struct frame_spec *s)
{
	__u32 ip, tcp;

	f->length = 0;
	put_link(f, s);
	ip = f->length;
	if (s->family == 6)
		put_ipv6(f, s);
	else
		put_ipv4(f, s);
	tcp = f->length;
	put_tcp(f, s);
	finish(f, s, ip, tcp);
	put(f, NULL, s->padding);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Interfaces whose link header nobody told: Ethernet or bare IP, by the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "frame.h"
#include "pkt.h"

static struct frame frame;

/* What every parse starts from: a field that it forgets to set shows. */
static void parse_unknown_link(struct pkt *p)
{
	memset(p, 0xee, sizeof(*p));
	assert_int_equal(
		pkt_parse(p, frame.data, frame.data + frame.length, frame.length, LINK_AUTO),
		REFUSED_NOT);
}

static struct frame_spec ordinary(void)
{
	return (struct frame_spec){ .link = LINK_ETHERNET,
				    .family = 4,
				    .seq = 0xfffffff0,
				    .ack = 1,
				    .tcp_flags = TCP_ACK | TCP_PSH,
				    .payload = 100 };
}

static void a_bare_ip_packet_is_recognised(void **state)
{
	static const __u32 payloads[] = { 0, 1, 6, 1448, 65000, 65535 };
	struct frame_spec s = ordinary();
	struct pkt p;
	__u32 i;

	s.link = LINK_IP;
	for (s.family = 4; s.family <= 6; s.family += 2) {
		for (i = 0; i < ARRAY_SIZE(payloads); i++) {
			s.payload = payloads[i];
			s.zero_length = s.payload == 65535; /* BIG TCP */
			frame_build(&frame, &s);
			parse_unknown_link(&p);
			assert_int_equal(p.options_offset, s.family == 6 ? 60 : 40);
			assert_int_equal(p.payload, s.payload);
		}
	}
}

/* Which of the two it is cannot be said from less than an IPv4 header. */
static void a_frame_of_few_bytes_is_truncated(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;
	__u32 n;

	for (s.link = LINK_ETHERNET; s.link <= LINK_IP; s.link++) {
		frame_build(&frame, &s);
		for (n = 0; n < 20; n++)
			assert_int_equal(
				pkt_parse(&p, frame.data, frame.data + n, frame.length, LINK_AUTO),
				REFUSED_truncated);
	}
}

/* Addresses of cards that begin as an IP header would, of just this length. */
static void ethernet_addresses_are_not_taken_for_bare_ip(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;

	for (s.family = 4; s.family <= 6; s.family += 2) {
		for (s.vlan_tags = 0; s.vlan_tags <= 2; s.vlan_tags++) {
			frame_build(&frame, &s);
			memcpy(frame.data, (__u8[]){ 0x45, 0, 0, frame.length, 0, 0 }, 6);
			parse_unknown_link(&p);
			assert_int_equal(p.seq, s.seq);
			assert_int_equal(p.payload, s.payload);
			memcpy(frame.data, (__u8[]){ 0x60, 0, 0, 0, 0, frame.length - 40 }, 6);
			parse_unknown_link(&p);
			assert_int_equal(p.seq, s.seq);
			assert_int_equal(p.payload, s.payload);
		}
	}
}

/* Sources in 8.0.0.0/16, 134.221.0.0/16, 129.0.0.0/16: where Ethernet has its type. */
static void bare_ip_addresses_are_not_taken_for_ethernet(void **state)
{
	static const __u32 sources[] = { 0x08000001, 0x0800ff01, 0x86dd0001, 0x81000102,
					 0x88a80102 };
	struct frame_spec s = ordinary();
	struct pkt p;
	__u32 i;

	s.link = LINK_IP;
	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		s.source[0] = bpf_htonl(sources[i]);
		frame_build(&frame, &s);
		parse_unknown_link(&p);
		assert_int_equal(p.source[0], s.source[0]);
		assert_int_equal(p.seq, s.seq);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_ip_packet_is_recognised),
		cmocka_unit_test(a_frame_of_few_bytes_is_truncated),
		cmocka_unit_test(ethernet_addresses_are_not_taken_for_bare_ip),
		cmocka_unit_test(bare_ip_addresses_are_not_taken_for_ethernet),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}

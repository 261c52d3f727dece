/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that are not followed, each by its reason. */
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
static void parse(struct pkt *p, enum refusal expected, enum link_type link)
{
	memset(p, 0xee, sizeof(*p));
	assert_int_equal(pkt_parse(p, frame.data, frame.data + frame.length, frame.length, link),
			 expected);
}

static enum refusal refusal_of(const struct frame_spec *s)
{
	struct pkt p;

	frame_build(&frame, s);
	return pkt_parse(&p, frame.data, frame.data + frame.length, frame.length, s->link);
}

static struct frame_spec ordinary(void)
{
	return (struct frame_spec){ .link = LINK_ETHERNET,
				    .family = 4,
				    .seq = 1,
				    .ack = 1,
				    .tcp_flags = TCP_ACK | TCP_PSH,
				    .payload = 100 };
}

static void other_protocols_are_not_tcp_but_have_ip_bytes(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;
	int protocol;

	for (s.family = 4; s.family <= 6; s.family += 2) {
		for (protocol = 1; protocol < 256; protocol++) {
			if (protocol == PROTOCOL_TCP || is_extension(protocol))
				continue;
			s.protocol = protocol;
			s.fragment = 0x2000; /* of no interest where it is not TCP */
			frame_build(&frame, &s);
			parse(&p, REFUSED_not_tcp, LINK_ETHERNET);
			assert_int_equal(p.ip_bytes, frame.length - 14);
		}
	}
}

static void other_ether_types_are_not_tcp_and_have_no_ip_bytes(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;
	int type;

	for (type = 0; type < 0x10000; type++) {
		if (type == ETHER_IPV4 || type == ETHER_IPV6 || type == ETHER_VLAN ||
		    type == ETHER_QINQ)
			continue;
		frame_build(&frame, &s);
		frame.data[12] = type >> 8;
		frame.data[13] = type;
		parse(&p, REFUSED_not_tcp, LINK_ETHERNET);
		assert_int_equal(p.ip_bytes, 0);
	}
	s.vlan_tags = 3;
	assert_int_equal(refusal_of(&s), REFUSED_not_tcp);
}

static void ipv4_fragments_are_refused_all_of_them(void **state)
{
	struct frame_spec s = ordinary();
	int fragment;

	for (fragment = 1; fragment < 0x4000; fragment++) {
		s.fragment = fragment;
		assert_int_equal(refusal_of(&s), REFUSED_fragment);
	}
	s.fragment = 0x4000; /* DF */
	assert_int_equal(refusal_of(&s), REFUSED_NOT);
}

static void ipv6_fragments_are_refused_but_for_atomic_ones(void **state)
{
	struct frame_spec s = ordinary();
	int fragment;

	s.family = 6;
	s.extensions[0] = PROTOCOL_FRAGMENT;
	s.extension_count = 1;
	for (fragment = 0; fragment < 0x10000; fragment += fragment < 16 ? 1 : 61) {
		s.fragment = fragment;
		assert_int_equal(refusal_of(&s),
				 fragment & 0xfff9 ? REFUSED_fragment : REFUSED_NOT);
	}
	s.fragment = 1;
	s.protocol = 17;
	assert_int_equal(refusal_of(&s), REFUSED_not_tcp);
}

static void a_seventh_extension_header_is_refused(void **state)
{
	struct frame_spec s = ordinary();

	s.family = 6;
	memset(s.extensions, PROTOCOL_DESTINATION, sizeof(s.extensions));
	s.extension_count = 6;
	s.extension_length = 255;
	assert_int_equal(refusal_of(&s), REFUSED_NOT);
	s.extension_count = 7;
	assert_int_equal(refusal_of(&s), REFUSED_extension_limit);
	s.extension_count = 6;
	s.protocol = 17;
	assert_int_equal(refusal_of(&s), REFUSED_not_tcp);
}

static void an_ip_packet_longer_than_the_wire_is_truncated(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;

	for (s.family = 4; s.family <= 6; s.family += 2) {
		frame_build(&frame, &s);
		assert_int_equal(pkt_parse(&p, frame.data, frame.data + frame.length - 1,
					   frame.length - 1, LINK_ETHERNET),
				 REFUSED_truncated);
		assert_int_equal(p.ip_bytes, frame.length - 1 - 14);
	}
}

static void set_and_refuse(const struct frame_spec *s, __u32 at, __u8 value, enum refusal expected)
{
	struct pkt p;

	frame_build(&frame, s);
	frame.data[at] = value;
	parse(&p, expected, s->link);
}

static void header_lengths_that_contradict_each_other_are_malformed(void **state)
{
	struct frame_spec s = ordinary();
	int i;

	for (i = 0; i < 16; i++) {
		/* the version is not what the Ethernet type says */
		s.family = 4;
		if (i != 4)
			set_and_refuse(&s, 14, i << 4 | 5, REFUSED_malformed);
		s.family = 6;
		if (i != 6)
			set_and_refuse(&s, 14, i << 4, REFUSED_malformed);
		/* the header is shorter than one can be */
		s.family = 4;
		if (i < 5)
			set_and_refuse(&s, 14, 4 << 4 | i, REFUSED_malformed);
		if (i < 5)
			set_and_refuse(&s, 14 + 20 + 12, i << 4, REFUSED_malformed);
	}
	/* the TCP header is longer than the IP packet */
	s.payload = 0;
	s.padding = 60;
	for (i = 6; i < 16; i++)
		set_and_refuse(&s, 14 + 20 + 12, i << 4, REFUSED_malformed);
	/* the IP packet is shorter than its headers */
	for (i = 1; i < 40; i++)
		set_and_refuse(&s, 14 + 3, i, REFUSED_malformed);
	s.family = 6;
	for (i = 1; i < 20; i++)
		set_and_refuse(&s, 14 + 5, i, REFUSED_malformed);
}

static void bare_bytes_of_no_ip_version_are_not_tcp(void **state)
{
	struct frame_spec s = ordinary();
	int i;

	s.link = LINK_IP;
	for (i = 0; i < 16; i++)
		if (i != 4 && i != 6)
			set_and_refuse(&s, 0, i << 4 | 5, REFUSED_not_tcp);
}

static void options_that_are_not_there_are_not_copied(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;
	struct opts o = {};
	__u32 n;

	s.has = OPTS_TIMESTAMPS;
	s.sack_count = 3;
	frame_build(&frame, &s);
	parse(&p, REFUSED_NOT, LINK_ETHERNET);
	for (n = 0; n <= OPTS_MAX; n++) {
		pkt_options(&o, &p, frame.data, frame.data + p.options_offset + n);
		assert_int_equal(o.length, n / 4 * 4);
		opts_parse(&o);
		assert_int_equal(o.has & OPTS_TIMESTAMPS, n >= 12 ? OPTS_TIMESTAMPS : 0);
		assert_int_equal(o.sack_count, n == 40 ? 3 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_protocols_are_not_tcp_but_have_ip_bytes),
		cmocka_unit_test(other_ether_types_are_not_tcp_and_have_no_ip_bytes),
		cmocka_unit_test(ipv4_fragments_are_refused_all_of_them),
		cmocka_unit_test(ipv6_fragments_are_refused_but_for_atomic_ones),
		cmocka_unit_test(a_seventh_extension_header_is_refused),
		cmocka_unit_test(an_ip_packet_longer_than_the_wire_is_truncated),
		cmocka_unit_test(header_lengths_that_contradict_each_other_are_malformed),
		cmocka_unit_test(bare_bytes_of_no_ip_version_are_not_tcp),
		cmocka_unit_test(options_that_are_not_there_are_not_copied),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}

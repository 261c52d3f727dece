/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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

static __u32 link_bytes(const struct frame_spec *s)
{
	return s->link == LINK_IP ? 0 : 14 + 4 * s->vlan_tags;
}

static __u32 extension_bytes(const struct frame_spec *s)
{
	__u32 n = 0;
	int i;

	for (i = 0; i < s->extension_count; i++)
		n += s->extensions[i] == PROTOCOL_FRAGMENT ? 8 : 8 + 8 * s->extension_length;
	return n;
}

static __u32 tcp_offset(const struct frame_spec *s)
{
	return link_bytes(s) + (s->family == 6 ? 40 + extension_bytes(s) : 20u + s->ip_options);
}

static void assert_addresses(const struct pkt *p, const struct frame_spec *s)
{
	__be32 source[4], dest[4];

	frame_address(source, s->family, s->from_b);
	frame_address(dest, s->family, !s->from_b);
	assert_memory_equal(p->source, source, sizeof(source));
	assert_memory_equal(p->dest, dest, sizeof(dest));
	assert_int_equal(p->source_port, bpf_htons(s->from_b ? PORT_B : PORT_A));
	assert_int_equal(p->dest_port, bpf_htons(s->from_b ? PORT_A : PORT_B));
}

/* Every field, computed from the spec and not from the frame. */
static void assert_parsed(const struct pkt *p, const struct frame_spec *s, __u32 options)
{
	__u8 has = (s->family == 6 ? 0 : PKT_ID) | ((s->tos & 3) == 3 ? PKT_CE : 0);
	int timestamps_first = s->has == OPTS_TIMESTAMPS;

	if (timestamps_first)
		has |= PKT_TIMESTAMPS;
	if (options && !(timestamps_first && options == 12))
		has |= PKT_OPTIONS;
	assert_int_equal(p->has, has);
	assert_int_equal(p->family, s->family == 6 ? 6 : 4);
	assert_int_equal(p->id, s->family == 6 ? 0 : s->id);
	assert_int_equal(p->seq, s->seq);
	assert_int_equal(p->end_seq, s->seq + s->payload + !!(s->tcp_flags & TCP_SYN) +
					     !!(s->tcp_flags & TCP_FIN));
	assert_int_equal(p->ack, s->ack);
	assert_int_equal(p->payload, s->payload);
	assert_int_equal(p->window, s->window);
	assert_int_equal(p->tcp_flags, s->tcp_flags);
	assert_int_equal(p->segments, 1);
	assert_int_equal(p->tsval, timestamps_first ? s->tsval : 0);
	assert_int_equal(p->tsecr, timestamps_first ? s->tsecr : 0);
	assert_int_equal(p->options_length, options);
	assert_int_equal(p->options_offset, tcp_offset(s) + 20);
	assert_int_equal(p->ip_bytes, tcp_offset(s) - link_bytes(s) + 20 + options + s->payload);
	assert_addresses(p, s);
}

/* clang-format off */
/* As the tests vary it: a segment with something in each field. */
static struct frame_spec ordinary(void)
{
	return (struct frame_spec){
		.link = LINK_ETHERNET, .family = 4, .id = 0xbeef,
		.seq = 0xfffffff0, .ack = 0x80000001, .window = 0xf00d,
		.tcp_flags = TCP_ACK | TCP_PSH,
		.tsval = 0xa1b2c3d4, .tsecr = 0x0badcafe, .mss = 1460, .wscale = 7,
		.sack = { { 1, 2 }, { 3, 4 }, { 5, 6 } }, .payload = 100,
	};
}
/* clang-format on */

/* Steps through the variants of one thing; returns how many there are. */
static int vary_link(struct frame_spec *s, int i)
{
	s->link = i < 3 ? LINK_ETHERNET : i < 6 ? LINK_AUTO : LINK_IP;
	s->vlan_tags = i % 3;
	return 7;
}

/* clang-format off */
static int vary_ip(struct frame_spec *s, int i)
{
	static const struct {
		__u8 family, ip_options, extension_length, count, extensions[FRAME_EXTENSIONS];
	} variants[] = {
		{ 4 }, { 4, 4 }, { 4, 24 }, { 4, 40 }, { 6 },
		{ 6, 0, 0, 1, { PROTOCOL_HOP_BY_HOP } },
		{ 6, 0, 1, 1, { PROTOCOL_ROUTING } },
		{ 6, 0, 255, 1, { PROTOCOL_DESTINATION } },
		{ 6, 0, 0, 1, { PROTOCOL_FRAGMENT } },
		{ 6, 0, 2, 4, { PROTOCOL_HOP_BY_HOP, PROTOCOL_DESTINATION, PROTOCOL_ROUTING,
				PROTOCOL_FRAGMENT } },
		{ 6, 0, 3, 6, { PROTOCOL_HOP_BY_HOP, PROTOCOL_DESTINATION, PROTOCOL_ROUTING,
				PROTOCOL_FRAGMENT, PROTOCOL_DESTINATION, PROTOCOL_DESTINATION } },
	};

	s->family = variants[i].family;
	s->ip_options = variants[i].ip_options;
	s->extension_length = variants[i].extension_length;
	s->extension_count = variants[i].count;
	memcpy(s->extensions, variants[i].extensions, sizeof(s->extensions));
	return ARRAY_SIZE(variants);
}

static int vary_tcp(struct frame_spec *s, int i, __u32 *options)
{
	static const struct {
		__u8 has, sack_count, flags, length;
	} variants[] = {
		{ 0, 0, TCP_ACK, 0 },
		{ OPTS_TIMESTAMPS, 0, TCP_ACK | TCP_PSH, 12 },
		{ OPTS_TIMESTAMPS, 1, TCP_ACK, 24 },
		{ OPTS_TIMESTAMPS, 3, TCP_ACK, 40 },
		{ 0, 3, TCP_ACK | TCP_URG, 28 },
		{ OPTS_MSS, 0, TCP_SYN, 4 },
		{ OPTS_MSS | OPTS_SACK_PERMITTED | OPTS_TIMESTAMPS | OPTS_WSCALE, 0,
		  TCP_SYN | TCP_ACK, 20 },
		{ OPTS_TIMESTAMPS, 0, TCP_ACK | TCP_FIN, 12 },
		{ 0, 0, TCP_RST, 0 },
	};

	s->has = variants[i].has;
	s->sack_count = variants[i].sack_count;
	s->tcp_flags = variants[i].flags;
	*options = variants[i].length;
	return ARRAY_SIZE(variants);
}
/* clang-format on */

/* Calls check for each combination of link, IP and TCP variants. */
static void for_each_combination(void (*check)(const struct frame_spec *s, __u32 options))
{
	struct frame_spec s = ordinary();
	int links, ips, tcps, l, i, t;
	__u32 options;

	links = vary_link(&s, 0);
	ips = vary_ip(&s, 0);
	tcps = vary_tcp(&s, 0, &options);
	for (l = 0; l < links; l++)
		for (i = 0; i < ips; i++)
			for (t = 0; t < tcps; t++) {
				s = ordinary();
				vary_link(&s, l);
				vary_ip(&s, i);
				vary_tcp(&s, t, &options);
				check(&s, options);
			}
}

static void check_fields(const struct frame_spec *s, __u32 options)
{
	struct pkt p;

	frame_build(&frame, s);
	parse(&p, REFUSED_NOT, s->link);
	assert_parsed(&p, s, options);
}

static void every_combination_of_headers_is_read(void **state)
{
	for_each_combination(check_fields);
}

/* A copy that ends where its heap block ends: AddressSanitizer sees each byte too many. */
static void check_cut(const struct frame_spec *s, __u32 options)
{
	__u32 headers = tcp_offset(s) + 20 + options, n;
	struct pkt whole, cut;

	frame_build(&frame, s);
	memset(&whole, 0xee, sizeof(whole));
	pkt_parse(&whole, frame.data, frame.data + frame.length, frame.length, s->link);
	for (n = 0; n <= frame.length; n += n < 60 || n + 150 > headers ? 1 : 8) {
		__u8 *copy = malloc(n), *end = copy + n;
		enum refusal refusal;
		struct opts o = {};

		memcpy(copy, frame.data, n);
		memset(&cut, 0xee, sizeof(cut));
		refusal = pkt_parse(&cut, end - n, end, frame.length, s->link);
		if (n < headers) {
			assert_int_equal(refusal, REFUSED_truncated);
		} else {
			assert_int_equal(refusal, REFUSED_NOT);
			assert_memory_equal(&cut, &whole, sizeof(cut));
		}
		pkt_options(&o, &whole, copy, end);
		assert_true(o.length <= options);
		free(copy);
	}
}

static void a_frame_cut_anywhere_is_truncated_or_reads_the_same(void **state)
{
	for_each_combination(check_cut);
}

/* pcap records begin at any address; with UndefinedBehaviorSanitizer a misaligned read ends the
 * test.
 */
static void check_shifted(const struct frame_spec *s, __u32 options)
{
	__u8 *copy = malloc(FRAME_MAX + 4);
	struct pkt p;
	struct opts o = {};
	int shift;

	frame_build(&frame, s);
	for (shift = 0; shift < 4; shift++) {
		memcpy(copy + shift, frame.data, frame.length);
		memset(&p, 0xee, sizeof(p));
		assert_int_equal(pkt_parse(&p, copy + shift, copy + shift + frame.length,
					   frame.length, s->link),
				 REFUSED_NOT);
		assert_parsed(&p, s, options);
		pkt_options(&o, &p, copy + shift, copy + shift + frame.length);
		assert_int_equal(o.length, options);
		assert_memory_equal(o.bytes, frame.data + tcp_offset(s) + 20, options);
	}
	free(copy);
}

static void a_frame_reads_the_same_at_every_address(void **state)
{
	for_each_combination(check_shifted);
}

static void check_options(const struct frame_spec *s, __u32 options)
{
	struct opts o, again;
	struct pkt p;

	frame_build(&frame, s);
	parse(&p, REFUSED_NOT, s->link);
	memset(&o, 0xee, sizeof(o));
	pkt_options(&o, &p, frame.data, frame.data + frame.length);
	assert_int_equal(o.length, options);
	memset(&again, 0, sizeof(again));
	memcpy(again.bytes, frame.data + p.options_offset, options);
	assert_memory_equal(o.bytes, again.bytes, sizeof(o.bytes));
	assert_int_equal(opts_parse(&o), s->sack_count);
	assert_int_equal(o.has, s->has);
	if (s->has & OPTS_TIMESTAMPS) {
		assert_int_equal(o.tsval, s->tsval);
		assert_int_equal(o.tsecr, s->tsecr);
	}
	if (s->has & OPTS_MSS)
		assert_int_equal(o.mss, s->mss);
	if (s->has & OPTS_WSCALE)
		assert_int_equal(o.wscale, s->wscale);
	assert_memory_equal(o.sack, s->sack, s->sack_count * sizeof(o.sack[0]));
}

static void options_come_back_as_they_were_written(void **state)
{
	for_each_combination(check_options);
}

/* One byte of the usual layout changed, each in turn: nothing is matched, all is left to the walk.
 */
static void timestamps_in_an_unusual_place_are_left_to_the_walk(void **state)
{
	__u8 options[12] = { OPT_NOP, OPT_NOP, OPT_TIMESTAMPS, 10, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct frame_spec s = ordinary();
	struct pkt p;
	int i;

	s.options = options;
	s.options_length = sizeof(options);
	for (i = 0; i < 4; i++) {
		options[i] ^= 1;
		frame_build(&frame, &s);
		parse(&p, REFUSED_NOT, LINK_ETHERNET);
		assert_int_equal(p.has, PKT_ID | PKT_OPTIONS);
		assert_int_equal(p.tsval | p.tsecr, 0);
		options[i] ^= 1;
	}
}

static void every_payload_length_is_the_ip_packets_and_padding_is_none(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;

	for (s.family = 4; s.family <= 6; s.family += 2) {
		for (s.payload = 0; s.payload < 1500; s.payload++) {
			for (s.padding = 0; s.padding <= 46; s.padding += 23) {
				frame_build(&frame, &s);
				parse(&p, REFUSED_NOT, LINK_ETHERNET);
				assert_parsed(&p, &s, 0);
			}
		}
	}
}

static void a_super_packet_without_a_length_is_as_long_as_the_frame(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;

	s.zero_length = 1;
	for (s.family = 4; s.family <= 6; s.family += 2) {
		frame_build(&frame, &s);
		assert_int_equal(
			pkt_parse(&p, frame.data, frame.data + frame.length, 200000, LINK_ETHERNET),
			REFUSED_NOT);
		assert_int_equal(p.ip_bytes, 200000 - 14);
		assert_int_equal(p.payload, 200000 - tcp_offset(&s) - 20);
		assert_int_equal(p.end_seq, s.seq + p.payload);
	}
}

static void ecn_codepoints_are_told_apart(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;
	int tos;

	for (s.family = 4; s.family <= 6; s.family += 2) {
		for (tos = 0; tos < 256; tos++) {
			s.tos = tos;
			frame_build(&frame, &s);
			parse(&p, REFUSED_NOT, LINK_ETHERNET);
			assert_int_equal(!!(p.has & PKT_CE), tos % 4 == 3);
		}
	}
}

static void sequence_numbers_wrap(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;

	s.payload = 10;
	for (s.seq = 0xfffffff0; s.seq != 2; s.seq++) {
		frame_build(&frame, &s);
		parse(&p, REFUSED_NOT, LINK_ETHERNET);
		assert_int_equal(p.end_seq, s.seq + 10);
	}
}

static void identification_0_holds(void **state)
{
	struct frame_spec s = ordinary();
	struct pkt p;

	s.id = 0;
	frame_build(&frame, &s);
	parse(&p, REFUSED_NOT, LINK_ETHERNET);
	assert_int_equal(p.has & PKT_ID, PKT_ID);
	assert_int_equal(p.id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_of_headers_is_read),
		cmocka_unit_test(a_frame_cut_anywhere_is_truncated_or_reads_the_same),
		cmocka_unit_test(a_frame_reads_the_same_at_every_address),
		cmocka_unit_test(options_come_back_as_they_were_written),
		cmocka_unit_test(timestamps_in_an_unusual_place_are_left_to_the_walk),
		cmocka_unit_test(every_payload_length_is_the_ip_packets_and_padding_is_none),
		cmocka_unit_test(a_super_packet_without_a_length_is_as_long_as_the_frame),
		cmocka_unit_test(ecn_codepoints_are_told_apart),
		cmocka_unit_test(sequence_numbers_wrap),
		cmocka_unit_test(identification_0_holds),
	};

	return cmocka_run_group_tests_name("pkt", tests, NULL, NULL);
}

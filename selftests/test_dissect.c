/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands before a packet in captures, and around it in tunnels: the same packet behind each of them. */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dissect.h"
#include "frame.h"
#include "pkt.h"

#define ANY 0xff

/* Bytes before the inner IPv4 packet of 100 bytes of payload; outer lengths are not read. */
struct wrapping {
	const char *name;
	int linktype;
	bool tunnel; /* seen with --decap alone */
	__u32 interface;
	__u8 dir; /* ANY: not marked */
	__u8 length;
	__u8 bytes[80];
};

#define MAC 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define IPV4(protocol) 0x45, 0, 0, 200, 0, 1, 0, 0, 64, protocol, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2
#define UDP(port) 0x30, 0x39, (port) >> 8, (port)&0xff, 0, 100, 0, 0
#define BYTES(...) \
	sizeof((const __u8[]){ __VA_ARGS__ }), \
	{ \
		__VA_ARGS__ \
	}

static const struct wrapping wrappings[] = {
	{ "Ethernet", 1, false, 0, ANY, BYTES(MAC, 8, 0) },
	{ "VLAN", 1, false, 0, ANY, BYTES(MAC, 0x81, 0, 0, 7, 8, 0) },
	{ "QinQ", 1, false, 0, ANY, BYTES(MAC, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 8, 0) },
	{ "raw IP", 101, false, 0, ANY, 0, {} },
	{ "IPv4", 228, false, 0, ANY, 0, {} },
	{ "BSD loopback", 0, false, 0, ANY, BYTES(2, 0, 0, 0) },
	{ "OpenBSD loopback", 108, false, 0, ANY, BYTES(0, 0, 0, 2) },
	{ "cooked, to us", 113, false, 0, IN,
	  BYTES(0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0) },
	{ "PPP", 9, false, 0, ANY, BYTES(0xff, 3, 0, 0x21) },
	{ "PPP, compressed", 9, false, 0, ANY, BYTES(0x21) },
	{ "PPP in HDLC", 50, false, 0, ANY, BYTES(0xff, 3, 0, 0x21) },
	{ "Cisco HDLC", 104, false, 0, ANY, BYTES(0x0f, 0, 8, 0) },
	{ "PPP, sent", 204, false, 0, OUT, BYTES(1, 0xff, 3, 0, 0x21) },
	{ "PPP, received", 204, false, 0, IN, BYTES(0, 0, 0x21) },
	{ "cooked 2", 276, false, 9, OUT,
	  BYTES(8, 0, 0, 0, 0, 0, 0, 9, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0) },
	{ "cooked 2, VLAN", 276, false, 9, IN,
	  BYTES(0x81, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0, 7, 8, 0) },
	{ "802.11", 105, false, 0, ANY,
	  BYTES(8, 1, 0, 0, MAC, 1, 2, 3, 4, 5, 6, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0) },
	{ "radiotap", 127, false, 0, ANY,
	  BYTES(0, 0, 8, 0, 0, 0, 0, 0, 0x88, 1, 0, 0, MAC, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0xaa,
		0xaa, 3, 0, 0, 0, 8, 0) },
	{ "FDDI", 10, false, 0, ANY, BYTES(0x50, MAC, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0) },
	{ "netfilter log", 239, false, 0, ANY,
	  BYTES(2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 1, 0, 6, 0, 10, 0, 'x', 0, 0, 0, 144, 0, 9, 0) },
	{ "IP in IP", 101, true, 0, ANY, BYTES(IPV4(4)) },
	{ "GRE", 1, true, 0, ANY, BYTES(MAC, 8, 0, IPV4(47), 0, 0, 8, 0) },
	{ "GRE with all", 101, true, 0, ANY,
	  BYTES(IPV4(47), 0xb0, 0, 8, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3) },
	{ "Ethernet in GRE", 101, true, 0, ANY, BYTES(IPV4(47), 0, 0, 0x65, 0x58, MAC, 8, 0) },
	{ "ERSPAN", 101, true, 0, ANY,
	  BYTES(IPV4(47), 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, MAC, 8, 0) },
	{ "VXLAN", 101, true, 0, ANY,
	  BYTES(IPV4(17), UDP(4789), 8, 0, 0, 0, 0, 0, 1, 0, MAC, 8, 0) },
	{ "GENEVE", 101, true, 0, ANY,
	  BYTES(IPV4(17), UDP(6081), 1, 0, 8, 0, 0, 0, 1, 0, 1, 2, 3, 0) },
	{ "GENEVE, Ethernet", 101, true, 0, ANY,
	  BYTES(IPV4(17), UDP(6081), 0, 0, 0x65, 0x58, 0, 0, 1, 0, MAC, 8, 0) },
	{ "GTP-U", 101, true, 0, ANY, BYTES(IPV4(17), UDP(2152), 0x30, 255, 0, 140, 0, 0, 0, 1) },
	{ "GTP-U, extended", 101, true, 0, ANY,
	  BYTES(IPV4(17), UDP(2152), 0x34, 255, 0, 140, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0) },
	{ "PPPoE", 1, true, 0, ANY, BYTES(MAC, 0x88, 0x64, 0x11, 0, 0, 7, 0, 142, 0, 0x21) },
	{ "MPLS", 1, true, 0, ANY, BYTES(MAC, 0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64) },
};

/* A heap block of just its size, so that a byte beyond it is noticed. */
static enum refusal dissect(struct pkt *p, struct dissection *d, const __u8 *data, __u32 captured,
			    __u32 length, int linktype, bool decap)
{
	__u8 *copy = malloc(captured ? captured : 1);
	struct savefile_frame frame = { .data = copy, .captured = captured, .length = length };
	enum refusal refusal;

	memcpy(copy, data, captured);
	refusal = frame_dissect(p, d, &frame, linktype, decap);
	free(copy);
	return refusal;
}

/* Puts the packet behind so many bytes; the length of all. */
static __u32 wrap(__u8 *data, const __u8 *bytes, __u32 length)
{
	const struct frame_spec spec = { .link = LINK_IP, .ttl = 61, .seq = 77, .payload = 100 };
	static struct frame inner;

	frame_build(&inner, &spec);
	memcpy(data, bytes, length);
	memcpy(data + length, inner.data, inner.length);
	return length + inner.length;
}

static void assert_inner(const struct pkt *p, const struct dissection *d, enum refusal refusal,
			 const char *what)
{
	if (refusal || p->seq != 77 || p->payload != 100 || d->seen.ttl != 61)
		fail_msg("%s: refusal %d, payload %u, ttl %u", what, refusal, p->payload,
			 d->seen.ttl);
}

static void behind_every_header_is_the_same_packet(void **state)
{
	static __u8 data[4096];
	struct dissection d;
	struct pkt p;

	for (unsigned int i = 0; i < ARRAY_SIZE(wrappings); i++) {
		const struct wrapping *w = &wrappings[i];
		__u32 length = wrap(data, w->bytes, w->length);
		enum refusal refusal = dissect(&p, &d, data, length, length, w->linktype,
					       w->tunnel);

		assert_inner(&p, &d, refusal, w->name);
		assert_int_equal(d.seen.interface, w->interface);
		assert_int_equal(d.seen.marked, w->dir != ANY);
		if (d.seen.marked)
			assert_int_equal(d.seen.dir, w->dir);
		refusal = dissect(&p, &d, data, length, length, w->linktype, false);
		if (w->tunnel && refusal != REFUSED_not_tcp && refusal != REFUSED_truncated)
			fail_msg("%s without --decap: refusal %d", w->name, refusal);
	}
}

static void cut_anywhere_none_is_read_beyond_its_end(void **state)
{
	static __u8 data[4096];
	struct dissection d;
	struct pkt p;

	for (unsigned int i = 0; i < ARRAY_SIZE(wrappings); i++) {
		const struct wrapping *w = &wrappings[i];
		__u32 length = wrap(data, w->bytes, w->length), headers = w->length + 40;

		for (__u32 captured = 0; captured < length; captured++) {
			enum refusal refusal = dissect(&p, &d, data, captured, length, w->linktype,
						       w->tunnel);

			if (captured < headers && !refusal)
				fail_msg("%s cut to %u bytes is not refused", w->name, captured);
			if (captured >= headers && (refusal || p.payload != 100))
				fail_msg("%s cut to %u bytes: refusal %d", w->name, captured,
					 refusal);
		}
	}
}

static void only_one_tunnel_is_taken_off(void **state)
{
	static __u8 data[4096];
	const __u8 tunnels[] = { IPV4(4), IPV4(4) };
	struct dissection d;
	struct pkt p;

	wrap(data, tunnels, sizeof(tunnels));
	assert_int_equal(dissect(&p, &d, data, 180, 180, 101, true), REFUSED_not_tcp);
	assert_inner(&p, &d, dissect(&p, &d, data + 20, 160, 160, 101, true), "the inner tunnel");
}

/* Some programs that cut frames write the length of what is left. */
static void a_length_that_was_lost_is_taken_from_the_ip_header(void **state)
{
	static __u8 data[4096];
	struct dissection d = {};
	struct pkt p = {};

	wrap(data, wrappings[0].bytes, 0);
	assert_inner(&p, &d, dissect(&p, &d, data, 60, 60, 101, false), "cut to 60 bytes");
}

static void unknown_link_types_are_told_apart_from_unknown_protocols(void **state)
{
	const __u8 arp[] = { MAC, 8, 6, 0, 1 };
	struct dissection d;
	struct pkt p;

	assert_int_equal(dissect(&p, &d, arp, sizeof(arp), sizeof(arp), 147, false), REFUSAL_END);
	assert_int_equal(dissect(&p, &d, arp, sizeof(arp), sizeof(arp), 1, false), REFUSED_not_tcp);
	assert_ptr_equal(d.ip, d.end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_every_header_is_the_same_packet),
		cmocka_unit_test(cut_anywhere_none_is_read_beyond_its_end),
		cmocka_unit_test(only_one_tunnel_is_taken_off),
		cmocka_unit_test(a_length_that_was_lost_is_taken_from_the_ip_header),
		cmocka_unit_test(unknown_link_types_are_told_apart_from_unknown_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

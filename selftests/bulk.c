/* SPDX-License-Identifier: GPL-2.0-only */
/* A capture of many connections with losses on both sides of the tap, and the truth about them:
 *
 *	build/bulk PACKETS CONNECTIONS LOST_BEFORE LOST_AFTER [PREFIX] > file.pcap 2> truth.json
 *
 * Losses are of 1000 segments. The tap is between the ends, both of them forwarded. A connection sends
 * flights of FLIGHT segments; the receiver answers each with one acknowledgement that holds what arrived, the
 * sender repairs what did not, and the next flight begins. The last segment of a flight is never lost, nor is
 * a repair. Frames are cut to 96 bytes. With PREFIX: PARTS files, PREFIX0, PREFIX1 ..., instead of one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

#define FLIGHT 8
#define FLIGHTS 40 /* then the connection closes, and another one takes its place */
#define SEGMENT 1000
#define CUT 96
#define US 1000ULL
#define ROUND_TRIP (20000 * US)
#define TTL 57
#define PARTS 4

struct connection {
	__be32 address;
	__u16 port, id[2];
	__u32 seq, tsval[2]; /* newest one sent */
	int flights;
	__u64 ready_ns; /* when its next flight leaves */
};

static struct truth {
	unsigned long long packets, data_segments, lost_before, lost_after;
} truth;

static __u64 now_ns = 1700000000000000000ULL;
static __u32 random_state = 1;

static const char *prefix;
static unsigned long long part_packets; /* in each part */

/* The header of a file: of the next part, where it is time for one. */
static void put_header(void)
{
	static const __u32 header[] = { 0xa1b23c4d, 4 << 16 | 2, 0, 0, CUT, 1 };
	static int parts;
	char name[4096];

	if (prefix) {
		snprintf(name, sizeof(name), "%s%d", prefix, parts++);
		if (!freopen(name, "wb", stdout)) {
			perror(name);
			exit(1);
		}
	}
	fwrite(header, sizeof(header), 1, stdout);
}

static __u32 next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 16;
}

static void put(struct connection *c, int from_server, __u32 seq, __u32 ack, __u8 flags,
		__u32 payload, const struct range *sack)
{
	static struct frame frame;
	struct frame_spec spec = {
		.from_b = from_server,
		.ttl = TTL,
		.id = c->id[from_server]++,
		.seq = seq,
		.ack = ack,
		.tcp_flags = flags,
		.window = 0xffff,
		.has = OPTS_TIMESTAMPS,
		.tsval = (__u32)(now_ns / 1000000),
		.tsecr = flags == TCP_SYN ? 0 : c->tsval[!from_server],
		.payload = payload,
	};
	__u32 header[4];

	c->tsval[from_server] = spec.tsval;
	frame_address(from_server ? spec.source : spec.dest, 4, 1);
	memcpy(from_server ? spec.dest : spec.source, &c->address, sizeof(c->address));
	*(from_server ? &spec.dest_port : &spec.source_port) = c->port;
	*(from_server ? &spec.source_port : &spec.dest_port) = PORT_B;
	if (flags & TCP_SYN) {
		spec.has |= OPTS_MSS | OPTS_WSCALE | OPTS_SACK_PERMITTED;
		spec.mss = SEGMENT + 12;
		spec.wscale = 7;
	}
	if (sack) {
		spec.sack_count = 1;
		spec.sack[0] = *sack;
	}
	frame_build(&frame, &spec);
	now_ns += US;
	header[0] = now_ns / 1000000000;
	header[1] = now_ns % 1000000000;
	header[2] = frame.length < CUT ? frame.length : CUT;
	header[3] = frame.length;
	fwrite(header, sizeof(header), 1, stdout);
	fwrite(frame.data, header[2], 1, stdout);
	if (++truth.packets % part_packets == 0)
		put_header();
	if (payload || flags & (TCP_SYN | TCP_FIN))
		truth.data_segments++;
}

static void begin(struct connection *c)
{
	static __u32 count;
	__u32 client = count++;

	c->address = bpf_htonl(0x0a800000 + client / 60000);
	c->port = 1024 + client % 60000;
	c->seq = next_random() << 16;
	c->id[0] = next_random();
	c->id[1] = next_random();
	c->flights = 0;
	put(c, 0, c->seq - 1, 0, TCP_SYN, 0, NULL);
	put(c, 1, 999, c->seq, TCP_SYN | TCP_ACK, 0, NULL);
	put(c, 0, c->seq, 1000, TCP_ACK, 0, NULL);
}

static void end(struct connection *c)
{
	put(c, 0, c->seq, 1000, TCP_FIN | TCP_ACK, 0, NULL);
	put(c, 1, 1000, c->seq + 1, TCP_FIN | TCP_ACK, 0, NULL);
	put(c, 0, c->seq + 1, 1001, TCP_ACK, 0, NULL);
}

/* One flight, its acknowledgement, and the repairs of what it lost, a round trip later. */
static void fly(struct connection *c, unsigned int before, unsigned int after)
{
	struct range rest = { 0, c->seq + FLIGHT * SEGMENT };
	__u32 lost[FLIGHT], losses = 0;

	for (int i = 0; i < FLIGHT; i++, c->seq += SEGMENT) {
		__u32 fate = i < FLIGHT - 1 ? next_random() % 1000 : 1000;

		if (fate < before + after)
			lost[losses++] = c->seq;
		if (fate < before) {
			c->id[0]++;
			truth.lost_before++;
		} else {
			put(c, 0, c->seq, 1000, TCP_PSH | TCP_ACK, SEGMENT, NULL);
			truth.lost_after += fate < before + after;
		}
	}
	if (losses) {
		rest.start = lost[losses - 1] + SEGMENT;
		now_ns += ROUND_TRIP / 2;
		put(c, 1, 1000, lost[0], TCP_ACK, 0, &rest);
		now_ns += ROUND_TRIP / 2;
		for (__u32 i = 0; i < losses; i++)
			put(c, 0, lost[i], 1000, TCP_ACK, SEGMENT, NULL);
	}
	now_ns += ROUND_TRIP / 2;
	put(c, 1, 1000, c->seq, TCP_ACK, 0, NULL);
	c->ready_ns = now_ns + ROUND_TRIP;
	c->flights++;
}

int main(int argc, char *argv[])
{
	unsigned long long packets = argc > 4 ? strtoull(argv[1], NULL, 10) : 0;
	unsigned int count = argc > 4 ? atoi(argv[2]) : 0;
	struct connection *c;

	if (argc < 5 || argc > 6 || !packets || !count) {
		fprintf(stderr,
			"usage: bulk PACKETS CONNECTIONS LOST_BEFORE LOST_AFTER [PREFIX]\n");
		return 2;
	}
	prefix = argv[5];
	part_packets = prefix ? packets / PARTS + 2 * FLIGHT : ~0ULL;
	c = calloc(count, sizeof(*c));
	if (!c)
		return 1;
	put_header();
	for (unsigned int i = 0; i < count; i++)
		begin(&c[i]);
	for (unsigned int i = 0; truth.packets < packets; i = (i + 1) % count) {
		if (c[i].ready_ns > now_ns)
			now_ns = c[i].ready_ns;
		if (c[i].flights == FLIGHTS) {
			end(&c[i]);
			begin(&c[i]);
		}
		fly(&c[i], atoi(argv[3]), atoi(argv[4]));
	}
	free(c);
	fprintf(stderr,
		"{\"packets\":%llu,\"data_segments\":%llu,\"lost_before\":%llu,\"lost_after\":%llu}\n",
		truth.packets, truth.data_segments, truth.lost_before, truth.lost_after);
	return fflush(stdout) ? 1 : 0;
}

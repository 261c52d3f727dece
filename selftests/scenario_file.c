/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"
#include "clock.h"
#include "dissect.h"
#include "scenario_file.h"
#include "work.h"

#define SLL_HEADER 16
#define SLL2_HEADER 20
#define SENT_BY_THIS_HOST 4
#define FORWARDED_TTL 57
/* Of the file's stamps: a multiple of the units in which the tracker counts. */
#define EPOCH_NS (1500000000000ULL << 20)

enum { PCAP_COOKED, PCAP_COOKED2_BIG_ENDIAN, PCAPNG_ETHERNET };

const char *const scenario_files[SCENARIO_FILES] = {
	[PCAP_COOKED] = "a pcap file, cooked",
	[PCAP_COOKED2_BIG_ENDIAN] = "a big-endian pcap file, cooked, second form",
	[PCAPNG_ETHERNET] = "a pcapng file, Ethernet",
};

/* A capture does not say how many segments a super-packet was: a reader goes by what the SYNs announce. */
struct writer {
	FILE *out;
	int kind;
	int prelude; /* frames before 0 ms */
	__u32 mss;   /* as the SYNs announce it: the longest segment with its options, */
	__u32 syns;  /* of which ends they were seen */
	const char *unfit;
};

static void put32(const struct writer *w, __u32 value)
{
	if (w->kind == PCAP_COOKED2_BIG_ENDIAN)
		value = __builtin_bswap32(value);
	fwrite(&value, sizeof(value), 1, w->out);
}

static void put_file_header(const struct writer *w)
{
	static const __u32 section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, ~0U, ~0U, 28 };
	static const __u32 interface[] = {
		1, 32, 1, 0, 1 << 16 | 9, 9, 0, 32
	}; /* if_tsresol: ns */
	static const __u32 pcap[] = { 0xa1b23c4d, 4 << 16 | 2, 0, 0, 262144 };

	if (w->kind == PCAPNG_ETHERNET) {
		fwrite(section, sizeof(section), 1, w->out);
		fwrite(interface, sizeof(interface), 1, w->out);
		return;
	}
	/* The two halves of the version are numbers of their own. */
	for (unsigned int i = 0; i < ARRAY_SIZE(pcap); i++)
		put32(w, i == 1 && w->kind == PCAP_COOKED2_BIG_ENDIAN ? 2 << 16 | 4 : pcap[i]);
	put32(w, w->kind == PCAP_COOKED ? 113 : 276);
}

/* The frame's own link header stands for the cooked one, of which only type and direction matter. */
static __u32 cooked_header(const struct writer *w, const struct passage *passage, __u8 *header)
{
	__u8 type = passage->dir == OUT ? SENT_BY_THIS_HOST : 0, six = passage->spec.family == 6;
	__u8 ether[2] = { six ? 0x86 : 0x08, six ? 0xdd : 0x00 };
	__u32 length = w->kind == PCAP_COOKED ? SLL_HEADER : SLL2_HEADER;

	memset(header, 0, length);
	header[w->kind == PCAP_COOKED ? 1 : 10] = type;
	memcpy(header + (w->kind == PCAP_COOKED ? 14 : 0), ether, sizeof(ether));
	return length;
}

static __u32 options_length(const struct frame_spec *s)
{
	if (s->options)
		return s->options_length;
	return (s->has & OPTS_TIMESTAMPS ? 12 : 0) + (s->sack_count ? 4 + 8 * s->sack_count : 0);
}

static void measure(void *context, const struct passage *passage)
{
	const struct frame_spec *s = &passage->spec;
	struct writer *w = context;

	w->mss = max_of(w->mss, segments_of(s->payload, passage->segments) + options_length(s));
}

/* Will a reader find as many segments in it? */
static void check(struct writer *w, const struct passage *passage)
{
	const struct frame_spec *s = &passage->spec;

	if (s->tcp_flags & TCP_SYN)
		w->syns |= 1 << s->from_b;
	else if (w->syns != 3 ? passage->segments > 1 :
				s->payload && segments_of(s->payload, w->mss - options_length(s)) !=
						      passage->segments)
		w->unfit = "segments that a reader cannot count";
}

static void put_frame(void *context, const struct passage *passage)
{
	static struct frame frame;
	struct frame_spec spec = passage->spec;
	struct writer *w = context;
	__u64 stamp = passage->now_ns + EPOCH_NS;
	__u8 header[SLL2_HEADER];
	__u32 length, padding;

	w->prelude += passage->step < 0;
	check(w, passage);
	spec.mss = w->mss;
	spec.ttl = passage->local ? 64 : FORWARDED_TTL;
	frame_build(&frame, &spec);
	if (w->kind == PCAPNG_ETHERNET) {
		padding = -frame.length & 3;
		put32(w, 6);
		put32(w, 44 + frame.length + padding);
		put32(w, 0);
		put32(w, stamp >> 32);
		put32(w, (__u32)stamp);
		put32(w, frame.length);
		put32(w, frame.length);
		fwrite(frame.data, frame.length + padding, 1, w->out);
		put32(w, 4 << 16 | 2);
		put32(w, passage->dir == OUT ? 2 : 1);
		put32(w, 0);
		put32(w, 44 + frame.length + padding);
		return;
	}
	length = cooked_header(w, passage, header);
	put32(w, stamp / 1000000000);
	put32(w, stamp % 1000000000);
	put32(w, frame.length + length);
	put32(w, frame.length + length);
	fwrite(header, length, 1, w->out);
	fwrite(frame.data, frame.length, 1, w->out);
}

/* The descriptor; *w says what there is to know of the file. */
static int write_file(struct writer *w, const struct setting *at, const struct step *steps,
		      int count, __u8 family)
{
	const struct way way = { .link = w->kind == PCAPNG_ETHERNET ? LINK_ETHERNET : LINK_IP };
	int fd = memfd_create("scenario", 0);

	w->out = fdopen(dup(fd), "wb");
	assert_non_null(w->out);
	scenario_run(at, steps, count, family, &way, 0xffffff00, measure, w);
	put_file_header(w);
	scenario_run(at, steps, count, family, &way, 0xffffff00, put_frame, w);
	assert_int_equal(fclose(w->out), 0);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void complain(void *context, const char *file, bool fatal, const char *what)
{
	fail_msg("%s: %s", file, what);
}

static void subtract(struct counters *c, const struct counters *before)
{
	for (size_t i = 0; i < sizeof(*c) / sizeof(__u64); i++)
		((__u64 *)c)[i] -= ((const __u64 *)before)[i];
}

static void read_file(const char *name, const struct setting *at, int prelude,
		      struct totals *totals, struct counters *before)
{
	static const volatile bool stop;
	const struct capture_settings settings = { .stop = &stop, .note = complain };
	const struct options options = { .idle_ns = 300000000000ULL, .closed_ns = 10000000000ULL };
	struct captures *captures = captures_open((char *const[]){ (char *)name }, 1, &settings);
	static struct follow follow;
	struct savefile_interface *interface;
	struct savefile_frame frame;
	struct clock clock = {};
	struct dissection d;

	assert_int_equal(follow_init(&follow, &options), 0);
	follow.troubles = at->no_trouble ? ~0U : 0;
	for (int n = 0; captures_next(captures, &frame, &interface); n++) {
		if (n == prelude) {
			memcpy(before, totals->dir, sizeof(totals->dir));
			memset(totals->gauges, 0, sizeof(totals->gauges));
		}
		clock_set(&clock, frame.stamp_ns);
		assert_int_equal(frame_open(&d, &frame, interface->linktype, false), REFUSED_NOT);
		follow.work.pkt.now_ns = clock.now_ns;
		assert_int_equal(frame_follow(&follow, totals, &d, REFUSED_NOT), REFUSED_NOT);
	}
	follow_free(&follow);
	captures_close(captures);
}

void scenario_play_file(const struct setting *at, const struct step *steps, int count, __u8 family,
			int kind, struct played *result)
{
	struct writer w = { .kind = kind };
	struct counters before[DIRECTIONS] = {};
	struct totals totals = {};
	int a = at->tap == SENDER ? OUT : IN, fd;
	char name[32];

	fd = write_file(&w, at, steps, count, family);
	if (w.unfit)
		fail_msg("no capture has it: %s", w.unfit);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	read_file(name, at, w.prelude, &totals, before);
	close(fd);
	for (int d = IN; d < DIRECTIONS; d++) {
		int end = d == a ? A : B;

		result->row[end] = totals.dir[d];
		subtract(&result->row[end], &before[d]);
		result->extremes[end] = totals.gauges[0][d];
	}
	result->health = totals.health;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Scores a capture against the wire's ledger: a line for each class that packets were, and each that they were
 * taken for, by the tracker and by tshark; and a line for each of the tap's totals beside the truth.
 *
 *	cell   GROUP SPOT TOOL CLASS hidden|twin|either|- TAKEN-FOR proven|- COUNT
 *	total  GROUP SPOT NAME COUNTED TRUE
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "clock.h"
#include "dissect.h"
#include "follow.h"
#include "matrix.h"

static const char *const class_names[CLASSES] = { "new", "retransmitted", "reordered", "duplicated",
						  "undecided" };
static const char *const spot_names[SPOTS] = { "sender", "middle", "receiver" };

enum tool { PLOSS, TSHARK, TOOLS };

static const char *const unknowable_names[UNKNOWABLES] = { "-", "hidden", "twin", "either" };
static const char *const tool_names[TOOLS] = { "ploss", "tshark" };

struct passed {
	__u32 seq, end_seq, tsval, tsecr;
};

/* The data that went by, of one direction of a connection. */
struct trail {
	struct passed *at;
	__u32 count;
};

struct score {
	const char *group;
	enum spot spot;
	bool wrong; /* show each packet that was taken for something else */
	struct options options;
	struct follow follow;
	struct clock clock;
	struct totals totals;
	struct ledger ledger;
	FILE *tshark;
	__u64 frames, unmatched;
	__u64 paws; /* packets, as the kernel counts them; segments are more where there are super-packets; and */
	__u64 dsacks_over; /* that reached a connection which was over: its host counts nothing any more */
	/* By direction and the higher port, the client's: */
	bool ended[2][65536]; /* its FIN went by */
	struct trail trail[2][65536];
	__u64 cell[TOOLS][CLASSES][UNKNOWABLES][CLASSES][2];
};

static __u16 client_port(const struct pkt *p)
{
	return max_of(bpf_ntohs(p->source_port), bpf_ntohs(p->dest_port));
}

/* Would the same bytes have passed, had this retransmission been sent for the first time, and overtaken? It fills a
 * hole; has no ID; has the TSval of what opened the hole, and echoes nothing newer. So all that tells the order of the
 * two by their sending is what the sender did: new data and a retransmission, or two segments in sequence.
 */
static bool is_either_way(const struct score *s, const struct pkt *p)
{
	const struct trail *trail = &s->trail[p->dir][client_port(p)];
	const struct passed *opener = NULL;

	if (p->has & PKT_ID || !(p->has & PKT_TIMESTAMPS) || p->seq == p->end_seq)
		return false;
	for (__u32 i = 0; i < trail->count; i++) {
		const struct passed *at = &trail->at[i];

		if (seq_meet(p->seq, p->end_seq, at->seq, at->end_seq))
			return false;
		if (!opener && !seq_before(at->seq, p->end_seq))
			opener = at;
	}
	return opener && opener->tsval == p->tsval && !seq_after(p->tsecr, opener->tsecr);
}

static void trail_follow(struct score *s, const struct pkt *p)
{
	struct trail *trail = &s->trail[p->dir][client_port(p)];

	if (p->seq == p->end_seq || p->tcp_flags & TCP_RST)
		return;
	if (!(trail->count & (trail->count - 1)))
		trail->at = realloc(trail->at, max_of(2 * trail->count, 1U) * sizeof(*trail->at));
	if (!trail->at)
		abort();
	trail->at[trail->count++] = (struct passed){ p->seq, p->end_seq, p->tsval, p->tsecr };
}

/* Follows the ends of connections: counts what their hosts count of this packet, or no more. */
static void count_over(struct score *s, __u64 dsacks)
{
	const struct pkt *p = &s->follow.work.pkt;
	__u16 port = client_port(p);

	if (s->ended[IN][port] && s->ended[OUT][port])
		s->dsacks_over += s->totals.dir[IN].dsack_blocks - dsacks;
	s->paws += p->dir == IN && s->follow.work.verdict.paws;
	if (p->tcp_flags & TCP_FIN)
		s->ended[p->dir][port] = true;
}

static __u64 guesses(const struct score *s)
{
	return s->totals.dir[IN].retransmitted_likely_segments +
	       s->totals.dir[OUT].retransmitted_likely_segments;
}

static enum class taken_for(const struct verdict *v) {
	if (v->unseen || v->seen || v->spurious) return RETRANSMITTED;
	if (v->reordered || v->late_original) return REORDERED;
	if (v->duplicated) return DUPLICATED;
	return v->ambiguous ? UNDECIDED : NEW;
}

/* tshark's fields of the next frame: its number, and a 1 for each of its analyses that applies: retransmission,
 * fast and spurious retransmission, out of order.
 */
static enum class tshark_says(struct score *s) {
	char line[256], *at = line; bool says[5] = { false };

	if (!fgets(line, sizeof(line), s->tshark)) return UNDECIDED;
	for (int i = 0; i < 5 && at; i++){ const char *field = strsep(&at, "\t\n");

					   says[i] = i && *field; }
if (says[4]) return REORDERED;
return says[1] || says[2] || says[3] ? RETRANSMITTED : NEW;
}

static void show(const struct score *s, const struct arrival *a, enum class taken, bool proven)
{
	static const char *const evidence[] = { "-",   "position", "tsval", "ipid",
						"ack", "sack",     "dsack", "timing" };
	const struct pkt *p = &s->follow.work.pkt;
	const struct verdict *v = &s->follow.work.verdict;

	printf("wrong\t%s\t%s\tframe %llu order %u %s %s seq %u+%u id %u tsval %u ack %u: %s%s, taken for %s%s by %s "
	       "(unseen %u seen %u spurious %u reordered %u late %u duplicated %u ambiguous %u)\n",
	       s->group, spot_names[s->spot], s->frames, a->order, p->dir == IN ? "in" : "out",
	       p->family == 4 ? "v4" : "v6", p->seq, p->payload, p->id, p->tsval, p->ack,
	       class_names[a->class], a->unknowable ? " (unknowable)" : "", class_names[taken],
	       proven ? " (proven)" : "", evidence[v->evidence & 7], v->unseen, v->seen,
	       v->spurious, v->reordered, v->late_original, v->duplicated, v->ambiguous);
}

static void score_frame(struct score *s, const struct savefile_frame *frame,
			const struct savefile_interface *interface)
{
	enum class tshark = s->tshark ? tshark_says(s) : UNDECIDED, ploss;
	struct pkt *p = &s->follow.work.pkt;
	struct arrival *a;
	struct dissection d;
	__u64 before = guesses(s), dsacks = s->totals.dir[IN].dsack_blocks;
	bool proven;

	s->frames++;
	if (frame_dissect(p, &d, frame, interface->linktype, false))
		return;
	a = ledger_match(&s->ledger, p);
	if (!a) {
		s->unmatched++;
		return;
	}
	p->now_ns = s->clock.now_ns;
	d.seen.marked = true;
	d.seen.dir = s->ledger.sent[a->order].ab == (s->spot == AT_SENDER) ? OUT : IN;
	/* As the kernel knows it: the host's own packets go out at its own taps alone. */
	d.seen.ttl = d.seen.dir == OUT && s->spot != AT_MIDDLE ? 64 : 63;
	memset(&s->follow.work.verdict, 0, sizeof(s->follow.work.verdict));
	follow_packet(&s->follow, &s->totals, &d.seen, d.data, d.end);
	count_over(s, dsacks);
	if (!a->unknowable && a->class == RETRANSMITTED && is_either_way(s, p))
		a->unknowable = EITHER;
	trail_follow(s, p);

	ploss = taken_for(&s->follow.work.verdict);
	proven = ploss != NEW && ploss != UNDECIDED && guesses(s) == before &&
		 s->follow.work.verdict.evidence != BY_TIMING;
	s->cell[PLOSS][a->class][a->unknowable][ploss][proven]++;
	if (s->tshark)
		s->cell[TSHARK][a->class][a->unknowable][tshark][0]++;
	if (s->wrong && ploss != a->class)
		show(s, a, ploss, proven);
}

static void note(void *context, const char *file, bool fatal, const char *what)
{
	fprintf(stderr, "matrix: %s: %s\n", file, what);
}

static int read_capture(struct score *s, char *file)
{
	static const volatile bool never;
	const struct capture_settings settings = { .note = note, .stop = &never };
	struct captures *captures = captures_open(&file, 1, &settings);
	struct savefile_interface *interface;
	struct savefile_frame frame;

	if (!captures)
		return -1;
	while (captures_next(captures, &frame, &interface)) {
		clock_set(&s->clock, frame.stamp_ns);
		score_frame(s, &frame, interface);
	}
	captures_close(captures);
	return s->frames ? 0 : -1;
}

static void print_cells(const struct score *s)
{
	for (int tool = 0; tool < TOOLS; tool++) {
		for (int i = 0; i < CLASSES * UNKNOWABLES * CLASSES * 2; i++) {
			int class = i / 2 / CLASSES / UNKNOWABLES,
			    unknowable = i / 2 / CLASSES % UNKNOWABLES, taken = i / 2 % CLASSES,
			    proven = i % 2;
			__u64 count = s->cell[tool][class][unknowable][taken][proven];

			if (count)
				printf("cell\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%llu\n", s->group,
				       spot_names[s->spot], tool_names[tool], class_names[class],
				       unknowable_names[unknowable], class_names[taken],
				       proven ? "proven" : "-", count);
		}
	}
}

static void print_total(const struct score *s, const char *name, __u64 counted, __u64 truth)
{
	printf("total\t%s\t%s\t%s\t%llu\t%llu\n", s->group, spot_names[s->spot], name, counted,
	       truth);
}

static void print_totals(const struct score *s)
{
	static const char *const of[DIRECTIONS] = { "in", "out" };
	char name[64];

	print_total(s, "frames_unmatched", s->unmatched,
		    s->ledger.arrivals - (s->frames - s->unmatched));
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		const struct counters *c = &s->totals.dir[d];
		bool ab = (d == OUT) == (s->spot == AT_SENDER);

		snprintf(name, sizeof(name), "lost_before_packets_%s", of[d]);
		print_total(s, name, c->id_missing_packets - c->id_late_packets,
			    s->ledger.knowable[ab]);
		snprintf(name, sizeof(name), "lost_at_ends_%s", of[d]);
		print_total(s, name, s->ledger.lost[ab] - s->ledger.knowable[ab], 0);
		snprintf(name, sizeof(name), "retransmitted_segments_%s", of[d]);
		print_total(s, name,
			    c->retransmitted_unseen_segments + c->retransmitted_seen_segments +
				    c->retransmitted_spurious_segments,
			    0);
		snprintf(name, sizeof(name), "dsack_blocks_%s", of[d]);
		print_total(s, name, c->dsack_blocks - (d == IN ? s->dsacks_over : 0), 0);
	}
	print_total(s, "paws_rejected_packets_in", s->paws, 0);
	print_total(s, "hole_overflows", s->totals.health.hole_overflows, 0);
}

static int usage(void)
{
	fputs("usage: matrix --group NAME --at sender|middle|receiver --ledger FILE [--tshark FILE] [--wrong] CAPTURE\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "group", required_argument, NULL, 'g' },
		{ "at", required_argument, NULL, 'a' },
		{ "ledger", required_argument, NULL, 'l' },
		{ "tshark", required_argument, NULL, 't' },
		{ "wrong", no_argument, NULL, 'w' },
		{ 0 },
	};
	static struct score s = { .group = "-", .spot = SPOTS };
	const char *ledger = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'g':
			s.group = optarg;
			break;
		case 'a':
			for (s.spot = 0; s.spot < SPOTS && strcmp(optarg, spot_names[s.spot]);)
				s.spot++;
			break;
		case 'l':
			ledger = optarg;
			break;
		case 't':
			s.tshark = fopen(optarg, "re");
			break;
		case 'w':
			s.wrong = true;
			break;
		default:
			return usage();
		}
	}
	if (!ledger || s.spot == SPOTS || optind != argc - 1)
		return usage();
	s.options.idle_ns = 3600000000000ULL;
	s.options.closed_ns = 10000000000ULL;
	if (ledger_read(&s.ledger, ledger, s.spot) || follow_init(&s.follow, &s.options))
		return 1;
	s.follow.interval = 1;
	if (read_capture(&s, argv[optind]))
		return 1;
	print_cells(&s);
	print_totals(&s);
	follow_free(&s.follow);
	ledger_free(&s.ledger);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* A lossy wire between two network namespaces: the command and its loop. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define SPIN_NS 50000 /* the kernel's timers are not finer */
#define BATCH 64      /* packets read from one end before the other gets its turn */
#define SECOND 1000000000ull

struct wire {
	const char *netns[WAYS], *name[WAYS]; /* of the end that sends this way */
	const char *ledger, *truth_file, *middle_file;
	uint64_t seed, seconds, order;
	bool control;
	int signals; /* SIGTERM and SIGINT can be read here */
	struct device end[WAYS];
	FILE *middle; /* NULL: there is none */
	struct path path[WAYS][HALVES];
	struct queue queue;
	struct truth truth;
};

int fail(const char *format, ...)
{
	va_list args;

	fputs("wire: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -1;
}

uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* Into one half of its way: lost there, or due at its end, once or twice. */
static int packet_goes(struct wire *w, struct packet *p, enum half half, uint64_t now_ns)
{
	struct decision d = path_decide(&w->path[p->way][half], p, now_ns);

	if (d.cause) {
		truth_lost(&w->truth, p, d.cause);
		if (!--p->copies)
			free(p);
		return 0;
	}
	if (d.corrupt && !p->corrupted)
		packet_corrupt(p);
	if (d.mark)
		packet_mark(p);
	p->copies += d.duplicate;
	if (queue_push(&w->queue, p, half, d.due_ns))
		return -1;
	return d.duplicate ? queue_push(&w->queue, p, half, d.due_ns) : 0;
}

static int packet_enters(struct wire *w, struct packet *p)
{

	p->order = ++w->order;
	p->entered_ns = clock_ns();
	packet_parse(p, &w->end[p->way]);
	if (truth_sent(&w->truth, p)) {
		free(p);
		return -1;
	}
	p->copies = 1;
	return packet_goes(w, p, NEAR, p->entered_ns);
}

static int packet_passes(struct wire *w, struct packet *p)
{
	uint64_t now = clock_ns();

	truth_passed(&w->truth, p, now);
	return middle_write(w->middle, p, now) ? -1 : packet_goes(w, p, FAR, now);
}

static int read_batch(struct wire *w, enum way way)
{
	struct packet *p;
	int i;

	for (i = 0; i < BATCH && (p = tun_read(&w->end[way])); i++) {
		p->way = way;
		if (packet_enters(w, p))
			return -1;
	}
	return 0;
}

static int packet_leaves(struct wire *w, struct packet *p, uint64_t due_ns)
{
	uint64_t now = clock_ns();
	int err = 0;

	if (tun_write(&w->end[!p->way], p))
		truth_lost(&w->truth, p, LOST_WRITE);
	else
		err = truth_arrived(&w->truth, p, now, now - due_ns);
	if (!--p->copies)
		free(p);
	return err;
}

static int deliver(struct wire *w)
{
	uint64_t due;
	int i;

	for (i = 0; i < BATCH && (due = queue_due(&w->queue)) <= clock_ns(); i++) {
		enum half half;
		struct packet *p = queue_pop(&w->queue, &half);

		if (w->middle && half == NEAR ? packet_passes(w, p) : packet_leaves(w, p, due))
			return -1;
	}
	return 0;
}

/* Until the next packet is nearly due; the rest is waited for by asking again and again. */
static struct timespec patience(const struct wire *w, uint64_t end_ns)
{
	uint64_t due = queue_due(&w->queue), now = clock_ns(), wait = 0;

	if (end_ns < due)
		due = end_ns;
	if (due > now + SPIN_NS)
		wait = due - now - SPIN_NS;
	return (struct timespec){ .tv_sec = wait / SECOND, .tv_nsec = wait % SECOND };
}

static int run(struct wire *w)
{
	struct pollfd fds[] = {
		{ .fd = w->end[AB].fd, .events = POLLIN },
		{ .fd = w->end[BA].fd, .events = POLLIN },
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->control ? STDIN_FILENO : -1, .events = POLLIN },
	};
	uint64_t end_ns = clock_ns() + w->seconds * SECOND;

	while (clock_ns() < end_ns) {
		struct timespec wait = patience(w, end_ns);

		if (ppoll(fds, 4, &wait, NULL) < 0 && errno != EINTR)
			return fail("cannot wait for packets: %s", strerror(errno));
		if (fds[2].revents || fds[3].revents)
			break;
		if ((fds[AB].revents && read_batch(w, AB)) ||
		    (fds[BA].revents && read_batch(w, BA)) || deliver(w))
			return -1;
	}
	return 0;
}

static int save_truth(const struct wire *w)
{
	FILE *f = w->truth_file ? fopen(w->truth_file, "we") : stdout;
	int err;

	if (!f)
		return fail("cannot create %s: %s", w->truth_file, strerror(errno));
	err = truth_write(&w->truth, f);
	if (f != stdout && fclose(f) && !err)
		err = fail("cannot write %s: %s", w->truth_file, strerror(errno));
	return err;
}

static int finish(struct wire *w)
{
	struct packet *p;
	enum half half;
	int err;

	while ((p = queue_pop(&w->queue, &half))) {
		truth_pending(&w->truth, p);
		if (!--p->copies)
			free(p);
	}
	err = save_truth(w);
	if (truth_close(&w->truth))
		err = -1;
	queue_free(&w->queue);
	for (half = NEAR; half < HALVES; half++) {
		path_free(&w->path[AB][half]);
		path_free(&w->path[BA][half]);
	}
	if (w->middle && (ferror(w->middle) | fclose(w->middle)))
		err = fail("cannot write %s: %s", w->middle_file, strerror(errno));
	return err;
}

static int start(struct wire *w)
{
	sigset_t ends;
	enum way way;

	for (way = AB; way < WAYS; way++) {
		if (w->end[way].offload && (w->path[way][NEAR].set.corrupt || w->middle_file))
			return fail(
				"cannot make wrong, or capture, what --offload leaves to be made");
		if (path_init(&w->path[way][NEAR], w->seed * WAYS + way) ||
		    path_init(&w->path[way][FAR], ~(w->seed * WAYS + way)) ||
		    tun_open(&w->end[way], w->netns[way], w->name[way]))
			return -1;
	}
	if (w->ledger && !(w->truth.ledger = ledger_open(w->ledger)))
		return -1;
	if (w->middle_file && !(w->middle = middle_open(w->middle_file, &w->end[AB])))
		return -1;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	w->signals = signalfd(-1, &ends, SFD_CLOEXEC);
	if (w->signals < 0)
		return fail("cannot wait for signals: %s", strerror(errno));
	prctl(PR_SET_TIMERSLACK, 1);
	puts("ready");
	return fflush(stdout);
}

static void usage(FILE *to)
{
	fputs("usage: wire --a-netns NAME --b-netns NAME [OPTIONS]\n"
	      "Joins a device in each of two network namespaces by a lossy wire. Prints \"ready\" when the\n"
	      "devices exist, and the truth of both directions, a JSON line each, when it is ended.\n"
	      "  --a-dev NAME, --b-dev NAME   the devices (wa, wb)\n"
	      "  --ab LIST, --ba LIST         impairments of one direction\n"
	      "  --both LIST                  of both\n"
	      "  --middle FILE                a capture in the middle; what is said above comes before it,\n"
	      "  --ab-far, --ba-far LIST      this beyond\n"
	      "  --seed N                     of everything random (1)\n"
	      "  --tap                        Ethernet devices; else raw IP\n"
	      "  --offload                    super-packets cross the wire whole\n"
	      "  --ledger FILE                a line for each packet's fate\n"
	      "  --truth FILE                 the truth goes there instead of to stdout\n"
	      "  --seconds N                  ends after so long at the latest (600)\n"
	      "  --control                    ends when stdin does\n"
	      "LIST is NAME=VALUE[,NAME=VALUE...] of:\n",
	      to);
	impairments_help(to);
}

static struct wire wire = { .name = { "wa", "wb" }, .seed = 1, .seconds = 600 };
static bool tap, offload;

/* An option's value goes to what its own member points to; "both" has two of them. */
static const struct setting {
	const char *name;
	const char **text;
	uint64_t *number;
	bool *yes;
	struct impairments *list, *second;
} settings[] = {
	{ "a-netns", .text = &wire.netns[AB] },
	{ "b-netns", .text = &wire.netns[BA] },
	{ "a-dev", .text = &wire.name[AB] },
	{ "b-dev", .text = &wire.name[BA] },
	{ "ab", .list = &wire.path[AB][NEAR].set },
	{ "ba", .list = &wire.path[BA][NEAR].set },
	{ "both", .list = &wire.path[AB][NEAR].set, .second = &wire.path[BA][NEAR].set },
	{ "middle", .text = &wire.middle_file },
	{ "ab-far", .list = &wire.path[AB][FAR].set },
	{ "ba-far", .list = &wire.path[BA][FAR].set },
	{ "seed", .number = &wire.seed },
	{ "tap", .yes = &tap },
	{ "offload", .yes = &offload },
	{ "ledger", .text = &wire.ledger },
	{ "truth", .text = &wire.truth_file },
	{ "seconds", .number = &wire.seconds },
	{ "control", .yes = &wire.control },
	{ .name = "help" },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int parse_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return *text < '0' || *text > '9' || *end || errno ? fail("not a number: %s", text) : 0;
}

static int set(const struct setting *s, const char *value)
{
	if (s->text)
		*s->text = value;
	if (s->yes)
		*s->yes = true;
	if (s->number && parse_number(value, s->number))
		return -1;
	if (s->list && impairments_parse(s->list, value))
		return -1;
	return s->second ? impairments_parse(s->second, value) : 0;
}

/* 0, or the exit status. */
static int parse_options(int argc, char **argv)
{
	struct option options[SETTINGS + 1] = { 0 };
	int option;
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		bool value = settings[i].text || settings[i].number || settings[i].list;

		options[i] = (struct option){ settings[i].name, value, NULL, i };
	}
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == SETTINGS - 1) {
			usage(stdout);
			exit(0);
		}
		if (option == '?' || set(&settings[option], optarg))
			return 2;
	}
	wire.end[AB] = wire.end[BA] = (struct device){ .fd = -1, .tap = tap, .offload = offload };
	if (optind == argc && wire.netns[AB] && wire.netns[BA])
		return 0;
	usage(stderr);
	return 2;
}

int main(int argc, char **argv)
{
	int err = parse_options(argc, argv);

	if (err)
		return err;
	if (start(&wire))
		return 1;
	err = run(&wire);
	return finish(&wire) || err;
}

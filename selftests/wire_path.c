/* SPDX-License-Identifier: GPL-2.0-only */
/* One direction's misfortunes: which packets are lost, when the others arrive. */
#include <stdlib.h>
#include <string.h>

#include "wire.h"

enum generator {
	OF_LOSS,
	OF_BURST,
	OF_BURST_LOSS,
	OF_ACK_LOSS,
	OF_JITTER,
	OF_REORDER,
	OF_DUPLICATE,
	OF_CORRUPT,
	OF_MARK
};

#define OPTIONS(X) \
	X("delay", "MS", "time on the way", "%lf%n", &i->delay_ms) \
	X("jitter", "MS", "up to so much more, in order all the same", "%lf%n", &i->jitter_ms) \
	X("loss", "PERCENT", "each packet by chance", "%lf%n", &i->loss) \
	X("burst", "ENTER:LEAVE:LOSS", "Gilbert-Elliott, percentages a packet", "%lf:%lf:%lf%n", \
	  &i->burst_enter, &i->burst_leave, &i->burst_loss) \
	X("rate", "MBIT:PACKETS", "bottleneck, its drop-tail queue", "%lf:%u%n", &i->rate_mbit, \
	  &i->queue) \
	X("reorder", "PERCENT:MIN:MAX", "held up for MIN to MAX ms, so that others overtake", \
	  "%lf:%lf:%lf%n", &i->reorder, &i->reorder_min_ms, &i->reorder_max_ms) \
	X("duplicate", "PERCENT", "delivered twice", "%lf%n", &i->duplicate) \
	X("ackloss", "PERCENT", "pure acknowledgements only", "%lf%n", &i->ack_loss) \
	X("mtu", "BYTES", "larger packets are lost, and nobody is told", "%u%n", &i->mtu) \
	X("corrupt", "PERCENT", "TCP checksum made wrong", "%lf%n", &i->corrupt) \
	X("mark", "PERCENT", "Congestion Experienced, where the sender takes part in ECN", \
	  "%lf%n", &i->mark)

static int parse_drops(struct impairments *i, const char *text)
{
	char *end;

	do {
		if (i->drop_count == DROPS_MAX)
			return -1;
		i->drops[i->drop_count++] = strtoull(text, &end, 10);
		if (end == text || (*end && *end != ':'))
			return -1;
		text = end + 1;
	} while (*end);
	return 0;
}

static int parse_one(struct impairments *i, const char *name, const char *value)
{
	int used = 0;

	if (!strcmp(name, "drop"))
		return parse_drops(i, value);
#define X(option, form, help, format, ...) \
	if (!strcmp(name, option)) { \
		sscanf(value, format, __VA_ARGS__, &used); \
		return used && !value[used] ? 0 : -1; \
	}
	OPTIONS(X)
#undef X
	return -1;
}

int impairments_parse(struct impairments *i, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	int err = copy ? 0 : fail("cannot read %s: out of memory", text);

	while (!err && (word = strsep(&rest, ","))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!value || parse_one(i, word, value))
			err = fail("cannot read \"%s\" in \"%s\"", word, text);
	}
	if (!err && i->rate_mbit && !i->queue)
		err = fail("a rate needs a queue of at least one packet");
	free(copy);
	return err;
}

void impairments_help(FILE *to)
{
#define X(option, form, help, ...) fprintf(to, "  %-9s %-17s %s\n", option, form, help);
	OPTIONS(X)
#undef X
	fprintf(to, "  %-9s %-17s %s\n", "drop", "N[:N...]",
		"the Nth packets that carry payload, from 1");
}

/* splitmix64: any seed will do. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* In [0, 1). */
static double draw(struct path *path, enum generator g)
{
	return (double)(random_next(&path->random[g]) >> 11) / 9007199254740992.0;
}

static bool chance(struct path *path, enum generator g, double percent)
{
	return draw(path, g) * 100 < percent;
}

int path_init(struct path *path, uint64_t seed)
{
	size_t g;

	for (g = 0; g < sizeof(path->random) / sizeof(path->random[0]); g++)
		path->random[g] = random_next(&seed);
	if (!path->set.queue)
		return 0;
	path->departures = calloc(path->set.queue, sizeof(*path->departures));
	return path->departures ? 0 : fail("cannot make a queue: out of memory");
}

void path_free(struct path *path)
{
	free(path->departures);
}

static bool scripted(const struct path *path)
{
	unsigned int i;

	for (i = 0; i < path->set.drop_count; i++) {
		if (path->set.drops[i] == path->payload_packets)
			return true;
	}
	return false;
}

/* Every generator is drawn from for every packet it could concern, whatever the others said: a seed
 * means the same losses with and without, say, reordering.
 */
static enum cause loss_cause(struct path *path, const struct packet *p)
{
	const struct impairments *set = &path->set;
	bool pure_ack = p->tcp && p->end == p->start && !(p->flags & RST);
	bool random = chance(path, OF_LOSS, set->loss);
	bool burst, ack;

	if (chance(path, OF_BURST, path->bad ? set->burst_leave : set->burst_enter))
		path->bad = !path->bad;
	burst = chance(path, OF_BURST_LOSS, set->burst_loss) && path->bad;
	ack = pure_ack && chance(path, OF_ACK_LOSS, set->ack_loss);
	if (p->payload) {
		path->payload_packets++;
		if (scripted(path))
			return LOST_SCRIPTED;
	}
	if (set->mtu && p->ip_bytes > set->mtu)
		return LOST_SCRIPTED;
	return random ? LOST_RANDOM : burst ? LOST_BURST : ack ? LOST_ACK : KEPT;
}

/* When the last bit leaves the bottleneck; 0: its queue is full. The slot that this packet would take
 * in the ring is that of the packet set.queue places ahead: still there means full.
 */
static uint64_t departure(struct path *path, const struct packet *p, uint64_t now)
{
	uint64_t *slot, *last;

	if (!path->set.queue)
		return now;
	slot = &path->departures[path->departed % path->set.queue];
	last = &path->departures[(path->departed + path->set.queue - 1) % path->set.queue];
	if (*slot > now)
		return 0;
	*slot = (*last > now ? *last : now) + (uint64_t)(p->size * 8 * 1000 / path->set.rate_mbit);
	path->departed++;
	return *slot;
}

struct decision path_decide(struct path *path, const struct packet *p, uint64_t now_ns)
{
	const struct impairments *set = &path->set;
	double jitter = draw(path, OF_JITTER) * set->jitter_ms;
	bool held = chance(path, OF_REORDER, set->reorder);
	double hold = set->reorder_min_ms +
		      draw(path, OF_REORDER) * (set->reorder_max_ms - set->reorder_min_ms);
	struct decision d = {
		.cause = loss_cause(path, p),
		.duplicate = chance(path, OF_DUPLICATE, set->duplicate),
		.corrupt = chance(path, OF_CORRUPT, set->corrupt) && p->tcp,
		.mark = chance(path, OF_MARK, set->mark) && p->tcp,
	};

	if (d.cause)
		return d;
	d.due_ns = departure(path, p, now_ns);
	if (!d.due_ns) {
		d.cause = LOST_QUEUE;
		return d;
	}
	d.due_ns += (uint64_t)((set->delay_ms + jitter) * 1e6);
	if (d.due_ns < path->last_due_ns)
		d.due_ns = path->last_due_ns;
	if (held)
		d.due_ns += (uint64_t)(hold * 1e6);
	else
		path->last_due_ns = d.due_ns;
	return d;
}

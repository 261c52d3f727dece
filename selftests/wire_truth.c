/* SPDX-License-Identifier: GPL-2.0-only */
/* What really happened to every segment. A sender's side is judged when a packet enters the wire, the
 * receiver's when it leaves; both know everything, so that nothing is inferred.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

/* Above 2^32, so that what lies before the first sequence number seen is a number too. */
#define ORIGIN (1ull << 40)

struct flow {
	struct flow *next;
	int family;
	uint8_t address[WAYS][16]; /* of the end that sends this way */
	uint16_t port[WAYS];
	struct stream stream[WAYS];
};

static bool flow_is(const struct flow *f, const struct packet *p)
{
	return f->family == p->family && f->port[p->way] == p->source_port &&
	       f->port[!p->way] == p->dest_port && !memcmp(f->address[p->way], p->source, 16) &&
	       !memcmp(f->address[!p->way], p->dest, 16);
}

static struct flow *flow_of(struct truth *t, const struct packet *p)
{
	struct flow **slot = &t->flows[(p->source_port * p->dest_port) % 4096], *f;

	for (f = *slot; f; f = f->next) {
		if (flow_is(f, p))
			return f;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->family = p->family;
	memcpy(f->address[p->way], p->source, 16);
	memcpy(f->address[!p->way], p->dest, 16);
	f->port[p->way] = p->source_port;
	f->port[!p->way] = p->dest_port;
	f->next = *slot;
	*slot = f;
	return f;
}

/* The 64-bit sequence number nearest to the highest one sent. */
static uint64_t widen(const struct stream *s, uint32_t seq)
{
	return s->sent_end + (int32_t)(seq - (uint32_t)s->sent_end);
}

/* A SYN of another initial sequence number begins another connection. */
static void stream_seed(struct stream *s, const struct packet *p)
{
	bool syn = p->flags & SYN;

	if (s->seeded && !(syn && (!s->syn || s->isn != p->seq)))
		return;
	s->sent_end = s->acked = s->arrived_end = ORIGIN + p->seq;
	s->ranges = 0;
	s->newest = s->newest_first = 0;
	s->seeded = true;
	s->syn = syn;
	s->isn = p->seq;
}

static bool is_data(const struct packet *p)
{
	return p->end != p->start;
}

/* A byte below what is acknowledged, to see whether the other end lives (RFC 1122 4.2.3.6). */
static bool is_keepalive(const struct stream *s, const struct packet *p)
{
	return p->payload <= 1 && !(p->flags & (SYN | FIN)) && p->start + 1 == s->sent_end &&
	       s->acked == s->sent_end;
}

int truth_sent(struct truth *t, struct packet *p)
{
	struct stream *s, *other;
	struct flow *f;

	t->way[p->way].packets++;
	t->way[p->way].bytes += p->ip_bytes;
	if (!p->tcp)
		return 0;
	t->way[p->way].segments += p->segments;
	f = flow_of(t, p);
	if (!f)
		return fail("cannot keep a connection: out of memory");
	s = &f->stream[p->way];
	other = &f->stream[!p->way];
	if (p->flags & RST)
		return 0;
	stream_seed(s, p);
	p->stream = s;
	p->start = widen(s, p->seq);
	p->end = p->start + p->payload + !!(p->flags & SYN) + !!(p->flags & FIN);
	if (p->flags & ACK && other->seeded && widen(other, p->ack) > other->acked)
		other->acked = widen(other, p->ack);
	if (!is_data(p)) {
		t->way[p->way].pure_acks++;
		return 0;
	}
	t->way[p->way].data_segments += p->segments;
	if (p->start < s->sent_end && !is_keepalive(s, p)) {
		uint64_t again = (p->end < s->sent_end ? p->end : s->sent_end) - p->start;

		p->retransmitted = 1;
		if (p->segments > 1)
			p->retransmitted = (again + p->segment_size - 1) / p->segment_size;
		t->way[p->way].retransmitted_sent += p->retransmitted;
	}
	if (p->end > s->sent_end)
		s->sent_end = p->end;
	return 0;
}

void truth_lost(struct truth *t, const struct packet *p, enum cause cause)
{
	t->way[p->way].lost[cause]++;
	t->way[p->way].dropped_packets++;
	t->way[p->way].dropped_retransmitted += p->retransmitted;
	if (is_data(p))
		t->way[p->way].dropped_data_segments += p->segments;
	else if (p->stream)
		t->way[p->way].dropped_pure_acks++;
	ledger_line(t->ledger, p, (struct entry){ .fate = FATE_LOST, .cause = cause });
}

void truth_passed(const struct truth *t, const struct packet *p, uint64_t now_ns)
{
	ledger_line(t->ledger, p, (struct entry){ .fate = FATE_MIDDLE, .delivered_ns = now_ns });
}

void truth_pending(struct truth *t, const struct packet *p)
{
	t->way[p->way].pending_packets++;
	ledger_line(t->ledger, p, (struct entry){ .fate = FATE_PENDING });
}

/* How many bytes of [start, end) lie in none of the ranges. */
static uint64_t missing(const struct stream *s, uint64_t start, uint64_t end)
{
	uint64_t count = end > start ? end - start : 0;
	size_t i;

	for (i = 0; i < s->ranges; i++) {
		uint64_t from = start > s->arrived[i].start ? start : s->arrived[i].start;
		uint64_t to = end < s->arrived[i].end ? end : s->arrived[i].end;

		count -= to > from ? to - from : 0;
	}
	return count;
}

/* Adds [start, end), which swallows every range it touches. */
static int add_range(struct stream *s, uint64_t start, uint64_t end)
{
	size_t first, last;

	if (s->ranges == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		struct range *arrived = realloc(s->arrived, room * sizeof(*arrived));

		if (!arrived)
			return fail("cannot keep what arrived: out of memory");
		s->arrived = arrived;
		s->room = room;
	}
	for (first = 0; first < s->ranges && s->arrived[first].end < start; first++)
		;
	for (last = first; last < s->ranges && s->arrived[last].start <= end; last++) {
		if (s->arrived[last].start < start)
			start = s->arrived[last].start;
		if (s->arrived[last].end > end)
			end = s->arrived[last].end;
	}
	memmove(&s->arrived[first + 1], &s->arrived[last],
		(s->ranges - last) * sizeof(*s->arrived));
	s->ranges -= last - first;
	s->ranges++;
	s->arrived[first] = (struct range){ start, end };
	return 0;
}

static enum place place_of(const struct stream *s, const struct packet *p)
{
	uint64_t below = p->end < s->arrived_end ? p->end : s->arrived_end;

	if (!missing(s, p->start, p->end))
		return PLACE_REPEAT;
	return missing(s, p->start, below) ? PLACE_HOLE : PLACE_END;
}

static void count_arrival(struct truth *t, const struct packet *p, enum place place)
{
	const struct stream *s = p->stream;

	t->way[p->way].delivered_data_segments += p->segments;
	t->way[p->way].retransmitted_delivered += p->retransmitted;
	if (p->retransmitted) {
		uint64_t *by_place[PLACES] = {
			[PLACE_HOLE] = &t->way[p->way].retransmitted_hole,
			[PLACE_REPEAT] = &t->way[p->way].retransmitted_repeat,
			[PLACE_END] = &t->way[p->way].retransmitted_in_sequence,
		};

		*by_place[place] += p->retransmitted;
	} else if (place == PLACE_REPEAT) {
		t->way[p->way].late_originals += p->segments;
	} else {
		t->way[p->way].reordered += p->order < s->newest_first ? p->segments : 0;
		t->way[p->way].overtaken += p->order < s->newest ? p->segments : 0;
	}
}

static int receive(struct truth *t, const struct packet *p, enum place place)
{
	struct stream *s = p->stream;

	count_arrival(t, p, place);
	if (p->order > s->newest)
		s->newest = p->order;
	if (!p->retransmitted && p->order > s->newest_first)
		s->newest_first = p->order;
	if (p->end > s->arrived_end)
		s->arrived_end = p->end;
	return add_range(s, p->start, p->end);
}

int truth_arrived(struct truth *t, struct packet *p, uint64_t now_ns, uint64_t late_ns)
{
	bool copy = p->arrivals++, data = p->stream && is_data(p);
	struct entry e = { .fate = FATE_DELIVERED, .delivered_ns = now_ns };

	if (copy)
		e.fate = FATE_DUPLICATE;
	else if (p->corrupted)
		e.fate = FATE_CORRUPTED;
	t->way[p->way].delivered_packets++;
	t->way[p->way].delivered_segments += p->tcp ? p->segments : 0;
	t->way[p->way].corrupted_packets += p->corrupted;
	t->way[p->way].duplicated_packets += copy;
	if (late_ns > t->way[p->way].lateness_max_ns)
		t->way[p->way].lateness_max_ns = late_ns;
	if (copy && data)
		t->way[p->way].duplicated_data_segments += p->segments;
	if (!copy && data) {
		e.place = place_of(p->stream, p);
		e.late = !p->retransmitted && p->order < p->stream->newest_first;
	}
	ledger_line(t->ledger, p, e);
	return e.place ? receive(t, p, e.place) : 0;
}

int truth_write(const struct truth *t, FILE *to)
{
	int way, cause;

	for (way = 0; way < WAYS; way++) {
		fprintf(to, "{\"direction\":\"%s\"", way_names[way]);
#define X(name) fprintf(to, ",\"" #name "\":%" PRIu64, t->way[way].name);
		TRUTHS(X)
#undef X
		for (cause = LOST_SCRIPTED; cause < CAUSES; cause++)
			fprintf(to, ",\"lost_%s\":%" PRIu64, cause_names[cause],
				t->way[way].lost[cause]);
		fprintf(to, "}\n");
	}
	return fflush(to) || ferror(to) ? fail("cannot write the truth: %s", strerror(errno)) : 0;
}

int truth_close(struct truth *t)
{
	struct flow *f, *next;
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(t->flows) / sizeof(t->flows[0]); i++) {
		for (f = t->flows[i]; f; f = next) {
			next = f->next;
			free(f->stream[AB].arrived);
			free(f->stream[BA].arrived);
			free(f);
		}
	}
	if (t->ledger && (ferror(t->ledger) | fclose(t->ledger)))
		err = fail("cannot write the ledger: %s", strerror(errno));
	return err;
}

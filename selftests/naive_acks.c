/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet says of the other direction's data. */
#include "naive.h"

static struct naive_rest *own(struct naive *n)
{
	return &n->half[n->pkt->dir].rest;
}

static struct naive_half *other(struct naive *n)
{
	return &n->half[!n->pkt->dir];
}

static __u32 segments(struct naive *n, __s64 bytes)
{
	return segments_of(bytes, max_of(other(n)->rest.mss, 1));
}

/* Among the newest `room` marks of `count` that were given: then the tracker has it too. */
static int is_remembered(__u32 mark, __u32 count, __u32 room)
{
	return mark + room >= count;
}

/* Did [start, end) pass the tap in order and only once? */
static int passed_in_order(struct naive *n, __s64 start, __s64 end)
{
	const struct naive_half *h = other(n);
	int odd = 0, forgotten = 0;

	for (__s64 at = start; at < end; at++) {
		const struct naive_place *p = &h->place[at];
		int missing = p->opener != 0;
		int filled = p->fill && is_remembered(p->fill, h->rest.fills, FILLS);
		int repeated = p->repeat && is_remembered(p->repeat, h->rest.repeats, REPEATS);

		odd |= missing || filled || repeated;
		forgotten |= p->fill || p->repeat;
	}
	if (forgotten && !odd)
		n->beyond = "a mark is forgotten";
	return !odd;
}

static int was_filled(struct naive *n, __s64 start, __s64 end)
{
	const struct naive_half *h = other(n);
	int filled = 0, forgotten = 0;

	for (__s64 at = start; at < end; at++) {
		__u16 fill = h->place[at].fill;

		forgotten |= fill != 0;
		filled |= fill && is_remembered(fill, h->rest.fills, FILLS);
	}
	if (forgotten && !filled)
		n->beyond = "a fill is forgotten";
	return filled;
}

/* Arrived after later bytes had been SACKed: reordered beyond the tap, but for the known bytes. */
static void arrived_late(struct naive *n, __s64 start, __s64 end, __s64 known)
{
	if (start >= end || end - start <= known || start < other(n)->rest.base ||
	    !other(n)->rest.seeded)
		return;
	if (passed_in_order(n, start, end))
		other(n)->rest.row.reordered_after_segments += segments(n, end - start - known);
}

static __s64 count_sacked(struct naive *n, __s64 start, __s64 end)
{
	__s64 sacked = 0;

	for (__s64 at = start; at < end; at++)
		sacked += other(n)->place[at].sacked;
	return sacked;
}

/* Bytes of the repeat that the echo of its first byte speaks of. */
static __s64 first_segment(const struct naive_half *h, const struct naive_mark *m)
{
	return min_of(m->end - m->start, max_of((__s64)h->rest.mss, 1LL));
}

/* A duplicate of [start, end) reached the receiver: explained by what passed the tap twice, or made beyond. Each byte
 * proves one retransmission of it needless, once.
 */
static void dsack(struct naive *n, __s64 start, __s64 end)
{
	struct naive_half *h = other(n);
	int found = 0;

	for (__u32 i = h->rest.repeats; i-- > 1;) {
		struct naive_mark *m = &h->repeat[i];
		__s64 bytes = min_of(end, m->end) - max_of(start, m->start);

		if (bytes <= 0)
			continue;
		if (m->echoed)
			bytes = max_of(0LL, min_of(end, m->end) -
						    max_of(start, m->start + first_segment(h, m)));
		if (found++ || !is_remembered(i, h->rest.repeats, REPEATS)) {
			n->beyond = "a DSACK of several repeats, or of a forgotten one";
			return;
		}
		if (m->kind != MARK_RETRANSMITTED)
			continue;
		bytes = min_of(bytes, m->end - m->start - m->proven);
		m->proven += bytes;
		if (bytes > 0)
			h->rest.row.spurious_proven_segments += segments(n, bytes);
	}
	if (!found && h->rest.seeded && start >= h->rest.base &&
	    !(end - start == 1 && h->rest.row.keepalives))
		h->rest.row.duplicated_after_segments += segments(n, end - start);
}

/* What was sent again, and whose first byte is acknowledged now with the echo of an older timestamp, had arrived
 * before: the first segment of it.
 */
static void eifel(struct naive *n, __s64 from)
{
	struct naive_half *h = other(n);

	for (__u32 i = 1; i < h->rest.repeats; i++) {
		struct naive_mark *m = &h->repeat[i];

		if (m->kind != MARK_RETRANSMITTED || m->start != from || m->echoed ||
		    m->proven >= m->end - m->start || (__s32)(n->pkt->tsecr - m->tsval) >= 0)
			continue;
		if (!is_remembered(i, h->rest.repeats, REPEATS))
			n->beyond = "a repeat is forgotten";
		m->echoed = 1;
		m->proven = min_of(m->proven + first_segment(h, m), m->end - m->start);
		h->rest.row.spurious_proven_segments++;
		if (m->fast && !was_filled(n, m->start, m->end))
			h->rest.row.reordered_after_segments++;
	}
}

static void acknowledge(struct naive *n, __s64 from, __s64 acked)
{
	struct naive_rest *r = own(n);
	struct naive_half *h = other(n);
	__s64 sacked = count_sacked(n, from, acked), unseen = 0;

	if (h->place[acked].sacked) {
		r->row.sack_reneges++;
		r->sack_seen = 0;
		for (__s64 at = from; at < r->fack; at++)
			h->place[at].sacked = 0;
	} else if (r->sack_seen) {
		arrived_late(n, from, min_of(acked, r->fack), sacked);
	}
	for (__s64 at = from; at < acked; at++) {
		unseen += h->place[at].opener || at >= h->rest.next;
		h->place[at].sacked = 0;
	}
	if (h->rest.seeded)
		h->rest.row.unseen_bytes += unseen;
	if (n->pkt->has & PKT_TIMESTAMPS)
		eifel(n, from);
	r->ack = acked;
	if (r->sack_seen && acked >= r->fack)
		r->sack_seen = 0;
}

/* This host has the block and not what lies right below it, which passed its tap before: it dropped that. */
static void dropped_below(struct naive *n, __s64 start, __s64 end)
{
	struct naive_half *h = other(n);
	__s64 low = start;

	if (!own(n)->local || count_sacked(n, start, end + 1) || h->place[start].opener)
		return;
	while (low > own(n)->ack && !h->place[low - 1].sacked && !h->place[low - 1].opener)
		low--;
	if (low < start && h->rest.seeded && low >= h->rest.base && !was_filled(n, low, start))
		h->rest.row.host_dropped_segments += segments(n, start - low);
}

static void sacks(struct naive *n)
{
	const struct opts *o = n->opts;
	struct naive_rest *r = own(n);
	struct naive_half *h = other(n);
	__s64 start = naive_at(h, o->sack[0].start), end = naive_at(h, o->sack[0].end);
	__s64 fack = r->fack, had_sacks = r->sack_seen;
	int first = start < naive_at(h, n->pkt->ack) ||
		    (o->sack_count > 1 && start >= naive_at(h, o->sack[1].start) &&
		     end <= naive_at(h, o->sack[1].end));

	r->row.sack_blocks += o->sack_count;
	r->row.dsack_blocks += first;
	if (first && start < end)
		dsack(n, start, end);
	for (int i = first; i < o->sack_count; i++) {
		__s64 known;

		start = naive_at(h, o->sack[i].start);
		end = naive_at(h, o->sack[i].end);
		if (start >= end || start <= r->ack || (h->rest.seeded && end > h->rest.next))
			continue;
		dropped_below(n, start, end);
		known = count_sacked(n, start, end);
		for (__s64 at = start; at < end; at++)
			h->place[at].sacked = 1;
		if (had_sacks && start < fack)
			arrived_late(n, start, min_of(end, fack), known);
		r->fack = r->sack_seen ? max_of(r->fack, end) : end;
		r->sack_seen = 1;
		h->rest.used = max_of(h->rest.used, end + 1);
	}
}

void naive_acks(struct naive *n)
{
	const struct pkt *p = n->pkt;
	struct naive_rest *r = own(n);
	__s64 ack = naive_at(other(n), p->ack);

	if (ack == r->ack && p->seq == p->end_seq && other(n)->rest.seeded &&
	    ack != other(n)->rest.next && (p->window == r->window || n->opts->sack_count))
		r->row.duplicate_acks++;
	if (ack > r->ack)
		acknowledge(n, r->ack, ack);
	if (n->opts->sack_count)
		sacks(n);
}

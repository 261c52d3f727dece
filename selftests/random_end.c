/* SPDX-License-Identifier: GPL-2.0-only */
/* What an end of a simulated connection makes of what reaches it, and of its timers. */
#include <string.h>

#include "random_end.h"
#include "seq.h"

/* RFC 6675, more or less, and lost retransmissions after more than a round trip. */
static void find_losses(struct simulation *s, int d)
{
	struct end *e = &s->end[d];
	struct place *place = s->place[d];
	__u32 fack = e->next, patience = (__u32)(s->rtt_ns / 1000) * 3 / 2 + 1;

	while (fack > e->una && !place[fack - 1].sacked)
		fack--;
	for (__u32 at = e->una; at + 2 * e->mss < fack; at++) {
		if (place[at].sacked || place[at].lost)
			continue;
		if (!place[at].resent || random_us(s) - place[at].sent_us > patience)
			place[at].lost = 1;
	}
	if (e->dupacks == 3 && !s->flow->sack && e->una < e->next)
		for (__u32 at = e->una; at < e->next && at < e->una + e->mss; at++)
			place[at].lost |= random_is_old(s, d, at);
}

static void receive_ack(struct simulation *s, int d, const struct tapped *t)
{
	struct end *e = &s->end[d];
	const struct pkt *p = &t->pkt;
	__u32 ack = p->ack - s->flow->origin[d], origin = s->flow->origin[d];

	e->peer_window = (__u32)p->window << (p->tcp_flags & TCP_SYN ? 0 : s->end[!d].wscale);
	if (ack > e->una) {
		e->una = ack;
		e->progress_ns = s->now_ns;
		e->backoff = e->dupacks = e->probed = 0;
		e->syn_done = 1;
	} else if (ack == e->una && !p->payload && e->una < e->next) {
		e->dupacks++;
	}
	for (int i = 0; i < t->opts.sack_count; i++)
		for (__u32 at = t->opts.sack[i].start - origin; at < t->opts.sack[i].end - origin;
		     at++)
			s->place[d][at].sacked = 1;
	find_losses(s, d);
}

/* The truth: which packet brought each byte, the first that was sent of those that did. */
static void note_arrival(struct random_flow *f, const struct tapped *t, __u32 start, __u32 end)
{
	__u32 *brought = f->brought[t->pkt.dir];
	int copy = 0;

	for (__u32 at = start; at < end; at++) {
		copy |= brought[at] == t->sent;
		if (!brought[at] || brought[at] > t->sent)
			brought[at] = t->sent;
	}
	if (copy)
		f->copied[t->pkt.dir] += t->pkt.segments + 1;
}

/* Data [start, end) of the other end, d's peer, arrived. */
static void receive_data(struct simulation *s, int d, __u32 start, __u32 end)
{
	struct end *e = &s->end[d];
	struct place *place = s->place[!d];
	__u32 known = 0, before = e->received, at;

	for (at = start; at < end; at++) {
		known += place[at].got;
		place[at].got = 1;
	}
	if (known == end - start || start < before) {
		e->dsack.start = start;
		e->dsack.end = known == end - start ? end : min_of(end, before);
	}
	while (place[e->received].got)
		e->received++;
	if (end > e->received && known < end - start) {
		memmove(e->recent + 1, e->recent, sizeof(e->recent) - sizeof(e->recent[0]));
		e->recent[0] = start < e->received ? e->received : start;
	}
	e->unacked++;
	if (known || e->received != end || start != before || !e->delayed || e->unacked > 1)
		e->ack_ns = s->now_ns;
	else if (!e->ack_ns)
		e->ack_ns = s->now_ns + random_below(&s->random, 40) * MS;
}

/* RFC 7323 5.3, with Linux's tick of grace. Returns whether the packet is to be thrown away. */
static int timestamps(struct end *e, const struct pkt *p, __u32 start)
{
	if (!(p->has & PKT_TIMESTAMPS))
		return 0;
	if (e->ts_recent && e->paws && p->payload && (__s32)(e->ts_recent - p->tsval) > 1)
		return 1;
	if (!e->ts_recent || (start <= e->ack_sent && !seq_before(p->tsval, e->ts_recent)))
		e->ts_recent = p->tsval;
	return 0;
}

void random_receive(struct simulation *s, const struct tapped *t)
{
	const struct pkt *p = &t->pkt;
	int d = !p->dir;
	struct end *e = &s->end[d];
	__u32 start = p->seq - s->flow->origin[!d], end = p->end_seq - s->flow->origin[!d];

	if (!e->received && !(p->tcp_flags & TCP_SYN))
		return;
	if (timestamps(e, p, start)) {
		e->ack_ns = s->now_ns;
	} else {
		if (p->tcp_flags & TCP_ACK)
			receive_ack(s, d, t);
		if (p->tcp_flags & TCP_SYN && !e->received)
			e->received = start;
		if (end > start && !(e->shut_ns && p->payload == 1)) {
			note_arrival(s->flow, t, start, end);
			receive_data(s, d, start, end);
		} else if (end == start && start + 1 == e->received) {
			e->ack_ns = s->now_ns;
		}
	}
	if (p->tcp_flags & TCP_SYN && e->next == FLOW_START)
		random_send(s, d, FLOW_START, FLOW_START + 1, TCP_ACK);
	random_pump(s, d);
	if (e->ack_ns && e->ack_ns <= s->now_ns && !(p->tcp_flags & TCP_SYN && !e->syn_done))
		random_send(s, d, e->next, e->next, TCP_ACK);
	if (!e->shut_ns && random_chance(&s->random, s->probing))
		e->shut_ns = s->now_ns + s->rtt_ns / 10 * (1 + random_below(&s->random, 100));
}

/* The earliest of end d's timers. */
__u64 random_timer(const struct simulation *s, int d)
{
	const struct end *e = &s->end[d];
	__u64 at = ~0ULL, since = max_of(e->progress_ns, e->sent_ns);

	if (e->ack_ns)
		at = e->ack_ns;
	if (e->shut_ns)
		at = min_of(at, e->shut_ns);
	if (e->una < e->next)
		at = min_of(at, !e->syn_done ? since + (1000 * MS << e->backoff) :
				e->probed    ? since + (e->rto_ns << e->backoff) :
					       since + 2 * s->rtt_ns + 2 * MS);
	else if (e->syn_done && e->next < e->limit && e->peer_window)
		at = min_of(at, max_of(e->pause_ns, since + s->rtt_ns / 4));
	else if (e->syn_done && (e->next < e->limit || s->probing))
		at = min_of(at, since + e->rto_ns);
	return max_of(at, s->now_ns + 1);
}

static void repair(struct simulation *s, int d)
{
	struct end *e = &s->end[d];

	if (!e->probed && e->syn_done) {
		e->probed = 1;
		random_send(s, d, max_of(e->una, e->next - min_of(e->mss, e->next - FLOW_START)),
			    e->next, TCP_ACK);
		return;
	}
	e->backoff = min_of(e->backoff + 1, 6);
	for (__u32 at = e->una; at < e->next; at++)
		s->place[d][at].lost = !s->place[d][at].sacked;
	random_send_lost(s, d);
}

/* Nothing is outstanding: new data, a probe of the shut window, or a keep-alive. */
static void idle(struct simulation *s, int d)
{
	struct end *e = &s->end[d];

	if (e->peer_window && e->next < e->limit) {
		e->pause_ns = 0;
		random_pump(s, d);
	} else if (e->next > FLOW_START + 1) {
		if (!e->peer_window && e->next < e->limit && random_chance(&s->random, 3000))
			random_send(s, d, e->next, e->next + 1, TCP_ACK);
		else if (random_chance(&s->random, 3000))
			random_send(s, d, e->next - 1, e->next, TCP_ACK);
		else
			random_send(s, d, e->next - 1, e->next - 1, TCP_ACK);
	}
	e->sent_ns = s->now_ns;
}

void random_timeout(struct simulation *s, int d)
{
	struct end *e = &s->end[d];

	if (e->ack_ns && e->ack_ns <= s->now_ns) {
		random_send(s, d, e->next, e->next, TCP_ACK);
	} else if (e->shut_ns && e->shut_ns <= s->now_ns) {
		e->shut_ns = 0;
		random_send(s, d, e->next, e->next, TCP_ACK);
	} else if (e->una < e->next) {
		repair(s, d);
	} else {
		idle(s, d);
	}
}

void random_begin(struct simulation *s)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct end *e = &s->end[d];

		e->una = e->next = FLOW_START;
		if (s->handshake)
			continue;
		e->syn_done = 1;
		e->received = e->ack_sent = FLOW_START;
	}
	for (int d = 0; d < DIRECTIONS; d++) {
		if (s->handshake && s->end[d].opener)
			random_send(s, d, FLOW_START, FLOW_START + 1, 0);
		else if (!s->handshake)
			random_pump(s, d);
	}
}

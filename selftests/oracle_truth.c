/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "oracle.h"

/* What a packet truly is, of the bytes that the tap had seen the place of before. */
struct fact {
	int copy;     /* the network's: the same packet passed before */
	int original; /* carries bytes that its end had not sent before, */
	int resent;   /* or had */
	int late;     /* something that was sent later passed before */
	int again;    /* bytes that had been sent before, and were lost on the way to the tap */
};

static struct fact fact_of(const struct truth *truth, const struct random_flow *f,
			   const struct tapped *t)
{
	const struct pkt *p = &t->pkt;
	__s64 start = (__s32)(p->seq - f->origin[p->dir]), end = start + (p->end_seq - p->seq);
	struct fact fact = { .copy = truth->passed[p->dir][t->sent],
			     .late = t->sent < truth->newest[p->dir] };

	/* Of new data the repair of a lost tail. */
	if (start < truth->next[p->dir])
		end = min_of(end, truth->next[p->dir]);
	for (__s64 at = start; at < end; at++) {
		fact.original |= f->first[p->dir][at] == t->sent;
		fact.resent |= f->first[p->dir][at] < t->sent;
		fact.again |= !truth->passed[p->dir][f->first[p->dir][at]];
	}
	return fact;
}

static int class_of(const struct verdict *v, int *classes)
{
	const __u16 segments[CLASSES] = {
		[CLASS_UNSEEN] = v->unseen,         [CLASS_SEEN] = v->seen,
		[CLASS_SPURIOUS] = v->spurious,     [CLASS_REORDERED] = v->reordered,
		[CLASS_DUPLICATED] = v->duplicated, [CLASS_LATE] = v->late_original,
		[CLASS_AMBIGUOUS] = v->ambiguous,
	};
	int class = CLASSES;

	for (int i = *classes = 0; i < CLASSES; i++) {
		if (!segments[i])
			continue;
		class = i;
		++*classes;
	}
	return class;
}

static const char *wrong(int class, const struct fact *fact)
{
	switch (class) {
	case CLASS_UNSEEN:
	case CLASS_TAIL:
	case CLASS_SEEN:
	case CLASS_SPURIOUS:
		return fact->copy    ? "a copy is called a retransmission" :
		       !fact->resent ? "an original is called a retransmission" :
				       NULL;
	case CLASS_REORDERED:
		return !fact->late ? "what nothing overtook is called reordered" : NULL;
	case CLASS_DUPLICATED:
		return !fact->copy ? fact->resent ? "a retransmission is called a copy" :
						    "an original is called a copy" :
				     NULL;
	case CLASS_LATE:
		return !fact->original && !fact->again ?
			       "a retransmission is called a late original" :
			       NULL;
	}
	return NULL;
}

const char *truth_check(struct truth *truth, const struct random_flow *f, int i,
			const struct verdict *v, int likely, struct oracle_count *count)
{
	const struct tapped *t = &f->packets[i];
	int d = t->pkt.dir, classes, class = class_of(v, &classes);
	struct fact fact = fact_of(truth, f, t);
	int proven = v->evidence != BY_TIMING && v->evidence != BY_NOTHING && !likely;
	const char *error = NULL;

	if (class == CLASS_UNSEEN && likely && v->evidence == BY_IPID)
		class = CLASS_TAIL;
	if (classes == 1) {
		error = wrong(class, &fact);
		count->proven[class] += proven;
		count->likely[class] += !proven;
		count->wrong_likely[class] += !proven && error;
		count->again += proven && !fact.original &&
				(class == CLASS_REORDERED || class == CLASS_LATE);
		if (!proven)
			error = NULL;
	}
	truth->passed[d][t->sent] = 1;
	if (t->sent > truth->newest[d])
		truth->newest[d] = t->sent;
	truth->next[d] = max_of(truth->next[d], (__s32)(t->pkt.end_seq - f->origin[d]));
	return error;
}

enum passed { NEVER, AS_SENT_FIRST, AS_SENT_AGAIN }; /* how a byte passed the tap first */

/* The most that can be counted of a direction, with all that there is to know. */
struct most {
	__u64 needless, bursts; /* segments; runs */
};

/* One packet, after those before it; high: where they end. */
static void most_of(struct most *most, const struct random_flow *f, const struct tapped *t,
		    enum passed *passed, __u32 high)
{
	int d = t->pkt.dir, resent = 0, needless = 0, repeats = 0;
	__u32 start = t->pkt.seq - f->origin[d], end = t->pkt.end_seq - f->origin[d];

	for (__u32 at = start; at < end; at++) {
		__u32 first = f->first[d][at], brought = f->brought[d][at];

		resent |= first < t->sent;
		needless |= brought && brought < t->sent;
		repeats |= passed[at] != NEVER || at >= high;
		if (passed[at] == NEVER)
			passed[at] = first == t->sent ? AS_SENT_FIRST : AS_SENT_AGAIN;
	}
	most->needless += needless ? t->pkt.segments + 1 : 0;
	most->bursts += resent && repeats;
}

/* Each segment that is proven unneeded was: an earlier one brought what it carried, at last, or it came twice beyond the
 * tap. Each burst is a run of bytes that did not pass first as they were sent first, cut where some of it is ambiguous or
 * an acknowledgement between them passed; or it begins with what was sent again though it had passed, or as new data; or
 * with the guess that something repairs a tail.
 */
const char *truth_of_losses(const struct random_flow *f, int d, const struct counters *c)
{
	static enum passed passed[FLOW_PLACES];
	struct most most = { f->copied[d],
			     c->retransmitted_likely_segments + c->ambiguous_segments };
	__u32 low = FLOW_PLACES, high = 0;

	memset(passed, 0, sizeof(passed));
	for (int i = 0; i < f->count; i++) {
		const struct pkt *p = &f->packets[i].pkt;

		if (p->dir != d || p->tcp_flags & TCP_RST)
			continue;
		most_of(&most, f, &f->packets[i], passed, high);
		most.bursts += p->seq == p->end_seq && p->seq - f->origin[d] > high;
		low = min_of(low, p->seq - f->origin[d]);
		high = max_of(high, p->end_seq - f->origin[d]);
	}
	for (__u32 at = low; at < high; at++)
		most.bursts += passed[at] != AS_SENT_FIRST &&
			       (at == low || passed[at - 1] == AS_SENT_FIRST);
	if (c->spurious_proven_segments > most.needless)
		return "what was needed is proven unneeded";
	if (c->loss_bursts > most.bursts)
		return "more bursts than there were";
	return NULL;
}

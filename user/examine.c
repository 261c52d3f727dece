/* SPDX-License-Identifier: GPL-2.0-only */
#include "compiler.h"
#include "examine.h"

#define HOLE_TIMEOUTS 3   /* so often was the same sent again by timeout */
#define HOLE_SEGMENT 1000 /* bytes: smaller ones pass nearly everywhere */
#define HOLE_ACKED 16     /* large segments: a path that carried so much has no black hole */
#define LOAD_SEGMENTS 100 /* data that makes a load */
#define LOAD_SAMPLES 20   /* of the round trip */

static struct example example_of(const struct entry *entry)
{
	return (struct example){ .family = entry->family, .key = entry->key };
}

static void examine_opening(struct examination *examination, const struct entry *entry)
{
	enum direction opener = entry->flow.opener == OUT ? OUT : IN;
	const struct half *opens = &entry->flow.half[opener], *answers = &entry->flow.half[!opener];
	struct openings *openings = &examination->opened[opener];

	if (!(opens->flags & HALF_SYN))
		return;
	if (answers->flags & HALF_SYN)
		openings->answered += !entry->embryonic;
	else if (entry->embryonic && opens->syns > 1)
		openings->unanswered++;
	openings->half_open += entry->embryonic;
	if (openings->unanswered && !openings->example.family)
		openings->example = example_of(entry);
}

/* A full-size segment waits for its acknowledgement, was sent again and again, and none such was ever
 * acknowledged, while what is smaller, the handshake at least, was.
 */
static bool is_black_hole(const struct entry *entry, enum direction d)
{
	const struct half *half = &entry->flow.half[d], *other = &entry->flow.half[!d];

	return entry->trouble && !entry->embryonic && half->mss >= HOLE_SEGMENT &&
	       entry->trouble->side[d].own.cause_rto_segments >= HOLE_TIMEOUTS &&
	       other->flags & HALF_ACKED && half->flags & HALF_SYN &&
	       half->next - other->ack >= half->mss &&
	       other->ack - half->base < HOLE_ACKED * (__u32)half->mss;
}

static void examine_black_hole(struct examination *examination, const struct entry *entry,
			       enum direction d)
{
	struct black_holes *holes = &examination->black_holes[d];

	if (!is_black_hole(entry, d))
		return;
	if (!holes->connections++)
		holes->example = example_of(entry);
	holes->segment = max_of(holes->segment, (__u32)entry->flow.half[d].mss);
	holes->resent += entry->trouble->side[d].own.cause_rto_segments;
}

static void examine_inflation(struct examination *examination, const struct entry *entry,
			      enum direction d)
{
	const struct half *half = &entry->flow.half[d], *other = &entry->flow.half[!d];
	struct inflation *most = &examination->inflated[d];
	__u64 mean;

	if (half->data_segments < LOAD_SEGMENTS || other->rtt_samples < LOAD_SAMPLES ||
	    !other->rtt_min_ns)
		return;
	mean = other->rtt_sum_ns / other->rtt_samples;
	if (mean < other->rtt_min_ns || mean - other->rtt_min_ns <= most->mean_ns - most->min_ns)
		return;
	*most = (struct inflation){ .min_ns = other->rtt_min_ns,
				    .mean_ns = mean,
				    .example = example_of(entry) };
}

void examine_entry(struct examination *examination, const struct entry *entry)
{
	examination->connections++;
	examine_opening(examination, entry);
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		examination->reset[d] += !!entry->flow.half[d].resets;
		examine_black_hole(examination, entry, d);
		examine_inflation(examination, entry, d);
	}
}

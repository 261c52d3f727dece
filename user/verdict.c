/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "verdict.h"

/* Below this much data, no loss proves nothing. */
#define ENOUGH_SEGMENTS 100

/* One leg: from the data's sender to the tap, or from there to its receiver. */
struct leg {
	const char *side;
	const char *culprit[DIRECTIONS];
	__u64 lost, of;
	bool rated; /* percent holds */
	double percent;
};

static const char *const direction_words[DIRECTIONS] = { [IN] = "Inbound", [OUT] = "Outbound" };

#define GROUPED_TEXT 32

/* 11,250 */
static const char *grouped(char text[GROUPED_TEXT], __u64 number)
{
	char *at = &text[GROUPED_TEXT - 1];

	*at = 0;
	for (unsigned int digits = 0; number || !digits; digits++, number /= 10) {
		if (digits && digits % 3 == 0)
			*--at = ',';
		*--at = (char)('0' + number % 10);
	}
	return at;
}

static const char *plural(__u64 count)
{
	return count == 1 ? "" : "s";
}

static void legs_from(struct leg leg[2], const struct row *row)
{
	leg[0] = (struct leg){
		.side = "before",
		.culprit = { [IN] = "the path from the peers drops it",
			     [OUT] = "this host, or the network behind it, drops it" },
		.lost = row->lost_before_segments,
		.of = row->data_segments + row->lost_before_segments,
	};
	leg[0].rated = loss_before_percent(row, &leg[0].percent);
	leg[1] = (struct leg){
		.side = "after",
		.culprit = { [IN] = "this host, or the network behind it, drops it",
			     [OUT] = "the path to the peers drops it" },
		.lost = row->lost_after_segments,
		.of = row->data_segments,
	};
	leg[1].rated = loss_after_percent(row, &leg[1].percent);
}

static void say_leg(FILE *out, const struct leg *leg, enum direction direction)
{
	char lost[GROUPED_TEXT], of[GROUPED_TEXT];

	if (leg->rated)
		fprintf(out, "loses %.*f %% %s this interface (%s of %s segments): %s",
			leg->percent < 0.095 ? 3 :
			leg->percent < 0.95  ? 2 :
					       1,
			leg->percent, leg->side, grouped(lost, leg->lost), grouped(of, leg->of),
			leg->culprit[direction]);
	else
		fprintf(out, "lost %s of %s segments %s this interface: too few to judge",
			grouped(lost, leg->lost), grouped(of, leg->of), leg->side);
}

static void say_losses(FILE *out, const struct leg leg[2], enum direction direction,
		       const struct row *row)
{
	char data[GROUPED_TEXT];

	if (leg[0].lost || leg[1].lost) {
		fputc(' ', out);
		if (leg[0].lost)
			say_leg(out, &leg[0], direction);
		if (leg[0].lost && leg[1].lost)
			fputs(", and ", out);
		if (leg[1].lost)
			say_leg(out, &leg[1], direction);
	} else if (row->data_segments < ENOUGH_SEGMENTS) {
		fprintf(out, ": %s segment%s, none lost: too few to judge",
			grouped(data, row->data_segments), plural(row->data_segments));
	} else {
		fprintf(out, " is clean: %s segments, none lost",
			grouped(data, row->data_segments));
	}
	fputc('.', out);
}

/* What else the network or the senders did, and what is not known. */
static void say_rest(FILE *out, const struct row *row)
{
	__u64 needless = row->retransmitted_spurious_segments + row->spurious_proven_segments;
	const struct {
		__u64 count;
		const char *one, *many;
	} rest[] = {
		{ needless, "segment was resent needlessly", "segments were resent needlessly" },
		{ row->reordered_segments, "segment came late, out of order",
		  "segments came late, out of order" },
		{ row->duplicated_segments, "segment was duplicated by the network",
		  "segments were duplicated by the network" },
		{ row->ambiguous_segments,
		  "late segment may be loss or reordering, and counts as neither",
		  "late segments may be loss or reordering, and count as neither" },
		{ row->unseen_bytes, "byte was acknowledged that never passed here: not judged",
		  "bytes were acknowledged that never passed here: not judged" },
	};
	char count[GROUPED_TEXT];

	for (unsigned int i = 0; i < ARRAY_SIZE(rest); i++) {
		if (rest[i].count)
			fprintf(out, " %s %s.", grouped(count, rest[i].count),
				rest[i].count == 1 ? rest[i].one : rest[i].many);
	}
}

void verdict_text(char text[VERDICT_TEXT], const char *interface, enum direction direction,
		  const struct row *row)
{
	FILE *out = fmemopen(text, VERDICT_TEXT, "w");
	struct leg leg[2];

	text[0] = 0;
	if (!out)
		return;
	legs_from(leg, row);
	if (row->data_segments + row->lost_before_segments) {
		fprintf(out, "%s data on %s", direction_words[direction], interface);
		say_losses(out, leg, direction, row);
		say_rest(out, row);
	} else {
		fprintf(out, "No %s data on %s.", direction == IN ? "inbound" : "outbound",
			interface);
	}
	fclose(out);
}

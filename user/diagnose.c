/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose.h"
#include "findings.h"
#include "report.h"

void found(struct diagnosis *diagnosis, unsigned int weight, const char *kind,
	   const char *direction, const char *format, ...)
{
	struct finding *finding = &diagnosis->finding[diagnosis->count];
	va_list args;

	if (diagnosis->count == FINDINGS)
		return;
	diagnosis->count++;
	*finding = (struct finding){ .weight = weight, .kind = kind, .direction = direction };
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

double percent_of(__u64 part, __u64 whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

bool is_rated(const struct row *row, __u64 count)
{
	return row->data_segments >= RATED_SEGMENTS && count >= RATED_COUNT;
}

/* Larger of the two legs. false: too little of it for a percentage. */
static bool loss_percent(const struct row *row, double *percent)
{
	double before = 0, after = 0;
	bool rated_before = loss_before_percent(row, &before);
	bool rated_after = loss_after_percent(row, &after);

	*percent = max_of(before, after);
	return rated_before || rated_after;
}

static bool part_percent(const struct row *row, __u64 part, double *percent)
{
	*percent = percent_of(part, row->data_segments);
	return is_rated(row, part);
}

static bool reordering_percent(const struct row *row, double *percent)
{
	return part_percent(row, row->reordered_segments + row->reordered_after_segments, percent);
}

static bool duplication_percent(const struct row *row, double *percent)
{
	return part_percent(row, row->duplicated_segments + row->duplicated_after_segments,
			    percent);
}

static bool spurious_percent(const struct row *row, double *percent)
{
	return part_percent(
		row, row->retransmitted_spurious_segments + row->spurious_proven_segments, percent);
}

/* A limit that an option sets: of which direction, and of what. */
static const struct limit {
	const char *option, *what;
	size_t offset;
	unsigned int directions;
	bool (*percent)(const struct row *row, double *percent);
} limits[] = {
	{ "--max-loss", "loses", offsetof(struct options, max_loss), 1 << IN | 1 << OUT,
	  loss_percent },
	{ "--max-loss-in", "loses", offsetof(struct options, max_loss_in), 1 << IN, loss_percent },
	{ "--max-loss-out", "loses", offsetof(struct options, max_loss_out), 1 << OUT,
	  loss_percent },
	{ "--max-reordering", "has out of order", offsetof(struct options, max_reordering),
	  1 << IN | 1 << OUT, reordering_percent },
	{ "--max-duplication", "has twice", offsetof(struct options, max_duplication),
	  1 << IN | 1 << OUT, duplication_percent },
	{ "--max-spurious", "has resent needlessly", offsetof(struct options, max_spurious),
	  1 << IN | 1 << OUT, spurious_percent },
};

static void check_limits(struct diagnosis *diagnosis, const struct examination *e,
			 const struct options *options)
{
	double percent;

	for (const struct limit *limit = limits; limit < limits + ARRAY_SIZE(limits); limit++) {
		__u64 most = *(const __u64 *)((const char *)options + limit->offset);

		for (enum direction d = IN; most != NO_LIMIT && d < DIRECTIONS; d++) {
			if (!(limit->directions & 1U << d) ||
			    !limit->percent(&e->row[d], &percent) || percent * 1e9 <= (double)most)
				continue;
			diagnosis->exceeded = true;
			found(diagnosis, WEIGHT_LIMIT, "limit", direction_names[d],
			      "%s %s %s %.3g %% of its segments: more than %s %.9g allows.",
			      DATA_OF[d], e->interface, limit->what, percent, limit->option,
			      (double)most / 1e9);
		}
	}
}

static int heaviest_first(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;

	return a->weight == b->weight ? strcmp(a->text, b->text) : a->weight < b->weight ? 1 : -1;
}

void diagnose(struct diagnosis *diagnosis, const struct examination *examination,
	      const struct options *options)
{
	*diagnosis = (struct diagnosis){};
	check_limits(diagnosis, examination, options);
	find_openings(diagnosis, examination);
	find_host(diagnosis, examination);
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		find_losses(diagnosis, examination, d);
		find_path(diagnosis, examination, d);
		find_ends(diagnosis, examination, d);
	}
	qsort(diagnosis->finding, diagnosis->count, sizeof(diagnosis->finding[0]), heaviest_first);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a data segment takes on its way to the far end of each of some devices, which take turns:
 *
 *	turns FLOWS FROM SEGMENTS ROUNDS DEVICE,MAC...
 *
 * In each round each device is sent SEGMENTS segments (sender.h) of FLOWS connections, of which FROM is the
 * number of the first. A packet socket's segment reaches the far end's stack before the next one leaves, so
 * that the time it takes is that of both ends. Prints a line of JSON for each device: the median of its turns,
 * and the median of what the first one took, by what this one took in the same round. Both tell of a machine
 * that does nothing else: a turn is not interrupted by other processes, which run between the rounds.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sender.h"

#define DEVICES 8
#define ROUNDS 1000
#define PAUSE 0.005 /* seconds after each round */

static struct sender senders[DEVICES];
static double took[DEVICES][ROUNDS];

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, unsigned int count)
{
	static double sorted[ROUNDS];

	memcpy(sorted, values, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	return sorted[count / 2];
}

/* Without leave to do so, other processes show in the times. */
static void keep_others_out(void)
{
	struct sched_param param = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_FIFO, &param);
}

static int turn(struct sender *s, unsigned long flows, unsigned long from, unsigned long segments,
		double *took)
{
	double began = seconds(CLOCK_PROCESS_CPUTIME_ID);

	for (unsigned long i = 0; i < segments; i++) {
		unsigned long next = s->sent + s->waiting;

		if (sender_put(s, next % flows, from + next / flows))
			return -1;
	}
	if (sender_flush(s))
		return -1;
	*took = seconds(CLOCK_PROCESS_CPUTIME_ID) - began;
	return 0;
}

static void print(unsigned int device, unsigned long segments, unsigned long rounds)
{
	static double ratios[ROUNDS];

	for (unsigned int i = 0; i < rounds; i++)
		ratios[i] = took[0][i] / took[device][i];
	printf("{\"device\":\"%s\",\"sent\":%llu,\"refused\":%llu,\"ns\":%.1f,\"ratio\":%.4f}\n",
	       senders[device].device, senders[device].sent, senders[device].refused,
	       median(took[device], rounds) / (double)segments * 1e9, median(ratios, rounds));
}

static int take_turns(unsigned int devices, unsigned long flows, unsigned long from,
		      unsigned long segments, unsigned long rounds)
{
	for (unsigned long round = 0; round < rounds; round++) {
		for (unsigned int i = 0; i < devices; i++) {
			unsigned int device = (i + round) % devices;

			if (turn(&senders[device], flows, from, segments, &took[device][round]))
				return -1;
		}
		wait_until(seconds(CLOCK_MONOTONIC) + PAUSE);
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long flows = argc > 5 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long from = argc > 5 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long segments = argc > 5 ? strtoul(argv[3], NULL, 10) : 0;
	unsigned long rounds = argc > 5 ? strtoul(argv[4], NULL, 10) : 0;
	unsigned int devices = 0;

	if (!flows || !segments || !rounds || rounds > ROUNDS || argc > 5 + DEVICES) {
		fputs("usage: turns FLOWS FROM SEGMENTS ROUNDS DEVICE,MAC...\n", stderr);
		return 2;
	}
	for (; devices + 5 < (unsigned int)argc; devices++) {
		struct sender *s = &senders[devices];
		const char *mac;

		s->kind = SEGMENT_DATA;
		s->network = 1;
		s->device = strtok(argv[devices + 5], ",");
		mac = strtok(NULL, ",");
		if (!mac || !ether_aton_r(mac, &s->to) || sender_open(s))
			return 1;
	}
	if (settle(false))
		return 1;
	keep_others_out();
	if (take_turns(devices, flows, from, segments, rounds))
		return 1;
	for (unsigned int i = 0; i < devices; i++)
		print(i, segments, rounds);
	return 0;
}

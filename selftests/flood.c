/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments of many made-up connections (sender.h), as fast as a packet socket sends them, and how many there were:
 *
 *	flood KIND --device DEV [--to MAC] [--flows N] [--times T] [--from K] [--peers P] [--rate PPS]
 *
 * KIND is syn, synack, ack or data: one segment of each flow, T times. --from is the number of the first.
 * What is sent with --outbound goes the other way. --peers is the number of the connections' network.
 *
 * A segment that the device refuses is sent again, unless --lossy; either way it is counted. All are sent from
 * the first CPU, so that none overtakes another, or with --lossy from the last. The last line is JSON.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sender.h"

static const char *const kind_names[SEGMENT_KINDS] = { "syn", "synack", "ack", "data" };

static struct sender sender = { .network = 1 };

static struct {
	unsigned long flows, times, from, rate;
} set = { .flows = 1, .times = 1 };

static int send_all(double began)
{
	unsigned long long all = (unsigned long long)set.flows * set.times;

	for (unsigned long long next = 0; next < all; next++) {
		if (sender_put(&sender, next % set.flows, set.from + next / set.flows))
			return -1;
		if (set.rate && !sender.waiting)
			wait_until(began + (double)(next + 1) / (double)set.rate);
	}
	return sender_flush(&sender);
}

static int usage(void)
{
	fputs("usage: flood syn|synack|ack|data --device DEV [OPTIONS]\n"
	      "  --to MAC     of the device's other end\n"
	      "  --flows N    connections (1)\n"
	      "  --times N    segments of each (1)\n"
	      "  --from N     number of the first (0)\n"
	      "  --peers N    network of the connections, 1 to 255 (1)\n"
	      "  --rate N     segments a second, at most\n"
	      "  --outbound   from the local end to the peers\n"
	      "  --lossy      what is refused is not sent again\n",
	      stderr);
	return 2;
}

static int set_option(int option)
{
	switch (option) {
	case 'd':
		sender.device = optarg;
		return 0;
	case 'm':
		return ether_aton_r(optarg, &sender.to) ? 0 : -1;
	case 'f':
		set.flows = strtoul(optarg, NULL, 10);
		return set.flows ? 0 : -1;
	case 't':
		set.times = strtoul(optarg, NULL, 10);
		return 0;
	case 'n':
		set.from = strtoul(optarg, NULL, 10);
		return 0;
	case 'p':
		sender.network = strtoul(optarg, NULL, 10);
		return sender.network && sender.network < 256 ? 0 : -1;
	case 'r':
		set.rate = strtoul(optarg, NULL, 10);
		return 0;
	case 'o':
		sender.outbound = true;
		return 0;
	case 'l':
		sender.lossy = true;
		return 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "to", required_argument, NULL, 'm' },
		{ "flows", required_argument, NULL, 'f' },
		{ "times", required_argument, NULL, 't' },
		{ "from", required_argument, NULL, 'n' },
		{ "peers", required_argument, NULL, 'p' },
		{ "rate", required_argument, NULL, 'r' },
		{ "outbound", no_argument, NULL, 'o' },
		{ "lossy", no_argument, NULL, 'l' },
		{ 0 },
	};
	double began, cpu;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (set_option(option))
			return usage();
	}
	while (optind + 1 == argc && sender.kind < SEGMENT_KINDS &&
	       strcmp(argv[optind], kind_names[sender.kind]))
		sender.kind++;
	if (optind + 1 != argc || sender.kind == SEGMENT_KINDS || !sender.device)
		return usage();
	if (sender_open(&sender) || settle(sender.lossy))
		return 1;
	began = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (send_all(began))
		return 1;
	printf("{\"sent\":%llu,\"refused\":%llu,\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n",
	       sender.sent, sender.refused, seconds(CLOCK_MONOTONIC) - began,
	       seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet costs. Run by selftests/bench.sh. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_packet.h"

static void print_rows(const struct packet_row *rows, int count, int peer)
{
	printf("%-33s %-3s %2s %8s %8s %8s %6s %6s%s\n", "ns a packet", "", "IP", "parse", "floor",
	       "ploss", "ratio", "limit", peer ? "     peer  ratio" : "");
	for (int i = 0; i < count; i++) {
		const struct packet_row *r = &rows[i];
		double net = packet_net(r, PLOSS), unit = packet_net(r, r->against);

		printf("%-33s %-3s %2d %8.1f %8.1f %8.1f %6.2f", r->name, hook_names[r->hook],
		       r->family, packet_net(r, PARSE), packet_net(r, FLOOR), net, net / unit);
		if (r->limit)
			printf(" %6.1f%s", r->limit, net > r->limit * unit ? "!" : "");
		if (r->ns[PEER])
			printf("%*s %8.1f %6.2f", r->limit ? 0 : 7, "", packet_net(r, PEER),
			       net / packet_net(r, PEER));
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	static struct packet_row rows[PACKET_ROWS];
	const char *peer = getenv("PEER_OBJ"), *like = NULL;
	unsigned int rounds = 200;
	struct bench b;
	int option, count;

	while ((option = getopt(argc, argv, "n:r:")) != -1) {
		if (option == 'n')
			rounds = atoi(optarg);
		else if (option == 'r')
			like = optarg;
		else
			optind = argc;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: bench [-n ROUNDS] [-r ROW] STEPS PLOSS\n");
		return 2;
	}
	count = bench_open(&b, argv[optind], argv[optind + 1], peer, 262144);
	if (!count)
		count = packet_rows(&b, rows, rounds, like);
	if (count > 0)
		print_rows(rows, count, !!b.peer);
	bench_close(&b);
	return count < 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet costs the CPU, in rows of JSON. Run by selftests/bench.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_curve.h"
#include "bench_packet.h"

#define TABLE 262144 /* the default of --max-flows */

static int usage(void)
{
	fprintf(stderr, "usage: bench [-n ROUNDS] [-r ROW] packet STEPS PLOSS [PEER]\n"
			"       bench [-n ROUNDS] [-f FLOWS] curve STEPS PLOSS\n");
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int rounds = 0, flows = 1 << 20;
	const char *like = NULL;
	struct bench b;
	int option, err;

	while ((option = getopt(argc, argv, "n:r:f:")) != -1) {
		if (option == 'n')
			rounds = atoi(optarg);
		else if (option == 'r')
			like = optarg;
		else if (option == 'f')
			flows = atoi(optarg);
		else
			return usage();
	}
	argv += optind;
	argc -= optind;
	if (argc == 3 && !strcmp(argv[0], "curve"))
		return !!curve_bench(argv[1], argv[2], flows, rounds ? rounds : 3);
	if (argc < 3 || argc > 4 || strcmp(argv[0], "packet"))
		return usage();
	err = bench_open(&b, argv[1], argv[2], argv[3], TABLE);
	if (!err)
		err = packet_bench(&b, rounds ? rounds : 200, like);
	bench_close(&b);
	return !!err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What `make bench` prints: a line of JSON for each row of its table, which bench.sh makes of them. */
#ifndef PLOSS_BENCH_ROW_H
#define PLOSS_BENCH_ROW_H

struct bench_row {
	const char *part; /* "packet", "curve" ... */
	const char *what;
	const char *with; /* the hook, or what else got was measured with */
	int ip;           /* 4, 6; 0: neither */
	const char *unit;
	const char *against; /* what base is */
	double base, got;
	double most;      /* of got / base; 0: no limit */
	double peer;      /* the same of another program; 0: not measured */
	double peer_most; /* of got / peer; 0: no limit */
};

/* To stdout, at once. */
void row_print(const struct bench_row *row);

#endif

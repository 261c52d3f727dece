#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What ploss costs, beside what cannot be done for less: make bench. One table, of one run:
#
#     packet   ns a packet, kind by kind, on warm caches         against the floor: headers, one look-up, three stores
#     curve    the same among up to 1,048,576 connections        against the floor, and the ratio of one connection
#     wire     real traffic over veth                            against none of it attached
#     memory   of connections, as the kernel accounts for maps   against what they may take
#     reading  1,048,576 connections                             against bpftool map dump -j
#     syns     10,000 connections while others send SYNs         against what was sent
#     files    ploss read                                        against tcptrace and tshark, where they are installed
#
# A ratio that its limit does not allow is marked with "!". What another program, PEER, costs stands beside it.
#
# Environment: BENCH_OUT=FILE writes the rows as JSON, with kernel, CPU and date. PEER_OBJ=FILE is another BPF object,
# measured the same way. BENCH_PARTS="packet wire": these alone. BENCH_FLOWS: of the largest table (1048576).
# BENCH_ROUNDS: of "packet" (200); more are slower and less noisy.

set -u
cd "$(dirname "$0")/.." || exit 1

parts=${BENCH_PARTS:-packet curve wire memory reading syns files}
flows=${BENCH_FLOWS:-1048576}
objects=(build/selftests/bench/bench.bpf.o build/ploss.bpf.o)
rows=$(mktemp) || exit 1
trap 'rm -f "$rows"' EXIT

if [ "$(id -u)" -ne 0 ]; then
	echo "bench: BPF programs need root: sudo make bench" >&2
	exit 1
fi

wants() { [[ " $parts " == *" $1 "* ]]; }

# Each row as it comes.
table()
{
	jq --unbuffered -r '[.part, .what, .with // "-", .ip // "-", .unit, .against, .base, .got, .ratio // "-",
		(if .most then "<= \(.most)" elif .least then ">= \(.least)" else "-" end),
		(if .most and .ratio > .most or .least and .ratio < .least then "!" else "-" end),
		.peer // "-", .peer_ratio // "-",
		(if .peer_most and .peer_ratio > .peer_most then "!" else "-" end)] | @tsv' |
		awk -F '\t' '
		function number(n) { return n == "-" ? "" : sprintf(n >= 1000 ? "%.0f" : n >= 100 ? "%.1f" : "%.2f", n) }
		function text(t) { return t == "-" ? "" : t }
		BEGIN {
			form = "%-8s %-49s %-9s %2s %-9s %-8s %9s %9s %6s%1s %-8s %8s %6s%1s\n"
			printf form, "PART", "WHAT", "WITH", "IP", "UNIT", "AGAINST", "BASE", "GOT", "RATIO", "", "LIMIT", "PEER", "RATIO", ""
		}
		{
			split($10, limit, " ")
			printf form, $1, $2, text($3), text($4), $5, $6, number($7), number($8), number($9), text($11),
				limit[2] == "" ? "" : limit[1] " " number(limit[2]), number($12), number($13), text($14)
			fflush()
		}' | sed -u 's/ *$//'
}

measure()
{
	local status=0

	if wants packet; then
		build/bench -n "${BENCH_ROUNDS:-200}" packet "${objects[@]}" ${PEER_OBJ:+"$PEER_OBJ"} || status=1
	fi
	if wants curve; then
		build/bench -f "$flows" curve "${objects[@]}" || status=1
	fi
	selftests/bench_lab.sh "$flows" "$parts" || status=1
	if wants files; then
		selftests/bench_read.sh || status=1
	fi
	return $status
}

set -o pipefail
measure | tee "$rows" | table
status=$?
[ -z "${BENCH_OUT:-}" ] || jq -s \
	--arg date "$(date -u +%FT%TZ)" --arg kernel "$(uname -sr)" --arg commit "$(git rev-parse --short HEAD 2>/dev/null)" \
	--arg cpu "$(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	'{date: $date, kernel: $kernel, cpu: $cpu, commit: $commit, rows: .}' "$rows" >"$BENCH_OUT" || status=1
exit $status

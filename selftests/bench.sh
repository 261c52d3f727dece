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
objects=(build/bench.bpf.o build/ploss.bpf.o)
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
	jq --unbuffered --raw-input --raw-output --null-input '
		def number: if . == null then "" elif . >= 1000 then round | tostring
			else (if . >= 100 then 10 elif . >= 0.1 then 100 else 10000 end) as $n | (. * $n | round / $n | tostring) end;
		def left($n): (. // "" | tostring) + "                                                            " | .[:$n];
		def right($n): "                    " + (. // "" | tostring) | .[-$n:];
		def bad($is): if $is then "!" else " " end;
		def line($part; $what; $with; $ip; $unit; $against; $base; $got; $ratio; $bad; $limit; $peer; $peer_ratio; $peer_bad):
			[($part | left(8)), ($what | left(50)), ($with | left(9)), ($ip | left(2)), ($unit | left(13)),
			($against | left(9)), ($base | right(8)), ($got | right(8)), ($ratio | right(6)) + $bad, ($limit | left(8)),
			($peer | right(8)), ($peer_ratio | right(6)) + $peer_bad] | join(" ") | sub(" +$"; "");
		line("PART"; "WHAT"; "WITH"; "IP"; "UNIT"; "AGAINST"; "BASE"; "GOT"; "RATIO"; " "; "LIMIT"; "PEER"; "RATIO"; " "),
		(inputs | fromjson | line(.part; .what; .with; .ip; .unit; .against; .base | number; .got | number; .ratio | number;
			bad(.most and .ratio > .most or .least and .ratio < .least);
			if .most then "<= " + (.most | number) elif .least then ">= " + (.least | number) else "" end;
			.peer | number; .peer_ratio | number; bad(.peer_most and .peer_ratio > .peer_most)))'
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

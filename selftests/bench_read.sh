#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets a second of `ploss read` beside tcptrace and tshark, where these are installed, on one file of 1,000,000
# packets, by processor time; and its memory on a stream of 10,000,000. Rows as bench.sh has them: bench_read.sh
# [PACKETS]. Fails where a limit is exceeded. Needs no root.

set -u
cd "$(dirname "$0")/.." || exit 1
. selftests/bench_lib.sh

build=${BUILD:-$PWD/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packets=${1:-1000000}
status=0
TIMEFORMAT='%U %S'

# seconds RUNS COMMAND...: user and system time, the best of so many runs.
seconds()
{
	local runs=$1

	shift
	for ((i = 0; i < runs; i++)); do
		{ time "$@" >/dev/null 2>&1; } 2>&1
	done | awk '{ s = $1 + $2 } NR == 1 || s < best { best = s } END { printf "%.3f", best ? best : 0.001 }'
}

rate() { calculate "$packets / $1"; }

# within RATIO most|least LIMIT
within() { awk -v ratio="$1" -v limit="$3" "BEGIN { exit !($([ "$2" = most ] && echo 'ratio <= limit' || echo 'ratio >= limit')) }"; }

# compare NAME LIMIT RUNS COMMAND...
compare()
{
	local name=$1 limit=$2 took

	if ! command -v "$name" >/dev/null; then
		echo "bench: $name is not installed: nothing to hold ploss read against" >&2
		return
	fi
	took=$(seconds "$3" "${@:4}")
	row files "$(grouped "$packets") packets of 200 connections" "" "packet/s" "$name" "$(rate "$took")" "$(rate "$own")" \
		least "$limit"
	within "$(calculate "$took / $own")" least "$limit" || status=1
}

"$build/bulk" "$packets" 200 5 5 >"$work/bulk.pcap" 2>/dev/null || exit 1
own=$(seconds 5 "$build/ploss" read "$work/bulk.pcap")
compare tcptrace 2 3 tcptrace -n "$work/bulk.pcap"
compare tshark 50 1 tshark -n -r "$work/bulk.pcap" -Y tcp.analysis.flags
rm "$work/bulk.pcap"

mkfifo "$work/stream"
"$build/bulk" $((10 * packets)) 1000 5 5 >"$work/stream" 2>/dev/null &
"$build/ploss" read --interval 1000000 "$work/stream" >/dev/null 2>&1 &
reader=$!
peak=0
while [ -r /proc/$reader/status ]; do
	now=$(awk '$1 == "VmHWM:" { print $2 }' /proc/$reader/status 2>/dev/null)
	[ -z "$now" ] || peak=$now
	sleep 0.05
done
wait $reader || status=1
row files "$(grouped $((10 * packets))) packets, 1,000 connections at a time" "" MiB promise 64 \
	"$(calculate "$peak / 1024")" most 1
[ "$peak" -gt 0 ] && within "$(calculate "$peak / 65536")" most 1 || status=1
exit $status

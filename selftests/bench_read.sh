#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets a second of `ploss read` beside tcptrace and tshark, where these are installed, on one file of
# 1,000,000 packets; and its memory on a stream of 10,000,000. Fails where ploss is not at least twice as fast
# as the one and fifty times as fast as the other, in processor time, or takes more than 64 MiB.

set -u
cd "$(dirname "$0")/.." || exit 1

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

# compare NAME FACTOR RUNS COMMAND...
compare()
{
	local name=$1 factor=$2 runs=$3 took

	shift 3
	if ! command -v "$name" >/dev/null; then
		echo "$name is not installed"
		return
	fi
	took=$(seconds "$runs" "$@")
	awk -v name="$name" -v took="$took" -v own="$own" -v packets="$packets" -v factor="$factor" 'BEGIN {
		printf "%-10s %9.3f s %12d packets/s; ploss is %.1f times as fast, %d are asked for\n", name, took,
			packets / took, took / own, factor
		exit took < factor * own }' || status=1
}

"$build/bulk" "$packets" 200 5 5 >"$work/bulk.pcap" 2>/dev/null || exit 1
own=$(seconds 5 "$build/ploss" read "$work/bulk.pcap")
awk -v own="$own" -v packets="$packets" 'BEGIN {
	printf "%-10s %9.3f s %12d packets/s\n", "ploss", own, packets / own }'
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
echo "ploss      $peak KiB at most for $((10 * packets)) packets of 1000 connections at a time, 65536 are allowed"
[ "$peak" -gt 0 ] && [ "$peak" -le 65536 ] || status=1
exit $status

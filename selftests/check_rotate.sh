#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ploss-rotate, called as tcpdump -z calls it, file by file, finds what one reading of all files finds.

. "$(dirname "$0")/check.sh"

rotate=$root/scripts/ploss-rotate
export PLOSS=$build/ploss PLOSS_ROTATE_OPTIONS="-o json --interval 1"
trap '"$rotate" --end "$work" 2>/dev/null; rm -rf "$work"' EXIT

totals() { jq -cS 'select(.type == "total") | del(.interface, .verdict)' "$1"; }

"$build/bulk" 8000 10 10 5 part 2>/dev/null
"$build/ploss" read -o json part? >whole 2>/dev/null
for part in part0 part1 part2; do
	"$rotate" "$work/$part"
	expect "$part: exit status" $? 0
done
PLOSS_ROTATE_DELETE=yes "$rotate" "$work/part3"
expect "the last file is deleted" "$(ls part?)" "$(printf 'part0\npart1\npart2')"
for _ in {1..400}; do
	[ "$(grep -c '"stats"' ploss.out)" -gt 10 ] && break
	sleep 0.05
done
expect "intervals while it runs" "$(($(grep -c '"stats"' ploss.out) > 10))" 1
"$rotate" --end "$work"
expect "end: exit status" $? 0
expect "totals" "$(totals ploss.out)" "$(totals whole)"
expect "left behind" "$(echo .[!.]* *)" ".[!.]* part0 part1 part2 ploss.err ploss.out whole"

"$rotate" --end "$work" 2>err
expect "a second end: exit status" $? 1
expect "a second end: message" "$(cat err)" "ploss-rotate: nothing runs in $work"
"$rotate" --end "$work/missing" 2>err
expect "an end nowhere: exit status" $? 1
expect "an end nowhere: message" "$(cat err)" "ploss-rotate: no such folder: $work/missing"

"$rotate" "$work/part0"
holder=$(cat .ploss-rotate/holder)
kill -KILL "$(cat .ploss-rotate/reader)"
for _ in {1..400}; do
	grep -qs ploss "/proc/$(cat .ploss-rotate/reader)/comm" || break
	sleep 0.05
done
"$rotate" --end "$work" 2>err
expect "an end after the reader died: exit status" $? 1
expect "an end after the reader died: message" "$(cat err)" "ploss-rotate: nothing runs in $work"
for _ in {1..400}; do
	grep -qs sleep "/proc/$holder/comm" || break
	sleep 0.05
done
expect "an end after the reader died: who held the stream" "$(grep -s sleep "/proc/$holder/comm")" ""
expect "an end after the reader died: left behind" "$(echo .[!.]*)" ".[!.]*"

"$rotate" missing 2>err
expect "a missing file" $? 2

exit $((failures > 0))

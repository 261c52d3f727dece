#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Public captures, and what other tools make of them: selftests/captures.sh FOLDER.
#
# FOLDER/files/     the captures
# FOLDER/table.tsv  a line a file, with tcptrace_rexmt and tcptrace_out_of_order: bytes that were seen before, and
#                   segments below the highest sequence number that were not
# FOLDER/fills.tsv  segments that fill a hole, and what their IPv4 IDs or timestamps prove them to be
#
# Repeated and late segments of each file must add up to the sum of the other tool's two columns, but for what
# captures.tsv explains. Of the fills none may be taken for what it is proven not to be, unless captures.tsv shows
# that it is not; how many stay ambiguous is said. Needs no root; the captures are no part of ploss.

set -u -o pipefail
folder=${1:?usage: selftests/captures.sh FOLDER}
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-$PWD/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# Columns of a tab-separated file by their names in its first line: columns FILE NAME...
columns()
{
	awk -F '\t' -v names="${*:2}" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(names, name, " "); next }
		{ for (i = 1; i <= n; i++) printf "%s%s", $at[name[i]], i < n ? "\t" : "\n" }' "$1"
}

# Repeated and late segments by ploss, both directions.
counted()
{
	"$build/ploss" read -q -o json "$1" 2>"$work/err" | jq -s '
		map(select(.type == "total") | .retransmitted_segments + .reordered_segments
			+ .duplicated_segments + .late_original_segments + .ambiguous_segments) | add'
}

files=0 equal=0
while IFS=$'\t' read -r file repeated late; do
	own=$(counted "$folder/files/$file")
	if [ $? -gt 1 ] || grep -q Sanitizer "$work/err"; then
		echo "$file: ploss ended badly: $(head -n 3 "$work/err")"
		status=1
	fi
	if [[ $own = null || ! $repeated =~ ^[0-9]+$ ]]; then
		own=unread difference=unread
	else
		difference=$((own - repeated - late))
	fi
	files=$((files + 1))
	[ "$difference" != 0 ] || equal=$((equal + 1))
	explained=$(awk -F '\t' -v file="$file" '$1 == file && $2 !~ /^frame/ { print $2 }' selftests/captures.tsv)
	if [ "${explained:-0}" != "$difference" ]; then
		echo "$file: differs by $difference ($own, not $repeated + $late); explained: ${explained:-0}"
		status=1
	fi
done < <(columns "$folder/table.tsv" file tcptrace_rexmt tcptrace_out_of_order)
echo "$files captures, $equal with equal counts; the others are in selftests/captures.tsv"

declare -A seen=()
right=0 open=0 wrong=0 unproven=0
while IFS=$'\t' read -r file frame proven; do
	if [ -z "${seen[$file]:-}" ]; then
		"$build/classes" "$folder/files/$file" --decap >"$work/$file" 2>/dev/null
		seen[$file]=yes
	fi
	class=$(awk -F '\t' -v frame="$frame" '$1 == frame { printf "%s ", $2 }' "$work/$file")
	if grep -qF "$file"$'\t'"frame $frame"$'\t' selftests/captures.tsv; then
		unproven=$((unproven + 1))
		continue
	fi
	case "$proven:$class" in
	retransmission:*unseen* | reordering:*reordered*) right=$((right + 1)) ;;
	retransmission:*reordered* | reordering:*unseen*)
		wrong=$((wrong + 1))
		echo "$file: frame $frame is proven $proven, and counts as $class"
		;;
	retransmission:* | reordering:*) open=$((open + 1)) ;;
	esac
done < <(columns "$folder/fills.tsv" file frame verdict)
echo "fills of which the class is proven: $right as proven, $open left open, $wrong otherwise; $unproven whose proof is none"
[ "$wrong" -eq 0 ] || status=1
exit $status

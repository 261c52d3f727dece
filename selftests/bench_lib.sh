# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the benches of real and made-up traffic share; lab.sh is sourced before it. Rows are printed as JSON, see
# bench.sh.

# row PART WHAT WITH UNIT AGAINST BASE GOT [most|least LIMIT]
row()
{
	jq -nc --arg part "$1" --arg what "$2" --arg with "$3" --arg unit "$4" --arg against "$5" \
		--argjson base "$6" --argjson got "$7" --arg limit "${8:-}" --arg bound "${9:-0}" '
		def short: if . == 0 then . else (10000 / pow(10; log10 | floor)) as $n | . * $n | round / $n end;
		{part: $part, what: $what, unit: $unit, against: $against, base: ($base | short), got: ($got | short)}
		+ if $with == "" then {} else {with: $with} end
		+ if $base == 0 then {} else {ratio: ($got / $base | short)} end
		+ if $limit == "" then {} else {($limit): ($bound | tonumber)} end'
}

calculate() { awk "BEGIN { printf \"%.9g\", $1 }"; }

# 1048576 as 1,048,576
grouped() { sed ':again; s/\([0-9]\)\([0-9]\{3\}\)\(,\|$\)/\1,\2\3/; t again' <<< "$1"; }

inside() { nsenter "--net=/run/netns/$1" "${@:2}"; }

# A veth pair between whose ends nobody computes checksums.
bench_veth()
{
	lab_veth
	MAC_A=$(lab_address "$A" "$DEV_A")
	MAC_B=$(lab_address "$B" "$DEV_B")
}

# flood_in KIND OPTIONS...: made-up segments that come in at $A, and those that it sends.
flood_in() { inside "$B" "$BUILD/flood" "$1" --device "$DEV_B" --to "$MAC_A" "${@:2}"; }
flood_out() { inside "$A" "$BUILD/flood" "$1" --device "$DEV_A" --to "$MAC_B" --outbound "${@:2}"; }

# Many more handshakes at once would push each other out.
HANDSHAKES=8000

# establish FLOWS [SEGMENTS]: connections that have shaken hands, unless there are too many, and carried so many
# segments in, and one out.
establish()
{
	local base=${PEERS:-1} flows=$1 left=$1 n

	if [ "$flows" -gt $((10 * HANDSHAKES)) ]; then
		flood_in data --flows "$flows" --peers "$base" --times "${2:-20}"
		flood_out data --flows "$flows" --peers "$base"
		return
	fi > "$LAB_DIR/establish"
	[ "$flows" -le "$HANDSHAKES" ] || flows=$HANDSHAKES
	for ((PEERS = base; left > 0; PEERS++, left -= n)); do
		n=$((left < flows ? left : flows))
		flood_in syn --flows $n --peers "$PEERS"
		flood_out synack --flows $n --peers "$PEERS"
		flood_in ack --flows $n --peers "$PEERS"
		flood_in data --flows $n --peers "$PEERS" --times "${2:-20}"
		flood_out data --flows $n --peers "$PEERS"
	done > "$LAB_DIR/establish"
	PEERS=$base
}

# ploss_pid NAME: of a ploss that was started by way of build/measure too.
ploss_pid()
{
	local pid=${LAB_PID[$1]} child

	read -r child _ < "/proc/$pid/task/$pid/children" 2> /dev/null
	echo "${child:-$pid}"
}

# map_field PID KEY_SIZE FIELD: of the hash table with such keys that the process has open.
map_field()
{
	awk -v key="$2" -v field="$3:" '
		$1 == "map_type:" { type = $2 }
		$1 == "key_size:" { size = $2 }
		{ got[$1] = $2 }
		$1 == "map_id:" && type == 1 && size == key { print got[field]; exit }' "/proc/$1/fdinfo"/* 2> /dev/null
}

# cpu_seconds PID: so far, to the nanosecond.
cpu_seconds() { awk '{ printf "%.6f", $1 / 1e9 }' "/proc/$1/schedstat"; }

rss_mib() { awk '$1 == "VmRSS:" { printf "%.2f", $2 / 1024 }' "/proc/$1/status"; }

slab_bytes() { awk '$1 == "Slab:" { print $2 * 1024 }' /proc/meminfo; }

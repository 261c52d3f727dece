# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Connections that carry data while SYNs from a million spoofed sources pass: none of them may be lost or miscounted.

# syns_run FLOWS SEGMENTS SYNS: sets SYNS_SENT, SYNS_RATE, SYNS_CPU_RATE; what ploss says is in $LAB_DIR/syns.out.
# Fails where the device dropped what it had taken (before Linux 6.6 it does not say so).
syns_run()
{
	local flows=$1 segments=$2 syns=$3 left n

	lab_start syns nsenter "--net=/run/netns/$A" "$PLOSS" flows -i "$DEV_A" --all -o json --max-flows 65536 100000 1
	wait_for 20 lab_ploss_ready syns
	remember "$B" "$DEV_B"
	establish "$flows"
	lab_start spoofed nsenter "--net=/run/netns/$B" "$BUILD/flood" syn --device "$DEV_B" --to "$MAC_A" --peers 128 --flows "$syns" \
		--rate 1000000 --lossy
	for ((PEERS = 1, left = flows; left > 0; PEERS++, left -= n)); do
		n=$((left < HANDSHAKES ? left : HANDSHAKES))
		flood_in data --peers $PEERS --flows $n --from 20 --times "$segments"
	done > "$LAB_DIR/data.out"
	PEERS=1
	lab_wait spoofed 120
	lab_quiet
	lab_end syns
	SYNS_SENT=$(jq .sent "$LAB_DIR/spoofed.out")
	SYNS_RATE=$(jq '.sent / .seconds' "$LAB_DIR/spoofed.out")
	SYNS_CPU_RATE=$(jq '.sent / .cpu_seconds' "$LAB_DIR/spoofed.out")
	[ "$(grown "$B" "$DEV_B" tx dropped)" -le "$(jq -s 'map(.refused) | add' "$LAB_DIR"/{data,spoofed}.out)" ]
}

# syns_exact SEGMENTS: established connections whose row says what was sent, and that nothing happened to it.
syns_exact()
{
	jq -s --argjson segments "$1" 'map(select(.type == "flow" and .direction == "in" and .data_segments == $segments
		and .lost_before_segments + .retransmitted_segments + .ambiguous_segments + .reordered_segments
			+ .lost_before_packets == 0)) | length' "$LAB_DIR/syns.out"
}

syns_counted() { jq -s 'map(select(.type == "total" and .direction == "in").syns) | add' "$LAB_DIR/syns.out"; }

bench_syns()
{
	local flows=${SYNS_FLOWS:-10000} segments=${SYNS_SEGMENTS:-100} syns=${SYNS:-1000000}

	syns_run "$flows" "$segments" "$syns"
	row syns "connections counted exactly, beside $(grouped "$syns") SYNs" flows flows sent "$flows" \
		"$(syns_exact $((segments + 21)))" least 1
	row syns "SYNs" flows SYNs sent $((SYNS_SENT + flows)) "$(syns_counted)" least 1
	row syns "SYNs" flows SYNs/s asked 1000000 "$SYNS_RATE"
	row syns "SYNs, if nothing else ran" flows SYNs/s asked 1000000 "$SYNS_CPU_RATE"
}

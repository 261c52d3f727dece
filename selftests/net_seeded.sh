#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same packets, on whatever kernel: a made capture of connections with losses before and behind the tap, played
# through a TAP device under a live ploss. What was sent is decided by a seed, what it meant by the packets'
# own clocks; so each total is the truth's and that of "ploss read", on every kernel and by each hook. What depends on
# the pace, which is not the capture's, is left out, and what the host dropped: only a live tap knows that answers are
# the host's own. LAB_ALL=1: by XDP too.

. "$(dirname "$0")/lab.sh"
lab_need jq

OTHER='(_ns|rtt_samples|^cause_.*|^host_dropped_segments)$'
CAPTURE=$LAB_DIR/seeded.pcap
LOCAL=10.0.0.2

# fields FILE DIRECTION: of the total, one a line.
fields()
{
	jq -r --arg direction "$2" --arg other "$OTHER" '
		select(.type == "total" and .direction == $direction) | to_entries[]
		| select((.value | type) == "number" and (.key | test($other) | not)) | "\(.key) \(.value)"' "$1"
}

# played HOOK: what the live ploss made of it, in $LAB_DIR/live.out.
played()
{
	lab_pair
	lab_start replay nsenter "--net=/run/netns/$A" "$BUILD/replay" wa "$CAPTURE" $LOCAL
	wait_for 10 lab_ready replay
	ip -n "$A" link set wa up || lab_die "no device: $(cat "$LAB_DIR/replay.err")"
	lab_quiet
	lab_ploss live "$A" -i wa --hook "$1"
	kill -USR1 "${LAB_PID[replay]}"
	wait_for 60 grep -qs played "$LAB_DIR/replay.out" || lab_die "not played: $(cat "$LAB_DIR/replay.err")"
	lab_ploss_end live
}

"$BUILD/bulk" 20000 60 20 10 > "$CAPTURE" 2> "$LAB_DIR/truth.json" || lab_die "no capture"
"$PLOSS" read -o json --local $LOCAL "$CAPTURE" > "$LAB_DIR/read.out" 2> "$LAB_DIR/read.err"
bulk() { jq ".$1" "$LAB_DIR/truth.json"; }

for hook in auto ${LAB_ALL:+xdp}; do
	played "$hook"
	expect_equal "$hook: packets" "$(($(total live in packets) + $(total live out packets)))" "$(bulk packets)"
	expect_equal "$hook: data" "$(($(total live in data_segments) + $(total live out data_segments)))" \
		"$(bulk data_segments)"
	expect_equal "$hook: lost before" "$(total live in lost_before_segments)" "$(bulk lost_before)"
	expect_equal "$hook: lost before, by IDs" "$(total live in lost_before_packets)" "$(bulk lost_before)"
	expect_equal "$hook: lost after" "$(total live in lost_after_segments)" "$(bulk lost_after)"
	for direction in in out; do
		expect_same "$hook: $direction, beside ploss read" "$(fields "$LAB_DIR/live.out" $direction)" \
			"$(fields "$LAB_DIR/read.out" $direction)"
	done
	lab_reset
done
say "totals: $(bulk packets) packets, $(total live in lost_before_segments) lost before, $(total live in lost_after_segments) after"
lab_finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Filters leave in what they say, and nothing else: each is held against the sum of the connections that it should let
# through, as an unfiltered ploss saw them in the same time; and so is each on a capture of that.

. "$(dirname "$0")/lab.sh"
lab_need jq tcpdump
lab_veth

# Each a filter, and which of all connections (seen from $A) it selects.
FILTERS="
--port 7701 | .local_port == 7701 or .remote_port == 7701
--port 7701,7702 | .remote_port == 7701 or .remote_port == 7702
--port 7701 --port 7703 | .remote_port == 7701 or .remote_port == 7703
--remote-port 7702 | .remote_port == 7702
--local-port 7702 | .local_port == 7702
--remote-port 7701 --local-port 7702 | false
--remote-port 7702,7703 --port 7703 | .remote_port == 7703
--peer $B4 | .family == 4
--peer $B6/64 | .family == 6
--peer 10.77.0.0/30 --port 7701 | .family == 4 and .remote_port == 7701
--peer 192.0.2.0/24 | false
-4 | .family == 4
-6 --remote-port 7703 | .family == 6 and .remote_port == 7703
"

lab_start all nsenter "--net=/run/netns/$A" "$PLOSS" flows -i "$DEV_A" -o json --all 60 1
wait_for 20 lab_ploss_ready all
lab_start capture nsenter "--net=/run/netns/$A" tcpdump -Z root --immediate-mode -U -n -B 16384 -s 128 -i "$DEV_A" -w "$LAB_DIR/pcap" tcp
wait_for 20 grep -q listening "$LAB_DIR/capture.err"
n=0
while IFS='|' read -r options _; do
	[ -n "$options" ] || continue
	read -r -a words <<< "$options"
	lab_ploss "filter$n" "$A" -i "$DEV_A" "${words[@]}"
	n=$((n + 1))
done <<< "$FILTERS"

for port in 7701 7702 7703; do
	for to in $B4 $B6; do
		lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port $port
		wait_for 10 lab_ready server
		lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$to" --port $port \
			--bytes $((port * 10))
		lab_wait client 30 && lab_wait server 30
	done
done
lab_quiet
lab_end all INT
lab_end capture INT

n=0
while IFS='|' read -r options selects; do
	[ -n "$options" ] || continue
	lab_ploss_end "filter$n"
	read -r -a words <<< "$options"
	"$PLOSS" read -q -o json --local "$A4" --local "$A6" "${words[@]}" "$LAB_DIR/pcap" > "$LAB_DIR/read.out"
	for direction in in out; do
		expected=$(jq -s --arg direction $direction "map(select(.type == \"flow\" and .direction == \$direction and ($selects))
			| .packets, .data_bytes) | add // 0" "$LAB_DIR/all.out")
		expect_equal "$options: $direction" \
			$(($(total "filter$n" $direction packets) + $(total "filter$n" $direction data_bytes))) "$expected"
		expect_equal "offline, $options: $direction" \
			$(($(total read $direction packets) + $(total read $direction data_bytes))) "$expected"
	done
	n=$((n + 1))
done <<< "$FILTERS"
lab_finish

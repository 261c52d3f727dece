#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An event for each packet that is out of the ordinary, and for no other: at each sender of two lossy transfers, one
# each way, the retransmissions that ploss events tells are those in the wire's ledger, line for line by direction,
# sequence number and length (without GSO, where a packet at the tap is one on the wire). What a reader that stood still missed is counted.

. "$(dirname "$0")/lab.sh"
lab_need jq

# A packet at the tap is one on the wire.
plain()
{
	ip -n "$A" link set "$DEV_A" gso_max_segs 1 || lab_die "cannot set gso_max_segs"
	ip -n "$B" link set "$DEV_B" gso_max_segs 1 || lab_die "cannot set gso_max_segs"
}

# events NAME NS DEVICE OPTIONS...
events()
{
	local name=$1 ns=$2 device=$3

	shift 3
	[ -x "$PLOSS" ] || lab_skip "needs $PLOSS"
	lab_start "$name" nsenter "--net=/run/netns/$ns" "$PLOSS" events -i "$device" "$@"
	wait_for 20 lab_ploss_ready "$name"
}

events_end() { lab_end "$1" "${2:-INT}" || lab_die "ploss events ($1) ended with $?: $(cat "$LAB_DIR/$1.err")"; }

# resent_on_wire ab|ba: "sequence-number length" of each.
resent_on_wire()
{
	awk -F '\t' -v way="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["direction"] == way && $at["retransmitted"] && !seen[$at["order"]]++ { print $at["seq"], $at["payload"] }' \
		"$LAB_DIR/ledger" | sort
}

# resent_in_table NAME: of what leaves.
resent_in_table() { awk '$6 == "R>" || $6 == "L>" { print $9, $10 }' "$LAB_DIR/$1.out" | sort; }

resent_in_json()
{
	jq -r 'select(.type == "event" and .direction == "out" and (.kind == "retransmission" or .kind == "tail_loss_probe"))
		| "\(.seq) \(.length)"' "$LAB_DIR/$1.out" | sort
}

# health NAME FIELD
health() { jq -s "map(select(.type == \"health\").$2) | add" "$LAB_DIR/$1.out"; }

for version in 4 6; do
	[ $version = 4 ] && to=$B4 || to=$B6
	story="IPv$version"
	lab_wire --both delay=5 --ab loss=4 --ba loss=2 --seed 21
	plain
	events a "$A" "$DEV_A" -s -l
	events b "$B" "$DEV_B" -o json -l
	events counts "$A" "$DEV_A" -c -l
	lab_traffic up "$to" --flows 3 --bytes 1500000
	lab_traffic down "$to" --flows 2 --bytes 1500000 --reverse
	lab_quiet
	for name in a b counts; do
		events_end $name
	done
	lab_wire_end
	expect_above "$story: resent" "$(resent_on_wire ab | wc -l)" 50
	expect_same "$story: what $A resent" "$(resent_in_table a)" "$(resent_on_wire ab)"
	expect_same "$story: what $B resent" "$(resent_in_json b)" "$(resent_on_wire ba)"
	expect_equal "$story: counted" "$(awk '$2 == ">" && NR > 1 { n += $4 + $5 } END { print n }' "$LAB_DIR/counts.out")" \
		"$(resent_on_wire ab | wc -l)"
	expect_equal "$story: owners" "$(awk 'NR > 1 && $3 != "-" { print $3 }' "$LAB_DIR/a.out" | sort -u)" traffic
	expect_between "$story: events without owner" "$(awk '$3 == "-"' "$LAB_DIR/a.out" | wc -l)" 0 \
		$(($(wc -l < "$LAB_DIR/a.out") / 4))
	expect_equal "$story: evidence of what the sender's tap sees" \
		"$(jq -r 'select(.direction == "out" and .kind == "retransmission").evidence' "$LAB_DIR/b.out" | sort -u)" position
	expect_equal "$story: lost" "$(health b events_lost) $(health b events_suppressed)" "0 0"
	lab_reset
done

# One of each other kind: nobody there, a port that is closed, a reader that does not read, and what the wire does.
lab_wire --both delay=5 --ab reorder=2:2:4 --ab duplicate=1 --seed 3
events a "$A" "$DEV_A" -o json
events b "$B" "$DEV_B"
lab_start nobody timeout 4 nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect 10.77.0.9 --port 7
lab_start refused nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7
lab_stand_still
wait_for 10 jq -e -s 'any(.kind? == "zero_window")' "$LAB_DIR/a.out" > /dev/null
kill -CONT "$LAB_STILL"
lab_wait client 60 && lab_wait server 60
lab_traffic up "$B4" --bytes 3000000
lab_wait nobody 10
events_end a
events_end b TERM
told()
{
	jq -r "select(.type == \"event\" and $1) | \"\(.kind) \(.direction) \(.state) \(.remote_address) \(.remote_port) \(.comm)\"" \
		"$LAB_DIR/a.out" | sort -u
}
expect_equal "nobody answers" "$(told '.remote_port == 7 and .kind == "retransmission"')" \
	"retransmission out SYN_SENT 10.77.0.9 7 traffic"
expect_match "refused" "$(told '.kind == "reset"')" "^reset in SYN_SENT $B4 7 "
expect_match "zero window" "$(told '.kind == "zero_window"')" "^zero_window out [A-Z_]+ $B4 7700 traffic"
expect_match "reordering at the receiver" "$(cat "$LAB_DIR/b.out")" '^[0-9:]{8} +[0-9]+ +traffic +4 +10.77.0.2:7700 +O< 10.77.0.1:[0-9]+ +ESTABLISHED'
expect_match "duplicate at the receiver" "$(cat "$LAB_DIR/b.out")" ' D< 10.77.0.1:'
expect_equal "lines wider than 80 columns" "$(awk 'length > 80' "$LAB_DIR/b.out")" ""
lab_reset

# A reader that stands still under load, and one that has had enough.
lab_wire --both delay=1 --ab loss=8 --seed 4
plain
events stopped "$A" "$DEV_A" -o json -l
events enough "$A" "$DEV_A" -l -n 5
stopped=${LAB_PID[stopped]}
kill -STOP "$stopped"
lab_traffic up "$B4" --flows 40 --bytes 6000000
kill -CONT "$stopped"
lab_quiet
resets=$(($(snmp_count "$A" Tcp OutRsts) + $(snmp_count "$B" Tcp OutRsts)))
events_end stopped
lab_wait enough 5
expect_equal "enough: exit status" $? 0
expect_equal "enough: lines" "$(wc -l < "$LAB_DIR/enough.out")" 6
lab_wire_end
lines=$(jq -s 'map(select(.type == "event")) | length' "$LAB_DIR/stopped.out")
lost=$(health stopped events_lost)
expect_above "stopped: lost" "$lost" 0
# Resets are events, too: answers to what was resent to a socket that is no more.
expect_equal "stopped: lines, lost and suppressed" $((lines + lost + $(health stopped events_suppressed))) \
	$(($(truth ab retransmitted_sent) + $(truth ba retransmitted_delivered) + resets))
lab_finish

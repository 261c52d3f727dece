#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Live and offline agree: captures taken beside a live ploss, at both ends of a wire that loses, reorders and
# duplicates, give the same totals, field by field, and, where everything happens at once, the same events, one by
# one. Times are of two clocks and are left out, and so is how many there are of round trips: of a packet that comes
# and one that goes at the same time, either may be the first.

. "$(dirname "$0")/lab.sh"
lab_need jq tcpdump

TIMES='(_ns|rtt_samples)$'

# capture NAME NS DEVICE: into $LAB_DIR/NAME.pcap, until ended.
capture()
{
	lab_start "$1" nsenter "--net=/run/netns/$2" tcpdump -Z root --immediate-mode -U -B 65536 -s 128 --time-stamp-precision=nano \
		-w "$LAB_DIR/$1.pcap" -i "$3"
	wait_for 10 grep -qs 'listening on' "$LAB_DIR/$1.err" ||
		lab_skip "tcpdump does not start: $(tail -n 1 "$LAB_DIR/$1.err")"
}

# fields FILE DIRECTION: of the total, one a line.
fields()
{
	jq -r --arg direction "$2" --arg times "$TIMES" '
		select(.type == "total" and .direction == $direction) | to_entries[]
		| select((.value | type) == "number" and (.key | test($times) | not)) | "\(.key) \(.value)"' "$1"
}

# events NAME NS DEVICE: as they come, until ended.
events()
{
	lab_start "$1" nsenter "--net=/run/netns/$2" "$PLOSS" events -l -o json -i "$3"
	wait_for 20 lab_ploss_ready "$1"
}

# events_of FILE: what they are, without when and whose.
events_of() { jq -c 'select(.type == "event") | del(.time, .interface, .pid, .comm)' "$1"; }

# agree STORY NAME LOCAL: the file of NAME, of the host with these addresses, and what ploss counted there.
agree()
{
	local story=$1 name=$2 direction

	"$PLOSS" read --events -l -o json --local "$3" --local "$4" "$LAB_DIR/$name-file.pcap" >"$LAB_DIR/$name-read.out" \
		2>"$LAB_DIR/$name-read.err" || lab_die "$(cat "$LAB_DIR/$name-read.err")"
	expect_match "$story: tcpdump at the $name" "$(cat "$LAB_DIR/$name-file.err")" '^0 packets dropped'
	for direction in in out; do
		expect_same "$story: $name $direction" "$(fields "$LAB_DIR/$name-read.out" $direction)" \
			"$(fields "$LAB_DIR/$name.out" $direction)"
	done
	[ ! -e "$LAB_DIR/$name-events.out" ] || expect_same "$story: $name events" "$(events_of "$LAB_DIR/$name-read.out")" \
		"$(events_of "$LAB_DIR/$name-events.out")"
}

# story NAME VERSION WIRE-OPTIONS...
story()
{
	local story="$1, IPv$2" to=$B4

	[ "$2" = 4 ] || to=$B6
	shift 2
	lab_wire "$@"
	ip -n "$A" link set "$DEV_A" gso_max_segs 1
	ip -n "$B" link set "$DEV_B" gso_max_segs 1
	capture sender-file "$A" "$DEV_A"
	capture receiver-file "$B" "$DEV_B"
	# One interval: losses of intervals do not fall when a proof comes later, and a file has no intervals.
	lab_ploss sender "$A" -i "$DEV_A" 1000
	lab_ploss receiver "$B" -i "$DEV_B" 1000
	if [[ $story = everything* ]]; then
		events sender-events "$A" "$DEV_A"
		events receiver-events "$B" "$DEV_B"
	fi
	lab_traffic up "$to" --flows 4 --bytes 500000
	lab_quiet
	lab_ploss_end sender
	lab_ploss_end receiver
	if [[ $story = everything* ]]; then
		lab_end sender-events INT
		lab_end receiver-events INT
	fi
	lab_end sender-file INT
	lab_end receiver-file INT
	agree "$story" sender "$A4" "$A6"
	agree "$story" receiver "$B4" "$B6"
	rm -f "$LAB_DIR/"*-events.*
	lab_reset
}

for version in 4 6; do
	story "clean" $version --both delay=5
	story "losses" $version --both delay=5 --ab loss=2
	story "losses of acknowledgements" $version --both delay=5 --ba loss=5
	story "everything, with a link header" $version --tap --both delay=10 --ab loss=1,reorder=2:1:15,duplicate=1
done

lab_finish

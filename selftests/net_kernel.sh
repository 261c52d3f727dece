#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Beside what the kernel counts: at a sender with one interface there is no difference; what goes another way is one.

. "$(dirname "$0")/lab.sh"
lab_need jq

# kernel NAME FIELD
kernel() { jq -r "select(.type == \"kernel\").$2" "$LAB_DIR/$1.out"; }

for version in 4 6; do
	[ $version = 4 ] && to=$B4 || to=$B6
	lab_wire --both delay=5 --ab loss=3 --seed $version
	lab_ploss all "$A" -i "$DEV_A" --kernel
	lab_ploss part "$A" -i "$DEV_A" --kernel --port 7701
	lab_start events nsenter "--net=/run/netns/$A" "$PLOSS" events -i "$DEV_A" --kernel
	wait_for 20 lab_ploss_ready events
	lab_traffic t "$to" --flows 3 --bytes 2000000
	lab_quiet
	lab_ploss_end all
	lab_ploss_end part
	lab_end events INT
	expect_above "IPv$version: resent" "$(kernel all TcpRetransSegs)" 20
	expect_equal "IPv$version: difference" "$(kernel all difference)" 0
	expect_equal "IPv$version: that left resent" "$(kernel all retransmitted_segments)" \
		"$(total all out retransmitted_segments)"
	expect_equal "IPv$version: what was not looked at" "$(kernel part difference)" "$(kernel all TcpRetransSegs)"
	expect_match "IPv$version: events" "$(cat "$LAB_DIR/events.err")" 'This host resent [0-9]+ segments .* difference 0\.'
	lab_reset
done
lab_finish

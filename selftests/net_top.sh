#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ploss top in a pseudo-terminal: keys, other sizes, what the screen then shows, and the terminal as it was afterwards,
# whatever ended it. Each key is sent when the screen shows what the last one did.

. "$(dirname "$0")/lab.sh"
lab_need jq
[ -x "$PLOSS" ] || lab_skip "needs $PLOSS"
export TERM=xterm LC_ALL=C
LEAVE=$'\e[?1049l' # xterm: what was there before the full screen

# top STORY STATUS DEVICE: runs it by $LAB_DIR/script; the terminal is as it was.
top()
{
	local status

	lab_start pty "$BUILD/pty" 80x24 "$LAB_DIR/script" nsenter "--net=/run/netns/$A" "$PLOSS" top -i "$3" 0.3
	lab_wait pty 200
	status=$?
	expect_equal "$1: exit status" $status "$2"
	expect_equal "$1: terminal" "$(cat "$LAB_DIR/pty.err")" restored
	expect_equal "$1: leaves the full screen" "$(grep -cF "$LEAVE" "$LAB_DIR/pty.out")" 1
}

lab_wire --both delay=5 --ab loss=3 --seed 5
lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700 --flows 3 --seconds 1000
wait_for 10 lab_ready server
lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7700 --flows 3 \
	--bytes 1000000000 --app-limited 20000,20 --seconds 1000

cat > "$LAB_DIR/script" << 'END'
wait by losses
wait traffic
send h
wait choose a connection
send h
wait REMOTE
send p
wait paused
send p
gone paused
send d
wait by data
send jj\r
wait data_segments
gone REMOTE
send \e
wait REMOTE
send /nosuch\r
wait with nosuch
wait Nothing passed that
send /7700\r
wait with 7700
wait :7700
size 200x50
wait CARRIED
send +
wait every 0.6 s
send -
wait every 0.3 s
size 30x5
gone REMOTE
size 120x40
wait REMOTE
send q
end
END
top "keys" 0 "$DEV_A"

# Where nothing passes, the screen is known to the letter.
cat > "$LAB_DIR/script" << END
same $LAB_ROOT/selftests/golden/pty-80x24
size 200x50
same $LAB_ROOT/selftests/golden/pty-200x50
size 80x24
same $LAB_ROOT/selftests/golden/pty-80x24
signal 1
end
END
top "screens, SIGHUP" 0 lo

for ended in 15:0 2:0 11:139 6:134; do
	printf 'wait INTERFACE\nsignal %d\nend\n' "${ended%:*}" > "$LAB_DIR/script"
	top "signal ${ended%:*}" "${ended#*:}" lo
done

nsenter "--net=/run/netns/$A" "$PLOSS" top -i "$DEV_A" > "$LAB_DIR/none.out" 2> "$LAB_DIR/none.err" < /dev/null
expect_equal "no terminal: exit status" $? 1
expect_match "no terminal" "$(head -n 1 "$LAB_DIR/none.err")" '^ploss: .*needs a terminal'
printf 'end\n' > "$LAB_DIR/script"
TERM=nosuch lab_start pty "$BUILD/pty" 80x24 "$LAB_DIR/script" nsenter "--net=/run/netns/$A" "$PLOSS" top -i "$DEV_A"
lab_wait pty 20
expect_equal "unknown terminal: exit status" $? 1
expect_match "unknown terminal" "$(cat "$LAB_DIR/pty.out")" 'no known type'
lab_finish

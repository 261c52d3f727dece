#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ploss top in a pseudo-terminal: keys, another size, and the terminal as it was afterwards, also after SIGTERM and a
# crash. What the screen looks like is test_view.c's.

. "$(dirname "$0")/lab.sh"
lab_need jq
[ -x "$PLOSS" ] || lab_skip "needs $PLOSS"
export TERM=xterm LC_ALL=C
LEAVE=$'\e[?1049l' # xterm: what was there before the full screen

# top STORY STATUS: runs it by $LAB_DIR/script; the terminal is as it was. A key that follows Escape too soon is
# taken for one with Alt (ESCDELAY): where a text did not appear in time it is tried twice more, and says so.
top()
{
	local status=99 try

	for ((try = 1; try <= 3 && status == 99; try++)); do
		[ $try = 1 ] || say "$1: once more: $(grep -m 1 'did not appear' "$LAB_DIR/pty.err")"
		lab_start pty "$BUILD/pty" 80x24 "$LAB_DIR/script" nsenter "--net=/run/netns/$A" "$PLOSS" top \
			-i "$DEV_A" 0.3
		lab_wait pty 100
		status=$?
	done
	expect_equal "$1: exit status" $status "$2"
	expect_equal "$1: terminal" "$(cat "$LAB_DIR/pty.err")" restored
	expect_equal "$1: leaves the full screen" "$(grep -cF "$LEAVE" "$LAB_DIR/pty.out")" 1
}

lab_wire --both delay=5 --ab loss=3 --seed 5
lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700 --flows 3 --seconds 1000
wait_for 10 lab_ready server
lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7700 --flows 3 \
	--bytes 1000000000 --app-limited 20000,20 --seconds 1000

# What changes on a screen is sent in pieces: a change of size has it sent whole.
cat > "$LAB_DIR/script" << 'END'
wait by losses
wait traffic
send h
size 121x40
wait choose a connection
send h
size 120x40
wait REMOTE
send p
size 121x40
wait paused
send p
send d
size 120x40
wait data
send jj\r
size 121x40
wait data_segments
send \e
size 120x40
wait REMOTE
send /nosuch\r
size 121x40
wait nosuch
wait Nothing passed that
send /7700\r
size 120x40
wait 7700
size 200x50
wait CARRIED
send +
size 190x50
wait 0.6
send -
send q
end
END
top "keys" 0

printf 'wait REMOTE\nsignal 15\nend\n' > "$LAB_DIR/script"
top "SIGTERM" 0
printf 'wait REMOTE\nsignal 2\nend\n' > "$LAB_DIR/script"
top "SIGINT" 0
printf 'wait REMOTE\nsignal 11\nend\n' > "$LAB_DIR/script"
top "crash" 139

nsenter "--net=/run/netns/$A" "$PLOSS" top -i "$DEV_A" > "$LAB_DIR/none.out" 2> "$LAB_DIR/none.err" < /dev/null
expect_equal "no terminal: exit status" $? 1
expect_match "no terminal" "$(head -n 1 "$LAB_DIR/none.err")" '^ploss: .*needs a terminal'
printf 'end\n' > "$LAB_DIR/script"
TERM=nosuch lab_start pty "$BUILD/pty" 80x24 "$LAB_DIR/script" nsenter "--net=/run/netns/$A" "$PLOSS" top -i "$DEV_A"
lab_wait pty 20
expect_equal "unknown terminal: exit status" $? 1
expect_match "unknown terminal" "$(cat "$LAB_DIR/pty.out")" 'no known type'
lab_finish

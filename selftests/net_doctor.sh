#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One trouble at a time, each made on purpose: ploss doctor names it first, at the end that can see it. Limits decide
# the exit status.
#
#     $A  -->  wire  -->  $B
#
# The first argument, if any, is a part of the names of the troubles to try. Without one, two halves are tried at once,
# each in namespaces of its own: most of the time they wait.
# shellcheck disable=SC2317  # what makes a trouble is called by its name

if [ $# = 0 ]; then
	bash "$0" "" 1 &
	other=$!
	bash "$0" "" 0
	status=$?
	wait $other || status=$?
	exit $status
fi
. "$(dirname "$0")/lab.sh"
lab_need jq
[ -x "$PLOSS" ] || lab_skip "needs $PLOSS"
ONLY=$1 HALF=${2:-}
TURN=0
TRIED=0
TEXT= # what the next trouble's finding must say

# Whether it is this one's turn: by name, and by half.
is_due()
{
	TURN=$((TURN + 1))
	case $1 in
	*"$ONLY"*) [ -z "$HALF" ] || [ $((TURN % 2)) = "$HALF" ] ;;
	*) return 1 ;;
	esac
}

# trouble STORY WHERE KIND DIRECTION TRAFFIC WIRE-OPTIONS...: the doctor at WHERE (a or b) names KIND first.
trouble()
{
	local story=$1 where=$2 kind=$3 direction=$4 traffic=$5 ns=$A device

	if ! is_due "$story"; then
		TEXT=
		return
	fi
	shift 5
	lab_wire "$@"
	[ "$where" = a ] || ns=$B
	[ "$where" = a ] && device=$DEV_A || device=$DEV_B
	lab_start doctor nsenter "--net=/run/netns/$ns" "$PLOSS" doctor -i "$device" -o json 60
	wait_for 20 lab_ploss_ready doctor
	$traffic
	lab_end doctor INT
	expect_equal "$story: exit status" $? 0
	expect_equal "$story: first finding" "$(jq -s -r '.[0] | "\(.kind) \(.direction)"' "$LAB_DIR/doctor.out")" \
		"$kind $direction"
	[ -z "$TEXT" ] || expect_match "$story: says so" "$(jq -s -r '.[0].text' "$LAB_DIR/doctor.out")" "$TEXT"
	TEXT=
	[ -z "${V:-}" ] || jq -r '"    \(.weight) \(.text)"' "$LAB_DIR/doctor.out"
	TRIED=$((TRIED + 1))
	lab_reset
}

bulk() { lab_traffic t "$B4" --flows 2 --bytes 4000000 --cc cubic; }
bulk6() { lab_traffic t "$B6" --flows 2 --bytes 4000000 --cc cubic; }
# No connection has as many bytes as the window that its receiver begins with: none can fill it, as one does whose
# receiver makes room too late.
modest() { lab_traffic t "$B4" --flows 16 --bytes 40000 --cc cubic; }
modest6() { lab_traffic t "$B6" --flows 16 --bytes 40000 --cc cubic; }
long() { lab_traffic t "$B4" --bytes 3000000 --cc cubic; }
trickle() { lab_traffic t "$B4" --flows 8 --bytes 3000 --app-limited 100,100; }

unanswered()
{
	for port in 7 8 9; do
		lab_start "nobody$port" timeout 4 nsenter "--net=/run/netns/$A" "$BUILD/traffic" client \
			--connect 10.77.0.9 --port "$port"
	done
	for port in 7 8 9; do
		lab_wait "nobody$port" 10
	done
}

refused()
{
	for port in 7 8 9; do
		nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port "$port" 2> /dev/null
	done
}

# The client stands still while the server sends. The window is shut for as long, but for a second: before it is 0 it may
# be too small for a segment, and only a probe asks what it is. A slow reader may let it shut more than once.
unread()
{
	local from=$EPOCHREALTIME shut

	lab_stand_still
	shut=$EPOCHREALTIME
	sleep 3
	TEXT="[1-9][0-9]* times?, for ($(awk -v from="$from" -v shut="$shut" -v now="$EPOCHREALTIME" 'BEGIN {
		for (s = int(now - shut) - 1; s <= now - from + 1; s++) printf "%s%d", n++ ? "|" : "", s }'))[. ]"
	kill -CONT "$LAB_STILL"
	lab_wait client 60 && lab_wait server 60
}

# The device of the sender has room for five packets.
short_queue()
{
	ip -n "$A" link set "$DEV_A" txqueuelen 5
	bulk
}

# The server waits for what never comes.
large()
{
	lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700
	wait_for 10 lab_ready server
	lab_start client timeout 5 nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7700 \
		--bytes 100000
	lab_wait client 10
	lab_end server KILL
}

# Both ends agree on ECN; routers mark.
marked()
{
	nsenter "--net=/run/netns/$A" sysctl -q -w net.ipv4.tcp_ecn=1
	nsenter "--net=/run/netns/$B" sysctl -q -w net.ipv4.tcp_ecn=1
	bulk
}

# From addresses that answer nobody.
flood()
{
	lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700
	wait_for 10 lab_ready server
	nsenter "--net=/run/netns/$A" "$BUILD/synflood" "$B4" 7700 10.77.0.128 400 || lab_die "no SYNs"
	lab_quiet
	lab_end server KILL
}

# The client is killed while it is sent to.
killed()
{
	lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700 --flows 10
	wait_for 10 lab_ready server
	lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7700 --flows 10 \
		--reverse --bytes 100000000 --app-limited 5000,20
	wait_for 20 lab_sends "$B" 7700 10 || lab_die "the server does not send"
	lab_end client KILL
	lab_wait server 20
}

# The receiver has little room.
small_buffers()
{
	nsenter "--net=/run/netns/$B" sysctl -q -w net.ipv4.tcp_rmem="4096 32768 32768" net.ipv4.tcp_window_scaling=0
	lab_traffic t "$B4" --bytes 600000
}

# The path stands still for longer than the sender waits, and loses nothing.
standstills()
{
	nsenter "--net=/run/netns/$A" sysctl -q -w net.ipv4.tcp_early_retrans=0          # no probes before
	lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700 --flows 20
	wait_for 10 lab_ready server
	lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7700 --flows 20 \
		--bytes 7000 --app-limited 500,300
	for _ in 1 2 3; do
		sleep 0.4
		kill -STOP "${LAB_PID[wire]}"
		sleep 0.7
		kill -CONT "${LAB_PID[wire]}"
	done
	lab_wait client 60 && lab_wait server 60
}

trouble "clean" a clean null modest --both delay=40
trouble "clean, IPv6" b clean null modest6 --both delay=40
TEXT='one by one: the path to the peers'
trouble "loss after" a loss_after out bulk --both delay=5 --ab loss=2 --seed 1
trouble "loss before" b loss_before in bulk --both delay=5 --ab loss=2 --seed 1
trouble "loss before, IPv6" b loss_before in bulk6 --both delay=5 --ab loss=2 --seed 1
TEXT='in runs, of .* the path from the peers'
trouble "loss in bursts" b loss_before in bulk --both delay=5 --ab burst=0.3:30:80 --seed 2
trouble "reordering" b reordering in bulk --both delay=5 --ab reorder=3:2:4 --seed 3
trouble "duplication" b duplication in bulk --both delay=5 --ab duplicate=2 --seed 4
TEXT='acknowledgements that passed here are lost'
trouble "lost acknowledgements" b spurious in trickle --both delay=5 --ba ackloss=40 --seed 5
TEXT="the sender's timeout is too short for the path, where round trips take up to (0\.[4-9]|[1-9])"
trouble "short timeout" a spurious out standstills --both delay=10
trouble "unanswered" a unanswered out unanswered --both delay=5
trouble "refused" a refused out refused --both delay=5
trouble "unread" b receiver_limited out unread --both delay=5
TEXT='times, for up to [1-9]\.'
trouble "full windows" a window_full out small_buffers --both delay=40
TEXT='were reset by the remote side'
trouble "resets, remote" b resets in killed --both delay=40
TEXT='were reset by this side'
trouble "resets, own" a resets out killed --both delay=40
TEXT='400 connections were opened from outside'
trouble "flood" b syn_flood in flood --both delay=1
trouble "marks" b ecn in marked --both delay=40 --ab mark=2 --seed 6
trouble "bufferbloat" a queueing out long --both delay=5 --ab rate=20:2000
trouble "interface drops" a interface_drops out short_queue --both delay=20
TEXT='segments of 1448 bytes never arrive'
trouble "black hole" a mtu_black_hole out large --both delay=5 --ab mtu=1000

# Limits: 0.05 % lost, and 0.5 %.
limits()
{
	local drops=$1 status=$2 limit=$3

	is_due "limits $limit" || return
	lab_wire --both delay=2 --ab drop="$drops"
	lab_start doctor nsenter "--net=/run/netns/$A" "$PLOSS" doctor -i "$DEV_A" --max-loss "$limit" 60
	wait_for 20 lab_ploss_ready doctor
	lab_traffic t "$B4" --bytes 8000000
	lab_end doctor INT
	expect_equal "--max-loss $limit, packets $drops lost: exit status" $? "$status"
	[ "$status" = 0 ] || expect_match "--max-loss $limit: first line" "$(head -n 1 "$LAB_DIR/doctor.out")" "more than --max-loss 0.1 allows"
	lab_reset
}
limits 2000:4000 0 0.1%
limits 500:900:1300:1700:2100:2500:2900:3300:3700:4100:4500:4900 3 0.1
say "$TRIED troubles"
lab_finish

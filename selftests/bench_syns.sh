# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Connections that carry data in both directions while SYNs from spoofed sources pass, a million offered each second:
# none of them may be lost or miscounted.
#
# The SYNs are an XDP program's, which sends frames that BPF_PROG_TEST_RUN makes (Linux 5.18); where there are no such
# frames, a packet socket's. What the veth's queue has no room for was offered, but not seen: the device counts it.

SYNS_BY=xdp
SYNS_A_SECOND=$((1010000 / ${LAB_SLOW:-1}))
SYNS_MOST=60000000

# The tapped end takes XDP frames, from a queue of its own for each CPU, in a thread that any CPU runs.
syns_device()
{
	[ $SYNS_BY = xdp ] || return
	inside "$A" ethtool -L "$DEV_A" rx 2 tx 2
	inside "$B" ethtool -L "$DEV_B" rx 2 tx 2
	inside "$A" ethtool -K "$DEV_A" gro on || SYNS_BY=socket
	# shellcheck disable=SC2016
	inside "$A" unshare --mount --propagation unchanged sh -c 'mount --make-rprivate /sys &&
		mount -t sysfs none /sys && echo 1 > "/sys/class/net/$0/threaded"' "$DEV_A"
	lab_quiet
} 2> /dev/null

# XDP frames that the device had no room for.
syns_refused()
{
	inside "$B" ethtool -S "$DEV_B" | awk '/tx_queue_[0-9]+_xdp_xmit_errors:/ { n += $2 } END { print n + 0 }'
}

# syns_offer SYNS: a million a second until syns_offered; or, where SYNS_BY is or becomes "socket", SYNS of them.
syns_offer()
{
	if [ $SYNS_BY = xdp ]; then
		lab_start spoofed nice -n -10 nsenter "--net=/run/netns/$B" "$BUILD/synstorm" "$BUILD/synstorm.bpf.o" "$DEV_B" "$MAC_A" \
			"$SYNS_A_SECOND" "$SYNS_MOST"
		wait_for 10 lab_ready spoofed
		! lab_gone "${LAB_PID[spoofed]}" && return
		lab_wait spoofed
		SYNS_BY=socket
	fi
	lab_start spoofed nsenter "--net=/run/netns/$B" "$BUILD/flood" syn --device "$DEV_B" --to "$MAC_A" --peers 128 \
		--flows "$1" --rate 1000000 --lossy
}

syns_offered()
{
	if [ $SYNS_BY = xdp ]; then
		lab_end spoofed INT
	else
		lab_wait spoofed 120
	fi
}

# syns_data in|out FLOWS FROM SEGMENTS: of each connection that was established.
syns_data()
{
	local way=$1 left n peers

	for ((peers = 1, left = $2; left > 0; peers++, left -= n)); do
		n=$((left < HANDSHAKES ? left : HANDSHAKES))
		if [ "$way" = in ]; then
			flood_in data --peers $peers --flows $n --from "$3" --times "$4"
		else
			flood_out data --peers $peers --flows $n --from "$3" --times "$4" --lossy
		fi
	done
}

# sent NAME FIELD: what its senders say, in all.
sent() { grep '^{' "$LAB_DIR/$1.out" | jq -s "map(.$2 // 0) | add"; }

# syns_run FLOWS SEGMENTS SYNS [HOOK]: SYNS_SENT, and SYNS_SEEN of them by the device that is tapped, in SYNS_SECONDS;
# what ploss says is in $LAB_DIR/syns.out. Fails where the device dropped data that it had taken (before Linux 6.6 it
# does not say so).
syns_run()
{
	local flows=$1 segments=$2 refused

	syns_device
	lab_start syns nsenter "--net=/run/netns/$A" "$PLOSS" flows -i "$DEV_A" --hook "${4:-auto}" --all -o json \
		--max-flows 65536 100000 1
	wait_for 20 lab_ploss_ready syns
	establish "$flows"
	remember "$B" "$DEV_B"
	refused=$(syns_refused)
	syns_offer "$3"
	lab_start data-out syns_data out "$flows" 1 "$segments"
	syns_data in "$flows" 20 "$segments" > "$LAB_DIR/data.out"
	lab_wait data-out 120
	syns_offered
	lab_quiet
	lab_end syns
	refused=$(($(syns_refused) - refused))
	SYNS_SENT=$(sent spoofed sent)
	SYNS_SECONDS=$(sent spoofed seconds)
	SYNS_SEEN=$((SYNS_SENT - refused))
	SYNS_DATA=$((2 * flows * segments))
	[ "$(grown "$B" "$DEV_B" tx dropped)" -le $((refused + $(sent data refused) + $(sent spoofed refused))) ]
}

# syns_exact SEGMENTS: established connections whose two rows say what was sent, and that nothing happened to it.
syns_exact()
{
	jq -s --argjson segments "$1" 'map(select(.type == "flow"
		and .data_segments == (if .direction == "in" then 21 else 2 end) + $segments
		and .lost_before_segments + .lost_after_segments + .retransmitted_segments + .ambiguous_segments
			+ .reordered_segments + .duplicated_segments + .lost_before_packets == 0))
		| group_by(.remote_address, .remote_port) | map(select(length == 2)) | length' "$LAB_DIR/syns.out"
}

syns_counted() { jq -s 'map(select(.type == "total" and .direction == "in").syns) | add' "$LAB_DIR/syns.out"; }

bench_syns()
{
	local flows=${SYNS_FLOWS:-10000} segments=${SYNS_SEGMENTS:-40} hook

	for hook in tc xdp; do
		syns_run "$flows" "$segments" "${SYNS:-1000000}" $hook
		row syns "SYNs offered, by $SYNS_BY" "$hook" SYNs/s asked 1000000 "$(calculate "$SYNS_SENT / $SYNS_SECONDS")" least 1
		row syns "SYNs that the device had room for" "$hook" SYNs/s offered "$(calculate "$SYNS_SENT / $SYNS_SECONDS")" \
			"$(calculate "$SYNS_SEEN / $SYNS_SECONDS")"
		row syns "of these, counted" "$hook" SYNs device $((SYNS_SEEN + flows)) "$(syns_counted)" least 1
		row syns "data meanwhile, in and out" "$hook" segments/s "" 0 "$(calculate "$SYNS_DATA / $SYNS_SECONDS")"
		row syns "connections counted exactly, beside $(grouped "$SYNS_SENT") SYNs" "$hook" flows sent "$flows" \
			"$(syns_exact "$segments")" least 1
		lab_reset
		[ $hook = xdp ] || bench_veth
	done
}

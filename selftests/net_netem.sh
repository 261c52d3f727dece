#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own bad network, netem, behind the sender's tap and before the receiver's:
#
#     sender $A  out --> netem on va -------- vb --> in  $B receiver
#
# What netem's statistics say is the truth. It counts as dropped what it loses, as sent what it hands to the device:
# a copy it makes is one more sent than it was given. So it does harm only while the connections are in full swing,
# after their IDs are known to count and before the last packet that shows a gap: then lost_before_packets is its
# drops, and duplicated_segments its copies, exactly; where no ID tells, a few copies may be ambiguous. Segments lost
# before are fewer than packets by the retransmissions that are lost too. It does not count what it reorders; there
# the taps must agree that nothing was lost. What the veth behind it has no room for, when a machine that stalled lets
# too many go at once, it counts as sent, and the veth as dropped: that is lost like its own drops. With fq behind it,
# BBR paces: the sender's tap counts what the sender's kernel counts.

. "$(dirname "$0")/lab.sh"
lab_need jq tc ethtool taskset
# On one CPU: each has a queue of its own of what arrives, and a sender that moves overtakes itself.
taskset -p -c "$(awk '/^Cpus_allowed_list/ { split($2, cpu, "[-,]"); print cpu[1] }' /proc/self/status)" $$ > /dev/null

# netem COMMANDS...: as the sender's qdisc, one packet a segment.
netem()
{
	lab_veth
	in_ns ethtool "$A" -K "$DEV_A" tso off gso off
	ip -n "$A" link set "$DEV_A" gso_max_segs 1
	tc -n "$A" qdisc add dev "$DEV_A" root handle 1: netem limit 20000 "$@" 2> "$LAB_DIR/tc.err" ||
		lab_skip "this kernel has no netem: $(head -n 1 "$LAB_DIR/tc.err")"
}

# change COMMANDS...: what it does from now on; what waits in it stays.
change() { tc -n "$A" qdisc change dev "$DEV_A" root handle 1: netem limit 20000 "$@" || lab_die "netem refuses: $*"; }

# netem_count FIELD: of its statistics.
netem_count() { tc -n "$A" -s -j qdisc show dev "$DEV_A" | jq ".[] | select(.kind == \"netem\").$1"; }

# transfer VERSION OPTIONS...: with both taps; what the sender's kernel resent goes to $RESENT.
transfer()
{
	local to=$B4

	[ "$1" = 4 ] || to=$B6
	shift
	lab_ploss_start sender "$A" -i "$DEV_A"
	lab_ploss_start receiver "$B" -i "$DEV_B"
	lab_ploss_attached sender
	lab_ploss_attached receiver
	remember "$A" "$DEV_A"
	RESENT=$(snmp_count "$A" Tcp RetransSegs)
	lab_traffic t "$to" "$@"
	lab_quiet
	RESENT=$(($(snmp_count "$A" Tcp RetransSegs) - RESENT))
	lab_ploss_end sender
	lab_ploss_end receiver
	DROPS=$(netem_count drops)
	REFUSED=$(grown "$A" "$DEV_A" tx dropped)
}

# the_sum STORY: what passed the sender's tap and was not dropped arrived.
the_sum()
{
	expect_equal "$1: packets that arrived" "$(total receiver in packets)" $(($(netem_count packets) - REFUSED))
	expect_equal "$1: resent by the sender" "$(total sender out retransmitted_segments)" "$RESENT"
}

# sent COUNT: data segments, by each of the connections.
# shellcheck disable=SC2317
sent()
{
	in_ns ss "$A" -Htin state established dport = :7700 | awk -v least="$1" '
		match($0, /data_segs_out:[0-9]+/) { n++; few += substr($0, RSTART + 14, RLENGTH - 14) + 0 < least }
		END { exit !n || few }'
}

most_sent()
{
	in_ns ss "$A" -Htin state established dport = :7700 | grep -oE 'data_segs_out:[0-9]+' | cut -d : -f 2 | sort -n | tail -n 1
}

# handed_on COUNT: packets, by netem.
# shellcheck disable=SC2317
handed_on() { [ "$(netem_count packets)" -ge "$1" ]; }

# in_full_swing VERSION LOSS-OR-COPIES...: connections that send at leisure, to which that happens for a while, but
# neither at their beginning nor at their end.
in_full_swing()
{
	local to=$B4 calm=(delay 5ms)

	[ "$1" = 4 ] || to=$B6
	shift
	netem "${calm[@]}"
	lab_ploss_start sender "$A" -i "$DEV_A"
	lab_ploss_start receiver "$B" -i "$DEV_B"
	lab_ploss_attached sender
	lab_ploss_attached receiver
	remember "$A" "$DEV_A"
	RESENT=$(snmp_count "$A" Tcp RetransSegs)
	lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700 --flows 4 --seconds 3600
	wait_for 10 lab_ready server
	lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$to" --port 7700 --flows 4 \
		--app-limited 30000,20 --bytes 2000000000 --seconds 3600 --cc cubic
	wait_for 20 sent 50 || lab_die "nothing is sent: $(cat "$LAB_DIR/client.err")"
	change "${calm[@]}" "$@"
	wait_for 60 handed_on $(($(netem_count packets) + 3000)) || lab_die "too little is sent"
	change "${calm[@]}"
	wait_for 60 sent $(($(most_sent) + 100)) || lab_die "nothing more is sent"
	lab_end client TERM
	lab_wait server
	lab_quiet
	RESENT=$(($(snmp_count "$A" Tcp RetransSegs) - RESENT))
	lab_ploss_end sender
	lab_ploss_end receiver
	DROPS=$(netem_count drops)
	REFUSED=$(grown "$A" "$DEV_A" tx dropped)
	COPIES=$(($(netem_count packets) + DROPS - $(total sender out packets)))
}

for version in 4 6; do
	story="loss, IPv$version"
	in_full_swing $version loss 2%
	the_sum "$story"
	expect_above "$story: drops" "$DROPS" 20
	expect_equal "$story: copies" "$COPIES" 0
	[ $version = 6 ] ||
		expect_equal "$story: lost before, by IDs" "$(total receiver in lost_before_packets)" $((DROPS + REFUSED))
	expect_within "$story: segments lost before" "$(total receiver in lost_before_segments)" $((DROPS + REFUSED)) 10
	expect_equal "$story: duplicated" "$(total receiver in duplicated_segments)" 0
	expect_match "$story: verdict" "$(total receiver in verdict)" 'before this interface'
	expect_match "$story: sender's verdict" "$(total sender out verdict)" 'after this interface'
	say "truth: $story: $DROPS dropped and $REFUSED refused, $(total receiver in lost_before_packets) packets and $(total receiver in lost_before_segments) segments lost before"
	lab_reset

	story="copies, IPv$version"
	in_full_swing $version duplicate 2%
	expect_above "$story: copies" "$COPIES" 20
	expect_equal "$story: drops" "$DROPS" 0
	duplicated=$(total receiver in duplicated_segments) ambiguous=$(total receiver in ambiguous_segments)
	lost=$(total receiver in lost_before_packets) lost_segments=$(total receiver in lost_before_segments)
	expect_between "$story: duplicated, or ambiguous" $((duplicated + ambiguous)) $((COPIES - REFUSED)) "$COPIES"
	expect_between "$story: ambiguous" "$ambiguous" 0 $((version == 4 ? 0 : COPIES / 20))
	# What was refused is lost, or one of two.
	expect_equal "$story: lost before" "$lost" $((version == 4 ? REFUSED - (COPIES - duplicated) : 0))
	expect_between "$story: segments lost before" "$lost_segments" 0 "$REFUSED"
	say "truth: $story: $COPIES copies and $REFUSED refused, $lost packets lost before, $duplicated segments duplicated, $ambiguous ambiguous"
	lab_reset

	# One in fifty goes at once, past those that wait.
	story="reordering, IPv$version"
	netem delay 5ms reorder 2%
	transfer $version --flows 2 --bytes 3000000 --cc cubic
	the_sum "$story"
	expect_equal "$story: drops" "$DROPS" 0
	expect_between "$story: lost before" "$(total receiver in lost_before_packets)" 0 "$REFUSED"
	[ $version = 6 ] || expect_above "$story: reordered" "$(total receiver in reordered_segments)" 20
	lab_reset

	story="fq and BBR, IPv$version"
	netem delay 5ms loss 1%
	if in_ns sysctl "$A" -q -w net.ipv4.tcp_congestion_control=bbr 2> /dev/null &&
		tc -n "$A" qdisc add dev "$DEV_A" parent 1:1 fq 2> /dev/null; then
		transfer $version --flows 2 --bytes 3000000 --cc bbr
		the_sum "$story"
		expect_above "$story: resent" "$RESENT" 5
		expect_match "$story: verdict" "$(total sender out verdict)" 'after this interface'
	else
		[ -z "${LAB_ALL:-}" ] || expect_equal "$story: fq and BBR" missing present
		say "not tried: $story: this kernel has no fq or no BBR"
	fi
	lab_reset
done
lab_finish

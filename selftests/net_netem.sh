#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own bad network, netem, behind the sender's tap and before the receiver's:
#
#     sender $A  out --> netem on va -------- vb --> in  $B receiver
#
# What netem's statistics say is the truth. Its drops are the packets that the receiver's tap misses by their IDs,
# but for two kinds: those before a connection's IDs are known to count (its first packets), and the last ones, after
# which nothing comes. What it sends beyond what it was given and did not drop are copies. It does not count
# what it reorders; there the taps must agree that nothing was lost. With fq behind it, BBR paces: the sender's tap
# counts what the sender's kernel counts.

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

# netem_count FIELD: of its statistics.
netem_count() { tc -n "$A" -s -j qdisc show dev "$DEV_A" | jq ".[] | select(.kind == \"netem\").$1"; }

# transfer VERSION OPTIONS...: with both taps; what the sender's kernel resent goes to $RESENT.
transfer()
{
	local to=$B4

	[ "$1" = 4 ] || to=$B6
	shift
	lab_ploss sender "$A" -i "$DEV_A"
	lab_ploss receiver "$B" -i "$DEV_B"
	RESENT=$(snmp_count "$A" Tcp RetransSegs)
	lab_traffic t "$to" "$@"
	lab_quiet
	RESENT=$(($(snmp_count "$A" Tcp RetransSegs) - RESENT))
	lab_ploss_end sender
	lab_ploss_end receiver
	DROPS=$(netem_count drops)
	COPIES=$(($(netem_count packets) - $(total sender out packets)))
}

# the_sum STORY: what passed the sender's tap and was not dropped arrived.
the_sum()
{
	expect_equal "$1: packets that arrived" "$(total receiver in packets)" "$(netem_count packets)"
	expect_equal "$1: resent by the sender" "$(total sender out retransmitted_segments)" "$RESENT"
}

for version in 4 6; do
	story="loss, IPv$version"
	netem delay 5ms loss 2%
	transfer $version --flows 4 --bytes 3000000 --cc cubic
	the_sum "$story"
	expect_above "$story: drops" "$DROPS" 20
	if [ $version = 4 ]; then
		expect_between "$story: lost before, by IDs" "$(total receiver in lost_before_packets)" \
			$((DROPS * 9 / 10)) "$DROPS"
	fi
	expect_within "$story: segments lost before" "$(total receiver in lost_before_segments)" "$DROPS" 10
	expect_match "$story: verdict" "$(total receiver in verdict)" 'before this interface'
	expect_match "$story: sender's verdict" "$(total sender out verdict)" 'after this interface'
	lab_reset

	# A copy is made when the packet is queued: it stands beside its original until both are delivered.
	story="copies, IPv$version"
	netem delay 5ms duplicate 2%
	transfer $version --flows 2 --bytes 3000000 --cc cubic
	expect_above "$story: copies" "$COPIES" 20
	expect_equal "$story: drops" "$DROPS" 0
	[ $version = 6 ] ||
		expect_within "$story: duplicated" "$(total receiver in duplicated_segments)" "$COPIES" 5
	expect_equal "$story: lost before" "$(total receiver in lost_before_packets)" 0
	lab_reset

	# One in fifty goes at once, past those that wait.
	story="reordering, IPv$version"
	netem delay 5ms reorder 2%
	transfer $version --flows 2 --bytes 3000000 --cc cubic
	the_sum "$story"
	expect_equal "$story: drops" "$DROPS" 0
	expect_equal "$story: lost before" "$(total receiver in lost_before_packets)" 0
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

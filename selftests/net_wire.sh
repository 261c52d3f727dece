#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One misfortune at a time on the wire, each counted at the receiver as what it is, on devices without a link
# header (TUN) and with one (TAP):
#
#     sender $A  out -->  wire  --> in  $B receiver
#
# iperf3's packets and bytes are those of the interfaces. On a clean wire nothing is counted as lost, late or repeated, at either end.

. "$(dirname "$0")/lab.sh"
lab_need jq iperf3

TROUBLES='retransmitted_segments retransmitted_bytes retransmitted_unseen_segments retransmitted_seen_segments
retransmitted_spurious_segments retransmitted_likely_segments spurious_proven_segments late_original_segments
cause_rto_segments cause_fast_segments cause_tlp_segments cause_unknown_segments
syn_retransmitted_segments synack_retransmitted_segments reordered_segments reordering_extent_max
reordering_delay_max_ns reordered_after_segments duplicated_after_segments duplicated_segments ambiguous_segments
lost_before_packets lost_before_segments lost_after_segments loss_bursts loss_burst_max_segments stalls stall_ns
stall_max_ns paws_rejected_segments host_dropped_segments unseen_bytes duplicate_acks sack_blocks dsack_blocks
sack_reneges keepalives resets resets_refused ecn_ce_segments'

# transfer VERSION WIRE-OPTIONS...: one way and then the other, and everything ended.
transfer()
{
	local to=$B4

	[ "$1" = 4 ] || to=$B6
	shift
	lab_wire "$@"
	lab_ploss sender "$A" -i "$DEV_A"
	lab_ploss receiver "$B" -i "$DEV_B"
	lab_traffic up "$to" --flows 3 --bytes 4000000 --cc cubic
	lab_quiet
	lab_ploss_end sender
	lab_ploss_end receiver
	lab_wire_end
}

# A transfer in which nobody resent anything: a machine that stalls for some round trips makes senders probe. Three
# attempts.
undisturbed()
{
	local attempt

	for attempt in 1 2 3; do
		transfer "$@"
		[ "$(truth ab retransmitted_sent) $(truth ba retransmitted_sent)" != "0 0" ] && [ "$attempt" != 3 ] ||
			return 0
		lab_reset
	done
}

# none STORY NAME FIELDS...: all of them 0, both ways.
none()
{
	local story=$1 name=$2 others

	shift 2
	others=$(jq -r --arg fields "$*" '
		select(.type == "total") as $row | $fields | split("\\s+"; "")[] | select($row[.] != 0)
		| "\($row.direction) \(.) \($row[.])"' "$LAB_DIR/$name.out")
	expect_equal "$story: counters of $name that should be 0" "${others//$'\n'/, }" ""
}

# the_sum STORY: data segments are those that entered and left the wire.
the_sum()
{
	expect_equal "$1: data segments sent" "$(total sender out data_segments)" \
		"$(truth ab data_segments)"
	expect_equal "$1: data segments that arrived" "$(total receiver in data_segments)" \
		"$(($(truth ab delivered_data_segments) + $(truth ab duplicated_data_segments)))"
	expect_equal "$1: segments that arrived" "$(total receiver in segments)" \
		"$(truth ab delivered_segments)"
	expect_equal "$1: resent" "$(total sender out retransmitted_segments)" \
		"$(truth ab retransmitted_sent)"
}

# out_of_order STORY: whatever came late or again was noticed, and counted once. Which of the two it was, IPv4
# identifications prove once a connection's are known; with IPv6 some of it stays ambiguous.
out_of_order()
{
	local sum=0 field

	for field in reordered_segments duplicated_segments retransmitted_segments ambiguous_segments; do
		sum=$((sum + $(total receiver in $field)))
	done
	expect_equal "$1: late or repeated" $sum \
		$(($(truth ab reordered) + $(truth ab duplicated_data_segments) + $(truth ab retransmitted_delivered)))
}

for version in 4 6; do
	for link in tun tap; do
		[ $link = tap ] && link_option=(--tap) || link_option=()

		story="clean, $link, IPv$version"
		undisturbed $version "${link_option[@]}" --both delay=10
		the_sum "$story"
		none "$story" sender "$TROUBLES"
		none "$story" receiver "$TROUBLES"
		lab_reset

		# Super-packets would be cut between the tap and the device.
		story="iperf3, $link, IPv$version"
		lab_wire "${link_option[@]}" --both delay=2 --ab loss=0.5
		ip -n "$A" link set "$DEV_A" gso_max_segs 1
		ip -n "$B" link set "$DEV_B" gso_max_segs 1
		lab_ploss a "$A" -i "$DEV_A"
		lab_ploss b "$B" -i "$DEV_B"
		remember "$A" "$DEV_A"
		remember "$B" "$DEV_B"
		[ $version = 4 ] && to=$B4 || to=$B6
		lab_iperf "$to"
		lab_quiet
		lab_ploss_end a
		lab_ploss_end b
		as_interface "$story" plain a "$A" "$DEV_A"
		as_interface "$story" plain b "$B" "$DEV_B"
		lab_reset
	done

	story="reordering, IPv$version"
	transfer $version --both delay=5 --ab reorder=1:0.5:2 --seed 11
	the_sum "$story"
	expect_above "$story: late on the wire" "$(truth ab reordered)" 20
	expect_equal "$story: lost before" "$(total receiver in lost_before_segments)" 0
	out_of_order "$story"
	if [ $version = 4 ]; then
		expect_within "$story: reordered" "$(total receiver in reordered_segments)" \
			"$(truth ab reordered)" 3
	fi
	lab_reset

	story="duplicates, IPv$version"
	transfer $version --both delay=5 --ab duplicate=1 --seed 12
	the_sum "$story"
	expect_above "$story: on the wire" "$(truth ab duplicated_data_segments)" 20
	none "$story" receiver lost_before_segments lost_after_segments reordered_segments
	expect_between "$story: retransmitted" "$(total receiver in retransmitted_segments)" 0 \
		"$(truth ab retransmitted_delivered)"
	out_of_order "$story"
	[ $version = 6 ] || expect_within "$story: duplicated" "$(total receiver in duplicated_segments)" \
		"$(truth ab duplicated_data_segments)" 3
	lab_reset

	story="three scripted losses, IPv$version"
	transfer $version --both delay=5 --ab drop=100:200:300
	the_sum "$story"
	expect_equal "$story: on the wire" "$(truth ab dropped_data_segments)" 3
	expect_equal "$story: lost before the receiver" "$(total receiver in lost_before_segments)" 3
	expect_equal "$story: lost after the sender" "$(total sender out lost_after_segments)" 3
	expect_equal "$story: fill holes" "$(total receiver in retransmitted_unseen_segments)" 3
	expect_equal "$story: reordered" "$(total receiver in reordered_segments)" 0
	none "$story" sender lost_before_segments lost_before_packets reordered_segments duplicated_segments
	lab_reset
done
lab_finish

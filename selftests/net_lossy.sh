#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Twenty seeded transfers over a lossy wire, ploss at both ends:
#
#     sender $A  out -->  wire loses here  --> in  $B receiver
#
# The sender's tap counts exactly the retransmissions that the sender's kernel counts. The receiver's tap, which
# sees only what arrives, counts those that the wire delivered: but for some of the few that repair the end of what
# was sent, and look like new data to everybody but the sender; in all runs within 1 %. By the
# IPv4 IDs it counts what the wire dropped, exactly. Both say which direction lost on which side.

. "$(dirname "$0")/lab.sh"
lab_need jq

# seed, ms one way, percent lost, flows, congestion control, IP version, bytes a flow
RUNS='
1	0.1	0.1	1	cubic	4	12000000
2	0.1	1	4	cubic	4	3000000
3	0.1	8	8	cubic	4	200000
4	0.1	2	1	bbr	4	8000000
5	0.1	1	4	cubic	6	3000000
6	0.5	0.5	2	cubic	4	5000000
7	0.5	4	8	cubic	4	400000
8	0.5	8	1	bbr	4	1500000
9	0.5	1	2	bbr	6	4000000
10	1	1	1	cubic	4	8000000
11	1	2	8	bbr	4	1000000
12	2.5	0.3	4	cubic	4	4000000
13	2.5	5	2	bbr	4	2000000
14	2.5	8	4	cubic	6	200000
15	5	1	8	cubic	4	700000
16	5	2	1	bbr	4	6000000
17	10	0.1	2	cubic	4	8000000
18	10	1	4	bbr	4	2000000
19	10	5	8	cubic	4	150000
20	10	2	2	bbr	6	3000000
'
# A bottleneck whose queue never fills: what is in flight is what a path holds, not what a receiver buffers.
RATE=200:4000
EXACT=0
DONE=0
ARRIVED=0
DELIVERED=0

needed_cc()
{
	local cc missing=''

	for cc in cubic bbr; do
		sysctl -n net.ipv4.tcp_available_congestion_control | grep -qw $cc || missing+=" $cc"
	done
	[ -z "$missing" ] || say "not tried:$missing: this kernel has none; its default instead"
	MISSING="$missing "
}

# verdicts STORY: each end names the direction and the side, and no other.
verdicts()
{
	expect_match "$1: sender's verdict" "$(total sender out verdict)" \
		"Outbound data on $DEV_A los[^,]* after this interface"
	expect_match "$1: receiver's verdict" "$(total receiver in verdict)" \
		"Inbound data on $DEV_B los[^,]* before this interface"
	expect_equal "$1: wrong sides" \
		"$(total sender out lost_before_segments) $(total receiver in lost_after_segments)" "0 0"
	expect_equal "$1: wrong directions" "$(clean_verdict sender in) $(clean_verdict receiver out)" \
		"yes yes"
}

# Packets that the wire dropped before the first of their connection that arrived, or after the last.
lost_at_ends()
{
	awk -F '\t' '$2 == "ab" {
			if ($5 == "lost") { lost[$1] = $10; next }
			if ($13 ~ /R/ || (!$8 && !$15)) next # numbered apart
			if (!($10 in first) || $1 < first[$10]) first[$10] = $1
			if ($1 > last[$10]) last[$10] = $1
		}
		END {
			for (i in lost) count += i + 0 < first[lost[i]] || i + 0 > last[lost[i]]
			print count + 0 }' "$LAB_DIR/ledger"
}

clean_verdict() { total "$1" "$2" verdict | grep -qE 'los(t|es) .* this interface' && echo no || echo yes; }

one_run()
{
	local seed=$1 delay=$2 loss=$3 flows=$4 cc=$5 version=$6 bytes=$7 to=$B4 kernel seen story truth arrived

	[ "$version" = 4 ] || to=$B6
	story="run $seed ($delay ms, $loss %, $flows flows, $cc, IPv$version)"
	set -- --cc "$cc"
	[[ $MISSING != *" $cc "* ]] || set --
	lab_wire --seed "$seed" --both "delay=$delay" --ab "rate=$RATE,loss=$loss"
	lab_ploss sender "$A" -i "$DEV_A"
	lab_ploss receiver "$B" -i "$DEV_B"
	kernel=$(snmp_count "$A" Tcp RetransSegs)
	lab_traffic t "$to" --flows "$flows" --bytes "$bytes" "$@"
	lab_quiet
	kernel=$(($(snmp_count "$A" Tcp RetransSegs) - kernel))
	lab_ploss_end sender
	lab_ploss_end receiver
	lab_wire_end

	expect_above "$story: packets lost" "$(truth ab dropped_packets)" 0
	seen=$(total sender out retransmitted_segments)
	expect_equal "$story: retransmitted by the sender" "$seen" "$kernel"
	DONE=$((DONE + 1))
	[ "$seen" != "$kernel" ] || EXACT=$((EXACT + 1))
	expect_equal "$story: data segments" "$(total sender out data_segments)" \
		"$(($(info_sum t client data_segs_out) + $(total sender out syns) + $(total sender out fins)))"
	expect_equal "$story: data segments that arrived" "$(total receiver in data_segments)" \
		"$(($(info_sum t server data_segs_in) + $(total receiver in syns) + $(total receiver in fins)))"
	expect_equal "$story: the other way" "$(total sender in retransmitted_segments)" \
		"$(truth ba retransmitted_delivered)"
	if [ "$version" = 4 ]; then
		arrived=$(total receiver in retransmitted_segments)
		truth=$(truth ab retransmitted_delivered)
		# Not known for certain: those that arrive in sequence, which look like new data (tail.h). One in a
		# hundred may be one that is none: in 155 runs like the five that lose most, 8 had one too many.
		expect_between "$story: retransmissions that arrived" "$arrived" \
			$((truth - $(truth ab retransmitted_in_sequence))) $((truth + (truth + 99) / 100))
		ARRIVED=$((ARRIVED + arrived))
		DELIVERED=$((DELIVERED + truth))
		# Not known: what was lost before the first of a connection that arrived, or after the last.
		truth=$(truth ab dropped_packets)
		expect_equal "$story: lost before the receiver, by IDs" \
			"$(total receiver in lost_before_packets)" $((truth - $(lost_at_ends)))
	fi
	[ "$(truth ab dropped_data_segments)" -lt 5 ] || verdicts "$story"
	lab_reset
}

needed_cc
while read -r -a run; do
	[ ${#run[@]} = 0 ] || one_run "${run[@]}" < /dev/null
done <<< "$RUNS"
expect_equal "runs with the sender's count exact" "$EXACT of $DONE" "20 of 20"
expect_within "retransmissions in all runs over IPv4" $ARRIVED $DELIVERED 1
lab_finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Over a veth pair ploss counts what the interfaces and the sockets count, at both ends:
#
#     super  TSO on: super-packets cross whole       packets and bytes are the interface's
#     plain  no offload: a packet is a segment       packets, bytes and segments are the interface's
#     mixed  GSO cut below the tap, GRO above it     segments are the interface's packets
#
# and in each of them segments and data segments are those of TCP_INFO, with IPv4 and IPv6.

. "$(dirname "$0")/lab.sh"
lab_need iperf3 ethtool jq
lab_veth

# offloads NS DEVICE MODE
offloads()
{
	local set=() segments=65535

	case $3 in
	super) set=(tso on gso on gro off) ;;
	plain) set=(tso off gso off gro off) segments=1 ;;
	mixed) set=(tso off gso on gro on) ;;
	esac
	nsenter "--net=/run/netns/$1" ethtool -K "$2" "${set[@]}" || lab_die "cannot set the offloads of $2"
	ip -n "$1" link set "$2" gso_max_segs "$segments" || lab_die "cannot set gso_max_segs of $2"
}

begin()
{
	offloads "$A" "$DEV_A" "$1"
	offloads "$B" "$DEV_B" "$1"
	lab_ploss a "$A" -i "$DEV_A"
	lab_ploss b "$B" -i "$DEV_B"
	lab_quiet
	remember "$A" "$DEV_A"
	remember "$B" "$DEV_B"
	RESENT_A=$(snmp_count "$A" Tcp RetransSegs)
	RESENT_B=$(snmp_count "$B" Tcp RetransSegs)
}

end()
{
	lab_quiet
	lab_ploss_end a
	lab_ploss_end b
	RESENT_A=$(($(snmp_count "$A" Tcp RetransSegs) - RESENT_A))
	RESENT_B=$(($(snmp_count "$B" Tcp RetransSegs) - RESENT_B))
}

# both_info FIELD client|server: of the flows up and down.
both_info() { echo $(($(info_sum up "$2" "$1") + $(info_sum down "$2" "$1"))); }

# as_sockets STORY NAME NS DEVICE client|server FLOWS: TCP_INFO counts no SYN and no FIN as data, and what a
# listener sends before the connection has a socket, the SYN-ACK, not at all. It is read before the close: what the
# kernel sent again after it (RetransSegs knows) is a FIN, and the other side answers each with an ACK. What the
# device below the tap refuses, the kernel sends again without calling it a retransmission.
as_sockets()
{
	local story="$1, $5" name=$2 role=$5 peer=client flows=$6 resent=$RESENT_A peer_resent=$RESENT_B
	local refused unborn=0 fins peer_fins

	[ "$role" = server ] || peer=server
	[ "$role" = client ] || { unborn=$flows resent=$RESENT_B peer_resent=$RESENT_A; }
	refused=$(grown "$3" "$4" tx dropped)
	fins=$((resent - $(both_info total_retrans "$role")))
	peer_fins=$((peer_resent - $(both_info total_retrans "$peer")))
	expect_between "$story: segments out" "$(total "$name" out segments)" \
		"$(($(both_info segs_out "$role") + unborn + fins))" \
		"$(($(both_info segs_out "$role") + unborn + fins + peer_fins))"
	expect_equal "$story: data segments out" "$(total "$name" out data_segments)" \
		"$(($(both_info data_segs_out "$role") + 2 * flows + fins))"
	expect_equal "$story: data segments in" "$(total "$name" in data_segments)" \
		"$(($(both_info data_segs_in "$role") + 2 * flows + peer_fins))"
	expect_equal "$story: SYNs" "$(total "$name" out syns) $(total "$name" in syns)" "$flows $flows"
	expect_equal "$story: FINs" "$(total "$name" out fins) $(total "$name" in fins)" \
		"$((flows + fins)) $((flows + peer_fins))"
	expect_between "$story: retransmissions" "$(total "$name" out retransmitted_segments)" \
		"$resent" "$((resent + refused))"
}

for mode in super plain mixed; do
	for address in "$A4 $B4" "$A6 $B6"; do
		to=${address#* }
		story="$mode, iperf3 to $to"
		begin $mode
		lab_iperf "$to"
		end
		as_interface "$story" $mode a "$A" "$DEV_A"
		as_interface "$story" $mode b "$B" "$DEV_B"

		story="$mode, traffic to $to"
		begin $mode
		lab_traffic up "$to" --flows 3 --bytes 4000000
		lab_traffic down "$to" --flows 2 --bytes 4000000 --reverse
		end
		as_interface "$story" $mode a "$A" "$DEV_A"
		as_interface "$story" $mode b "$B" "$DEV_B"
		as_sockets "$story" a "$A" "$DEV_A" client 5
		as_sockets "$story" b "$B" "$DEV_B" server 5
	done
done
lab_finish

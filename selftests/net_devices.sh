#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each kind of device that carries TCP, at both ends of a veth pair:
#
#     $A  d0 -- va ------------ vb -- d0  $B
#
# At both ends ploss counts on d0 the packets that d0 counts and the segments that the sockets count, and nothing
# as lost; on va, where d0 adds no header of its own, the same once more. LAB_ALL=1: a kind that this kernel lacks
# is a failure. LAB_KINDS="geneve sit": only these.

. "$(dirname "$0")/lab.sh"
lab_need jq ethtool taskset

# On one CPU: each has a queue of its own of what arrives, and a sender that moves overtakes itself.
taskset -p -c "$(awk '/^Cpus_allowed_list/ { split($2, cpu, "[-,]"); print cpu[1] }' /proc/self/status)" $$ > /dev/null
declare -A ABOVE=([vlan]=yes [qinq]=yes [bond]=yes [bridge]=yes)
# A machine that stalls makes a sender probe; but on its way nothing is lost, late or repeated.
TROUBLES='reordered_segments duplicated_segments ambiguous_segments lost_before_packets lost_before_segments
unseen_bytes'
MISSING=''
declare -A INFO=()

# at NS DEVICE LOCAL REMOTE WORDS...: ip, with this end's own for %dev, %local and %remote.
at()
{
	local ns=$1 device=$2 local=$3 remote=$4 words

	shift 4
	words=("${@//%dev/$device}")
	words=("${words[@]//%local/$local}")
	ip -n "$ns" "${words[@]//%remote/$remote}" 2>> "$LAB_DIR/ip.err"
}

both() { at "$A" va 10.78.0.1 10.78.0.2 "$@" && at "$B" vb 10.78.0.2 10.78.0.1 "$@"; }

# make KIND: d0 at both ends.
make()
{
	case $1 in
	vlan) both link add link %dev name d0 type vlan id 7 ;;
	qinq)
		both link add link %dev name d1 type vlan proto 802.1ad id 8 && both link set d1 up &&
			both link add link d1 name d0 type vlan id 9
		;;
	bond) both link add d0 type bond mode active-backup && both link set %dev down && both link set %dev master d0 ;;
	bridge) both link add d0 type bridge && both link set %dev master d0 ;;
	gre | gretap | ipip | sit) both link add d0 type "$1" local %local remote %remote ;;
	vxlan) both link add d0 type vxlan id 5 local %local remote %remote dstport 4789 dev %dev ;;
	geneve) both link add d0 type geneve id 5 remote %remote ;;
	wireguard) command -v wg > /dev/null && both link add d0 type wireguard && wireguard_keys ;;
	esac
}

wireguard_keys()
{
	local key_a key_b peers=(allowed-ips "0.0.0.0/0,::/0" endpoint)

	key_a=$(wg genkey) key_b=$(wg genkey)
	in_ns wg "$A" set d0 listen-port 51820 private-key <(echo "$key_a") \
		peer "$(wg pubkey <<< "$key_b")" "${peers[@]}" 10.78.0.2:51820
	in_ns wg "$B" set d0 listen-port 51820 private-key <(echo "$key_b") \
		peer "$(wg pubkey <<< "$key_a")" "${peers[@]}" 10.78.0.1:51820
}

# Below a tunnel, too, nobody asks who the neighbour is.
underlay()
{
	local mac_a mac_b

	both address add %local/24 dev %dev
	mac_a=$(lab_address "$A" va)
	mac_b=$(lab_address "$B" vb)
	at "$A" va 10.78.0.1 10.78.0.2 neighbour replace %remote lladdr "$mac_b" dev %dev nud permanent
	at "$B" vb 10.78.0.2 10.78.0.1 neighbour replace %remote lladdr "$mac_a" dev %dev nud permanent
}

# device KIND: the lab with d0 at both ends; fails where this kernel has none.
device()
{
	lab_pair
	ip -n "$A" link add va type veth peer name vb netns "$B" || lab_die "cannot create veth"
	: > "$LAB_DIR/ip.err"
	both link set %dev up
	[ -n "${ABOVE[$1]:-}" ] || underlay
	make "$1" || return
	both link set %dev up
	DEV_A=d0 DEV_B=d0
	lab_device "$A" d0 "$A4" "$A6"
	lab_device "$B" d0 "$B4" "$B6"
	[ "$(device_link "$A" d0)" != ether ] || lab_neighbours
	lab_quiet
}

# offloads off|on: off, a packet is a segment.
offloads()
{
	local ns

	for ns in "$A" "$B"; do
		in_ns ethtool "$ns" -K d0 tso "$1" gso "$1" gro "$1" 2> /dev/null
		[ "$1" = on ] || ip -n "$ns" link set d0 gso_max_segs 1
	done
}

# ask_sockets: sets INFO[END.FIELD], TCP_INFO's sums over the flows of $VERSIONS; and how many SYNs and FINs the end sent
# again, INFO[END.bare_least] to INFO[END.bare_most]. traffic reads TCP_INFO when a FIN, too, is acknowledged, so that
# total_retrans has all of them. Of a flow whose bytes_retrans is 0 that is all; of another, what is left of it when those
# bytes went in full segments.
ask_sockets()
{
	local end field value version logs

	for end in client server; do
		logs=()
		for version in $VERSIONS; do
			logs+=("$LAB_DIR/t$version-$end.out")
		done
		while read -r field value; do
			INFO[$end.$field]=$value
		done < <(jq -rs 'map(select(.flow != null)) | "data_segs_out \(map(.data_segs_out) | add)",
			"data_segs_in \(map(.data_segs_in) | add)", "total_retrans \(map(.total_retrans) | add)",
			"bare_least \(map(select(.bytes_retrans == 0).total_retrans) | add // 0)",
			"bare_most \(map([0, .total_retrans - (.bytes_retrans / .snd_mss | ceil)] | max) | add)"' "${logs[@]}")
	done
}

# refused NS: packets that devices had no room for.
refused() { ip -n "$1" -s -j link show | jq 'map(.stats64.tx.dropped) | add'; }

# as_sockets STORY NAME client|server INTERFACE, after ask_sockets: data segments are those of TCP_INFO, which has
# neither SYN nor FIN; one that is sent again is a retransmission there, but no data. Of these at least TCPSynRetrans are
# SYNs. What the kernel resent beyond TCP_INFO (RetransSegs knows) is a FIN. What a device refuses, it sends again
# without calling it a retransmission.
as_sockets()
{
	local more=$((2 * 3 * $(wc -w <<< "$VERSIONS"))) peer=server
	local resent=$RESENT_A peer_resent=$RESENT_B refused=$REFUSED_A syns=$SYNS_A peer_syns=$SYNS_B

	if [ "$3" = server ]; then
		resent=$RESENT_B peer_resent=$RESENT_A refused=$REFUSED_B peer=client syns=$SYNS_B peer_syns=$SYNS_A
	fi
	expect_data "$1: data segments out" "$(total "$2" out data_segments "$4")" \
		"$((${INFO[$3.data_segs_out]} + more + resent))" "$3" "$syns"
	expect_data "$1: data segments in" "$(total "$2" in data_segments "$4")" \
		"$((${INFO[$3.data_segs_in]} + more + peer_resent))" "$peer" "$peer_syns"
	expect_between "$1: resent" "$(total "$2" out retransmitted_segments "$4")" "$resent" "$((resent + refused))"
}

# expect_data WHAT SEEN SEGMENTS SENDER SYNS: of SEGMENTS what TCP_INFO of the sender calls a retransmission counts only
# if it was a SYN or a FIN.
expect_data()
{
	local bare=${INFO[$4.bare_least]} data=$(($3 - ${INFO[$4.total_retrans]}))

	expect_between "$1" "$2" "$((data + (bare > $5 ? bare : $5)))" "$((data + ${INFO[$4.bare_most]}))"
}

# untroubled STORY NAME DISORDER: a probe that a stalled machine's sender repeats may be undecided where no ID tells. A
# tunnel may itself reorder what arrives, segments of a large packet and those that came alone, which it hands on by two
# queues: then this end's TCP, too, had to queue segments out of order, DISORDER times.
untroubled()
{
	local troubles=$TROUBLES

	[ "$RESENT_A$RESENT_B$REFUSED_A$REFUSED_B" = 0000 ] ||
		troubles=${troubles/duplicated_segments ambiguous_segments/}
	expect_equal "$1: losses and the like" "$(jq -r --arg fields "$troubles" --argjson disorder "$3" '
		select(.type == "total") as $row | $fields | split("\\s+"; "")[] | select($row[.] != 0)
		| select(. != "reordered_segments" or $row.direction == "out" or $disorder == 0)
		| "\($row.interface) \($row.direction) \(.) \($row[.])"' "$LAB_DIR/$2.out")" ""
}

# ip_packets NS InReceives|OutRequests: of both versions.
ip_packets()
{
	echo $(($(snmp_count "$1" Ip "$2") + $(in_ns cat "$1" /proc/net/snmp6 | awk -v name="Ip6$2" '$1 == name { print $2 }')))
}

# carried KIND NS BELOW rx|tx: packets that d0 has carried. wireguard's counters have its keep-alives and handshakes, too;
# there it is what IP counts, less what went by the device below.
carried()
{
	local before after packets

	if [ "$1" != wireguard ]; then
		device_count "$2" d0 "$4" packets
		return
	fi
	after=$(device_count "$2" "$3" "$4" packets)
	until [ "$after" = "${before:-}" ]; do
		before=$after
		packets=$(ip_packets "$2" "$([ "$4" = rx ] && echo InReceives || echo OutRequests)")
		after=$(device_count "$2" "$3" "$4" packets)
	done
	echo $((packets - after))
}

# one_run KIND OFFLOADS: three flows of each IP version that the kind carries, $VERSIONS.
one_run()
{
	local kind=$1 story="$1, offloads $2" dropped bytes version a=(-i d0) b=(-i d0) in out there

	if [ -n "${ABOVE[$kind]:-}" ]; then
		a+=(-i va) b+=(-i vb)
	fi
	offloads "$2"
	lab_ploss_start a "$A" "${a[@]}"
	lab_ploss_start b "$B" "${b[@]}"
	lab_ploss_attached a
	lab_ploss_attached b
	lab_quiet
	in=$(carried "$kind" "$A" va rx) out=$(carried "$kind" "$A" va tx) there=$(carried "$kind" "$B" vb rx)
	dropped=$(device_count "$A" d0 tx dropped)
	DISORDER_A=$(snmp_count "$A" TcpExt TCPOFOQueue)
	DISORDER_B=$(snmp_count "$B" TcpExt TCPOFOQueue)
	REFUSED_A=$(refused "$A")
	REFUSED_B=$(refused "$B")
	RESENT_A=$(snmp_count "$A" Tcp RetransSegs)
	RESENT_B=$(snmp_count "$B" Tcp RetransSegs)
	SYNS_A=$(snmp_count "$A" TcpExt TCPSynRetrans)
	SYNS_B=$(snmp_count "$B" TcpExt TCPSynRetrans)
	for version in $VERSIONS; do
		lab_traffic "t$version" "$([ "$version" = 4 ] && echo "$B4" || echo "$B6")" --flows 3 --bytes 1000000
	done
	lab_quiet
	in=$(($(carried "$kind" "$A" va rx) - in)) out=$(($(carried "$kind" "$A" va tx) - out))
	there=$(($(carried "$kind" "$B" vb rx) - there)) dropped=$(($(device_count "$A" d0 tx dropped) - dropped))
	lab_ploss_end a
	lab_ploss_end b
	DISORDER_A=$(($(snmp_count "$A" TcpExt TCPOFOQueue) - DISORDER_A))
	DISORDER_B=$(($(snmp_count "$B" TcpExt TCPOFOQueue) - DISORDER_B))
	REFUSED_A=$(($(refused "$A") - REFUSED_A))
	REFUSED_B=$(($(refused "$B") - REFUSED_B))
	RESENT_A=$(($(snmp_count "$A" Tcp RetransSegs) - RESENT_A))
	RESENT_B=$(($(snmp_count "$B" Tcp RetransSegs) - RESENT_B))
	SYNS_A=$(($(snmp_count "$A" TcpExt TCPSynRetrans) - SYNS_A))
	SYNS_B=$(($(snmp_count "$B" TcpExt TCPSynRetrans) - SYNS_B))
	ask_sockets
	as_sockets "$story, $A" a client d0
	as_sockets "$story, $B" b server d0
	untroubled "$story, $A" a "$DISORDER_A"
	untroubled "$story, $B" b "$DISORDER_B"
	if [ -n "${ABOVE[$kind]:-}" ]; then
		as_sockets "$story, below" a client va
		as_sockets "$story, below" b server vb
	fi
	[ "$2" = off ] || return 0
	expect_equal "$story: packets in" "$(total a in packets d0)" "$in"
	expect_equal "$story: packets out" "$(total a out packets d0)" $((out + dropped))
	expect_equal "$story: packets in there" "$(total b in packets d0)" "$there"
	bytes=$(total a out bytes d0)
	expect_between "$story: bytes there" "$(total b in bytes d0)" "$((bytes - 65575 * REFUSED_A))" "$bytes"
}

for kind in ${LAB_KINDS:-vlan qinq bond bridge gre gretap ipip sit vxlan geneve wireguard}; do
	if ! device "$kind"; then
		MISSING+=" $kind"
		lab_reset
		continue
	fi
	case $kind in
	ipip) VERSIONS=4 ;;
	sit) VERSIONS=6 ;;
	*) VERSIONS="4 6" ;;
	esac
	one_run "$kind" on
	one_run "$kind" off
	say "$kind: until second $SECONDS"
	lab_reset
done

# Nobody is behind a dummy: what asks there for a connection leaves, again and again, and nothing comes.
dummy_run()
{
	local syns

	lab_pair
	ip -n "$A" link add d0 type dummy 2>> "$LAB_DIR/ip.err" || return
	lab_device "$A" d0 "$A4" "$A6"
	lab_quiet
	lab_ploss a "$A" -i d0
	remember "$A" d0
	lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7700
	wait_for 10 sent_out 3 || lab_die "no SYNs on a dummy"
	lab_end client KILL
	lab_ploss_end a
	syns=$(grown "$A" d0 tx packets)
	expect_equal "dummy: packets out" "$(total a out packets)" "$syns"
	expect_equal "dummy: SYNs out" "$(total a out syns)" "$syns"
	expect_equal "dummy: of these resent" "$(total a out syn_retransmitted_segments)" $((syns - 1))
	expect_equal "dummy: lost after" "$(total a out lost_after_segments)" $((syns - 1))
	expect_equal "dummy: packets in" "$(total a in packets)" 0
}

# shellcheck disable=SC2317
sent_out() { [ "$(grown "$A" d0 tx packets)" -ge "$1" ]; }

dummy_run || MISSING+=" dummy"
lab_reset

if [ -n "$MISSING" ]; then
	[ -z "${LAB_ALL:-}" ] || expect_equal "kinds that this kernel lacks" "$MISSING" ""
	[ "$LAB_CHECKS" -gt 0 ] || lab_skip "this kernel has no$MISSING"
	say "not tried:$MISSING: this kernel has none"
fi
lab_finish

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One run of the network matrix, and the table of many; to be sourced after lab.sh.
#
#     sender $A  -->  wire  --> [middle] -->  wire  -->  $B receiver
#
# Captures of all three places go through the tracker (build/matrix), which is told what the wire knows of every
# packet, and, where it is installed, through tshark.

MATRIX_SCORES=$LAB_DIR/scores
MATRIX_GRO=0
declare -A MATRIX_OF=() MATRIX_EXACT=() MATRIX_SUM=()
: > "$MATRIX_SCORES"

# scaled TEXT RTT: a list of impairments whose times, written as <N>, are in round trips.
scaled()
{
	awk -v rtt="$2" '{
		while (match($0, /<[0-9.]+>/))
			$0 = substr($0, 1, RSTART - 1) substr($0, RSTART + 1, RLENGTH - 2) * rtt \
				substr($0, RSTART + RLENGTH)
		print }' <<< "$1"
}

# impairments SET: what a half of the way does to data, and to acknowledgements.
impairments()
{
	case $1 in
	loss) echo "loss=0.5 loss=0.1" ;;
	burst) echo "burst=0.15:20:60 loss=0" ;;
	reorder) echo "reorder=1:<0.05>:<0.5> loss=0" ;;
	deep) echo "reorder=0.5:<0.5>:<2> loss=0" ;;
	mixed) echo "loss=0.25,reorder=0.5:<0.05>:<1.5>,duplicate=0.15 ackloss=1" ;;
	double) echo "duplicate=1,loss=0.1 ackloss=5,duplicate=0.5" ;;
	app) echo "loss=4 loss=1" ;;
	queue) echo "rate=60:40 loss=0" ;;
	esac
}

# Where the run that is under way has taps: super-packets have no middle.
matrix_places() { [ "$MATRIX_GRO" = 1 ] && echo sender receiver || echo sender middle receiver; }

# twice LIST: the impairments of two halves of the way in one.
twice()
{
	awk '{ n = split($0, item, ",")
		for (i = 1; i <= n; i++) {
			split(item[i], of, "=")
			if (of[1] == "rate")
				continue
			m = split(of[2], part, ":")
			part[1] *= 2
			list = list (i > 1 ? "," : "") of[1] "=" part[1]
			for (k = 2; k <= m; k++)
				list = list ":" part[k]
		}
		print list (/rate=/ ? ",rate=60:40" : "") }' <<< "$1"
}

# What decides where there is no proof by position, and whether in super-packets.
matrix_group()
{
	local gro=''

	[ "$MATRIX_GRO" = 0 ] || gro=,GRO
	echo "$(matrix_clocks "$@")$gro"
}

matrix_clocks()
{
	if [ "$1" = 4 ]; then
		[ "$2" = 1 ] && echo IPv4 || echo IPv4,no-ts
	elif [ "$2" = 0 ]; then
		echo IPv6,no-ts
	else
		awk -v rtt="$3" 'BEGIN { print (rtt > 2.5) ? "IPv6" : "IPv6,rtt<2.5" }'
	fi
}

matrix_dump()
{
	lab_start "dump-$1" nsenter "--net=/run/netns/$2" tcpdump -i "$3" -w "$LAB_DIR/$1.pcap" -s 128 -B 65536 \
		--immediate-mode --time-stamp-precision=nano -Z root tcp
	wait_for 10 grep -q listening "$LAB_DIR/dump-$1.err" || lab_die "no tcpdump: $(cat "$LAB_DIR/dump-$1.err")"
}

# Ends a capture; was it whole?
matrix_dump_end()
{
	lab_end "dump-$1" INT
	grep -q '^0 packets dropped by kernel' "$LAB_DIR/dump-$1.err"
}

# matrix_transfer SEED RTT SET FLOWS CC VERSION TIMESTAMPS SACK BYTES: the captures of one; 1: they are not whole.
matrix_transfer()
{
	local seed=$1 rtt=$2 flows=$4 cc=$5 to=$B4 data acks ns whole=0 far=''

	[ "$6" = 4 ] || to=$B6
	read -r data acks <<< "$(impairments "$3")"
	data=$(scaled "delay=<0.25>,$data" "$rtt")
	acks=$(scaled "delay=<0.25>,$acks" "$rtt")
	far=$data
	# One bottleneck, before or beyond the middle.
	if [ "$3" = queue ]; then
		if [ $((seed % 2)) = 0 ]; then far=${data%%,*}; else data=${data%%,*}; fi
	fi
	if [ "$MATRIX_GRO" = 1 ]; then
		lab_wire --seed "$seed" --offload --ab "$(twice "$data")" --ba "$(twice "$acks")"
	else
		lab_wire --seed "$seed" --middle "$LAB_DIR/middle.pcap" --ab "$data" --ab-far "$far" --ba "$acks" --ba-far "$acks"
	fi
	for ns in "$A" "$B"; do
		nsenter "--net=/run/netns/$ns" sysctl -q -w net.ipv4.tcp_timestamps="$7" net.ipv4.tcp_sack="$8" ||
			lab_die "cannot set up $ns"
	done
	matrix_dump sender "$A" "$DEV_A"
	matrix_dump receiver "$B" "$DEV_B"
	set -- --flows "$flows" --bytes "$9" --cc "$cc"
	[ "$MATRIX_SET" != app ] || set -- "$@" --app-limited 8000,10
	lab_traffic t "$to" "$@"
	lab_quiet
	matrix_dump_end sender || whole=1
	matrix_dump_end receiver || whole=1
	lab_wire_end
	return $whole
}

matrix_tshark()
{
	nice tshark -r "$1" -n -o tcp.desegment_tcp_streams:FALSE -T fields -e frame.number \
		-e tcp.analysis.retransmission -e tcp.analysis.fast_retransmission \
		-e tcp.analysis.spurious_retransmission -e tcp.analysis.out_of_order 2> /dev/null
}

# matrix_score GROUP PLACE: what both tools make of a capture, to stdout.
matrix_score()
{
	local tshark=()

	if [ -n "${MATRIX_TSHARK:-}" ]; then
		matrix_tshark "$LAB_DIR/$2.pcap" > "$LAB_DIR/tshark"
		tshark=(--tshark "$LAB_DIR/tshark")
	fi
	nice "$BUILD/matrix" --group "$1" --at "$2" --ledger "$LAB_DIR/ledger" "${tshark[@]}" \
		${MATRIX_WRONG:+--wrong} "$LAB_DIR/$2.pcap" || lab_die "cannot score $2"
}

# counted PLACE NAME [COLUMN]: a total of the run that was scored last; column 6 is the truth.
counted() { awk -F '\t' -v at="$1" -v name="$2" -v column="${3:-5}" '$1 == "total" && $3 == at && $4 == name { print $column }' "$LAB_DIR/run"; }

# matrix_same WHAT STORY GOT WANTED: a count that must be exact; the table says in how many runs it was.
matrix_same()
{
	MATRIX_OF[$1]=$((${MATRIX_OF[$1]:-0} + 1))
	MATRIX_SUM[$1]=$((${MATRIX_SUM[$1]:-0} + $4))
	[ "$3" != "$4" ] || MATRIX_EXACT[$1]=$((${MATRIX_EXACT[$1]:-0} + 1))
	expect_equal "$2: $1" "$3" "$4"
}

# matrix_dsacks STORY BLOCKS: so many reached the host; how many did the kernel see? The network's copy of an
# acknowledgement that still waits for a busy socket is joined with it (tcp_add_backlog()), and counted there. Such a run
# does not count as exact.
matrix_dsacks()
{
	local what="dsack_blocks = TCPDSACKRecv + TCPDSACKOfoRecv" seen joined

	seen=$(($(snmp_count "$A" TcpExt TCPDSACKRecv) + $(snmp_count "$A" TcpExt TCPDSACKOfoRecv)))
	joined=$(snmp_count "$A" TcpExt TCPBacklogCoalesce)
	if [ "$2" -le "$seen" ] || [ "$2" -gt $((seen + joined)) ]; then
		matrix_same "$what" "$1" "$2" "$seen"
		return
	fi
	MATRIX_OF[$what]=$((${MATRIX_OF[$what]:-0} + 1))
	MATRIX_SUM[$what]=$((${MATRIX_SUM[$what]:-0} + seen))
	say "$1: the kernel saw $seen of $2 DSACKs; its backlogs joined $joined packets"
}

# What was proven is right, and what was counted is what the wire dropped and the kernels counted.
matrix_identities()
{
	local story=$1 version=$2 place d

	for place in $(matrix_places); do
		expect_equal "$story: packets captured that the ledger does not know, and others, at the $place" \
			"$(counted "$place" frames_unmatched) $(counted "$place" frames_unmatched 6)" "0 0"
		matrix_same "proven and wrong" "$story, $place" "$(awk -F '\t' -v at="$place" '
			$1 == "cell" && $3 == at && $4 == "ploss" && $8 == "proven" && $5 != $7 { sum += $9 }
			END { print sum + 0 }' "$LAB_DIR/run")" 0
		for d in in out; do
			[ "$version" != 4 ] || matrix_same "lost_before_packets = dropped (IPv4)" "$story, $place $d" \
				"$(counted "$place" lost_before_packets_$d)" "$(counted "$place" lost_before_packets_$d 6)"
		done
	done
	matrix_same "retransmitted_segments = RetransSegs" "$story, sender" \
		"$(counted sender retransmitted_segments_out)" "$(snmp_count "$A" Tcp RetransSegs)"
	matrix_same "retransmitted_segments = RetransSegs" "$story, receiver" \
		"$(counted receiver retransmitted_segments_out)" "$(snmp_count "$B" Tcp RetransSegs)"
	matrix_dsacks "$story" "$(counted sender dsack_blocks_in)"
	matrix_same "paws_rejected_segments = PAWSEstab" "$story" "$(counted receiver paws_rejected_packets_in)" \
		"$(snmp_count "$B" TcpExt PAWSEstab)"
}

# matrix_run SEED RTT SET FLOWS CC VERSION TIMESTAMPS SACK BYTES [GRO]: 1: super-packets cross the wire whole.
matrix_run()
{
	local story="run $1 ($2 ms, $3, $4 flows, $5, IPv$6, timestamps $7, SACK $8, GRO ${10:-0})" group attempt place

	MATRIX_SET=$3
	MATRIX_GRO=${10:-0}
	group=$(matrix_group "$6" "$7" "$2")
	for attempt in 1 2 3; do
		matrix_transfer "$@" && break
		[ "$attempt" != 3 ] || lab_die "$story: tcpdump misses packets"
		lab_reset
	done
	for place in $(matrix_places); do
		matrix_score "$group" "$place"
	done > "$LAB_DIR/run"
	grep -v '^wrong' "$LAB_DIR/run" >> "$MATRIX_SCORES"
	if [ -n "${MATRIX_WRONG:-}" ]; then
		sed -n "s/^wrong/$story/p" "$LAB_DIR/run"
	fi
	matrix_identities "$story" "$6"
	if [ -n "${MATRIX_KEEP:-}" ]; then
		mkdir -p "$MATRIX_KEEP/$1" && cp "$LAB_DIR/run" "$LAB_DIR/ledger" "$LAB_DIR"/*.pcap "$MATRIX_KEEP/$1/"
	fi
	lab_reset
}

# The table: precision and recall per class, of both tools. What no tap can know is apart: the retransmission of
# what was lost at the tail, the first of its bytes to pass; a SYN-ACK that is bit by bit the one before; and what leaves
# in one tick with the new data behind its hole, has no ID, and might as well be new and overtaken: the same bytes either
# way. What is decided of these counts for precision, and not for recall.
matrix_table()
{
	local what

	awk -F '\t' '
	function share(part, whole) { return whole ? sprintf("%.4f", part / whole) : "-" }
	$1 == "cell" {
		key = $2 FS $3
		if ($6 == "twin") {
			twins[key, $4] += $9
			if ($5 == $7) told[key, $4] += $9
			next
		}
		if (!(key in known)) { known[key] = 1; order[++keys] = key }
		tools[$4] = 1
		if ($6 == "either") {
			either[key, $4] += $9
			if ($5 == $7) {
				chosen[key, $4] += $9
				tail[key, $4] += $9
			}
			if ($7 != "undecided") as[key, $4, $7] += $9
			next
		}
		if ($6 == "hidden") {
			hidden[key, $4] += $9
			if ($5 == $7) found[key, $4] += $9
		} else
			is[key, $4, $5] += $9
		if ($6 != "hidden" && $5 == $7) right[key, $4, $5] += $9
		if ($6 == "hidden" && $5 == $7) tail[key, $4] += $9
		if ($6 != "hidden" || $7 != "new") as[key, $4, $7] += $9
		if ($7 == "undecided") undecided[key, $4, $5] += $9
	}
	END {
		split("retransmitted reordered duplicated", classes, " ")
		printf "%-17s %-9s %-14s %8s  %9s %9s %9s", "evidence", "tap", "class", "packets", "precision", "recall", "undecided"
		if ("tshark" in tools) printf "  %9s %9s", "tshark: p", "recall"
		print ""
		for (k = 1; k <= keys; k++) {
			key = order[k]
			split(key, name, FS)
			for (c = 1; c in classes; c++) {
				class = classes[c]
				n = is[key, "ploss", class]
				hid = class == "retransmitted" ? tail[key, "ploss"] : 0
				if (!n && !as[key, "ploss", class]) continue
				printf "%-17s %-9s %-14s %8d  %9s %9s %9s", name[1], name[2], class, n,
					share(right[key, "ploss", class] + hid, as[key, "ploss", class]),
					share(right[key, "ploss", class], n), share(undecided[key, "ploss", class], n)
				hid = class == "retransmitted" ? tail[key, "tshark"] : 0
				if ("tshark" in tools)
					printf "  %9s %9s", share(right[key, "tshark", class] + hid, as[key, "tshark", class]),
						share(right[key, "tshark", class], n)
				print ""
			}
			if (twins[key, "ploss"])
				printf "%-17s %-9s %-14s %8d  %9s %9s\n", name[1], name[2], "  SYN-ACK twice",
					twins[key, "ploss"], "", share(told[key, "ploss"], twins[key, "ploss"])
			if (either[key, "ploss"])
				printf "%-17s %-9s %-14s %8d  %9s %9s\n", name[1], name[2], "  either way",
					either[key, "ploss"], "", share(chosen[key, "ploss"], either[key, "ploss"])
			if (hidden[key, "ploss"])
				printf "%-17s %-9s %-14s %8d  %9s %9s\n", name[1], name[2], "  at the tail",
					hidden[key, "ploss"], "", share(found[key, "ploss"], hidden[key, "ploss"])
		}
	}' "$MATRIX_SCORES"
	for what in "${!MATRIX_OF[@]}"; do
		say "$what: exact in ${MATRIX_EXACT[$what]:-0} of ${MATRIX_OF[$what]}, ${MATRIX_SUM[$what]} in all"
	done | sort
}

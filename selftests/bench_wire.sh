# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Traffic over a veth pair, with ploss at one end in both directions, and without: what a second of CPU time carries,
# at both ends together. Wall time says less: the machine has other things to do, and iperf3 waits for itself.
#
# What else the machine does shows least in ratios of what was measured one after the other: each round measures all
# of them, and what is printed is the median of the rounds, of values and of ratios each. A program that does nothing,
# at the same hooks, shows what there is to be had. With an XDP program a veth's packets go another way, whatever the
# program does: --hook xdp is held against one that does nothing.

# Attached while something is measured: watch_with WITH, and unwatch WITH.
watch_with()
{
	case $1 in
	tc) lab_ploss watch "$A" -i "$DEV_A" 1 ;;
	xdp) lab_ploss watch "$A" -i "$DEV_A" --hook xdp 1 ;;
	empty) wire_attach nothing_tc "$DEV_A" ;;
	empty-xdp) inside "$A" ip link set dev "$DEV_A" xdp object "$BUILD/bench.bpf.o" program nothing_xdp ;;
	tcpdump) lab_start watch nsenter "--net=/run/netns/$A" tcpdump -i "$DEV_A" -w /dev/null
		wait_for 10 grep -q listening "$LAB_DIR/watch.err" ;;
	bpftrace) lab_start watch bpftrace -e 'tracepoint:tcp:tcp_retransmit_skb { @ = count(); } BEGIN { printf("ready\n"); }'
		wait_for 30 lab_ready watch ;;
	esac
}

unwatch()
{
	case $1 in
	tc | xdp) lab_ploss_end watch ;;
	empty) wire_detach nothing_tc ;;
	empty-xdp) ip -n "$A" link set dev "$DEV_A" xdp off ;;
	tcpdump | bpftrace) lab_end watch ;;
	esac
}

installed() { ! [[ $1 =~ ^(tcpdump|bpftrace)$ ]] || command -v "$1" > /dev/null; }

# wire_attach PROGRAM DEVICE, of those in bench.bpf.c, as ploss attaches its own.
wire_attach()
{
	lab_start "$1" nsenter "--net=/run/netns/$A" "$BUILD/attach" "$BUILD/bench.bpf.o" "$1" "$2"
	wait_for 10 lab_ready "$1"
	! lab_gone "${LAB_PID[$1]}" || lab_die "$(cat "$LAB_DIR/$1.err")"
}

wire_detach()
{
	lab_end "$1"
	tc -n "$A" qdisc delete dev "$DEV_A" clsact 2> /dev/null
}

# wire_offloads on|off
wire_offloads()
{
	local segments=65535

	[ "$1" = on ] || segments=1
	inside "$A" ethtool -K "$DEV_A" tso "$1" gso "$1" gro "$1" &> /dev/null
	inside "$B" ethtool -K "$DEV_B" tso "$1" gso "$1" gro "$1" &> /dev/null
	ip -n "$A" link set "$DEV_A" gso_max_segs $segments
	ip -n "$B" link set "$DEV_B" gso_max_segs $segments
}

# Gigabytes a CPU second, and a second, of so many bytes.
wire_bulk()
{
	lab_start server nsenter "--net=/run/netns/$B" iperf3 -s -1 -p 7701
	wait_for 10 inside "$B" sh -c 'ss -Hltn sport = 7701 | grep -q LISTEN'
	lab_start client nsenter "--net=/run/netns/$A" iperf3 -J -c "$B4" -p 7701 -n "$1"
	lab_wait client 120 && lab_wait server 20
	jq -r '.end | .sum_received as $sum
		| $sum.bytes / 1e9 / ((.cpu_utilization_percent.host_total + .cpu_utilization_percent.remote_total) / 100 * $sum.seconds),
		$sum.bits_per_second / 8e9' "$LAB_DIR/client.out"
}

# Transactions a CPU second, and a second.
wire_requests()
{
	local count=${WIRE_REQUESTS:-8000}

	lab_start server "$BUILD/measure" "$LAB_DIR/server.cost" nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700
	wait_for 10 lab_ready server
	"$BUILD/measure" "$LAB_DIR/client.cost" nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" \
		--port 7700 --bytes 1 --rr "$count" > /dev/null
	lab_wait server
	jq -rs --argjson count "$count" '$count / (map(.cpu_seconds) | add), $count / .[0].seconds' \
		"$LAB_DIR/client.cost" "$LAB_DIR/server.cost"
}

# Packets a CPU second, and a second: connections send 100 bytes at a time, and nobody makes one segment of two.
wire_small()
{
	local flows=$1

	remember "$A" "$DEV_A"
	lab_start server "$BUILD/measure" "$LAB_DIR/server.cost" nsenter "--net=/run/netns/$B" "$BUILD/traffic" server \
		--port 7700 --flows "$flows"
	wait_for 10 lab_ready server
	"$BUILD/measure" "$LAB_DIR/client.cost" nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" \
		--port 7700 --flows "$flows" --bytes $((${WIRE_SMALL:-6000000} / flows)) --app-limited 100,0 > /dev/null
	lab_wait server
	jq -rs --argjson count "$(($(grown "$A" "$DEV_A" tx packets) + $(grown "$A" "$DEV_A" rx packets)))" \
		'$count / (map(.cpu_seconds) | add), $count / .[0].seconds' "$LAB_DIR/client.cost" "$LAB_DIR/server.cost"
}

# wire_rounds WHAT UNIT LEAST OFFLOADS COMMAND...: rows of all kinds of watching.
wire_rounds()
{
	local what=$1 unit=$2 least=$3 offloads=$4 rounds=${WIRE_ROUNDS:-7} round with base limit each

	shift 4
	for ((round = 0; round < rounds; round++)); do
		for with in ${WIRE_WITH:-off empty tc empty-xdp xdp tcpdump bpftrace}; do
			installed "$with" || continue
			[[ ! $with =~ ^(tcpdump|bpftrace)$ ]] || [ $round -lt 3 ] || continue
			wire_offloads "$offloads"
			watch_with "$with"
			{ read -r cpu && read -r wall; } < <("$@")
			unwatch "$with"
			jq -nc --argjson round $round --arg with "$with" "{\$round, \$with, \"CPU s\": $cpu, s: $wall}"
		done
	done > "$LAB_DIR/rounds"
	for with in empty tc xdp tcpdump bpftrace; do
		grep -q "\"with\":\"$with\"" "$LAB_DIR/rounds" || continue
		base=off
		[ "$with" != xdp ] || base=empty-xdp
		limit=()
		[[ ! $with =~ ^(tc|xdp)$ ]] || limit=(least "$least")
		for each in "CPU s" s; do
			read -r from got ratio < <(wire_medians $base "$with" "$each")
			[ "$each" != s ] || limit=()
			row wire "$what" "$with" "$unit/$each" $base "$from" "$got" "${limit[@]}" | of_rounds "$ratio"
		done
	done
}

# wire_medians BASE WITH "CPU s"|s: of both, and of their ratio in each round.
wire_medians()
{
	jq -rs --arg base "$1" --arg with "$2" --arg each "$3" '
		def median: sort | .[length / 2 | floor];
		map({key: "\(.with) \(.round)", value: .[$each]}) | from_entries as $of
		| [range(1000) | {base: $of["\($base) \(.)"], got: $of["\($with) \(.)"]} | select(.got)]
		| "\(map(.base) | median) \(map(.got) | median) \(map(.got / .base) | median)"' "$LAB_DIR/rounds"
}

# of_rounds RATIO: a row's ratio is not that of its two numbers.
of_rounds() { jq -c --argjson ratio "$1" '.ratio = ($ratio * 10000 | round / 10000)'; }

# Four pairs of devices, of whom each has its own: flood_setup FLOWS NUMBER. Which is whose differs from NUMBER to NUMBER.
flood_setup()
{
	local n names=(off empty floor tc) devices=() own

	for ((n = 0; n < 4; n++)); do
		ip -n "$A" link add "va$n" type veth peer name "vb$n" netns "$B"
		ip -n "$A" link set "va$n" up
		ip -n "$B" link set "vb$n" up
	done
	for ((n = 0; n < 4; n++)); do
		own=$(((n + $2) % 4))
		devices+=("vb$own,$(lab_address "$A" "va$own")")
		case ${names[n]} in
		empty) wire_attach nothing_tc "va$own" ;;
		floor) wire_attach floor_tc "va$own" ;;
		tc)
			# shellcheck disable=SC2034  # of bench_lib.sh
			DEV_A=va$own DEV_B=vb$own MAC_A=$(lab_address "$A" "va$own") MAC_B=$(lab_address "$B" "vb$own")
			lab_ploss watch "$A" -i "$DEV_A" 1
			establish "$1"
			;;
		esac
	done
	lab_quiet
	inside "$B" "$BUILD/turns" "$1" 20 4000 "${WIRE_TURNS:-40}" "${devices[@]}" |
		jq -c --args '. + {with: $ARGS.positional[input_line_number - 1]}' "${names[@]}"
	lab_ploss_end watch
}

# A flood of made-up segments of 1 or FLOWS connections, which the receiver's stack drops, as they are to nobody. What
# a packet takes depends on where in memory things happen to lie: the median of several set-ups counts. The floor's
# program is that of "packet": one look-up in a hash table.
wire_flood()
{
	local flows=$1 setup with limit

	for ((setup = 0; setup < ${WIRE_SETUPS:-5}; setup++)); do
		lab_reset
		lab_pair
		flood_setup "$flows" $setup
	done > "$LAB_DIR/floods"
	for with in empty floor tc; do
		limit=()
		[ "$with" != tc ] || limit=(least 0.93)
		read -r from got ratio < <(jq -rs --arg with "$with" 'def median: sort | .[length / 2 | floor];
			"\(map(select(.with == "off").ns) | 1e9 / median) \(map(select(.with == $with).ns) | 1e9 / median)
			\(map(select(.with == $with).ratio) | median)" | gsub("\\s+"; " ")' "$LAB_DIR/floods")
		row wire "flood of small packets, $(grouped "$flows") flow${2:-}" "$with" "packets/CPU s" off "$from" "$got" \
			"${limit[@]}" | of_rounds "$ratio"
	done
}

bench_wire()
{
	wire_rounds "bulk, offloads on" GB 0.97 on wire_bulk 300M
	wire_rounds "bulk, offloads off" GB 0.97 off wire_bulk 60M
	wire_rounds "requests and responses of 1 byte" 1 0.93 on wire_requests
	wire_rounds "small packets, 1 flow" packets 0.93 off wire_small 1
	wire_rounds "small packets, 100 flows" packets 0.93 off wire_small 100
	wire_flood 1
	wire_flood 1000 s
}

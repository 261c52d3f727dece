# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Traffic over a veth pair, with ploss at one end in both directions, and without: what a second of CPU time carries,
# at both ends together. Wall time says less: the machine has other things to do, and iperf3 waits for itself.
#
# Each round measures all of them, one after the other; the best of the rounds counts. With an XDP program a
# veth's packets go another way, whatever the program does: --hook xdp is held against one that does nothing.

declare -A BEST=()

# better KEY VALUE: the largest of a key's values is kept.
better() { BEST[$1]=$(awk -v a="${BEST[$1]:-0}" -v b="$2" 'BEGIN { print (a > b ? a : b) }'); }

# Attached while something is measured: watch_with WITH, and unwatch WITH.
watch_with()
{
	case $1 in
	tc) lab_ploss watch "$A" -i "$DEV_A" 1 ;;
	xdp) lab_ploss watch "$A" -i "$DEV_A" --hook xdp 1 ;;
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
	empty-xdp) ip -n "$A" link set dev "$DEV_A" xdp off ;;
	tcpdump | bpftrace) lab_end watch ;;
	esac
}

installed() { ! [[ $1 =~ ^(tcpdump|bpftrace)$ ]] || command -v "$1" > /dev/null; }

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

# Gigabytes a CPU second, and a second.
wire_bulk()
{
	lab_start server nsenter "--net=/run/netns/$B" iperf3 -s -1 -p 7701
	wait_for 10 inside "$B" sh -c 'ss -Hltn sport = 7701 | grep -q LISTEN'
	lab_start client nsenter "--net=/run/netns/$A" iperf3 -J -c "$B4" -p 7701 -n "${WIRE_BYTES:-800M}"
	lab_wait client 120 && lab_wait server 20
	jq -r '.end | .sum_received as $sum
		| $sum.bytes / 1e9 / ((.cpu_utilization_percent.host_total + .cpu_utilization_percent.remote_total) / 100 * $sum.seconds),
		$sum.bits_per_second / 8e9' "$LAB_DIR/client.out"
}

# Transactions a CPU second, and a second.
wire_requests()
{
	local count=${WIRE_REQUESTS:-15000}

	lab_start server "$BUILD/measure" "$LAB_DIR/server.cost" nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700
	wait_for 10 lab_ready server
	"$BUILD/measure" "$LAB_DIR/client.cost" nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" \
		--port 7700 --bytes 1 --rr "$count" > /dev/null
	lab_wait server
	jq -rs --argjson count "$count" '$count / (map(.cpu_seconds) | add), $count / .[0].seconds' \
		"$LAB_DIR/client.cost" "$LAB_DIR/server.cost"
}

# Packets a CPU second, and a second, of connections that are known.
wire_flood()
{
	local flows=$1 times

	times=$((${WIRE_PACKETS:-400000} / flows))
	establish "$flows"
	flood_in data --flows "$flows" --from 20 --times $times | jq -r '.sent / .cpu_seconds, .sent / .seconds'
}

# wire_rounds WHAT UNIT LEAST OFFLOADS COMMAND...: rows of all kinds of watching.
wire_rounds()
{
	local what=$1 unit=$2 least=$3 offloads=$4 round with base got

	shift 4
	for ((round = 0; round < ${WIRE_ROUNDS:-4}; round++)); do
		for with in ${WIRE_WITH:-off tc empty-xdp xdp tcpdump bpftrace}; do
			installed "$with" || continue
			wire_offloads "$offloads"
			watch_with "$with"
			{ read -r cpu && read -r wall; } < <("$@")
			unwatch "$with"
			better "$what $with cpu" "$cpu"
			better "$what $with wall" "$wall"
		done
	done
	for with in ${WIRE_WITH:-tc xdp tcpdump bpftrace}; do
		[ -n "${BEST[$what $with cpu]:-}" ] && [ "$with" != off ] && [ "$with" != empty-xdp ] || continue
		base=off
		[ "$with" != xdp ] || base=empty-xdp
		got=()
		[[ ! $with =~ ^(tc|xdp)$ ]] || got=(least "$least")
		row wire "$what" "$with" "$unit/CPU s" $base "${BEST[$what $base cpu]}" "${BEST[$what $with cpu]}" "${got[@]}"
		row wire "$what" "$with" "$unit/s" $base "${BEST[$what $base wall]}" "${BEST[$what $with wall]}"
	done
}

bench_wire()
{
	wire_rounds "bulk, offloads on" GB 0.97 on wire_bulk
	wire_rounds "bulk, offloads off" GB 0.97 off wire_bulk
	wire_rounds "requests and responses of 1 byte" 1 0.93 on wire_requests
	wire_rounds "small packets, 1 flow" packets 0.93 on wire_flood 1
	wire_rounds "small packets, 1,000 flows" packets 0.93 on wire_flood 1000
}

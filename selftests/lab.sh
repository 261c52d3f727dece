# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the network tests share; to be sourced first. Two network namespaces,
#
#     $A  10.77.0.1 fd77::1  $DEV_A  ------------  $DEV_B  10.77.0.2 fd77::2  $B
#
# joined by a veth pair (lab_veth) or by the scripted wire (lab_wire). Nothing but TCP travels there: no
# neighbour discovery, no duplicate address detection, no router solicitations. Everything goes away when the
# test ends, however it ends. Waits are for conditions and bounded; a test that cannot run exits 77.
#
# Commands enter a namespace by nsenter, because "ip netns exec" wants / to be a mount point, which in a plain
# chroot it is not. So do "ip -n" and "tc -n": in_ns, there, takes their place.

set -u -o pipefail

LAB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$LAB_ROOT/build}
PLOSS=${PLOSS:-$BUILD/ploss}
LAB_NAME=plosslab-$$
LAB_DIR=$(mktemp -d "/tmp/$LAB_NAME.XXXXXX") || exit 1
A=$LAB_NAME-a
B=$LAB_NAME-b
A4=10.77.0.1 B4=10.77.0.2 A6=fd77::1 B6=fd77::2
DEV_A='' DEV_B=''
declare -A LAB_PID=() LAB_BEFORE=()

in_ns() { nsenter "--net=/run/netns/$2" "$1" "${@:3}"; }
if ! mountpoint -q /; then
	ip() { if [ "$1" = -n ]; then in_ns ip "${@:2}"; else command ip "$@"; fi; }
	tc() { if [ "$1" = -n ]; then in_ns tc "${@:2}"; else command tc "$@"; fi; }
fi

. "$LAB_ROOT/selftests/lab_expect.sh"

say() { printf '%s\n' "$*"; }

lab_die()
{
	say "FAIL: $*"
	LAB_FAILED=$((LAB_FAILED + 1))
	exit 1
}

# Not where a check has failed before.
lab_skip()
{
	[ "$LAB_FAILED" = 0 ] || lab_die "$*"
	say "SKIP: $*"
	exit 77
}

# Root and every program named, or the test is skipped.
lab_need()
{
	local program

	[ "$(id -u)" = 0 ] || lab_skip "needs root"
	[ -c /dev/net/tun ] || lab_skip "needs /dev/net/tun"
	for program in ip "$@"; do
		command -v "$program" > /dev/null || lab_skip "needs $program"
	done
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails when it has not by then. On a machine that is
# LAB_SLOW times slower than others, so many times as long; it looks each LAB_NAP seconds.
wait_for()
{
	local end=$((${EPOCHREALTIME/[^0-9]/} + $1 * 1000000 * ${LAB_SLOW:-1}))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/[^0-9]/}" -lt "$end" ] || return 1
		sleep "${LAB_NAP:-0.02}"
	done
}

lab_gone() { ! kill -0 "$1" 2> /dev/null; }

# "${LAB_WITHOUT[@]}" FOLDER COMMAND...: runs it where FOLDER, /sys or below it, is empty. Also in a chroot, whose root
# is no mount and keeps its propagation.
# shellcheck disable=SC2016,SC2034
LAB_WITHOUT=(unshare --mount --propagation unchanged sh -c
	'mount --make-rprivate /sys && mount -t tmpfs none "$0" && exec "$@"')

# lab_start NAME COMMAND...: in the background; its output goes to $LAB_DIR/NAME.out and .err.
lab_start()
{
	local name=$1

	shift
	: > "$LAB_DIR/$name.out" 2> "$LAB_DIR/$name.err"         # nobody reads the last run's
	"$@" > "$LAB_DIR/$name.out" 2> "$LAB_DIR/$name.err" &
	LAB_PID[$name]=$!
}

# lab_wait NAME [SECONDS]: its exit status; a process that does not end in time is killed, and 124.
lab_wait()
{
	local pid=${LAB_PID[$1]}

	if ! wait_for "${2:-30}" lab_gone "$pid"; then
		kill -KILL "$pid"
		wait "$pid" 2> /dev/null
		unset "LAB_PID[$1]"
		return 124
	fi
	unset "LAB_PID[$1]"
	wait "$pid" 2> /dev/null
}

# lab_end NAME [SIGNAL]: ends it; its exit status.
lab_end()
{
	local pid=${LAB_PID[$1]}

	kill -s "${2:-TERM}" "$pid" 2> /dev/null
	if [ "${2:-}" = KILL ]; then
		unset "LAB_PID[$1]"
		wait "$pid" 2> /dev/null         # at once, or the shell reports the death
		return
	fi
	lab_wait "$1" 10
}

# Ends everything that was started, and removes the namespaces: for the next run of a test.
lab_reset()
{
	local name ns

	for name in "${!LAB_PID[@]}"; do
		kill -KILL "${LAB_PID[$name]}" 2> /dev/null
		wait "${LAB_PID[$name]}" 2> /dev/null
	done
	LAB_PID=()
	for ns in $(ip netns list | awk -v name="$LAB_NAME-" 'index($1, name) == 1 { print $1 }'); do
		ip netns delete "$ns"
	done
}

lab_exit()
{
	local status=$?

	lab_reset
	if [ "$LAB_FAILED" -gt 0 ] && [ -n "${LAB_KEEP:-}" ]; then
		say "kept: $LAB_DIR"
	else
		rm -rf "$LAB_DIR"
	fi
	exit "$status"
}
trap lab_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# lab_netns NAME: a namespace in which IPv6 keeps silent.
lab_netns()
{
	ip netns add "$1" || lab_die "cannot create namespace $1"
	nsenter "--net=/run/netns/$1" sysctl -q -w \
		net.ipv6.conf.{all,default}.accept_dad=0 \
		net.ipv6.conf.{all,default}.dad_transmits=0 \
		net.ipv6.conf.{all,default}.router_solicitations=0 \
		net.ipv6.conf.default.addr_gen_mode=1 \
		net.ipv6.conf.default.accept_ra=0 \
		net.ipv6.conf.default.mldv2_unsolicited_report_interval=10 \
		net.ipv4.tcp_no_metrics_save=1 || lab_die "cannot set up namespace $1"
	ip -n "$1" link set lo up
}

lab_pair()
{
	lab_netns "$A"
	lab_netns "$B"
}

# lab_device NS DEVICE ADDRESS4 ADDRESS6
lab_device()
{
	if ! ip -n "$1" address add "$3/24" dev "$2" || ! ip -n "$1" link set "$2" up ||
		! ip -n "$1" address add "$4/64" dev "$2" nodad; then
		lab_die "cannot set up $2"
	fi
}

lab_address() { ip -n "$1" -j link show "$2" | jq -r '.[0].address'; }

lab_packets() { ip -n "$A" -s -j link show && ip -n "$B" -s -j link show; }

lab_is_quiet()
{
	local before

	before=$(lab_packets) && sleep 0.2 && [ "$before" = "$(lab_packets)" ]
}

# Until the multicast reports of the new addresses have passed.
lab_quiet() { wait_for 10 lab_is_quiet || lab_die "the namespaces do not fall silent"; }

# lab_veth: a veth pair with static neighbours.
lab_veth()
{
	lab_pair
	DEV_A=va DEV_B=vb
	ip -n "$A" link add "$DEV_A" type veth peer name "$DEV_B" netns "$B" || lab_die "cannot create veth"
	lab_device "$A" "$DEV_A" "$A4" "$A6"
	lab_device "$B" "$DEV_B" "$B4" "$B6"
	lab_neighbours
	lab_quiet
}

lab_neighbours()
{
	local mac_a mac_b

	mac_a=$(lab_address "$A" "$DEV_A")
	mac_b=$(lab_address "$B" "$DEV_B")
	ip -n "$A" neighbour replace "$B4" lladdr "$mac_b" dev "$DEV_A" nud permanent
	ip -n "$A" neighbour replace "$B6" lladdr "$mac_b" dev "$DEV_A" nud permanent
	ip -n "$B" neighbour replace "$A4" lladdr "$mac_a" dev "$DEV_B" nud permanent
	ip -n "$B" neighbour replace "$A6" lladdr "$mac_a" dev "$DEV_B" nud permanent
}

lab_ready() { grep -qs ready "$LAB_DIR/$1.out" || lab_gone "${LAB_PID[$1]}"; }

# lab_wire OPTIONS...: the scripted wire, with build/wire's options; a is the end in $A.
lab_wire()
{
	lab_pair
	DEV_A=wa DEV_B=wb
	lab_start wire "$BUILD/wire" --a-netns "$A" --b-netns "$B" --a-dev "$DEV_A" --b-dev "$DEV_B" \
		--truth "$LAB_DIR/truth" --ledger "$LAB_DIR/ledger" "$@"
	wait_for 10 lab_ready wire
	[ -s "$LAB_DIR/wire.out" ] || lab_die "no wire: $(cat "$LAB_DIR/wire.err")"
	lab_device "$A" "$DEV_A" "$A4" "$A6"
	lab_device "$B" "$DEV_B" "$B4" "$B6"
	case " $* " in
	*" --tap "*) lab_neighbours ;;
	esac
	lab_quiet
}

# Ends the wire, which writes the truth; what its devices could not queue, the truth does not know.
lab_wire_end()
{
	expect_equal "packets that the wire missed" \
		"$(($(device_count "$A" "$DEV_A" tx dropped) + $(device_count "$B" "$DEV_B" tx dropped)))" 0
	lab_end wire || lab_die "the wire ended badly: $(cat "$LAB_DIR/wire.err")"
}

# truth ab|ba FIELD
truth() { jq -e --arg way "$1" "select(.direction == \$way).$2" "$LAB_DIR/truth"; }

# device_count NS DEVICE rx|tx packets|bytes|dropped
device_count() { ip -n "$1" -s -j link show "$2" | jq ".[0].stats64.$3.$4"; }

device_link() { ip -n "$1" -j link show "$2" | jq -r '.[0].link_type'; }

# device_counts NS DEVICE: all of them, as in "rx.packets 5", a line each.
device_counts()
{
	ip -n "$1" -s -j link show "$2" | jq -r '.[0].stats64 | to_entries[] | .key as $way
		| .value | to_entries[] | "\($way).\(.key) \(.value)"'
}

# remember NS DEVICE
remember()
{
	local what count

	while read -r what count; do
		LAB_BEFORE[$2.$what]=$count
	done < <(device_counts "$1" "$2")
}

# grown NS DEVICE rx|tx packets|bytes|dropped: since remembered.
grown() { echo $(($(device_count "$@") - ${LAB_BEFORE[$2.$3.$4]})); }

# snmp_count NS PROTOCOL NAME: a counter of the namespace, as in "snmp_count $A Tcp RetransSegs".
snmp_count()
{
	nsenter "--net=/run/netns/$1" awk -v protocol="$2:" -v name="$3" '
		$1 == protocol && !($2 ~ /^-?[0-9]+$/) { for (i = 2; i <= NF; i++) if ($i == name) column = i; next }
		$1 == protocol && column { print $column; column = 0 }' /proc/net/snmp /proc/net/netstat
}

# lab_ploss NAME NS OPTIONS...: ploss in the namespace, attached; JSON goes to $LAB_DIR/NAME.out.
lab_ploss()
{
	lab_ploss_start "$@"
	lab_ploss_attached "$1"
}

# The two halves of it, for several that load at the same time.
lab_ploss_start()
{
	local name=$1 ns=$2

	shift 2
	[ -x "$PLOSS" ] || lab_skip "needs $PLOSS"
	lab_start "$name" nsenter "--net=/run/netns/$ns" "$PLOSS" -o json "$@"
}

lab_ploss_attached()
{
	wait_for 20 lab_ploss_ready "$1" || lab_die "ploss $1 does not attach"
	! lab_gone "${LAB_PID[$1]}" || lab_die "ploss did not start: $(cat "$LAB_DIR/$1.err")"
}

lab_ploss_ready() { [ -s "$LAB_DIR/$1.err" ] || lab_gone "${LAB_PID[$1]}"; }

# lab_ploss_end NAME [SIGNAL]: waits for the totals.
lab_ploss_end()
{
	lab_end "$@" || lab_die "ploss $1 ended with $?: $(cat "$LAB_DIR/$1.err")"
	lab_totals "$1" || lab_die "ploss $1 printed no total: $(tail -n 3 "$LAB_DIR/$1.out")"
}

# lab_traffic NAME ADDRESS OPTIONS...: build/traffic from $A to $B, until both ends are closed; TCP_INFO of the
# flows goes to $LAB_DIR/NAME-client.out and NAME-server.out.
lab_traffic()
{
	local name=$1 address=$2 flows=1 i

	shift 2
	for ((i = 1; i < $#; i++)); do
		if [ "${!i}" = --flows ]; then
			i=$((i + 1))
			flows=${!i}
		fi
	done
	lab_start "$name-server" nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700 --flows "$flows"
	wait_for 10 lab_ready "$name-server"
	lab_start "$name-client" nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$address" --port 7700 "$@"
	lab_wait "$name-client" 120 || lab_die "client: $(cat "$LAB_DIR/$name-client.err")"
	lab_wait "$name-server" 120 || lab_die "server: $(cat "$LAB_DIR/$name-server.err")"
}

# lab_iperf ADDRESS: iperf3 from $A to $B, until both ends have ended.
lab_iperf()
{
	lab_start iperf-server nsenter "--net=/run/netns/$B" iperf3 -s -1 -p 7701
	wait_for 10 nsenter "--net=/run/netns/$B" sh -c 'ss -Hltn sport = 7701 | grep -q LISTEN'
	lab_start iperf nsenter "--net=/run/netns/$A" iperf3 -c "$1" -p 7701 -n 30M -P 2
	lab_wait iperf 60 || lab_die "iperf3: $(cat "$LAB_DIR/iperf.out" "$LAB_DIR/iperf.err")"
	lab_wait iperf-server 20 || lab_die "iperf3: $(cat "$LAB_DIR/iperf-server.out")"
}

# lab_sends NS PORT [COUNT]: of what listened there so many connections have begun to send.
lab_sends()
{
	in_ns ss "$1" -Htn state established sport = ":$2" | awk -v wanted="${3:-1}" '$2 > 0 { n++ } END { exit n < wanted }'
}

# lab_shut_out NS PORT: its peer's window is shut; it probes.
lab_shut_out() { in_ns ss "$1" -Htno state established sport = ":$2" | grep -q 'timer:(persist'; }

# lab_stand_still: a client in $A that stops reading when the server in $B has begun to send it more than there is room
# for; until the window is shut. PID: $LAB_STILL.
lab_stand_still()
{
	lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 7700
	wait_for 10 lab_ready server
	lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 7700 --reverse \
		--bytes 60000000
	LAB_STILL=${LAB_PID[client]}
	wait_for 20 lab_sends "$B" 7700 || lab_die "the server does not send"
	kill -STOP "$LAB_STILL"
	wait_for 20 lab_shut_out "$B" 7700 || lab_die "the window does not shut"
}

# info_sum NAME client|server FIELD: over the flows.
info_sum() { jq -s "map(.$3 // 0) | add" "$LAB_DIR/$1-$2.out"; }

# The last line of a test.
lab_finish()
{
	say "${0##*/}: $LAB_CHECKS checks, $LAB_FAILED failed"
	[ "$LAB_FAILED" = 0 ] && [ "$LAB_CHECKS" -gt 0 ]
	exit
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Several ploss at once, and what killed ones leave behind: each ploss removes what is its own or a dead one's,
# and nothing of one that lives. With hooks that outlive their process: clsact filters, XDP.

. "$(dirname "$0")/lab.sh"
lab_need tc
lab_veth
tc -n "$A" qdisc add dev "$DEV_A" clsact 2> /dev/null || lab_skip "this kernel has no clsact"
tc -n "$A" qdisc delete dev "$DEV_A" clsact
ip -n "$A" link add other type veth peer name rehto

filters() { tc -n "$A" filter show dev "$1" ingress && tc -n "$A" filter show dev "$1" egress; }
ours() { filters "$1" | grep -c 'handle .* ploss_'; }
has_clsact() { tc -n "$A" qdisc show dev "$1" | grep -c clsact; }
has_xdp() { ip -n "$A" -d link show dev "$1" | grep -c "prog/xdp.* $2 "; }
state() { tc -n "$A" qdisc show dev "$1" && filters "$1" && ip -n "$A" link show dev "$1"; }

# killed NAME OPTIONS...: attached, then killed.
killed()
{
	lab_ploss "$@"
	lab_end "$1" KILL 2> /dev/null
}

# once OPTIONS...: a ploss that starts and ends.
once() { nsenter "--net=/run/netns/$A" "$PLOSS" -q "$@" 0.1 1 > /dev/null 2>> "$LAB_DIR/once.err"; }

before=$(state "$DEV_A")

# The first creates the qdisc and ends first; the second takes it away.
lab_ploss first "$A" -i "$DEV_A" --hook tc
lab_ploss second "$A" -i "$DEV_A" --hook tc
expect_equal "two at once: filters" "$(ours "$DEV_A")" 4
lab_ploss_end first
expect_equal "the first ended: filters" "$(ours "$DEV_A")" 2
expect_equal "the first ended: clsact" "$(has_clsact "$DEV_A")" 1
lab_traffic one "$B4" --bytes 100000
lab_ploss_end second
expect_above "the second still counts" "$(total second out data_segments)" 60
expect_same "both ended: state" "$(state "$DEV_A")" "$before"

# One is killed beside one that lives: a third removes the dead one's alone.
killed dead "$A" -i "$DEV_A" --hook tc
lab_ploss living "$A" -i "$DEV_A" --hook tc
expect_equal "a dead one's filters are gone, the living one's there" "$(ours "$DEV_A")" 2
killed dead "$A" -i "$DEV_A" --hook tc
expect_equal "a living and a dead one: filters" "$(ours "$DEV_A")" 4
once -i lo
expect_equal "after another start: filters" "$(ours "$DEV_A")" 2
lab_traffic two "$B4" --bytes 100000
lab_ploss_end living
expect_above "the living one still counts" "$(total living out data_segments)" 60
expect_same "the living one ended: state" "$(state "$DEV_A")" "$before"

# What a dead one left goes when ploss starts anywhere in the namespace, by whatever hook.
killed dead "$A" -i "$DEV_A" -i other --hook tc
expect_equal "killed: filters" "$(($(ours "$DEV_A") + $(ours other)))" 4
once -i lo
expect_same "another interface watched since: state" "$(state "$DEV_A")" "$before"
expect_equal "another interface watched since: clsact" "$(has_clsact other)" 0

# A qdisc of others stays, empty or not.
tc -n "$A" qdisc add dev "$DEV_A" clsact
killed dead "$A" -i "$DEV_A" --hook tc
once -i "$DEV_A" --hook tc
expect_equal "a foreign empty clsact: filters" "$(ours "$DEV_A")" 0
expect_equal "a foreign empty clsact: stays" "$(has_clsact "$DEV_A")" 1
tc -n "$A" qdisc delete dev "$DEV_A" clsact

# An ingress qdisc has no egress.
tc -n "$A" qdisc add dev "$DEV_A" ingress
foreign=$(state "$DEV_A")
once -i "$DEV_A" --hook tc
expect_equal "an ingress qdisc: exit status" $? 1
expect_match "an ingress qdisc: says so" "$(cat "$LAB_DIR/once.err")" 'ingress qdisc'
expect_same "an ingress qdisc: state" "$(state "$DEV_A")" "$foreign"
tc -n "$A" qdisc delete dev "$DEV_A" ingress

# XDP.
lab_ploss xdp "$A" -i "$DEV_A" --hook xdp
expect_equal "XDP: attached" "$(has_xdp "$DEV_A" ploss_xdp)" 1
once -i "$DEV_A"
expect_equal "XDP, another ended: attached" "$(has_xdp "$DEV_A" ploss_xdp)" 1
lab_traffic three "$B4" --bytes 100000 --reverse
lab_ploss_end xdp
expect_above "XDP: counts" "$(total xdp in data_segments)" 60
expect_same "XDP ended: state" "$(state "$DEV_A")" "$before"
killed dead "$A" -i "$DEV_A" --hook xdp
expect_equal "XDP, killed: attached" "$(has_xdp "$DEV_A" ploss_xdp)" 1
once -i lo
expect_same "XDP, killed and started: state" "$(state "$DEV_A")" "$before"
lab_finish

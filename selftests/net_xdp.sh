#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Beside another XDP program, under libxdp's dispatcher: both see every packet, whoever came first, and the other one
# is there before, during and after, also when ploss is killed.

. "$(dirname "$0")/lab.sh"
lab_need jq
lab_veth
# A veth that gets or loses its program leaves and joins IPv6's groups, and says so.
in_ns sysctl "$A" -q -w "net.ipv6.conf.$DEV_A.disable_ipv6=1"
in_ns sysctl "$B" -q -w "net.ipv6.conf.$DEV_B.disable_ipv6=1"
lab_quiet

xdp() { nsenter "--net=/run/netns/$A" "$BUILD/xdp" "$1" "$DEV_A" "${@:2}"; }
sorted() { xdp list | tr ' ' '\n' | sort | tr '\n' ' '; }

# counts STORY SIGNAL: while ploss runs, both count what the interface does.
counts()
{
	local before

	before=$(xdp count foreign_xdp)
	remember "$A" "$DEV_A"
	lab_traffic t "$B4" --flows 2 --bytes 3000000 --reverse
	lab_quiet
	expect_equal "$1: packets that the other one saw" $(($(xdp count foreign_xdp) - before)) \
		"$(grown "$A" "$DEV_A" rx packets)"
	lab_end ploss "$2"
	[ "$2" = KILL ] || as_interface "$1" xdp ploss "$A" "$DEV_A"
}

lab_start add nsenter "--net=/run/netns/$A" "$BUILD/xdp" add "$DEV_A" "$BUILD/foreign.bpf.o"
lab_wait add 60
status=$?
[ $status != 77 ] || lab_skip "no XDP dispatcher on this kernel: $(tail -n 1 "$LAB_DIR/add.err")"
expect_equal "the other one: exit status" $status 0
expect_equal "before" "$(xdp list)" foreign_xdp

for signal in TERM KILL; do
	lab_ploss ploss "$A" -i "$DEV_A" --hook xdp
	expect_equal "$signal: during" "$(sorted)" "foreign_xdp ploss_xdp "
	counts "$signal" $signal
	nsenter "--net=/run/netns/$A" "$PLOSS" -q -i lo 0.1 1 > /dev/null 2>&1
	expect_equal "$signal: after" "$(xdp list)" foreign_xdp
done
xdp remove foreign_xdp
expect_equal "removed" "$(xdp list)" ""

# Who comes later.
lab_ploss ploss "$A" -i "$DEV_A" --hook xdp
expect_equal "alone" "$(xdp list)" ploss_xdp
xdp add "$BUILD/foreign.bpf.o"
expect_equal "later: during" "$(sorted)" "foreign_xdp ploss_xdp "
counts "later" TERM
expect_equal "later: after" "$(xdp list)" foreign_xdp
xdp remove foreign_xdp
expect_equal "at the end" "$(xdp list)" ""
lab_finish

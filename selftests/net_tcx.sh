#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Among other tcx programs and cls_bpf filters, each way on $DEV_A:
#
#     ploss, first, second -- tcx          pref 77 -- cls_bpf
#
# ploss stands before the others, so that it sees what they drop; their order stays as it was, before, during and
# after, also when ploss is killed; and the filters never notice.

. "$(dirname "$0")/lab.sh"
lab_need jq tc

lab_veth
list() { nsenter "--net=/run/netns/$A" "$BUILD/tcx" list "$DEV_A" "$1"; }
list ingress > /dev/null 2>&1 || lab_skip "this kernel has no tcx (Linux 6.6)"

# foreign NAME WAY WORDS...: a tcx program of somebody else.
foreign()
{
	local name=$1 way=$2

	shift 2
	lab_start "$name-$way" nsenter "--net=/run/netns/$A" "$BUILD/tcx" hold "$DEV_A" "$way" "$name" "$@"
	wait_for 10 lab_ready "$name-$way"
	! lab_gone "${LAB_PID[$name-$way]}" || lab_die "no program $name: $(cat "$LAB_DIR/$name-$way.err")"
}

order() { echo "$(list ingress), $(list egress)"; }

filters()
{
	tc -n "$A" qdisc show dev "$DEV_A"
	tc -n "$A" filter show dev "$DEV_A" ingress
	tc -n "$A" filter show dev "$DEV_A" egress
}

# counts STORY: while ploss runs, packets are the interface's.
counts()
{
	remember "$A" "$DEV_A"
	lab_traffic t "$B4" --flows 2 --bytes 8000000
	lab_quiet
	lab_end ploss "${2:-TERM}"
	[ "${2:-TERM}" = KILL ] || as_interface "$1" super ploss "$A" "$DEV_A"
}

for way in ingress egress; do
	foreign first $way last
	foreign second $way last
done
tc -n "$A" qdisc add dev "$DEV_A" clsact || lab_die "cannot add clsact"
for way in ingress egress; do
	tc -n "$A" filter add dev "$DEV_A" $way pref 77 bpf bytecode '1,6 0 0 0,' flowid 1:1 ||
		lab_die "cannot add a filter"
done
BEFORE=$(filters)
expect_equal "before" "$(order)" "first second, first second"

for signal in TERM KILL; do
	lab_ploss ploss "$A" -i "$DEV_A"
	expect_equal "$signal: during" "$(order)" "ploss_ingress first second, ploss_egress first second"
	expect_same "$signal: filters during" "$(filters)" "$BEFORE"
	counts "$signal" $signal
	expect_equal "$signal: after" "$(order)" "first second, first second"
	expect_same "$signal: filters after" "$(filters)" "$BEFORE"
done

# Who comes later may stand before ploss: that is not ours to change.
lab_ploss ploss "$A" -i "$DEV_A"
foreign newest ingress first
expect_equal "one more: during" "$(list ingress)" "newest ploss_ingress first second"
counts "one more"
expect_equal "one more: after" "$(list ingress)" "newest first second"
lab_end newest-ingress

# What another drops behind ploss was there: sent by the peer, counted, and never acknowledged.
foreign last ingress last drop
lab_ploss ploss "$A" -i "$DEV_A"
lab_start attempt nsenter "--net=/run/netns/$B" timeout 3 "$BUILD/traffic" client --connect "$A4" --port 7700
lab_wait attempt 10
lab_quiet
lab_ploss_end ploss
expect_above "dropped behind ploss: SYNs in" "$(total ploss in syns)" 0
expect_equal "dropped behind ploss: answers" "$(total ploss out segments)" 0
lab_finish

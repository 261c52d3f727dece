#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The benches that need a network, in namespaces: bench_lab.sh FLOWS "PART..."; see bench.sh.

. "$(dirname "$0")/lab.sh"
. "$LAB_ROOT/selftests/bench_lib.sh"
. "$LAB_ROOT/selftests/bench_wire.sh"
. "$LAB_ROOT/selftests/bench_state.sh"
. "$LAB_ROOT/selftests/bench_syns.sh"

FLOWS=$1
for part in wire memory reading syns; do
	[[ " $2 " == *" $part "* ]] || continue
	lab_need jq ethtool iperf3
	bench_veth
	"bench_$part"
	lab_reset
done
[ "$LAB_FAILED" = 0 ]

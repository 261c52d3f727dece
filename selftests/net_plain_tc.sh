#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The BPF object without ploss: iproute2 loads it as it is, and it counts in slot 0, for nobody named the
# interface.

. "$(dirname "$0")/lab.sh"
lab_need jq bpftool
lab_veth

# program HOOK: the id of the filter's program.
program() { tc -n "$B" -j filter show dev "$DEV_B" "$1" | jq -r '[.[].options.prog.id // empty][0]'; }

# packets HOOK IN|OUT: what the program counted in a direction.
packets()
{
	local map direction=0

	[ "$2" = IN ] || direction=1
	map=$(bpftool -j prog show id "$(program "$1")" | jq '.map_ids[]' |
		while read -r id; do bpftool -j map show id "$id"; done | jq -r 'select(.name == "totals").id')
	bpftool -j map lookup id "$map" key 0 0 0 0 |
		jq "[(.formatted // .).values[].value.totals.dir[$direction].packets] | add"
}

tc -n "$B" qdisc add dev "$DEV_B" clsact
for hook in ingress egress; do
	tc -n "$B" filter add dev "$DEV_B" "$hook" bpf da obj "$BUILD/ploss.bpf.o" sec "tc/$hook"
	expect_equal "$hook: tc's exit status" $? 0
done
received=$(device_count "$B" "$DEV_B" rx packets)
sent=$(device_count "$B" "$DEV_B" tx packets)
lab_traffic t "$B4" --flows 2 --bytes 200000
lab_quiet
expect_equal "ingress counts the packets of the interface" "$(packets ingress IN)" \
	$(($(device_count "$B" "$DEV_B" rx packets) - received))
expect_equal "egress counts the packets of the interface" "$(packets egress OUT)" \
	$(($(device_count "$B" "$DEV_B" tx packets) - sent))
lab_finish

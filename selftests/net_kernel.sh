#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Beside what the kernel counts: at a sender with one interface there is no difference; what goes another way, or is not
# looked at, is one, and is told apart. The kernel's tracepoints and its counters agree. Without BTF the counters are
# what is left.

. "$(dirname "$0")/lab.sh"
lab_need jq

# kernel NAME FIELD
kernel() { jq -r "select(.type == \"kernel\").$2" "$LAB_DIR/$1.out"; }

# agree STORY NAME: what the tracepoints tell is what is counted, but for what could not be sent, and for the one in
# some hundreds that a busy kernel counts and sends without a word to the tracepoint (seen on 6.18: no program is told
# of it, no failure, no missed call).
agree()
{
	local counted

	counted=$(kernel "$2" TcpRetransSegs)
	expect_between "$1: tracepoints" "$(kernel "$2" 'traced_segments + .traced_synacks + .TcpExtTCPRetransFail')" \
		$((counted - counted / 50)) "$counted"
}

[ -r /sys/kernel/btf/vmlinux ] || lab_skip "needs a kernel with BTF"
lab_wire --both delay=5 --ab loss=3 --seed 4
lab_ploss all "$A" -i "$DEV_A" --kernel
lab_ploss part "$A" -i "$DEV_A" --kernel --port 7701
lab_start events nsenter "--net=/run/netns/$A" "$PLOSS" events -i "$DEV_A" --kernel
wait_for 20 lab_ploss_ready events
lab_traffic four "$B4" --flows 3 --bytes 1500000
lab_traffic six "$B6" --flows 3 --bytes 1500000
lab_quiet
lab_ploss_end all
lab_ploss_end part
lab_end events INT
expect_above "resent" "$(kernel all TcpRetransSegs)" 20
expect_equal "difference" "$(kernel all difference)" 0
expect_equal "that left resent" "$(kernel all retransmitted_segments)" "$(total all out retransmitted_segments)"
agree "one interface" all
expect_equal "its interface" "$(kernel all "traced_interfaces.$DEV_A")" "$(kernel all traced_segments)"
expect_equal "what was not looked at" "$(kernel part difference)" "$(kernel all TcpRetransSegs)"
expect_match "events" "$(cat "$LAB_DIR/events.err")" 'This host resent [0-9]+ segments .* difference 0\.'
lab_reset

# A round trip of 1.2 s, after a first timeout of 1 s: the server's answer is resent. The client's host resends through
# other interfaces too, where nobody answers: each tells how often. One ploss must do without BTF.
lab_wire --both delay=600
ip -n "$A" link add other0 type veth peer name nobody
ip -n "$A" link set other0 up
ip -n "$A" link set nobody up
ip -n "$A" route add 192.0.2.0/25 dev lo src "$A4"
ip -n "$A" route add 192.0.2.128/25 dev other0 src "$A4"
ip -n "$A" neighbour replace 192.0.2.200 lladdr 02:00:00:00:00:01 dev other0 nud permanent
lab_ploss client "$A" -i "$DEV_A" --kernel
lab_ploss server "$B" -i "$DEV_B" --kernel
lab_start words nsenter "--net=/run/netns/$A" "$PLOSS" -i "$DEV_A" --kernel
lab_start blind nsenter "--net=/run/netns/$A" "${LAB_WITHOUT[@]}" /sys/kernel/btf "$PLOSS" -i "$DEV_A" -o json --kernel
wait_for 20 grep -q watching "$LAB_DIR/words.err"
wait_for 20 grep -q watching "$LAB_DIR/blind.err"
for to in 192.0.2.1 192.0.2.200; do
	lab_start "to$to" timeout 3 nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect $to --port 7
done
lab_traffic t "$B4" --bytes 1000
lab_wait to192.0.2.1
lab_wait to192.0.2.200
lab_quiet
for name in client server blind; do
	lab_ploss_end $name
done
lab_end words INT
expect_equal "SYN-ACKs: difference" "$(kernel server difference)" 0
expect_above "SYN-ACKs: tracepoint" "$(kernel server traced_synacks)" 0
agree "SYN-ACKs" server
lo=$(kernel client traced_interfaces.lo)
other=$(kernel client traced_interfaces.other0)
expect_above "through lo" "$lo" 0
expect_above "through another" "$other" 0
agree "other ways" client
expect_between "other ways: difference" "$(kernel client difference)" $((lo + other)) $((lo + other + 1))
expect_match "other ways: words" "$(cat "$LAB_DIR/words.out")" \
	"difference [1-9][0-9]*: $lo through lo, $other through other0[.,].* Its tracepoints tell of "
expect_match "no BTF: says so" "$(cat "$LAB_DIR/blind.err")" "^ploss: cannot use the kernel's tracepoints: it has no BTF"
expect_equal "no BTF: goes on" "$(kernel blind difference) $(kernel blind traced_segments)" \
	"$(kernel client difference) null"
lab_finish

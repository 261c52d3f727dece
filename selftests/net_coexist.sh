#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Others were on the interfaces first, and never notice:
#
#     $A  va   a foreign clsact with a foreign filter each way
#     $B  vb   a foreign XDP program
#
# Both are the same before, during (apart from what is ploss's) and after, when ploss ends by itself, by a
# signal, and when it is killed and started again.

. "$(dirname "$0")/lab.sh"
lab_need jq tc clang
lab_veth

cat > "$LAB_DIR/foreign.c" <<'END'
__attribute__((section("xdp"), used)) int foreign_xdp(void *ctx) { return 2; }
__attribute__((section("tc"), used)) int foreign_tc(void *ctx) { return -1; }
char _license[] __attribute__((section("license"), used)) = "GPL";
END
clang -O2 -target bpf -c -o "$LAB_DIR/foreign.o" "$LAB_DIR/foreign.c" || lab_skip "clang makes no BPF"

TWO_NS=$A
ip -n "$B" link set "$DEV_B" netns "$A"
lab_device "$A" "$DEV_B" 10.77.1.1 fd77:1::1
tc -n "$A" qdisc add dev "$DEV_A" clsact || lab_skip "this kernel has no clsact"
for way in ingress egress; do
	tc -n "$A" filter add dev "$DEV_A" $way pref 77 bpf da obj "$LAB_DIR/foreign.o" sec tc ||
		lab_skip "this kernel has no cls_bpf"
done
ip -n "$A" link set dev "$DEV_B" xdpgeneric obj "$LAB_DIR/foreign.o" sec xdp || lab_skip "this kernel has no XDP"

# Everything that is on the interfaces.
whole_state()
{
	local device

	tc -n "$TWO_NS" qdisc show
	for device in "$DEV_A" "$DEV_B"; do
		tc -n "$TWO_NS" filter show dev "$device" ingress
		tc -n "$TWO_NS" filter show dev "$device" egress
		ip -n "$TWO_NS" -d link show dev "$device"
	done
}

# The same without what is ploss's: its filters, each a line with a handle and one without, of one preference;
# and the clsact qdisc on $DEV_B, where nobody had one.
foreign_state()
{
	whole_state | awk '
		{ line[NR] = $0 }
		!/^filter / { section = NR }
		/^filter / { for (i = 1; i < NF; i++) if ($i == "pref") filter[NR] = section "." $(i + 1) }
		/ploss_/ { mine[filter[NR]] = 1 }
		END { for (n = 1; n <= NR; n++) if (!(n in filter) || !(filter[n] in mine)) print line[n] }' |
		sed "/^qdisc clsact .* dev $DEV_B /d"
}

is_untouched() { expect_same "$1" "$(whole_state)" "$BEFORE"; }

# watching STORY OPTIONS...: ploss on both interfaces, seen to count.
watching()
{
	local story=$1

	shift
	lab_ploss both "$TWO_NS" -i "$DEV_A" -i "$DEV_B" "$@"
	expect_same "$story: foreign state during" "$(foreign_state)" "$BEFORE"
}

BEFORE=$(whole_state)
expect_match "the lab: foreign filters" "$BEFORE" 'pref 77 .*foreign'
expect_match "the lab: foreign XDP" "$BEFORE" 'xdpgeneric|prog/xdp'

for hook in auto tc; do
	watching "$hook, COUNT reached" --hook $hook 0.3 3
	lab_wait both 20
	expect_equal "$hook, COUNT reached: exit status" $? 0
	is_untouched "$hook, COUNT reached: state after"

	for signal in TERM INT; do
		watching "$hook, SIG$signal" --hook $hook
		lab_end both $signal
		expect_equal "$hook, SIG$signal: exit status" $? 0
		is_untouched "$hook, SIG$signal: state after"
	done

	watching "$hook, killed" --hook $hook
	lab_end both KILL
	expect_same "$hook, killed: foreign state" "$(foreign_state)" "$BEFORE"
	watching "$hook, started again" --hook $hook
	lab_end both TERM
	expect_equal "$hook, started again: exit status" $? 0
	is_untouched "$hook, started again: state after"
done

# XDP where another has the place: refused or shared, but left alone.
lab_start xdp nsenter "--net=/run/netns/$TWO_NS" "$PLOSS" --hook xdp -i "$DEV_B" 0.3 2
lab_wait xdp 20
expect_match "xdp: ended in order" $? '^[01]$'
is_untouched "xdp on a taken interface: state after"
lab_finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A short `make bench`: its ratios, with room for a machine that does other things. What is counted is exact.

. "$(dirname "$0")/lab.sh"
. "$LAB_ROOT/selftests/bench_lib.sh"
. "$LAB_ROOT/selftests/bench_state.sh"
. "$LAB_ROOT/selftests/bench_syns.sh"
lab_need jq
cd "$LAB_ROOT" || exit 1

# What is measured is too much only if it is so each time. Twice what `make bench` says, and more.
most_of()
{
	case $1 in
	"in-order data"* | "pure ACK") echo 4 ;;
	"new flow, in mid-stream" | SYN) echo 6 ;;
	*) echo 60 ;;
	esac
}

# A packet of each kind costs so many look-ups.
packets()
{
	local try what ratio
	declare -A best=()

	for try in 1 2 3; do
		"$BUILD/bench" -n 8 -r "tc 4" packet "$BUILD/bench.bpf.o" "$BUILD/ploss.bpf.o" > "$LAB_DIR/rows" ||
			lab_die "bench did not run"
		while IFS=$'\t' read -r what ratio; do
			if [ -z "${best[$what]:-}" ] || [ "$ratio" -lt "${best[$what]}" ]; then
				best[$what]=$ratio
			fi
		done < <(jq -r 'select(.against == "floor") | [.what, (.ratio * 100 | floor)] | @tsv' "$LAB_DIR/rows")
		[ "${best["in-order data, timestamps"]:-1000}" -gt 200 ] || break
	done
	expect_above "kinds of packets" "${#best[@]}" 9
	for what in "${!best[@]}"; do
		expect_between "$what, in hundredths of a look-up (try $try)" "${best[$what]}" 0 "$(($(most_of "$what") * 100))"
	done
}

memory()
{
	local what ratio

	memory_clean 1000 > "$LAB_DIR/memory"
	memory_troubled 1000 >> "$LAB_DIR/memory"
	while IFS=$'\t' read -r what ratio; do
		expect_between "$what, in hundredths of its limit" "$ratio" 1 100
	done < <(jq -r '[.what, (.ratio * 100 | ceil)] | @tsv' "$LAB_DIR/memory")
	expect_match "what --max-flows takes" "$(cat "$LAB_DIR/memory.err")" 'room for 1000 connections'
}

# None of a thousand connections is lost or miscounted while others send SYNs.
syns()
{
	local try

	for try in 1 2 3; do
		! syns_run 1000 20 20000 || break
		[ "$try" -lt 3 ] || lab_skip "this kernel's veth drops packets and does not say so"
		SYNS_BY=socket
		lab_reset
		bench_veth
	done
	say "$SYNS_SENT SYNs by $SYNS_BY in $SYNS_SECONDS s, $SYNS_SEEN of them came to the tap"
	expect_equal "connections counted exactly" "$(syns_exact 20)" 1000
	expect_equal "SYNs" "$(syns_counted)" $((SYNS_SEEN + 1000))
}

# shellcheck disable=SC2317  # called by its name
table_is() { [ "$(map_field "${LAB_PID[peers]}" 16 memlock)" = "$1" ]; }

# What forgotten connections counted is in the sum of their peer, and what came after it.
swept()
{
	local empty

	lab_start peers nsenter "--net=/run/netns/$A" "$PLOSS" flows -i "$DEV_A" --by peer --idle 1 -o json 100000 1
	wait_for 20 lab_ploss_ready peers
	empty=$(map_field "${LAB_PID[peers]}" 16 memlock)
	establish 500
	if [ "$(map_field "${LAB_PID[peers]}" 16 memlock)" -gt "$empty" ]; then
		wait_for 30 table_is "$empty"
		lab_check $? "silent connections are forgotten"
	else
		say "not tried: silent connections are forgotten: this kernel does not say what is in a map"
	fi
	flood_in data --flows 500 --from 20 > "$LAB_DIR/more"
	lab_quiet
	lab_ploss_end peers
	expect_equal "data segments of the peer" \
		"$(jq 'select(.type == "peer" and .direction == "in").data_segments' "$LAB_DIR/peers.out")" $((500 * 22))
	expect_equal "data segments in all" "$(total peers in data_segments)" $((500 * 22))
}

bench_veth
if [ -z "${LAB_SLOW:-}" ]; then
	packets
else
	say "not tried: what a packet costs: on an emulated machine time says nothing"
fi
memory
swept
syns
lab_finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a person can get wrong is answered by a line that says so and a line that says what to do, and the right
# exit status: 2 for usage, 1 for what did not work.

. "$(dirname "$0")/lab.sh"
lab_need jq setpriv
lab_veth
[ -x "$PLOSS" ] || lab_skip "needs $PLOSS"

# answers STORY STATUS PATTERN ARGUMENTS...: the first line on stderr matches, there are two at most, and stdout
# is empty.
answers()
{
	local story=$1 status=$2 pattern=$3

	shift 3
	lab_start bad nsenter "--net=/run/netns/$A" "$PLOSS" "$@"
	lab_wait bad 10
	expect_equal "$story: exit status" $? "$status"
	expect_match "$story: first line" "$(head -n 1 "$LAB_DIR/bad.err")" "^ploss: .*$pattern"
	expect_equal "$story: more than two lines" "$(sed -n '3,$p' "$LAB_DIR/bad.err")" ""
	expect_equal "$story: stdout" "$(cat "$LAB_DIR/bad.out")" ""
}

answers "unknown interface" 1 'cannot watch nosuchdev: ' -i nosuchdev 0.2 1
expect_match "unknown interface: the choice" "$(sed -n 2p "$LAB_DIR/bad.err")" "choose .* -i:.* $DEV_A\\b"
answers "unknown long option" 2 nosuchoption --nosuchoption
answers "unknown short option" 2 z -z
answers "option without its value" 2 interface --interface
answers "interval 0" 2 0 -i "$DEV_A" 0
answers "interval abc" 2 abc -i "$DEV_A" abc
answers "interval with a tail" 2 1x -i "$DEV_A" 1x
answers "interval negative" 2 -1 -i "$DEV_A" -- -1
answers "interval not a number" 2 nan -i "$DEV_A" nan
answers "count 0" 2 0 -i "$DEV_A" 1 0
answers "count abc" 2 abc -i "$DEV_A" 1 abc
answers "one argument too many" 2 extra -i "$DEV_A" 1 1 extra
answers "both -4 and -6" 2 '-4.*-6' -4 -6 -i "$DEV_A"
answers "port 70000" 2 70000 --port 70000 -i "$DEV_A"
answers "port 80x" 2 80x --port 80x -i "$DEV_A"
answers "port 0" 2 0 --port 0 -i "$DEV_A"
answers "peer nonsense" 2 nonsense --peer nonsense -i "$DEV_A"
answers "peer prefix too long" 2 10.0.0.0/33 --peer 10.0.0.0/33 -i "$DEV_A"
answers "unknown output" 2 yaml -o yaml -i "$DEV_A"
answers "unknown hook" 2 nosuchhook --hook nosuchhook -i "$DEV_A"
answers "no default route" 1 "cannot choose an interface: no default route; .*\\b$DEV_A\\b" 0.2 1
expect_equal "no default route: lines" "$(wc -l < "$LAB_DIR/bad.err")" 1

# Without privileges. The program is put where anyone may run it.
cp "$PLOSS" "$LAB_DIR/ploss" && chmod 755 "$LAB_DIR" "$LAB_DIR/ploss"
lab_start bad nsenter "--net=/run/netns/$A" setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
	--bounding-set=-all "$LAB_DIR/ploss" -i "$DEV_A" 0.2 1
lab_wait bad 10
expect_equal "not root: exit status" $? 1
expect_match "not root: says what is missing" "$(cat "$LAB_DIR/bad.err")" 'CAP_(BPF|NET_ADMIN|SYS_ADMIN)'
expect_equal "not root: two lines at most" "$(sed -n '3,$p' "$LAB_DIR/bad.err")" ""
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"; }
expect_equal "not root: what cannot be asked is not answered" \
	"$(nobody "$LAB_DIR/ploss" -v --version | awk '/unknown without privileges$/ { print $1 }' | tr '\n' ' ')" \
	"hook clock functions ring batch "

# The three capabilities are enough; each is named when it is the one that is missing.
with_capabilities()
{
	lab_start bad nsenter "--net=/run/netns/$A" setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps="-all,$1" --ambient-caps="-all,$1" --bounding-set="-all,$1" "$LAB_DIR/ploss" -i "$DEV_A" 0.2 1
	lab_wait bad 20
}
with_capabilities +net_admin,+bpf,+perfmon
expect_equal "three capabilities: exit status" $? 0
for missing in net_admin bpf perfmon; do
	others=$(printf '+net_admin\n+bpf\n+perfmon\n' | grep -v "+$missing" | paste -sd ,)
	with_capabilities "$others"
	expect_equal "without $missing: exit status" $? 1
	expect_match "without $missing: says so" "$(head -n 1 "$LAB_DIR/bad.err")" \
		"^ploss: cannot attach to interfaces: missing CAP_${missing^^}\$"
done

# A kernel that refuses BPF, all capabilities or not: root of a user namespace is nobody to it.
if unshare --user --map-root-user true 2> /dev/null; then
	lab_start bad unshare --user --net --map-root-user "$PLOSS" -i lo 0.2 1
	lab_wait bad 10
	expect_equal "BPF refused: exit status" $? 1
	expect_match "BPF refused: first line" "$(head -n 1 "$LAB_DIR/bad.err")" \
		'^ploss: cannot load the BPF programs: '
	expect_match "BPF refused: what to look at" "$(sed -n 2p "$LAB_DIR/bad.err")" 'user namespace'
	expect_equal "BPF refused: stdout" "$(cat "$LAB_DIR/bad.out")" ""
else
	say "not tried: a kernel that refuses BPF: no user namespaces here"
fi

# As in a chroot that nobody prepared.
lab_start bad nsenter "--net=/run/netns/$A" "${LAB_WITHOUT[@]}" /sys "$PLOSS" -i "$DEV_A" 0.2 1
lab_wait bad 10
expect_equal "no sysfs: exit status" $? 1
expect_match "no sysfs: first line" "$(head -n 1 "$LAB_DIR/bad.err")" '^ploss: cannot load the BPF programs: '
expect_match "no sysfs: what to do" "$(sed -n 2p "$LAB_DIR/bad.err")" 'mount -t sysfs'

# Standard output that takes nothing.
nsenter "--net=/run/netns/$A" "$PLOSS" -o json -i "$DEV_A" 0.1 5 > /dev/full 2> "$LAB_DIR/full.err"
expect_equal "disk full: exit status" $? 1
expect_match "disk full: says so" "$(cat "$LAB_DIR/full.err")" '^ploss: .*[Nn]o space'

lab_start closed nsenter "--net=/run/netns/$A" sh -c "exec '$PLOSS' -o json -i '$DEV_A' 0.1 50 >&-"
lab_wait closed 20
expect_equal "stdout closed: exit status" $? 1
expect_match "stdout closed: says so" "$(cat "$LAB_DIR/closed.err")" '^ploss: '

# A reader that goes away ends it, as it ends any filter: by SIGPIPE, or in order.
lab_start pipe bash -c "set -o pipefail; nsenter --net=/run/netns/'$A' '$PLOSS' -o json -i '$DEV_A' 0.1 200 | head -n 1"
lab_wait pipe 10
expect_match "reader gone: exit status" $? '^(0|1|141)$'
expect_equal "reader gone: the line it read" "$(jq -r .type "$LAB_DIR/pipe.out")" stats

# lines_since NAME COUNT: more than that were printed.
# shellcheck disable=SC2317  # called by its name
lines_since() { [ "$(wc -l < "$LAB_DIR/$1.out")" -gt "$2" ]; }

# A terminal that goes away ends it, but not under nohup.
lab_ploss hangup "$A" -i "$DEV_A" 0.1
lab_end hangup HUP
expect_equal "hang-up: exit status" $? 0
lab_start nohup nsenter "--net=/run/netns/$A" env --ignore-signal=HUP "$PLOSS" -o json -i "$DEV_A" 0.1
wait_for 20 lab_ploss_ready nohup
kill -HUP "${LAB_PID[nohup]}"
wait_for 10 lines_since nohup $(($(wc -l < "$LAB_DIR/nohup.out") + 4))
expect_equal "hang-up that is ignored: goes on" $? 0
lab_ploss_end nohup

# Interfaces that go away while ploss watches them, one of two under another name.
ip -n "$A" link add second type veth peer name dnoces && ip -n "$A" link set second up
lab_ploss gone "$A" -i "$DEV_A" -i second 0.2
ip -n "$A" link set second down && ip -n "$A" link set second name renamed
wait_for 10 grep -q 'second is now called renamed' "$LAB_DIR/gone.err"
expect_equal "renamed: says so" $? 0
ip -n "$A" link delete renamed
wait_for 10 grep -q 'renamed is gone' "$LAB_DIR/gone.err"
expect_equal "first of two removed: says so" $? 0
wait_for 10 lines_since gone $(($(wc -l < "$LAB_DIR/gone.out") + 4))
expect_equal "first of two removed: goes on" $? 0
ip -n "$A" link delete "$DEV_A"
lab_wait gone 10
expect_equal "last one removed: exit status" $? 1
expect_match "last one removed: says so" "$(cat "$LAB_DIR/gone.err")" "^ploss: $DEV_A is gone"
expect_match "last one removed: last line" "$(grep cannot "$LAB_DIR/gone.err")" '^ploss: cannot go on: '
expect_equal "both removed: totals" "$(jq -r 'select(.type == "total" and .direction == "in").interface' "$LAB_DIR/gone.out" |
	tr '\n' ' ')" "$DEV_A renamed "
lab_finish

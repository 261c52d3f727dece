#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A kernel that lacks something, made from this one: ploss works without it, or says in one line what is missing
# and in a second what to do. For a test machine, which is not the same afterwards.

# shellcheck source=selftests/lab.sh
. "$(dirname "$0")/lab.sh"
lab_need jq tc unshare
lab_veth

# watch STORY OPTIONS...: a short run; its exit status goes to $STATUS.
watch()
{
	shift
	lab_start watch nsenter "--net=/run/netns/$A" "$PLOSS" -o json -i "$DEV_A" "$@" 0.2 2
	lab_wait watch 300
	STATUS=$?
}

works()
{
	watch "$@"
	expect_equal "$1: exit status" $STATUS 0
	expect_equal "$1: totals" "$(jq -r 'select(.type == "total").direction' "$LAB_DIR/watch.out" | sort | tr '\n' ' ')" "in out "
}

# refuses STORY PATTERN REMEDY OPTIONS...
refuses()
{
	watch "$1" "${@:4}"
	expect_equal "$1: exit status" $STATUS 1
	expect_match "$1: says what is missing" "$(head -n 1 "$LAB_DIR/watch.err")" "^ploss: cannot .*$2"
	expect_match "$1: says what to do" "$(sed -n 2p "$LAB_DIR/watch.err")" "$3"
	expect_equal "$1: more than two lines" "$(sed -n '3,$p' "$LAB_DIR/watch.err")" ""
}

lab_start userns unshare --user --map-root-user --net "$PLOSS" -i lo 0.2 2
lab_wait userns 300
expect_equal "in a user namespace: exit status" $? 1
expect_match "in a user namespace: says so" "$(head -n 1 "$LAB_DIR/userns.err")" '^ploss: cannot .*not permitted'
expect_match "in a user namespace: says why" "$(sed -n 2p "$LAB_DIR/userns.err")" 'a user namespace, '

mkdir "$LAB_DIR/empty"
mount --bind "$LAB_DIR/empty" /sys/kernel/btf
works "no BTF"
watch "no BTF, XDP" --hook xdp
expect_match "no BTF, XDP: works or says why" "$STATUS $(head -n 1 "$LAB_DIR/watch.err")" '^(0|1 ploss: cannot .*)'
works "no BTF, --kernel" --kernel
expect_match "no BTF, --kernel: says what is missing" "$(cat "$LAB_DIR/watch.err")" '^ploss: cannot .*it has no BTF'
expect_match "no BTF, --kernel: says what is left" "$(cat "$LAB_DIR/watch.err")" 'goes on with the counters'
umount /sys/kernel/btf

mount -t securityfs securityfs /sys/kernel/security 2> /dev/null
if echo confidentiality 2> /dev/null > /sys/kernel/security/lockdown; then
	works "locked down"
	works "locked down, XDP" --hook xdp
	works "locked down, --kernel" --kernel
	expect_match "locked down, --kernel: says what is missing" "$(cat "$LAB_DIR/watch.err")" '^ploss: cannot .*it is locked down'
	expect_match "locked down, --kernel: says what is left" "$(cat "$LAB_DIR/watch.err")" 'goes on with the counters'
else
	say "not tried: locked down: this kernel has no lockdown"
fi

# Modules that nobody holds go, and do not come back.
find /lib/modules -name 'cls_bpf.ko*' -delete
rmmod cls_bpf 2> "$LAB_DIR/rmmod.err"
if "$PLOSS" --version -v | grep -q '^hook  *tcx'; then
	works "no cls_bpf, tcx"
	refuses "no cls_bpf, tc" 'attach' 'modprobe cls_bpf' --hook tc
else
	refuses "no cls_bpf" 'attach' 'modprobe cls_bpf'
fi

lab_finish

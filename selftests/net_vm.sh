#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An old and a new kernel of Debian's stable suites, booted in qemu: the programs load there, within their budget, and
# the seeded run comes to the same totals on both. Only where CI=true, as it fetches the kernels; make vm has all tests
# and all kernels. Whatever the machine lacks, or has no time for, is a skip that names it, and so is a kernel that does
# not end in time without having failed.

. "$(dirname "$0")/lab.sh"
KERNELS=(6.1 6.12)
LONGEST=120              # seconds that a kernel may take; on a quiet machine it takes half of that, or less
BY=780                   # seconds after the first test at which this one has ended, so that the gate's quarter of an hour holds
SHORTEST=40

[ "${CI:-}" = true ] || lab_skip "only where CI=true, as it fetches kernels: make vm"
lab_need qemu-system-x86_64 busybox cpio modprobe
cd "$LAB_ROOT" || exit 1

# seconds KERNELS: what is left for each of so many.
seconds()
{
	local left=$(((BY - (EPOCHSECONDS - ${TESTS_SINCE:-$EPOCHSECONDS})) / $1))

	echo $((left < LONGEST ? left : LONGEST))
}

# boot KERNEL SECONDS: its log is $LAB_DIR/KERNEL.log.
boot()
{
	VM_SECONDS=$2 VM_RESULTS=$LAB_DIR selftests/vm/run "$1" net_seeded > "$LAB_DIR/line" 2>&1
	say "$(tail -n 1 "$LAB_DIR/line")"
	if grep -sq '^FAILED' "$LAB_DIR/$1.log" || grep -sq 'Kernel panic' "$LAB_DIR/$1.console"; then
		cat "$LAB_DIR/$1.log"
		tail -n 30 "$LAB_DIR/$1.console"
		lab_die "$1: a failure there"
	fi
	grep -sqx end "$LAB_DIR/$1.log" || lab_skip "kernel $1: not ended after $2 s, without a failure"
}

for kernel in "${KERNELS[@]}"; do
	timeout 100 selftests/vm/kernel "$kernel" > /dev/null 2> "$LAB_DIR/$kernel.err" ||
		lab_skip "kernel $kernel: $(tail -n 1 "$LAB_DIR/$kernel.err")"
done
left=${#KERNELS[@]}
for kernel in "${KERNELS[@]}"; do
	limit=$(seconds "$left")
	[ "$limit" -ge $SHORTEST ] || lab_skip "kernel $kernel: the tests before have left it $limit s"
	boot "$kernel" "$limit"
	left=$((left - 1))
done
expect_equal "kernels on which the seeded run comes to its totals" \
	"$(grep -l '^seeded ' "$LAB_DIR"/*.log | wc -l)" "${#KERNELS[@]}"
expect_equal "different totals" "$(grep -h '^seeded ' "$LAB_DIR"/*.log | sort -u | wc -l)" 1
lab_finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every scenario once more, in the kernel: its frames go through the real programs and maps by
# BPF_PROG_TEST_RUN, and must come to the rows, extremes and health that the same code gives on the
# host. None is left out: what a test run cannot do makes its test fail.

. "$(dirname "$0")/lab.sh"
lab_need ip

PLAYED=0 TESTS=0
for source in "$LAB_ROOT"/selftests/test_*.c; do
	grep -qE '\b(play|tell)\(' "$source" || continue
	name=$(basename "$source" .c)
	PLOSS_KERNEL="$BUILD/kernel.bpf.o" "$BUILD/$name" > "$LAB_DIR/$name" 2>&1
	status=$?
	[ $status = 0 ] || cat "$LAB_DIR/$name"
	expect_equal "$name in the kernel: exit status" $status 0
	played=$(sed -n 's/^kernel: \([0-9]*\) played.*/\1/p' "$LAB_DIR/$name")
	expect_above "$name: scenarios played in the kernel" "${played:-0}" 0
	PLAYED=$((PLAYED + ${played:-0})) TESTS=$((TESTS + 1))
	say "$name: ${played:-0} played"
done
expect_above "files of scenarios" $TESTS 16
say "$PLAYED played in the kernel"
lab_finish

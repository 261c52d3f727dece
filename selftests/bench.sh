#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What ploss costs, beside what cannot be done for less: make bench.
#
# Environment: BENCH_OUT=FILE writes the figures as JSON too. PEER_OBJ=FILE is another BPF object, measured
# the same way: its rows stand beside ours. BENCH_ROUNDS: more are slower and less noisy.

set -u
cd "$(dirname "$0")/.." || exit 1

if [ "$(id -u)" -ne 0 ]; then
	echo "bench: BPF programs need root: sudo make bench" >&2
	exit 1
fi
build/bench -n "${BENCH_ROUNDS:-200}" build/selftests/bench/bench.bpf.o build/ploss.bpf.o

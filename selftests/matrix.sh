#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The network matrix: seeded transfers of real TCP over the wire, seen at the sender, in the middle and at the
# receiver, and every packet's class against the truth. In every fifth run super-packets cross the wire whole, as where
# offloads are on, and there is no middle. Prints a table; takes a quarter of an hour.
#
#     matrix.sh [NUMBER...]     runs of these numbers alone
#
#     MATRIX_WRONG=1            also prints every packet that was taken for something else
#     MATRIX_KEEP=FOLDER        keeps captures and ledgers there, by number
#
# tshark, where it is installed, is asked about the same captures.

. "$(dirname "$0")/lab.sh"
. "$LAB_ROOT/selftests/matrix_lab.sh"
lab_need jq tcpdump
if command -v tshark > /dev/null; then
	MATRIX_TSHARK=1
else
	say "tshark is not installed: ploss alone"
fi

RTTS=(0.2 1 5 20 100)
BYTES=(12000000 9000000 6000000 3000000 1500000)
SETS=(loss burst reorder deep mixed double app queue)
CCS=(cubic bbr reno)
FLOWS=(1 4 16 2 64 8)

number=0
for round in 0 1 2; do
	for r in "${!RTTS[@]}"; do
		for s in "${!SETS[@]}"; do
			number=$((number + 1))
			version=$(((round + r + s) % 2 * 2 + 4))
			timestamps=$(((number + r) % 4 != 0))
			sack=$(((number + round) % 5 != 0))
			flows=${FLOWS[(s + 5 * r + 3 * round) % 6]}
			[ "${RTTS[r]}" != 100 ] || flows=$((flows < 8 ? 8 : flows))
			bytes=$((BYTES[r] / flows))
			if [ "${SETS[s]}" = app ]; then
				flows=$((flows < 8 ? 8 : flows > 16 ? 16 : flows))
				bytes=100000
			fi
			[ $# = 0 ] || [[ " $* " = *" $number "* ]] || continue
			matrix_run $number "${RTTS[r]}" "${SETS[s]}" "$flows" "${CCS[(number + r) % 3]}" "$version" \
				"$timestamps" "$sack" "$bytes" $((number % 5 == 2)) < /dev/null
		done
	done
done
matrix_table
lab_finish

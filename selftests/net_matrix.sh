#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A few runs of the network matrix (matrix.sh): what is proven is right, and what the kernels counted and the wire
# dropped was counted, exactly, at the sender, in the middle and at the receiver. How much is decided at all
# depends on how busy the machine is, and has room.

. "$(dirname "$0")/lab.sh"
. "$LAB_ROOT/selftests/matrix_lab.sh"
lab_need jq tcpdump

# seed, ms of a round trip, set, flows, congestion control, IP version, timestamps, SACK, bytes a flow, super-packets
RUNS='
1	0.2	mixed	4	cubic	4	1	1	2000000
2	1	deep	8	cubic	4	1	1	600000
3	5	double	16	cubic	4	0	1	200000
4	20	burst	8	cubic	4	1	0	250000
5	5	mixed	8	cubic	6	1	1	500000
6	1	loss	4	cubic	6	0	1	1000000
7	20	queue	2	cubic	4	1	1	1500000
8	1	mixed	4	cubic	4	1	1	2000000	1
'

# share GROUP PLACE CLASS PERCENT: of the class at least so many are decided, and right.
share()
{
	local right all

	read -r right all <<< "$(awk -F '\t' -v group="$1" -v at="$2" -v class="$3" '
		$1 == "cell" && $2 == group && $3 == at && $4 == "ploss" && $5 == class && $6 != "hidden" {
			all += $9
			right += $7 == class ? $9 : 0
		}
		END { print right + 0, all + 0 }' "$MATRIX_SCORES")"
	expect_above "$1, $2: packets $3" "$all" 0
	expect_between "$1, $2: $3 and known as such" "$right" $((all * $4 / 100)) "$all"
}

while read -r -a run; do
	[ ${#run[@]} = 0 ] || matrix_run "${run[@]}" < /dev/null
done <<< "$RUNS"
matrix_table
for class in retransmitted reordered duplicated; do
	share IPv4 receiver $class 85
	share IPv4 middle $class 85
done
share IPv4 sender retransmitted 100
share IPv6 sender retransmitted 100
share IPv6 receiver retransmitted 40
lab_finish

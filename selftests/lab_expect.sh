# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the network tests find, and say about it; lab.sh sources it. Every check is counted, and prints both
# values when they differ; V=1 shows those that hold, too.

LAB_CHECKS=0
LAB_FAILED=0

lab_check()
{
	LAB_CHECKS=$((LAB_CHECKS + 1))
	if [ "$1" = 0 ]; then
		[ -z "${V:-}" ] || say "  ok: $2"
	else
		LAB_FAILED=$((LAB_FAILED + 1))
		say "  FAIL: $2"
	fi
}

# lab_totals NAME: each field of the totals in NAME.out a line, for many questions; fails where there are none.
lab_totals()
{
	jq -r 'select(.type == "total") | "\(.interface) \(.direction)" as $row
		| to_entries[] | "\($row) \(.key) \(.value | tojson)"' "$LAB_DIR/$1.out" > "$LAB_DIR/$1.totals"
	[ -s "$LAB_DIR/$1.totals" ]
}

# total NAME DIRECTION FIELD [INTERFACE]
total()
{
	local interface direction field value status=1

	[ "$LAB_DIR/$1.totals" -nt "$LAB_DIR/$1.out" ] || lab_totals "$1"
	while read -r interface direction field value; do
		if [ "$direction $field" = "$2 $3" ] && [ "${4:-$interface}" = "$interface" ]; then
			printf '%s\n' "$value"
			status=0
		fi
	done < "$LAB_DIR/$1.totals"
	return $status
}

# expect_equal WHAT GOT WANTED
expect_equal()
{
	[ "$2" = "$3" ]
	lab_check $? "$1: $2, expected $3"
}

# expect_same WHAT GOT WANTED: for texts of many lines; shows where they differ.
expect_same()
{
	local difference

	difference=$(diff <(printf '%s\n' "$3") <(printf '%s\n' "$2"))
	lab_check $? "$1: as expected${difference:+, but for (< expected, > got)
$difference}"
}

# expect_within WHAT GOT WANTED PERCENT
expect_within()
{
	awk -v got="$2" -v wanted="$3" -v percent="$4" 'BEGIN {
		off = got > wanted ? got - wanted : wanted - got
		exit !(off <= wanted * percent / 100) }'
	lab_check $? "$1: $2, expected $3 within $4 %"
}

# expect_between WHAT GOT LEAST MOST
expect_between()
{
	[ "$2" -ge "$3" ] && [ "$2" -le "$4" ]
	lab_check $? "$1: $2, expected $3 to $4"
}

# expect_above WHAT GOT BOUND
expect_above()
{
	[ "$2" -gt "$3" ]
	lab_check $? "$1: $2, expected more than $3"
}

# expect_match WHAT TEXT EXTENDED-REGULAR-EXPRESSION
expect_match()
{
	grep -qE -- "$3" <<< "$2"
	lab_check $? "$1: '${2:0:400}', expected to match '$3'"
}

# as_interface STORY MODE NAME NS DEVICE: ploss's totals are what the interface counted since remembered. Modes:
#     super  super-packets cross the interface whole
#     plain  no offload: a packet is a segment
#     mixed  super-packets at the tap, segments on the interface
#     xdp    super-packets; a veth that runs an XDP program leaves Ethernet's headers out of the bytes that come in
# What leaves passes the tap before the device, which may have no room for it: dropped then, not sent, and its bytes
# are not counted.
as_interface()
{
	local direction way packets bytes lost story header what count
	local -A grew=()

	while read -r what count; do
		grew[$what]=$((count - ${LAB_BEFORE[$5.$what]}))
	done < <(device_counts "$4" "$5")
	for direction in in out; do
		[ $direction = in ] && way=rx || way=tx
		header=14
		if [ "$(device_link "$4" "$5")" != ether ] || [ "$2 $direction" = "xdp in" ]; then
			header=0
		fi
		story="$1, $5 $direction"
		packets=${grew[$way.packets]} bytes=${grew[$way.bytes]} lost=${grew[$way.dropped]}
		[ $direction = out ] || lost=0
		expect_above "$story: packets" "$packets" 100
		if [ "$2" = mixed ]; then
			expect_equal "$story: segments" "$(total "$3" $direction segments)" "$((packets + lost))"
			continue
		fi
		expect_equal "$story: packets" "$(total "$3" $direction packets)" "$((packets + lost))"
		bytes=$((bytes - header * packets))
		expect_between "$story: bytes" "$(total "$3" $direction bytes)" "$bytes" "$((bytes + 65575 * lost))"
		[ "$2" != plain ] ||
			expect_equal "$story: segments" "$(total "$3" $direction segments)" "$((packets + lost))"
	done
}

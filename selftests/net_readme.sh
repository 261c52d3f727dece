#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# README.md says what is so. Every command in its sh blocks is run as it stands, in a namespace with an eth1 and an
# eth0 on the default route, beyond which 1 % is lost, and ended by Ctrl-C's signal where it would go on; one that
# nothing here knows how to run is a failure. Samples of output have the shape of what is printed. Columns, commands,
# options, make targets and files are those that there are, and numbers are those of the sources.

. "$(dirname "$0")/lab.sh"
lab_need jq setsid tcpdump
README=$LAB_ROOT/README.md
cd "$LAB_ROOT" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

lab_pair
DEV_A=eth0 DEV_B=eth0
lab_start wire "$BUILD/wire" --a-netns "$A" --b-netns "$B" --a-dev "$DEV_A" --b-dev "$DEV_B" \
	--truth "$LAB_DIR/truth" --both delay=10 --ab loss=1
wait_for 10 lab_ready wire
ip -n "$A" link add eth1 type veth peer name eth1 netns "$B" || lab_die "cannot create veth"
ip -n "$A" link set eth1 up && ip -n "$B" link set eth1 up
lab_device "$A" "$DEV_A" "$A4" "$A6"
lab_device "$B" "$DEV_B" "$B4" "$B6"
ip -n "$A" route add default via "$B4"
lab_start server nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port 443 --flows 3 --seconds 1000
wait_for 10 lab_ready server
lab_start client nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect "$B4" --port 443 \
	--flows 3 --bytes 1000000000 --app-limited 20000,30 --seconds 1000

# What a person has: sudo, an installed ploss; and a person's patience.
mkdir "$LAB_DIR/bin"
printf '#!/bin/sh\nexec "$@"\n' > "$LAB_DIR/bin/sudo"
printf '#!/bin/sh\nexec timeout --preserve-status -s INT 3 "%s" "$@"\n' "$PLOSS" > "$LAB_DIR/bin/ploss"
chmod 755 "$LAB_DIR/bin/sudo" "$LAB_DIR/bin/ploss"
PATH=$LAB_DIR/bin:$PATH

# fences: the info string of each fenced block, then a tab and a line of it.
fences()
{
	awk '/^```/ { inside = !inside; info = substr($0, 4); if (inside) print info "\t"; next }
		inside { print info "\t" $0 }' "$README"
}

block() { fences | awk -F '\t' -v info="$1" '$1 == info && blank++ { print substr($0, length(info) + 2) }'; }

in_namespace() { nsenter "--net=/run/netns/$A" env -u V timeout -k 5 "$1" bash -o pipefail -c "$2"; }

# What is said on stderr though nothing is wrong.
REMARKS='^(ploss: (watching|(In|Out)bound|No |conn|where conn)|setup: |  [A-Z]|tcpdump: listening|[0-9]+ packets )'

# finishes COMMAND [SECONDS [STATUS]]: by itself, with status 0, and no complaint.
finishes()
{
	in_namespace "${2:-60}" "$1" > "$LAB_DIR/command.out" 2> "$LAB_DIR/command.err" < /dev/null
	expect_equal "$1: exit status" $? "${3:-0}"
	expect_equal "$1: complaints" "$(grep -vE "$REMARKS" "$LAB_DIR/command.err")" ""
}

# interrupted COMMAND: goes on until Ctrl-C, then says the totals and a verdict a direction.
interrupted()
{
	lab_start run nsenter "--net=/run/netns/$A" env -u V --default-signal=INT setsid bash -c "exec ${1#sudo }"
	wait_for 60 grep -q '^INTERFACE' "$LAB_DIR/run.out" || lab_die "$1: no table: $(cat "$LAB_DIR/run.err")"
	kill -s INT -- "-${LAB_PID[run]}"
	lab_wait run 20
	expect_match "$1: exit status" $? '^(0|130)$'
	expect_match "$1: totals" "$(cat "$LAB_DIR/run.out")" '^TOTAL'
	expect_match "$1: verdict" "$(cat "$LAB_DIR/run.out")" '^Outbound data on eth0 (is clean|los)'
}

# shape: lines without their numbers, equal ones of a paragraph once.
shape()
{
	sed -E 's/<?[0-9][0-9,.]*[kMG]?%?//g; s/ -( |$)/ /g; s/[[:space:]]+/ /g; s/ $//' |
		awk '!NF { delete seen } !NF || !seen[$0]++'
}

# unprinted GOT SAMPLE: the first line of the sample that is not the beginning of one that was printed, in that order. A
# sentence may go on.
unprinted()
{
	awk 'NR == FNR { sub(/\.$/, ""); if (NF) wanted[++n] = $0; next }
		at < n && index($0, wanted[at + 1]) == 1 { at++ }
		END { if (at < n) print wanted[at + 1] }' <(shape <<< "$2") <(shape <<< "$1")
}

expect_shape() { expect_equal "$1: a line of the sample that was not printed" "$(unprinted "$2" "$3")" ""; }

# expect_sample COMMAND: of what was printed, as the block shows it that has the ploss command's name.
expect_sample()
{
	local name=${1#*ploss }

	expect_shape "$1" "$(cat "$LAB_DIR/command.out")" "$(block "text ${name%% *}")"
}

# part_of_test COMMAND GROUP: make test runs what it runs, and this test with it.
part_of_test()
{
	expect_match "$1 runs the group $2" "$(make -n "${1##* }")" "selftests/run .*$2"
	expect_match "make test runs the group $2" "$(make -n test)" "selftests/run unit root"
}

run_command()
{
	case $1 in
	"sudo make test") part_of_test "$1" root ;;
	"make check") part_of_test "$1" unit ;;
	"sudo make check-root") part_of_test "$1" root ;;
	"sudo make demo")
		# A machine that stalls makes senders repeat what was not lost: three attempts.
		for _ in 1 2 3; do
			finishes "$1" 200
			[ -n "$(unprinted "$(cat "$LAB_DIR/command.out")" "$(block "text demo")")" ] || break
		done
		expect_shape "$1" "$(cat "$LAB_DIR/command.out")" "$(block "text demo")"
		;;
	"sudo make run"*) interrupted "$1" ;;
	"sudo make install")
		finishes "$1 DESTDIR='$LAB_DIR/installed'"
		expect_equal "$1: the program" "$("$LAB_DIR/installed/usr/local/sbin/ploss" --version)" "$("$PLOSS" --version)"
		;;
	"sudo ploss flows"* | "sudo ploss events"*)
		finishes "$1"
		expect_sample "$1"
		;;
	"sudo ploss doctor --max-loss"*)
		finishes "$1" 60 3
		expect_sample "$1"
		;;
	"sudo tcpdump"*)
		cd "$LAB_DIR" && finishes "$1"
		cd "$LAB_ROOT" || exit 1
		;;
	"ploss read"*)
		cd "$LAB_DIR" && finishes "$1"
		cd "$LAB_ROOT" || exit 1
		expect_sample "$1"
		;;
	make | "make help" | "ploss --help")
		finishes "$1"
		expect_above "$1: lines printed" "$(wc -l < "$LAB_DIR/command.out")" 0
		;;
	"sudo ploss"*jq*)
		finishes "$1"
		expect_equal "$1: lines with a verdict" "$(jq -r .verdict "$LAB_DIR/command.out" | grep -c eth0)" 2
		;;
	"sudo ploss"*)
		finishes "$1"
		expect_match "$1: totals" "$(cat "$LAB_DIR/command.out")" '^TOTAL'
		expect_match "$1: verdict" "$(cat "$LAB_DIR/command.out")" '^(Outbound|No outbound) data on eth0'
		;;
	*) lab_check 1 "$1: a command that no test runs" ;;
	esac
}

expect_equal "kinds of blocks" "$(fences | cut -f 1 | sort -u | tr '\n' ',')" "sh,text,text demo,text doctor,text events,text flows,text read,"
commands=$(block sh | sed -E 's/ +# .*//; /^$/d')
expect_above "commands" "$(wc -l <<< "$commands")" 10
while read -r command; do
	run_command "$command"
done <<< "$commands"
expect_equal "the test command, as .ci/run takes it" "$(grep -oE '^ *sudo make test[^#]*' "$README" | tr -s ' ')" "sudo make test "

# The manual's examples: each begins with its command; what follows is what it prints.
manual_example()
{
	awk -v number="$1" '/^\.EX/ { n++; inside = 1; next } /^\.EE/ { inside = 0 } inside && n == number' \
		"$LAB_ROOT/user/ploss.8" | sed 's/\\-/-/g'
}

examples=$(grep -c '^\.EX' "$LAB_ROOT/user/ploss.8")
expect_above "examples in the manual" "$examples" 4
for ((i = 1; i <= examples; i++)); do
	sample=$(manual_example "$i")
	command=$(head -n 1 <<< "$sample")
	case $command in
	*--max-loss*) finishes "${command#\# }" 60 3 ;;
	"# ploss"*) finishes "${command#\# }" ;;
	*) lab_check 1 "$command: no command" ;;
	esac
	expect_shape "manual: $command" "$(cat "$LAB_DIR/command.out")" "$(tail -n +2 <<< "$sample")"
done

# Names. words PATTERN: what stands in backticks and is that, each once.
words() { awk -v RS='\140' 'NR % 2 == 0' "$README" | grep -xE -- "$1" | sort -u; }

in_namespace 20 'ploss -q -i eth0 -o json 0.2 1' > "$LAB_DIR/json"
in_namespace 20 'ploss -q -i eth0 0.2 1' > "$LAB_DIR/table"
jq -r 'keys_unsorted[]' "$LAB_DIR/json" | sort -u > "$LAB_DIR/keys"
expect_equal "columns that README does not explain" "$(words '[a-z_]+' | comm -23 "$LAB_DIR/keys" - | tr '\n' ' ')" ""
expect_equal "columns that README made up" "$(words '[a-z]+(_[a-z]+)+' | comm -13 "$LAB_DIR/keys" - | tr '\n' ' ')" ""
while read -r heading; do
	expect_equal "rows about $heading" "$(grep -c "^| $heading | " "$README")" 1
done < <(head -n 1 "$LAB_DIR/table" | grep -oE '[^ ]+' | grep -vE '^(INTERFACE|DIR)$')
"$PLOSS" --help | awk '/^[A-Z]/ { inside = /^Commands/; next } inside && NF { print $1 }' > "$LAB_DIR/subcommands"
while read -r command; do
	expect_equal "README.md: sections about ploss $command" "$(grep -c "^\*\*\`ploss $command\`\*\*" "$README")" 1
	"$PLOSS" "$command" --help >> "$LAB_DIR/helps"
	expect_equal "ploss $command --help: exit status" $? 0
done < "$LAB_DIR/subcommands"
expect_above "commands in ploss --help" "$(wc -l < "$LAB_DIR/subcommands")" 3
"$PLOSS" --help | cat - "$LAB_DIR/helps" | sort -u > "$LAB_DIR/help"
while read -r option; do
	expect_equal "$option in ploss --help" "$(grep -cE -- "^ +(-., )?$option( |\$)" "$LAB_DIR/help")" 1
done < <(grep -oE -- '--[a-z][a-z-]+' "$README" | sort -u)
while read -r target; do
	expect_equal "make $target in make help" "$(make -s help | grep -c "^  $target ")" 1
done < <(words '(sudo )?make [a-z-]+' | sed 's/.*make //')
while read -r file; do
	expect_match "$file" "$(compgen -G "$file" | head -n 1)" .
done < <(words '(\.ci|bpf|include|scripts|selftests|user)/[^ ]*')

# Numbers: what README says, and the line of the source that makes it so.
while IFS='|' read -r file source said; do
	expect_equal "$file: $source" "$(grep -cF -- "$source" "$file")" 1
	expect_equal "README.md: $said" "$(tr -s ' \n' ' ' < "$README" | grep -cF "$said")" 1
done << 'END'
include/ploss.h|#define HOLES 32|More than 32 holes at once
include/ipid.h|#define ID_RUN 16 |after 16 IDs in sequence
include/ploss.h|_Static_assert(sizeof(struct flow) == 288,|takes 288 bytes of state
include/ploss.h|_Static_assert(sizeof(struct trouble) <= 4016,|up to a page more
include/ploss.h|_Static_assert(sizeof(struct half) == 128,|two cache lines a direction
include/order.h|(__u64)loop_rtt_ns(sc) * 2 > tick * (5 + 2 * ticks);|longer than 2.5 of its ticks
include/order.h|#define DEFINITE_RTO_US 200000 |over 3 round trips and 200 ms
include/marks.h|age_ns > max_of(3 * rtt_ns, DEFINITE_RTO_US * 1000ULL)|over 3 round trips and 200 ms
include/marks.h|age_ns < rtt_ns / 2 |under half a round trip
user/columns.c|#define PERCENT_SEGMENTS 100|from 100 data segments and 2 losses up
user/columns.c|#define PERCENT_LOSSES 2|from 100 data segments and 2 losses up
selftests/net_lossy.sh|"$EXACT of $DONE" "20 of 20"|in twenty lossy transfers
scripts/demo|lab_wire --both delay=10 --ab loss=1|a wire that loses 1 % one way
scripts/demo|--flows 4 --bytes 5000000 |20 MB through it
END
lab_finish

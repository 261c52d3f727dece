#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections, worst first: three processes that send over a lossy wire are named, with the losses that are theirs,
# and these add up to the interface's; also when their connections closed, and were forgotten, before the end.
#
#     alpha, beta, gamma in $A  out -->  wire loses here  --> in  $B

. "$(dirname "$0")/lab.sh"
lab_need jq

# flows NAME OPTIONS...: ploss flows at the senders.
flows()
{
	local name=$1

	shift
	[ -x "$PLOSS" ] || lab_skip "needs $PLOSS"
	lab_start "$name" nsenter "--net=/run/netns/$A" "$PLOSS" flows -i "$DEV_A" "$@"
	wait_for 20 lab_ploss_ready "$name"
}

# process NAME ADDRESS PORT OPTIONS...: a process of that name sends.
process()
{
	local name=$1 address=$2 port=$3

	shift 3
	cp "$BUILD/traffic" "$LAB_DIR/$name"
	lab_start "server-$name" nsenter "--net=/run/netns/$B" "$BUILD/traffic" server --port "$port"
	wait_for 10 lab_ready "server-$name"
	lab_start "$name" nsenter "--net=/run/netns/$A" "$LAB_DIR/$name" client --connect "$address" --port "$port" "$@"
}

processes()
{
	process alpha "$B4" 7701 --bytes 12000000
	process beta "$B6" 7702 --bytes 1000000 --app-limited 20000,30
	process gamma "$B4" 7703 --bytes 200000 --app-limited 5000,50
}

processes_end()
{
	local name

	BETA_PID=${LAB_PID[beta]}
	for name in alpha beta gamma; do
		lab_wait $name 60 || lab_die "$name: $(cat "$LAB_DIR/$name.err")"
		lab_wait "server-$name" 60 || lab_die "server of $name: $(cat "$LAB_DIR/server-$name.err")"
	done
	lab_quiet
}

# sum NAME TYPE FIELD: of its lines of data that goes out.
sum()
{
	jq -s --arg type "$2" "map(select(.type == \$type and .direction == \"out\").$3) | add // 0" "$LAB_DIR/$1.out"
}

# adds_up STORY NAME TYPE
adds_up()
{
	local field

	for field in packets bytes data_segments retransmitted_segments lost_after_segments cause_rto_segments syns fins; do
		expect_equal "$1: sum of $field" "$(sum "$2" "$3" $field)" "$(sum "$2" total $field)"
	done
	expect_above "$1: lost" "$(sum "$2" total lost_after_segments)" 5
}

columns_at_most()
{
	expect_equal "$1: lines wider than 80 columns" "$(awk 'length > 80' "$LAB_DIR/$2.out" | grep -v '[.:]$')" ""
}

lab_wire --both delay=5 --ab loss=3 --seed 5

# While they live, and after they have closed; as a table, by process, and all of it.
flows by -o json --by process 60 1
flows all -o json --all 60 1
flows each -o json 1
flows table 60 1
flows wide -o wide 60 1
flows csv -o csv --all 60 1
flows peers --by peer 60 1
flows info -o json --tcp-info --all 60 1
flows infotable --tcp-info 60 1
processes
wait_for 5 [ -s "$LAB_DIR/each.out" ]
processes_end
for name in by all each table wide csv peers info infotable; do
	lab_end $name INT || lab_die "ploss flows ($name) ended with $?: $(cat "$LAB_DIR/$name.err")"
done

expect_equal "by process: names" "$(jq -r 'select(.type == "process" and .direction == "out").comm' "$LAB_DIR/by.out" |
	sort | tr '\n' ' ')" "alpha beta gamma "
expect_equal "by process: PID" "$(jq -r 'select(.comm? == "beta").pid' "$LAB_DIR/by.out" | sort -u)" "$BETA_PID"
expect_equal "by process: worst first" "$(jq -s 'map(select(.type == "process") | .lost_before_segments + .lost_after_segments) |
	. == (sort | reverse)' "$LAB_DIR/by.out")" true
adds_up "by process" by process
adds_up "all flows" all flow
adds_up "each second" each flow
expect_equal "all flows: lines" "$(jq -s 'map(select(.type == "flow")) | length' "$LAB_DIR/all.out")" 6
expect_equal "all flows: fields" "$(jq -c 'select(.type == "flow") | keys_unsorted[0:12]' "$LAB_DIR/all.out" | sort -u)" \
	'["type","time","interface","direction","family","local_address","local_port","remote_address","remote_port","state","pid","comm"]'
expect_equal "all flows: their processes" \
	"$(jq -r 'select(.type == "flow" and .direction == "out") | "\(.comm) \(.remote_address) \(.remote_port) \(.family)"' \
		"$LAB_DIR/all.out" | sort)" \
	"alpha $B4 7701 4
beta $B6 7702 6
gamma $B4 7703 4"
expect_equal "all flows: states" "$(jq -r 'select(.type == "flow").state' "$LAB_DIR/all.out" | sort -u)" CLOSED
expect_equal "csv: lines" "$(wc -l < "$LAB_DIR/csv.out")" 7
expect_equal "csv: fields a line" "$(awk -F, '{ print NF }' "$LAB_DIR/csv.out" | sort -u | wc -l)" 1
expect_equal "table: processes" "$(grep -oE '/(alpha|beta|gamma) ' "$LAB_DIR/table.out" | sort -u | tr -d ' \n')" \
	/alpha/beta/gamma
expect_equal "table: a line each" "$(grep -cE '^(in|out) ' "$LAB_DIR/table.out")" 6
columns_at_most "table" table
columns_at_most "peers" peers
expect_equal "peers" "$(awk '/^out / { print $NF }' "$LAB_DIR/peers.out" | sort | tr '\n' ' ')" "$B4 $B6 "
expect_match "wide: ends" "$(cat "$LAB_DIR/wide.out")" " CLOSED +[0-9]+/beta +\[$A6\]:[0-9]+ +\[$B6\]:7702 "

expect_equal "kernel's view: resent" \
	"$(jq -s 'map(select(.type == "flow" and .comm == "gamma" and .direction == "out") | .tcp_info.total_retrans - .retransmitted_segments | fabs <= 2) | all' \
		"$LAB_DIR/info.out")" true
expect_equal "kernel's view: round trips beside each other" \
	"$(jq -s 'map(select(.type == "flow" and .comm == "gamma" and .direction == "out") | .tcp_info.min_rtt_ns / .rtt_min_ns | . > 0.8 and . < 1.5) | all' \
		"$LAB_DIR/info.out")" true
columns_at_most "kernel's view" infotable
expect_match "kernel's view: table" "$(cat "$LAB_DIR/infotable.out")" '^    rtt [0-9.]+ ms cwnd [0-9]+ resent [0-9]+ .* pmtu 1500$'

# Forgotten before the end: still there, once.
flows once -o json --all 60 1
flows later -o json --by port 3
processes
processes_end
sleep 13
for name in once later; do
	lab_end $name INT || lab_die "ploss flows ($name) ended with $?: $(cat "$LAB_DIR/$name.err")"
done
expect_equal "forgotten: lines" "$(jq -s 'map(select(.type == "flow")) | length' "$LAB_DIR/once.out")" 6
expect_equal "forgotten: with names" "$(jq -r 'select(.type == "flow" and .direction == "out").comm' "$LAB_DIR/once.out" |
	sort | tr '\n' ' ')" "alpha beta gamma "
adds_up "forgotten" once flow
adds_up "by port, each 3 seconds" later port

# The limit, and the order that was asked for; a connection that nobody answers; somebody else's.
flows two -o json -n 2 --sort data_bytes 60 1
flows unanswered -o json --all 60 1
lab_start nobody timeout 4 nsenter "--net=/run/netns/$A" "$BUILD/traffic" client --connect 10.77.0.9 --port 7
processes
processes_end
lab_wait nobody 10
for name in two unanswered; do
	lab_end $name INT || lab_die "ploss flows ($name) ended with $?: $(cat "$LAB_DIR/$name.err")"
done
expect_equal "two lines" "$(jq -r 'select(.type == "flow") | "\(.comm) \(.direction)"' "$LAB_DIR/two.out" | tr '\n' ' ')" \
	"alpha out beta out "
expect_equal "unanswered" "$(jq -r 'select(.remote_port? == 7 and .direction == "out") | "\(.state) \(.comm) \(.direction) \(.syns > 1) \(.syns == .data_segments)
	\(.syn_retransmitted_segments == .syns - 1)"' "$LAB_DIR/unanswered.out" | tr -s '\n\t' '  ')" \
	"SYN_SENT traffic out true true true "

# Nothing passed: a heading, and the verdicts.
lab_quiet
lab_start empty nsenter "--net=/run/netns/$A" "$PLOSS" flows -i "$DEV_A"
lab_wait empty 10
expect_equal "nothing: exit status" $? 0
expect_match "nothing: heading" "$(head -n 1 "$LAB_DIR/empty.out")" '^DIR +DATA .* REMOTE$'
expect_match "nothing: verdict" "$(tail -n 1 "$LAB_DIR/empty.out")" "^No outbound data on $DEV_A"
lab_finish

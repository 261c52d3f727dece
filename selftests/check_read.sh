#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ploss read on files, pipes and what is neither: the same totals however a capture comes, the truth of a
# generated one, one clear line for each thing that is no capture.

. "$(dirname "$0")/check.sh"

# ploss_read ARGUMENTS...: leaves its output in out, what it said in err, its exit status in status.
ploss_read()
{
	"$build/ploss" read "$@" >out 2>err </dev/null
	status=$?
}

# The totals of all lines of out, without what names the source.
totals() { jq -cS 'select(.type == "total") | del(.interface, .verdict)' out; }

total() { jq "select(.type == \"total\" and .direction == \"$1\") | .$2" out; }

# same_totals WHAT ARGUMENTS...
same_totals()
{
	local what=$1

	shift
	ploss_read -o json "$@"
	expect "$what: exit status" $status 0
	expect "$what: totals" "$(totals)" "$expected"
}

"$build/bulk" 20000 25 10 5 >bulk.pcap 2>truth
truth() { jq ".$1" truth; }

ploss_read -o json bulk.pcap
expect "exit status" $status 0
expect "packets" $(($(total in packets) + $(total out packets))) "$(truth packets)"
expect "data segments" $(($(total in data_segments) + $(total out data_segments))) "$(truth data_segments)"
expect "lost before, by data" "$(total in lost_before_segments)" "$(truth lost_before)"
expect "lost before, by IDs" "$(total in lost_before_packets)" "$(truth lost_before)"
expect "lost after" $(($(total in lost_after_segments) + $(total in ambiguous_segments))) "$(truth lost_after)"
expect "outbound losses" "$(total out lost_before_segments) $(total out lost_after_segments)" "0 0"
expect "what was concluded" "$(grep -c "between their ends" err)" 1
expected=$(totals)

# However it comes.
gzip -c bulk.pcap >bulk.pcap.gz
same_totals "gzip" bulk.pcap.gz
head -c 500000 bulk.pcap | gzip -c >members.pcap.gz
tail -c +500001 bulk.pcap | gzip -c >>members.pcap.gz
same_totals "gzip, two members" members.pcap.gz
if command -v zstd >/dev/null && ldd "$build/ploss" | grep -q libzstd; then
	zstd -q bulk.pcap -o bulk.pcap.zst
	same_totals "zstd" bulk.pcap.zst
	{ head -c 500000 bulk.pcap | zstd -qc; tail -c +500001 bulk.pcap | zstd -qc --no-check; } >frames.pcap.zst
	same_totals "zstd, two frames" frames.pcap.zst
else
	echo "not tried: files compressed with zstd: no zstd here, or none in ploss"
fi
"$build/ploss" read -o json - <bulk.pcap >out 2>err
expect "standard input" "$(totals)" "$expected"
gzip -cd bulk.pcap.gz | "$build/ploss" read -o json - >out 2>err
expect "a pipe" "$(totals)" "$expected"
mkfifo fifo
cat bulk.pcap >fifo &
same_totals "a FIFO" fifo

# Several files are one stream, in the order of time, whatever the order of names, without a seam in the state.
"$build/bulk" 20000 25 10 5 part 2>/dev/null
expect "parts" "$(echo part*)" "part0 part1 part2 part3"
same_totals "four files" part2 part0 part3 part1
same_totals "a file of them compressed" part2 part0 part3 <(gzip -c part1)

# Each way to look at it says the same.
same_totals "a filter that lets all pass" --filter 'tcp port 5201' bulk.pcap
same_totals "the server is local" --local 10.0.0.2 bulk.pcap
expect "what told directions apart" "$(grep -c "by --local for" err)" 1
ploss_read --interval 0.5 -o json bulk.pcap
expect "intervals: totals" "$(totals)" "$expected"
sum='map(select(.type == "stats" and .direction == "in")) | map(.FIELD) | add'
for field in packets bytes data_segments retransmitted_segments lost_before_segments lost_before_packets \
	lost_after_segments rtt_samples; do
	expect "intervals: sum of $field" "$(jq -s "${sum/FIELD/$field}" out)" "$(total in $field)"
done
expect "more than one interval" "$(($(grep -c '"stats"' out) > 4))" 1
ploss_read -o csv bulk.pcap
expect "CSV: lines" "$(wc -l <out)" 3
expect "CSV: header" "$(head -c 37 out)" "type,time,interface,direction,interva"
for by in flow peer; do
	ploss_read --by $by --all -o json bulk.pcap
	expect "connections: totals" "$(totals)" "$expected"
	for field in packets bytes data_segments retransmitted_segments lost_before_segments lost_after_segments; do
		expect "connections by $by: sum of $field" \
			"$(jq -s "map(select(.type != \"total\" and .direction == \"in\")) | map(.$field) | add" out)" \
			"$(total in $field)"
	done
done
ploss_read --flows -n 3 bulk.pcap
expect "worst connections, and their heading" "$(sed '/^$/q' out | wc -l)" 5

# Events are the packets that were counted, and what is wrong is said as `ploss doctor` says it.
ploss_read --events -l -o json bulk.pcap
expect "events: totals" "$(totals)" "$expected"
for class in unseen seen spurious; do
	expect "events: $class" "$(jq -s "map(select(.class == \"$class\" and .direction == \"in\") | .segments) | add // 0" out)" \
		"$(total in retransmitted_${class}_segments)"
done
ploss_read --events -s -n 7 bulk.pcap
expect "events: lines, and their heading" "$(sed '/^$/q' out | wc -l)" 9
expect "events: the heading" "$(awk 'NR == 1 { print $1, $6, $NF }' out)" "TIME T> LEN"
ploss_read --events -l -o csv bulk.pcap
expect "events: CSV, one table" "$(awk -F, 'NF != 19' out)" ""
expect "events: CSV, one line each" "$(($(wc -l <out) - 1))" \
	"$(($(jq -s 'map(select(.type == "total") | .retransmitted_segments) | add' <<<"$expected")))"
ploss_read -c -l -o json bulk.pcap
expect "events by connection" "$(jq -s 'map(select(.type == "event_count") | .retransmission + .tail_loss_probe) | add' out)" \
	"$(jq -s 'map(select(.type == "total") | .retransmitted_segments) | add' <<<"$expected")"
ploss_read --doctor -o json bulk.pcap
expect "doctor: findings" "$(jq -r .kind out | sort | xargs)" "loss_after loss_before"
ploss_read --doctor -o csv bulk.pcap
expect "doctor: CSV" "$(cut -d, -f1,3-5 out | xargs)" \
	"type,interface,kind,direction finding,bulk.pcap,loss_after,in finding,bulk.pcap,loss_before,in"
ploss_read --max-loss 0.1% bulk.pcap
expect "a limit that is exceeded" $status 3
expect "a limit that is exceeded: the first line" "$(head -n 1 out | grep -c 'more than --max-loss 0.1 allows')" 1
ploss_read --max-loss-out 0.1% bulk.pcap
expect "a limit that is not exceeded" $status 0
ploss_read --events --flows -o csv bulk.pcap
expect "two tables in one CSV file" $status 2

ploss_read bulk.pcap
expect "table: widest line" "$(awk '/^[a-zT]/ && length > w { w = length } END { print w <= 80 }' \
	<(grep -v data out))" 1
expect "verdict" "$(grep -c '^Inbound data on bulk.pcap loses' out)" 1
ploss_read --port 1 -o json bulk.pcap
expect "other ports" "$(total in packets) $(total out packets)" "0 0"
ploss_read -q -o json bulk.pcap
expect "quiet" "$(cat err)" ""

# A part of a file is read up to where it ends; a broken place is passed over.
head -c 500000 bulk.pcap >cut.pcap
ploss_read -o json cut.pcap
expect "cut file: exit status" $status 0
expect "cut file: note" "$(grep -c 'cut.pcap: read up to packet [0-9]*: the file is cut off' err)" 1
expect "cut file: something was read" "$(($(total in packets) > 1000))" 1
head -c 20000 bulk.pcap.gz >cut.pcap.gz
ploss_read -o json cut.pcap.gz
expect "cut gzip file: exit status" $status 0
expect "cut gzip file: notes" "$(grep -c 'cut.pcap.gz: read up to packet' err)" 1
{ head -c 300000 bulk.pcap; head -c 100 /dev/zero | tr '\0' '\377'; tail -c +300101 bulk.pcap; } >broken.pcap
ploss_read -o json broken.pcap
expect "broken file: exit status" $status 0
expect "broken file: note" "$(grep -c 'broken.pcap: 1 broken places were skipped' err)" 1
lost=$(($(truth packets) - $(total in packets) - $(total out packets)))
expect "broken file: packets not read" "$((lost > 0 && lost < 10))" 1
# What is there when its end is reached is read; what somebody adds later is not waited for.
head -c 300000 bulk.pcap >growing.pcap
{
	for ((at = 300001; at < 900000; at += 20000)); do
		tail -c +$at bulk.pcap | head -c 20000 >>growing.pcap
	done
} &
writer=$!
ploss_read -o json growing.pcap
wait $writer
expect "a file that grows: exit status" $status 0
expect "a file that grows: what was there at least" "$(($(total in packets) + $(total out packets) > 2500))" 1
ploss_read -o json growing.pcap
expect "a file that has grown: exit status" $status 0

ploss_read -o json bulk.pcap missing
expect "one file of two: exit status" $status 0
expect "one file of two: totals" "$(totals)" "$expected"
expect "one file of two: said" "$(grep -c 'cannot read missing: No such file or directory' err)" 1

# refused WHAT STATUS MESSAGE ARGUMENTS...: nothing on stdout, one line of its own on stderr.
refused()
{
	local what=$1 wanted=$2 message=$3

	shift 3
	ploss_read "$@"
	expect "$what: exit status" $status "$wanted"
	expect "$what: message" "$(cat err)" "ploss: $message"
	expect "$what: output" "$(cat out)" ""
}

: >empty
head -c 10 bulk.pcap >short
head -c 24 bulk.pcap >none.pcap
head -c 30 bulk.pcap >first.pcap
{ head -c 20 bulk.pcap; printf '\201\000\000\000'; } >alien.pcap
mkdir folder
usage='(ploss --help shows how)'
refused "no file" 2 "no FILE to read; - is the standard input $usage"
refused "a missing file" 1 "cannot read missing: No such file or directory" missing
refused "a directory" 1 "cannot read folder: Is a directory" folder
refused "an empty file" 1 "cannot read empty: it is empty" empty
refused "a 10-byte file" 1 "cannot read short: the file is cut off" short
refused "cut in the first packet" 1 "cannot read first.pcap: the file is cut off" first.pcap
refused "noise" 1 "cannot read /dev/urandom: neither a pcap nor a pcapng file" /dev/urandom
refused "a text" 1 "cannot read truth: neither a pcap nor a pcapng file" truth
refused "an unknown link type" 1 "cannot read alien.pcap: link type ARCNET_LINUX (129) is not one of those that are read" \
	alien.pcap
refused "empty standard input" 1 "cannot read -: it is empty" -
refused "a filter that is none" 2 "--filter: can't parse filter expression: syntax error $usage" \
	--filter 'tcp and' bulk.pcap
refused "a local end that is none" 2 "--local takes an address, a prefix or an interface that has addresses, not 'here' $usage" --local here bulk.pcap
ploss_read -i lo bulk.pcap
expect "an interface: exit status" $status 2
expect "an interface: message" "$(grep -c '^ploss: ploss read takes no --interface; these do: ploss, ' err)" 1
ploss_read none.pcap
expect "no packets: exit status" $status 0
expect "no packets: verdict" "$(grep -c 'No inbound data' out)" 1
"$build/ploss" read bulk.pcap >/dev/full 2>err
expect "a full device: exit status" $? 1
expect "a full device: message" "$(tail -n 1 err)" "ploss: cannot write to the standard output: No space left on device"
exec 6> >(:)
wait $!
"$build/ploss" read bulk.pcap 2>err >&6
expect "a reader that has left" $? 141
exec 6>&-

# A capture that goes on: what has come is printed at each interval, and a signal ends it with the totals.
mkfifo live
"$build/ploss" read --interval 0.5 -o json live >out 2>err &
reader=$!
exec 5>live
cat bulk.pcap >&5
# Asleep: it waits for more, and has done with what there was.
for _ in {1..400}; do
	grep -q '"stats"' out && grep -q '^State:.S' /proc/$reader/status && break
	sleep 0.05
done
expect "a live pipe: intervals while it is open" "$(($(grep -c '"stats"' out) > 0))" 1
kill -INT $reader
wait $reader
expect "a live pipe: exit status after SIGINT" $? 0
expect "a live pipe: totals" "$(totals)" "$expected"
exec 5>&-

exit $((failures > 0))

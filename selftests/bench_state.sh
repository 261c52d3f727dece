# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What connections take: memory, and the CPU time of those who read them. $FLOWS of them, at most.

# accounts_for_entries PID EMPTY KIND: kernels before 6.4 account for the table's size, not for what is in it.
accounts_for_entries()
{
	[ "$(map_field "$1" 16 memlock)" -gt "$2" ] && return
	say "not tried: memory of $3 connections: this kernel does not say what is in a map" >&2
	return 1
}

# In a table that is full. The kernel accounts for an entry (state, key, the table's own), its bucket and the word by
# which free memory is chained; the slab allocator rounds an entry up to its next size.
memory_clean()
{
	local flows=$1 pid empty slab

	lab_ploss memory "$A" -i "$DEV_A" --max-flows "$flows" 1
	pid=${LAB_PID[memory]}
	empty=$(map_field "$pid" 16 memlock)
	slab=$(slab_bytes)
	establish "$flows" 1
	if ! accounts_for_entries "$pid" "$empty" clean; then
		lab_ploss_end memory
		return
	fi
	row memory "clean connection, of $(grouped "$flows")" "" bytes limit 384 "$(calculate "$(map_field "$pid" 16 memlock) / $flows")" most 1
	[ "$flows" -lt 100000 ] ||
		row memory "the same, as the slab allocator rounds it up" "" bytes limit 384 "$(calculate "($(slab_bytes) - $slab + $empty) / $flows")"
	row memory "reader's RSS, $(grouped "$flows") flows" "ploss 1" MiB limit 64 "$(rss_mib "$pid")" most 1
	lab_ploss_end memory
}

# A segment of each is missing.
memory_troubled()
{
	local flows=$1 pid empty

	lab_ploss memory "$A" -i "$DEV_A" --max-flows "$flows" 1
	pid=${LAB_PID[memory]}
	empty=$(map_field "$pid" 16 memlock)
	establish "$flows" 1
	if ! accounts_for_entries "$pid" "$empty" troubled; then
		lab_ploss_end memory
		return
	fi
	empty=$(map_field "$pid" 8 memlock)
	flood_in data --flows "$flows" --from 2 > "$LAB_DIR/holes"
	row memory "troubled connection, of $(grouped "$flows")" "" bytes limit 4608 \
		"$(calculate "$(map_field "$pid" 16 memlock) / $flows + ($(map_field "$pid" 8 memlock) - $empty) / $flows")" most 1
	lab_ploss_end memory
}

bench_memory()
{
	memory_clean 1000
	memory_clean "$FLOWS"
	memory_troubled 1000
	memory_troubled $((FLOWS < 8000 ? FLOWS : 8000))
}

# The main command's share of a CPU, of connections that are there: reading_totals FLOWS [LIMIT]. It looks for those
# that are over, in more of the table each second until it goes through all of it in five: 30 seconds later at most.
reading_totals()
{
	local pid from

	lab_ploss totals "$A" -i "$DEV_A" --max-flows "$FLOWS" 1
	establish "$1" 1
	pid=${LAB_PID[totals]}
	sleep "${READING_SETTLES:-30}"
	from=$(cpu_seconds "$pid")
	sleep 10
	row reading "totals each second, $(grouped "$1") flows" "ploss 1" "CPU s/s" limit 0.01 \
		"$(calculate "($(cpu_seconds "$pid") - $from) / 10")" "${@:2}"
	lab_ploss_end totals
}

bench_reading()
{
	local what pid before began first id tools ours

	reading_totals $((FLOWS < 100000 ? FLOWS : 100000)) most 1
	reading_totals "$FLOWS"

	what="dump of $(grouped "$FLOWS") flows"
	lab_start dump "$BUILD/measure" "$LAB_DIR/dump.cost" nsenter "--net=/run/netns/$A" "$PLOSS" flows -i "$DEV_A" -n 20 -o json \
		--max-flows "$FLOWS" 100000 1
	wait_for 20 lab_ploss_ready dump
	establish "$FLOWS" 1
	pid=$(ploss_pid dump)
	id=$(map_field "$pid" 16 map_id)
	"$BUILD/measure" "$LAB_DIR/bpftool.cost" bpftool map dump -j id "$id" > /dev/null
	before=$(cpu_seconds "$pid")
	began=$EPOCHREALTIME
	kill -s INT "${LAB_PID[dump]}"
	wait_for 60 test -s "$LAB_DIR/dump.out"
	first=$EPOCHREALTIME
	lab_wait dump 60
	tools=$(jq .cpu_seconds "$LAB_DIR/bpftool.cost")
	ours=$(calculate "$(jq .cpu_seconds "$LAB_DIR/dump.cost") - $before")
	row reading "$what" "flows" "CPU s" bpftool "$tools" "$ours" most 0.1
	row reading "$what" "flows" "CPU s" limit 1 "$ours" most 1
	row reading "$what, reader's memory" "flows" MiB limit 64 "$(jq '.kib / 1024' "$LAB_DIR/dump.cost")" most 1
	row reading "$what, until the first line" "flows" s bpftool "$(jq .seconds "$LAB_DIR/bpftool.cost")" "$(calculate "$first - $began")"
}

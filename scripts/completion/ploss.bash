# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# bash completion of ploss. A test holds it against the tables of options and columns.

_ploss()
{
	local current=$2 previous=$3 words=""
	local options="--interface --local --interval --filter --decap --flows --events --doctor --plot --plot-to --ipv4 --ipv6 --port --local-port --remote-port --peer --rows
		--output --sort --by --all --tcp-info --kernel --sequence --lossprobe --count
		--max-loss --max-loss-in --max-loss-out --max-reordering --max-duplication --max-spurious --hook
		--max-flows --idle --idle-closed --verbose --quiet --version --help"
	local columns="
		packets bytes segments data_segments data_bytes retransmitted_segments
		retransmitted_bytes retransmitted_unseen_segments retransmitted_seen_segments
		retransmitted_spurious_segments retransmitted_likely_segments spurious_proven_segments
		late_original_segments cause_rto_segments cause_fast_segments cause_tlp_segments
		cause_unknown_segments syn_retransmitted_segments synack_retransmitted_segments
		reordered_segments reordering_extent_max reordering_delay_max_ns
		reordered_after_segments duplicated_after_segments duplicated_segments
		ambiguous_segments lost_before_packets ipid_packets lost_before_segments
		lost_after_segments loss_bursts loss_burst_max_segments stalls stall_ns stall_max_ns
		paws_rejected_segments host_dropped_segments unseen_bytes duplicate_acks sack_blocks
		dsack_blocks sack_reneges zero_windows zero_window_ns window_full window_probes
		keepalives syns fins resets resets_refused ecn_ce_segments rtt_samples rtt_min_ns
		rtt_mean_ns rtt_max_ns"

	case $previous in
	-i | --interface)
		[ ! -d /sys/class/net ] || words=$(ls /sys/class/net)
		;;
	-o | --output)
		words="table wide json csv"
		;;
	--by)
		words="flow peer port process"
		;;
	--hook)
		words="auto tcx tc xdp"
		;;
	--sort)
		words=$columns
		;;
	-n | --rows | --local | --interval | --filter | --*port | --peer | --max-* | --idle*) ;;
	*)
		if [[ $current == -* ]]; then
			words=$options
		elif [ "${COMP_CWORD:-0}" = 1 ]; then
			words="doctor events flows read top"
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _ploss ploss

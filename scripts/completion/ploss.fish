# SPDX-License-Identifier: GPL-2.0-only
# fish completion of ploss. A test holds it against the table of options.

set -l commands doctor events flows read top

function __ploss_columns
	ploss --sort '?' 2>&1 | string match -r 'one of:.*' | string replace 'one of: ' '' | string split ' '
end

complete -c ploss -f
complete -c ploss -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'what is wrong, in plain sentences'
complete -c ploss -n "not __fish_seen_subcommand_from $commands" -a events -d 'each packet that is out of the ordinary'
complete -c ploss -n "not __fish_seen_subcommand_from $commands" -a flows -d 'the connections, the worst first'
complete -c ploss -n "not __fish_seen_subcommand_from $commands" -a read -d 'the same of captures'
complete -c ploss -n "not __fish_seen_subcommand_from $commands" -a top -d 'full screen, live'
complete -c ploss -n "__fish_seen_subcommand_from read" -F

complete -c ploss -s i -l interface -x -a '(ls /sys/class/net)' -d 'watch this interface'
complete -c ploss -l local -x -d 'addresses of the host that captured'
complete -c ploss -l interval -x -d 'also print each so many seconds of the capture'
complete -c ploss -l decap -d 'look into tunnels'
complete -c ploss -l filter -x -d 'only packets that match'
complete -c ploss -s 4 -l ipv4 -d 'IPv4 alone'
complete -c ploss -s 6 -l ipv6 -d 'IPv6 alone'
complete -c ploss -l port -x -d 'connections with one of these ports'
complete -c ploss -l local-port -x -d 'connections with one of these ports at the local end'
complete -c ploss -l remote-port -x -d 'connections with one of these ports at the remote end'
complete -c ploss -l peer -x -d 'connections whose remote end is here'
complete -c ploss -s n -l rows -x -d 'at most so many rows'
complete -c ploss -s o -l output -x -a 'table wide json csv' -d 'how to print'
complete -c ploss -l sort -x -a '(__ploss_columns)' -d 'rows with the largest of this column first'
complete -c ploss -l plot -x -a worst -d 'draw connections'
complete -c ploss -s O -l plot-to -r -F -d 'where to'
complete -c ploss -l flows -d 'list the connections too'
complete -c ploss -l events -d 'a line for each packet that is out of the ordinary, too'
complete -c ploss -l doctor -d 'what is wrong, instead of the totals'
complete -c ploss -l by -x -a 'flow peer port process' -d 'add up what connections have in common'
complete -c ploss -l all -d 'every connection'
complete -c ploss -l tcp-info -d 'also what the kernel says of the local socket'
complete -c ploss -l kernel -d "compare with what this host's TCP counts"
complete -c ploss -s s -l sequence -d 'also the sequence number'
complete -c ploss -s l -l lossprobe -d 'also tail loss probes'
complete -c ploss -s c -l count -d 'only how many of each connection'
complete -c ploss -l max-loss -x -d 'exit 3 if a direction loses more, in percent'
complete -c ploss -l max-loss-in -x -d 'the same of inbound data alone'
complete -c ploss -l max-loss-out -x -d 'the same of outbound data alone'
complete -c ploss -l max-reordering -x -d 'exit 3 if more comes out of order, in percent'
complete -c ploss -l max-duplication -x -d 'exit 3 if more comes twice, in percent'
complete -c ploss -l max-spurious -x -d 'exit 3 if more is resent needlessly, in percent'
complete -c ploss -l hook -x -a 'auto tcx tc xdp' -d 'how to attach'
complete -c ploss -l max-flows -x -d 'connections to follow at once'
complete -c ploss -l idle -x -d 'forget a connection after so many seconds'
complete -c ploss -l idle-closed -x -d 'forget a closed one after so many'
complete -c ploss -s v -l verbose -d 'also what libbpf says'
complete -c ploss -s q -l quiet -d 'nothing on stderr but failures'
complete -c ploss -s V -l version -d 'print the version'
complete -c ploss -s h -l help -d 'print a summary'

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Pictures of connections: each loss that was counted is there to be seen, and, where there is a browser, the
# picture is looked at in it.

. "$(dirname "$0")/check.sh"

# titles TEXT: how many elements of the picture begin to explain themselves so.
titles() { grep -c "<title>$1" "${2:-picture.svg}"; }

"$build/bulk" 5000 3 30 20 >bulk.pcap 2>/dev/null
"$build/ploss" read --flows -n 1 -o json bulk.pcap 2>/dev/null | jq -c 'select(.type == "flow")' >worst
worst() { jq -r ".$1" worst; }

"$build/ploss" read --plot worst -O picture.svg bulk.pcap >/dev/null 2>err
expect "exit status" $? 0
expect "what was drawn" "$(tail -n 1 err)" "ploss: drawn: picture.svg"
expect "the worst connection" "$(grep -c "$(worst remote_address):$(worst remote_port) to" picture.svg)" 1
expect "losses before" "$(titles 'resent, lost before the tap')" "$(worst retransmitted_unseen_segments)"
expect "losses after" "$(titles 'resent, lost after the tap')" "$(worst retransmitted_seen_segments)"
expect "there are losses of both kinds" "$(($(titles 'resent, lost b') > 0 && $(titles 'resent, lost a') > 0))" 1
expect "there are holes" "$(($(titles 'missing at the tap') > 0))" 1
expect "why they were resent" "$(titles 'resent, lost [a-z]* the tap, fast:')" "$(worst cause_fast_segments)"

"$build/ploss" read --plot "$(worst remote_address):$(worst remote_port)" -O same.svg bulk.pcap >/dev/null 2>&1
expect "by its end: the same picture" "$(cmp same.svg picture.svg && echo same)" same
"$build/ploss" read --plot worst -n 4 -O folder/ bulk.pcap >/dev/null 2>err
expect "in a folder" "$(find folder -name '[1-4]-10.128.0.0-*.svg' | wc -l)" 4
expect "in a folder, the worst" "$(cmp folder/1-* picture.svg && echo same)" same
command -v xmllint >/dev/null || echo "not tried: pictures are well-formed: no xmllint here"
for picture in picture.svg folder/*; do
	expect "$picture ends" "$(tail -n 1 "$picture")" "</svg>"
	if command -v xmllint >/dev/null; then
		expect "$picture is well-formed" "$(xmllint --noout "$picture" 2>&1)" ""
	fi
done

"$build/ploss" read --plot 192.0.2.1:1 -O none.svg bulk.pcap >/dev/null 2>err
expect "no such connection: exit status" $? 1
expect "no such connection: message" "$(tail -n 1 err)" "ploss: cannot plot: no such connection carries data"
# same FILE: the same picture, of another interface.
same() { cmp <(sed 5d "$1") <(sed 5d picture.svg) && echo same; }

gzip -c bulk.pcap | "$build/ploss" read --plot worst -O piped.svg - >/dev/null 2>err
expect "a pipe: exit status" "${PIPESTATUS[1]}" 0
expect "a pipe: the same picture" "$(same piped.svg)" same
mkfifo fifo
cat bulk.pcap >fifo &
"$build/ploss" read --plot worst -O piped.svg fifo >/dev/null 2>err
expect "a FIFO: exit status" $? 0
expect "a FIFO: the same picture" "$(same piped.svg)" same
TMPDIR=/nowhere "$build/ploss" read --plot worst -O none.svg - <bulk.pcap >out 2>err
expect "no room for a copy: exit status" $? 1
expect "no room for a copy: message" "$(xargs <err)" \
	"ploss: cannot keep a copy of - in /nowhere: No such file or directory TMPDIR may name another folder"
"$build/ploss" read --plot worst bulk.pcap 2>/dev/null
expect "nowhere to draw to" $? 2
"$build/ploss" read --plot 10.0.0.1 -O none.svg bulk.pcap 2>/dev/null
expect "an address without a port" $? 2
"$build/ploss" read --plot worst -O /nowhere/none.svg bulk.pcap >out 2>err
expect "a place that is none: exit status" $? 1
expect "a place that is none: message" "$(tail -n 1 err)" \
	"ploss: cannot write /nowhere/none.svg: No such file or directory"

# A browser draws it: as many elements as there are titles, and a picture of more than one colour.
drawn=
for browser in chromium chromium-browser google-chrome; do
	command -v $browser >/dev/null || continue
	run=(timeout 60 "$browser" --headless --no-sandbox --disable-gpu "--user-data-dir=$work/profile")
	"${run[@]}" --dump-dom "file://$work/picture.svg" >dom 2>/dev/null || continue
	expect "in $browser: elements" "$(grep -o '<title>' dom | wc -l)" "$(grep -c '<title>' picture.svg)"
	"${run[@]}" --window-size=1220,780 "--screenshot=$work/picture.png" "file://$work/picture.svg" 2>/dev/null
	expect "in $browser: a picture" "$(head -c 4 picture.png | tail -c 3)" PNG
	expect "in $browser: not an empty one" "$(($(stat -c %s picture.png) > 10000))" 1
	drawn=yes
	break
done
[ -n "$drawn" ] || echo "not tried: the picture in a browser: none here that starts"

exit $((failures > 0))

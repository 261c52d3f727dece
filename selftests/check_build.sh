#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What Makefile promises: nothing is built twice, every header reaches both worlds, a missing package is
# one line that names it, install puts files where they belong and uninstall takes them away.

. "$(dirname "$0")/check.sh"

cd "$root" || exit 1
unset MAKEFLAGS MAKELEVEL

expect "a second make" "$(make 2>&1)" "make: Nothing to be done for 'all'."

for header in include/*.h; do
	commands=$(make -n V=1 -W "$header" 2>&1)
	expect "objects of BPF that $header rebuilds" "$(grep -c -- '-target bpf .*-c' <<<"$commands")" 1
	expect "links of build/ploss after $header" "$(grep -c -- ' -o build/ploss build/user' <<<"$commands")" 1
done

missing=$(PKG_CONFIG_LIBDIR=$work make -n 2>&1)
expect "lines about missing libraries" "$(wc -l <<<"$missing")" 1
for name in libbpf libxdp scripts/setup; do
	expect "$name in: $missing" "$(grep -c "$name" <<<"$missing")" 1
done
expect "bpftool in a line of its own" "$(make -n BPFTOOL= 2>&1 | grep -c 'bpftool.*scripts/setup')" 1
expect "help without bpftool" "$(make help BPFTOOL= 2>&1 | grep -c '^  check-root ')" 1

make install DESTDIR="$work" PREFIX=/usr >/dev/null 2>&1
expect "installed" "$(cd "$work" && find . -type f | sort | tr '\n' ' ')" \
	"./usr/sbin/ploss ./usr/share/bash-completion/completions/ploss \
./usr/share/fish/vendor_completions.d/ploss.fish ./usr/share/man/man8/ploss.8 \
./usr/share/zsh/site-functions/_ploss "
PATH=$work/usr/sbin:$PATH
# shellcheck disable=SC1090,SC1091
. "$work/usr/share/bash-completion/completions/ploss"
_ploss ploss '' -o
expect "completion of -o" "${COMPREPLY[*]}" "table wide json csv"
make uninstall DESTDIR="$work" PREFIX=/usr
expect "left after uninstall" "$(find "$work" -type f)" ""

exit $((failures > 0))

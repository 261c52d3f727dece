#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# include/ is pure: each header compiles alone, for the host and for BPF, without a warning, and includes
# nothing but kernel UAPI headers, bpf_endian.h and its neighbours. Prints what is not so.

set -u
cd "$(dirname "$0")/.." || exit 1

warnings=(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Werror -std=gnu11)
machine=$("${CC:-cc}" -dumpmachine | sed 's/-pc-\|-unknown-/-/')
bpf=(-target bpf -mcpu=v3 -I"/usr/include/$machine")
bad=0

compiles()
{
	printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
		"${@:2}" -O2 "${warnings[@]}" -Iinclude -x c -c -o /dev/null -
}

for header in include/*.h; do
	name=${header#include/}
	for compiler in gcc clang "clang ${bpf[*]}"; do
		read -ra command <<<"$compiler"
		if ! compiles "$name" "${command[@]}"; then
			echo "$header: does not compile alone with $compiler"
			bad=1
		fi
	done
	while read -r included; do
		case $included in
		'<linux/'*'.h>' | '<bpf/bpf_endian.h>') continue ;;
		'"'*'"') [ -e "include/$(tr -d '"' <<<"$included")" ] && continue ;;
		esac
		echo "$header: includes $included"
		bad=1
	done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]+([^[:space:]]+).*/\1/p' "$header")
	if [ "$name" != compiler.h ] && grep -nH '__bpf__\|__BPF__' "$header"; then
		bad=1
	fi
done
exit $bad

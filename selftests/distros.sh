#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The sources as they stand, in the distributions that scripts/setup knows, with both compilers:
#
#     selftests/distros.sh [bookworm|trixie|jammy|noble]...
#
# In each: set-up (its package names), then with gcc and with clang the build and make check; and, with gcc,
# the network tests named below on the kernel that runs here: a distribution's libbpf decides whether they
# attach by tcx. A line for each step, its output in build/distros. The bare systems stay below
# ${XDG_CACHE_HOME:-~/.cache}/ploss-distros for the next run. Ubuntu's archive is checked against the keyring
# that trixie has as a package.
# Mounts and processes are in namespaces that end with this script, however it ends. Needs root.
# Environment: DEBIAN_MIRROR, UBUNTU_MIRROR.

set -eu

debian=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
ubuntu=${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}
network_tests="net_coexist net_tcx net_veth"
cd "$(dirname "$0")/.."

if [ -z "${DISTROS_INSIDE:-}" ]; then
	[ "$(id -u)" -eq 0 ] || { echo "distros: needs root" >&2; exit 1; }
	command -v debootstrap >/dev/null || { echo "distros: no debootstrap: apt-get install debootstrap" >&2; exit 1; }
	DISTROS_INSIDE=yes exec unshare --mount --pid --fork --kill-child "$0" "$@"
fi

suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie noble)
cache=${XDG_CACHE_HOME:-~/.cache}/ploss-distros
logs=$PWD/build/distros
mkdir -p "$cache" "$logs"
bad=0

# bootstrap SUITE FOLDER: its last line says what is wrong.
# shellcheck disable=SC2317
bootstrap()
{
	local options=(--variant=minbase)

	rm -rf --one-file-system "$2" "$2.new"
	case $1 in
	jammy | noble)
		[ -x "$cache/trixie/usr/bin/apt-get" ] || { echo "needs trixie first: its ubuntu-keyring"; return 1; }
		chroot "$cache/trixie" apt-get -q -y install ubuntu-keyring || return
		options+=("--components=main,universe")
		options+=(--keyring="$cache/trixie/usr/share/keyrings/ubuntu-archive-keyring.gpg")
		debootstrap "${options[@]}" "$1" "$2.new" "$ubuntu" gutsy || return
		;;
	*) debootstrap "${options[@]}" "$1" "$2.new" "$debian" || return ;;
	esac
	mv "$2.new" "$2"
}

# shellcheck disable=SC2317
in_folder()
{
	chroot "$folder" env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive bash -euc "$1" </dev/null
}

# step WHAT COMMAND...: its log is kept; the last line of it says what it came to.
step()
{
	local what=$1 log from=$SECONDS result=passed

	shift
	log=$logs/$suite-${what//[^a-z0-9]/-}.log
	"$@" >"$log" 2>&1 || result=FAILED
	printf '%-9s %-28s %-7s %4d s  %s\n' "$suite" "$what" $result $((SECONDS - from)) "$(tail -n 1 "$log")"
	[ $result = passed ] || { bad=1; return 1; }
}

sources()
{
	rm -rf "$folder/root/ploss-$1"
	mkdir -p "$folder/root/ploss-$1"
	git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - |
		tar -x -C "$folder/root/ploss-$1"
}

mounts()
{
	cp /etc/resolv.conf "$folder/etc/resolv.conf"
	mount -t proc proc "$folder/proc"
	mount -t sysfs sysfs "$folder/sys"
	mount --rbind /dev "$folder/dev"
	mount -t tmpfs tmpfs "$folder/run"
}

for suite in "${suites[@]}"; do
	folder=$cache/$suite
	[ -d "$folder" ] || step "bare system" bootstrap "$suite" "$folder" || continue
	mounts
	sources gcc
	sources clang
	step "set-up" in_folder "cd /root/ploss-gcc; apt-get -q update; scripts/setup build test lint" || continue
	for compiler in gcc clang; do
		step "make, $compiler" in_folder "cd /root/ploss-$compiler; make -s CI=true CC=$compiler all tests" || continue
		step "make check, $compiler" in_folder "cd /root/ploss-$compiler; make -s CI=true CC=$compiler check" || true
	done
	for name in $network_tests; do
		step "$name" in_folder "cd /root/ploss-gcc; build/ploss --version -v; bash selftests/$name.sh" || true
	done
done
exit $bad

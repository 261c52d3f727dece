#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# README's commands, as written, in a fresh clone of the last commit in a bare Debian:
#
#     selftests/distro-clean.sh [bookworm|trixie]
#
# The folder shares this machine's network, for packages and because the run command watches the
# default route's interfaces: bounded to five intervals, while this script fetches a page now and then.
# All mounts are made in a mount namespace and all processes in a PID namespace of their own, which
# end with this script however it ends. Environment: DEBIAN_MIRROR, TMPDIR (2 GB).

set -eu

suite=${1:-bookworm}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
cd "$(dirname "$0")/.."

if [ "${2:-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] || { echo "distro-clean: needs root" >&2; exit 1; }
	command -v debootstrap >/dev/null || { echo "distro-clean: needs debootstrap" >&2; exit 1; }
	folder=$(mktemp -d "${TMPDIR:-/var/tmp}/ploss-distro.XXXXXX")
	chmod 755 "$folder"
	trap 'rm -rf --one-file-system "$folder"' EXIT
	trap 'exit 130' INT TERM
	DISTRO_FOLDER=$folder unshare --mount --pid --fork --kill-child "$0" "$suite" inside
	exit 0
fi

folder=$DISTRO_FOLDER

step()
{
	printf 'distro-clean: %s: %s\n' "$suite" "$1"
}

in_folder()
{
	chroot "$folder" env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive bash -euc "$1" </dev/null
}

# The README's line for a make target, as it stands there.
readme_command()
{
	grep -m 1 -oE "^ *sudo make $1\\b[^#]*" "$folder/root/ploss/README.md" | sed 's/^ *//; s/ *$//'
}

# Connections through the default route, for the run command to see.
traffic()
{
	local host=${mirror#*//}

	host=${host%%/*}
	while sleep 0.3; do
		printf 'GET /debian/dists/%s/Release HTTP/1.0\r\nHost: %s\r\n\r\n' "$suite" "$host" |
			timeout 10 bash -c "exec 3<>/dev/tcp/$host/80; cat >&3; cat <&3" >/dev/null 2>&1 || true
	done
}

step "bare system"
debootstrap --variant=minbase "$suite" "$folder" "$mirror" >"$folder.log" 2>&1 || {
	tail -n 20 "$folder.log" >&2
	rm -f "$folder.log"
	exit 1
}
rm -f "$folder.log"
cp /etc/resolv.conf "$folder/etc/resolv.conf"
mount -t proc proc "$folder/proc"
mount -t sysfs sysfs "$folder/sys"
mount --rbind /dev "$folder/dev"
git clone --quiet --no-hardlinks . "$folder/root/ploss"
run=$(readme_command run) test=$(readme_command test)

step "what the README asks for first: git, make, sudo"
in_folder 'apt-get -qq --no-install-recommends install git make sudo >/dev/null 2>&1'

step "$run ARGS=\"1 5\""
traffic &
traffic=$!
in_folder "cd /root/ploss; $run ARGS='1 5' | tee /tmp/run.out"
kill "$traffic"
grep -q '[1-9]' "$folder/tmp/run.out" || { step "the run command printed no numbers"; exit 1; }

step "$test"
in_folder "cd /root/ploss; $test CI=true"

step "a second set-up, without a network"
in_folder 'cd /root/ploss; unshare --net scripts/setup build test'
step "passed"

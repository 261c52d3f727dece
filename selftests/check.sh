# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests that need no root share; to be sourced first. A test runs in a folder of its own, $work, which goes away
# with it, and ends with "exit $((failures > 0))".

set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034
build=${BUILD:-$root/build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0
cd "$work" || exit 1

# expect WHAT GOT WANTED
expect()
{
	if [ "$2" != "$3" ]; then
		printf '%s: "%.300s", not "%.300s"\n' "$1" "$2" "$3"
		failures=$((failures + 1))
	fi
}

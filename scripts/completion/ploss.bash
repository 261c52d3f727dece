# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Bash completion. Options and their choices are read from ploss --help, so that they cannot differ.

_ploss()
{
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options takes words

	# Lines such as "  -i, --interface IF   watch this ...".
	options=$(ploss --help 2>/dev/null | grep -E '^ +-')
	takes=$(sed -nE "s/^ +(.*, )?$before(, --[a-z-]+)? ([^ ]+).*/\3/p" <<<"$options")
	case $takes in
	IF) words=$(ls /sys/class/net) ;;
	*'|'*) words=${takes//|/ } ;;
	'') words=$(sed -E 's/^ +((-.), )?(--[a-z0-9-]+).*/\2 \3/' <<<"$options") ;;
	*) words= ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _ploss ploss

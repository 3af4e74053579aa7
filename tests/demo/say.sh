# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the parts of the demonstration share.

step() {
	printf '\n== %s\n' "$*"
}

die() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

# Waits until a condition holds; no longer than 20 s, or so many.
wait_until() {
	local what=$1 end=$((SECONDS + ${within-20}))
	shift

	while [ $SECONDS -lt $end ]; do
		"$@" && return
		sleep 0.05
	done
	die "waited in vain: $what"
}

# shown LINE COMMAND...: a command as a terminal shows it, without the path of
# $work, and what it prints: a table, and perhaps more after an empty line
shown() {
	printf '%s\n' "${1//"$work/"}"
	"${@:2}" > "$work/shown" || die "failed: ${*:2}"
	{
		sed '/^$/,$d' "$work/shown" | column -t -s $'\t'
		sed -n '/^$/,$p' "$work/shown"
	} | sed 's/^\(.\)/    \1/'
}

show() {
	shown "\$ $*" "$@"
}

# show_on NODE COMMAND...: on a node of tests/cluster/lib.sh
show_on() {
	shown "node $1\$ ${*:2}" on "$@"
}

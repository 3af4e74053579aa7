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

# Waits until a condition holds; no longer than 20 s.
wait_until() {
	local what=$1 end=$((SECONDS + 20))
	shift

	while [ $SECONDS -lt $end ]; do
		"$@" && return
		sleep 0.05
	done
	die "waited in vain: $what"
}

# Shows a command and what it prints.
show() {
	printf '$ %s\n' "$*"
	"$@" | column -t -s $'\t' | sed 's/^/    /'
	[ "${PIPESTATUS[0]}" -eq 0 ] || die "failed: $*"
}

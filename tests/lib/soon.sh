# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Waiting for a condition, for scripts that take this in.

# soon COMMAND...: it succeeds within half a minute, or "within" seconds.
soon() {
	local end=$((SECONDS + ${within-30}))

	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

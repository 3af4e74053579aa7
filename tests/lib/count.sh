# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What scripts of tests take in to count: each case is a line in the words of
# TAP, and "N passed, N failed" the last one, which tests/suites.sh looks for.
#
#	ok "what is tested" COMMAND...
#	verdict "what is tested" "what is wrong, or nothing"
#	summary		# its status is that of the script

passed=0
failed=0

verdict() {
	if [ -z "${2-}" ]; then
		passed=$((passed + 1))
		printf 'ok - %s\n' "$1"
	else
		failed=$((failed + 1))
		printf 'not ok - %s\n' "$1"
		sed 's/^/#   /' <<< "$2"
		return 1
	fi
}

ok() {
	local name=$1

	shift
	if "$@"; then
		verdict "$name"
	else
		verdict "$name" "failed: $*"
	fi
}

summary() {
	printf '%d passed, %d failed\n' "$passed" "$failed"
	[ "$failed" -eq 0 ]
}

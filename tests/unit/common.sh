# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the checks in this folder share: names of folders, a temporary one that
# goes with the check, a count of what passed.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P) || exit
top=$(cd "$here/../.." && pwd -P) || exit
# shellcheck disable=SC2034
lib=$top/libmolipc man=$top/man
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
echo "Running $(basename "$0")"
. "$top/tests/lib/count.sh" || exit

# All headers with calls of the libraries, and what is a call
calls_included() {
	printf '#include <%s.h>\n' molipc/molipc molipc/move molipc/sys \
		mol/mol mol/is mol/fs
}
# shellcheck disable=SC2034
call='(mnx|sys|mol)_[A-Za-z0-9_]+'

# Runs a command, which NAME describes; shows what it says if it fails.
check() {
	local name=$1

	shift
	if "$@" > "$tmp/log" 2>&1; then
		passed=$((passed + 1))
	else
		verdict "$name" "failed: $*"$'\n'"$(cat "$tmp/log")"
	fi
}

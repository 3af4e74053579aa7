# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# How long something took, for scripts that have taken in tests/cluster/lib.sh
# and have "try".
#
#	now_ms; COMMAND...; took "that"
#	watch 1			# what node 1 is to node 0; and now_ms
#	systask_end KILL 1	# for example
#	figure "to the view" "$(when ended)"
#	figure "to its slots' being others'" "$(when 0)"
#	watch_end

took() {
	local since=$now

	now_ms
	figure "$1" $((now - since))
}

# watch NODE: from now on, what it is to node 0
watch() {
	spawn 0 tests/cluster/procs watch "$1" > "$work/watched"
	watcher=$pid
	try [ -s "$work/watched" ] && now_ms
}

watch_end() {
	kill "$watcher"
	wait "$watcher" 2> "$work/null"
}

# when WHAT: how many ms after "now" it was first in that state, or had so many
# slots
when() {
	awk -v since="$now" -v what="$1" '
		$1 >= since && ($2 == what || $3 == what) {
			print $1 - since
			exit
		}' "$work/watched"
}

figure() {
	echo "    $1: $2 ms"
}

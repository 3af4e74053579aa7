# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# Deaths while rings merge, at messages that tests/cluster/die.c counts:
# scenarios of tests/cluster/systask, which takes this in.

# grab "NODE...": one of those gets more slots, which the others have too many.
grab() {
	local -a part

	read -ra part <<< "$1"
	grabber=${part[RANDOM % ${#part[@]}]}
	hold "$grabber" $(($(map "$grabber" | tr -cd "$grabber" | wc -c) + 4))
	try [ -s "$work/held$grabber" ]
}

merge_is_over() {
	[ ! -e "$work/die$1" ] || all_run
}

# victim_returns NODE KIND: if it has died
victim_returns() {
	if rm "$work/die$1" 2> "$work/null"; then
		echo "      it was over before"
	elif [ "$2" = daemon ]; then
		corosync_gone "$1"
		corosync_start "$1"
	else
		wait "${systask[$1]}" 2> "$work/null"
		systask_start "$1"
	fi
}

# A system task dies, or a daemon under it, at a message of a merge of parts
# whose tables differ.
death_in_merge() {
	local victim=$((RANDOM % NODES)) at=$((RANDOM % 16 + 1)) kind=process
	local grabber dies=0 parts=("${TWO[@]}")

	[ $((RANDOM % 2)) -eq 0 ] || parts=("${THREE[@]}")
	[ $((RANDOM % 3)) -gt 0 ] || kind=daemon dies=${corosync[$victim]}
	printf '    parts%s: node %d, %s, event %d\n' \
		"$(printf ' (%s)' "${parts[@]}")" $victim $kind $at
	part "${parts[@]}" && grab "${parts[0]}" || return 1
	echo "$at $dies" > "$work/die$victim"
	heal
	try merge_is_over $victim && victim_returns $victim $kind &&
		try all_run && try same_map "${ALL[@]}" && used_once &&
		release "$grabber"
}

# Once at least
deaths_in_merges() {
	local end=$((SECONDS + MERGING)) round=0

	RANDOM=$SEED
	echo "    SEED=$SEED"
	while [ $round -eq 0 ] || [ $SECONDS -lt $end ]; do
		death_in_merge || return 1
		round=$((round + 1))
	done
	echo "    $round merges"
}

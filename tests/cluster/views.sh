# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# What commands of one node show of all, as "m3ipc proc list -a" does: scenarios
# of tests/cluster/systask, which takes this in.

# view STATUS COMMAND...: of all nodes, from node 0, into $work/view; how long
# that took into "viewed"
view() {
	local status

	now_ms
	on 0 tools/m3ipc "${@:2}" -a $VM > "$work/view" 2> "$work/missing"
	status=$?
	viewed=$now
	now_ms
	viewed=$((now - viewed))
	[ $status -eq "$1" ] && return
	echo "exit status $status"
	cat "$work/view" "$work/missing"
	return 1
}

# shows LINE...: a line of the view begins with that, of fields by tabs
shows() {
	local line

	for line; do
		grep -q -e "^$line" "$work/view" && continue
		echo "not shown: $line"
		cat "$work/view" "$work/missing"
		return 1
	done
}

# lists NODE...: the system tasks of these, and of no others, are in the list
lists() {
	local i row

	for i in "${ALL[@]}"; do
		row=$'.*\t-'$((2 + i))$'\t.*\t'$i$'\t.*\tm3ipc-systask\t'
		if [[ " $* " == *" $i "* ]]; then
			shows "$row" || return 1
		else
			! shows "$row" > "$work/null" || return 1
		fi
	done
}

# missing NODE...: these, and no others, are said not to have answered
missing() {
	local named

	echo "    $viewed ms"
	sed 's/^/    /' "$work/missing"
	named=$(sed -n 's/.* the system task of node \(.*\): EMOL.*/\1/p' \
		"$work/missing")
	[ "$named" = "$(printf '%s\n' "$@")" ]
}

# Who waits for whom, with the endpoints of the server on node 2 and its client
waits_across() {
	local server client

	server=$(< "$work/served")
	spawn 0 tools/m3ipc recv $VM "$server" > "$work/waits" 2>&1
	try client_waits "$server" || return 1
	client=$(awk "/waits for $server\$/ { print \$3 }" "$work/view")
	view 0 graph && kill "$pid"
	shows ".*\"0:$client\" -> \"0:$server\" \[label=\"waits for\"\];" \
		'.*"0:node0" -> "0:node1" .*label="link"\]' \
		'.*"0:node1" -> "0:node2" .*label="link"\]' &&
		! grep red "$work/view"
}

client_waits() {
	view 0 proc list && grep -q "waits for $1\$" "$work/view"
}

view_all() {
	view 0 proc list && lists "${ALL[@]}" && missing &&
		shows $'.*\t2\t.*\tprocs\twaits for any$' || return 1
	cat "$work/view"
	view 0 node list && shows $'0\t0\there\trunning\t' \
		$'0\t1\tconnected\trunning\t' \
		$'1\t2\tconnected\trunning\t' \
		$'2\t0\tconnected\trunning\t' && cat "$work/view" &&
		view 0 slots && shows $'1\trunning\t[0-9]*\t[1-9]' \
		$'2\trunning\t[0-9]*\t[1-9][0-9]\t'
}

# What the others say is shown, and who does not answer is named.
view_of_stopped() {
	local status=1

	kill -STOP "${systask[1]}"
	# shellcheck disable=SC2046 # a list
	view 1 proc list && lists $(but 1) && missing 1 &&
		[ "$viewed" -lt 10000 ] && view 1 graph && shows \
		'.*"node 1\\ndoes not answer", color=red' && status=0
	kill -CONT "${systask[1]}"
	[ $status -eq 0 ] && try view 0 proc list
}

# At once: nobody knows yet that the cables are out.
view_of_cut() {
	partition "${ALL[@]}"
	# shellcheck disable=SC2046 # a list
	view 1 proc list && lists 0 && missing $(but 0) &&
		[ "$viewed" -lt $((NODES * 5000)) ] && view 1 graph &&
		shows '.*"0:node0" -> "0:node1" .*"no link", color=red'
}

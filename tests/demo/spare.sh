# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # work, VM
#
# The part of tests/demo/group about a server with backups, examples/kv: it
# moves while clients of all nodes count, and then its node dies.

readonly KV=12 COUNTS=300
declare -A counters
declare -a counted=(0 0 0)

kvd() {
	echo "node $1\$ kvd 0 $KV standby &"
	spawn "$1" tests/cluster/kvd 0 $KV standby > "$work/kvd$1" 2>&1
	wait_until "node $1 has it, or stands by" grep -q "$2" "$work/kvd$1"
}

counters_start() {
	local i

	counters=()
	for i; do
		echo "node $i\$ kv 0 add count$i $COUNTS &"
		spawn "$i" tests/cluster/kv 0 add "count$i" $COUNTS \
			> "$work/kv$i" 2>&1
		counters[$i]=$pid
	done
	for i; do
		wait_until "node $i counts" is_more "$i"
	done
}

is_more() {
	local is

	is=$(on "$1" tests/cluster/kv 0 get "count$1" 2> "$work/null")
	[ "${is:-0}" -gt "${counted[$1]}" ]
}

account() {
	local i is

	for i in "${!counters[@]}"; do
		wait "${counters[$i]}" || die "$(cat "$work/kv$i")"
		counted[i]=$((counted[i] + COUNTS))
		is=$(on "$i" tests/cluster/kv 0 get "count$i")
		echo "node $i: $(cat "$work/kv$i"); the server has counted $is"
		[ "$is" = "${counted[i]}" ] ||
			die "${counted[i]} is what it should be"
	done
}

serves() {
	[ "$(on 0 m3ipc proc show $VM $KV |
		awk -F '\t' '$1 == "Node" { print $2 }')" = "$1" ]
}

kv_moves() {
	echo "node 0\$ kv 0 move $1"
	on 0 tests/cluster/kv 0 move "$1" || die "it has not moved"
	wait_until "node $1 has it" serves "$1"
}

spare() {
	step "A key-value server, with backups that follow it, moves and" \
		"moves back while clients of all nodes count"
	kvd 2 '^kvd: endpoint'
	kvd 1 '^kvd: stands by'
	kvd 0 '^kvd: stands by'
	counters_start 0 1 2
	kv_moves 1
	account
	kvd 2 '^kvd: stands by'
	counters_start 0 1 2
	kv_moves 2
	account

	step "Then the power of its node fails, and a backup takes over"
	counters_start 0 1
	cut 2
	node_kill 2
	corosync_gone 2
	wait_until "node 0 has it" serves 0
	account
	show_on 1 m3ipc proc show $VM $KV
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# The slots of $VM, as its system tasks have them, and processes that use them;
# for scripts that have taken in tests/cluster/lib.sh.
#
#	states_are 0 running away running	# of all nodes, says node 0
#	map 0			# the owner of each slot, says node 0
#	same_map 0 2		# one map at these, and no slot is lost
#	owns 1 20		# node 1 has so many at least
#	used_once		# no slot has a process at two nodes
#	hold 1 5		# processes on node 1, each by sys_fork()
#	soon holds 1; release 1	# they are there; they end

readonly SLOTS=160 # of users
declare -A holder  # by node: their parent

# What a node says: the states of the nodes, by number; the owners of the slots
states() {
	on "$1" tools/m3ipc slots $VM 2> "$work/null" |
		awk -F'\t' '/^[0-9]+\*?\t/ { printf "%s ", $2 }'
}

map() {
	on "$1" tools/m3ipc slots $VM 2> "$work/null" |
		awk '/^ *[0-9]+ [^ ]+$/ { printf "%s", $2 }'
}

# states_are NODE STATE...
states_are() {
	local wanted="${*:2} "

	[ "$(states "$1")" = "$wanted" ]
}

# One map at all of these, and all slots in it have an owner
same_map() {
	local i first

	first=$(map "$1")
	[ ${#first} -eq $SLOTS ] && [[ $first != *.* ]] || return 1
	for i in "${@:2}"; do
		[ "$(map "$i")" = "$first" ] || return 1
	done
}

# owns NODE COUNT: at least, as it says itself
owns() {
	local own

	own=$(map "$1" | tr -cd "$1")
	[ ${#own} -ge "$2" ]
}

# No slot has a process at two nodes.
used_once() {
	local i

	[ -z "$(for ((i = 0; i < nodes; i++)); do
		table $i | awk -v node=$i \
			'$2 >= 29 && $5 == node { print $2 }'
	done | sort | uniq -d)" ]
}

# hold NODE COUNT: that many processes, by sys_fork()
hold() {
	spawn "$1" tests/cluster/procs hold "$2" > "$work/held$1" \
		2> "$work/hold$1"
	holder[$1]=$pid
}

holds() {
	grep -q 'held$' "$work/held$1"
}

release() {
	kill "${holder[$1]}"
	wait "${holder[$1]}" 2> "$work/null"
	unset "holder[$1]"
}

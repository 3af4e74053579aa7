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

readonly FIRST_USER=29
declare -A holder # by node: their parent
said_states='' said_map=''

# look NODE: sets what it says, the states of the nodes and the owners of slots
look() {
	local first second

	said_states='' said_map=''
	while IFS=$'\t' read -r first second _; do
		if [[ $first =~ ^[0-9]+\*?$ ]]; then
			said_states+="$second "
		elif [[ $first =~ ^\ *[0-9]+\ ([^ ]+)$ ]]; then
			said_map+=${BASH_REMATCH[1]}
		fi
	done < <(on "$1" tools/m3ipc slots $VM 2> "$work/null")
}

map() {
	look "$1"
	printf '%s' "$said_map"
}

# states_are NODE STATE...
states_are() {
	look "$1"
	[ "$said_states" = "${*:2} " ]
}

# The map that was said last has an owner for each slot.
no_slot_lost() {
	[ ${#said_map} -eq $((nr_procs - FIRST_USER)) ] &&
		[[ $said_map != *.* ]]
}

same_map() {
	local i first

	look "$1"
	no_slot_lost || return 1
	first=$said_map
	for i in "${@:2}"; do
		look "$i"
		[ "$said_map" = "$first" ] || return 1
	done
}

# owns NODE COUNT: at least, as it says itself
owns() {
	local own

	own=$(map "$1" | tr -cd "$1")
	[ ${#own} -ge "$2" ]
}

# No slot has a process at two nodes.  One that is not up has none.
used_once() {
	local i

	[ -z "$(for ((i = 0; i < nodes; i++)); do
		table $i | awk -v node=$i -v first=$FIRST_USER \
			'$2 >= first && $5 == node { print $2 }'
	done 2> "$work/null" | sort | uniq -d)" ]
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
	kill "${holder[$1]}" 2> "$work/null"
	wait "${holder[$1]}" 2> "$work/null"
	unset "holder[$1]"
}

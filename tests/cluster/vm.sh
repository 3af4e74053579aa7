# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# $VM over all nodes of the cluster, with their system tasks and real daemons of
# Corosync, for scripts that have taken in tests/cluster/lib.sh and corosync.sh.
#
#	vm_up			# network, ring, nodes, proxies; ok each.  With
#				# insecure=1 the proxies do not encrypt.
#	systask_start 0 1; systask_end KILL 1
#	try all_run		# in one group, or the test fails
#	part "0 1" 2		# the cables are out, and each part knows
#	try together "0 1" "cut off"	# so say 0 and 1 of the others

# shellcheck source=tests/cluster/slots.sh
. tests/cluster/slots.sh

membership=corosync
readonly NODES=${NODES-3}
case $NODES in
2) readonly ALL=(0 1) TWO=(0 1) THREE=(0 1) ;;
3) readonly ALL=(0 1 2) TWO=("0 1" 2) THREE=(0 1 2) ;;
5) readonly ALL=(0 1 2 3 4) TWO=("0 1 3" "2 4") THREE=("0 3" "1 4" 2) ;;
*) echo "NODES=$NODES: 2, 3 or 5"; exit 2 ;;
esac
nodes=${#ALL[@]}
declare -A systask

try() {
	patiently "$@" && return
	echo "waited in vain: $*"
	show_all
	return 1
} >&2

show_all() {
	local i

	for i in "${ALL[@]}"; do
		echo "node $i:"
		on "$i" tools/m3ipc slots $VM
		tail -n 5 "$work/systask$i"
	done
}

systask_start() {
	local i

	for i; do
		spawn "$i" env DIE="$work/die$i" \
			LD_PRELOAD="$PWD/tests/cluster/die.so" \
			daemons/systask/m3ipc-systask -c "$work/conf$i" $VM \
			2>> "$work/systask$i"
		systask[$i]=$pid
	done
}

# systask_end SIGNAL NODE
systask_end() {
	kill "-$1" "${systask[$2]}"
	wait "${systask[$2]}" 2> "$work/null"
}

# together "NODE..." STATE: all of those run, as they say, the others are that.
together() {
	local i
	local -a wanted=()

	for i in "${ALL[@]}"; do
		[[ " $1 " == *" $i "* ]] && wanted+=(running) || wanted+=("$2")
	done
	for i in $1; do
		states_are "$i" "${wanted[@]}" || return 1
	done
}

all_run() {
	together "${ALL[*]}" -
}

but() {
	local rest=" ${ALL[*]} "

	rest=${rest/ $1 / }
	rest=${rest# }
	echo "${rest% }"
}

# without NODE STATE: to all others it is that, and they run.
without() {
	together "$(but "$1")" "$2"
}

# parted "NODE..."...: nobody is but in these parts.
parted() {
	local part

	for part; do
		together "$part" "cut off" || return 1
	done
}

part() {
	partition "$@" && try parted "$@"
}

# What the short form of a script, which has no FORM, leaves out
more() {
	[ -z "$FORM" ] || ok "$@"
}

vm_up() {
	local i

	ok "$NODES nodes" network_up || exit 1
	if [ -z "${insecure-}" ]; then
		ok "keys" keys || exit 1
	fi
	configure ${insecure:+'insecure = true'}
	corosync_config
	corosync_start "${ALL[@]}"
	ok "$NODES daemons form a ring" try ring 0 "${ALL[@]}" || exit 1
	for i in "${ALL[@]}"; do
		ok "node $i is up" node_up "$i" || exit 1
	done
	proxies_start
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# A cluster on one machine, for the scripts that take this in: nodes that are
# network namespaces, each with a cable to a bridge, which is in a namespace of
# its own; and their proxies, which are real.  Needs root and the driver.
#
#	cluster_up 3 'insecure = true'	# nodes 0 .. 2 with $VM, see $work/conf0
#	proxies_start
#	soon all_connected || ...
#	spawn 1 COMMAND...		# $pid, on node 1
#	soon bound 1 10 && enter_procs server 1:10	# known to all nodes
#	shape 1 loss 5% delay 50ms	# what node 1 sends, see tc-netem(8)
#	cut 1; mend 1			# its cable out, and in again
#	ok "what is tested" COMMAND...	# counts, see tests/lib/count.sh
#	summary
#
# Namespaces, processes in them and $work are gone when the script ends,
# however it does but by SIGKILL.

readonly VM=VM0
readonly SENDING=0x4 ONCOPY=0x400 REMOTE=0x1000 RMTOPER=0x2000
readonly SCONNECTED=0x4 RCONNECTED=0x8
. "$(dirname "${BASH_SOURCE[0]}")/../lib/count.sh" || exit 1
# shellcheck source=tests/lib/soon.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/soon.sh" || exit 1
work=$(mktemp -d) || exit 1
nodes=0
cluster=m3-$$ # the names of the namespaces begin so
membership=none nr_procs=189 # of the VM
servers=() # lines of its section
pid=          # of the last spawn
declare -A proxy
public=() # keys, if there are any

# on NODE COMMAND...
on() {
	nsenter --net="/run/netns/$cluster-$1" "${@:2}"
}

# spawn NODE COMMAND...: not waited for
spawn() {
	nsenter --net="/run/netns/$cluster-$1" "${@:2}" &
	pid=$!
}

ended() {
	! kill -0 "$1" 2> "$work/null"
}

all_ended() {
	local i

	for i; do
		ended "$i" || return 1
	done
}

succeeded() {
	local i status=0

	for i; do
		wait "$i" || status=1
	done
	return $status
}

enter() {
	on "$1" tests/cluster/enter "${@:2}"
}

# Sets now, in ms.
now_ms() {
	now=$((${EPOCHREALTIME/[.,]/} / 1000))
}

# The network

address() {
	echo "10.9.0.$(($1 + 1))"
}

# config_link NODE: what it has in eth0
config_link() {
	on "$1" ip addr add "$(address "$1")/24" dev eth0 &&
		on "$1" ip link set eth0 up && on "$1" ip link set lo up
}

cable() {
	ip netns add "$cluster-$1" &&
		on bridge ip link add "port$1" type veth peer name eth0 \
			netns "$cluster-$1" &&
		on bridge ip link set "port$1" master bridge up &&
		config_link "$1"
}

network_up() {
	local i

	ip netns add "$cluster-bridge" &&
		on bridge ip link add bridge type bridge forward_delay 0 &&
		on bridge ip link set bridge up || return 1
	for ((i = 0; i < nodes; i++)); do
		cable $i || return 1
	done
}

# shape NODE [NETEM ARGUMENT...]: without arguments, as it was
shape() {
	if [ $# -gt 1 ]; then
		on "$1" tc qdisc replace dev eth0 root netem "${@:2}"
	else
		on "$1" tc qdisc del dev eth0 root
	fi
}

cut() {
	on bridge ip link set "port$1" down
}

mend() {
	on bridge ip link set "port$1" up
}

# The nodes

# others NODE: prints them
others() {
	local i

	for ((i = 0; i < nodes; i++)); do
		[ $i -eq "$1" ] || echo $i
	done
}

node_up() {
	on "$1" tools/m3ipc up -n -c "$work/conf$1" > "$work/up$1"
}

# cluster_up NODES [LINE]...: configured, see below, and up
cluster_up() {
	local i

	nodes=$1
	network_up && configure "${@:2}" || return 1
	for ((i = 0; i < nodes; i++)); do
		node_up $i || return 1
	done
}

# enter_procs NAME NODE:ENDPOINT...: so that all nodes know them
enter_procs() {
	local i

	for ((i = 0; i < nodes; i++)); do
		enter $i procs 0 "$@" || return 1
	done
}

# table NODE: processes, without the header
table() {
	on "$1" tail -n +2 /proc/drvs/$VM/procs
}

# bound NODE SLOT...
bound() {
	local have=" " slot

	while read -r _ slot _; do
		have+="$slot "
	done < <(table "$1")
	for slot in "${@:2}"; do
		[[ $have == *" $slot "* ]] || return 1
	done
}

# What is left of calls that have ended: local processes that send, wait for
# another node or are held for a copy, others that do anything.
in_doubt() {
	local row slot node flags

	table "$1" | while read -r row; do
		read -r _ slot _ _ node flags _ <<< "$row"
		if [ "$node" -eq "$1" ]; then
			((0x$flags & (SENDING | RMTOPER | ONCOPY)))
		else
			((0x$flags != REMOTE))
		fi && echo "node $1: $row"
	done
}

nothing_left() {
	local i

	for i; do
		[ -z "$(in_doubt "$i")" ] || return 1
	done
}

# Kills what runs on a node.
node_kill() {
	local pids

	mapfile -t pids < <(ip netns pids "$cluster-$1")
	[ ${#pids[@]} -gt 0 ] || return 0
	kill -KILL "${pids[@]}"
	wait "${pids[@]}"
} 2> /dev/null

cluster_down() {
	local i

	trap - EXIT
	for ((i = 0; i < nodes; i++)); do
		node_kill $i
		on $i tools/m3ipc node end
		ip netns del "$cluster-$i"
	done
	ip netns del "$cluster-bridge"
	wait
	rm -rf "$work"
} 2> /dev/null

trap cluster_down EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The proxies

keys() {
	local i

	for ((i = 0; i < nodes; i++)); do
		public[i]=$(on $i tools/m3ipc keygen --secret "$work/key$i") ||
			return 1
	done
}

# configuration NODE [LINE]...
configuration() {
	local i

	echo "local = \"node$1\""
	echo "proxy {"
	printf '\t%s\n' "secret_key = \"$work/key$1\"" "${@:2}"
	echo "}"
	for ((i = 0; i < nodes; i++)); do
		echo "node \"node$i\" {"
		printf '\t%s\n' "id = $i" "address = \"$(address $i)\"" \
			"${public[i]-}"
		echo "}"
	done
	echo "vm \"$VM\" {"
	printf '\t%s\n' "id = 0" "membership = \"$membership\"" \
		"nr_procs = $nr_procs" "${servers[@]}"
	echo "}"
}

# configure [LINE]...: lines of the section "proxy"
configure() {
	local i

	for ((i = 0; i < nodes; i++)); do
		configuration $i "$@" > "$work/conf$i"
	done
}

# told NODE TEXT: in so many lines its proxy has logged that.
told() {
	grep -c -- "$2" "$work/log$1"
}

# told_more NODE TEXT COUNT
told_more() {
	[ "$(told "$1" "$2")" -gt "$3" ]
}

proxy_start() {
	spawn "$1" proxies/m3ipc-proxy -v -a -c "$work/conf$1" \
		2>> "$work/log$1"
	proxy[$1]=$pid
}

# proxy_stop NODE SIGNAL
proxy_stop() {
	kill "-$2" "${proxy[$1]}"
	wait "${proxy[$1]}" 2> "$work/null"
}

proxies_start() {
	local i

	for ((i = 0; i < nodes; i++)); do
		proxy_start $i
	done
}

# connected NODE PEER...
connected() {
	local peer flags
	local -A has=()

	while read -r peer flags _; do
		has[$peer]=$flags
	done < <(on "$1" tail -n +2 /proc/drvs/proxies/info)
	for peer in "${@:2}"; do
		((0x${has[$peer]-0} == (SCONNECTED | RCONNECTED))) || return 1
	done
}

unconnected() {
	! connected "$@"
}

all_connected() {
	local i

	for ((i = 0; i < nodes; i++)); do
		# shellcheck disable=SC2046 # a list
		connected $i $(others $i) || return 1
	done
}

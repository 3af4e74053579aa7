# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# Two nodes that have what is installed, for the script that takes this in, and
# shells on them.  A node is namespaces of network, mounts and host name, with
# what "make install" installs; or, if "machine" is set, node0 is this machine,
# which has the packages, and node1 namespaces in which they are seen.
#
#	nodes_open		# node0, 10.0.0.1, and node1, 10.0.0.2: both up
#	shell_type 'node0#' "$command" && echo "$status"
#	shell_said 'node0#' && echo "$said"
#	nodes_close
#
# A prompt that ends with "$" is that of the user ann.  A shell is opened when
# it is used first, and remains.  The folder "root" has what is installed, and
# "work" is on a file system that may be layered.

longest=600 # seconds for a command to end
declare -A keeper input home
shells=()
nr_commands=0

# In the namespaces of a node: install_seen OWN puts over /usr and /etc what is
# installed, and does what packages and udev do for group and device.
install_seen() {
	local dev

	dev=$(stat -c '0x%t 0x%T' /dev/m3ipc) &&
		mount -t overlay -o "lowerdir=$root/usr:/usr" none /usr &&
		cp -r "$root/etc/." /etc &&
		groupadd -rf m3ipc && useradd -d "$work/home" ann &&
		eval "mknod -m 0660 '$1.dev' c $dev" &&
		chgrp m3ipc "$1.dev" && mount --bind "$1.dev" /dev/m3ipc
}

# node_furnish NODE ADDRESS: called there; up as a package brings it up.  What
# another node does in the /etc that is below is not seen in its own files.
node_furnish() {
	local own=$work/$1
	local layers=lowerdir=/etc,upperdir=$own.etc,workdir=$own.tmp

	mkdir "$own.etc" "$own.tmp" && hostname "$1" &&
		mount -t overlay -o "$layers" none /etc || return
	[ -n "$machine" ] || install_seen "$own" || return
	mkdir -p /etc/m3ipc && mount -t tmpfs none /etc/m3ipc &&
		touch /etc/m3ipc.conf && mount -t tmpfs none /run &&
		m3ipc up > "$own.up" &&
		ip link set lo up && ip addr add "$2/24" dev eth0 &&
		ip link set eth0 up
}

on_node() {
	nsenter --target "${keeper[$1]}" --net --mount --uts "${@:2}"
}

# Its namespaces are there as long as a process in them is.
node_make() {
	unshare --net --mount --uts sleep infinity &
	keeper[$1]=$!
	soon 30 other_namespaces $!
}

other_namespaces() {
	! [ "/proc/$1/ns/uts" -ef /proc/self/ns/uts ]
}

node_start() {
	on_node "$1" bash -c "$(declare -f install_seen node_furnish)
		node_furnish $1 $2"
}

# The machine as node0: it has ann, and its packages have brought it up.
machine_start() {
	hostname node0 && echo node0 > /etc/hostname &&
		{ id ann > "$work/id" 2>&1 || useradd -m ann; } &&
		ip addr add 10.0.0.1/24 dev eth-node1 &&
		ip link set eth-node1 up
}

nodes_open() {
	export work root machine
	node_make node1 || return
	if [ -n "$machine" ]; then
		ip link add eth-node1 type veth peer name eth0 \
			netns "${keeper[node1]}" && machine_start || return
	else
		node_make node0 && ip link add eth0 netns "${keeper[node0]}" \
			type veth peer name eth0 netns "${keeper[node1]}" &&
			node_start node0 10.0.0.1 || return
	fi
	node_start node1 10.0.0.2
}

# Shells

# Takes names of files with commands, for as long as there are any.
shell_loop() {
	local file

	while read -r file; do
		eval "$(< "$file")" < /dev/null
		echo $? > "$file.status"
	done
}

# shell_open PROMPT
shell_open() {
	local node=${1%?} name before=() fd

	case $1 in
	*'#') name=$node-root ;;
	*) name=$node-ann ;;
	esac
	[ -z "${keeper[$node]-}" ] || before=(on_node "$node")
	[[ $name != *-ann ]] || before+=(runuser -u ann --)
	home[$1]=$work/$name
	mkdir -m 777 "$work/$name" && mkfifo "$work/$name.in" &&
		: > "$work/$name.out" || return
	"${before[@]}" env -C "$work/$name" HOME="$work/$name" bash -c \
		"$(declare -f shell_loop); shell_loop" \
		< "$work/$name.in" > "$work/$name.out" 2>&1 &
	shells+=($!)
	exec {fd}> "$work/$name.in"
	input[$1]=$fd
}

# shell_said PROMPT: sets said to what has been printed since the last command
# was typed in, but for the shell's word of who was killed.
shell_said() {
	local line lines

	IFS= read -rd '' said < "${home[$1]}.out"
	said=${said:begin}
	said=${said%$'\n'}
	[[ $said == *Terminated* ]] || return 0
	mapfile -t lines <<< "$said"
	said=
	for line in "${lines[@]}"; do
		[[ $line =~ ': line '[0-9]+': '.*Terminated ]] ||
			said+=${said:+$'\n'}$line
	done
}

# shell_type PROMPT COMMAND: sets status.  What it prints: see shell_said.
shell_type() {
	local file=$work/typed/$((nr_commands += 1))

	[ -d "$work/typed" ] || mkdir -m 1777 "$work/typed" || return
	[ -n "${input[$1]-}" ] || shell_open "$1" || return
	printf '%s\n' "$2" > "$file"
	IFS= read -rd '' said < "${home[$1]}.out"
	begin=${#said}
	echo "$file" >&"${input[$1]}"
	status=none
	soon "$longest" test -s "$file.status" && status=$(< "$file.status")
}

# The end

# Kills what runs on a node in namespaces, which then goes.
node_end() {
	local process pids=()

	on_node "$1" timeout 20 m3ipc node end
	for process in /proc/[0-9]*; do
		[ "$process/ns/net" -ef "/proc/${keeper[$1]}/ns/net" ] &&
			pids+=("${process#/proc/}")
	done
	kill -KILL "${pids[@]}"
}

nodes_close() {
	local node

	for node in "${!keeper[@]}"; do
		node_end "$node"
	done
	[ ${#shells[@]} -eq 0 ] || kill "${shells[@]}"
	wait
} 2> "$work/null"

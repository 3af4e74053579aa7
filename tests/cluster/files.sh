# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# Files of $VM for scripts that have taken in tests/cluster/vm.sh: an image is
# the disk of MEMORY at node 0, FS is over that, and each node has a mount, and
# writers in it and by the library, whose files tests/files/synced makes.
#
#	files_up		# MEMORY, FS, mounts, "volume" being its bytes
#	writers_start; try all_write
#	fs_kill KILL; fs_start
#	node_end 1; node_again 1 && mount_again 1
#	writers_go_on		# those that were stopped, or have ended
#	all_there		# what they have synced, seen from another node
#	files_down		# fsck.minix finds nothing

image=$work/root.img
volume=${volume-16M} cache=${cache-4M} # of the image, of FS
readonly WRITERS="mount0 library0 mount1 library1"
fs='' memory=''
declare -A mount=() writer=() seen=()
servers=("memory { node = \"node0\"
	disk \"root\" { image = \"$image\" mode = \"sync\" } }"
	"fs { node = \"node0\" root = \"root\" cache = $cache }")

files_gone() {
	umount -l "$work"/mnt? "$work"/{picture,linux,other} 2> "$work/null"
	corosync_down
}
trap files_gone EXIT

memory_start() {
	spawn 0 daemons/memory/m3ipc-memory -c "$work/conf0" $VM \
		2>> "$work/memory"
	memory=$pid
	soon bound 0 3
}

fs_start() {
	spawn 0 daemons/fs/m3ipc-fs -c "$work/conf0" $VM 2>> "$work/fs"
	fs=$pid
	soon bound 0 1
}

memory_kill() {
	kill -"$1" "$memory"
	wait "$memory" 2> "$work/null"
	local status=$?
	memory=
	return $status
}

fs_kill() {
	kill -"$1" "$fs"
	wait "$fs" 2> "$work/null"
	local status=$?
	fs=
	return $status
}

mount_start() {
	spawn "$1" daemons/fuse/m3ipc-fuse -f -o threads=2 \
		-c "$work/conf$1" $VM "$work/mnt$1" 2>> "$work/fuse$1"
	mount[$1]=$pid
	soon mountpoint -q "$work/mnt$1"
}

mount_end() {
	soon fusermount3 -u "$work/mnt$1" && ends_soon "${mount[$1]}"
}

# ends_soon PID: and in order, or what it is at is shown
ends_soon() {
	soon ended "$1" || {
		echo "$(< "/proc/$1/comm") does not end:"
		head -v /proc/"$1"/task/*/{wchan,stack,syscall}
		return 1
	}
	wait "$1"
}

files_up() {
	local i

	modprobe -a fuse loop minix && truncate -s "$volume" "$image" &&
		mkfs.minix -3 "$image" > "$work/null" && memory_start &&
		fs_start || return
	mkdir "$work/picture"
	for i in "${ALL[@]}"; do
		mkdir "$work/mnt$i"
		mount_start "$i" || return
	done
}

# Writers

# synced WHAT WRITER LOG: "write" or "check"
synced() {
	local node=${2: -1}

	case $2 in
	mount*) spawn "$node" tests/files/synced "$1" "$3" "$work/mnt$node" \
		"$2-" ;;
	*) spawn "$node" tests/files/synced "$1" "$3" / "$2-" 0 ;;
	esac
}

writer_start() {
	synced write "$1" "$work/synced-$1" 2>> "$work/said-$1"
	writer[$1]=$pid
}

writers_start() {
	local w

	for w in $WRITERS; do
		: > "$work/synced-$w"
		writer_start "$w"
	done
}

writers_stop() {
	kill -STOP "${writer[@]}" 2> "$work/null"
}

# As many as each has synced by now; who has not ended goes on
writers_go_on() {
	local w

	for w in $WRITERS; do
		seen[$w]=$(grep -c '^+' "$work/synced-$w")
		kill -CONT "${writer[$w]}" 2> "$work/null" || writer_start "$w"
	done
}

# Each has synced more since.
all_write() {
	local w

	for w in $WRITERS; do
		[ "$(grep -c '^+' "$work/synced-$w")" -gt "${seen[$w]-0}" ] ||
			return 1
	done
}

# there WRITER: for the library at the other node
there() {
	local node=$((1 - ${1: -1}))

	on $node timeout 60 tests/files/synced check "$work/synced-$1" / \
		"$1-" 0 > "$work/there"
}

all_there() {
	local w status=0

	writers_stop
	for w in $WRITERS; do
		there "$w" || status=1
	done
	writers_go_on
	return $status
}

# Nodes

# All that runs there, at once
node_end() {
	node_kill "$1"
	corosync_gone "$1"
	umount -l "$work/mnt$1"
}

node_again() {
	on "$1" tools/m3ipc node end
	corosync_start "$1" && node_up "$1" && proxy_start "$1" &&
		soon all_connected && systask_start "$1" &&
		try all_run && try owns "$1" 8
}

mount_again() {
	mount_start "$1"
}

files_down() {
	local i

	[ ${#writer[@]} -eq 0 ] || kill -KILL "${writer[@]}"
	for i in "${writer[@]}"; do
		ends_soon "$i"
	done 2> "$work/null"
	for i in "${ALL[@]}"; do
		mount_end "$i" || return
	done
	kill -TERM "$fs" && ends_soon "$fs" && kill -TERM "$memory" &&
		ends_soon "$memory" && fsck.minix -f "$image" > "$work/fsck"
}

files_show() {
	tail -n 15 "$work"/{fs,memory,fuse?,log?} "$work"/said-* \
		"$work"/synced-*
	on 0 tools/m3ipc fs $VM
}

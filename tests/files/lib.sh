# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# A node with a VM that has files, for the scripts that take this in: an image
# is the disk of MEMORY, FS is over that, and m3ipc-fuse mounts it.  Needs root,
# the driver, and modules of the kernel, as the test VM has.
#
#	image_make -3 48M	# $image, by mkfs.minix
#	files_up		# MEMORY, FS and the mount, $mnt
#	memory_kill KILL; memory_start
#	fs_kill KILL; fs_start
#	mount_end; mount_start
#	files_down		# all of them, and what fsck.minix says
#
# All is in $work, which is gone when the script ends, and so are processes.

. "$(dirname "${BASH_SOURCE[0]}")/../lib/count.sh" || exit 1
# shellcheck source=tests/lib/soon.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/soon.sh" || exit 1
export LC_ALL=C
PATH=$top/tools:$PATH
VM=VM0
work=$(mktemp -d) || exit 1
image=$work/root.img
mnt=$work/mnt
conf=$work/conf
memory='' fs='' mount=''
mount_options=allow_other
mkdir "$mnt" "$work/linux" && chmod 755 "$work" && : > "$work/log" || exit 1

# In a network namespace of its own, which is a node of its own
if [ -z "${FILES_NAMESPACE-}" ]; then
	rm -rf "$work"
	FILES_NAMESPACE=1 exec unshare --net "$0" "$@"
fi
trap files_cleanup EXIT

files_cleanup() {
	local pid

	umount -l "$mnt" "$work/linux"
	for pid in $mount $fs $memory $(jobs -p); do
		kill -KILL "$pid"
	done
	m3ipc node end
	rm -rf "$work"
} 2> /dev/null

is_bound() {
	[ "$(m3ipc proc show $VM "$1" --json 2> "$work/null" |
		jq .lpid 2> "$work/null")" = "$2" ]
}

ended() {
	! kill -0 "$1" 2> "$work/null"
}

# image_make VERSION SIZE: $image, with nothing in it
image_make() {
	rm -f "$image" "$image.journal"
	truncate -s "$2" "$image" && mkfs.minix "$1" "$image" > "$work/mkfs"
}

# config_of SERVERS: the configuration with these
config_of() {
	cat << END
local = "node0"
node "node0" { id = 0 }
proxy { insecure = true link_timeout = ${link_timeout-3000} }
vm "$VM" {
	id = 0
	$1
}
END
}

# Servers are started one by one, as they are ended.
node_up() {
	config_of '' > "$conf.node"
	config_of "memory { node = \"node0\"
		disk \"root\" { image = \"$image\" mode = \"sync\" } }
	fs { node = \"node0\" root = \"root\" cache = ${cache-16M} }" > "$conf"
	m3ipc up -c "$conf.node" > "$work/up"
}

memory_start() {
	daemons/memory/m3ipc-memory -c "$conf" $VM 2>> "$work/log" &
	memory=$!
	soon is_bound mem $memory
}

fs_start() {
	daemons/fs/m3ipc-fs -c "$conf" $VM 2>> "$work/log" &
	fs=$!
	soon is_bound fs $fs
}

memory_kill() {
	kill -"$1" "$memory"
	wait "$memory" 2> "$work/null"
	memory=
}

fs_kill() {
	kill -"$1" "$fs"
	wait "$fs" 2> "$work/null"
	fs=
}

is_mounted() {
	mountpoint -q "$mnt"
}

mount_start() {
	daemons/fuse/m3ipc-fuse -f -c "$conf" -o "$mount_options" $VM "$mnt" \
		2>> "$work/log" &
	mount=$!
	soon is_mounted
}

mount_end() {
	fusermount3 -u "$mnt" && soon ended "$mount" || return 1
	wait "$mount"
	local status=$?
	mount=
	return $status
}

files_up() {
	modprobe -a fuse loop minix && node_up && memory_start && fs_start &&
		mount_start
}

# Nothing is wrong with what is on the disk.
image_is_clean() {
	fsck.minix -f "$image" > "$work/fsck" 2>&1 || {
		cat "$work/fsck"
		return 1
	}
}

files_down() {
	ok "unmounted" mount_end
	fs_kill TERM
	memory_kill TERM
	m3ipc node end
	ok "fsck.minix finds nothing" image_is_clean
}

# What the servers have said, if it is not as it should be
log_show() {
	sed 's/^/# /' "$work/log"
}

# same DIR DIR: names, types, rights, owners, times, contents
same() {
	diff <(listing "$1") <(listing "$2") > "$work/diff" && return
	head -n 20 "$work/diff"
	return 1
}

listing() {
	(
		cd "$1" || exit 1
		find . -mindepth 1 -printf '%P %y %m %U:%G %T@ %l\n' |
			sed -E 's/ ([0-9]+)\.[0-9]+ / \1 /' | sort
		find . -type f -print0 | sort -z | xargs -0 sha256sum
	)
}

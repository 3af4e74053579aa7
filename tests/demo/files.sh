# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Files of the nodes of tests/demo/group, which takes this in: an image is at
# one, and used from the others, by the command and as a file system of Linux;
# its driver and its server are killed under load, and the work goes on.

image=$work/root.img
mnt=$work/mnt
mount=

files_config() {
	truncate -s 24M "$image"
	show mkfs.minix -3 "$image"
	servers=("memory { node = \"node1\" disk \"root\" {
		image = \"$image\" mode = \"sync\" } }"
		'fs { node = "node1" root = "root" }')
	configure 'insecure = true' 'link_timeout = 10000'
	sed -n '/memory {/,/fs {/p' "$work/conf1" | sed 's/^/    /'
}

fs_answers() {
	on "$1" m3ipc ls $VM / > "$work/null" 2>&1
}

file_serve() {
	step "Node 1 has a disk, an image of mkfs.minix, and files on it"
	files_config
	show_on 1 m3ipc up -c "$work/conf1"
	wait_until "node 1 has files" fs_answers 1
	wait_until "node 0 has them" fs_answers 0
	wait_until "node 2 has them" fs_answers 2
}

file_by_command() {
	local text=/usr/share/common-licenses/GPL-3

	step "Node 0 puts a file there, and node 2 gets it"
	show_on 0 m3ipc put $VM $text /GPL-3
	show_on 2 m3ipc ls $VM /
	show_on 2 m3ipc get $VM /GPL-3 "$work/GPL-3"
	cmp $text "$work/GPL-3" || die "that is another file"
	sha256sum $text "$work/GPL-3" | sed 's/^/    /'
}

can_mount() {
	modprobe -q fuse
	[ -c /dev/fuse ] && command -v fusermount3 > "$work/null"
}

file_mount() {
	step "On node 2 they are a file system of Linux, for any program"
	mkdir "$mnt"
	trap 'umount -l "$mnt" 2> "$work/null"; cluster_down' EXIT
	echo "node 2\$ m3ipc-fuse -o threads=4 $VM mnt &"
	spawn 2 daemons/fuse/m3ipc-fuse -f -o threads=4 -c "$work/conf2" \
		$VM "$mnt" 2> "$work/fuse"
	mount=$pid
	wait_until "it is mounted" mountpoint -q "$mnt"
	show findmnt -o FSTYPE,SOURCE,OPTIONS "$mnt"
}

file_programs() {
	local tree=tests/demo

	step "A tar of real files is unpacked there, compressed, and compared"
	tar -cf "$work/tree.tar" --exclude='*.o' $tree/*.[ch] $tree/run \
		$tree/group man/m3ipc.* || die "tar failed"
	shown "\$ tar -C mnt -xf tree.tar" tar -C "$mnt" -xf "$work/tree.tar"
	shown "\$ tar -C mnt -czf mnt/tree.tgz tests man" \
		tar -C "$mnt" -czf "$mnt/tree.tgz" tests man
	on 0 m3ipc get $VM /tree.tgz "$work/tree.tgz" ||
		die "node 0 cannot get it"
	mkdir "$work/tree"
	tar -C "$work/tree" -xf "$work/tree.tgz" || die "it is no archive"
	tar -tf "$work/tree.tar" | while read -r name; do
		cmp "$name" "$work/tree/$name" || exit 1
	done || die "what node 0 has unpacked of it is different"
	echo "the same: $(tar -tf "$work/tree.tar" | wc -l) files," \
		"as node 0 has unpacked them"
	show_on 1 m3ipc fs $VM
}

mount_answers() {
	ls "$mnt" &> "$work/null"
}

# Writes on, whatever happens; what was synced is in a list.
file_worker() {
	local i=0

	while [ ! -e "$work/enough" ]; do
		i=$((i + 1))
		{
			seq $i $((i + 200)) > "$mnt/work$i" &&
				sync "$mnt/work$i" && echo $i >> "$work/synced"
		} 2>> "$work/errors" || wait_until "the mount" mount_answers
	done
}

# synced_more COUNT: it has, than so many
synced_more() {
	[ "$(wc -l < "$work/synced")" -gt "$1" ]
}

# file_kill NAME SLOT: at node 1, and comes again
file_kill() {
	local before

	wait_until "work" synced_more 0
	echo "node 1\$ kill -KILL $1"
	kill -KILL "$(on 1 m3ipc proc show $VM "$2" --json | jq .lpid)" ||
		die "$1 is not there"
	wait_until "its end" slot_is_free "$2"
	show_on 1 m3ipc up -c "$work/conf1"
	before=$(wc -l < "$work/synced")
	wait_until "the work goes on" synced_more $((before + 1))
	echo "the work goes on: $(wc -l < "$work/synced") files synced"
}

slot_is_free() {
	! on 1 m3ipc proc show $VM "$1" --json 2> "$work/null" |
		grep -q '"lpid": [1-9]'
}

file_kills() {
	local i n=0

	step "Its driver and then its server are killed, under load"
	: > "$work/synced"
	file_worker &
	worker=$!
	file_kill m3ipc-memory mem
	file_kill m3ipc-fs fs
	: > "$work/enough"
	wait "$worker"
	while read -r i; do
		seq "$i" $((i + 200)) | cmp - "$mnt/work$i" ||
			die "work$i was synced, and is another"
		n=$((n + 1))
	done < "$work/synced"
	echo "all $n files that were synced are there"
	sed 's/.*: //' "$work/errors" | sort | uniq -c |
		sed 's/^ */    errors that the worker was told: /'
}

file_end() {
	step "Unmounted; both end; fsck.minix looks"
	if [ -n "$mount" ]; then
		show fusermount3 -u "$mnt"
		wait_until "m3ipc-fuse ends" ended "$mount"
	fi
	for i in fs mem; do
		kill -TERM "$(on 1 m3ipc proc show $VM $i --json | jq .lpid)"
		wait_until "$i ends" slot_is_free $i
	done
	show fsck.minix -f "$image"
}

files() {
	file_serve
	file_by_command
	if can_mount; then
		file_mount
		file_programs
		file_kills
	else
		echo "This kernel has no FUSE: no mount is shown."
	fi
	file_end
}

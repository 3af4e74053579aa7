# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# up, down and status with a file system, over a disk and over an image: it is
# ended before its disk, and what it has is written then.

conf=$work/fs.conf
image=$work/root.img

# The root of the file system, and what else its VM has
fs_configure() {
	cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" {
	id = 0
	$2
	fs { node = "node0" root = "$1" cache = 1M }
}
END
}

fs_by_conf() {
	m3ipc "$1" -c "$conf" "${@:2}"
}

has_no_fs() {
	fs_by_conf status | grep -q "^server${tab}VM0/fs$tab.*no process"
}

fs_is_up() {
	m3ipc proc show VM0 fs > "$work/null" 2>&1
}

truncate -s 4M "$image"
mkfs.minix -3 "$image" > "$work/null"
m3ipc node end
fs_configure "$image" ''
expect 0 '^node node0: is node 0 now
vm VM0: runs as VM 0
systask VM0: started
fs VM0: started$' fs_by_conf up
wait_until fs_is_up
expect 0 '^nothing to do$' fs_by_conf up
expect 0 "
server${tab}VM0/fs${tab}1${tab}up${tab}-$" fs_by_conf status
kill -KILL "$(m3ipc proc show VM0 fs --json | jq .lpid)"
wait_until has_no_fs
expect 0 '^fs VM0: started$' fs_by_conf up
expect 0 '^vm VM0: ended
node node0: ended$' fs_by_conf down
expect 0 '' flock -n "$image" true
expect 1 '' test -e "$image.journal"
expect 0 '' fsck.minix -f "$image"

fs_configure root "memory {
		node = \"node0\"
		disk \"root\" { image = \"$image\" mode = \"sync\" }
	}"
expect 0 '
memory VM0: started
fs VM0: started$' fs_by_conf up
expect 0 '^vm VM0: ended
node node0: ended$' fs_by_conf down
expect 0 '' flock -n "$image" true
expect 0 '' fsck.minix -f "$image"
m3ipc node init

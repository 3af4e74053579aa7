# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Files of a VM by the command: listed, copied there and back, by whoever may;
# mounts and what is open.

conf=$work/fs.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" {
	id = 0
	fs { node = "node0" root = "$work/fs.img" }
}
END
truncate -s 4M "$work/fs.img"
mkfs.minix -3 "$work/fs.img" > "$work/null"

as_user() {
	setpriv --reuid 1001 --regid 1001 --clear-groups env PATH="$PATH" "$@"
}

m3ipc node end
expect 0 'VM0: started' m3ipc up -c "$conf"
expect 0 "^MOUNT${tab}DEVICE${tab}STATE${tab}HITS.*
1${tab}[^$tab]*fs.img${tab}read-write${tab}[0-9]+${tab}[0-9]+${tab}[0-9.]+%" \
	m3ipc fs VM0
json '.processes | length == 1 and .[0].files == 0 and .[0].umask == "022" and
	.[0].directory == "1:1"' m3ipc fs VM0 --json
json '.mounts[0] | .mount == 1 and .state == "read-write" and .hits >= 0' \
	m3ipc fs VM0 --json
expect 0 '^MODE.*NAME$' m3ipc ls VM0 /
seq 100000 > "$work/file"
chmod 750 "$work/file"
expect 0 '^$' m3ipc put VM0 "$work/file" /file
expect 0 '^$' m3ipc get VM0 /file "$work/back"
expect 0 '^$' cmp "$work/file" "$work/back"
expect 0 '^750$' stat -c %a "$work/back"
expect 0 "
-rwxr-x---${tab}1${tab}root${tab}root${tab}588895${tab}[^$tab]*${tab}file$" \
	m3ipc ls VM0 /
expect 0 "${tab}/file$" m3ipc ls VM0 /file
json '.[0] | .name == "file" and .size == 588895 and .uid == 0 and
	.mode == 33256' m3ipc ls VM0 / --json
expect 0 '^$' eval 'echo short | m3ipc put VM0 - /file'
expect 0 '^short$' m3ipc get VM0 /file -
expect 1 '^m3ipc: ls VM0 /none: No such file or directory|No such file' \
	m3ipc ls VM0 /none
expect 1 'No such file' m3ipc get VM0 /none "$work/none"
expect 1 '' test -e "$work/none"
expect 1 'No such file' m3ipc put VM0 "$work/none" /new
expect 1 'Is a directory' m3ipc put VM0 "$work/file" /
expect 1 'Is a directory' m3ipc get VM0 / -
expect 1 'Not a directory' m3ipc put VM0 "$work/file" /file/x
# It has room for 4 MiB.
expect 1 'No space left' eval 'head -c 5000000 /dev/zero |
	m3ipc put VM0 - /zeros'
expect 0 '^$' eval 'm3ipc put VM0 - /zeros < /dev/null'
# The rights are those of who calls.
chmod 666 /dev/m3ipc
chmod 711 "$work"
expect 1 'Permission denied' as_user m3ipc get VM0 /file -
expect 1 'Permission denied' as_user m3ipc put VM0 - /user
expect 0 'file' as_user m3ipc ls VM0 /
chmod 660 /dev/m3ipc
chmod 700 "$work"
expect 0 '^VM0$' completions m3ipc ls ''
expect 2 'usage|Try' m3ipc put VM0 "$work/file"
m3ipc down -c "$conf" > "$work/null"
expect 0 '' fsck.minix -f "$work/fs.img"
m3ipc node init
expect 1 'VM0' m3ipc fs VM0

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# run --fs: programs that are files of the VM, here and by an INIT; and the
# processes that the file system knows.

conf=$work/run_fs.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" {
	id = 0
	pm { node = "node0" }
	init { node = "node0"  rexec = "all" }
	fs { node = "node0" root = "$work/run_fs.img" }
}
END
truncate -s 8M "$work/run_fs.img"
mkfs.minix -3 "$work/run_fs.img" > "$work/null"
printf '#!/bin/sh\necho "$1"\nexit 5\n' > "$work/script"
cp /bin/sh "$work/shell"
chmod 755 "$work/script" "$work/shell"

of_fs() {
	m3ipc run VM0 --fs "$@"
}

at_node_of_fs() {
	m3ipc run VM0 -n 0 --fs "$@"
}

lists_it() {
	m3ipc ps VM0 | grep -q "${tab}sleeper$"
}

m3ipc vm init A > "$work/null"
expect 1 'run A: --fs needs a process manager' m3ipc run A --fs /sh
m3ipc node end
m3ipc up -c "$conf" > "$work/null"
wait_until m3ipc put VM0 "$work/shell" /sh
expect 0 '^$' m3ipc put VM0 "$work/script" /script
expect 0 '^$' m3ipc put VM0 "$conf" /text
expect 7 '^out$' of_fs /sh -c 'echo out; exit 7'
expect 3 '^a=b +c$' of_fs sh -c 'echo "$@"; exit 3' x 'a=b ' c
expect 5 '^said$' of_fs /script said
expect 0 '^in$' eval 'echo in | of_fs /sh -c "read x; echo \$x"'
expect 9 '^$' of_fs --posix /sh -c '(exit 9); exit $?'
expect 127 'run /none: No such file' of_fs /none
expect 127 'run /bin/sh: No such file' of_fs /bin/sh
expect 126 'run /text: Permission denied' of_fs /text
# Lists have its name, and not the number that Linux calls it by.
expect 0 '^$' m3ipc put VM0 "$(command -v sleep)" /sleeper
start '*' m3ipc run VM0 --fs /sleeper 1004
wait_until lists_it
expect 0 "${tab}sleeper" m3ipc ps VM0
stop '^$'
wait_until at_node_of_fs /sh -c 'exit 0'
expect 6 '^out$' at_node_of_fs /sh -c 'echo out; exit 6'
expect 5 '^said$' at_node_of_fs script said
expect 9 '^$' at_node_of_fs --posix /sh -c '(exit 9); exit $?'
expect 127 '/none: No such file' at_node_of_fs /none
expect 126 '/text: Permission denied' at_node_of_fs /text
chmod 666 /dev/m3ipc
expect 0 '^nobody$' setpriv --reuid nobody --regid nogroup --clear-groups \
	"$(command -v m3ipc)" run VM0 -n 0 --fs /sh -c 'id -un'
chmod 660 /dev/m3ipc
m3ipc down -c "$conf" > "$work/null"
expect 0 '' fsck.minix -f "$work/run_fs.img"
m3ipc node init

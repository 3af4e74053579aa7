# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2016
#
# run -n: programs that INIT starts, here of the same node; tests/cluster/pm has
# those of others.

conf=$work/rexec.conf

# With whom INIT starts programs for
rexec_conf() {
	cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" {
	id = 0
	pm { node = "node0" }
	init { node = "node0"  rexec = "$1" }
}
END
}

at_node() {
	m3ipc run VM0 -n 0 "$@"
}

# One as another user, who may use the device
at_node_as_nobody() {
	setpriv --reuid nobody --regid nogroup --clear-groups \
		"$(command -v m3ipc)" run VM0 -n 0 "$@"
}

# How many programs of that command line are left
left() {
	pgrep -cxf "$1"
}

none_left() {
	[ "$(left "$1")" -eq 0 ]
}

# Of how many processes PM knows, INIT and this one being two
only_init() {
	[ "$(m3ipc ps VM0 | wc -l)" -eq 2 ]
}

says_something() {
	[ -s "$out" ]
}

m3ipc node end
rexec_conf none
expect 1 'rexec = "some": must be "none" or "users" or "all"' eval \
	"sed s/none/some/ $conf > $conf.bad; m3ipc check-config $conf.bad"
m3ipc up -c "$conf" > "$work/null"
expect 1 'run true at node 0: its INIT has no "rexec"' at_node true
expect 1 'run true at node 5: no INIT can be reached there' \
	m3ipc run VM0 -n 5 true
expect 1 'run X: no node of this name is known' m3ipc run VM0 -n X true

rexec_conf users
pkill -HUP m3ipc-init
chmod 666 /dev/m3ipc
wait_until at_node_as_nobody true
expect 0 '^nobody$' at_node_as_nobody id -un
expect 1 'its INIT has no "rexec"' at_node true

rexec_conf all
pkill -HUP m3ipc-init
wait_until at_node true
expect 7 '^out$' at_node sh -c 'echo out; exit 7'
expect 0 '^$' eval 'at_node sh -c "echo err >&2" 2> /dev/null'
expect 0 '^err$' eval 'at_node sh -c "echo err >&2" 2>&1 > /dev/null'
expect 0 "^a=b +c\$" at_node sh -c 'echo "$@"' x 'a=b ' c
expect 0 '^set$' eval 'M3TEST=set at_node sh -c "echo \$M3TEST"'
expect 0 '^/dev$' eval 'cd /dev; at_node pwd'
expect 0 '^4000000$' eval 'at_node head -c 4000000 /dev/zero | wc -c'
expect 127 'nowhere: No such file' at_node nowhere
expect 126 '/etc/passwd: Permission denied' at_node /etc/passwd
expect 1 'Argument list too long' eval 'at_node echo "$(printf %0131000d 1)"'
expect 0 '^1$' eval 'at_node yes | head -n 1 | wc -l'
expect 0 '^9$' at_node --posix sh -c '(exit 9); echo $?'
# What it leaves behind does not hold it up.
expect 0 '^here$' at_node sh -c 'sleep 1002 & echo here'
pkill -xf 'sleep 1002'
# Its parent is the one that started it; a signal to that is its own.
start '*' m3ipc run VM0 -n 0 --posix sh -c 'echo $PPID; exec sleep 1001'
wait_until says_something
expect 0 "
$(< "$out")${tab}m3ipc" eval 'm3ipc ps VM0 | cut -f 2,10'
stop '^[0-9]+$'
wait_until none_left 'sleep 1001'
# One whose parent is killed hears of it when it writes.
start '*' m3ipc run VM0 -n 0 yes
wait_until says_something
kill -KILL $pid
finish 137 y
wait_until none_left yes
wait_until only_init
m3ipc down -c "$conf" > "$work/null"
m3ipc node init

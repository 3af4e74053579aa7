# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# run: programs that are processes of a VM, which has a process manager or not.

conf=$work/run.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" { id = 0 pm { node = "node0" } }
END

# The program has the endpoint and its own words, and its end is ours.
m3ipc vm init A --procs 31 > /dev/null
expect 0 '^a -j --posix$' m3ipc run A echo a -j --posix
expect 7 '^$' m3ipc run A sh -c 'exit 7'
expect 143 '^$' eval "m3ipc run A sh -c 'kill -TERM \$\$'; exit \$?"
expect 0 '^in$' eval 'echo in | m3ipc run A cat'
expect 0 "${tab}29${tab}.*${tab}m3ipc${tab}runs$" m3ipc run A m3ipc proc list A
expect 0 "${tab}30${tab}" m3ipc run A --endpoint 30 m3ipc proc list A
expect 0 "${tab}3${tab}3${tab}" m3ipc run --endpoint=mem A -- m3ipc proc list A
start runs m3ipc run A sleep 1000
stop '^$' 'a signal'
start runs m3ipc run A sh -c \
	'trap "exit 5" INT; echo up; while :; do sleep 0.05; done'
wait_until grep -q up "$out"
kill -INT $pid
finish 5 '^up$' 'a signal that it catches'

# What is not to be had
bind_sleeper A 29
first=$sleeper
bind_sleeper A 30
expect 1 'run A: all slots from 29 to 30: EMOLSLOTUSED: ' m3ipc run A true
expect 1 'run A: bind to slot 30: EMOLSLOTUSED: ' m3ipc run A --endpoint 30 true
end_sleeper
sleeper=$first
end_sleeper
expect 1 'run X: no VM of this name is running' m3ipc run X true
expect 1 'run A 31: slots are ' m3ipc run A --endpoint 31 true
expect 2 'x: not the number of a slot' m3ipc run A --endpoint x true
expect 1 'run A: --posix needs a process manager' m3ipc run A --posix true
expect 127 'run nowhere: No such file' m3ipc run A nowhere
expect 126 'run /etc/passwd: Permission denied' m3ipc run A /etc/passwd
m3ipc vm end A

isolated_ended() {
	! pgrep -xf 'sleep 4712' > "$work/null"
}

says_it_is_there() {
	grep -q there "$out"
}

# PM knows it; of an unmodified program it knows the children, too.
m3ipc node end
m3ipc up -c "$conf" > "$work/null"
expect 0 '^1$' m3ipc run VM0 --posix sh -c 'echo $PPID'
expect 0 '^same$' m3ipc run VM0 --posix \
	sh -c '[ $$ = $(sh -c "echo \$PPID") ] && echo same'
expect 0 '^9$' m3ipc run VM0 --posix sh -c '(exit 9); echo $?'
expect 0 '143$' m3ipc run VM0 --posix \
	sh -c 'sleep 1000 & kill -TERM $!; wait $!; echo $?'
expect 9 '^$' m3ipc run VM0 --posix sh -c 'exec sh -c "exit 9"'
# Alone, and as it ends so does what it has left
expect 0 '^2 1 [1-6]$' m3ipc run VM0 --isolate sh -c \
	'echo $$ $PPID $(ls /proc | grep -c "^[0-9]")'
expect 3 '^[0-9]+$' m3ipc run VM0 --isolate sh -c \
	'setsid sleep 4712 & echo $!; exit 3'
wait_until isolated_ended
expect 0 '^9$' m3ipc run VM0 --isolate --posix sh -c '(exit 9); echo $?'
expect 1 'is for programs of this node' m3ipc run VM0 --isolate -n 0 true
start '*' m3ipc run VM0 --isolate sh -c \
	'mount -t tmpfs none /mnt && echo there; exec sleep 4712'
wait_until says_it_is_there
expect 32 '^$' mountpoint -q /mnt
stop there
wait_until isolated_ended
# It leaves nothing in its environment, and keeps what is there.
expect 1 '^$' eval 'm3ipc run VM0 --posix env | grep -e PRELOAD -e M3IPC_'
expect 0 '^a=b$' m3ipc run VM0 --posix env -i a=b env
expect 0 '^8$' m3ipc run VM0 --posix env -i sh -c '(exit 8); echo $?'
m3ipc down -c "$conf" > "$work/null"
m3ipc node init

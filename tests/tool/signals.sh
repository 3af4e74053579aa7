# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# Blocked commands that end: by a signal, by others, with their VM

# interrupt STATE COMMAND...: SIGINT ends it and its slot is free at once
interrupt() {
	start "$@"
	kill -INT $pid
	finish 130 '' 'SIGINT'
	expect 0 '^$' state_of $pid
}

m3ipc vm init A > /dev/null
interrupt 'waits for any' m3ipc recv A -b 40
interrupt 'waits for any' m3ipc serve A mem
interrupt 'waits for any' m3ipc serve A mem -- cat
bind_sleeper A pm
interrupt 'waits for 0' m3ipc recv A pm
interrupt 'sends to 0' m3ipc send A pm hi
interrupt 'calls 0' m3ipc call A pm hi
end_sleeper

# Somebody else unbinds it: an error to report, not a death by SIGPIPE.
start 'waits for any' m3ipc recv A -b 40
m3ipc proc unbind A @40
finish 1 'recv A any: EMOLNOTBIND: ' 'unbound'
start 'waits for any' m3ipc serve A mem
m3ipc proc unbind A mem
finish 1 'serve A: EMOLNOTBIND: ' 'unbound'

start 'waits for any' m3ipc recv A
m3ipc vm end A
finish 1 'recv A any: EMOLVMNOTRUN: ' 'VM ended'
m3ipc vm init A > /dev/null
start 'waits for any' m3ipc serve A mem
m3ipc node end
finish 1 'serve A: EMOLDRVSINIT: ' 'node ended'
m3ipc node init

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# trace: a line for each call, and nothing left behind

instances=/sys/kernel/tracing/instances

is_tracing() {
	grep -qs 1 $instances/m3ipc.$1/events/m3ipc/m3ipc_${2-end}/enable
}

# tracing EVENT OPTION...: like start
tracing() {
	local event=$1

	shift
	out=$(mktemp -p "$work")
	env --default-signal=INT m3ipc trace "$@" > "$out" 2>&1 < /dev/null &
	pid=$!
	started=$(name_of m3ipc trace "$@")
	wait_until is_tracing $pid $event
}

m3ipc vm init A > /dev/null
tracing end -n 2
tracer=$pid trace_started=$started trace_out=$out
start 'waits for any' m3ipc recv A -b 40
m3ipc send A @40 hi -b 41
finish 0 ' 0 hi$'
pid=$tracer started=$trace_started out=$trace_out
finish 0 '[0-9]+\.[0-9]+ 0 35643 send 35642 OK -'
verdict 'the receiver was blocked' "$(difference 0 \
	'[0-9.]+ 0 35642 receive any OK [0-9]+\.[0-9]+' 0 "$(< "$out")")"

tracing end pm --json -n 1
expect 1 'EMOLDSTDIED' m3ipc send A mem hi
expect 1 'EMOLDSTDIED' m3ipc send A pm hi
finish 0 '^\{"time":[^}]*"peer":0,[^}]*"result":"EMOLDSTDIED"[^}]*\}$'

tracing bind -e bind
m3ipc recv A -b 40 -t 0 2> /dev/null
wait_until test -s "$out"
kill -INT $pid
finish 0 ' bind vm=0 ep=[0-9]+ pid=[0-9]+$'
tracing end
kill -TERM $pid
finish 0 '^$'
expect 2 'x: no such event' m3ipc trace -e x
expect 2 'nobody: not an endpoint' m3ipc trace nobody
verdict 'no instance is left' "$(ls $instances | grep m3ipc)"
m3ipc vm end A

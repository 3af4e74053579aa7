# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# trace: a line for each call, none lost or said to be, and nothing left behind

demo=$top/tests/demo
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
	name_of m3ipc trace "$@"
	started=$name
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
tracing end -e bind,end
m3ipc recv A -b 40 -t 0 2> /dev/null
kill -INT $pid
finish 0 ' bind vm=0 ep=.* end vm=0 ep=[0-9]+ call=receive rc='
expect 2 'x: no such event' m3ipc trace -e x
expect 2 ': no such event' m3ipc trace -e bind,
expect 2 'cal: no such event' m3ipc trace -e bind,cal,end
expect 2 '--buffer 0: must be 1 to' m3ipc trace -b 0
expect 2 'nobody: not an endpoint' m3ipc trace nobody

has_answered() {
	[ "$(m3ipc proc show A 10 |
		sed -n "s/^Sent here$tab//p")" -ge "$1" ]
}

# flood REQUESTS: at least so many go from one process to another and are
# answered; "asked" is how many in "ms" milliseconds
flood() {
	local server client

	rm -f "$work/endpoint"
	$demo/server 0 10 > "$work/endpoint" &
	server=$!
	wait_until test -s "$work/endpoint"
	$demo/client 0 40 "$(< "$work/endpoint")" \
		/usr/share/common-licenses/GPL-3 0 1 "$work/answers" \
		> "$work/account" &
	client=$!
	wait_until has_answered "$1"
	kill -TERM $client
	wait $client
	kill -KILL $server
	wait $server 2> /dev/null
	read -r asked _ ms < "$work/account"
}

# same NAME A B
same() {
	verdict "$1" "$([ "$2" -eq "$3" ] || echo "$2 is not $3")"
}

lines() {
	grep -cE "$1" "$out"
}

# Its reader sleeps all the while: the buffer has all of it in the end.
tracing end
size=$(< $instances/m3ipc.$pid/buffer_size_kb)
verdict 'the buffer is large' "$([ "$size" -ge 8192 ] || echo "$size KB")"
kill -STOP $pid
flood 10000
kill -INT $pid
kill -CONT $pid
status_of $pid
same 'a reader that slept loses nothing' $? 0
same 'each call is there' "$(lines ' sendrec 10 OK [0-9]')" "$asked"
printf '# asleep: %d messages in %d ms\n' $((2 * asked)) "$ms"

tracing message -e message
flood 10000
kill -INT $pid
status_of $pid
same 'a reader that is awake loses nothing' $? 0
same 'each message is there' "$(lines ' message vm=')" $((2 * asked))
printf '# awake: %d messages in %d ms\n' $((2 * asked)) "$ms"

# What is not there is said.
tracing message --json -e message -b 8
kill -STOP $pid
flood 2000
kill -INT $pid
kill -CONT $pid
status_of $pid
same 'a small buffer loses some' $? 1
total=$(sed -n 's/^m3ipc: trace \([0-9]*\) events lost in all$/\1/p' "$out")
same 'what is shown and what was lost are all messages' \
	$(($(lines '"event":"message"') + total)) $((2 * asked))
same 'each loss is an object' "$total" \
	$(($(sed -n 's/^{"lost":\([0-9]*\).*/+ \1/p' "$out")))

# A second signal does not wait for what is left, but says how much that is.
tracing message -e message
kill -STOP $pid
flood 2000
kill -INT $pid
kill -TERM $pid
kill -CONT $pid
status_of $pid
same 'a second signal loses some' $? 1
left=$(sed -n 's/^m3ipc: trace \([0-9]*\) events lost$/\1/p' "$out")
same 'what is shown and what was left are all messages' \
	$(($(lines ' message ') + left)) $((2 * asked))

# Who is killed leaves an instance, for the next one to remove: no other.
tracing end
{
	kill -KILL $pid
	wait $pid
} 2> /dev/null
left=$instances/m3ipc.$pid
verdict 'an instance is left' "$([ -d $left ] || echo "no $left")"
tracing end
verdict 'the next one removes it' "$([ ! -d $left ] || echo "$left")"
m3ipc trace -n 1 > /dev/null 2>&1 &
other=$!
wait_until is_tracing $other
verdict 'that of a living one stays' "$(is_tracing $pid || echo 'it is gone')"
kill -TERM $other $pid
status_of $other
finish 0 '^$'
verdict 'no instance is left' "$(ls $instances | grep m3ipc)"
m3ipc vm end A

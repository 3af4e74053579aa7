# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# send, recv and notify

m3ipc vm init A > /dev/null

start 'waits for any' m3ipc recv A -b 40
expect 0 '^$' m3ipc send A @40 'hello there'
finish 0 '^[0-9]+ 0 hello there$'

start 'waits for any' m3ipc recv A -b 40 --json
expect 0 '^$' m3ipc send A @40 --type -7 'say "hi"'
finish 0 '^\{"source":[0-9]+,"type":-7,"text":"say \\"hi\\""\}$'

# A server leaves those waiting that only send; -2 is an endpoint, no option.
start 'waits for any' m3ipc serve A -2
server=$pid
start 'sends to -2' m3ipc send A -2 hi
kill -TERM $server
finish 1 'send A -2: EMOLDSTDIED: '
wait $server
expect 1 'recv A pm: EMOLSRCDIED: ' m3ipc recv A pm
expect 1 'send A pm: EMOLDSTDIED: ' m3ipc send A pm hi
expect 1 'send A @40: nobody is bound to this slot' m3ipc send A @40 hi
expect 1 'send A any: EMOLENDPOINT: ' m3ipc send A any hi
expect 1 'send A @189: EMOLRANGE: ' m3ipc send A @189 hi
expect 1 'recv X: no VM of this name' m3ipc recv X
expect 1 'A: bind to slot 189: EMOLRANGE: .*: slots are -[0-9]+ to 188$' \
	m3ipc recv A -b 189

# Every byte but NUL, on one line
start 'waits for any' m3ipc recv A -b 40
m3ipc send A @40 $'tab\tline\nback\\slash \033[1m bell\a na\303\257ve'
finish 0 'tab\\tline\\nback\\\\slash \\x1b\[1m bell\\x07 na'$'\303\257''ve$'
start 'waits for any' m3ipc recv A -b 40 --json
m3ipc send A @40 $'tab\tline\nback\\slash "quoted" \001'
finish 0 '"text":"tab\\tline\\nback\\\\slash \\"quoted\\" \\u0001"\}$'
start 'waits for any' m3ipc recv A -b 40 --json
m3ipc send A @40 $'no UTF-8: \377'
finish 0 '"hex":"6e6f205554462d383a20ff0+"\}$'
start 'waits for any' m3ipc recv A -b 40
expect 0 '^$' m3ipc send A @40 ''
finish 0 '^[0-9]+ 0 $'
start 'waits for any' m3ipc recv A -b 40
expect 0 '^$' m3ipc send A @40 -- --json
finish 0 '^[0-9]+ 0 --json$'

# The one who sends is the one who was named.
bind_sleeper A mem
start 'waits for 3' m3ipc recv A mem -b 40
expect 1 'send A @40: EMOLTIMEDOUT: ' m3ipc send A @40 'not me' -t 50
m3ipc proc unbind A mem
finish 1 'recv A mem: EMOLSRCDIED: '
end_sleeper

# Nobody comes in time.
bind_sleeper A 40
expect 1 'A: bind to slot 40: EMOLSLOTUSED: ' m3ipc send A pm hi -b 40
expect 1 'send A @40: EMOLTIMEDOUT: ' m3ipc send A @40 hi -t 50
expect 1 'send A @40: EMOLAGAIN: ' m3ipc send A @40 hi -t 0
expect 1 'call A @40: EMOLTIMEDOUT: ' m3ipc call A @40 hi -t 50
expect 1 'recv A @40: EMOLTIMEDOUT: ' m3ipc recv A @40 -t 50
expect 1 'recv A any: EMOLAGAIN: ' m3ipc recv A -t 0
end_sleeper

# Notifications
start 'waits for any' m3ipc recv A -b 40
expect 0 '^$' m3ipc notify A @40
finish 0 '^28 notify 0$'
start 'waits for any' m3ipc recv A -b 40 --json
expect 0 '^$' m3ipc notify A @40 -b -66
finish 0 '"source":-66,"type":4097,"notification":true,"value":0,"count":1,'
expect 1 'notify A pm: EMOLDSTDIED: ' m3ipc notify A pm
bind_sleeper A 40
expect 1 'notify A @40: EMOLPRIVILEGES: ' m3ipc notify A @40 -b 41
end_sleeper

# A VM with two user slots, both used
m3ipc vm init B --procs 31 > /dev/null
bind_sleeper B 29
first=$sleeper
bind_sleeper B 30
expect 1 'B: all slots from 29 to 30: EMOLSLOTUSED: ' m3ipc recv B -t 0
end_sleeper
sleeper=$first
end_sleeper
m3ipc vm end B
m3ipc vm end A

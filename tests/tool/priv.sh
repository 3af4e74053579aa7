# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# priv show and priv set: what is set is shown, and holds

m3ipc vm init A > /dev/null
bind_sleeper A mem
expect 0 "^Endpoint${tab}3"$'\n'"Id${tab}3"$'\n'"Level${tab}1 server"$'\n'\
"Traps${tab}all"$'\n'"Sends to${tab}all"$'\n'"Receives from${tab}all"$'\n'\
"Requests${tab}0-63"$'\n'"Warns${tab}none\$" m3ipc priv show A mem
json '.traps[0] == "send" and (.traps | length) == 8 and
	.ipc_to[0] == -67 and .ipc_to[-1] == "users" and .level == 1' \
	m3ipc priv show A @3 --json
expect 0 '^$' m3ipc priv set A mem --traps=-send,-vcopy --to=pm,-5..-2 \
	--from users --warn=rs --level=2
expect 0 "Level${tab}2 task"$'\n'\
"Traps${tab}receive,sendrec,notify,rcvrqst,reply,relay"$'\n'\
"Sends to${tab}-5..-2,pm"$'\n'"Receives from${tab}users"$'\n'".*\
Warns${tab}rs\$" m3ipc priv show A 3
json '.ipc_to == [-5, -4, -3, -2, 0] and .ipc_from == ["users"] and
	.warn == 2' m3ipc priv show A mem --json
expect 0 '^$' m3ipc priv set A mem --warn none
expect 0 "Sends to${tab}-5..-2,pm"$'\n'".*Warns${tab}none\$" \
	m3ipc priv show A mem
end_sleeper

# What is set holds.
start 'waits for any' m3ipc recv A -b 3
expect 0 '^$' m3ipc priv set A mem --from=none
expect 1 'send A mem: EMOLCALLDENIED: ' m3ipc send A mem hi
expect 0 '^$' m3ipc priv set A mem --from=users
expect 0 '^$' m3ipc send A mem hi
finish 0 ' 0 hi$'
start 'waits for any' m3ipc serve A mem
expect 0 '^$' m3ipc priv set A mem --traps=all,-reply
expect 1 'call A mem: EMOL[A-Z]*: ' m3ipc call A mem hi -t 2000
kill -KILL $pid 2> /dev/null
wait $pid 2> /dev/null

bind_sleeper A mem
expect 2 'what is to be set' m3ipc priv set A mem
expect 2 'sent: not a list of primitives' m3ipc priv set A mem --traps=sent
expect 2 'bogus: not a list of system slots' m3ipc priv set A mem --to bogus
expect 2 '999: not a list of system slots' m3ipc priv set A mem --from=999
expect 2 'nobody: not the number of a slot' m3ipc priv set A mem --warn=nobody
expect 2 '--level 6: must be 0 to 5' m3ipc priv set A mem --level 6
expect 1 'priv set A mem: EMOLRANGE: ' m3ipc priv set A mem --warn=120
expect 1 'priv set A pm: EMOLNOTBIND: ' m3ipc priv set A pm --traps=none
expect 1 'priv show A pm: EMOLNOTBIND: ' m3ipc priv show A pm
expect 1 'A @40: nobody is bound' m3ipc priv show A @40
expect 1 'priv show X: no VM' m3ipc priv show X pm
expect 1 'EMOLPERM: ' setpriv --bounding-set=-all --inh-caps=-all \
	m3ipc priv set A mem --traps=all
expect 0 "Traps${tab}all" setpriv --bounding-set=-all --inh-caps=-all \
	m3ipc priv show A mem
end_sleeper
m3ipc vm end A

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# VMs and slots: making, showing and ending them

expect 0 "^VM${tab}procs${tab}tasks${tab}sysprocs${tab}nodes${tab}name\$" \
	m3ipc vm list
json '. == []' m3ipc vm list --json
expect 0 '^0$' m3ipc vm init A
json '. == {"vmid": 1}' m3ipc vm init B --json
expect 0 '^9$' m3ipc vm init C --id 9 --procs 40 --tasks 5 --sysprocs 12
expect 1 'vm init A: EMOLEXIST: .*: it is VM 0$' m3ipc vm init A
expect 1 'vm init D --id 9: EMOLVMRUN: ' m3ipc vm init D --id 9
expect 1 'vm init D --id 40: EMOLBADVMID: .*: VMs are 0 to 31$' \
	m3ipc vm init D --id 40
expect 1 'vm init D: EMOLRANGE: .*: procs are 1 to [0-9]*, tasks 2 to ' \
	m3ipc vm init D --procs 8000
expect 1 'vm init D: EMOLRANGE: ' m3ipc vm init D --tasks 9 --sysprocs 9
expect 1 'vm init a/b: EMOLINVAL: .*: a name has letters' m3ipc vm init a/b
expect 1 'sixteen-letters-: EMOLNAMESIZE: ' m3ipc vm init sixteen-letters-
expect 0 $'\n'"9${tab}40${tab}5${tab}12${tab}0${tab}C\$" m3ipc vm list
expect 0 "${tab}C\$" m3ipc vm
json 'map(.name) == ["A", "B", "C"] and .[2].nr_procs == 40' \
	m3ipc vm list --json
expect 0 "^VM${tab}9"$'\n'"Procs${tab}40"$'\n'".*Name${tab}C"$'\n' \
	m3ipc vm show C
json '.vmid == 9 and .nr_tasks == 5 and .nodes == [0]' m3ipc vm show 9 --json
expect 1 'vm show X: no VM of this name is running' m3ipc vm show X
expect 1 'vm show 5: EMOLVMNOTRUN: ' m3ipc vm show 5
expect 1 'vm show 99: EMOLBADVMID: ' m3ipc vm show 99
expect 1 'vm end X: no VM of this name is running' m3ipc vm end X
expect 0 '^$' m3ipc vm end B
expect 0 '^$' m3ipc vm end 9
expect 1 'vm end 9: EMOLVMNOTRUN: ' m3ipc vm end 9
json 'map(.vmid) == [0]' m3ipc vm list --json

head="VM${tab}p_nr${tab}endp${tab}lpid${tab}node${tab}flag${tab}misc${tab}getf"
head+="${tab}sndt${tab}wmig${tab}prxy${tab}name${tab}state"
expect 0 "^$head\$" m3ipc proc list
json '. == []' m3ipc proc list A --json
sleep infinity &
sleeper=$!
expect 0 '^35642$' m3ipc proc bind A $sleeper 40
expect 1 "A: process $sleeper to slot 41: EMOLBUSY: " \
	m3ipc proc bind A $sleeper 41
expect 1 "A: process $$ to slot 40: EMOLSLOTUSED: " m3ipc proc bind A $$ 40
expect 1 'process 4194303 to slot 41: EMOLBADPID: ' \
	m3ipc proc bind A 4194303 41
expect 1 'A 189: slots are -67 to 188' m3ipc proc bind A $$ 189
expect 1 'A @189: slots are -67 to 188' m3ipc proc show A @189
expect 2 '-68: not the number of a slot' m3ipc proc show A -68
expect 1 'proc bind X: no VM' m3ipc proc bind X $$ 41
expect 0 "^$head"$'\n'"0${tab}40${tab}35642${tab}$sleeper${tab}0${tab}.*${tab}\
sleep${tab}runs\$" m3ipc proc list
expect 0 "${tab}$sleeper${tab}.*${tab}runs\$" m3ipc ps A
json "map([.p_nr, .endpoint, .lpid, .name, .rts]) ==
	[[40, 35642, $sleeper, \"sleep\", []]]" m3ipc proc --json
expect 0 "Endpoint${tab}35642"$'\n'"Process${tab}$sleeper"$'\n' \
	m3ipc proc show A 40
json '.endpoint == 35642 and .misc == ["GRPLEADER"] and .lclsent == 0' \
	m3ipc proc show A @40 --json
json '.rts == ["SLOT_FREE"]' m3ipc proc show A mem --json
expect 1 'proc unbind A @41: nobody is bound' m3ipc proc unbind A @41
expect 1 'proc unbind A 35643: EMOLNOTBIND: ' m3ipc proc unbind A 35643
expect 1 'proc unbind A pm: EMOLNOTBIND: ' m3ipc proc unbind A pm
expect 0 '^$' m3ipc proc unbind A 35642 -t 5000
status_of $sleeper
verdict 'SIGPIPE tells who was unbound' "$(difference 141 '' $? '')"
bind_sleeper A 40
expect 0 '^$' m3ipc proc unbind A @40
end_sleeper
json '.rts == ["SLOT_FREE"]' m3ipc proc show A 40 --json
bind_sleeper A mem
json '.[0].p_nr == 3 and .[0].endpoint == 3' m3ipc proc list --json
expect 0 '^$' m3ipc vm end A
end_sleeper

# Names of processes are any bytes, UTF-8 or not.
m3ipc vm init A > /dev/null
bind_named A mem '\xff\x1b\x5cn\xc3\xa9'
shown='\\xff\\x1b\\\\n'$'\303\251'
expect 0 "${tab}$shown${tab}runs\$" m3ipc proc list A
expect 0 "Name${tab}$shown"$'\n' m3ipc proc show A mem
expect 0 "${tab}$shown${tab}runs\$" m3ipc top A -n 1 -d 1
for list in 'proc list A' 'top A -n 1 -d 1'; do
	json 'map(.name) == ["\\xff\\x1b\\\\n\u00e9"]' m3ipc $list --json
done
end_sleeper
bind_named A mem 'n\xc3\xa9e \x5c'
expect 0 "${tab}n"$'\303\251''e \\\\'"${tab}runs\$" m3ipc proc list A
json 'map(.name) == ["n\u00e9e \\"]' m3ipc proc list A --json
end_sleeper
m3ipc vm end A

# Who is queued, and at whom
m3ipc vm init A > /dev/null
bind_sleeper A mem
state_of_slot() {
	m3ipc proc show A "$1" | sed -n 's/^State.//p'
}
expect 0 '^runs$' state_of_slot mem
start 'sends to 3' m3ipc send A mem one -b 40
sender=$pid
expect 0 '^runs; 1 process is queued at it$' state_of_slot mem
start 'calls 3' m3ipc call A mem two -b 41
expect 0 '^runs; 2 processes are queued at it$' state_of_slot mem
json 'map([.p_nr, .queued]) == [[3, 2], [40, 0], [41, 0]]' \
	m3ipc proc list A --json
json '.queued == 2' m3ipc proc show A mem --json
end_sleeper
finish 1 'EMOLDSTDIED'
status_of $sender
start 'waits for any' m3ipc serve A mem
server=$pid
start 'sends to 3' m3ipc send A mem one -b 40
expect 0 '^waits for any request; 1 process is queued at it$' \
	state_of_slot mem
kill -TERM $server
wait $server
finish 1 'EMOLDSTDIED'
m3ipc vm end A

# Columns and colours are for terminals.
on_terminal() {
	script -qec "$*" /dev/null
}

m3ipc vm init A > /dev/null
bold=$'\033[[]1m'
plain=$'\033[[]0m'
expect 0 "^${bold}VM${plain} ${bold}procs${plain} .*"$'\n'" 0   189    67" \
	on_terminal TERM=xterm m3ipc vm list
expect 0 $'^VM procs tasks sysprocs nodes name\r\n 0   189' \
	on_terminal NO_COLOR=1 TERM=xterm m3ipc vm list
expect 0 $'^Initialised yes\r\nNode        0\r\n' \
	on_terminal TERM=dumb m3ipc node show
expect 0 '^\[' on_terminal TERM=xterm m3ipc vm list --json

into_full() {
	"$@" > /dev/full
}

expect 1 'stdout: No space left on device' into_full m3ipc vm list
expect 1 'stdout: No space left on device' into_full m3ipc vm show A --json
m3ipc vm end A

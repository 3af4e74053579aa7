# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# up, down and status with a process manager, which is where the configuration
# has one; ps and kill, which ask it.

conf=$work/pm.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" { id = 0 pm { node = "node0" } }
vm "VM1" { id = 1 }
END

by_conf() {
	m3ipc "$1" -c "$conf" "${@:2}"
}

kill_pm() {
	kill -KILL "$(m3ipc proc show VM0 pm --json | jq .lpid)"
	wait_until is_missed
}

is_missed() {
	by_conf status | grep -q "^server${tab}VM0/pm$tab.*no process"
}

m3ipc node end
expect 0 '^node node0: is node 0 now
vm VM0: runs as VM 0
vm VM1: runs as VM 1
systask VM0: started
pm VM0: started
systask VM1: started$' by_conf up
expect 0 '^nothing to do$' by_conf up
expect 0 "
server${tab}VM0/pm${tab}0${tab}up${tab}-
" by_conf status

# Whoever may open the device; the checkout may be where only root gets.
mode=$(stat -c %a /dev/m3ipc)
chmod 666 /dev/m3ipc
chmod 755 "$work"
cp "$top/tools/m3ipc" "$top/tests/cluster/family" \
	"$top"/libmolipc/lib*.so.* "$work"
by_nobody() {
	LD_LIBRARY_PATH=$work setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$work/$1" "${@:2}"
}

is_ready() {
	grep -qx ready "$1"
}

# A family of so many children, whose parent says how they end
family() {
	"$@" > "$work/said" &
	family=$!
	wait_until is_ready "$work/said"
}

has_said() {
	grep -qx "$1" "$work/said"
}

# Who asks for a signal is a process for a moment, too.
is_process() {
	m3ipc ps VM0 | grep -qP "$1"
}

head="VM${tab}PID${tab}PPID${tab}PGID${tab}SID${tab}USER${tab}NODE${tab}\
ENDPOINT${tab}STATE${tab}NAME"
# Without a process manager, and without processes
expect 0 "^VM${tab}p_nr${tab}" m3ipc ps VM1
expect 1 'ps VM1: no process manager' m3ipc ps VM1 --tree
expect 1 'kill VM1: no process manager' m3ipc kill VM1 2
expect 0 "^$head\$" m3ipc ps VM0
json '. == []' m3ipc ps VM0 --json

family "$top/tests/cluster/family" stay 2
family_pid=$(m3ipc ps VM0 --json | jq 'map(.pid) | min')
a=$((family_pid + 1)) b=$((family_pid + 2))
line() {
	echo "0$tab$1$tab$2$tab$family_pid$tab$family_pid${tab}root${tab}0$tab\
[0-9]+${tab}live$tab$3"
}
expect 0 "^$head
$(line "$family_pid" 1 family)
$(line $a "$family_pid" family)
$(line $b "$family_pid" family)\$" m3ipc ps
expect 0 "^$head
$(line "$family_pid" 1 family)
$(line $a "$family_pid" '\\_ family')
$(line $b "$family_pid" '\\_ family')\$" m3ipc ps VM0 --tree
like="$family_pid, $family_pid, 0, 0, \"live\", \"family\""
json "map([.vmid, .pid, .ppid, .pgid, .sid, .uid, .nodeid, .state, .name]) == [
	[0, $family_pid, 1, $like],
	[0, $a, $family_pid, $like],
	[0, $b, $family_pid, $like]
	]" m3ipc ps -a VM0 --json

expect 1 'VM0 9999: No such process' m3ipc kill VM0 9999
expect 2 'nobody: not a process id' m3ipc kill VM0 nobody
expect 2 ' 0: not a process id' m3ipc kill VM0 0
expect 2 'NOWHERE: no such signal' m3ipc kill -s NOWHERE VM0 $a
expect 2 'no such option' m3ipc kill -NOWHERE VM0 $a
expect 0 '^$' m3ipc kill -0 VM0 $a $b
expect 0 '^$' m3ipc kill -STOP VM0 $a
wait_until is_process "\t$a\t.*\tstopped\tfamily$"
expect 0 '^$' m3ipc kill --signal=sigcont VM0 $a
wait_until is_process "\t$a\t.*\tlive\tfamily$"
expect 1 "VM0 $a: EMOLPERM" by_nobody m3ipc kill VM0 $a
expect 1 "VM0 -$family_pid: EMOLPERM" by_nobody m3ipc kill VM0 -$family_pid

# A zombie: its parent waits for another one, and is stopped.
expect 0 '^$' m3ipc kill -STOP VM0 "$family_pid"
expect 0 '^$' m3ipc kill -9 VM0 $a
expect 0 '^$' m3ipc kill VM0 $b
wait_until is_process "\t$b\t$family_pid\t.*\troot\t.*\tzombie\t-$"
expect 0 '^$' m3ipc kill -CONT VM0 "$family_pid"
wait_until has_said 'status 9'
wait_until has_said 'status 15'
wait $family

# A user may signal his own, also as a group.
family by_nobody family stay 1
family_pid=$(m3ipc ps VM0 --json |
	jq 'map(select(.uid == 65534) | .pid) | min')
wait_until is_process "\tnobody\t.*\tfamily$"
expect 0 '^$' by_nobody m3ipc kill -HUP VM0 $((family_pid + 1))
wait_until has_said 'status 1'
wait $family
chmod "$mode" /dev/m3ipc

kill_pm
expect 0 '^pm VM0: started$' by_conf up
expect 0 '^vm VM0: ended
vm VM1: ended
node node0: ended$' by_conf down
m3ipc node init

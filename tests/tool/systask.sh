# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# up, down and status with the system tasks of VMs of one node.  Those of VMs of
# several nodes are tests/cluster's.

conf=$work/systask.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" { id = 0 }
vm "VM1" { id = 1 membership = "none" }
vm "VM2" { id = 2 }
END

by_conf() {
	m3ipc "$1" -c "$conf" "${@:2}"
}

# Into "task"
find_task() {
	task=$(m3ipc proc show "$1" system --json | jq .lpid)
}

kill_task() {
	find_task "$1"
	kill -KILL "$task"
	wait_until is_missed "$1"
}

is_missed() {
	by_conf status | grep -q "^systask$tab$1$tab.*not running"
}

effective_caps() {
	sed -n 's/^CapEff:[[:blank:]]*//p' "/proc/$1/status"
}

# Whoever is its parent now may not have waited for it.
has_ended() {
	! grep -q '^State:[[:blank:]][^Z]' "/proc/$1/status"
} 2> "$work/null"

m3ipc node end
expect 0 '^node node0: is node 0 now
vm VM0: runs as VM 0
vm VM1: runs as VM 1
vm VM2: runs as VM 2
systask VM0: started
systask VM2: started$' by_conf up
expect 0 '^nothing to do$' by_conf up
expect 0 "^kind${tab}name${tab}number${tab}state${tab}differences
node${tab}node0${tab}0${tab}up${tab}-
vm${tab}VM0${tab}0${tab}up${tab}-
systask${tab}VM0${tab}-2${tab}up, 1 node${tab}-
vm${tab}VM1${tab}1${tab}up${tab}-
vm${tab}VM2${tab}2${tab}up${tab}-
systask${tab}VM2${tab}-2${tab}up, 1 node${tab}-\$" by_conf status
json 'map(select(.kind == "systask") | [.name, .number, .state, .differences,
	.nodes]) == [["VM0", -2, "up", [], 1], ["VM2", -2, "up", [], 1]]' \
	by_conf status --json
json 'map(select(.kind != "systask") | .nodes) == [null, null, null, null]' \
	by_conf status --json
expect 0 '^m3ipc-systask$' eval 'find_task VM0; cat /proc/$task/comm'
expect 0 '^NODE' m3ipc slots VM0
# It keeps what it needs: SYS_ADMIN, SYS_NICE, SYS_PTRACE, KILL and, as it is
# not started by systemd, what it reads its configuration with.
find_task VM0
expect 0 '^0000000000a80024$' effective_caps "$task"

# All nodes of the VM are one.
bind_sleeper VM0 mem
expect 0 "^VM${tab}p_nr${tab}endp${tab}lpid${tab}node${tab}flag.*
0${tab}-2${tab}-2${tab}[0-9]+${tab}0${tab}.*${tab}m3ipc-systask${tab}runs
0${tab}3${tab}3${tab}$sleeper${tab}0${tab}0${tab}.*${tab}sleep$tab.*" \
	m3ipc proc list -a VM0
json 'map([.vmid, .p_nr, .endpoint, .nodeid, .rts, .name, .queued]) == [
	[0, -2, -2, 0, [], "m3ipc-systask", 0], [0, 3, 3, 0, [], "sleep", 0]
	]' \
	m3ipc ps -a VM0 --json
expect 0 "^node${tab}of${tab}link${tab}group${tab}sent${tab}received
0${tab}0${tab}here${tab}running${tab}0${tab}0\$" m3ipc node list -a VM0
json '. == [{nodeid: 0, peer: 0, link: "here", group: "running", pxsent: 0,
	pxrcvd: 0}]' m3ipc node list VM0 --all --json
expect 0 "
0\*${tab}running${tab}160${tab}1${tab}" m3ipc slots -a VM0
expect 0 'label="node 0".*label="sleep' \
	eval 'm3ipc graph -a VM0 | dot -Tcanon'
end_sleeper
expect 1 "^m3ipc: proc list VM1: the system task of node 0: EMOLDSTDIED.*
VM${tab}p_nr${tab}.*state\$" m3ipc proc list -a VM1

# One that is killed is missed, and comes again.
kill_task VM0
expect 1 "
systask${tab}VM0${tab}-2${tab}down${tab}not running
" by_conf status
expect 0 '^nothing to do$' by_conf up VM1
expect 0 '^nothing to do$' by_conf up VM2
expect 0 '^nothing to do$' by_conf up --no-links
expect 0 '^systask VM0: started$' by_conf up
expect 0 "systask${tab}VM0${tab}-2${tab}up, 1 node${tab}-
" by_conf status
kill_task VM2
json '. == [{kind: "systask", name: "VM2", change: "started"}]' \
	by_conf up VM2 --json
expect 0 '^nothing to do$' by_conf up

# One that does not answer is there, and who asks does not wait for it long.
find_task VM0
kill -STOP "$task"
expect 1 "^m3ipc: proc list VM0: the system task of node 0: EMOLTIMEDOUT.*
VM${tab}p_nr${tab}.*state\$" m3ipc proc list -a VM0
expect 1 '"node 0\\ndoes not answer", color=red' m3ipc graph -a VM0
expect 0 "systask${tab}VM0${tab}-2${tab}up${tab}-
.*systask${tab}VM2${tab}-2${tab}up, 1 node" by_conf status
kill -CONT "$task"

# It ends with its VM, and down has waited for it.
expect 0 '^vm VM0: ended$' by_conf down VM0
expect 0 '^$' has_ended "$task"
expect 1 "vm${tab}VM0${tab}0${tab}down${tab}not running
vm${tab}VM1" by_conf status
expect 0 '^nothing to do$' by_conf up --systasks
expect 0 '^vm VM0: runs as VM 0$' by_conf up --no-links
expect 0 '^systask VM0: started$' by_conf up --systasks
expect 0 '^nothing to do$' by_conf up --systasks

# One that cannot start says why.
kill_task VM0
expect 1 'm3ipc-systask: VM0, slot -2: .*
m3ipc: up VM0: m3ipc-systask did not start$' \
	setpriv --bounding-set=-all --inh-caps=-all m3ipc up -c "$conf"

# However much one says before, it is waited for until it is ready, and what
# others say is not taken for its word.
mkdir "$work/bin" "$work/sbin"
cp "$top/tools/m3ipc" "$work/bin"
touch "$work/said"
cat > "$work/sbin/m3ipc-systask" << 'END'
#!/usr/bin/python3 -IS
import os, socket, sys, time
parent = os.getppid()
address = "\0" + os.environ["NOTIFY_SOCKET"][1:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for i in range(200):
	notify.sendto(b"STATUS=%d" % i, address)
said = os.environ["SAID"]
if sys.argv[1] == "VM2":
	before = os.stat(said).st_size
	while os.stat(said).st_size < before + 5:
		time.sleep(0.02)
	sys.exit(1)
notify.sendto(b"READY=1", address)
while os.getppid() == parent:
	time.sleep(0.02)
	try:
		notify.sendto(b"READY=1", socket.MSG_DONTWAIT, address)
	except OSError:
		pass
	with open(said, "ab") as file:
		file.write(b".")
END
chmod +x "$work/sbin/m3ipc-systask"
expect 0 '^systask VM0: is to start$' \
	env LD_LIBRARY_PATH="$top/libmolipc" SAID="$work/said" \
	"$work/bin/m3ipc" up -c "$conf"
kill_task VM2
expect 1 'm3ipc: up VM2: m3ipc-systask did not start' \
	env LD_LIBRARY_PATH="$top/libmolipc" SAID="$work/said" \
	"$work/bin/m3ipc" up -c "$conf"
expect 0 '^systask VM2: started$' by_conf up VM2

# A process that is not m3ipc-systask is not waited for.
bind_sleeper VM0 system
expect 0 '^nothing to do$' by_conf up
expect 0 '^vm VM0: ended
vm VM1: ended
vm VM2: ended
node node0: ended$' by_conf down
end_sleeper
m3ipc node init

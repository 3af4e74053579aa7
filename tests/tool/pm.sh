# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# up, down and status with a process manager, which is where the configuration
# has one.

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
kill_pm
expect 0 '^pm VM0: started$' by_conf up
expect 0 '^vm VM0: ended
vm VM1: ended
node node0: ended$' by_conf down
m3ipc node init

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# up, down and status with a memory driver, which is where the configuration has
# disks; and an image, which is free when it is down.

conf=$work/memory.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" {
	id = 0
	memory {
		node = "node0"
		disk "ram" { size = 1M }
		disk "root" { image = "$work/root.img" mode = "sync" }
	}
}
END
truncate -s 1M "$work/root.img"

memory_by_conf() {
	m3ipc "$1" -c "$conf" "${@:2}"
}

has_no_memory() {
	memory_by_conf status |
		grep -q "^server${tab}VM0/memory$tab.*no process"
}

m3ipc node end
expect 0 '^node node0: is node 0 now
vm VM0: runs as VM 0
systask VM0: started
memory VM0: started$' memory_by_conf up
expect 0 '^nothing to do$' memory_by_conf up
expect 0 "
server${tab}VM0/memory${tab}3${tab}up${tab}-$" memory_by_conf status
expect 0 '' test -e "$work/root.img.journal"
kill -KILL "$(m3ipc proc show VM0 mem --json | jq .lpid)"
wait_until has_no_memory
expect 0 '^memory VM0: started$' memory_by_conf up
expect 0 '^vm VM0: ended
node node0: ended$' memory_by_conf down
expect 0 '' flock -n "$work/root.img" true
expect 1 '' test -e "$work/root.img.journal"
m3ipc node init

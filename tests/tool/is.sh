# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# up, down and status with an information server, which is where the
# configuration has one.

conf=$work/is.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" { id = 0 is { node = "node0" } }
vm "VM1" { id = 1 }
END

is_by_conf() {
	m3ipc "$1" -c "$conf" "${@:2}"
}

has_no_is() {
	is_by_conf status | grep -q "^server${tab}VM0/is$tab.*no process"
}

m3ipc node end
expect 0 '^node node0: is node 0 now
vm VM0: runs as VM 0
vm VM1: runs as VM 1
systask VM0: started
is VM0: started
systask VM1: started$' is_by_conf up
expect 0 '^nothing to do$' is_by_conf up
expect 0 "
server${tab}VM0/is${tab}7${tab}up${tab}-
" is_by_conf status
kill -KILL "$(m3ipc proc show VM0 is --json | jq .lpid)"
wait_until has_no_is
expect 0 '^is VM0: started$' is_by_conf up
expect 0 '^vm VM0: ended
vm VM1: ended
node node0: ended$' is_by_conf down
m3ipc node init

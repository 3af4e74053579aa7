# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# Without the driver, and without a node; then with one

without_device() {
	unshare --mount sh -c 'mount -t tmpfs none /dev && exec "$@"' sh "$@"
}

for command in 'node show' 'node init' 'vm list' 'vm init A' 'proc list' \
	'recv 0' 'call 0 pm hi'; do
	expect 1 '/dev/m3ipc: EMOLNOENT: .*not loaded' \
		without_device m3ipc $command
done

m3ipc node end 2> /dev/null
expect 0 $'^Initialised\tno\n' m3ipc node show
json '.initialised == false and .nodeid == -1' m3ipc node show --json
expect 1 '^m3ipc: node end: EMOLDRVSINIT: ' m3ipc node end
expect 1 '^m3ipc: vm list: EMOLDRVSINIT: ' m3ipc vm list
expect 1 '^m3ipc: vm init A --id 0: EMOLDRVSINIT: ' m3ipc vm init A --id 0
expect 1 '^m3ipc: vm init: EMOLDRVSINIT: ' m3ipc vm init A
expect 1 '^m3ipc: vm end 0: EMOLDRVSINIT: ' m3ipc vm end 0
expect 1 '^m3ipc: proc list: EMOLDRVSINIT: ' m3ipc proc list
expect 1 '^m3ipc: recv 0: EMOLDRVSINIT: ' m3ipc recv 0
expect 1 '^m3ipc: node init 40: EMOLBADNODEID: ' m3ipc node init 40
expect 0 '^$' m3ipc node init 3
expect 1 '^m3ipc: node init 0: EMOLDRVSBUSY: ' m3ipc node init
expect 0 $'^Initialised\tyes\nNode\t3\nVMs\t32\n' m3ipc node show
json '.initialised and .nodeid == 3 and .nr_vms == 32 and .nr_procs == 189' \
	m3ipc node --json
expect 0 '^$' m3ipc node end
expect 0 '^$' m3ipc node init
json '.nodeid == 0' m3ipc node show -j

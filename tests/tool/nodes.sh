# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# Other nodes, pairs of proxies and remote processes, as one node has them.
# The threads of a pair need not be proxies: two that do nothing will do.

m3ipc vm init A > /dev/null
expect 0 "^node${tab}state${tab}prxy${tab}VMs${tab}sent${tab}received${tab}\
last sent${tab}last received${tab}name
0${tab}here${tab}-1${tab}0${tab}0${tab}0${tab}-${tab}-${tab}[^$tab]+\$" \
	m3ipc node list
expect 0 '^$' m3ipc node add A 1
expect 1 'node add A: node 1: EMOLVMNODE: ' m3ipc node add A 1
expect 1 'node add A: node 0: EMOLBADNODEID: .*: 0 is this node itself$' \
	m3ipc node add A 0
expect 1 'node add A: node 40: EMOLBADNODEID: .*: nodes are 0 to 31$' \
	m3ipc node add A 40
expect 1 'node add x: no node of this name is known' m3ipc node add A x
expect 1 'node add X: no VM of this name' m3ipc node add X 1
expect 1 'node del A: node 2: EMOLNOVMNODE: ' m3ipc node del A 2
expect 0 $'\n'"1${tab}no proxies${tab}-1${tab}0${tab}0${tab}" m3ipc node list
json 'map([.nodeid, .state, .vms, .pxsent]) ==
	[[0, "here", [0], 0], [1, "no proxies", [0], 0]]' \
	m3ipc node list --json
expect 0 "^Node${tab}1"$'\n'"State${tab}no proxies"$'\n' m3ipc node show 1
json '.nodeid == 1 and .flags == 0 and .proxies == -1 and .stimestamp == 0' \
	m3ipc node show 1 --json
json '.state == "here"' m3ipc node show 0 --json
expect 1 'node show 40: EMOLBADNODEID: ' m3ipc node show 40

# Remote processes
expect 0 '^12$' m3ipc proc bind A 12 --node 1 --name far
json '. == {"endpoint": 0}' m3ipc proc bind A pm --node 1 --json
expect 1 'A: 12 of node 1: EMOLSLOTUSED: ' m3ipc proc bind A 12 --node 1
expect 1 'A: 13 of node 2: EMOLNOVMNODE: ' m3ipc proc bind A 13 --node 2
expect 1 'A: 40 of node 1: EMOLENDPOINT: ' m3ipc proc bind A 40 --node 1
expect 1 'A: 13 of node 1: EMOLNAMESIZE: ' \
	m3ipc proc bind A 13 --node 1 --name sixteen-letters-
expect 1 'no node of this name is known' m3ipc proc bind A 13 --node x
expect 2 'expected with --node: VM ENDPOINT' m3ipc proc bind A @40 --node 1
expect 2 'expected with --node: VM ENDPOINT' m3ipc proc bind A 1 2 --node 1
expect 2 'x: not an endpoint' m3ipc proc bind A x --node 1
expect 2 'expected: VM \{PID P_NR\|ENDPOINT\}' m3ipc proc bind A 12
expect 2 '--name is for --node' m3ipc proc bind A $$ 12 --name x
expect 0 $'\n'"0${tab}12${tab}12${tab}-1${tab}1${tab}1000${tab}.*\
${tab}far${tab}on node 1\$" m3ipc proc list A
json '.[0].name == "remote" and .[1].nodeid == 1 and .[1].rts == ["REMOTE"]' \
	m3ipc proc list A --json
expect 0 "Node${tab}1"$'\n'"Flags${tab}REMOTE"$'\n'".*State${tab}on node 1"\
$'\n'"Nodes${tab}1"$'\n' m3ipc proc show A 12
expect 1 'send A 12: EMOLNOPROXY: ' m3ipc send A 12 hi

# A pair of proxies
sleep infinity &
sender=$!
sleep infinity &
receiver=$!
library() {
	"${python[@]}" - "$top/libmolipc/libmolipc.so" << END
import ctypes, sys
lib = ctypes.CDLL(sys.argv[1])
sys.exit(1 if $1 else 0)
END
}
expect 0 "^prxy${tab}state${tab}sender${tab}receiver${tab}nodes${tab}sent\
${tab}received${tab}maxbytes${tab}maxbatch${tab}name${tab}reason\$" \
	m3ipc proxy list
json '. == []' m3ipc proxy --json
expect 1 'proxy show 1: EMOLPROXYFREE: ' m3ipc proxy show 1
expect 1 'proxy show 40: EMOLBADPROXY: ' m3ipc proxy show 40
expect 2 'proxy show: x: a pair of proxies is 0 to 63' m3ipc proxy show x
library "lib.mnx_proxies_bind(b'pair', 1, $sender, $receiver, 0)"
library "lib.mnx_node_up(b'one', 1, 1)"
expect 0 $'\n'"1${tab}not connected${tab}$sender${tab}$receiver${tab}1${tab}0\
${tab}0${tab}65536${tab}[0-9]+${tab}pair${tab}-\$" m3ipc proxy list
expect 1 'send A 12: EMOLNOTCONN: .*: it is to be on node 1$' \
	m3ipc send A 12 hi
library 'lib.mnx_proxy_conn(1, 1)'
expect 0 "State${tab}sender connected" m3ipc proxy show 1
json '.sender.connected and (.receiver.connected | not) and
	.sender.name == "sleep" and .flags == 4' m3ipc proxy show 1 --json
library 'lib.mnx_proxy_conn(1, 2)'
expect 0 "State${tab}connected" m3ipc proxy show 1
expect 0 "^Node${tab}1"$'\n'"State${tab}connected"$'\n'".*\
Name${tab}one\$" m3ipc node show one
json '.flags == 14 and .proxies == 1 and .name == "one"' \
	m3ipc node show one --json
# One that is sent, to nobody who takes it
start 'sends to 12' m3ipc send A 12 hi -b 40
expect 0 '^$' m3ipc node forget one
finish 1 'send A 12: EMOLNO(PROXY|VMNODE): '
json '. == []' m3ipc proc list A --json
json 'map(.nodeid) == [0]' m3ipc node list --json
json '.nodes == []' m3ipc proxy show 1 --json
expect 1 'node forget one: no node of this name' m3ipc node forget one
expect 1 'node forget 1: this node is not known' m3ipc node forget 1
expect 1 'node forget 0: EMOLBADNODEID: ' m3ipc node forget 0
expect 0 '^$' m3ipc node add A 1
expect 0 '^12$' m3ipc proc bind A 12 --node 1
expect 0 '^$' m3ipc node del A 1
json '. == []' m3ipc proc list A --json
powerless() {
	setpriv --bounding-set=-all --inh-caps=-all "$@"
}
expect 1 'EMOLPERM: .*: CAP_SYS_ADMIN is missing$' \
	powerless m3ipc node add A 1
m3ipc node add A 1
expect 1 'EMOLPERM: ' powerless m3ipc node del A 1
expect 1 'EMOLPERM: ' powerless m3ipc node forget 1
expect 1 'EMOLPERM: ' powerless m3ipc proc bind A 12 --node 1
expect 0 '' powerless m3ipc node list
expect 0 '' powerless m3ipc proxy list
kill -KILL $sender $receiver
wait $sender $receiver 2> /dev/null
m3ipc vm end A

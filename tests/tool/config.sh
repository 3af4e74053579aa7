# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# up, down and status: a node as its configuration says, and each way in which
# it can be another one.  No proxies are needed: those are tests/cluster's; and
# no system tasks, which are the part systask's.

conf=$work/m3ipc.conf

# configure [LINE OF drvs [LINE OF VM0]]: three nodes, of which this is node0
configure() {
	cat > "$conf" << END
local = "node0"
proxy { insecure = true }
drvs { ${1-} }
node "node0" { id = 0 address = "10.0.0.1" }
node "node1" { id = 1 address = "10.0.0.2" }
node "node2" { id = 2 address = "10.0.0.3" }
vm "VM0" {
	id = 0
	nodes = { "node0", "node1" }
	membership = "none"
	${2-}
}
vm "VM1" { id = 1 nodes = { "node1", "node2" } membership = "none" }
vm "VM2" { id = 2 nodes = { "node0" } membership = "none" }
END
}

configured() {
	local own=()

	[[ $1 != @(up|down) ]] || own=(--no-links)
	m3ipc "$1" -c "$conf" "${own[@]}" "${@:2}"
}

# differs SENTENCE: status says so, and is 1
differs() {
	expect 1 "$1" configured status
}

# The links are down here, and that is all that differs: prints the rest.
rest() {
	configured status |
		grep -v -e "^kind$tab" -e "${tab}-\$" \
			-e "^link${tab}node[12]$tab.${tab}down${tab}no proxies"
}

alone() {
	printf 'local = "node0"\nnode "node0" { id = 0 }\n%s\n' "$1"
}

m3ipc node end
configure
expect 1 "^kind${tab}name${tab}number${tab}state${tab}differences
node${tab}node0${tab}0${tab}down${tab}not initialised
link${tab}node1${tab}1${tab}down${tab}no proxies
link${tab}node2${tab}2${tab}down${tab}no proxies
vm${tab}VM0${tab}0${tab}down${tab}not running
vm${tab}VM2${tab}2${tab}down${tab}not running\$" configured status
expect 0 '^nothing to do$' configured down
expect 0 '^nothing to do$' configured down VM0
expect 0 '^node node0: is node 0 now
vm VM0: runs as VM 0
vm VM2: runs as VM 2$' configured up
expect 0 '^nothing to do$' configured up
expect 0 '^nothing to do$' configured up VM2
expect 0 '^\[\]$' configured up --json
json '.nodeid == 0 and .nr_procs == 189' m3ipc node show --json
json 'map([.vmid, .name, .nodes]) == [[0, "VM0", [0, 1]], [2, "VM2", [0]]]' \
	m3ipc vm list --json
expect 1 '^$' rest
json 'map(select(.kind != "link") | [.name, .state, .differences]) ==
	[["node0", "up", []], ["VM0", "up", []], ["VM2", "up", []]]' \
	eval 'configured status --json || [ $? -eq 1 ]'
json 'map(select(.kind == "link") | [.name, .number, .state]) ==
	[["node1", 1, "down"], ["node2", 2, "down"]]' \
	eval 'configured status --json || [ $? -eq 1 ]'

# One VM
expect 0 '^vm VM0: ended$' configured down VM0
expect 0 '^nothing to do$' configured down 0
differs "vm${tab}VM0${tab}0${tab}down${tab}not running
vm${tab}VM2${tab}2${tab}up${tab}-\$"
json 'map([.kind, .name, .change]) == [["vm", "VM0", "runs as VM 0"]]' \
	configured up VM0 --json
expect 1 'up VM9: no VM of the configuration' configured up VM9
expect 1 'up 9: no VM of the configuration' configured up 9
expect 1 'down VM9: no VM of the configuration' configured down VM9
expect 1 'up VM1: this node, node0, has no part' configured up VM1
expect 1 'down 1: this node, node0, has no part' configured down 1

# What can change while it runs: nodes
m3ipc node add VM0 2
m3ipc node del VM0 1
differs 'VM0.*does not span node 1; spans node 2'
expect 0 '^vm VM0: no longer spans node 2
vm VM0: spans node 1$' configured up
expect 1 '^$' rest

# What cannot
for change in nr_vms nr_nodes nr_procs nr_sysprocs; do
	configure "$change = 31" 'nr_procs = 31 nr_sysprocs = 85'
	[ $change != nr_sysprocs ] || configure 'nr_sysprocs = 90'
	expect 1 "up node0: .*$change is [0-9]+, not [0-9]+.* cannot change" \
		configured up
	differs "node${tab}node0.*$change is [0-9]+, not [0-9]+"
done
configure 'nr_tasks = 20 max_copybuf = 4K max_copylen = 1M' \
	'nr_tasks = 20'
differs "node0.*nr_tasks is 67, not 20; max_copybuf is 65536, not 4096; "\
'max_copylen is 16777216, not 1048576'
configure '' 'nr_procs = 100 nr_tasks = 30 nr_sysprocs = 50 nr_nodes = 9
	cpumask = "0" linger = false'
differs 'VM0.*nr_procs is 189, not 100; nr_tasks is 67, not 30; '\
'nr_sysprocs is 96, not 50; nr_nodes is 32, not 9; cpumask is all, not 0; '\
'linger is true, not false'
expect 1 'up VM0: nr_procs is 189, not 100: this cannot change now
m3ipc: up VM0: nr_tasks .*: this cannot change now$' configured up
expect 0 '^nothing to do$' configured up VM2
configured down VM0 > "$work/null"
expect 0 '^vm VM0: runs as VM 0$' configured up
json '.nr_procs == 100 and .nr_tasks == 30 and .flags == 1 and
	.cpumask == "0"' m3ipc vm show VM0 --json
expect 1 '^$' rest
configure
differs 'cpumask is 0, not all; linger is false, not true'

# VMs that are not as they are called
configured down > "$work/null"
configured up > "$work/null"
m3ipc vm init alien --id 5 > "$work/null"
differs "vm${tab}alien${tab}5${tab}up${tab}not configured for this node"
m3ipc vm init VM1 --id 1 > "$work/null"
differs "vm${tab}VM1${tab}1${tab}up${tab}not configured for this node"
m3ipc vm end VM0
m3ipc vm init other --id 0 > "$work/null"
differs "vm${tab}VM0${tab}0${tab}up${tab}the name is other, not VM0"
expect 1 'up VM0: the name is other, not VM0: this cannot' configured up
expect 1 'down VM0: VM 0 is other' configured down VM0
m3ipc vm end other
m3ipc vm init VM0 --id 7 > "$work/null"
expect 1 'up VM0: EMOLEXIST: ' configured up
m3ipc vm end VM0
expect 0 'vm VM0: runs as VM 0' configured up
expect 0 'vm VM0: ended
vm VM1: ended
vm VM2: ended
vm alien: ended
node node0: ended$' configured down
expect 0 $'^Initialised\tno\n' m3ipc node show

# A node that is another one
m3ipc node init 3
differs "node${tab}node0${tab}0${tab}up${tab}id is 3, not 0"
expect 1 'up node0: id is 3, not 0: this cannot change now' configured up
expect 1 'down node0: id is 3, not 0$' configured down
m3ipc node end

# Servers: of this node, known by their slots
configure '' 'pm { node = "node0" } fs { node = "node1" }
	init { node = "node0" } memory { node = "node0" }'
configured up > "$work/null"
differs "server${tab}VM0/memory${tab}3${tab}down${tab}no process has its slot
server${tab}VM0/pm${tab}0${tab}down${tab}no process has its slot
server${tab}VM0/init${tab}9${tab}down${tab}no process has its slot
vm${tab}VM2"
bind_sleeper VM0 pm
differs "server${tab}VM0/pm${tab}0${tab}up${tab}-"
end_sleeper
m3ipc proc bind VM0 pm --node 1 > "$work/null"
differs "server${tab}VM0/pm${tab}0${tab}down"
configured down > "$work/null"

# All is as configured; the default file
alone 'vm "VM0" { id = 0 membership = "none" }' > "$conf"
configured up > "$work/null"
expect 0 "^kind.*
node${tab}node0${tab}0${tab}up${tab}-
vm${tab}VM0${tab}0${tab}up${tab}-\$" configured status
in_etc() {
	unshare --mount sh -c 'mount -t tmpfs none /etc &&
		cp "$0" /etc/m3ipc.conf && exec m3ipc "$@"' "$conf" "$@"
}
expect 0 "node${tab}node0${tab}0${tab}up${tab}-" in_etc status
expect 0 '^nothing to do$' in_etc up
expect 1 "/nonexistent" m3ipc up -c /nonexistent
expect 0 'id = 0' m3ipc check-config -c "$conf"
expect 2 'check-config: two configurations' \
	m3ipc check-config "$conf" --config="$conf"

# Who has no rights
powerless() {
	setpriv --bounding-set=-all --inh-caps=-all "$@"
}
expect 0 "vm${tab}VM0${tab}0${tab}up${tab}-" powerless m3ipc status -c "$conf"
expect 0 '^nothing to do$' powerless m3ipc up -c "$conf"
expect 1 '^m3ipc: down VM0: EMOLPERM: ' powerless m3ipc down -c "$conf"
configured down > "$work/null"
expect 1 '^m3ipc: up node0: EMOLPERM: ' powerless m3ipc up -c "$conf"
expect 1 "^kind.*${tab}not initialised" powerless m3ipc status -c "$conf"

# Mistakes: each is a line, and nothing is done.
alone 'vm "VM0" { id = 99 } vm "VM1" { id = 1 nodes = { "x" } }' > "$conf"
for command in up down status; do
	expect 1 "m3ipc.conf:3: vm \"VM0\": id = 99.*
.*m3ipc.conf:3: vm \"VM1\": nodes = \"x\"" configured $command
done
expect 0 $'^Initialised\tno\n' m3ipc node show
m3ipc node init

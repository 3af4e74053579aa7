# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# up, down and status where the configuration has programs to run in a VM

conf=$work/init.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" {
	id = 0
	pm { node = "node0" }
	init { node = "node0"  user = "nobody"  respawn = "$work/job a b" }
	init { node = "node0"  user = "root"  run = "/bin/sleep 1000" }
}
END
cat > "$work/job" << END
#!/bin/bash
trap 'echo ended in order > "$work/job.said"; exit' TERM
echo "\$1+\$2" > "$work/job.said"
while :; do
	sleep 0.1
done
END
chmod 755 "$work" "$work/job"
touch "$work/job.said"
chmod 666 "$work/job.said"

by_conf() {
	m3ipc "$1" -c "$conf" "${@:2}"
}

job_says() {
	grep -qxF "$1" "$work/job.said"
}

# A job forks children that are no processes of the VM.
tree() {
	m3ipc ps --tree VM0 | cut -f 3,6,9,10
}

kill_init() {
	kill -KILL "$(m3ipc proc show VM0 init --json | jq .lpid)"
	wait_until init_is_missed
}

init_is_missed() {
	by_conf status | grep -q "^server${tab}VM0/init$tab.*no process"
}

m3ipc node end
expect 0 "respawn = \{ \"$work/job a b\" \}
${tab}${tab}user = \"nobody\"" m3ipc check-config "$conf"
expect 0 'systask VM0: started
pm VM0: started
init VM0: started$' by_conf up
wait_until job_says 'a+b'
expect 0 '^nothing to do$' by_conf up
expect 0 "
server${tab}VM0/init${tab}9${tab}up${tab}-\$" by_conf status
expect 0 "^PPID${tab}USER${tab}STATE${tab}NAME
1${tab}root${tab}live${tab}m3ipc-init
[0-9]+${tab}nobody${tab}live${tab}\\\\_ job
[0-9]+${tab}root${tab}live${tab}\\\\_ sleep\$" tree

# Its jobs are killed with it, and started with the next one.
echo > "$work/job.said"
kill_init
expect 0 '^init VM0: started$' by_conf up
wait_until job_says 'a+b'

expect 0 '^vm VM0: ended$' by_conf down VM0
expect 0 '^ended in order$' cat "$work/job.said"
expect 0 '^node node0: ended$' by_conf down
m3ipc node init

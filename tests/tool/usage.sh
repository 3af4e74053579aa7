# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# What the command says about itself, and about command lines without sense;
# that completion offers each command and option.
# Needs no driver.

expect 0 '^usage: m3ipc COMMAND .*vm init NAME .*proc unbind VM' m3ipc --help
expect 0 '^usage: m3ipc COMMAND' m3ipc -h
expect 0 '^usage: m3ipc COMMAND' m3ipc help
expect 0 '^m3ipc [0-9]+\.[0-9]+' m3ipc --version
for word in node vm proc proxy priv; do
	expect 0 "^usage: m3ipc $word COMMAND .*  $word show" m3ipc $word --help
	expect 2 "m3ipc: $word nonsense: no such command" m3ipc $word nonsense
done

while read -r command; do
	expect 0 "^usage: m3ipc $command .*-h, --help" m3ipc $command --help
	expect 2 "^m3ipc: $command: --nonsense: no such option" \
		m3ipc $command --nonsense
	expect 2 "^m3ipc: $command: \"[1-4]\" is one operand too many" \
		m3ipc $command 1 2 3 4
done < <(commands | sed '/^serve$/d; /^run$/d; /^vm forget$/d; /^kill$/d')
expect 0 '^usage: m3ipc vm forget .*-h, --help' m3ipc vm forget --help
expect 2 'vm forget: expected: VM NODE' m3ipc vm forget VM0
expect 0 '^usage: m3ipc kill .*-s, --signal=' m3ipc kill --help
expect 0 '^usage: m3ipc serve .*-- COMMAND' m3ipc serve --help
expect 0 '^usage: m3ipc run .*VM PROGRAM .*-h, --help' m3ipc run --help
expect 2 '^m3ipc: run: --nonsense: no such option' m3ipc run --nonsense

expect 2 '^usage: m3ipc COMMAND' m3ipc
expect 2 'nonsense: no such command.*--help' m3ipc nonsense
expect 2 'vm show: expected: VM' m3ipc vm show
expect 2 'call: expected: VM DST TEXT' m3ipc call VM0 pm
expect 2 'kill: expected: VM PID' m3ipc kill -9 VM0
expect 2 'serve: expected: VM P_NR' m3ipc serve VM0
expect 2 'run: expected: VM PROGRAM' m3ipc run VM0
expect 2 'run: expected: VM PROGRAM' m3ipc run VM0 --posix --
expect 2 'serve: "cat" is one operand too many' m3ipc serve VM0 pm cat
expect 2 '--timeout soon: not a number' m3ipc recv VM0 -t soon
expect 2 '--timeout -2: must be at least -1' m3ipc recv VM0 -t -2
expect 2 '-t needs a value' m3ipc recv VM0 -t
expect 2 '--id 256: must be 0 to 255' m3ipc vm init A --id 256
expect 2 '--count 0: must be at least 1' m3ipc serve VM0 pm -n 0
expect 2 '--tasks 68: must be 1 to 67' m3ipc vm init A --tasks 68
expect 2 '"7": not a name' m3ipc vm init 7
expect 2 '"": not a name' m3ipc vm init ''
expect 2 'node init: 64: a node is 0 to 63' m3ipc node init 64
expect 2 'no/body: not an endpoint, a name or @P_NR' m3ipc send VM0 no/body hi
expect 2 '@: not an endpoint' m3ipc recv VM0 @
expect 2 'x: not the number of a slot' m3ipc proc show VM0 x
expect 2 'x: not the number of a slot' m3ipc serve VM0 x
expect 2 'init: not a process id' m3ipc proc bind VM0 init 40
expect 2 '56 bytes, at most 55' m3ipc send VM0 pm "$(printf '%056d' 0)"

for word in 'proc list' ps 'node list' graph; do
	expect 2 'expected with --all: VM' m3ipc $word -a
done
expect 2 'slots: expected: VM' m3ipc slots --all
expect 2 'node list: a VM is for --all' m3ipc node list VM0
expect 2 'vm list: -a: no such option' m3ipc vm list -a

# Completion, where it needs no VM
expect 0 '^call check-config corosync-conf down fs get graph keygen kill live '\
'ls migrate name node notify priv proc promote proxy ps put recv run send '\
'serve slots status top trace up vm wait$' \
	completions m3ipc ''
expect 0 '^--config --help --json --no-links --systasks$' \
	completions m3ipc up --
expect 0 '^add del end forget init list show$' completions m3ipc node ''
: > "$work/a.conf"
expect 0 "^$work/a\.conf\$" completions m3ipc up -c "$work/a."
expect 0 '^list show$' completions m3ipc proxy ''
expect 0 '^$' completions m3ipc status ''
expect 0 '^--help --json --public --secret$' completions m3ipc keygen --
expect 0 '^send serve$' completions m3ipc se
expect 0 '^list lookup$' completions m3ipc name ''
expect 0 '^end forget found init list show$' completions m3ipc vm ''
expect 0 '^set show$' completions m3ipc priv ''
expect 0 '^--from --help --level --to --traps --warn$' \
	completions m3ipc priv set alpha mem --
expect 0 '^$' completions m3ipc trace ''
expect 0 '^bind block call end message unbind vcopy wake$' \
	completions m3ipc trace -e ''
expect 0 '^call,bind call,block$' completions m3ipc trace -e call,b
expect 0 '^$' completions m3ipc vm init ''
expect 0 '^$' completions m3ipc node end ''
expect 0 '^--all --help --json$' completions m3ipc proc list --
expect 0 '^--all --help$' completions m3ipc graph --
expect 0 '^--all --help --json --tree$' completions m3ipc ps --
expect 0 '^--bind --help --json --timeout$' completions m3ipc recv --
expect 0 '^--timeout$' completions m3ipc proc unbind alpha 5 --t
expect 0 '^--timeout$' completions m3ipc call -j alpha --ti
expect 0 '^$' completions m3ipc serve alpha mem -- ''
expect 0 '^--endpoint --fs --help --isolate --node --posix$' \
	completions m3ipc run --
expect 0 '^--posix$' completions m3ipc run alpha --p
expect 0 '^$' completions m3ipc run alpha prog --

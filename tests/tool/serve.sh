# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# call and serve: requests and answers, with and without a program behind them

m3ipc vm init A > /dev/null

# Without a command the answer is the request.
start 'waits for any' m3ipc serve A mem
expect 1 'A: bind to slot 3: EMOLSLOTUSED: ' m3ipc serve A mem
for text in plain '' 'two  words ' $'tab\t, quote ", back\\slash' '*' -5 \
	'$HOME `id`' $'na\303\257ve' "$(printf '%055d' 7)"; do
	name_of "$text"
	verdict "the echo of $name" \
		"$(diff <(echo "$text") <(m3ipc call A mem "$text" 2>&1))"
done
expect 0 '^--json$' m3ipc call A mem -- --json
json '.source == 3 and .type == 7 and .text == "a\"b"' \
	m3ipc call A mem --type 7 'a"b' --json
expect 0 '^$' m3ipc notify A mem
stop $'^A slot 3 endpoint 3\n[0-9]+ 0 plain\n.*\n[0-9]+ 7 a"b\n28 notify 0$'

start 'waits for any' m3ipc serve A 40 -n 2 --json
expect 0 '^one$' m3ipc call A @40 one
expect 0 '^two$' m3ipc call A @40 two
finish 0 '^\{"vmid":0,"p_nr":40,"endpoint":[0-9]+\}.*"text":"two"\}$'
expect 1 'serve A: EMOLTIMEDOUT: ' m3ipc serve A mem -t 50

# answer STATUS TYPE TEXT MESSAGE SCRIPT: a script as the server of one request
answer() {
	start 'waits for any' m3ipc serve A mem -n 1 -- sh -c "$5"
	json ".type == $2 and .text == \"$3\"" \
		m3ipc call A mem 'a request' --type 9 --json
	finish "$1" "^A slot 3 endpoint 3"$'\n'"[0-9]+ 9 a request$4\$"
}

long=$(printf '%056d' 0)
answer 0 0 'A REQUEST' '' 'tr a-z A-Z'
answer 0 0 '9 ok' '' 'echo $M3IPC_TYPE $(test $M3IPC_SOURCE -gt 999 && echo ok)'
answer 0 0 '' '' 'exec < /dev/null'
answer 0 3 'half' '' 'echo half; exit 3'
answer 0 137 'half' '' 'echo half; kill -KILL $$'
answer 0 127 '' '.*nonexistent: not found' 'exec nonexistent'
answer 0 0 "${long:1}" '.*56 bytes for [0-9]+, 55 are sent' "echo $long"
answer 0 0 'a' '.*3 bytes for [0-9]+, 1 are sent' "printf 'a\\0b'"
answer 0 137 'y\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\n'\
'y\ny\ny\ny\ny\ny\ny\ny' '.*killed after [0-9]+ bytes for .*' 'exec yes'

start 'waits for any' m3ipc serve A mem -n 1 -- /nonexistent
json '.type == 127' m3ipc call A mem hi --json
finish 0 'm3ipc: /nonexistent: No such file or directory$'

# A client that has given up gets no answer, and the next one gets its own.
# Each request names the gate that its answer waits at.
mkfifo "$work/late" "$work/prompt"
start 'waits for any' m3ipc serve A mem -n 2 -- \
	sh -c "read -r gate; cat '$work/'\$gate"
expect 1 'call A mem: EMOLTIMEDOUT: ' m3ipc call A mem late -t 100
echo late > "$work/late"
echo in time > "$work/prompt" &
expect 0 '^in time$' m3ipc call A mem prompt
wait $!
finish 0 'm3ipc: serve A: answer to [0-9]+: EMOL(NOTREADY|DSTDIED): '

# The server goes before it answers.
mkfifo "$work/gate"
start 'waits for any' m3ipc serve A mem -- sh -c "cat '$work/gate'"
server=$pid
start 'waits for 3' m3ipc call A mem hi
kill -KILL $server
wait $server
finish 1 'call A mem: EMOLSRCDIED: '
: > "$work/gate"

# Three clients at a time
start 'waits for any' m3ipc serve A mem -n 12 -- rev
client() {
	local i

	for i in {1..4}; do
		[ "$(m3ipc call A mem "$1 $i")" = "$(rev <<< "$1 $i")" ] ||
			return
	done
}
client a & a=$!
client b & b=$!
expect 0 '^$' client c
wait $a
verdict 'client a' "$(difference 0 '' $? '')"
wait $b
verdict 'client b' "$(difference 0 '' $? '')"
finish 0 '^A slot 3'
m3ipc vm end A

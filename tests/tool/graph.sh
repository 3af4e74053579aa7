# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# graph: nodes, edges, and cycles of waits

# Is a graph one that dot takes?
drawn() {
	m3ipc graph "$@" | dot -Tdot
}

# What a picture shows: a line for each node and each edge, with its label
picture() {
	m3ipc graph "$@" | dot -Tsvg | "${python[@]}" -c '
import sys, xml.etree.ElementTree as xml
svg = "{http://www.w3.org/2000/svg}"
for group in xml.parse(sys.stdin).iter(svg + "g"):
	if group.get("class") in ("node", "edge"):
		texts = [text.text for text in group.iter(svg + "text")]
		red = any(part.get("stroke") == "red" for part in group)
		print(group.find(svg + "title").text, *texts, "red" * red)'
}

expect 0 '^digraph m3ipc \{'$'\n''\}$' m3ipc graph
m3ipc vm init A > /dev/null
m3ipc vm init B > /dev/null
bind_sleeper A mem
mark=$sleeper
start 'sends to 3' m3ipc send A mem hi -b 40
sender=$pid
start 'calls 3' m3ipc call A mem hi -b 41
caller=$pid
start 'waits for 3' m3ipc recv A mem -b 42
expect 0 '"0:3" \[label="sleep\\n3"\];' m3ipc graph
expect 0 '"0:35642" -> "0:3" \[label="sends to"\];' m3ipc graph A
expect 0 '"0:35643" -> "0:3" \[label="calls"\];' m3ipc graph A
expect 0 '"0:35644" -> "0:3" \[label="waits for"\];' m3ipc graph
expect 0 'label="A";.*label="B";' m3ipc graph
expect 0 '^[^>]*$' m3ipc graph B
expect 0 '' drawn
verdict 'no cycle, nothing red' "$(m3ipc graph | grep red)"
waiter=$pid
start 'calls 35642' m3ipc call A 35642 hi -b 43
verdict 'the picture has all nodes and edges, and no more' \
	"$(diff <(sort <<- END
	0:3 sleep 3
	0:35642 m3ipc 35642
	0:35643 m3ipc 35643
	0:35644 m3ipc 35644
	0:35645 m3ipc 35645
	0:35642->0:3 sends to
	0:35643->0:3 calls
	0:35644->0:3 waits for
	0:35645->0:35642 calls
	END
	) <(picture A | sed 's/ *$//' | sort))"
kill -KILL $mark
wait $mark 2> /dev/null
finish 1 'EMOLDSTDIED'
status_of $waiter
status_of $sender
status_of $caller

# A circle, and one that waits for it without being part of it.  Who is waited
# for must be bound: so the first tries until the second is.
circle() {
	exec "${python[@]}" - "$top/libmolipc/libmolipc.so" << 'END'
import ctypes, sys, time
lib = ctypes.CDLL(sys.argv[1])
lib.mnx_bind(0, 3)
while lib.mnx_receive(4, ctypes.create_string_buffer(256)) == -508:
    time.sleep(0.02)
END
}
circle &
first=$!
wait_until in_state $first 'runs'
start 'waits for 3' m3ipc recv A mem -b 4
second=$pid
wait_until in_state $first 'waits for 4'
start 'waits for 3' m3ipc recv A mem -b 40
red=', color=red, fontcolor=red'
expect 0 '"0:3" \[label="[^"]*\\n3"'"$red" m3ipc graph A
expect 0 '"0:4" \[label="m3ipc\\n4"'"$red" m3ipc graph A
expect 0 '"0:[0-9]+" \[label="m3ipc\\n[0-9]{2,}"\];' m3ipc graph A
expect 0 '"0:3" -> "0:4" \[label="waits for"'"$red" m3ipc graph A
expect 0 '"0:4" -> "0:3" \[label="waits for"'"$red" m3ipc graph A
expect 0 '"0:[0-9]{2,}" -> "0:3" \[label="waits for"\];' m3ipc graph A
expect 0 '0:3->0:4 waits for red.*0:4->0:3 waits for red' picture A
verdict 'four things of the picture are red' "$(difference 0 '^4$' 0 \
	"$(picture A | grep -c 'red$')")"
kill -KILL $second $first
wait $second $first 2> /dev/null
finish 1 'EMOLSRCDIED'
expect 1 'graph X: no VM' m3ipc graph X
m3ipc vm end A
m3ipc vm end B

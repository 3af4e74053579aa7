# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# top: rates of an exchange that is known, and the terminal as it was

is_pausing() {
	[ "$(cut -d ' ' -f 1 "/proc/$1/syscall")" = 271 ] # ppoll
} 2> /dev/null

head="endp${tab}messages/s${tab}bytes/s${tab}name${tab}state"

expect 0 "^0 endpoints, 0\.0 messages/s, 0 bytes/s copied, in [0-9.]+ s
VM${tab}$head\$" m3ipc top -n 1 -d 1
json '. == []' m3ipc top -n 1 -d 1 --json
m3ipc vm init A > /dev/null
m3ipc vm init B > /dev/null
bind_sleeper B mem
start 'waits for any' m3ipc serve A mem -- cat
server=$pid

# So many requests while it looks, as long as they take: as many messages of
# each side.
tables=$(mktemp -p "$work")
m3ipc top A -d 3000 -n 1 > "$tables" &
looking=$!
wait_until is_pausing $looking
kill -STOP $looking
for _ in 1 2 3 4 5; do
	m3ipc call A mem hello -b 40 > /dev/null
done
kill -CONT $looking
wait $looking
verdict 'the server has sent 5 messages in this time' "$(awk -F '\t' '
	NR == 1 { split($0, words, " "); seconds = words[length(words) - 1] }
	$1 == "A" && $2 == 3 && $4 == 0 && $5 == "m3ipc" {
		error = $3 - 5 / seconds
		good += seconds >= 3 && error > -0.06 && error < 0.06
	}
	END { exit good != 1 }' "$tables" || cat "$tables")"
json 'map(select(.endpoint == 3)) | length == 1 and .[0].vm == "A" and
	.[0].name == "m3ipc" and .[0].messages == 0 and .[0].bytes == 0' \
	m3ipc top A -n 1 -d 1 --json
expect 0 "A${tab}3${tab}0\.0${tab}0${tab}m3ipc${tab}waits for any" \
	m3ipc top A -n 1 -d 1
expect 0 "^2 endpoints.*B${tab}3${tab}0\.0${tab}0${tab}sleep${tab}runs" \
	m3ipc top -n 1 -d 1
json 'length == 1' m3ipc top B -n 1 -d 1 --json
expect 0 '(endpoints.*){3}' m3ipc top -n 3 -d 10
expect 0 '(endpoints.*){3}' m3ipc top -n 3 -d 10 --bytes
expect 1 'top X: no VM' m3ipc top X
expect 2 '--delay 0: must be' m3ipc top -d 0
expect 2 'one operand too many' m3ipc top A B

# The VM ends meanwhile.
m3ipc top A -d 50 > "$tables" 2>&1 &
looking=$!
wait_until test -s "$tables"
kill -KILL $server
wait $server 2> /dev/null
m3ipc vm end A
status_of $looking
verdict 'status 1 when the VM is gone' "$(difference 1 'top A: no VM' $? \
	"$(< "$tables")")"

# On a terminal of 30 columns: q leaves, and so does a signal or an error, and
# all put it back; without its keys it goes on as without a terminal.
on_terminal() {
	"${python[@]}" - "$1" << 'END'
import fcntl, os, pty, re, resource, select, struct, subprocess, sys
import termios
CLEAR = b"\033[H\033[J"
how = sys.argv[1]
delay = 0.2 if how == "hung up" else 0.02
master, slave = pty.openpty()
keys, keyboard = pty.openpty() if how == "hung up" else (master, slave)
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 30, 0, 0))
before = termios.tcgetattr(keyboard)
top = subprocess.Popen(["m3ipc", "top", "B", "-d", str(int(delay * 1000))],
    stdin=keyboard, stdout=slave, stderr=slave)
text = b""
def read():
    global text
    ready = select.select([master], [], [], 0.1)[0]
    text += os.read(master, 65536) if ready else b""
def read_tables(nr):
    end = text.count(CLEAR) + nr
    while text.count(CLEAR) < end and top.poll() is None: read()
    assert text.count(CLEAR) >= end
read_tables(2)
assert termios.tcgetattr(keyboard) != before
if how == "q":
    os.write(master, b"xq")
elif how == "an error":
    subprocess.run(["m3ipc", "vm", "end", "B"])
elif how == "hung up":
    os.close(keys)
    read_tables(6)
    top.terminate()
else:
    top.send_signal(int(how))
while top.poll() is None:
    read()
if how == "hung up":
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert usage.ru_utime + usage.ru_stime < 3 * delay
else:
    assert termios.tcgetattr(keyboard) == before
for table in text.split(CLEAR)[1:-1]:
    lines = re.sub(rb"\033\[[01]m", b"", table).split(b"\r\n")
    assert [len(line) for line in lines] == [30, 30, 30, 0], lines
    assert table.count(b"\033[1m") == table.count(b"\033[0m") == 6
print("status", top.returncode)
END
}

expect 0 '^status 0$' on_terminal q
expect 0 '^status 0$' on_terminal 15
expect 0 '^status 0$' on_terminal 2
expect 0 '^status 0$' on_terminal 3
expect 0 '^status 0$' on_terminal 'hung up'
expect 0 '^status 1$' on_terminal 'an error'
end_sleeper

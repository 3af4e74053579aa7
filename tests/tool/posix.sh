# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2094,SC2154
#
# run --posix with the shell of the machine: what it prints is what it prints
# without.

conf=$work/posix.conf
cat > "$conf" << END
local = "node0"
node "node0" { id = 0 }
vm "VM0" { id = 0 pm { node = "node0" } }
END
in_vm=(m3ipc run VM0 --posix)

outcome() {
	timeout 60 "$@" < "$work/null" 2> "$work/null"
	echo "status $?"
}

# same NAME COMMAND...: it prints and returns the same as a process of the VM.
same() {
	local name=$1

	shift
	outcome "$@" > "$work/linux"
	outcome "${in_vm[@]}" "$@" > "$work/vm"
	verdict "$name" "$(diff "$work/linux" "$work/vm")"
}

# Lines, and what is typed while the job of one has the terminal: dialogue.py.
# Whether the shell says how a job has ended depends on when it learns of that.
typed='echo begins
sleep 1000	\x1a
jobs
fg	\x03
echo $?
sleep 1001 | cat	\x1a
jobs
kill %1; fg 2> /dev/null; echo $?
sleep 1002 &
kill -STOP %1; wait %1; echo $?
jobs
kill -KILL %1; fg 2> /dev/null; echo $?
cat	\x1a
fg	\x04
echo $?
cat &
wait %1; echo $?
jobs
kill -KILL %1; fg 2> /dev/null; echo $?'

dialogue() {
	"${python[@]}" "$top/tests/tool/dialogue.py" "$@" dash -i <<< "$typed"
}

m3ipc node end
m3ipc up -c "$conf" > "$work/null"
same pipes dash -c 'echo a | tr a b | cat; false | true; echo $?
	{ echo c; exit 3; } | cat; echo $?; true | (exit 4); echo $?'
same subshells dash -c '(exit 3); echo $?; a=$(echo x; exit 4); echo "$a $?"
	(trap "echo leaves" EXIT; (exit 5); echo $?)'
same traps dash -c 'trap "echo leaves" EXIT; trap "echo term" TERM
	kill -TERM $$; echo after
	trap "echo usr1" USR1; (kill -USR1 $$); echo ends; exit 7'
same 'a trap of what ends children' dash -c 'trap "echo child" CHLD
	/bin/true; sleep 0.01 & wait $!; echo $?'
same background dash -c 'for i in 1 2 3; do (exit $i) & p="$p $!"; done
	for pid in $p; do wait $pid; echo $?; done
	sleep 1000 & kill -KILL $!; wait $!; echo $?; wait; echo $?'
same 'processes that are not there' dash -c 'kill -0 $$; echo $?
	kill -0 9999999; echo $?; wait 9999999; echo $?'
same 'another program' dash -c 'sleep 1000 & exec dash -c "kill $!; exit 6"'
same 'a program that is none' dash -c '/nowhere; echo $?; /etc/passwd; echo $?'
same 'killed by itself' dash -c 'kill -TERM $$'
same 'a script without a first line' dash -c 'echo "echo hello; exit 3" > "$0"
	chmod +x "$0"; "$0"; echo $?; rm "$0"' "$work/script"
same 'commands of libc' "${python[@]}" -c '
import ctypes, os, subprocess
libc = ctypes.CDLL(None)
libc.popen.restype = ctypes.c_void_p
f = libc.popen(b"echo piped >&2; exit 2", b"r")
print(os.system("exit 3"), libc.pclose(ctypes.c_void_p(f)))
print(subprocess.run(["sh", "-c", "echo run; exit 4"]).returncode)
pid = os.posix_spawnp("sh", ["sh", "-c", "echo spawned; exit 5"], os.environ,
	file_actions=[(os.POSIX_SPAWN_DUP2, 1, 2)])
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
try:
	os.posix_spawn("/nowhere", ["nowhere"], {})
except OSError as e:
	print(e.errno)
pid = os.fork() or os._exit(6)
info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
print(info.si_pid == pid, info.si_status, os.wait()[0] == pid)'
verdict 'job control at a terminal' \
	"$(diff <(dialogue) <(dialogue "${in_vm[@]}") 2>&1)"
expect 0 "${tab}m3ipc-pm${tab}waits for any\$" m3ipc proc list VM0
m3ipc down -c "$conf" > "$work/null"
m3ipc node init

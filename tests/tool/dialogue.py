# SPDX-License-Identifier: GPL-2.0-or-later
#
# Types into a shell on a terminal of its own, as somebody does who looks at
# what comes, and prints what that has seen.
#
# usage: dialogue.py COMMAND... < LINES
#
# A line is typed at a prompt.  What it has behind a tab is typed once its job
# has the terminal, and sleeps in a program: \x1a is ^Z.
import glob
import os
import pty
import re
import select
import signal
import sys
import time

PROMPT = "> "
end = time.monotonic() + 50
text = ""


# More of what the shell prints; false: it has ended.
def look(fd):
	global text
	if time.monotonic() > end:
		raise TimeoutError(text)
	if not select.select([fd], [], [], 0.01)[0]:
		return True
	try:
		more = os.read(fd, 4096)
	except OSError:
		return False
	text += more.decode().replace("\r", "")
	return bool(more)


def wait_until(fd, is_so):
	while not is_so():
		if not look(fd):
			raise EOFError(text)


def prompts():
	return len(re.findall("(?m)^" + PROMPT, text))


# Names and states of the processes of a group
def members(group):
	for path in glob.glob("/proc/[0-9]*/stat"):
		try:
			with open(path) as f:
				name, rest = f.read().rsplit(")", 1)
		except OSError:
			continue
		if int(rest.split()[2]) == group:
			yield name.split("(")[1], rest.split()[0]


# All of the terminal's group sleep, and are no shells any more.
def job_waits(fd, shell, line):
	group = os.tcgetpgrp(fd)
	found = list(members(group))
	return (
		group != shell
		and len(found) > line.count("|")
		and all(s == "S" and "sh" not in n for n, s in found)
	)


def type_in(fd, shell, line, job):
	seen = prompts()
	os.write(fd, line.encode() + b"\n")
	if job:
		wait_until(fd, lambda: job_waits(fd, shell, line))
		os.write(fd, job.encode().decode("unicode_escape").encode())
	wait_until(fd, lambda: prompts() > seen)


def run_shell(argv):
	for sig in signal.SIGINT, signal.SIGQUIT:
		signal.signal(sig, signal.SIG_DFL)
	os.environ["PS1"] = PROMPT
	os.execvp(argv[0], argv)


pid, fd = pty.fork()
if not pid:
	run_shell(sys.argv[1:])
wait_until(fd, prompts)
shell = os.tcgetpgrp(fd)
for line in sys.stdin:
	line, _, job = line.rstrip("\n").partition("\t")
	type_in(fd, shell, line, job)
os.write(fd, b"exit 6\n")
while look(fd):
	pass
print(text)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program at another node, whose parent this process is: INIT there starts
 * it, and hands over what it writes.  A signal that comes before it runs ends
 * this process; later it is that of the program.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mol/mol.h>

#include "run.h"
#include "say.h"
#include "stand_in.h"

#define PIECE 16384

static struct mol_rexec program;

static void pass_on(int signal)
{
	const int error = errno;

	mol_kill(program.pid, signal);
	errno = error;
}

static int piece_write(int stream, const char *piece, ssize_t nr)
{
	ssize_t n;

	for (; nr > 0; piece += n, nr -= n) {
		n = write(stream, piece, (size_t)nr);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -1;
	}
	return 0;
}

/* To its end, or to that of who reads it */
static int output_copy(void)
{
	static char piece[PIECE];
	int stream;
	ssize_t n;

	for (;;) {
		n = mol_rexec_read(&program, piece, sizeof(piece), &stream);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno != ESRCH ? -1 : 0;
		if (piece_write(stream, piece, n)) {
			mol_kill(program.pid, SIGPIPE);
			return 0;
		}
	}
}

static int program_wait(int *status)
{
	pid_t pid;

	do
		pid = mol_waitpid(program.pid, status, 0);
	while (pid < 0 && errno == EINTR);
	return pid < 0 ? -1 : 0;
}

static const char *reason_of(int error)
{
	switch (error) {
	case ENOTCONN:
		return "no INIT can be reached there: m3ipc-init(8)";
	case EPERM:
		return "its INIT has no \"rexec\" in the configuration for "
		       "this user";
	default:
		return strerror(error);
	}
}

static pid_t program_start(const struct args *args, int nodeid)
{
	return (args->fs ? mol_rexec_fs_open :
			   mol_rexec_open)(&program, nodeid, args->program[0],
					   args->program, environ);
}

int run_at_node(const struct args *args, int nodeid)
{
	const char *file = args->program[0];
	int status;

	if (program_start(args, nodeid) < 0)
		return say_error(args, "%s at node %d: %s", file, nodeid,
				 reason_of(errno));
	stand_in_signals(pass_on);
	if (output_copy())
		say_error(args, "%s at node %d: its output: %s", file, nodeid,
			  strerror(errno));
	if (program_wait(&status))
		return say_error(args, "%s at node %d: %s", file, nodeid,
				 strerror(errno));
	return stand_in_end(status);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* Forks of all kinds: each is a child of the VM, with its own memory. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <mol/mol.h>

#include "../mol/internal.h"
#include "linux.h"
#include "posix.h"

/* In state LEFT a child is noted, as its number may be that of another, too. */
pid_t fork(void)
{
	pid_t pid;

	if (self_in_vm()) {
		pid = mol_fork();
		if (!pid)
			self_forget();
		return pid;
	}
	pid = linux_fork();
	if (pid > 0 && self_pid())
		mol_children_add(pid, pid);
	return pid;
}

pid_t vfork(void)
{
	return fork();
}

pid_t _Fork(void)
{
	return fork();
}

static int null_open(void)
{
	const int fd = open("/dev/null", O_RDWR);

	if (fd < 0)
		return -1;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

int daemon(int nochdir, int noclose)
{
	const pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid)
		_exit(EXIT_SUCCESS);
	if (setsid() < 0 || (!nochdir && chdir("/")))
		return -1;
	return noclose ? 0 : null_open();
}

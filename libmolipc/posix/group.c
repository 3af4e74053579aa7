// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Groups and sessions, and those of terminals.
 *
 * What PM has set is set in Linux, too: there the group has the number that its
 * leader has for Linux.  A group that is set here is noted, and children forked
 * after that know of it, too: they are put into it when its leader may be a
 * zombie already, whose number for Linux nobody else would know.
 *
 * The processes that a program was started with, outside of its VM, are in its
 * group of Linux and not in that of the VM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <mol/mol.h>

#include "linux.h"
#include "posix.h"

#define NR_NOTED 64

static struct noted {
	pid_t group;
	pid_t linux_group;
} noted[NR_NOTED];

static unsigned int nr_noted; /* the last of them are there */

/* Number "i" of those that are there, from the last; NULL: no more */
static const struct noted *noted_get(unsigned int i)
{
	if (i >= nr_noted || i >= NR_NOTED)
		return NULL;
	return &noted[(nr_noted - 1 - i) % NR_NOTED];
}

static void noted_add(pid_t group, pid_t linux_group)
{
	const struct noted *last = noted_get(0);

	if (!last || last->group != group || last->linux_group != linux_group)
		noted[nr_noted++ % NR_NOTED] =
			(struct noted){ group, linux_group };
}

static pid_t noted_to_linux(pid_t group)
{
	const struct noted *n;

	for (unsigned int i = 0; (n = noted_get(i)); i++)
		if (n->group == group)
			return n->linux_group;
	return 0;
}

static pid_t noted_from_linux(pid_t linux_group)
{
	const struct noted *n;

	for (unsigned int i = 0; (n = noted_get(i)); i++)
		if (n->linux_group == linux_group)
			return n->group;
	return 0;
}

/* By its leader */
static pid_t led_to_linux(pid_t group)
{
	const pid_t linux_pid = self_to_linux(group);

	if (!linux_pid || mol_getpgid(group) != group)
		return 0;
	return linux_getpgid(linux_pid);
}

pid_t group_to_linux(pid_t group)
{
	pid_t linux_group;

	if (!self_pid())
		return group;
	linux_group = noted_to_linux(group);
	if (linux_group)
		return linux_group;
	if (group == getpgid(0))
		return linux_getpgid(0);
	linux_group = led_to_linux(group);
	return linux_group > 0 ? linux_group : 0;
}

/* One that nobody has stands for those that are not the VM's. */
static pid_t group_from_linux(pid_t linux_group)
{
	pid_t group;

	if (!self_pid())
		return linux_group;
	if (linux_group == linux_getpgid(0))
		return getpgid(0);
	group = noted_from_linux(linux_group);
	return group ? group : INT_MAX;
}

/* PM has put the process into the group. */
static void group_follow(pid_t pid, pid_t group)
{
	const pid_t linux_pid = self_to_linux(pid);
	const int error = errno;
	pid_t linux_group = linux_pid;

	if (group != pid)
		linux_group = group_to_linux(group);
	if (linux_pid && linux_group && !linux_setpgid(linux_pid, linux_group))
		noted_add(group, linux_group);
	errno = error;
}

int setpgid(pid_t pid, pid_t group)
{
	if (!self_in_vm())
		return linux_setpgid(pid, group);
	if (mol_setpgid(pid, group))
		return -1;
	if (!pid)
		pid = self_pid();
	group_follow(pid, group ? group : pid);
	return 0;
}

int setpgrp(void)
{
	return setpgid(0, 0);
}

pid_t setsid(void)
{
	pid_t session;

	if (!self_in_vm())
		return linux_setsid();
	session = mol_setsid();
	if (session > 0)
		linux_setsid();
	return session;
}

pid_t tcgetpgrp(int fd)
{
	const pid_t linux_group = linux_tcgetpgrp(fd);

	return linux_group > 0 ? group_from_linux(linux_group) : linux_group;
}

int tcsetpgrp(int fd, pid_t group)
{
	const pid_t linux_group = group > 0 ? group_to_linux(group) : group;

	if (linux_group)
		return linux_tcsetpgrp(fd, linux_group);
	errno = EPERM;
	return -1;
}

pid_t tcgetsid(int fd)
{
	pid_t session;

	if (ioctl(fd, TIOCGSID, &session))
		return -1;
	if (!self_pid())
		return session;
	return session == linux_getsid(0) ? getsid(0) : INT_MAX;
}

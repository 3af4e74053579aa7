// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to PM: fill in, ask, take out. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/sys.h>

#include "internal.h"

pid_t mol_bindproc(void)
{
	pm_fork_t arg = { 0 };
	message m;

	com_put(&m, &arg);
	if (mol_ask(PM_BINDPROC, &m))
		return -1;
	com_get(&m, &arg);
	return arg.pid;
}

/* The answer does not come any more. */
int mol_unbind(void)
{
	const int rc = mnx_getep(getpid());

	if (mnx_bind_failed(rc))
		return mol_result(MNX_ERR(rc));
	sys_exit(SELF);
	return 0;
}

static int ids_ask(pid_t pid, pm_ids_t *ids)
{
	message m;

	*ids = (pm_ids_t){ .pid = pid };
	com_put(&m, ids);
	if (mol_ask(PM_GETPID, &m))
		return -1;
	com_get(&m, ids);
	return 0;
}

pid_t mol_getpid(void)
{
	pm_ids_t ids;

	return ids_ask(0, &ids) ? -1 : ids.pid;
}

pid_t mol_getppid(void)
{
	pm_ids_t ids;

	return ids_ask(0, &ids) ? -1 : ids.parent;
}

pid_t mol_getpgid(pid_t pid)
{
	pm_ids_t ids;

	return ids_ask(pid, &ids) ? -1 : ids.group;
}

pid_t mol_getpgrp(void)
{
	return mol_getpgid(0);
}

pid_t mol_getsid(pid_t pid)
{
	pm_ids_t ids;

	return ids_ask(pid, &ids) ? -1 : ids.session;
}

int mol_getnprocnr(pid_t pid)
{
	pm_ids_t ids;

	return ids_ask(pid, &ids) ? -1 : _ENDPOINT_P(ids.endpoint);
}

int mol_getprocnr(void)
{
	return mol_getnprocnr(0);
}

int mol_getpprocnr(void)
{
	const pid_t parent = mol_getppid();

	if (parent < 0)
		return -1;
	return parent == 1 ? NONE : mol_getnprocnr(parent);
}

int mol_setpgid(pid_t pid, pid_t group)
{
	message m;

	com_put(&m, &((pm_group_t){ pid, group }));
	return mol_ask(PM_SETPGID, &m);
}

pid_t mol_setsid(void)
{
	pm_group_t arg = { 0 };
	message m;

	com_put(&m, &arg);
	if (mol_ask(PM_SETSID, &m))
		return -1;
	com_get(&m, &arg);
	return arg.group;
}

int mol_kill(pid_t pid, int sig)
{
	message m;

	com_put(&m, &((pm_kill_t){ pid, sig }));
	return mol_ask(PM_KILL, &m);
}

int mol_killpg(pid_t group, int sig)
{
	if (group >= 0)
		return mol_kill(-group, sig);
	errno = EINVAL;
	return -1;
}

int mol_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	pm_value_t arg;
	message m;

	if (sigaction(sig, act, old))
		return -1;
	if (sig != SIGCHLD || !act)
		return 0;
	arg.value =
		act->sa_flags & SA_NOCLDWAIT ||
		(!(act->sa_flags & SA_SIGINFO) && act->sa_handler == SIG_IGN);
	com_put(&m, &arg);
	return mol_ask(PM_CHILDREN, &m);
}

/* As alarm() it has no error. */
unsigned int mol_alarm(unsigned int seconds)
{
	pm_value_t arg = { seconds };
	message m;

	com_put(&m, &arg);
	if (mol_ask(PM_ALARM, &m))
		return 0;
	com_get(&m, &arg);
	return arg.value;
}

int mol_getpmproctab(pm_process_t *table, int nr)
{
	pm_process_t p = { .pid = 0 };
	int n = 0, from;
	message m;

	do {
		from = p.pid + 1;
		com_put(&m, &((pm_process_t){ .pid = from }));
		if (mol_ask(PM_NEXTPROC, &m))
			return -1;
		com_get(&m, &p);
		if (p.pid < from)
			return n;
		if (n < nr)
			table[n] = p;
		n++;
	} while (p.pid < INT_MAX);
	return n;
}

int mol_setpname(const char *name)
{
	return mol_result(*name ? sys_setpname(SELF, name) : -EINVAL);
}

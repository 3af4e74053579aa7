// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who the caller is, and its ids */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/molipc.h>

#include "../mol/internal.h"
#include "linux.h"
#include "posix.h"

/* What is known of the process with that number of Linux */
static struct self {
	pid_t linux_pid; /* 0: nobody has asked; -1: it is another now */
	pid_t pid;       /* 0: state LINUX */
	int endpoint;
	int vmid;
} self;

static bool self_find(struct self *s)
{
	struct m3ipc_self id;

	s->endpoint = mnx_getep(s->linux_pid);
	if (mnx_bind_failed(s->endpoint) ||
	    ioctl(mnx_fd(), M3IPC_IOC_SELF, &id))
		return false;
	s->vmid = id.vmid;
	s->pid = mol_getpid();
	return s->pid > 0;
}

/* What it inherits of its parent is not its own, but for a new program. */
static void self_learn(pid_t linux_pid)
{
	struct self s = { .linux_pid = linux_pid };
	const int error = errno;

	if (self.linux_pid) {
		mol_children_forget();
		wait_begin();
	} else {
		env_take();
	}
	if (!self_find(&s))
		s.pid = 0;
	self = s;
	errno = error;
}

void self_forget(void)
{
	self.linux_pid = -1;
}

pid_t self_pid(void)
{
	const pid_t linux_pid = linux_getpid();

	if (self.linux_pid != linux_pid)
		self_learn(linux_pid);
	return self.pid;
}

bool self_in_vm(void)
{
	return self_pid() && mnx_getep(self.linux_pid) == self.endpoint;
}

__attribute__((constructor)) static void self_begin(void)
{
	self_pid();
}

/* Of one that lives and has its endpoint */
static pid_t other_to_linux(pid_t pid)
{
	pm_ids_t ids = { .pid = pid };
	proc_usr_t info;
	message m;

	com_put(&m, &ids);
	if (mol_ask(PM_GETPID, &m))
		return 0;
	com_get(&m, &ids);
	if (mnx_getprocinfo(self.vmid, _ENDPOINT_P(ids.endpoint), &info) ||
	    info.p_endpoint != ids.endpoint || info.p_rts_flags & REMOTE ||
	    info.p_lpid <= 0)
		return 0;
	return info.p_lpid;
}

pid_t self_to_linux(pid_t pid)
{
	pid_t linux_pid;

	if (pid == self_pid())
		return self.linux_pid;
	linux_pid = mol_children_linux(pid);
	return linux_pid ? linux_pid : other_to_linux(pid);
}

pid_t getpid(void)
{
	const pid_t pid = self_pid();

	return pid ? pid : self.linux_pid;
}

pid_t getppid(void)
{
	return self_in_vm() ? mol_getppid() : linux_getppid();
}

pid_t getpgid(pid_t pid)
{
	return self_in_vm() ? mol_getpgid(pid) : linux_getpgid(pid);
}

pid_t getpgrp(void)
{
	return getpgid(0);
}

pid_t getsid(pid_t pid)
{
	return self_in_vm() ? mol_getsid(pid) : linux_getsid(pid);
}

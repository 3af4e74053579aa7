// SPDX-License-Identifier: LGPL-2.1-or-later
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux.h"

/* clang-format off */
#define CALLS(CALL)                                                        \
	CALL(alarm) CALL(execve) CALL(execvpe) CALL(fexecve) CALL(fork)    \
	CALL(getpgid) CALL(getsid) CALL(kill) CALL(setpgid) CALL(setsid)   \
	CALL(sigaction) CALL(signal) CALL(sigqueue) CALL(tcgetpgrp)        \
	CALL(tcsetpgrp) CALL(waitid) CALL(waitpid)
/* clang-format on */

#define NUMBER(name) CALL_##name,
enum call {
	CALLS(NUMBER) NR_CALLS
};

#define TEXT(name) #name,
static const char *const names[] = { CALLS(TEXT) };

static void *found[NR_CALLS];

static void *call_find(enum call nr)
{
	if (!found[nr])
		found[nr] = dlsym(RTLD_NEXT, names[nr]);
	return found[nr];
}

#define LIBC(name) ((__typeof__(&name))call_find(CALL_##name))

/* Handlers may need them, where dlsym() is not to be called. */
__attribute__((constructor(101))) static void calls_find(void)
{
	for (enum call nr = 0; nr < NR_CALLS; nr++)
		call_find(nr);
}

pid_t linux_fork(void)
{
	return LIBC(fork)();
}

pid_t linux_getpid(void)
{
	return (pid_t)syscall(SYS_getpid);
}

pid_t linux_getppid(void)
{
	return (pid_t)syscall(SYS_getppid);
}

pid_t linux_getpgid(pid_t pid)
{
	return LIBC(getpgid)(pid);
}

pid_t linux_getsid(pid_t pid)
{
	return LIBC(getsid)(pid);
}

int linux_setpgid(pid_t pid, pid_t group)
{
	return LIBC(setpgid)(pid, group);
}

pid_t linux_setsid(void)
{
	return LIBC(setsid)();
}

int linux_kill(pid_t pid, int sig)
{
	return LIBC(kill)(pid, sig);
}

int linux_sigqueue(pid_t pid, int sig, const union sigval value)
{
	return LIBC(sigqueue)(pid, sig, value);
}

int linux_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return LIBC(sigaction)(sig, act, old);
}

sighandler_t linux_signal(int sig, sighandler_t handler)
{
	return LIBC(signal)(sig, handler);
}

unsigned int linux_alarm(unsigned int seconds)
{
	return LIBC(alarm)(seconds);
}

pid_t linux_waitpid(pid_t pid, int *status, int options)
{
	return LIBC(waitpid)(pid, status, options);
}

int linux_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return LIBC(waitid)(type, id, info, options);
}

int linux_waitid_usage(idtype_t type, id_t id, siginfo_t *info, int options,
		       struct rusage *usage)
{
	if (!usage)
		return linux_waitid(type, id, info, options);
	return (int)syscall(SYS_waitid, type, id, info, options, usage);
}

pid_t linux_tcgetpgrp(int fd)
{
	return LIBC(tcgetpgrp)(fd);
}

int linux_tcsetpgrp(int fd, pid_t group)
{
	return LIBC(tcsetpgrp)(fd, group);
}

int linux_execve(const char *path, char *const argv[], char *const envp[])
{
	return LIBC(execve)(path, argv, envp);
}

int linux_execvpe(const char *file, char *const argv[], char *const envp[])
{
	return LIBC(execvpe)(file, argv, envp);
}

int linux_fexecve(int fd, char *const argv[], char *const envp[])
{
	return LIBC(fexecve)(fd, argv, envp);
}

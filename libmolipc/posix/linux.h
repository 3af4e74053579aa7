/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calls of libc that are taken the place of.  Where libmol and libmolipc
 * call one of them the linker has them call these: see the Makefile.
 */
#ifndef POSIX_LINUX_H
#define POSIX_LINUX_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>

#pragma GCC visibility push(hidden)

pid_t linux_fork(void);
pid_t linux_getpid(void);
pid_t linux_getppid(void);
pid_t linux_getpgid(pid_t pid);
pid_t linux_getsid(pid_t pid);
int linux_setpgid(pid_t pid, pid_t group);
pid_t linux_setsid(void);
int linux_kill(pid_t pid, int sig);
int linux_sigqueue(pid_t pid, int sig, const union sigval value);
int linux_sigaction(int sig, const struct sigaction *act,
		    struct sigaction *old);
sighandler_t linux_signal(int sig, sighandler_t handler);
unsigned int linux_alarm(unsigned int seconds);
pid_t linux_waitpid(pid_t pid, int *status, int options);
int linux_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
/* With the resources that it has used */
int linux_waitid_usage(idtype_t type, id_t id, siginfo_t *info, int options,
		       struct rusage *usage);
pid_t linux_tcgetpgrp(int fd);
int linux_tcsetpgrp(int fd, pid_t group);
int linux_execve(const char *path, char *const argv[], char *const envp[]);
int linux_execvpe(const char *file, char *const argv[], char *const envp[]);
int linux_fexecve(int fd, char *const argv[], char *const envp[]);

#pragma GCC visibility pop

#endif /* POSIX_LINUX_H */

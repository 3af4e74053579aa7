/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What POSIX says of processes: one source, for Linux and for a VM.
 *
 * Built as it is, it tries Linux.  With POSIX_MOL the calls are those of
 * libmol, and the program a process of the VM.  Each case is a function that
 * runs in a process of its own; what it expects it CHECKs.
 */
#ifndef TESTS_POSIX_H
#define TESTS_POSIX_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef POSIX_MOL
#include <mol/mol.h>
#define alarm   mol_alarm
#define execve  mol_execve
#define fork    mol_fork
#define getpgid mol_getpgid
#define getpgrp mol_getpgrp
#define getpid  mol_getpid
#define getppid mol_getppid
#define getsid  mol_getsid
#define kill    mol_kill
#define killpg  mol_killpg
#define setpgid mol_setpgid
#define setsid  mol_setsid
#define wait    mol_wait
#define waitpid mol_waitpid
/* Not the structure of that name */
#define sigaction(sig, act, old) mol_sigaction(sig, act, old)
#endif

struct posix_case {
	const char *name;
	void (*run)(void);
};

#define CASE(function)              \
	{                           \
#function, function \
	}

/* Files of cases; each list ends with one without a name. */
extern const struct posix_case process_cases[];
extern const struct posix_case wait_cases[];
extern const struct posix_case group_cases[];
extern const struct posix_case signal_cases[];

/* What does not hold is said, and ends the process. */
#define CHECK(what) posix_check((what), #what, __FILE__, __LINE__)
void posix_check(bool holds, const char *what, const char *file, int line);
/* The call fails with that errno. */
#define CHECK_ERRNO(call, error) \
	CHECK((errno = 0, (call)) == -1 && errno == (error))

/* A child that does it, and ends with what it returns */
pid_t child_new(int (*run)(int arg), int arg);
/* It has ended: the status */
int child_wait(pid_t pid);
/* For ever, but for signals */
int stay(int arg);
/* Until it is true, or the case has lasted too long */
#define AWAIT(what)     \
	while (!(what)) \
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL)

/* A number through a pipe, to one who waits for it */
struct channel {
	int fd[2];
};
struct channel channel_new(void);
void channel_say(const struct channel *c, int number);
int channel_hear(const struct channel *c);

/* This program, run by exec with a word that says what it does: see main.c */
#define POSIX_SELF "/proc/self/exe"

#endif /* TESTS_POSIX_H */

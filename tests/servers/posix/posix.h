/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What POSIX says of processes: one source, for Linux and for a VM.
 *
 * Built as it is, it tries Linux.  With CASES_MOL the calls are those of
 * libmol, and the program a process of the VM.
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

#include "../cases.h"

#ifdef CASES_MOL
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

/* Files of cases; each list ends with one without a name. */
extern const struct one_case process_cases[];
extern const struct one_case wait_cases[];
extern const struct one_case group_cases[];
extern const struct one_case signal_cases[];

/* It has ended: the status */
int child_wait(pid_t pid);
/* For ever, but for signals */
int stay(int arg);
/* Until it is true, or the case has lasted too long */
#define AWAIT(what)     \
	while (!(what)) \
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL)

/* This program, run by exec with a word that says what it does: see main.c */
#define POSIX_SELF "/proc/self/exe"

#endif /* TESTS_POSIX_H */

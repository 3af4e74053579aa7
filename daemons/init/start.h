/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process of a job: its user, its environment, its program */
#ifndef INIT_START_H
#define INIT_START_H

#include <sys/types.h>

#include "jobs.h"

/*
 * Starts it, as a process of the VM that this process is in, called "vm", which
 * leads a session of its own.  It ends with this process.  Returns its pid of
 * the VM, or -1: it was logged why not.
 */
pid_t start_job(const struct job *job, const char *vm);

#endif /* INIT_START_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process of a program that another process has asked for */
#ifndef INIT_REXEC_CHILD_H
#define INIT_REXEC_CHILD_H

#include <pwd.h>
#include <stdbool.h>

#include "rexec_image.h"

struct rexec_child {
	const struct rexec_image *image;
	const struct passwd *user;
	int asker;   /* its endpoint */
	int control; /* says its pid of the VM, and is told to go by a byte */
	int out[2];  /* its output, or -1: that of INIT */
};

/*
 * Forks one that is bound in the VM, or is about to end.  Returns its pid of
 * Linux; or -1: it was logged why there is none, as which number *rc is.
 */
pid_t rexec_child_fork(const struct rexec_child *child, int *rc);

/* The parent of a process of the VM, or -1 */
pid_t rexec_parent(pid_t pid);

#endif /* INIT_REXEC_CHILD_H */

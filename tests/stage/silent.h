/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that never comes: a file whose file system is a process that does not
 * answer reads.  Whoever touches a page of it waits until that is killed.
 */
#ifndef TESTS_STAGE_SILENT_H
#define TESTS_STAGE_SILENT_H

#include <stdatomic.h>
#include <sys/types.h>

#define SILENT_SIZE (16 * 4096)

struct silent {
	char *memory;      /* SILENT_SIZE bytes, shared */
	pid_t server;      /* a child of the caller */
	atomic_int *asked; /* how many reads wait for an answer */
};

/*
 * The caller needs /dev/fuse, and may mount in its mount namespace;
 * unprivileged users enter one of theirs, with silent_enter(), before.
 */
struct silent silent_new(void);
void silent_enter(int more_namespaces);

#endif /* TESTS_STAGE_SILENT_H */

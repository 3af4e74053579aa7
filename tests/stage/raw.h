/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device without the library: what anybody can do to it.
 *
 * Here the test itself, or a child of it, is the one that is bound.  Errors are
 * what the driver returned, negated errno.
 */
#ifndef TESTS_STAGE_RAW_H
#define TESTS_STAGE_RAW_H

#include <signal.h>
#include <stdatomic.h>

#include "actor.h"

#define MY_NR     110 /* the slot of the test itself */
#define MY_SYS_NR 12  /* the same, a system slot */

int raw_open(void);
int raw_ioctl(int fd, unsigned long request, const volatile void *arg);

/* The calling process; returns the endpoint for user slots, else 0. */
int raw_bind(int fd, int p_nr);
int raw_bind_in(int fd, int vmid, int p_nr);
int raw_lclbind(int fd, int vmid, int p_nr, pid_t pid);
int raw_unbind(int fd, int vmid, int endpoint);

/* The caller's endpoint, or an error */
int raw_self(int fd);

/* A command as that node sends it, for mnx_put2lcl() */
cmd_t raw_command(int snode, int kind, int src, int dst);

/* The page of the caller; fails the test if there is none. */
struct m3ipc_page *raw_map(int fd);

/* Fills in slot i of the page, and enters the driver. */
int raw_prim(int fd, struct m3ipc_page *page, int i, unsigned long request,
	     int peer, int64_t ms);

/* Enters the driver with what is in the slot. */
int raw_enter(int fd, struct m3ipc_page *page, int i, unsigned long request);

extern const unsigned long raw_prims[8]; /* all but CANCEL */
#define NR_PRIMS ((int)(sizeof(raw_prims) / sizeof(raw_prims[0])))

/*
 * A child that runs fn(arg) and ends; its failed assertions are the test's.
 * It dies with the test.
 */
pid_t child_start(void (*fn)(void *arg), void *arg);
void child_end(pid_t pid);
int child_status(pid_t pid);
void child_kill(pid_t pid);
void child_run(void (*fn)(void *arg), void *arg);

/* Zeroed memory that children share */
void *shared_new(size_t size);

/* Writes text to a file, as echo does: 0, or -errno. */
int file_put(const char *path, const char *text);

/* Number of open descriptors of this process, and of entries of a folder */
int dir_count(const char *path);

#endif /* TESTS_STAGE_RAW_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM with its system task, of one node, for tests of servers */
#ifndef TESTS_SERVERS_SERVER_H
#define TESTS_SERVERS_SERVER_H

#include <molipc/sys.h>

#include "actor.h"

/* Checked fixtures: the VM runs, and its SYSTASK answers. */
void server_up(void);
void server_down(void);

/* SYSTASK ends by a signal; another one is started, and answers. */
void systask_kill(int signal);
void systask_start(void);
/* Only started */
void systask_spawn(void);
pid_t systask_pid(void);

/* PM of that VM, in the same way; it is ended with the VM. */
void pm_start(void);
void pm_kill(int signal);

/* IS, likewise */
void is_start(void);
void is_kill(int signal);

/* MEMORY, likewise: its disks are there then. */
void memory_start(void);
void memory_kill(int signal);
pid_t memory_pid(void);
/* It does not start: the status with which it ends */
int memory_fails(void);

/* FS, likewise: its root is mounted then. */
void fs_start(void);
void fs_kill(int signal);
/* Only started; and its end is waited for, whose status is the result. */
void fs_spawn(void);
int fs_wait(void);
pid_t fs_pid(void);

/* INIT, likewise; the latter returns its status. */
void init_start(void);
int init_kill(int signal);
pid_t init_pid(void);

/* What the configuration has in that VM from now on */
void server_configure(const char *servers);

/* Slots of SYSTASK's table that are used like that */
int slots_used(enum sys_use use);

/* What an actor asks of SYSTASK: the result of the expression */
#define ASK(actor, function, ...) \
	CALL_RC(actor, .op = OP_RUN, .run = (function), __VA_ARGS__)

#endif /* TESTS_SERVERS_SERVER_H */

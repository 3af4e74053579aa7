/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is bound to which endpoint.
 *
 * A binding is keyed by struct pid: the process's (tgid) or the thread's.  So
 * it survives an exec, even one by a thread that is not the leader, and a fork
 * child has none.  The table of bindings is one for the machine, since a
 * thread has at most one, whatever the namespace.
 */
#ifndef _M3IPC_BIND_H
#define _M3IPC_BIND_H

#include <linux/types.h>

struct m3_node;
struct m3_proc;
struct m3_slot;
struct m3_vm;
struct m3ipc_bind;
struct m3ipc_getep;
struct m3ipc_self;
struct m3ipc_unbind;
struct pid;
struct task_struct;

/* They may stand by (backup.h), and then are not bound. */
struct m3_proc *m3_bound(struct pid *pid);
void m3_bound_remove(struct m3_proc *p);
bool m3_is_dying(const struct m3_proc *p);
struct m3_proc *m3_caller(const struct m3_node *node);

/* This is. */
struct m3_proc *m3_caller_get(const struct m3_node *node);
struct m3_proc *m3_caller_get_any(const struct m3_node *node);

int m3_bind(struct m3_node *node, void *arg);
int m3_unbind(struct m3_node *node, void *arg);
int m3_getep(struct m3_node *node, void *arg);
int m3_self(struct m3_node *node, void *arg);

/* A thread, or a process by that of its leader, that is to be bound */
struct m3_bind_target {
	struct task_struct *task;
	struct pid *pid;
	struct pid *leader;
};

/* For an endpoint that comes from another node, see migrate.c */
int m3_bind_target_get(struct m3_vm *vm, pid_t nr, struct m3_bind_target *t);
void m3_bind_target_put(struct m3_bind_target *t);
int m3_bind_settle(struct m3_proc *p, const struct m3_bind_target *t);

/* vm->lock is held: */
int m3_bind_enter(struct m3_proc *p, struct pid *leader_pid);
int m3_bind_join(struct m3_proc *p, struct pid *leader_pid);
void m3_bury(struct m3_vm *vm, struct m3_slot *slot);

#endif /* _M3IPC_BIND_H */

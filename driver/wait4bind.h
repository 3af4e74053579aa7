/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting to be bound: until somebody binds the caller, or its process.  It
 * needs no binding, and is in no list.  One who stands by (backup.h) waits like
 * that for its endpoint, and no longer than it stands by.
 */
#ifndef _M3IPC_WAIT4BIND_H
#define _M3IPC_WAIT4BIND_H

struct m3_node;
struct m3_proc;
struct pid;

int m3_wait4bind(struct m3_node *node, void *arg);
void m3_wait4bind_prepare(struct m3_node *node);
void m3_wait4bind_wake(struct m3_node *node, const struct pid *leader);
void m3_wait4bind_wake_proc(const struct m3_proc *p);
void m3_wait4bind_wake_all(struct m3_node *node);

#endif /* _M3IPC_WAIT4BIND_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Privileges: which primitives a process may call, and with whom.
 *
 * They belong to a binding and are inherited by nobody: a bind starts with all
 * of them.  vm->lock guards them.  They are looked at when a call is made, not
 * when its message passes.  m3_proc.narrowed says that something is missing, or
 * that the process migrates and may not begin a call: in the usual case that
 * costs one look.
 */
#ifndef _M3IPC_PRIV_H
#define _M3IPC_PRIV_H

#include "proc.h"

struct m3_node;

void m3_priv_init(struct m3_proc *p);
bool m3_priv_admin(struct m3_node *node, const struct m3_vm *vm);
int m3_priv_set(struct m3_node *node, void *arg);
int m3_priv_get(struct m3_node *node, void *arg);

/* vm->lock is held: */
void m3_priv_narrow(struct m3_proc *p);
int m3_priv_trap(const struct m3_proc *p, unsigned int nr, int peer);
bool m3_priv_admits(const struct m3_proc *dst, int p_nr);
int m3_priv_pass(const struct m3_proc *src, const struct m3_proc *dst);

/* May a message of src go to dst? */
static inline int m3_priv_check(const struct m3_proc *src,
				const struct m3_proc *dst)
{
	if (likely(!src->narrowed && !dst->narrowed))
		return 0;
	return m3_priv_pass(src, dst);
}

#endif /* _M3IPC_PRIV_H */

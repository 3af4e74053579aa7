/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backups: processes of this node that stand by for an endpoint of another.
 *
 * A node with a backup has a descriptor of the endpoint, as others have
 * (remote.h), and that is what everybody finds there; the backup hangs on it
 * (m3_proc.backup), one at most.  The process of the backup has no endpoint:
 * its calls end with EMOLNOTBIND, and it waits to be bound, IOC_WAIT4BIND.
 * It is in the table of who is bound, so that it is nothing else beside that,
 * and that its end is seen.
 *
 *	free --bind--> STANDS BY --commit to this node, of it--> bound
 *	STANDS BY --it or the descriptor goes--> free
 *
 *	event			the backup		the descriptor
 *	bind			stands by		is made, unless it is
 *							there already
 *	commit here, of it	has the endpoint	is replaced
 *	commit here, of		stands by: refused,	the same
 *	another process		EMOLBADPID
 *	commit elsewhere	stands by for that	is of that node
 *	its node cannot be	stands by		what is pending ends; or
 *	reached						waits: redo, below
 *	the backup dies, or	is free			is plain
 *	unbinds itself
 *	the process of the	is free: its wait ends	is unbound
 *	endpoint ends, its	with EMOLNOTBIND
 *	node or the VM goes
 *
 * A thread stands by beside its leader, which stands by or is bound in the VM,
 * and goes with it; it can have its endpoint when the leader is bound.
 *
 * WHO HAS ONE.  Each node tells all others of the VM for which endpoints it has
 * a backup, and when it has it no more: BKUP_MSG, by the command that tells of
 * ends, too (obit.h), again when a link flows.  A node can say that of itself
 * alone.  It is in m3_slot.nodemap, of one endpoint, mapped: that of who is in
 * the slot.  A node that cannot be reached has none.
 *
 * REDO.  In a VM with VM_FLAG_REDO what processes of this node have sent to a
 * node that cannot be reached any more, and that has not been acknowledged or
 * answered, is held for the backup, if some node has one, as for the end of a
 * migration (M3_HEARD, migrate.h).  It is sent again, as it was, when a backup
 * has taken the endpoint, or when the node can be reached again; a rollback
 * ends it with ENOTCONN.  So it may be done twice.
 */
#ifndef _M3IPC_BACKUP_H
#define _M3IPC_BACKUP_H

#include "proc.h"

struct m3_node;

int m3_backup_bind(struct m3_node *node, void *arg);

/* RCU is held: */
bool m3_backup_is(const struct m3_proc *p);
u64 m3_backup_map(const struct m3_proc *p);

/* vm->lock is held: */
bool m3_backup_leave(struct m3_proc *b, int why);
int m3_backup_promote(struct m3_proc *b, struct pid *leader);
void m3_backup_told(struct m3_vm *vm, const cmd_t *cmd);
void m3_backup_lost(struct m3_slot *slot, int nodeid);
bool m3_backup_redoes(const struct m3_proc *r);
void m3_backup_fill(const struct m3_vm *vm, const struct m3_slot *slot,
		    cmd_t *cmd);

#endif /* _M3IPC_BACKUP_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose the user slots are.
 *
 * A slot belongs to a node or to none, as whoever administers the VM says.  A
 * node's processes bind in its own slots and in those of none, here and, when
 * something comes from them, as descriptors that nobody entered: guests.  In
 * slots of none a node has a limited number of those.
 *
 *	slot of		bind here		a guest of node n
 *	none		may			up to three quarters
 *	this node	may			EMOLBADOWNER
 *	node n		EMOLBADOWNER		may
 *	another		EMOLBADOWNER		EMOLBADOWNER
 *	nobody		EMOLBADOWNER		EMOLBADOWNER
 *
 * A slot is nobody's when this node has lost the right to it, see lease.h.
 * An owner that changes affects binds to come, and nobody who is bound.
 */
#ifndef _M3IPC_OWNER_H
#define _M3IPC_OWNER_H

#include "vm.h"

struct m3_node;
struct m3_proc;

#define M3_NO_OWNER	(-1)	/* of none: whoever comes first */
#define M3_BARRED	(-2)	/* nobody's */

int m3_owners_set(struct m3_node *node, struct m3ipc_owners *req);

/* vm->lock is held: */
int m3_owner_check(const struct m3_vm *vm, const struct m3_slot *slot,
		   int nodeid);
int m3_owner_admits(const struct m3_proc *r, const struct m3_proc *old);
void m3_owner_guest(struct m3_proc *r);
void m3_owner_leaves(struct m3_proc *r);
void m3_owner_bar(const struct m3_vm *vm, struct m3_slot *slot);

#endif /* _M3IPC_OWNER_H */

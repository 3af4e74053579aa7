// SPDX-License-Identifier: GPL-2.0-only
/*
 * Privileges.
 */
#include "bind.h"
#include "node.h"
#include "priv.h"

#define ALL_TRAPS	(BIT(TRAP_VCOPY + 1) - 1)

/* What a process may do that was just bound: everything */
void m3_priv_init(struct m3_proc *p)
{
	priv_usr_t *priv = &p->priv;

	memset(priv, 0xff, sizeof(*priv));
	priv->s_id = p->p_nr;
	priv->s_warn = NONE;
	priv->s_level = p->p_nr < 0 ? TASK_PRIV :
			m3_proc_is_system(p) ? SERVER_PRIV : USER_PRIV;
	priv->s_trap_mask = ALL_TRAPS;
	p->narrowed = false;
}

/* The primitives that an ioctl makes use of */
static u32 traps(unsigned int nr, int peer)
{
	switch (nr) {
	case _IOC_NR(M3IPC_IOC_SEND):
		return BIT(TRAP_SEND);
	case _IOC_NR(M3IPC_IOC_RECEIVE):
		return BIT(TRAP_RECEIVE);
	case _IOC_NR(M3IPC_IOC_SENDREC):
		return BIT(TRAP_SENDREC);
	case _IOC_NR(M3IPC_IOC_RCVRQST):
		return BIT(TRAP_RCVRQST);
	case _IOC_NR(M3IPC_IOC_REPLY):
		return BIT(TRAP_REPLY);
	case _IOC_NR(M3IPC_IOC_REPLY_RCVRQST):
		return BIT(TRAP_RCVRQST) | (peer == NONE ? 0 : BIT(TRAP_REPLY));
	case _IOC_NR(M3IPC_IOC_RELAY):
		return BIT(TRAP_RELAY);
	case _IOC_NR(M3IPC_IOC_NOTIFY):
		return BIT(TRAP_NOTIFY);
	case _IOC_NR(M3IPC_IOC_VCOPY):
		return BIT(TRAP_VCOPY);
	}
	return 0;
}

int m3_priv_trap(const struct m3_proc *p, unsigned int nr, int peer)
{
	u32 needed = traps(nr, peer);

	lockdep_assert_held(&p->vm->lock);
	return needed & ~p->priv.s_trap_mask ? EMOLTRAPDENIED : 0;
}

/* Users share a bit, and so do system slots that have none of their own. */
static bool has_bit(const u64 *mask, const struct m3_vm *vm, int p_nr)
{
	unsigned int bit = p_nr + NR_TASKS;

	if (!m3_vm_is_system(vm, p_nr) || bit > IPC_USERS_BIT)
		bit = IPC_USERS_BIT;
	return mask[bit / 64] >> (bit % 64) & 1;
}

/* May dst receive from who has that slot, whoever that is? */
bool m3_priv_admits(const struct m3_proc *dst, int p_nr)
{
	lockdep_assert_held(&dst->vm->lock);
	return has_bit(dst->priv.s_ipc_from, dst->vm, p_nr);
}

int m3_priv_pass(const struct m3_proc *src, const struct m3_proc *dst)
{
	lockdep_assert_held(&src->vm->lock);
	return has_bit(src->priv.s_ipc_to, dst->vm, dst->p_nr) &&
	       m3_priv_admits(dst, src->p_nr) ? 0 : EMOLCALLDENIED;
}

static bool is_full(const u64 *mask)
{
	return mask[0] == U64_MAX && mask[1] == U64_MAX &&
	       mask[2] == U64_MAX && mask[3] == U64_MAX;
}

static int priv_valid(const struct m3_vm *vm, const priv_usr_t *priv)
{
	if (priv->s_trap_mask & ~ALL_TRAPS)
		return -EINVAL;
	if (priv->s_level < USER_PRIV || priv->s_level > PROXY_PRIV)
		return EMOLRANGE;
	if (priv->s_warn == NONE)
		return 0;
	return m3_within(priv->s_warn, -vm->usr.vm_nr_tasks,
			 vm->usr.vm_nr_sysprocs - vm->usr.vm_nr_tasks - 1);
}

/* Is the caller the SYSTASK of this node, in this VM? */
static bool is_systask(struct m3_node *node, const struct m3_vm *vm)
{
	const struct m3_proc *p;
	bool is;

	rcu_read_lock();
	p = m3_caller(node);
	is = p && p->vm == vm && !p->standby && m3_proc_is_systask(p);
	rcu_read_unlock();
	return is;
}

/* May the caller say what the processes of the VM may do, and where? */
bool m3_priv_admin(struct m3_node *node, const struct m3_vm *vm)
{
	return is_systask(node, vm) || m3_node_admin(node);
}

/* p's privileges have changed, or whether it migrates. */
void m3_priv_narrow(struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	p->narrowed = p->migr || p->priv.s_trap_mask != ALL_TRAPS ||
		      !is_full(p->priv.s_ipc_from) ||
		      !is_full(p->priv.s_ipc_to);
}

static int set_locked(struct m3_vm *vm, const struct m3ipc_priv *req)
{
	struct m3_proc *p = m3_proc_at(vm, req->endpoint);

	if (!p)
		return EMOLNOTBIND;
	p->priv = req->priv;
	m3_priv_narrow(p);
	return 0;
}

int m3_priv_set(struct m3_node *node, void *arg)
{
	const struct m3ipc_priv *req = arg;
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	int rc;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	rc = m3_priv_admin(node, vm) ? priv_valid(vm, &req->priv) : EMOLPERM;
	if (!rc) {
		spin_lock(&vm->lock);
		rc = set_locked(vm, req);
		spin_unlock(&vm->lock);
	}
	m3_vm_put(vm);
	return rc;
}

int m3_priv_get(struct m3_node *node, void *arg)
{
	struct m3ipc_priv *req = arg;
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	struct m3_proc *p;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	spin_lock(&vm->lock);
	p = m3_proc_at(vm, req->endpoint);
	if (p)
		req->priv = p->priv;
	spin_unlock(&vm->lock);
	m3_vm_put(vm);
	return p ? 0 : EMOLNOTBIND;
}

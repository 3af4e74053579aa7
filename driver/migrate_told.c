// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the nodes tell each other of a migration when it is over, and how far
 * the new process is ahead of that.
 */
#include "cmd.h"
#include "link.h"
#include "migrate.h"
#include "node.h"
#include "outcome.h"
#include "recall.h"
#include "remote.h"
#include "wait4ep.h"

/* Nothing is known of a migration of the endpoint that p has. */
void m3_migr_forget(const struct m3_proc *p)
{
	struct m3_slot *slot = m3_migr_slot(p);

	lockdep_assert_held(&p->vm->lock);
	slot->former = -1;
	slot->settled = 0;
	slot->settling = 0;
}

/* p is bound no more, and nobody has its place. */
void m3_migr_unbound(struct m3_proc *p)
{
	struct m3_slot *slot = m3_migr_slot(p);

	m3_migr_set(p, M3_STAYS);
	m3_migr_forget(p);
	m3_recall_forget(p);
	slot->were = 0;
	slot->echoes = 0;
	slot->notified = 0;
}

/* r's node says that its process has left; where to others will say. */
void m3_migr_heard(struct m3_proc *r)
{
	m3_migr_set(r, M3_HEARD);
	m3_migr_slot(r)->settled = 0;
}

/* The endpoint is not at that node any more. */
void m3_migr_was_at(struct m3_slot *slot, int nodeid)
{
	slot->moves++;
	slot->were |= BIT_ULL(nodeid);
	slot->echoes += slot->notified;
	slot->notified = 0;
}

/*
 * May a notification come back from that node, from before dst moved away from
 * there or since it is there?  Then one less may.
 */
bool m3_migr_echoes(struct m3_slot *slot, const struct m3_proc *dst,
		    int nodeid)
{
	if (slot->were >> nodeid & 1 && slot->echoes) {
		slot->echoes--;
		return true;
	}
	if (!dst->rmt || dst->rmt->nodeid != nodeid || !slot->notified)
		return false;
	slot->notified--;
	return true;
}

/*
 * Has this node not heard all of the last migration of p yet?  Then p is ahead
 * of that, if it is here.
 */
bool m3_migr_settles(const struct m3_proc *p)
{
	const struct m3_slot *slot = m3_migr_slot(p);

	return (slot->settling ||
		(slot->former >= 0 && m3_migr_speaks(slot, slot->former))) &&
	       ktime_before(ktime_get(), slot->settle_by);
}

/* Has that node not said yet that it knows where p is? */
bool m3_migr_hasty(const struct m3_proc *p, int nodeid)
{
	const struct m3_slot *slot = m3_migr_slot(p);

	return unlikely(slot->settling >> nodeid & 1) && m3_migr_settles(p);
}

/* p comes from there; one that cannot be reached has nothing to tell. */
void m3_migr_came_from(const struct m3_proc *p, int former)
{
	struct m3_node *node = p->vm->node;
	struct m3_slot *slot = m3_migr_slot(p);

	slot->former = m3_link_state(node, former) ? -1 : former;
	slot->settle_by = m3_link_deadline(node, former);
}

/* Which nodes p, which has come, may be ahead of, and for how long */
void m3_migr_settle(struct m3_proc *p, int former)
{
	struct m3_vm *vm = p->vm;
	struct m3_slot *slot = m3_migr_slot(p);
	u64 left = vm->usr.vm_nodes & ~slot->settled &
		   ~BIT_ULL(vm->node->drvs.d_nodeid);

	m3_migr_came_from(p, former);
	slot->settling = 0;
	for (; left; left &= left - 1)
		if (!m3_link_state(vm->node, __ffs64(left)))
			slot->settling |= BIT_ULL(__ffs64(left));
}

static void fill_told(const struct m3_vm *vm, cmd_t *cmd, int endpoint,
		      int nodeid, int to)
{
	*cmd = (cmd_t) {
		.c_cmd = MIGR_MSG,
		.c_vmid = vm->usr.vm_vmid,
		.c_src = endpoint,
		.c_dst = NONE,
		.c_snode = vm->node->drvs.d_nodeid,
		.c_dnode = nodeid,
		.c_flags = (u64)to << CMD_NODE_SHIFT,
	};
}

/* Of the endpoint's move all has been told here: so another node hears. */
void m3_migr_tell(struct m3_vm *vm, int endpoint, int nodeid, int to)
{
	struct m3_cmd *c = m3_cmd_alloc(GFP_KERNEL);

	if (!c)		/* they do not wait for ever */
		return;
	fill_told(vm, &c->cmd, endpoint, nodeid, to);
	spin_lock(&vm->lock);
	if (!(vm->usr.vm_nodes >> nodeid & 1) ||
	    m3_cmd_queue(vm->node, c) != 0)
		m3_cmd_free(c);
	spin_unlock(&vm->lock);
}

void m3_migr_tell_all(struct m3_vm *vm, int endpoint, int to)
{
	u64 left = READ_ONCE(vm->usr.vm_nodes);

	for (; left; left &= left - 1)
		if (__ffs64(left) != vm->node->drvs.d_nodeid)
			m3_migr_tell(vm, endpoint, __ffs64(left), to);
}

/* That node cannot be reached: it has nothing to tell any more. */
void m3_migr_lost(struct m3_vm *vm, struct m3_slot *slot, int p_nr, int nodeid)
{
	lockdep_assert_held(&vm->lock);
	if (slot->former == nodeid)
		slot->former = -1;
	if (slot->settling >> nodeid & 1) {
		slot->settling &= ~BIT_ULL(nodeid);
		m3_ep_changed(vm, p_nr);
	}
}

/* Where a node that has committed tells the same, or -1 */
static int tells_whom(const struct m3_slot *slot, const struct m3_proc *r,
		      const cmd_t *cmd)
{
	u64 to = cmd->c_flags >> CMD_NODE_SHIFT;

	if (!r)			/* it has nothing to tell */
		return to == cmd->c_snode ? -1 : to;
	if (!r->rmt || r->migr > M3_HEARD ||
	    !m3_migr_speaks(slot, cmd->c_snode))
		return -1;
	return r->rmt->nodeid;
}

/*
 * MIGR_MSG: c_snode has told all that it had to of the endpoint, which is or
 * was its, or whose operations its processes have made again.
 */
int m3_migr_told(struct m3_vm *vm, const cmd_t *cmd, struct m3_cmd **spare)
{
	int p_nr = _ENDPOINT_P(cmd->c_src), to;
	struct m3_slot *slot = m3_vm_slot(vm, p_nr);
	struct m3_proc *r = m3_proc_at(vm, cmd->c_src);

	lockdep_assert_held(&vm->lock);
	to = tells_whom(slot, r, cmd);
	if (to >= 0 && !*spare)
		return M3_NEEDS_ANSWER;
	if (r && r->rmt && !r->migr && r->rmt->nodeid == cmd->c_snode)
		m3_migr_heard(r);
	if (r) {
		slot->settled |= BIT_ULL(cmd->c_snode);
		slot->settling &= ~BIT_ULL(cmd->c_snode);
		m3_ep_changed(vm, p_nr);
	}
	if (to < 0 || m3_link_check(vm->node, to) ||
	    !(vm->usr.vm_nodes >> to & 1))
		return 0;
	fill_told(vm, &(*spare)->cmd, cmd->c_src, to, to);
	if (!m3_cmd_queue(vm->node, *spare))
		*spare = NULL;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls: how a primitive is suspended, restarted, cancelled and dropped, see
 * call.h.
 */
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include "bind.h"
#include "call.h"
#include "node.h"
#include "priv.h"
#include "proc.h"
#include "recall.h"
#include "remote.h"
#include "wait.h"
#include "wait4ep.h"

/*
 * Forget a suspended call.  Its op tells a restart of it what became of it:
 * DONE if its message had passed, else an error, which is negative.
 */
void m3_call_drop(struct m3_proc *p)
{
	int rc;

	lockdep_assert_held(&p->vm->lock);
	p->suspended = false;
	if (!m3_is_done(p)) {
		if (p->abroad)
			m3_remote_cancel(p);
		m3_complete(p, -EINTR);
	}
	rc = m3_leave(p);
	if (rc == EMOLMIGRATE)		/* it may go on elsewhere */
		m3_time_save(p->deadline, &p->call->timeout);
	if (READ_ONCE(p->call->op) == M3IPC_OP_TAKEN)
		WRITE_ONCE(p->call->op, m3_recall_op(p, rc));
}

/* The same for the caller; false: another node has to say first how it ends. */
static bool call_drop(struct m3_proc *p)
{
	if (!m3_is_done(p) && !m3_give_up(p, -EINTR))
		return false;
	m3_call_drop(p);
	return true;
}

/* Sleep until the wait of p has ended, or its time; or be interrupted. */
static int call_sleep(const struct m3_proc *p)
{
	ktime_t deadline = p->deadline;
	int rc = 0, left = 1;

	while (!rc) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (m3_is_done(p) || !left)
			break;
		if (signal_pending(current))
			rc = -ERESTARTNOINTR;
		else
			left = schedule_hrtimeout_range(&deadline, 0,
							HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	return rc;
}

/*
 * Wait for that word.  The caller then tries again.  If it was unbound in the
 * meantime it may have found another endpoint, whose wait is not its own.
 */
int m3_call_await_word(const struct m3_node *node)
{
	struct m3_proc *p = m3_caller_get(node);
	int rc = 0;

	if (IS_ERR(p))
		return PTR_ERR(p);
	if (READ_ONCE(p->caller) == current) {
		rc = call_sleep(p);
		spin_lock(&p->vm->lock);
		if (!rc && !m3_is_done(p))
			m3_end_unheard(p);
		spin_unlock(&p->vm->lock);
	}
	m3_proc_put(p);
	return rc;
}

/*
 * How a call ended that is not filled in for a new one.  The page is the
 * caller's: what it says must be something that the driver could have put
 * there.
 */
int m3_call_result(const struct m3ipc_call *call)
{
	s32 op = READ_ONCE(call->op);

	if (op == (s32)M3IPC_OP_DONE)
		return 0;
	if (op == (s32)M3IPC_OP_TAKEN)
		return -EINTR;
	return op < 0 && op >= -MAX_ERRNO && !m3_is_internal(op) ? op : -ESTALE;
}

/*
 * A call on an endpoint that has a caller.  Returns M3_BLOCKED if it is the
 * suspended call that is restarted and has to wait on, 0 if the caller may
 * begin a new one, M3_NEEDS_WORD if it has to wait before, or a result.
 */
int m3_call_reenter(struct m3_proc *p, unsigned int nr,
		    struct m3ipc_call *call)
{
	lockdep_assert_held(&p->vm->lock);
	if (p->caller != current)
		return -EBUSY;
	if (p->nr != nr || p->call != call ||
	    READ_ONCE(call->op) != M3IPC_OP_TAKEN)
		return call_drop(p) ? 0 : M3_NEEDS_WORD;
	p->suspended = false;
	return M3_BLOCKED;
}

/* End this call, which is suspended; how it ended, or else EINTR. */
int m3_call_cancel(struct m3_proc *p, struct m3ipc_call *call)
{
	int rc;

	lockdep_assert_held(&p->vm->lock);
	if (p->caller == current && p->call == call && !call_drop(p))
		return M3_NEEDS_WORD;
	rc = m3_call_result(call);
	return rc == -ESTALE ? -EINTR : rc;
}

/*
 * The call of p has been given up by another.  Its caller, whose time for it is
 * another one now, takes the way of a signal that is none: it is restarted.
 */
static void look_again(struct m3_proc *p)
{
	set_tsk_thread_flag(p->caller, TIF_SIGPENDING);
	wake_up_process(p->caller);
}

/* End the call of p, as a signal without SA_RESTART would. */
static int wake_locked(struct m3_proc *p)
{
	bool woken = m3_ep_wait_end(p, -EINTR);

	if (p->state == M3_RUNNING)
		return woken ? 0 : EMOLPROCSTS;
	if (!m3_remote_awaits_word(p) && !m3_give_up(p, -EINTR))
		look_again(p);
	return 0;
}

int m3_wakeup(struct m3_node *node, void *arg)
{
	const struct m3ipc_wakeup *req = arg;
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	struct m3_slot *slot;
	struct m3_proc *p;
	int rc;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	slot = m3_vm_slot(vm, req->p_nr);
	rc = !m3_priv_admin(node, vm) ? EMOLPERM : slot ? 0 : EMOLRANGE;
	if (rc)
		goto put_vm;
	spin_lock(&vm->lock);
	p = rcu_dereference_protected(slot->proc, lockdep_is_held(&vm->lock));
	if (!p)
		rc = EMOLNOTBIND;
	else
		rc = p->rmt ? EMOLRMTPROC : wake_locked(p);
	spin_unlock(&vm->lock);
put_vm:
	m3_vm_put(vm);
	return rc;
}

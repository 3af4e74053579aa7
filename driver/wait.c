// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting, timeouts and signals.
 */
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "bind.h"
#include "linger.h"
#include "proc.h"
#include "remote.h"
#include "trace.h"
#include "vcopy.h"
#include "wait.h"

/* When a wait of ms, checked to be -1 or more, ends */
ktime_t m3_deadline(s64 ms)
{
	if (ms < 0 || ms >= KTIME_MAX / NSEC_PER_MSEC)
		return KTIME_MAX;
	return ktime_add_safe(ktime_get(), ms_to_ktime(ms));
}

/* From now until then */
ktime_t m3_time_left(ktime_t deadline)
{
	if (deadline == KTIME_MAX)
		return KTIME_MAX;
	return ktime_sub(deadline, ktime_get());
}

/* What a call that is restarted has left of its time */
void m3_time_save(ktime_t deadline, s64 *ms)
{
	if (deadline != KTIME_MAX)
		*ms = max_t(s64, ktime_to_ms(m3_time_left(deadline)), 1);
}

/* One of another node: that is told, if it still waits. */
static void complete_remote(struct m3_proc *r, int rc)
{
	enum m3_state state = r->state;
	int peer = r->peer->endpoint;

	m3_remote_forget(r);
	m3_remote_complete(r, state, peer, rc);
}

static inline void complete_local(struct m3_proc *p, int rc)
{
	if (unlikely(p->abroad))
		m3_remote_ended(p);
	list_del_init(&p->link);
	p->peer = NULL;
	p->rc = rc;
	trace_m3ipc_wake(p, rc);
	/* Pairs with the acquire in m3_is_done(). */
	smp_store_release(&p->state, M3_RUNNING);
}

/*
 * End the wait of p.  From the moment it sees RUNNING its caller may leave, and
 * even exit: tasks are freed by RCU, for which the lock held here counts as a
 * reader, on PREEMPT_RT too.  One that died before is held by death.c.
 */
void m3_complete(struct m3_proc *p, int rc)
{
	struct task_struct *caller = p->caller;

	lockdep_assert_held(&p->vm->lock);
	if (unlikely(p->rmt)) {
		complete_remote(p, rc);
		return;
	}
	complete_local(p, rc);
	wake_up_process(caller);
}

/* The same, but its caller sleeps on until m3_wake(). */
void m3_complete_later(struct m3_proc *p, int rc, struct m3_wakes *wakes)
{
	lockdep_assert_held(&p->vm->lock);
	if (p->rmt || WARN_ON_ONCE(wakes->nr == M3_WAKES)) {
		m3_complete(p, rc);
		return;
	}
	wakes->tasks[wakes->nr++] = get_task_struct(p->caller);
	complete_local(p, rc);
}

void m3_wake(struct m3_wakes *wakes)
{
	while (wakes->nr) {
		wake_up_process(wakes->tasks[--wakes->nr]);
		put_task_struct(wakes->tasks[wakes->nr]);
	}
}

/*
 * The caller, whose state is set, is about to sleep: it owns the endpoint from
 * now on.
 */
int m3_block(struct m3_proc *p, unsigned int nr, struct m3ipc_call *call,
	     s64 timeout)
{
	lockdep_assert_held(&p->vm->lock);
	p->nr = nr;
	p->call = call;
	p->caller = current;
	p->deadline = m3_deadline(timeout);
	WRITE_ONCE(call->op, M3IPC_OP_TAKEN);
	trace_m3ipc_block(p);
	return M3_BLOCKED;
}

static bool first_handler(const struct sighand_struct *sighand,
			  const sigset_t *set, bool *restart)
{
	const struct sigaction *sa;
	int sig;

	for (sig = 1; sig <= _NSIG; sig++) {
		if (!sigismember((sigset_t *)set, sig) ||
		    sigismember(&current->blocked, sig))
			continue;
		sa = &sighand->action[sig - 1].sa;
		if (sa->sa_handler == SIG_IGN || sa->sa_handler == SIG_DFL)
			continue;
		*restart = sa->sa_flags & SA_RESTART;
		return true;
	}
	return false;
}

/*
 * Will the system call be restarted after the signals that are pending now?
 * The handler that runs first decides, as in the kernel's signal code.
 */
static bool signals_restart(void)
{
	struct sighand_struct *sighand =
		rcu_dereference_protected(current->sighand, true);
	bool restart = true;

	spin_lock_irq(&sighand->siglock);
	if (!first_handler(sighand, &current->pending.signal, &restart))
		first_handler(sighand, &current->signal->shared_pending.signal,
			      &restart);
	spin_unlock_irq(&sighand->siglock);
	return restart;
}

/* A thread that got an endpoint of its own does not find back to p. */
static bool is_caller(const struct m3_proc *p)
{
	struct m3_proc *own;

	rcu_read_lock();
	own = m3_bound(task_pid(current));
	rcu_read_unlock();
	return !own || own == p;
}

/*
 * End the call of p if that is for this node to decide.  Else it waits, until
 * its new deadline, for another node to say how it ended.
 */
bool m3_give_up(struct m3_proc *p, int why)
{
	if (unlikely(p->abroad) && !m3_remote_stop(p, why))
		return false;
	if (p->state == M3_MOVING && p->answered)	/* who did was told */
		why = 0;
	m3_complete(p, why);
	return true;
}

/*
 * Another node has not said in time how the call of p ended, and is treated as
 * if its link had broken.
 */
void m3_end_unheard(struct m3_proc *p)
{
	m3_remote_cancel(p);
	m3_complete(p, -ENOTCONN);
}

/*
 * A signal has woken the caller; m3_complete() may have been faster.  A call
 * that was given up is suspended whatever the handler says: it cannot end yet,
 * but must not keep anybody from being stopped, traced or frozen.
 */
static int interrupted(struct m3_proc *p)
{
	bool restart = signals_restart();
	int rc;

	spin_lock(&p->vm->lock);
	if (m3_is_done(p) ||
	    (!restart && !m3_remote_awaits_word(p) && m3_give_up(p, -EINTR))) {
		rc = m3_leave(p);
	} else if (is_caller(p)) {
		p->suspended = true;
		rc = m3_remote_awaits_word(p) ? -ERESTARTNOINTR : -ERESTARTSYS;
	} else {
		if (p->abroad)
			m3_remote_cancel(p);
		m3_complete(p, -EINTR);
		rc = m3_leave(p);
	}
	spin_unlock(&p->vm->lock);
	return rc;
}

/*
 * M3_BLOCKED: the call has been given up, perhaps by another just before, and
 * waits on.  A node that says nothing for longer than its link would last does
 * not hold anybody here.
 */
static int timed_out(struct m3_proc *p)
{
	int rc = M3_BLOCKED;

	spin_lock(&p->vm->lock);
	if (!m3_is_done(p) && m3_remote_awaits_word(p) &&
	    !ktime_before(ktime_get(), p->deadline))
		m3_end_unheard(p);
	if (m3_is_done(p) || m3_give_up(p, -ETIMEDOUT))
		rc = m3_leave(p);
	spin_unlock(&p->vm->lock);
	return rc;
}

/* Sleep until the call has ended; takes over the reference to p. */
int m3_wait(struct m3_proc *p, unsigned int nr)
{
	ktime_t deadline = p->deadline;
	int rc;

	m3_linger(p);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (m3_is_done(p)) {
			__set_current_state(TASK_RUNNING);
			if (p->since)
				m3_linger_learn(p);
			rc = m3_leave(p);
			break;
		}
		if (signal_pending(current)) {
			__set_current_state(TASK_RUNNING);
			rc = interrupted(p);
			break;
		}
		if (deadline == KTIME_MAX) {
			schedule();
		} else if (!schedule_hrtimeout_range(&deadline, 0,
						     HRTIMER_MODE_ABS)) {
			rc = timed_out(p);
			if (rc != M3_BLOCKED)
				break;
			deadline = p->deadline;
		}
	}
	if (unlikely(READ_ONCE(p->oncopy)))
		m3_vcopy_hold(p);
	if (!m3_is_internal(rc))
		trace_m3ipc_end(p, nr, rc);
	m3_proc_put(p);
	return rc;
}

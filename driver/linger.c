// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting awake.
 */
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include "carry.h"
#include "compat.h"
#include "linger.h"
#include "proc.h"
#include "proxy.h"
#include "vm.h"
#include "wait.h"

#define MAX_BACKOFF	63

static unsigned int spin_us = 200;
module_param(spin_us, uint, 0644);
MODULE_PARM_DESC(spin_us,
		 "How long to watch for a message from another CPU, 0: never");

/* The caller of p has woken its partner; vm->lock is held. */
void m3_linger_met(struct m3_proc *p, struct task_struct *partner)
{
	if (p->partner == partner)
		return;
	m3_linger_end(p);
	p->partner = get_task_struct(partner);
}

void m3_linger_end(struct m3_proc *p)
{
	if (p->partner)
		put_task_struct(p->partner);
}

/* Ready to run, or about to be */
static bool is_awake(const struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	return state == TASK_RUNNING || state == TASK_WAKING;
}

/* Nobody else's CPU time: only as long as it has nothing else to do. */
static void watch(struct m3_proc *p)
{
	unsigned int us = min(p->window, READ_ONCE(spin_us));
	ktime_t end;

	p->since = ktime_get();
	end = ktime_add_us(p->since, us);
	while (!m3_is_done(p) && is_awake(p->partner) &&
	       single_task_running() && !need_resched() &&
	       !signal_pending(current) && ktime_before(ktime_get(), end))
		cpu_relax();
}

/* Before its caller is somebody else's: the wait of p has ended. */
void m3_linger_learn(struct m3_proc *p)
{
	unsigned int most = READ_ONCE(spin_us);

	if (ktime_us_delta(ktime_get(), p->since) <= most)
		p->window = most;
	else
		p->window /= 2;
	p->since = 0;
}

static void learn(struct m3_habit *habit, bool paid_off)
{
	habit->backoff = paid_off ? 0 :
				    min(2 * habit->backoff + 1, MAX_BACKOFF);
	habit->sleeps = habit->backoff;
}

/*
 * To whom yield() gives way the scheduler knows; a real-time task would do so
 * to its like only, and a deadline task would give up its budget.
 */
static void give_way(struct m3_proc *p)
{
	if (m3_habit_skips(&p->habit))
		return;
	if (!m3_task_is_realtime(current))
		yield();
	learn(&p->habit, m3_is_done(p));
}

/* The wait of p has begun, and its caller is about to sleep. */
void m3_linger(struct m3_proc *p)
{
	if (!p->partner || p->vm->usr.vm_flags & VM_FLAG_NOLINGER ||
	    !is_awake(p->partner))
		return;
	if (task_cpu(p->partner) == raw_smp_processor_id())
		give_way(p);
	else if (READ_ONCE(spin_us))
		watch(p);
}

/* The sender of px, in its call, waits for a command. */
void m3_linger_sender(const struct m3_proxy *px, struct m3_habit *habit)
{
	ktime_t end = ktime_add_us(ktime_get(), READ_ONCE(spin_us));

	while (!m3_carry_is_ready(px) && single_task_running() &&
	       !need_resched() && !signal_pending(current) &&
	       ktime_before(ktime_get(), end))
		cpu_relax();
	if (!m3_carry_is_ready(px) && !single_task_running() &&
	    !m3_task_is_realtime(current))
		yield();
	learn(habit, m3_carry_is_ready(px));
}

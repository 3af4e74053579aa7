// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting awake.
 */
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/rt.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include "linger.h"
#include "proc.h"
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

/* Nobody else's CPU time: only as long as it has nothing else to do. */
static void spin(const struct m3_proc *p)
{
	unsigned int us = READ_ONCE(spin_us);
	ktime_t end;

	if (!us || !single_task_running())
		return;
	end = ktime_add_us(ktime_get(), us);
	while (!m3_is_done(p) && !need_resched() && !signal_pending(current) &&
	       task_is_running(p->partner) && ktime_before(ktime_get(), end))
		cpu_relax();
}

/*
 * The wait of p has begun, and its caller is about to sleep.  To whom yield()
 * gives way the scheduler knows; a real-time task would do so to its like only,
 * and a deadline task would give up its budget.
 */
void m3_linger(struct m3_proc *p)
{
	if (!p->partner || p->vm->usr.vm_flags & VM_FLAG_NOLINGER)
		return;
	if (p->sleeps) {
		p->sleeps--;
		return;
	}
	if (!task_is_running(p->partner))
		return;
	if (task_cpu(p->partner) != raw_smp_processor_id())
		spin(p);
	else if (!task_is_realtime(current))
		yield();
	p->backoff = m3_is_done(p) ? 0 : min(2 * p->backoff + 1, MAX_BACKOFF);
	p->sleeps = p->backoff;
}

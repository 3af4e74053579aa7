// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals are Linux's: PM says for whom one is, and SYSTASK of its node sends
 * it there.  An alarm is one of PM's own for the next that is due, of CLOCK.
 */
#include <errno.h>
#include <signal.h>

#include "common/log.h"
#include "kill.h"
#include "pm.h"

void kill_one(struct mproc *p, int signal)
{
	int rc = signal ? sys_kill(p->endpoint, signal) : 0;

	if (rc)
		log_line(SD_DEBUG, "signal %d to endpoint %d: %s", signal,
			 p->endpoint, mnx_strerror(rc));
	else if (signal == SIGSTOP)
		family_stop(&pm.procs, p, signal);
	else if (signal == SIGCONT)
		family_continue(&pm.procs, p);
}

void family_group_orphaned(int group)
{
	for (int i = 0; i < MPROC_MAX; i++) {
		struct mproc *p = &pm.procs.proc[i];

		if (p->group != group || p->state == MPROC_ZOMBIE)
			continue;
		kill_one(p, SIGHUP);
		kill_one(p, SIGCONT);
	}
}

/* As the kernel has it by now; of other nodes' it says nothing. */
static void uid_read(struct mproc *p)
{
	proc_usr_t info;

	if (p->node == pm.node && pm_look(p->endpoint, &info))
		p->uid = info.p_uid;
}

static void uids_read(struct mproc *from, int pid)
{
	struct mproc *to = pid > 0 ? mproc_by_pid(&pm.procs, pid) : NULL;

	uid_read(from);
	if (to)
		uid_read(to);
	for (int i = 0; pid <= 0 && i < MPROC_MAX; i++)
		if (pm.procs.proc[i].state != MPROC_FREE)
			uid_read(&pm.procs.proc[i]);
}

int do_kill(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_kill_t arg;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	uids_read(p, arg.pid);
	return kill_all(&pm.procs, p, arg.pid, arg.signal);
}

/* 0, or why SYSTASK does not wake it */
static int alarms_arm(void)
{
	const uint64_t next = timers_next(&pm.timers);

	if (next == ALARM_NEVER)
		return sys_setalarm(0, 0, NULL);
	return sys_setalarm(next, 1, NULL);
}

void alarms_due(void)
{
	struct mproc *p;
	uint64_t now;
	int rc = sys_getuptime(&now);

	while (!rc && (p = timers_due(&pm.timers, now)))
		kill_one(p, SIGALRM);
	if (!rc)
		rc = alarms_arm();
	if (rc)
		log_line(SD_WARNING, "alarms: %s", mnx_strerror(rc));
}

int do_alarm(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_value_t arg;
	uint64_t now;
	int rc;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	rc = sys_getuptime(&now);
	if (rc)
		return rc;
	arg.value = timers_set(&pm.timers, p, arg.value, now);
	com_put(rq->m, &arg);
	return alarms_arm();
}

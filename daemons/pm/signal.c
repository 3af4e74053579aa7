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

static void signal_send(struct mproc *to, int signal, uint32_t uid)
{
	int rc = sys_kill_as(to->endpoint, signal, uid);

	if (rc)
		log_line(SD_DEBUG, "signal %d to endpoint %d: %s", signal,
			 to->endpoint, mnx_strerror(rc));
	else if (signal == SIGSTOP)
		family_stop(&pm.procs, to, signal);
	else if (signal == SIGCONT)
		family_continue(&pm.procs, to);
}

void kill_one(const struct mproc *from, struct mproc *to, int signal)
{
	/* SIGCONT is also for others of the session: PM's own right. */
	if (signal)
		signal_send(to, signal,
			    signal == SIGCONT ? PROC_NO_ID : from->uid);
}

void family_group_orphaned(int group)
{
	for (int i = 0; i < MPROC_MAX; i++) {
		struct mproc *p = &pm.procs.proc[i];

		if (p->group != group || p->state == MPROC_ZOMBIE ||
		    p->state == MPROC_TAKEN)
			continue;
		signal_send(p, SIGHUP, PROC_NO_ID);
		signal_send(p, SIGCONT, PROC_NO_ID);
	}
}

static int kill_do(struct mproc *p)
{
	return kill_all(&pm.procs, p, p->users.pid, p->users.signal);
}

int do_kill(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_kill_t arg;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	p->users = (struct mproc_users){ .pid = arg.pid,
					 .signal = arg.signal,
					 .then = kill_do };
	return users_ask(p);
}

/* 0, or why SYSTASK does not wake it */
int alarms_arm(void)
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

	while (!rc && (p = timers_due(&pm.timers, now))) {
		mproc_touch(&pm.procs, p);
		signal_send(p, SIGALRM, PROC_NO_ID);
	}
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
	mproc_touch(&pm.procs, p);
	com_put(rq->m, &arg);
	return alarms_arm();
}

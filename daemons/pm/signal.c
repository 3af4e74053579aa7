// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals are Linux's: PM says for whom one is, and SYSTASK of its node sends
 * it there.  An alarm is one of PM's own for the next that is due, of CLOCK.
 *
 * Who may signal whom is said by the users that the kernels of their nodes have
 * for them, at the time of the call:
 *
 *	PM_KILL		the driver says whose the processes of this node are;
 *			SYSTASK asks the nodes of the others
 *	user_told()	one has been told
 *	kills_go_on()	all that a kill is about have been, or have ended: it is
 *			done, and answered
 *
 * A node that does not answer is put out of the group, and its processes end.
 * The process's own node looks at its user once more when it gets the signal.
 */
#include <errno.h>
#include <signal.h>

#include "common/log.h"
#include "keep.h"
#include "kill.h"
#include "pm.h"

/* Those that wait, and some that have given up */
static struct mproc *killing[MPROC_MAX];
static int nr_killing;
static uint64_t nr_kills;

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

static void uid_set(struct mproc *p, uint32_t uid)
{
	if (p->uid == uid)
		return;
	p->uid = uid;
	mproc_touch(&pm.procs, p);
}

void uid_read(struct mproc *p)
{
	proc_usr_t info;

	if (p->node == pm.node && pm_look(p->endpoint, &info))
		uid_set(p, info.p_uid);
}

void user_told(struct mproc *p, uint32_t uid)
{
	uid_set(p, uid);
	p->uid_at = nr_kills;
}

/* SYSTASK asks for users of other nodes' as it is told to watch them. */
static void uid_ask(struct mproc *p)
{
	if (p->node == pm.node)
		uid_read(p);
	else if (p->state != MPROC_ZOMBIE)
		sys_rfork(p->endpoint, p->node, "remote");
}

static bool is_unknown(const struct mproc *p, uint64_t kill)
{
	return p->node != pm.node && p->state != MPROC_ZOMBIE &&
	       p->uid_at < kill;
}

static bool kill_waits(const struct mproc *p)
{
	struct mproc *to = NULL;
	bool waits = is_unknown(p, p->kill.number);

	while (!waits && (to = kill_named(&pm.procs, p, p->kill.pid, to)))
		waits = is_unknown(to, p->kill.number);
	return waits;
}

static void kill_ask(struct mproc *p, const pm_kill_t *arg)
{
	struct mproc *to = NULL;

	p->kill = (struct mproc_kill){ .pid = arg->pid,
				       .signal = arg->signal,
				       .number = ++nr_kills };
	uid_ask(p);
	while ((to = kill_named(&pm.procs, p, arg->pid, to)))
		uid_ask(to);
}

static void kill_later(struct mproc *p)
{
	int i;

	p->kill.lasts = true;
	for (i = 0; i < nr_killing && killing[i] != p; i++)
		;
	killing[i] = p;
	if (i == nr_killing)
		nr_killing++;
}

static void kill_answer(struct mproc *p)
{
	message m = { .m_type = 0 };
	int rc;

	p->kill.lasts = false;
	rc = kill_all(&pm.procs, p, p->kill.pid, p->kill.signal);
	keep_store();
	serve_answer(p->endpoint, &m, rc);
}

void kills_go_on(void)
{
	int n = 0;

	for (int i = 0; i < nr_killing; i++) {
		struct mproc *p = killing[i];

		if (!p->kill.lasts)
			continue;
		if (kill_waits(p))
			killing[n++] = p;
		else
			kill_answer(p);
	}
	nr_killing = n;
}

int do_kill(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_kill_t arg;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	kill_ask(p, &arg);
	if (!kill_waits(p))
		return kill_all(&pm.procs, p, arg.pid, arg.signal);
	kill_later(p);
	return SERVE_LATER;
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

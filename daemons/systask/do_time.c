// SPDX-License-Identifier: GPL-2.0-or-later
/* Time and alarms: a tick is a millisecond since this machine was started. */
#include <stddef.h>
#include <time.h>

#include "pids.h"
#include "systask.h"

uint64_t systask_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * SYS_HZ +
	       (uint64_t)now.tv_nsec / (1000000000 / SYS_HZ);
}

uint64_t systask_realtime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int do_getuptime(struct systask *s, struct request *rq)
{
	sys_alarm_t arg = { .ticks = systask_now() };

	(void)s;
	com_put(rq->m, &arg);
	return OK;
}

void alarms_arm(struct systask *s)
{
	const uint64_t name = name_next(s), alarm = alarm_next(&s->alarms);
	const uint64_t next = name < alarm ? name : alarm;

	/* A tick that has begun counts when it is over. */
	sd_event_source_set_time(s->alarm_timer, next == ALARM_NEVER ?
							 UINT64_MAX :
							 next * 1000);
	sd_event_source_set_enabled(s->alarm_timer, next == ALARM_NEVER ?
							    SD_EVENT_OFF :
							    SD_EVENT_ONESHOT);
}

static struct proc *alarm_proc(struct alarm *a)
{
	return (struct proc *)((char *)a - offsetof(struct proc, alarm));
}

int alarms_due(struct systask *s)
{
	struct alarm *a;
	struct proc *p;

	while ((a = alarm_due(&s->alarms, systask_now()))) {
		p = alarm_proc(a);
		procs_kept(s, p)->alarm = 0;
		mnx_src_notify(CLOCK, p->endpoint);
	}
	name_time(s);
	alarms_arm(s);
	return 0;
}

/* A process of this node, for itself: so its binding is what is here. */
int do_setalarm(struct systask *s, struct request *rq)
{
	struct proc *p = procs_find(s, rq->client);
	const uint64_t now = systask_now();
	sys_alarm_t arg, answer = { 0 };
	uint64_t at = 0;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	if (CLOCK < -s->usr.vm_nr_tasks)
		return EMOLRANGE;
	if (arg.ticks || arg.absolute) {
		at = alarm_time(now, arg.ticks, arg.absolute);
		answer.ticks = alarm_set(&s->alarms, &p->alarm, at, now);
	} else {
		answer.ticks = alarm_cancel(&s->alarms, &p->alarm, now);
	}
	procs_kept(s, p)->alarm = at;
	alarms_arm(s);
	com_put(rq->m, &answer);
	return OK;
}

int do_times(struct systask *s, struct request *rq)
{
	const struct proc *p;
	struct pids_times used;
	sys_times_t answer;
	sys_proc_t arg;
	int endpoint;

	com_get(rq->m, &arg);
	endpoint = request_endpoint(rq, arg.endpoint);
	if (!rq->system && endpoint != rq->client)
		return EMOLPERM;
	p = procs_find(s, endpoint);
	if (!p || !pids_times(p->pid, &used))
		return EMOLNOTBIND;
	answer = (sys_times_t){ used.user, used.system, used.child_user,
				used.child_system, systask_now() };
	com_put(rq->m, &answer);
	return OK;
}

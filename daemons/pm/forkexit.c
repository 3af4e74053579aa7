// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How processes come into the table, and how they leave it
 *
 *	PM_FORK, PM_BINDPROC	the driver has the endpoint: it is entered.  Who
 *				is still in that slot has ended
 *	SYS_ENDED		ends since then, with their status
 *	EMOLOVERRUN		some were missed: who is not there has ended
 *
 * A wait is answered here when its child is there, and only what has arrived is
 * taken: the client may have left its call, as a signal had come.
 */
#include <errno.h>
#include <signal.h>

#include "common/log.h"
#include "pm.h"

static void process_ends(struct mproc *p, int status)
{
	timers_end(&pm.timers, p);
	family_exit(&pm.procs, p, status);
}

static void ends_missed(void)
{
	proc_usr_t info;

	for (int i = 0; i < MPROC_MAX; i++) {
		struct mproc *p = &pm.procs.proc[i];

		if (p->state != MPROC_FREE && p->state != MPROC_ZOMBIE &&
		    !pm_look(p->endpoint, &info))
			process_ends(p, SIGKILL);
	}
}

static void end_take(const sys_end_t *end)
{
	struct mproc *p = mproc_find(&pm.procs, end->endpoint);

	if (p)
		process_ends(p, end->status);
}

/* Without SYSTASK nobody knows; the next one tells that it has come. */
void ends_follow(void)
{
	sys_end_t ends[SYS_ENDS_MAX];
	int n;

	do {
		n = sys_getends(&pm.ends_seen, ends);
		for (int i = 0; i < n; i++)
			end_take(&ends[i]);
		if (n == EMOLOVERRUN)
			ends_missed();
	} while (n > 0 || n == EMOLOVERRUN);
	if (n)
		log_line(SD_WARNING, "ends of processes: %s", mnx_strerror(n));
}

/* Whoever was in the slot is not there any more. */
static void slot_clear(int p_nr)
{
	struct mproc *p = mproc_in_slot(&pm.procs, p_nr);

	if (!p)
		return;
	ends_follow();
	p = mproc_in_slot(&pm.procs, p_nr);
	if (p)
		process_ends(p, SIGKILL);
}

/* Of another node: messages for it find it from now on. */
static int child_look(const struct mproc *parent, int endpoint,
		      proc_usr_t *info)
{
	int rc = EMOLNOTBIND;

	if (pm_look(endpoint, info))
		return 0;
	if (parent->node != pm.node)
		rc = sys_rfork(endpoint, parent->node, "forked");
	if (!rc && !pm_look(endpoint, info))
		rc = EMOLNOTBIND;
	return rc;
}

/* Of other nodes' processes the driver knows no user. */
static bool is_like(const proc_usr_t *child, const struct mproc *parent)
{
	return child->p_nodeid == parent->node &&
	       (child->p_nodeid != pm.node || child->p_uid == parent->uid);
}

static int child_enter(struct mproc *parent, int endpoint, struct mproc **child)
{
	proc_usr_t info;
	int rc;

	/* sys_fork() gives user slots. */
	if (!_ENDPOINT_G(endpoint))
		return EMOLPERM;
	*child = mproc_find(&pm.procs, endpoint);
	/* It asks again: PM has been started anew. */
	if (*child)
		return (*child)->parent == parent ? 0 : EMOLPERM;
	rc = child_look(parent, endpoint, &info);
	if (rc)
		return rc;
	if (!is_like(&info, parent))
		return EMOLPERM;
	slot_clear(info.p_nr);
	*child = family_fork(&pm.procs, parent, endpoint, parent->node);
	return *child ? 0 : EMOLAGAIN;
}

int do_fork(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq), *child;
	pm_fork_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	rc = child_enter(p, arg.endpoint, &child);
	if (rc)
		return rc;
	arg.pid = child->pid;
	com_put(rq->m, &arg);
	return OK;
}

int do_bindproc(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	proc_usr_t info;

	if (!p && !pm_look(rq->client, &info))
		return EMOLNOTBIND;
	if (!p) {
		slot_clear(info.p_nr);
		p = mproc_new(&pm.procs, rq->client, info.p_nodeid);
	}
	if (!p)
		return EMOLAGAIN;
	com_put(rq->m, &((pm_fork_t){ rq->client, p->pid }));
	return OK;
}

static bool found_tell(const struct mproc *waiter, int rc,
		       const struct family_found *found)
{
	const pm_wait_t answer = { .pid = found->pid, .status = found->status };
	message m;

	com_put(&m, &answer);
	return !serve_answer(waiter->endpoint, &m, rc);
}

bool family_answer(struct mproc *waiter, int rc,
		   const struct family_found *found)
{
	return found_tell(waiter, rc, found);
}

int do_waitpid(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	struct family_found found;
	pm_wait_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	rc = family_wait(p, arg.pid, arg.options, &found);
	if (rc)
		return rc == FAMILY_LATER ? SERVE_LATER : rc;
	if (found_tell(p, OK, &found))
		family_took(&pm.procs, &found);
	return SERVE_LATER;
}

/* Linux tells a parent of children that it has forked itself. */
void family_child_changed(struct mproc *parent, const struct mproc *child)
{
	if (child->adopted)
		sys_kill(parent->endpoint, SIGCHLD);
}

int do_children(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_value_t arg;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	if (arg.value > 1)
		return -EINVAL;
	family_ignore_children(&pm.procs, p, arg.value);
	return OK;
}

/* Its name is the driver's, after the exec; of another node, that node's. */
int do_exec(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);

	if (!p)
		return EMOLNOTBIND;
	p->has_execed = true;
	return OK;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How processes come into the table, and how they leave it
 *
 *	PM_FORK, PM_BINDPROC	the driver has the endpoint: it is entered.  Who
 *				is still in that slot has ended
 *	SYS_ENDED		ends since then, with their status
 *	EMOLOVERRUN		some were missed: who is not there has ended
 */
#include <errno.h>
#include <signal.h>

#include "common/log.h"
#include "common/vm.h"
#include "keep.h"
#include "pm.h"

static void process_ends(struct mproc *p, int status)
{
	timers_end(&pm.timers, p);
	family_exit(&pm.procs, p, status);
}

/* The binding, and not another one with the same endpoint */
static bool is_there(const struct mproc *p)
{
	proc_usr_t info;

	if (p->node != pm.node)
		return vm_has_remote(p->endpoint, p->node);
	return pm_look(p->endpoint, &info) &&
	       info.p_incarnation == p->incarnation;
}

/* Or whose one is that has not ended */
static void end_take(const sys_end_t *end)
{
	struct mproc *p = mproc_find(&pm.procs, end->endpoint);

	if (end->uid != PROC_NO_ID) {
		if (p && p->node != pm.node)
			user_told(p, end->uid);
		return;
	}
	if (!p)
		p = mproc_without_slot(&pm.procs, end->endpoint);
	if (p)
		process_ends(p, end->status);
}

/*
 * EMOLOVERRUN: some were missed.  Another error: without SYSTASK nobody knows;
 * the next one does.
 */
static int ends_take(void)
{
	sys_end_t ends[SYS_ENDS_MAX];
	uint64_t seen = pm.ends_seen;
	int n;

	do {
		n = sys_getends(&seen, ends);
		for (int i = 0; i < n; i++)
			end_take(&ends[i]);
		/* What one of them has answered was stored before the next. */
		pm.ends_seen = seen;
	} while (n > 0);
	users_go_on();
	if (n && n != EMOLOVERRUN)
		log_line(SD_WARNING, "ends of processes: %s", mnx_strerror(n));
	return n;
}

static bool is_alive(const struct mproc *p)
{
	return p->state == MPROC_LIVE || p->state == MPROC_STOPPED;
}

/* What SYSTASK knows of one that is not there any more it says now. */
void ends_missed(void)
{
	static struct mproc *missing[MPROC_MAX];
	int nr, rc;

	do {
		nr = 0;
		for (int i = 0; i < MPROC_MAX; i++) {
			struct mproc *p = &pm.procs.proc[i];

			if (is_alive(p) && !is_there(p))
				missing[nr++] = p;
		}
		rc = ends_take();
	} while (rc == EMOLOVERRUN);
	for (int i = 0; i < nr && !rc; i++)
		if (is_alive(missing[i]))
			process_ends(missing[i], SIGKILL);
	users_go_on();
}

void ends_follow(void)
{
	if (ends_take() == EMOLOVERRUN)
		ends_missed();
}

/*
 * Whoever was in the slot has ended.  How is still to be heard, as a node's
 * word of that comes by another way than its processes' requests.
 */
static void slot_clear(int p_nr)
{
	struct mproc *p = mproc_in_slot(&pm.procs, p_nr);

	if (!p)
		return;
	ends_follow();
	p = mproc_in_slot(&pm.procs, p_nr);
	if (p)
		mproc_lose_slot(&pm.procs, p);
}

/*
 * The driver's word of a process that is to be entered; one of another node is
 * known here from now on, if it has not ended meanwhile.
 */
static int process_look(int endpoint, int node, proc_usr_t *info)
{
	int rc = node == pm.node ? 0 : sys_rfork(endpoint, node, "remote");

	if (!rc && !pm_look(endpoint, info))
		rc = EMOLNOTBIND;
	return rc;
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
	rc = process_look(endpoint, parent->node, &info);
	if (rc)
		return rc;
	uid_read(parent);
	if (info.p_nodeid != parent->node ||
	    (parent->node == pm.node && info.p_uid != parent->uid))
		return EMOLPERM;
	if (!mproc_has_room(&pm.procs, parent->uid))
		return EMOLAGAIN;
	slot_clear(info.p_nr);
	*child = family_fork(&pm.procs, parent, endpoint, parent->node);
	if (!*child)
		return EMOLAGAIN;
	(*child)->incarnation = info.p_incarnation;
	return 0;
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

static int process_enter(int endpoint, struct mproc **p)
{
	proc_usr_t info;
	int rc;

	if (!pm_look(endpoint, &info))
		return EMOLNOTBIND;
	rc = process_look(endpoint, info.p_nodeid, &info);
	if (rc)
		return rc;
	if (!mproc_has_room(&pm.procs, info.p_uid))
		return EMOLAGAIN;
	slot_clear(info.p_nr);
	*p = mproc_new(&pm.procs, endpoint, info.p_nodeid);
	if (!*p)
		return EMOLAGAIN;
	(*p)->uid = info.p_uid;
	(*p)->incarnation = info.p_incarnation;
	return 0;
}

int do_bindproc(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_fork_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (!p) {
		rc = process_enter(rq->client, &p);
		if (rc)
			return rc;
	}
	p->wished = arg.endpoint;
	com_put(rq->m, &((pm_fork_t){ rq->client, p->pid }));
	return OK;
}

/* By who has the same user as it, wherever both are */
static int adopt_do(struct mproc *p)
{
	struct mproc *child = mproc_by_pid(&pm.procs, p->users.pid);

	if (!child)
		return -ESRCH;
	if (p->uid == PROC_NO_ID || p->uid != child->uid)
		return -EPERM;
	return family_adopt(&pm.procs, p, child);
}

int do_adopt(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_fork_t arg;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	if (arg.pid <= 0)
		return -ESRCH;
	p->users = (struct mproc_users){ .pid = arg.pid, .then = adopt_do };
	return users_ask(p);
}

static void wait_fill(message *m, const struct family_found *found)
{
	const pm_wait_t answer = { .pid = found->pid,
				   .status = found->status,
				   .answers = found->answers };

	com_put(m, &answer);
}

void family_answer(struct mproc *waiter, int rc,
		   const struct family_found *found)
{
	message m;

	wait_fill(&m, found);
	keep_store();
	serve_answer(waiter->endpoint, &m, rc);
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
	rc = family_wait(&pm.procs, p, arg.answers, arg.pid, arg.options,
			 &found);
	if (rc == FAMILY_LATER)
		return SERVE_LATER;
	wait_fill(rq->m, &found);
	return rc;
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
	family_exec(&pm.procs, p);
	return OK;
}

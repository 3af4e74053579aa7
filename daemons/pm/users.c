// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may do what to whom is said by the users that the kernels of their nodes
 * have for them, at the time of the request:
 *
 *	users_ask()	a request is about processes: the driver says whose
 *			those of this node are; SYSTASK asks the nodes of the
 *			others
 *	user_told()	one has been told
 *	users_go_on()	all that it is about have been, or have ended: it is
 *			done, and answered
 *	the asker ends,	it is given up
 *	or asks anew
 *
 * A node that does not answer is put out of the group, and its processes end.
 */
#include "keep.h"
#include "kill.h"
#include "pm.h"

/* Who waits, and some that have given up */
static struct mproc *waiting[MPROC_MAX];
static int nr_waiting;
static uint64_t nr_asked;

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
	p->uid_at = nr_asked;
}

/* SYSTASK asks for users of other nodes' as it is told to watch them. */
static void uid_ask(struct mproc *p)
{
	if (p->node == pm.node)
		uid_read(p);
	else if (p->state != MPROC_ZOMBIE)
		sys_rfork(p->endpoint, p->node, "remote");
}

static bool is_unknown(const struct mproc *p, uint64_t request)
{
	return p->node != pm.node && p->state != MPROC_ZOMBIE &&
	       p->uid_at < request;
}

static bool users_lack(const struct mproc *p)
{
	struct mproc *of = NULL;
	bool lack = is_unknown(p, p->users.number);

	while (!lack && (of = kill_named(&pm.procs, p, p->users.pid, of)))
		lack = is_unknown(of, p->users.number);
	return lack;
}

static void wait_later(struct mproc *p)
{
	int i;

	p->users.lasts = true;
	for (i = 0; i < nr_waiting && waiting[i] != p; i++)
		;
	waiting[i] = p;
	if (i == nr_waiting)
		nr_waiting++;
}

int users_ask(struct mproc *p)
{
	struct mproc *of = NULL;

	p->users.number = ++nr_asked;
	uid_ask(p);
	while ((of = kill_named(&pm.procs, p, p->users.pid, of)))
		uid_ask(of);
	if (!users_lack(p))
		return p->users.then(p);
	wait_later(p);
	return SERVE_LATER;
}

static void request_answer(struct mproc *p)
{
	message m = { .m_type = 0 };
	int rc;

	p->users.lasts = false;
	rc = p->users.then(p);
	keep_store();
	serve_answer(p->endpoint, &m, rc);
}

void users_go_on(void)
{
	int n = 0;

	for (int i = 0; i < nr_waiting; i++) {
		struct mproc *p = waiting[i];

		if (!p->users.lasts)
			continue;
		if (users_lack(p))
			waiting[n++] = p;
		else
			request_answer(p);
	}
	nr_waiting = n;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests about endpoints that move */
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "member.h"

static struct migr_asked *asked_free(struct systask *s)
{
	for (size_t i = 0; i < MOVES_ASKED; i++)
		if (!s->migr.asked[i].number)
			return &s->migr.asked[i];
	return NULL;
}

/* Which node has it, as far as is known here, by index; or an error */
static int node_of_endpoint(const struct systask *s, int endpoint)
{
	proc_usr_t info;

	if (endpoint < -NR_TASKS ||
	    mnx_getprocinfo(s->vmid, _ENDPOINT_P(endpoint), &info) ||
	    info.p_rts_flags == SLOT_FREE || info.p_endpoint != endpoint)
		return EMOLNOTBIND;
	if (info.p_nodeid < 0 || info.p_nodeid >= SLOTS_NODES ||
	    s->node_index[info.p_nodeid] < 0)
		return EMOLNOVMNODE;
	return s->node_index[info.p_nodeid];
}

static bool is_systask(const struct systask *s, int endpoint)
{
	for (int i = 0; i < s->nr_nodes; i++)
		if (endpoint == SYSTASK(s->node_id[i]))
			return true;
	return false;
}

/* Whose process it is its own node asks. */
static int migrate_check(const struct systask *s, const struct request *rq,
			 const sys_migrate_t *arg, int endpoint)
{
	if (arg->nodeid < 0 || arg->nodeid >= SLOTS_NODES)
		return EMOLBADNODEID;
	if (s->node_index[arg->nodeid] < 0)
		return EMOLNOVMNODE;
	if (arg->pid < 0)
		return EMOLBADPID;
	if (is_systask(s, endpoint))
		return EMOLENDPOINT;
	if (!rq->uid)
		return 0;
	if (arg->pid)
		return EMOLPERM;
	if (_ENDPOINT_P(endpoint) < s->first_user && endpoint != rq->client)
		return EMOLPERM;
	return 0;
}

int do_migrate(struct systask *s, struct request *rq)
{
	struct migr_asked *asked = asked_free(s);
	struct moves_want want = { .uid = rq->uid };
	enum moves_why why;
	sys_migrate_t arg;
	int endpoint, from, rc;

	com_get(rq->m, &arg);
	endpoint = request_endpoint(rq, arg.endpoint);
	rc = migrate_check(s, rq, &arg, endpoint);
	if (rc)
		return rc;
	from = node_of_endpoint(s, endpoint);
	if (from < 0)
		return from;
	if (!asked)
		return EMOLOVERRUN;
	if (from == s->node_index[arg.nodeid])
		return arg.nodeid == s->node ? EMOLLCLPROC : EMOLRMTPROC;
	want.pid = (uint32_t)arg.pid;
	asked->number = moves_migrate(&s->moves, endpoint, (uint32_t)from,
				      (uint32_t)s->node_index[arg.nodeid],
				      &want, &why);
	if (!asked->number)
		return migr_error(why, 0);
	asked->client = rq->client;
	asked->ms = !rq->uid && arg.ms > 0 ? (uint64_t)arg.ms : PATIENCE_MS;
	asked->m = *rq->m;
	return SYSTASK_LATER;
}

static struct taker *taker_place(struct systask *s, int endpoint)
{
	struct taker *free = NULL;

	for (size_t i = 0; i < NR_TAKERS; i++) {
		struct taker *t = &s->migr.taker[i];

		if (t->endpoint == endpoint)
			return t;
		if (t->endpoint == NONE && !free)
			free = t;
	}
	return free;
}

/* Who is to have it: root names another process, which stands by for it. */
static int take_check(struct systask *s, const struct request *rq,
		      const sys_migrate_t *arg)
{
	int from = node_of_endpoint(s, arg->endpoint);

	if (from < 0)
		return from;
	if (from == s->node_index[s->node])
		return EMOLLCLPROC;
	if (spare_pid(s, arg->endpoint))
		return EMOLEXIST;
	if (arg->pid)
		return rq->uid ? EMOLPERM : 0;
	return procs_slot(s, rq->proc) < s->first_user ? EMOLPERM : 0;
}

int do_migrtake(struct systask *s, struct request *rq)
{
	sys_migrate_t arg;
	struct taker *t;
	int rc, pid, pidfd;

	com_get(rq->m, &arg);
	rc = take_check(s, rq, &arg);
	if (rc)
		return rc;
	if (arg.pid < 0) {
		moves_ready(&s->moves, arg.endpoint, arg.pid);
		return OK;
	}
	pid = arg.pid ? arg.pid : rq->proc->pid;
	t = taker_place(s, arg.endpoint);
	if (!t)
		return EMOLOVERRUN;
	if (t->endpoint != NONE && t->uid != rq->uid && rq->uid)
		return EMOLBUSY;
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return EMOLBADPID;
	if (t->pidfd >= 0)
		close(t->pidfd);
	*t = (struct taker){ .endpoint = arg.endpoint,
			     .client = arg.pid ? NONE : rq->client,
			     .pid = pid,
			     .pidfd = pidfd,
			     .uid = rq->uid };
	migr_look(s);
	return OK;
}

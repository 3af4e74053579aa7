// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests about processes: fork, exit, names, signals, privileges */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "member.h"
#include "pids.h"
#include "remote.h"

int request_endpoint(const struct request *rq, int endpoint)
{
	return endpoint == SELF ? rq->client : endpoint;
}

int request_target(struct systask *s, const struct request *rq, int endpoint,
		   const struct proc **target)
{
	const struct proc *p = procs_find(s, request_endpoint(rq, endpoint));

	if (p != rq->proc && !rq->system)
		return EMOLPERM;
	if (!p)
		return EMOLNOTBIND;
	if (p != rq->proc && !pids_user_is(p->pid, rq->uid))
		return EMOLPERM;
	*target = p;
	return 0;
}

struct pending *pending_new(struct systask *s, const struct request *rq)
{
	for (size_t i = 0; i < NR_PENDING; i++) {
		struct pending *p = &s->pending[i];

		if (p->client != NONE)
			continue;
		*p = (struct pending){ .client = rq->client,
				       .pidfd = -1,
				       .m = *rq->m };
		return p;
	}
	return NULL;
}

void pending_end(struct systask *s, struct pending *p, int rc)
{
	const int client = p->client;

	if (p->pidfd >= 0)
		close(p->pidfd);
	p->pidfd = -1;
	p->client = NONE;
	if (!p->left)
		systask_answer(s, client, &p->m, rc);
}

/*
 * FORK
 *
 *	client ----> pending: a slot is looked for ----> bound, answered
 *			     \--> none is left: answered
 *
 * The process is held by a descriptor from before it is looked at, so that what
 * is bound is what was looked at, or nothing.
 */
static int fork_find(const struct request *rq, struct pending *p, int pid)
{
	p->pid = pids_translate(rq->proc->pid, pid);
	if (!p->pid)
		return EMOLBADPID;
	p->pidfd = pidfd_open(p->pid, 0);
	if (p->pidfd < 0)
		return EMOLBADPID;
	if (!rq->system && !pids_is_child(p->pid, rq->proc->pid))
		return EMOLBADPID;
	return pids_user_is(p->pid, rq->uid) ? 0 : EMOLPERM;
}

/* Who is refused is told so when the request comes, and not by a full queue. */
static_assert(NR_PENDING <= SLOTS_FORKS, "each that is pending can wait");

int do_fork(struct systask *s, struct request *rq)
{
	struct pending *p;
	sys_bind_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (s->slots.state != SLOTS_RUNNING)
		return EMOLAGAIN;
	p = pending_new(s, rq);
	if (!p)
		return EMOLAGAIN;
	rc = fork_find(rq, p, arg.pid);
	if (rc)
		pending_end(s, p, rc);
	else
		slots_fork(&s->slots, (uint64_t)(p - s->pending));
	return SYSTASK_LATER;
}

static bool pidfd_has_ended(int pidfd)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	return poll(&end, 1, 0) == 1;
}

/* The endpoint, or what a call that binds returns */
static int fork_bind(struct systask *s, const struct pending *p, int p_nr)
{
	int endpoint = mnx_lclbind(s->vmid, p->pid, p_nr);

	if (!mnx_bind_failed(endpoint) && pidfd_has_ended(p->pidfd)) {
		mnx_unbind(s->vmid, endpoint);
		return EMOLBADPID;
	}
	return endpoint;
}

/* Who bound there by itself has it: another one is looked for. */
void fork_go_on(struct systask *s, struct pending *p, int slot)
{
	sys_bind_t answer = { .pid = p->pid };
	int endpoint;

	if (slot < 0) {
		pending_end(s, p, EMOLOVERRUN);
		return;
	}
	endpoint = procs_find(s, p->client) && !p->left ?
			   fork_bind(s, p, s->first_user + slot) :
			   EMOLSRCDIED;
	if (MNX_ERR(endpoint) == EMOLSLOTUSED) {
		slots_fork(&s->slots, (uint64_t)(p - s->pending));
		return;
	}
	if (mnx_bind_failed(endpoint))
		slots_exit(&s->slots, (uint32_t)slot);
	answer.endpoint = endpoint;
	com_put(&p->m, &answer);
	pending_end(s, p, mnx_bind_failed(endpoint) ? MNX_ERR(endpoint) : OK);
}

int do_bindproc(struct systask *s, struct request *rq)
{
	sys_bind_t arg;
	int pid, rc;

	com_get(rq->m, &arg);
	if (!rq->system)
		return EMOLPERM;
	pid = pids_translate(rq->proc->pid, arg.pid);
	if (!pid)
		return EMOLBADPID;
	if (!pids_user_is(pid, rq->uid))
		return EMOLPERM;
	rc = mnx_lclbind(s->vmid, pid, arg.p_nr);
	if (mnx_bind_failed(rc))
		return MNX_ERR(rc);
	arg.endpoint = rc;
	com_put(rq->m, &arg);
	return OK;
}

/* Is it a process of another node, as far as is known here? */
static bool is_remote(const struct systask *s, int endpoint, proc_usr_t *info)
{
	return endpoint >= -NR_TASKS &&
	       !mnx_getprocinfo(s->vmid, _ENDPOINT_P(endpoint), info) &&
	       info->p_rts_flags != SLOT_FREE && info->p_endpoint == endpoint &&
	       info->p_nodeid != s->node;
}

static bool is_in_group(const struct systask *s, int nodeid)
{
	const int i = nodeid >= 0 && nodeid < SLOTS_NODES ?
			      s->node_index[nodeid] :
			      -1;

	return i >= 0 && s->pst.nodes[i].state != PST_ABSENT;
}

/* A user slot that is that node's, as the group says */
static bool is_of_node(const struct systask *s, const sys_rfork_t *arg)
{
	const int slot = _ENDPOINT_P(arg->endpoint) - s->first_user;

	return arg->endpoint > 0 && slot >= 0 && slot < s->nr_users &&
	       arg->nodeid >= 0 && arg->nodeid < SLOTS_NODES &&
	       (int)s->slots.slot[slot].owner.node ==
		       s->node_index[arg->nodeid];
}

/*
 * It may be known already, as it has sent something.  Of a node that is not in
 * the group nobody comes: who asks has heard of it before it went.
 */
int do_rfork(struct systask *s, struct request *rq)
{
	proc_usr_t info;
	sys_rfork_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (!rq->system || (rq->uid && !is_of_node(s, &arg)))
		return EMOLPERM;
	if (is_remote(s, arg.endpoint, &info) && info.p_nodeid == arg.nodeid)
		return remote_watch(s, arg.endpoint, arg.nodeid);
	if (!is_in_group(s, arg.nodeid))
		return EMOLNOTBIND;
	remote_make_room(s, _ENDPOINT_P(arg.endpoint));
	arg.name[sizeof(arg.name) - 1] = '\0';
	rc = mnx_rmtbind(s->vmid, arg.name, arg.endpoint, arg.nodeid);
	return mnx_bind_failed(rc) ? MNX_ERR(rc) :
				     remote_watch(s, arg.endpoint, arg.nodeid);
}

int do_exit(struct systask *s, struct request *rq)
{
	const struct proc *p;
	sys_proc_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = request_target(s, rq, arg.endpoint, &p);
	return rc ? rc : mnx_unbind(s->vmid, p->endpoint);
}

/* SETPNAME, EXEC.  Of a system process the other nodes hear of it. */
int do_setpname(struct systask *s, struct request *rq)
{
	const struct pst_entry *was;
	struct pst_fact fact;
	const struct proc *target;
	struct proc *p;
	sys_proc_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = request_target(s, rq, arg.endpoint, &target);
	if (rc)
		return rc;
	p = procs_find(s, target->endpoint);
	if (!*arg.name || !memchr(arg.name, '\0', sizeof(arg.name)))
		return EMOLNAMESIZE;
	memcpy(procs_kept(s, p)->name, arg.name, sizeof(arg.name));
	was = pst_holder(&s->pst, procs_slot(s, p));
	if (procs_slot(s, p) >= s->first_user || !was)
		return OK;
	fact = was->fact;
	memset(fact.text, 0, sizeof(fact.text));
	memcpy(fact.text, arg.name, sizeof(arg.name));
	pst_bound(&s->pst, &fact);
	return OK;
}

static int process_signal(const struct proc *p, int signal, uint32_t uid)
{
	int pidfd = pidfd_open(p->pid, 0), rc = 0;

	if (pidfd < 0)
		return EMOLNOTBIND;
	if (!pids_user_is(p->pid, uid))
		rc = EMOLPERM;
	else if (pidfd_send_signal(pidfd, signal, NULL, 0))
		rc = errno == ESRCH ? EMOLNOTBIND : -errno;
	close(pidfd);
	return rc;
}

int signal_send(struct systask *s, int endpoint, int signal, uint32_t uid)
{
	const struct proc *p = procs_find(s, endpoint);
	proc_usr_t info;

	if (p)
		return process_signal(p, signal, uid);
	if (!is_remote(s, endpoint, &info))
		return EMOLNOTBIND;
	pst_say(&s->pst, PST_KILL, endpoint, (uint64_t)signal, uid);
	return OK;
}

int do_kill(struct systask *s, struct request *rq)
{
	sys_kill_t arg;

	com_get(rq->m, &arg);
	if (arg.uid == PROC_NO_ID)
		arg.uid = rq->uid;
	if (!rq->system || (rq->uid && rq->uid != arg.uid))
		return EMOLPERM;
	if (arg.signal < 0 || arg.signal >= NSIG)
		return EMOLINVAL;
	return signal_send(s, request_endpoint(rq, arg.endpoint), arg.signal,
			   arg.uid);
}

/* To be nicer is for everybody, as Linux has it; the contrary is for root. */
int do_nice(struct systask *s, struct request *rq)
{
	const struct proc *p;
	sys_proc_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (!rq->system)
		return EMOLPERM;
	rc = request_target(s, rq, arg.endpoint, &p);
	if (rc)
		return rc;
	if (rq->uid && arg.value < getpriority(PRIO_PROCESS, (id_t)p->pid))
		return EMOLPERM;
	return setpriority(PRIO_PROCESS, (id_t)p->pid, arg.value) ? -errno : OK;
}

int do_privctl(struct systask *s, struct request *rq)
{
	sys_privctl_t arg;
	priv_usr_t priv;
	int rc;

	com_get(rq->m, &arg);
	if (!rq->system || rq->uid)
		return EMOLPERM;
	rc = mnx_vcopy(rq->client, (const void *)(uintptr_t)arg.priv, SELF,
		       &priv, sizeof(priv));
	return rc ? rc :
		    mnx_setpriv(s->vmid, request_endpoint(rq, arg.endpoint),
				&priv);
}

int do_getends(struct systask *s, struct request *rq)
{
	sys_ends_t arg, answer = { 0 };
	int rc;

	com_get(rq->m, &arg);
	if (!rq->system)
		return EMOLPERM;
	/* Who sees that one has ended may ask before this hears of it. */
	rc = procs_follow(s);
	if (rc)
		return rc;
	answer.seq = arg.seq;
	rc = ends_read(&s->ends, &answer.seq, answer.ends, SYS_ENDS_MAX);
	answer.nr = rc < 0 ? 0 : rc;
	com_put(rq->m, &answer);
	return rc < 0 ? rc : OK;
}

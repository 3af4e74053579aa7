// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "member.h"

/* So long it looks whether it is nobody's: who has it has said so by then. */
#define CLAIM_MS 1000

/* The table */

static void spare_drop(struct spare *sp)
{
	if (sp->pidfd >= 0)
		close(sp->pidfd);
	*sp = (struct spare){ .endpoint = NONE, .client = NONE, .pidfd = -1 };
}

static void spare_leave(struct systask *s, struct spare *sp)
{
	const int endpoint = sp->endpoint;

	spare_drop(sp);
	moves_backup(&s->moves, endpoint, false);
	moves_ready(&s->moves, endpoint, EMOLBADPID);
}

static struct spare *spare_find(struct systask *s, int endpoint)
{
	for (size_t i = 0; i < NR_SPARES; i++)
		if (s->spares[i].endpoint == endpoint)
			return &s->spares[i];
	return NULL;
}

static bool spare_has_ended(const struct spare *sp)
{
	struct pollfd end = { .fd = sp->pidfd, .events = POLLIN };

	return poll(&end, 1, 0) == 1;
}

/* False: that process has ended. */
static bool spare_set(struct spare *sp, int endpoint, int client, int pid)
{
	int pidfd = pidfd_open(pid, 0);

	if (pidfd < 0)
		return false;
	spare_drop(sp);
	*sp = (struct spare){ .endpoint = endpoint,
			      .client = client,
			      .pid = pid,
			      .pidfd = pidfd };
	return true;
}

static bool spare_asks(struct systask *s, const struct spare *sp)
{
	return sp->client != NONE && procs_find(s, sp->client);
}

/* Who has the endpoint */

/* What the driver has of it; false: nothing */
static bool spare_info(const struct systask *s, int endpoint, proc_usr_t *info)
{
	return !mnx_getprocinfo(s->vmid, _ENDPOINT_P(endpoint), info) &&
	       info->p_rts_flags != SLOT_FREE && info->p_endpoint == endpoint;
}

bool spare_is_said(const struct systask *s, int endpoint, uint32_t node)
{
	const struct moves_item *it = moves_find(&s->moves, endpoint);
	const struct pst_entry *e;

	if (!it || !it->e.term || it->e.node != node)
		return false;
	for (e = s->pst.entry; e < s->pst.entry + s->pst.nr; e++)
		if (e->fact.kind == PST_PROC && e->node == node &&
		    e->fact.endpoint == _ENDPOINT_P(endpoint))
			return true;
	return false;
}

/* As far as entries do not say it, the machine does not know that. */
static bool is_nobodys(const struct systask *s, int endpoint)
{
	const struct moves_item *it = moves_find(&s->moves, endpoint);

	if (s->slots.state != SLOTS_RUNNING || !pst_is_settled(&s->pst))
		return false;
	return (it && it->e.term) || !pst_holder(&s->pst, endpoint);
}

static void spare_claim(struct systask *s, struct spare *sp)
{
	const uint64_t now = systask_now();

	if (!is_nobodys(s, sp->endpoint))
		sp->nobody = 0;
	else if (!sp->nobody)
		sp->nobody = now;
	else if (now - sp->nobody >= CLAIM_MS)
		moves_claim(&s->moves, sp->endpoint);
}

static void spare_look(struct systask *s, struct spare *sp)
{
	proc_usr_t info;

	if (spare_has_ended(sp)) {
		spare_leave(s, sp);
		return;
	}
	if (spare_asks(s, sp))
		return;
	sp->client = NONE;
	if (procs_find(s, sp->endpoint)) {
		spare_leave(s, sp);
		return;
	}
	if (spare_info(s, sp->endpoint, &info) &&
	    !(info.p_misc_flags & MIS_BACKUP))
		mnx_bkupbind(s->vmid, sp->pid, sp->endpoint, info.p_nodeid);
	moves_backup(&s->moves, sp->endpoint, true);
	spare_claim(s, sp);
}

void spares_look(struct systask *s)
{
	for (size_t i = 0; i < NR_SPARES; i++)
		if (s->spares[i].endpoint != NONE)
			spare_look(s, &s->spares[i]);
}

void spares_init(struct systask *s)
{
	for (size_t i = 0; i < NR_SPARES; i++) {
		s->spares[i].pidfd = -1;
		spare_drop(&s->spares[i]);
	}
}

void spares_found(struct systask *s)
{
	struct spare *sp = s->spares;
	proc_usr_t info;

	for (int p_nr = -s->usr.vm_nr_tasks; p_nr < s->first_user; p_nr++) {
		if (mnx_getprocinfo(s->vmid, p_nr, &info) ||
		    info.p_rts_flags == SLOT_FREE ||
		    !(info.p_misc_flags & MIS_BACKUP) ||
		    sp == s->spares + NR_SPARES)
			continue;
		if (spare_set(sp, info.p_endpoint, NONE, info.p_lpid))
			sp++;
	}
	spares_look(s);
}

/* It takes over */

int spare_pid(struct systask *s, int endpoint)
{
	const struct spare *sp = spare_find(s, endpoint);

	return sp && !spare_has_ended(sp) && !spare_asks(s, sp) ? sp->pid : 0;
}

int spare_take(struct systask *s, int endpoint)
{
	struct spare *sp = spare_find(s, endpoint);
	const int pid = sp->pid;
	int rc;

	mnx_migr_start(s->vmid, endpoint); /* unless it waits already */
	rc = mnx_migr_commit(pid, s->vmid, endpoint, s->node);
	/* With the process of the endpoint its descriptor has gone. */
	if (rc == EMOLNOTBIND) {
		rc = mnx_lclbind(s->vmid, pid, _ENDPOINT_P(endpoint));
		rc = mnx_bind_failed(rc) ? MNX_ERR(rc) : 0;
	}
	if (!rc)
		spare_drop(sp);
	return rc;
}

/* The ring */

static void ring_tell(struct systask *s)
{
	uint64_t nodes = s->ring.nodes;

	for (uint32_t i = 0; i < (uint32_t)s->nr_nodes; i++)
		if (s->ring.cut[i])
			nodes |= UINT64_C(1) << i;
	moves_ring(&s->moves, nodes);
}

void spares_ring(struct systask *s, uint64_t nodes)
{
	const uint64_t former = s->ring.nodes;

	s->ring.nodes = 0;
	for (uint32_t i = 0; i < (uint32_t)s->nr_nodes; i++) {
		const uint64_t bit = UINT64_C(1) << i;

		if (nodes >> s->node_id[i] & 1) {
			s->ring.nodes |= bit;
			s->ring.cut[i] = 0;
		} else if (former & bit) {
			s->ring.cut[i] = systask_now() + SPARE_CUT_MS;
		}
	}
	ring_tell(s);
	sd_event_source_set_time(s->patience,
				 (systask_now() + SPARE_CUT_MS) * 1000);
}

void spares_time(struct systask *s)
{
	const uint64_t now = systask_now();
	bool any = false;

	for (int i = 0; i < s->nr_nodes; i++) {
		if (!s->ring.cut[i] || s->ring.cut[i] > now)
			continue;
		s->ring.cut[i] = 0;
		any = true;
	}
	if (any)
		ring_tell(s);
}

uint64_t spares_next(const struct systask *s, uint64_t ms)
{
	const uint64_t now = systask_now();

	for (int i = 0; i < s->nr_nodes; i++)
		if (s->ring.cut[i] && s->ring.cut[i] < now + ms)
			ms = s->ring.cut[i] > now ? s->ring.cut[i] - now : 1;
	return ms;
}

/* Requests */

static int standby_check(struct systask *s, const struct request *rq,
			 int endpoint)
{
	const int p_nr = _ENDPOINT_P(endpoint);

	if (rq->uid)
		return EMOLPERM;
	if (procs_slot(s, rq->proc) < s->first_user)
		return EMOLPERM;
	if (p_nr != endpoint || p_nr < -s->usr.vm_nr_tasks ||
	    p_nr >= s->first_user || (p_nr <= SYSTEM && p_nr > CLOCK))
		return EMOLENDPOINT;
	return procs_find(s, endpoint) ? EMOLLCLPROC : 0;
}

static int standby_end(struct systask *s, const struct request *rq,
		       int endpoint)
{
	struct spare *sp = spare_find(s, endpoint);

	if (sp && sp->pid == rq->proc->pid)
		spare_leave(s, sp);
	return OK;
}

int do_standby(struct systask *s, struct request *rq)
{
	struct spare *sp;
	sys_migrate_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (!arg.pid)
		return standby_end(s, rq, arg.endpoint);
	rc = standby_check(s, rq, arg.endpoint);
	if (rc)
		return rc;
	sp = spare_find(s, arg.endpoint);
	if (sp && sp->pid != rq->proc->pid && !spare_has_ended(sp))
		return EMOLEXIST;
	if (sp && sp->pid == rq->proc->pid) {
		sp->client = rq->client;
		return OK;
	}
	if (sp)
		spare_leave(s, sp);
	sp = spare_find(s, NONE);
	if (!sp)
		return EMOLOVERRUN;
	return spare_set(sp, arg.endpoint, rq->client, rq->proc->pid) ?
		       OK :
		       EMOLBADPID;
}

int do_promote(struct systask *s, struct request *rq)
{
	sys_migrate_t arg;

	com_get(rq->m, &arg);
	if (rq->uid)
		return EMOLPERM;
	return migr_error(moves_promote(&s->moves, arg.endpoint), 0);
}

static uint64_t backup_nodes(const struct systask *s, uint64_t map)
{
	uint64_t nodes = 0;

	for (int i = 0; i < s->nr_nodes; i++)
		if (map >> i & 1)
			nodes |= UINT64_C(1) << s->node_id[i];
	return nodes;
}

int do_getmove(struct systask *s, struct request *rq)
{
	const struct moves_item *it;
	sys_migrate_t arg;
	sys_move_t is;

	com_get(rq->m, &arg);
	it = moves_find(&s->moves, arg.endpoint);
	if (!it || !it->e.term)
		return EMOLNOTBIND;
	is = (sys_move_t){ .endpoint = arg.endpoint,
			   .nodeid = it->e.node < (uint32_t)s->nr_nodes ?
					     s->node_id[it->e.node] :
					     NONE,
			   .term = it->e.term,
			   .count = it->e.count,
			   .backups = backup_nodes(s, it->e.map) };
	if (it->held)
		is.flags |= SYS_MOVE_HELD;
	if (it->move.state != MOVES_IDLE)
		is.flags |= SYS_MOVE_MOVING;
	com_put(rq->m, &is);
	return OK;
}

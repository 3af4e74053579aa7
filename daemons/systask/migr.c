// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "member.h"
#include "moves_record.h"
#include "pids.h"
#include "remote.h"

static unsigned char moves_bytes[MOVES_RECORD_MAX];

static void moves_out(void *arg, const struct moves_msg *m)
{
	struct systask *s = arg;

	group_send(s->group, moves_bytes, moves_encode(moves_bytes, m));
}

/* Takers */

static void taker_drop(struct taker *t)
{
	if (t->pidfd >= 0)
		close(t->pidfd);
	*t = (struct taker){ .endpoint = NONE, .pidfd = -1 };
}

static struct taker *taker_find(struct systask *s, int endpoint)
{
	for (size_t i = 0; i < NR_TAKERS; i++)
		if (s->migr.taker[i].endpoint == endpoint)
			return &s->migr.taker[i];
	return NULL;
}

static bool taker_has_ended(const struct taker *t)
{
	struct pollfd end = { .fd = t->pidfd, .events = POLLIN };

	return t->pidfd < 0 || poll(&end, 1, 0) == 1;
}

/* It is there, and has nothing else to do; whoever is wanted may have it. */
static bool taker_is_ready(struct systask *s, const struct taker *t,
			   const struct moves_want *want)
{
	return t && !taker_has_ended(t) && !procs_find(s, t->client) &&
	       (t->uid == want->uid || !t->uid);
}

/* The process that the new node is to give it to; 0: it is not there yet. */
static int wanted_pid(struct systask *s, int endpoint,
		      const struct moves_want *want)
{
	const struct taker *t = taker_find(s, endpoint);
	const int spare = spare_pid(s, endpoint);

	if (spare || want->pid)
		return spare ? spare : (int)want->pid;
	return taker_is_ready(s, t, want) ? t->pid : 0;
}

/* What a move wants of this node */

static int former_may(struct systask *s, int endpoint,
		      const struct moves_want *want)
{
	const struct proc *p = procs_find(s, endpoint);

	if (!p)
		return EMOLNOTBIND;
	return !want->uid || pids_user_is(p->pid, want->uid) ? 0 : EMOLPERM;
}

/* What stands by here may have it, and nobody else. */
static int new_may(struct systask *s, int endpoint,
		   const struct moves_want *want)
{
	const int spare = spare_pid(s, endpoint);

	if (!want->pid || (int)want->pid == spare)
		return 0;
	if (spare)
		return EMOLBADPID;
	if (want->uid)
		return EMOLPERM;
	return !kill((pid_t)want->pid, 0) || errno == EPERM ? 0 : EMOLBADPID;
}

static int move_start(void *arg, int32_t endpoint, enum moves_role role,
		      const struct moves_want *want)
{
	struct systask *s = arg;
	int rc = 0;

	if (role == MOVES_FORMER)
		rc = former_may(s, endpoint, want);
	else if (role == MOVES_NEW)
		rc = new_may(s, endpoint, want);
	rc = rc ?: mnx_migr_start(s->vmid, endpoint);
	if (rc == EMOLNOTBIND && role == MOVES_OTHER)
		return 0; /* It is not known here. */
	if (rc)
		return rc;
	return role == MOVES_NEW && !wanted_pid(s, endpoint, want) ?
		       MOVES_LATER :
		       0;
}

static void move_failed(const char *what, int endpoint, int rc)
{
	log_line(SD_ERR, "endpoint %d %s: %s", endpoint, what,
		 mnx_strerror(rc));
}

/* Of those that it has brought along others believe this binding. */
static void names_follow(struct systask *s, int endpoint)
{
	const struct proc *p = procs_find(s, endpoint);
	struct pst_entry *e;

	for (e = s->pst.entry; p && e < s->pst.entry + s->pst.nr; e++) {
		if (e->fact.kind != PST_NAME || e->node != s->pst.node ||
		    e->fact.endpoint != endpoint)
			continue;
		e->fact.incarnation = p->incarnation;
		/* If it was taken over, the one before it has them too. */
		e->fact.since--;
		procs_find(s, endpoint)->named = true;
		keep_name(s->keep, &e->fact);
	}
}

static uint32_t user_slot(const struct systask *s, int endpoint)
{
	return (uint32_t)(_ENDPOINT_P(endpoint) - s->first_user);
}

static void commit_here(struct systask *s, int endpoint)
{
	const struct moves_item *it = moves_find(&s->moves, endpoint);
	struct taker *t = taker_find(s, endpoint);
	int pid = wanted_pid(s, endpoint, &it->move.want), rc;

	if (spare_pid(s, endpoint))
		rc = spare_take(s, endpoint);
	else
		rc = pid ? mnx_migr_commit(pid, s->vmid, endpoint, s->node) :
			   EMOLBADPID;
	if (t && !it->move.want.pid)
		taker_drop(t);
	if (rc) {
		move_failed("does not come", endpoint, rc);
		s->migr.failed = endpoint;
		return;
	}
	if (_ENDPOINT_P(endpoint) >= s->first_user)
		slots_follow_here(&s->slots, user_slot(s, endpoint));
	procs_look(s, _ENDPOINT_P(endpoint));
	names_follow(s, endpoint);
	log_line(SD_INFO, "endpoint %d has come to process %d", endpoint, pid);
}

static void commit_away(struct systask *s, int endpoint, int nodeid)
{
	int rc = mnx_migr_commit(PROC_NO_PID, s->vmid, endpoint, nodeid);

	if (!rc && _ENDPOINT_P(endpoint) >= s->first_user)
		slots_follow_away(&s->slots, user_slot(s, endpoint),
				  (uint32_t)s->node_index[nodeid]);
	if (rc)
		move_failed("does not leave", endpoint, rc);
	else
		log_line(SD_INFO, "endpoint %d has moved to node %d", endpoint,
			 nodeid);
	procs_look(s, _ENDPOINT_P(endpoint));
}

/* What was not started here, as the others have it */
static void commit_there(struct systask *s, int endpoint, int nodeid)
{
	int rc;

	mnx_migr_start(s->vmid, endpoint);
	rc = mnx_migr_commit(PROC_NO_PID, s->vmid, endpoint, nodeid);
	if (rc == EMOLRMTPROC) /* It is there already. */
		rc = mnx_migr_rollback(s->vmid, endpoint);
	if (rc == EMOLNOTBIND)
		member_enter(s, endpoint);
	else if (rc)
		move_failed("is elsewhere", endpoint, rc);
}

static void move_commit(void *arg, int32_t endpoint, uint32_t node,
			enum moves_role role)
{
	struct systask *s = arg;

	pst_move(&s->pst, _ENDPOINT_P(endpoint), endpoint, node);
	if (_ENDPOINT_P(endpoint) >= s->first_user)
		remote_moved(s, endpoint, s->node_id[node]);
	switch (role) {
	case MOVES_NEW:
		commit_here(s, endpoint);
		break;
	case MOVES_FORMER:
		commit_away(s, endpoint, s->node_id[node]);
		break;
	case MOVES_OTHER:
		commit_there(s, endpoint, s->node_id[node]);
		break;
	}
}

static void move_rollback(void *arg, int32_t endpoint, enum moves_role role)
{
	struct systask *s = arg;
	int rc = mnx_migr_rollback(s->vmid, endpoint);

	(void)role;
	if (rc && rc != EMOLPROCSTS && rc != EMOLNOTBIND)
		move_failed("does not go on", endpoint, rc);
}

static void move_fence(void *arg, int32_t endpoint)
{
	struct systask *s = arg;
	int rc = mnx_unbind(s->vmid, endpoint);

	log_line(SD_WARNING, "endpoint %d is another node's now: unbound",
		 endpoint);
	if (rc)
		move_failed("stays", endpoint, rc);
	procs_look(s, _ENDPOINT_P(endpoint));
}

static void move_hold(void *arg, int32_t endpoint, bool held)
{
	struct systask *s = arg;
	int rc;

	log_line(SD_NOTICE, "endpoint %d %s", endpoint,
		 held ? "is held: others may take it over" : "goes on");
	rc = held ? mnx_migr_start(s->vmid, endpoint) :
		    mnx_migr_rollback(s->vmid, endpoint);
	/* Of one whose process has ended there is nothing. */
	if (rc && (rc != EMOLNOTBIND || procs_find(s, endpoint)))
		move_failed("is not held", endpoint, rc);
}

static bool move_has(void *arg, int32_t endpoint)
{
	return procs_find(arg, endpoint);
}

static void move_keep(void *arg, const struct moves_kept *kept)
{
	struct systask *s = arg;

	keep_move(s->keep, kept);
}

int migr_error(enum moves_why why, int rc)
{
	static const int errors[MOVES_WHYS] = {
		[MOVES_DONE] = OK,
		[MOVES_AWAY] = EMOLNOTCONN,
		[MOVES_CHANGED] = EMOLAGAIN,
		[MOVES_LATE] = EMOLTIMEDOUT,
		[MOVES_DIED] = EMOLSRCDIED,
		[MOVES_BUSY] = EMOLMIGRATE,
		[MOVES_ELSEWHERE] = EMOLRMTPROC,
		[MOVES_FULL] = EMOLOVERRUN,
		[MOVES_UNSETTLED] = EMOLAGAIN,
		[MOVES_UNKNOWN] = EMOLNONODE,
		[MOVES_REACHABLE] = EMOLBUSY,
		[MOVES_NO_BACKUP] = EMOLNOTBIND,
	};

	return why == MOVES_REFUSED ? rc : errors[why];
}

/* A process that has asked for its own move is not there any more. */
static void move_answered(void *arg, uint32_t number, enum moves_why why,
			  int32_t rc)
{
	struct systask *s = arg;
	struct migr_asked *a;

	for (a = s->migr.asked; a < s->migr.asked + MOVES_ASKED; a++) {
		if (a->number != number)
			continue;
		a->number = 0;
		if (procs_find(s, a->client))
			systask_answer(s, a->client, &a->m,
				       migr_error(why, rc));
	}
}

static const struct moves_ops moves_ops = {
	.send = moves_out,
	.start = move_start,
	.commit = move_commit,
	.rollback = move_rollback,
	.fence = move_fence,
	.hold = move_hold,
	.has = move_has,
	.keep = move_keep,
	.answered = move_answered,
};

/* Start, time */

void migr_init(struct systask *s)
{
	const struct moves_config config = {
		.node = (uint32_t)s->node_index[s->node],
		.pid = (uint32_t)getpid(),
		.life = member_life(),
		.nr_nodes = (uint32_t)s->nr_nodes,
	};

	for (size_t i = 0; i < NR_TAKERS; i++)
		s->migr.taker[i] =
			(struct taker){ .endpoint = NONE, .pidfd = -1 };
	s->migr.failed = NONE;
	spares_init(s);
	moves_init(&s->moves, &config, &moves_ops, s);
}

/* Does what is for it wait, as an earlier SYSTASK has said? */
static bool is_moving(const struct systask *s, int endpoint)
{
	proc_usr_t info;

	return !mnx_getprocinfo(s->vmid, _ENDPOINT_P(endpoint), &info) &&
	       info.p_endpoint == endpoint &&
	       (info.p_rts_flags & MIGRATING ||
		info.p_misc_flags & MIS_NEEDMIGR);
}

static bool is_kept(const struct systask *s, int endpoint)
{
	for (size_t i = 0; i < MOVES_MAX; i++)
		if (s->keep->move[i].used &&
		    s->keep->move[i].kept.e.endpoint == endpoint)
			return true;
	return false;
}

/* What nobody knows of goes on: whose it is the others will say. */
void migr_found(struct systask *s)
{
	const struct moves_kept *kept;
	proc_usr_t info;

	for (int p_nr = -s->usr.vm_nr_tasks; p_nr < s->usr.vm_nr_procs; p_nr++)
		if (!mnx_getprocinfo(s->vmid, p_nr, &info) &&
		    info.p_rts_flags != SLOT_FREE &&
		    (info.p_nodeid != s->node || !is_kept(s, info.p_endpoint)))
			mnx_migr_rollback(s->vmid, info.p_endpoint);
	for (size_t i = 0; i < MOVES_MAX; i++) {
		kept = &s->keep->move[i].kept;
		if (s->keep->move[i].used)
			moves_had(&s->moves, kept,
				  is_moving(s, kept->e.endpoint));
	}
	spares_found(s);
}

void migr_look(struct systask *s)
{
	for (uint32_t i = 0; i < s->moves.nr; i++) {
		const struct moves_item *it = &s->moves.item[i];

		if (it->move.state == MOVES_STARTED && !it->move.voted &&
		    it->move.role == MOVES_NEW &&
		    wanted_pid(s, it->e.endpoint, &it->move.want))
			moves_ready(&s->moves, it->e.endpoint, 0);
	}
	if (s->migr.failed != NONE) {
		const int endpoint = s->migr.failed;

		s->migr.failed = NONE;
		moves_unbound(&s->moves, endpoint);
	}
	spares_look(s);
}

static void takers_look(struct systask *s)
{
	for (size_t i = 0; i < NR_TAKERS; i++) {
		struct taker *t = &s->migr.taker[i];
		const int endpoint = t->endpoint;

		if (endpoint == NONE || !taker_has_ended(t))
			continue;
		taker_drop(t);
		moves_ready(&s->moves, endpoint, EMOLBADPID);
	}
}

/* How long votes may take, as who asked for it here has said */
static uint64_t patience(const struct systask *s, const struct moves_id *id)
{
	const struct migr_asked *a;

	for (a = s->migr.asked; a < s->migr.asked + MOVES_ASKED; a++)
		if (a->number == id->number && id->life == s->moves.is.life)
			return a->ms;
	return PATIENCE_MS;
}

void migr_time(struct systask *s)
{
	const uint64_t now = systask_now();

	takers_look(s);
	migr_look(s);
	for (uint32_t i = 0; i < s->moves.nr; i++) {
		const struct moves_item *it = &s->moves.item[i];
		struct migr_started *b = &s->migr.started[i];

		if (it->move.state != MOVES_STARTED ||
		    it->move.role != MOVES_FORMER)
			continue;
		if (memcmp(&b->id, &it->move.id, sizeof(b->id)) != 0) {
			b->id = it->move.id;
			b->since = now;
		} else if (now - b->since >= patience(s, &b->id)) {
			moves_timeout(&s->moves, it->e.endpoint);
		}
	}
}

bool migr_is_elsewhere(const struct systask *s, int endpoint, uint32_t node)
{
	const struct moves_item *it = moves_find(&s->moves, endpoint);

	return it && it->e.term && it->e.node != node &&
	       it->e.node != MOVES_NOBODY;
}

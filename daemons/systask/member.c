// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/le.h"
#include "member.h"
#include "moves_record.h"
#include "pst_record.h"
#include "record.h"
#include "remote.h"

/* Whatever a member sends: the larger of the two */
#define BYTES_MAX (RECORD_MAX > PST_RECORD_MAX ? RECORD_MAX : PST_RECORD_MAX)

#define SECOND_MS 1000

static unsigned char bytes[BYTES_MAX];

static void slot_clear(const struct systask *s, int p_nr)
{
	proc_usr_t info;
	int rc;

	if (s->leaving || mnx_getprocinfo(s->vmid, p_nr, &info) ||
	    info.p_rts_flags == SLOT_FREE || info.p_nodeid != s->node)
		return;
	log_line(SD_WARNING,
		 "the process in slot %d is unbound: the slot is another "
		 "node's now",
		 p_nr);
	rc = mnx_unbind(s->vmid, info.p_endpoint);
	if (rc)
		log_line(SD_ERR, "slot %d: %s", p_nr, mnx_strerror(rc));
}

/*
 * Of what is given away the driver has to know first: from then on nobody binds
 * there any more.  Who did, just before, has no slot.
 */
static void slots_give(struct systask *s, const struct slots_msg *m)
{
	s->owners_changed = true;
	member_follow(s);
	for (uint32_t i = 0; i < m->nr_entries; i++)
		slot_clear(s, s->first_user + (int)m->entry[i].slot);
}

static void slots_out(void *arg, const struct slots_msg *m)
{
	struct systask *s = arg;

	if (m->type == SLOTS_DONATE)
		slots_give(s, m);
	group_send(s->group, bytes, record_encode(bytes, m));
}

static void pst_out(void *arg, const struct pst_msg *m)
{
	struct systask *s = arg;

	group_send(s->group, bytes, pst_encode(bytes, m));
}

/* What the driver is told of slots; keep has 0 for what it was never told. */

#define OWNER_TOLD (1 - M3IPC_NOBODY)

static int owner_of(const struct systask *s, uint32_t slot)
{
	const struct slots_slot *is = &s->slots.slot[slot];

	if (is->use == SLOTS_DONATING)
		return s->node_id[is->taker.node];
	if (!is->owner.number)
		return M3IPC_NOBODY;
	if ((int)is->owner.node == s->node_index[s->node] &&
	    (is->use == SLOTS_NONE || is->use == SLOTS_HELD))
		return M3IPC_NOBODY;
	return s->node_id[is->owner.node];
}

/* Of one owner; those that the driver has been told of only with `all' */
static void owners_tell(struct systask *s, int owner, bool all)
{
	uint64_t set[M3IPC_SLOT_WORDS] = { 0 };
	bool any = false;
	int rc;

	for (int i = 0; i < s->nr_users; i++) {
		const int p_nr = s->first_user + i;
		const int told = s->keep->owner[p_nr] - OWNER_TOLD;

		if (all ? told != owner :
			  told == owner || owner_of(s, (uint32_t)i) != owner)
			continue;
		remote_make_room(s, p_nr);
		set[p_nr / 64] |= UINT64_C(1) << p_nr % 64;
		s->keep->owner[p_nr] = (int16_t)(owner + OWNER_TOLD);
		any = true;
	}
	rc = any ? mnx_setowners(s->vmid, owner, set) : 0;
	if (rc && !s->leaving)
		log_line(SD_ERR, "whose the slots are: %s", mnx_strerror(rc));
}

static void owners_tell_all(struct systask *s, bool all)
{
	owners_tell(s, M3IPC_NOBODY, all);
	for (int i = 0; i < s->nr_nodes; i++)
		owners_tell(s, s->node_id[i], all);
}

void member_follow(struct systask *s)
{
	if (!s->owners_changed)
		return;
	s->owners_changed = false;
	owners_tell_all(s, false);
}

/*
 * Own slots, and those of none, are nobody's until the group has said whose
 * they are; in others' the driver may go on to let their processes be known.
 */
void member_prepare(struct systask *s)
{
	for (int i = 0; i < s->nr_users; i++) {
		int16_t *owner = &s->keep->owner[s->first_user + i];
		const int told = *owner - OWNER_TOLD;

		if (told < 0 || told >= SLOTS_NODES || told == s->node ||
		    s->node_index[told] < 0)
			*owner = M3IPC_NOBODY + OWNER_TOLD;
	}
	owners_tell_all(s, true);
}

/* What the slots want */

static uint64_t nodes_of(const struct systask *s, uint64_t indexes)
{
	uint64_t nodes = 0;

	for (int i = 0; i < s->nr_nodes; i++)
		if (indexes >> i & 1)
			nodes |= UINT64_C(1) << s->node_id[i];
	return nodes;
}

static void forget_answer(struct systask *s, const struct slots_action *a)
{
	sys_forget_t rq = { .nodes = nodes_of(s, a->nodes) };
	int client = s->forgetting, rc = OK;

	if (a->act == SLOTS_DO_NOT_FORGET)
		rc = rq.nodes ? EMOLNONODE : EMOLAGAIN;
	s->forgetting = NONE;
	com_put(&s->forget, &rq);
	if (client != NONE && !s->forget_left)
		systask_answer(s, client, &s->forget, rc);
}

static void table_is_there(struct systask *s)
{
	int rc = s->nr_nodes > 1 ? mnx_lease(s->vmid, LEASE_MS) : 0;

	if (rc)
		log_line(SD_ERR, "lease: %s", mnx_strerror(rc));
	log_line(SD_INFO, "the slots are known: %u of %d are this node's",
		 slots_count(&s->slots, SLOTS_FREE) +
			 slots_count(&s->slots, SLOTS_USED),
		 s->nr_users);
}

static void slots_wants(void *arg, const struct slots_action *a)
{
	struct systask *s = arg;

	switch (a->act) {
	case SLOTS_DO_GIVE:
		/* The driver has to know by then that the slot is ours. */
		s->owners_changed = true;
		member_follow(s);
		fork_go_on(s, &s->pending[a->cookie], a->slot);
		break;
	case SLOTS_DO_UNBIND:
		slot_clear(s, s->first_user + a->slot);
		break;
	case SLOTS_DO_UNBIND_NODE:
		/* A SYSTASK that starts anew finds its processes again. */
		if (s->expires[a->node])
			break;
		remotes_end(s, s->node_id[a->node]);
		pst_forget(&s->pst, a->node);
		moves_dead(&s->moves, a->node);
		break;
	case SLOTS_DO_RUN:
		table_is_there(s);
		break;
	case SLOTS_DO_LEAVE:
		s->left = true;
		group_leave(s->group);
		break;
	case SLOTS_DO_REFUSE:
		log_line(SD_ERR,
			 "%s has other sizes, nodes or another id at "
			 "the other nodes: this one stays out",
			 s->vm->name);
		systask_end(s, SYSTASK_REFUSED);
		break;
	case SLOTS_DO_CONFLICT:
		log_line(SD_ERR,
			 "%s was begun twice, at nodes that did not "
			 "see each other: this one begins anew",
			 s->vm->name);
		s->restart = true;
		break;
	case SLOTS_DO_REJOIN:
		log_line(SD_WARNING, "nobody has sent a table: joining anew");
		s->restart = true;
		break;
	case SLOTS_DO_FORGOTTEN:
	case SLOTS_DO_NOT_FORGET:
		forget_answer(s, a);
		break;
	}
	s->owners_changed = true;
}

/* What the process table wants */

/* System slots are for all, but each system task's is for its node. */
static bool may_have(const struct systask *s, uint32_t node, int p_nr)
{
	if (p_nr < -s->usr.vm_nr_tasks || p_nr >= s->first_user)
		return false;
	for (int i = 0; i < s->nr_nodes; i++)
		if (p_nr == SYSTASK(s->node_id[i]))
			return i == (int)node;
	return true;
}

static void process_enter(struct systask *s, uint32_t node,
			  const struct pst_fact *fact)
{
	char name[M3IPC_NAME_LEN];
	int rc;

	if (migr_is_elsewhere(s, fact->endpoint, node))
		return;
	if (!may_have(s, node, fact->endpoint)) {
		log_line(SD_WARNING,
			 "node %d says it has slot %d, which is not for it",
			 s->node_id[node], fact->endpoint);
		return;
	}
	remote_make_room(s, fact->endpoint);
	snprintf(name, sizeof(name), "%.*s", (int)sizeof(name) - 1, fact->text);
	rc = mnx_rmtbind_as(s->vmid, name, fact->endpoint, s->node_id[node],
			    fact->incarnation);
	if (mnx_bind_failed(rc))
		log_line(SD_WARNING, "%s of node %d, endpoint %d: %s", name,
			 s->node_id[node], fact->endpoint, mnx_strerror(rc));
}

void member_enter(struct systask *s, int p_nr)
{
	const struct pst_entry *e = pst_holder(&s->pst, p_nr);

	if (e && e->node != s->pst.node)
		process_enter(s, e->node, &e->fact);
}

static void word_hear(struct systask *s, const struct pst_action *a)
{
	const struct pst_fact *of = a->fact;

	switch (a->word) {
	case PST_KILL:
		if (procs_find(s, of->endpoint))
			signal_send(s, of->endpoint, (int)of->since,
				    (uint32_t)of->incarnation);
		break;
	case PST_USER:
		remote_user(s, of->endpoint, s->node_id[a->node],
			    (uint32_t)of->since);
		break;
	case PST_ENDED:
		if (a->node != s->pst.node)
			remote_ended(s, of->endpoint, s->node_id[a->node],
				     (int)of->since);
		break;
	case PST_ASK:
		if ((int)of->since == s->node)
			remote_answer(s, of->endpoint);
		break;
	default:
		break;
	}
}

static void pst_wants(void *arg, const struct pst_action *a)
{
	struct systask *s = arg;

	switch (a->act) {
	case PST_DO_ENTER:
		process_enter(s, a->node, a->fact);
		break;
	case PST_DO_REMOVE:
		if (migr_is_elsewhere(s, a->fact->endpoint, a->node))
			break;
		/* The one that was there before it is back, and to be fenced.
		 */
		if (spare_is_said(s, a->fact->endpoint, a->node))
			break;
		remote_ended(s, a->fact->endpoint, s->node_id[a->node],
			     SIGKILL);
		break;
	case PST_DO_DECIDED:
		name_decided(s, a);
		break;
	case PST_DO_LOST:
		name_lost(s, a->fact);
		break;
	case PST_DO_APPEARED:
		name_appeared(s, a->fact);
		break;
	case PST_DO_WORD:
		word_hear(s, a);
		break;
	}
}

static const struct slots_ops slots_ops = { slots_out, slots_wants };
static const struct pst_ops pst_ops = { pst_out, pst_wants };

/* What the group says */

/* Nodes that are none of the VM are left out. */
static void view_translate(const struct systask *s, struct slots_view *to,
			   const struct slots_view *from)
{
	to->nr = to->nr_left = 0;
	for (uint32_t i = 0; i < from->nr; i++) {
		struct slots_id id = from->id[i];

		if (id.node >= SLOTS_NODES || s->node_index[id.node] < 0)
			continue;
		id.node = (uint32_t)s->node_index[id.node];
		to->id[to->nr++] = id;
	}
	for (uint32_t i = 0; i < from->nr_left; i++) {
		struct slots_id id = from->left[i].id;

		if (id.node >= SLOTS_NODES || s->node_index[id.node] < 0)
			continue;
		id.node = (uint32_t)s->node_index[id.node];
		to->left[to->nr_left].id = id;
		to->left[to->nr_left++].reason = from->left[i].reason;
	}
}

static void view_note_ends(struct systask *s, const struct slots_view *view)
{
	for (uint32_t i = 0; i < view->nr_left; i++)
		s->expires[view->left[i].id.node] =
			view->left[i].reason == SLOTS_PROCDOWN ?
				systask_now() + EXPIRED_MS :
				0;
	for (uint32_t i = 0; i < view->nr; i++)
		s->expires[view->id[i].node] = 0;
}

static void node_is_gone(struct systask *s, uint32_t node)
{
	pst_forget(&s->pst, node);
	moves_dead(&s->moves, node);
}

/* Who left in good order has ended its VM: nothing of it is left there. */
static void view_forget(struct systask *s, const struct slots_view *view)
{
	for (uint32_t i = 0; i < view->nr_left; i++)
		if (view->left[i].reason == SLOTS_LEAVE)
			node_is_gone(s, view->left[i].id.node);
}

static void view_log(const struct systask *s, const struct slots_view *view)
{
	char list[512] = "";
	size_t n = 0;

	for (uint32_t i = 0; i < view->nr && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %d",
				      s->node_id[view->id[i].node]);
	log_line(SD_INFO, "in the group:%s", view->nr ? list : " nobody");
}

static void group_view_comes(void *arg, const struct slots_view *from)
{
	struct systask *s = arg;
	static struct slots_view view;

	view_translate(s, &view, from);
	view_log(s, &view);
	view_note_ends(s, &view);
	slots_view(&s->slots, &view);
	pst_view(&s->pst, &view);
	moves_view(&s->moves, &view);
	view_forget(s, &view);
	remotes_ask(s);
	s->owners_changed = true;
	if (s->left && !view.nr)
		systask_end(s, DAEMON_ENDED);
}

static void message_is_bad(const struct slots_id *from, const char *why)
{
	static struct log_limit limit;

	log_limited(&limit, log_now(), SD_WARNING,
		    "a message of node %u, process %u, is ignored: %s",
		    from->node, from->pid, why);
}

/* Which machine a message is for */
static uint32_t magic_of(const void *data, size_t size)
{
	return size < sizeof(uint32_t) ? 0 : le_get32(data, 0);
}

static enum record_error message_deliver(struct systask *s,
					 const struct slots_id *id,
					 const void *data, size_t size)
{
	static union {
		struct slots_msg slots;
		struct pst_msg pst;
		struct moves_msg moves;
	} m;
	enum record_error error;

	switch (magic_of(data, size)) {
	case PST_RECORD_MAGIC:
		error = pst_decode(&m.pst, data, size);
		if (error == RECORD_OK)
			pst_deliver(&s->pst, id, &m.pst);
		return error;
	case MOVES_RECORD_MAGIC:
		error = moves_decode(&m.moves, data, size);
		if (error == RECORD_OK)
			moves_deliver(&s->moves, id, &m.moves);
		migr_look(s);
		return error;
	default:
		error = record_decode(&m.slots, data, size);
		/* Slots in which somebody is are not given away. */
		if (error == RECORD_OK && m.slots.type == SLOTS_REQUEST)
			procs_follow(s);
		if (error == RECORD_OK)
			slots_deliver(&s->slots, id, &m.slots);
		s->owners_changed = true;
		return error;
	}
}

static void group_delivers(void *arg, const struct slots_id *from,
			   const void *data, size_t size)
{
	struct systask *s = arg;
	struct slots_id id = *from;
	enum record_error error;

	if (id.node >= SLOTS_NODES || s->node_index[id.node] < 0) {
		message_is_bad(from, "not a node of the VM");
		return;
	}
	id.node = (uint32_t)s->node_index[id.node];
	error = message_deliver(s, &id, data, size);
	if (error != RECORD_OK)
		message_is_bad(from, record_error_name(error));
}

/*
 * Of a node that is cut off nobody knows whether its SYSTASK is dead: an
 * orderly end of its Corosync, under one that lives on, looks like that first.
 */
static void group_ring_changes(void *arg, uint64_t nodes)
{
	struct systask *s = arg;

	for (int i = 0; i < s->nr_nodes; i++)
		if (!(nodes >> s->node_id[i] & 1))
			s->expires[i] = 0;
	spares_ring(s, nodes);
}

static const struct group_ops group_ops = { .view = group_view_comes,
					    .deliver = group_delivers,
					    .ring = group_ring_changes };

/* Start and end */

static uint64_t digest_add(uint64_t digest, uint64_t number)
{
	return (digest ^ number) * UINT64_C(0x100000001b3);
}

/* What has to be the same at all nodes */
static uint64_t params_digest(const struct systask *s)
{
	const VM_usr_t *u = &s->usr;
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	digest = digest_add(digest, (uint64_t)u->vm_vmid);
	digest = digest_add(digest, (uint64_t)u->vm_nr_procs);
	digest = digest_add(digest, (uint64_t)u->vm_nr_tasks);
	digest = digest_add(digest, (uint64_t)u->vm_nr_sysprocs);
	digest = digest_add(digest, u->vm_nodes);
	for (size_t i = 0; i < sizeof(u->vm_name) && u->vm_name[i]; i++)
		digest = digest_add(digest, (unsigned char)u->vm_name[i]);
	return digest;
}

uint32_t member_life(void)
{
	uint32_t life = 0;

	while (!life)
		if (getrandom(&life, sizeof(life), 0) != sizeof(life))
			life = (uint32_t)getpid();
	return life;
}

static void slots_begin(struct systask *s)
{
	const struct slots_config config = {
		.node = (uint32_t)s->node_index[s->node],
		.pid = (uint32_t)getpid(),
		.life = member_life(),
		.nr_nodes = (uint32_t)s->nr_nodes,
		.nr_slots = (uint32_t)s->nr_users,
		.params = params_digest(s),
	};

	slots_init(&s->slots, &config, &slots_ops, s);
}

void member_init(struct systask *s)
{
	pst_init(&s->pst, (uint32_t)s->node_index[s->node], &pst_ops, s);
	migr_init(s);
	slots_begin(s);
	s->forgetting = NONE;
}

bool member_start(struct systask *s)
{
	char name[M3IPC_NAME_LEN + 8];

	snprintf(name, sizeof(name), "m3ipc:%s", s->vm->name);
	s->group =
		s->vm->membership == CONFIG_COROSYNC ?
			group_cpg_open(name, (uint32_t)s->node, &group_ops, s) :
			group_single_open((uint32_t)s->node, &group_ops, s);
	if (!s->group) {
		log_line(SD_ERR, "group %s: %m", name);
		return false;
	}
	group_join(s->group);
	return true;
}

/* In a new life, with the processes that there are */
static void member_restart(struct systask *s)
{
	s->restart = false;
	group_leave(s->group);
	for (size_t i = 0; i < NR_PENDING; i++)
		if (s->pending[i].client != NONE &&
		    s->pending[i].m.m_type == SYS_FORK)
			pending_end(s, &s->pending[i], EMOLAGAIN);
	if (s->forgetting != NONE)
		forget_answer(s, &(struct slots_action){
					 .act = SLOTS_DO_NOT_FORGET });
	slots_begin(s);
	for (int i = 0; i < s->nr_users; i++)
		if (s->procs.proc[s->first_user + i + s->usr.vm_nr_tasks]
			    .endpoint != NONE)
			slots_found_process(&s->slots, (uint32_t)i);
	group_join(s->group);
	s->owners_changed = true;
}

static void expire(struct systask *s)
{
	const uint64_t now = systask_now();

	for (int i = 0; i < s->nr_nodes; i++) {
		if (!s->expires[i] || s->expires[i] > now)
			continue;
		s->expires[i] = 0;
		log_line(SD_NOTICE,
			 "node %d is without SYSTASK for long: its "
			 "processes have ended",
			 s->node_id[i]);
		remotes_end(s, s->node_id[i]);
		node_is_gone(s, (uint32_t)i);
		slots_expired(&s->slots, (uint32_t)i);
	}
}

/*
 * For something that others should do soon?  As long as no node has a table,
 * because not all are there to found one, nobody owes anything.
 */
static bool is_waiting(const struct systask *s)
{
	if (s->slots.state == SLOTS_RUNNING)
		return s->slots.requested;
	for (uint32_t i = 0; i < s->slots.nr_members; i++)
		if (s->slots.member[i].id.life)
			return true;
	return false;
}

/* In how many ms the next node expires, if that is before the next second */
static uint64_t expire_next(const struct systask *s)
{
	const uint64_t now = systask_now();
	uint64_t in = spares_next(s, SECOND_MS);

	for (int i = 0; i < s->nr_nodes; i++)
		if (s->expires[i] && s->expires[i] < now + in)
			in = s->expires[i] > now ? s->expires[i] - now : 1;
	return in;
}

uint64_t member_time(struct systask *s)
{
	static uint64_t since;

	expire(s);
	remotes_time(s);
	spares_time(s);
	migr_time(s);
	if (!is_waiting(s))
		since = systask_now();
	else if (systask_now() - since >= PATIENCE_MS) {
		since = systask_now();
		slots_timeout(&s->slots);
	}
	if (s->restart)
		member_restart(s);
	if (s->slots.state != SLOTS_RUNNING) {
		s->wanted = systask_now() - PATIENCE_MS + SECOND_MS;
	} else if (systask_now() - s->wanted >= PATIENCE_MS) {
		s->wanted = systask_now();
		slots_want(&s->slots);
	}
	member_follow(s);
	return expire_next(s);
}

void member_leave(struct systask *s)
{
	s->leaving = true;
	slots_leave(&s->slots);
}

void member_status(const struct systask *s)
{
	static const char *const states[SLOTS_STATES] = {
		[SLOTS_INIT] = "not in the group",
		[SLOTS_WAIT_VMINFO] = "in the group, waits for the others",
		[SLOTS_WAIT_PST] = "in the group, reads the table",
		[SLOTS_RUNNING] = "running",
		[SLOTS_LEAVING] = "leaving",
	};

	sd_notifyf(0, "%sSTATUS=%s, %u of %d nodes",
		   s->slots.state == SLOTS_RUNNING ? "READY=1\n" : "",
		   states[s->slots.state], s->slots.nr_members, s->nr_nodes);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Backups: what a process that stands by is and is not, who knows of it, and
 * how it gets the endpoint, from a node that is there or from one that is lost.
 */
#include <sys/syscall.h>

#include "migr.h"
#include "raw.h"

#define NODES   3
#define HOME    1 /* of the primary */
#define AWAY    2 /* of its backup */
#define PRIMARY 10
#define CLIENT  20

/* A generic error of a call that returns an endpoint */
#define MOVED(code) ((code)-1000)

#define TEXT(number) .m = { .m_type = 7, .m1_i1 = (number) }

static struct actor *primary, *backup;

static void set_up(void)
{
	cluster_up(NODES);
}

static int stand_by(const struct actor *b, int ep)
{
	return migr_stand_by(b->nodeid, b->pid, ep, HOME);
}

static void cast(void)
{
	primary = actor_at(HOME, PROCESS, PRIMARY);
	backup = spare_at(AWAY);
	ASSERT_RC(stand_by(backup, PRIMARY), OK);
}

static bool is_map(uint64_t map)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (slot_on(i, PRIMARY).p_nodemap != map)
			return false;
	return true;
}

static void map_await(uint64_t map)
{
	AWAIT(is_map(map));
}

/* A request of the client is answered by that. */
static void answer(struct actor *client, struct actor *server, int number)
{
	struct result r;

	START(client, .op = OP_SENDREC, .peer = PRIMARY, .ms = -1,
	      TEXT(number));
	r = CALL(server, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, number);
	ASSERT_RC(CALL_RC(server, .op = OP_REPLY, .peer = client->ep,
			  TEXT(number + 1)),
		  OK);
	r = actor_end(client);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, PRIMARY);
	ck_assert_int_eq(r.m.m1_i1, number + 1);
}

/* It stays an endpoint of its node for everybody, and the backup is nobody. */
START_TEST(stands_by)
{
	static const struct call calls[] = {
		{ .op = OP_SEND, .peer = CLIENT, .ms = -1 },
		{ .op = OP_RECEIVE, .peer = ANY, .ms = -1 },
		{ .op = OP_SENDREC, .peer = CLIENT, .ms = -1 },
		{ .op = OP_RCVRQST, .ms = -1 },
		{ .op = OP_REPLY, .peer = CLIENT },
		{ .op = OP_NOTIFY, .peer = CLIENT },
		{ .op = OP_GETEP },
	};
	struct actor *client;
	proc_usr_t info;
	int i;

	cast();
	client = actor_at(AWAY, PROCESS, CLIENT);
	info = slot_on(AWAY, PRIMARY);
	ck_assert_uint_eq(info.p_rts_flags, REMOTE);
	ck_assert_uint_eq(info.p_misc_flags, MIS_BACKUP);
	ck_assert_int_eq(info.p_lpid, backup->pid);
	ck_assert_int_eq(info.p_nodeid, HOME);
	map_await(1 << HOME | 1 << AWAY);
	for (i = 0; i < NR_OF(calls); i++)
		ASSERT_RC(actor_do(backup, calls[i]).rc, EMOLNOTBIND);
	ASSERT_RC(CALL_RC(backup, .op = OP_WAIT4BIND, .ms = 0),
		  MOVED(EMOLAGAIN));
	ASSERT_RC(CALL_RC(backup, .op = OP_WAIT4BIND, .ms = SHORT),
		  MOVED(EMOLTIMEDOUT));
	answer(client, primary, 1);
}
END_TEST

/* Another node's backup is told, too; and what was missed is told again. */
START_TEST(map)
{
	struct actor *other = spare_at(0);

	cast();
	ASSERT_RC(stand_by(other, PRIMARY), OK);
	map_await(7);
	cluster_cut(0, AWAY);
	AWAIT(slot_on(0, PRIMARY).p_nodemap == (1 << HOME | 1 << 0));
	AWAIT(slot_on(AWAY, PRIMARY).p_nodemap == (1 << HOME | 1 << AWAY));
	actor_kill(other);
	AWAIT(slot_on(HOME, PRIMARY).p_nodemap == (1 << HOME | 1 << AWAY));
	cluster_mend(0, AWAY);
	map_await(1 << HOME | 1 << AWAY);
}
END_TEST

/* How a backup goes, and nothing else with it */
enum leaves {
	DIES,
	UNBINDS,
	UNBINDS_BY_NAME,
	NR_LEAVES
};

START_TEST(leaves)
{
	struct actor *client;
	proc_usr_t info;

	cast();
	client = actor_at(AWAY, PROCESS, CLIENT);
	map_await(1 << HOME | 1 << AWAY);
	if (_i == DIES)
		actor_kill(backup);
	else
		ASSERT_RC(CALL_RC(backup, .op = OP_UNBIND,
				  .peer = _i == UNBINDS ? SELF : PRIMARY),
			  OK);
	AWAIT(!(slot_on(AWAY, PRIMARY).p_misc_flags & MIS_BACKUP));
	info = slot_on(AWAY, PRIMARY);
	ck_assert_uint_eq(info.p_rts_flags, REMOTE);
	ck_assert_int_eq(info.p_lpid, PROC_NO_PID);
	map_await(1 << HOME);
	answer(client, primary, 1);
	backup = spare_at(AWAY);
	ASSERT_RC(stand_by(backup, PRIMARY), OK);
	map_await(1 << HOME | 1 << AWAY);
}
END_TEST

/* What it stands by for goes: it waits no more, and may be something else. */
enum ends {
	PRIMARY_DIES,
	PRIMARY_UNBOUND,
	NODE_LEAVES,
	VM_ENDS,
	NR_ENDS
};

START_TEST(dismissed)
{
	struct m3ipc_vmid vm = { .vmid = VMID };
	struct m3ipc_vmnode node = { .vmid = VMID, .nodeid = HOME };
	struct m3ipc_unbind ep = { .vmid = VMID,
				   .endpoint = PRIMARY,
				   .timeout = -1 };
	int fd = cluster_fd(AWAY);

	cast();
	START(backup, .op = OP_WAIT4BIND, .ms = -1);
	actor_await_syscall(backup, SYS_ioctl);
	switch ((enum ends)_i) {
	case PRIMARY_DIES:
		actor_kill(primary);
		break;
	case PRIMARY_UNBOUND:
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_UNBIND, &ep), OK);
		break;
	case NODE_LEAVES:
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DEL_NODE, &node), OK);
		break;
	case VM_ENDS:
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_END, &vm), OK);
		break;
	case NR_ENDS:
		break;
	}
	ASSERT_RC(actor_end(backup).rc, EMOLNOTBIND);
	if (_i == VM_ENDS)
		return;
	AWAIT(slot_on(AWAY, PRIMARY).p_rts_flags == SLOT_FREE);
	ASSERT_RC(CALL_RC(backup, .op = OP_BIND, .peer = PRIMARY), PRIMARY);
}
END_TEST

/* It gets the endpoint from a primary that is there, with all that waits. */
START_TEST(promoted)
{
	struct actor *taken, *waits;
	struct result r;

	cast();
	taken = actor_at(_i, PROCESS, CLIENT);
	waits = actor_at(_i, PROCESS, CLIENT + 1);
	START(backup, .op = OP_WAIT4BIND, .ms = -1);
	actor_await_syscall(backup, SYS_ioctl);
	START(taken, .op = OP_SENDREC, .peer = PRIMARY, .ms = -1, TEXT(1));
	ASSERT_RC(CALL_RC(primary, .op = OP_RCVRQST, .ms = -1), OK);
	START(waits, .op = OP_SENDREC, .peer = PRIMARY, .ms = -1, TEXT(3));
	AWAIT(slot_on(HOME, CLIENT + 1).p_rts_flags & SENDING);
	migr_start_all(NODES, PRIMARY);
	migr_commit_all(NODES, _i, primary, backup);
	ASSERT_RC(actor_end(backup).rc, PRIMARY);
	ASSERT_RC(CALL_RC(primary, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLNOTBIND);
	ASSERT_RC(CALL_RC(backup, .op = OP_REPLY, .peer = CLIENT, TEXT(2)), OK);
	r = actor_end(taken);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 2);
	r = CALL(backup, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 3);
	ASSERT_RC(CALL_RC(backup, .op = OP_REPLY, .peer = CLIENT + 1), OK);
	ASSERT_RC(actor_end(waits).rc, OK);
	ck_assert_uint_eq(slot_on(AWAY, PRIMARY).p_rts_flags, 0);
	ck_assert_uint_eq(slot_on(AWAY, PRIMARY).p_misc_flags, MIS_GRPLEADER);
	map_await(1 << AWAY);
	actor_kill(backup);
	AWAIT(slot_on(0, PRIMARY).p_rts_flags == SLOT_FREE);
}
END_TEST

/* The primary's node is lost, and so are the requests that it had. */
START_TEST(takes_over)
{
	struct actor *client;
	bool taken = _i / 2;
	int at = _i % 2 ? AWAY : 0;

	cast();
	client = actor_at(at, PROCESS, CLIENT);
	map_await(1 << HOME | 1 << AWAY);
	START(backup, .op = OP_WAIT4BIND, .ms = -1);
	START(client, .op = OP_SENDREC, .peer = PRIMARY, .ms = -1, TEXT(1));
	if (taken)
		ASSERT_RC(CALL_RC(primary, .op = OP_RCVRQST, .ms = -1), OK);
	else
		AWAIT(slot_on(HOME, CLIENT).p_rts_flags & SENDING);
	cluster_cut(HOME, 0);
	cluster_cut(HOME, AWAY);
	ASSERT_RC(actor_end(client).rc, EMOLNOTCONN);
	ck_assert_uint_eq(slot_on(AWAY, PRIMARY).p_misc_flags, MIS_BACKUP);
	ASSERT_RC(migr_start(0, PRIMARY), OK);
	ASSERT_RC(migr_start(AWAY, PRIMARY), OK);
	START(client, .op = OP_SENDREC, .peer = PRIMARY, .ms = -1, TEXT(5));
	AWAIT(slot_on(at, CLIENT).p_rts_flags & WAITMIGR);
	ASSERT_RC(migr_commit(0, PROC_NO_PID, PRIMARY, AWAY), OK);
	ASSERT_RC(migr_commit(AWAY, backup->pid, PRIMARY, AWAY), OK);
	ASSERT_RC(actor_end(backup).rc, PRIMARY);
	ck_assert_int_eq(CALL(backup, .op = OP_RCVRQST, .ms = -1).m.m1_i1, 5);
	ASSERT_RC(CALL_RC(backup, .op = OP_REPLY, .peer = CLIENT), OK);
	ASSERT_RC(actor_end(client).rc, OK);
	answer(client, backup, 7);
	/* The former primary's node is back, and says things. */
	cluster_mend(HOME, 0);
	cluster_mend(HOME, AWAY);
	START(primary, .op = OP_SEND, .peer = CLIENT, .ms = SHORT);
	ASSERT_RC(CALL_RC(client, .op = OP_RECEIVE, .peer = ANY,
			  .ms = 10 * SHORT),
		  EMOLTIMEDOUT);
	actor_kill(primary);
	answer(client, backup, 9);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ stands_by, 1 },      { map, 1 },
		{ leaves, NR_LEAVES }, { dismissed, NR_ENDS },
		{ promoted, NODES },   { takes_over, 4 },
	};

	stage_init();
	return RUN_TESTS("backups", 60, set_up, cluster_down, tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replicas: an endpoint that is local on the nodes that have one, and of the
 * lowest of them on a third; what becomes of who waits when one goes or comes.
 */
#include "migr.h"
#include "raw.h"

#define NODES   3
#define THIRD   0 /* has none */
#define LOW     1
#define HIGH    2
#define SERVER  10
#define CLIENT  20 /* and its node's number */
#define BYSTAND 24

#define TEXT(number) .m = { .m_type = 7, .m1_i1 = (number) }

static struct actor *server[NODES], *client[NODES];

static void set_up(void)
{
	int i;

	cluster_up(NODES);
	for (i = 0; i < NODES; i++) {
		client[i] = actor_at(i, PROCESS, CLIENT + i);
		server[i] = NULL;
	}
}

static void replicate(int at)
{
	int rc;

	server[at] = spare_at(at);
	AWAIT((rc = migr_replicate(server[at], SERVER)) != EMOLSLOTUSED);
	ASSERT_RC(rc, OK);
}

static bool is_map(uint64_t map)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (slot_on(i, SERVER).p_nodemap != map)
			return false;
	return true;
}

static bool is_of(int at, int nodeid)
{
	proc_usr_t info = slot_on(at, SERVER);

	return info.p_nodeid == nodeid && info.p_misc_flags & MIS_REPLICA &&
	       info.p_rts_flags == (at == nodeid ? 0 : REMOTE);
}

/* Both nodes have one, and the third knows of that. */
static void cast(void)
{
	const struct actor entry = { .ep = SERVER, .nodeid = HIGH };

	replicate(HIGH);
	cluster_enter(THIRD, &entry);
	replicate(LOW);
	AWAIT(is_of(THIRD, LOW));
	AWAIT(is_map(1 << LOW | 1 << HIGH));
}

/* The client of a node asks; that replica has the request. */
static void ask(int at, int by, int number)
{
	struct result r;

	START(client[at], .op = OP_SENDREC, .peer = SERVER, .ms = -1,
	      TEXT(number));
	r = CALL(server[by], .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, CLIENT + at);
	ck_assert_int_eq(r.m.m1_i1, number);
}

/* It answers, with that primitive. */
static void answer(int at, int by, int number, enum op op)
{
	struct result r;

	ASSERT_RC(CALL_RC(server[by], .op = op, .peer = CLIENT + at, .ms = -1,
			  TEXT(number)),
		  OK);
	r = actor_end(client[at]);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, SERVER);
	ck_assert_int_eq(r.m.m1_i1, number);
}

static void serve(int at, int by)
{
	ask(at, by, 1);
	answer(at, by, 2, OP_REPLY);
}

/* Each node's processes have their own; the third the lowest, by any word. */
START_TEST(nearest)
{
	cast();
	ck_assert(is_of(LOW, LOW));
	ck_assert(is_of(HIGH, HIGH));
	ck_assert_int_eq(slot_on(HIGH, SERVER).p_lpid, server[HIGH]->pid);
	serve(LOW, LOW);
	serve(HIGH, HIGH);
	serve(THIRD, LOW);
	ask(THIRD, LOW, 3);
	answer(THIRD, LOW, 4, OP_SEND);
	/* One that is entered later, too */
	ASSERT_RC(mnx_unbind(VMID, SERVER), OK);
	cluster_enter(THIRD, &(struct actor){ .ep = SERVER, .nodeid = HIGH });
	ck_assert(is_of(THIRD, LOW));
	serve(THIRD, LOW);
}
END_TEST

/* What it sends or notifies of unasked stays on its node. */
START_TEST(unasked)
{
	struct call calls[] = {
		{ .op = OP_SEND, .ms = -1 },
		{ .op = OP_SEND, .ms = 0 },
		{ .op = OP_SENDREC, .ms = -1 },
		{ .op = OP_NOTIFY },
		{ .op = OP_NOTIFY, .src_nr = SERVER },
	};
	struct result r;
	int i;

	cast();
	for (i = 0; i < NR_OF(calls); i++) {
		calls[i].peer = CLIENT + THIRD;
		ASSERT_RC(actor_do(server[LOW], calls[i]).rc, EMOLREPLPROC);
		calls[i].peer = CLIENT + HIGH;
		ASSERT_RC(actor_do(server[LOW], calls[i]).rc, EMOLREPLPROC);
	}
	/* Not one who asks, either */
	ask(THIRD, LOW, 1);
	ASSERT_RC(CALL_RC(server[LOW], .op = OP_SENDREC, .peer = CLIENT + THIRD,
			  .ms = -1),
		  EMOLREPLPROC);
	answer(THIRD, LOW, 2, OP_REPLY);
	ASSERT_RC(CALL_RC(server[LOW], .op = OP_NOTIFY, .peer = CLIENT + LOW),
		  OK);
	START(server[LOW], .op = OP_SEND, .peer = CLIENT + LOW, .ms = -1,
	      TEXT(5));
	r = CALL(client[LOW], .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	ck_assert_int_eq(r.m.m_type, NOTIFY_FROM(SERVER));
	r = CALL(client[LOW], .op = OP_RECEIVE, .peer = SERVER, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 5);
	ASSERT_RC(actor_end(server[LOW]).rc, OK);
}
END_TEST

/* A request that one hands on is answered by another server, of another node */
START_TEST(hands_on)
{
	struct actor *other = actor_at(_i, PROCESS, BYSTAND);
	struct result r;

	cast();
	ask(THIRD, LOW, 1);
	r = CALL(server[LOW], .op = OP_RELAY, .peer = BYSTAND,
		 .m = { .m_source = CLIENT + THIRD, .m_type = 7, .m1_i1 = 2 });
	ASSERT_RC(r.rc, OK);
	r = CALL(other, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, CLIENT + THIRD);
	ASSERT_RC(CALL_RC(other, .op = OP_REPLY, .peer = CLIENT + THIRD,
			  TEXT(3)),
		  OK);
	r = actor_end(client[THIRD]);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 3);
}
END_TEST

/* One goes: by itself, by its administrator, with its link or its node */
enum goes {
	DIES,
	UNBINDS,
	IS_UNBOUND,
	IS_CUT_OFF,
	LEAVES_VM,
	NR_GOES
};

static void go(int who, enum goes how)
{
	struct m3ipc_unbind ep = { .vmid = VMID,
				   .endpoint = SERVER,
				   .timeout = -1 };
	struct m3ipc_vmnode node = { .vmid = VMID, .nodeid = who };

	switch (how) {
	case DIES:
		actor_kill(server[who]);
		break;
	case UNBINDS:
		ASSERT_RC(CALL_RC(server[who], .op = OP_UNBIND, .peer = SELF),
			  OK);
		break;
	case IS_UNBOUND:
		ASSERT_RC(raw_ioctl(cluster_fd(who), M3IPC_IOC_UNBIND, &ep),
			  OK);
		break;
	case IS_CUT_OFF:
		cluster_cut(who, THIRD);
		break;
	case LEAVES_VM:
		ASSERT_RC(raw_ioctl(cluster_fd(THIRD), M3IPC_IOC_DEL_NODE,
				    &node),
			  OK);
		break;
	case NR_GOES:
		break;
	}
}

static int told(enum goes how, bool taken)
{
	if (how == IS_CUT_OFF)
		return EMOLNOTCONN;
	if (how == LEAVES_VM)
		return EMOLNOVMNODE;
	return taken ? EMOLSRCDIED : EMOLDSTDIED;
}

/* Those of a third node are told, and find the other one. */
START_TEST(goes_elsewhere)
{
	struct actor *queued = actor_at(THIRD, PROCESS, BYSTAND);
	struct actor *hears = actor_at(THIRD, PROCESS, BYSTAND + 1);

	cast();
	ask(THIRD, LOW, 1);
	START(queued, .op = OP_SEND, .peer = SERVER, .ms = -1);
	AWAIT(slot_on(LOW, BYSTAND).p_rts_flags & SENDING);
	START(hears, .op = OP_RECEIVE, .peer = SERVER, .ms = -1);
	AWAIT(slot_on(THIRD, BYSTAND + 1).p_rts_flags & RECEIVING);
	go(LOW, _i);
	ASSERT_RC(actor_end(client[THIRD]).rc, told(_i, true));
	ASSERT_RC(actor_end(queued).rc, told(_i, false));
	ASSERT_RC(actor_end(hears).rc, told(_i, true));
	AWAIT(is_of(THIRD, HIGH));
	serve(THIRD, HIGH);
	if (_i == IS_CUT_OFF || _i == LEAVES_VM) {
		ck_assert_uint_eq(slot_on(THIRD, SERVER).p_nodemap, 1 << HIGH);
		ck_assert_uint_eq(slot_on(HIGH, SERVER).p_nodemap,
				  1 << LOW | 1 << HIGH);
	} else {
		AWAIT(is_map(1 << HIGH));
		AWAIT(is_of(LOW, HIGH));
		replicate(LOW);
		AWAIT(is_of(THIRD, LOW));
		serve(THIRD, LOW);
	}
	if (_i != IS_CUT_OFF)
		return;
	cluster_mend(LOW, THIRD);
	AWAIT(is_of(THIRD, LOW));
	serve(THIRD, LOW);
}
END_TEST

/* So are those of its own node. */
START_TEST(goes_here)
{
	struct actor *queued = actor_at(LOW, PROCESS, BYSTAND);

	cast();
	ask(LOW, LOW, 1);
	START(queued, .op = OP_SEND, .peer = SERVER, .ms = -1);
	AWAIT(slot_on(LOW, BYSTAND).p_rts_flags & SENDING);
	go(LOW, _i);
	ASSERT_RC(actor_end(client[LOW]).rc, EMOLSRCDIED);
	ASSERT_RC(actor_end(queued).rc, EMOLDSTDIED);
	ck_assert(is_of(LOW, HIGH));
	serve(LOW, HIGH);
	/* The last one */
	go(HIGH, _i);
	AWAIT(slot_on(LOW, SERVER).p_rts_flags == SLOT_FREE);
	AWAIT(slot_on(THIRD, SERVER).p_rts_flags == SLOT_FREE);
	AWAIT(slot_on(HIGH, SERVER).p_rts_flags == SLOT_FREE);
	ASSERT_RC(CALL_RC(client[LOW], .op = OP_SEND, .peer = SERVER, .ms = -1),
		  EMOLDSTDIED);
}
END_TEST

/* All are cut off: the descriptor stays, until one is heard of again. */
START_TEST(all_cut_off)
{
	cast();
	cluster_cut(THIRD, LOW);
	AWAIT(is_of(THIRD, HIGH));
	cluster_cut(THIRD, HIGH);
	AWAIT(slot_on(THIRD, SERVER).p_nodemap == 1 << HIGH);
	ASSERT_RC(CALL_RC(client[THIRD], .op = OP_SENDREC, .peer = SERVER,
			  .ms = -1),
		  EMOLNOTCONN);
	cluster_mend(THIRD, LOW);
	AWAIT(is_of(THIRD, LOW));
	serve(THIRD, LOW);
	/* What is said meanwhile is said again. */
	actor_kill(server[HIGH]);
	AWAIT(is_of(HIGH, LOW));
	cluster_mend(THIRD, HIGH);
	serve(THIRD, LOW);
	AWAIT(is_map(1 << LOW));
}
END_TEST

/* It ends while its link is cut, and was the only one that was known. */
START_TEST(ends_unheard)
{
	replicate(HIGH);
	cluster_enter(THIRD, &(struct actor){ .ep = SERVER, .nodeid = HIGH });
	AWAIT(is_of(THIRD, HIGH));
	serve(THIRD, HIGH);
	AWAIT(slot_on(THIRD, SERVER).p_incarnation);
	cluster_cut(THIRD, HIGH);
	actor_kill(server[HIGH]);
	AWAIT(slot_on(HIGH, SERVER).p_rts_flags == SLOT_FREE);
	START(client[THIRD], .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	cluster_mend(THIRD, HIGH);
	AWAIT(slot_on(THIRD, SERVER).p_rts_flags == SLOT_FREE);
}
END_TEST

/* One comes in the place of the descriptor: the other one ends what it has. */
enum ends {
	REPLIES,
	SENDS,
	ENDS,
	LINK_BREAKS,
	CLIENT_GIVES_UP,
	NR_ENDS
};

START_TEST(comes)
{
	struct actor *hears = actor_at(HIGH, PROCESS, BYSTAND);
	struct result r;

	replicate(LOW);
	cluster_enter(HIGH, &(struct actor){ .ep = SERVER, .nodeid = LOW });
	AWAIT(is_of(HIGH, LOW));
	START(client[HIGH], .op = OP_SENDREC, .peer = SERVER,
	      .ms = _i == CLIENT_GIVES_UP ? 3000 : -1, TEXT(1));
	ASSERT_RC(CALL_RC(server[LOW], .op = OP_RCVRQST, .ms = -1), OK);
	START(hears, .op = OP_RECEIVE, .peer = SERVER, .ms = -1);
	AWAIT(slot_on(HIGH, BYSTAND).p_rts_flags & RECEIVING);
	replicate(HIGH);
	ck_assert(is_of(HIGH, HIGH));
	ck_assert_uint_eq(slot_on(HIGH, CLIENT + HIGH).p_rts_flags &
				  (SENDING | RECEIVING | RMTOPER),
			  SENDING | RECEIVING | RMTOPER);
	/* What is its own is not its. */
	ASSERT_RC(CALL_RC(server[HIGH], .op = OP_REPLY, .peer = CLIENT + HIGH),
		  EMOLNOTREADY);
	ASSERT_RC(CALL_RC(server[HIGH], .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
	ASSERT_RC(CALL_RC(server[HIGH], .op = OP_SEND, .peer = BYSTAND,
			  .ms = -1, TEXT(9)),
		  OK);
	r = actor_end(hears);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 9);
	switch ((enum ends)_i) {
	case REPLIES:
		answer(HIGH, LOW, 2, OP_REPLY);
		break;
	case SENDS:
		answer(HIGH, LOW, 2, OP_SEND);
		break;
	case ENDS:
		actor_kill(server[LOW]);
		ASSERT_RC(actor_end(client[HIGH]).rc, EMOLSRCDIED);
		break;
	case LINK_BREAKS:
		cluster_cut(LOW, HIGH);
		ASSERT_RC(actor_end(client[HIGH]).rc, EMOLNOTCONN);
		break;
	case CLIENT_GIVES_UP:
		ASSERT_RC(actor_end(client[HIGH]).rc, EMOLTIMEDOUT);
		CALL(server[LOW], .op = OP_REPLY, .peer = CLIENT + HIGH);
		break;
	case NR_ENDS:
		break;
	}
	serve(HIGH, HIGH);
	ck_assert(is_of(HIGH, HIGH));
}
END_TEST

/* A lower one comes: what is under way with the other one ends there. */
START_TEST(comes_lower)
{
	replicate(HIGH);
	cluster_enter(THIRD, &(struct actor){ .ep = SERVER, .nodeid = HIGH });
	AWAIT(is_of(THIRD, HIGH));
	ask(THIRD, HIGH, 1);
	replicate(LOW);
	AWAIT(is_map(1 << LOW | 1 << HIGH));
	ck_assert_int_eq(slot_on(THIRD, SERVER).p_nodeid, HIGH);
	answer(THIRD, HIGH, 2, _i ? OP_SEND : OP_REPLY);
	AWAIT(is_of(THIRD, LOW));
	serve(THIRD, LOW);
}
END_TEST

/* A replica neither moves nor has a backup, wherever that is said. */
START_TEST(stays)
{
	struct actor *spare = spare_at(THIRD);

	cast();
	ASSERT_RC(migr_start(LOW, SERVER), EMOLBUSY);
	ASSERT_RC(migr_start(THIRD, SERVER), EMOLBUSY);
	ASSERT_RC(migr_stand_by(THIRD, spare->pid, SERVER, LOW), EMOLBUSY);
	ASSERT_RC(migr_stand_by(LOW, server[LOW]->pid, SERVER, HIGH),
		  EMOLLCLPROC);
	ASSERT_RC(mnx_unbind(VMID, SERVER), OK);
	ASSERT_RC(migr_stand_by(THIRD, spare->pid, SERVER, LOW), EMOLBUSY);
}
END_TEST

/* Ends of VMs end all, in any order. */
START_TEST(vm_ends)
{
	struct m3ipc_vmid vm = { .vmid = VMID };

	cast();
	START(client[LOW], .op = OP_RECEIVE, .peer = SERVER, .ms = -1);
	AWAIT(slot_on(LOW, CLIENT + LOW).p_rts_flags & RECEIVING);
	ASSERT_RC(raw_ioctl(cluster_fd(LOW), M3IPC_IOC_VM_END, &vm), OK);
	ASSERT_RC(actor_end(client[LOW]).rc, EMOLVMNOTRUN);
	AWAIT(is_of(THIRD, HIGH));
	serve(THIRD, HIGH);
	ck_assert(is_of(HIGH, HIGH));
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ nearest, 1 },
		{ unasked, 1 },
		{ hands_on, NODES },
		{ goes_elsewhere, NR_GOES },
		{ goes_here, IS_CUT_OFF },
		{ all_cut_off, 1 },
		{ ends_unheard, 1 },
		{ comes, NR_ENDS },
		{ comes_lower, 2 },
		{ stays, 1 },
		{ vm_ends, 1 },
	};

	stage_init();
	return RUN_TESTS("replicas", 60, set_up, cluster_down, tests);
}

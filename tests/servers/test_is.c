// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IS of one node: its tables are SYSTASK's.  Another node's SYSTASK is played
 * by an actor in that one's slot: it passes on what the real one says, or keeps
 * silent, or lies.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mol/is.h>
#include <molipc/is.h>

#include "server.h"

#define USER    40
#define OTHER   41
#define FAR     1 /* a node of the VM */
#define NOBODY  2 /* none of the VM */
#define SLOTS   (NR_TASKS + NR_PROCS)
#define USERS   (NR_PROCS - FIRST_USER_NR)
#define PATIENT 3000 /* ms */

static void is_up(void)
{
	server_up();
	ASSERT_RC(mnx_add_node(VMID, FAR), OK);
	is_start();
}

/* What actors do */

/* Who asks, who answers, and who gathers are in a state of their own then. */
static bool is_moving(int p_nr)
{
	const int self = _ENDPOINT_P(mnx_getep(getpid()));

	return p_nr == self || p_nr == IS_PROC_NR || p_nr == SYSTASK(0) ||
	       p_nr == SYSTASK(FAR) || p_nr == FIRST_USER_NR;
}

static int same_processes(struct call *call)
{
	static proc_usr_t is[SLOTS + 1], wanted[SLOTS];
	int nr = 0;

	REQUIRE(sys_getinfo(GET_PROCTAB, 0, wanted, sizeof(wanted)) == SLOTS);
	REQUIRE(mol_getkproctab(call->peer, is, SLOTS + 1) == SLOTS);
	for (int i = 0; i < SLOTS; i++) {
		REQUIRE(is[i].p_nr == i - NR_TASKS);
		nr += is[i].p_rts_flags != SLOT_FREE;
		if (!is_moving(is[i].p_nr))
			REQUIRE(!memcmp(&is[i], &wanted[i], sizeof(is[i])));
	}
	REQUIRE(nr >= 3);
	REQUIRE(!strcmp(is[NR_TASKS + IS_PROC_NR].p_name, "m3ipc-is"));
	REQUIRE(is[NR_TASKS + IS_PROC_NR].p_lpid ==
		wanted[NR_TASKS + IS_PROC_NR].p_lpid);
	return OK;
}

static int same_privileges(struct call *call)
{
	static priv_usr_t is[SLOTS], wanted[SLOTS];

	REQUIRE(sys_getinfo(GET_PRIVTAB, 0, wanted, sizeof(wanted)) == SLOTS);
	REQUIRE(mol_getprivtab(call->peer, is, SLOTS) == SLOTS);
	for (int i = 0; i < SLOTS; i++)
		if (i != NR_TASKS + FIRST_USER_NR)
			REQUIRE(!memcmp(&is[i], &wanted[i], sizeof(is[i])));
	REQUIRE(is[NR_TASKS + IS_PROC_NR].s_trap_mask);
	return OK;
}

static int same_slots(struct call *call)
{
	static sys_slot_t is[USERS], wanted[USERS];
	const int self = _ENDPOINT_P(mnx_getep(getpid()));

	REQUIRE(sys_getinfo(GET_SLOTSTAB, 0, wanted, sizeof(wanted)) == USERS);
	REQUIRE(mol_getslotstab(call->peer, is, USERS) == USERS);
	REQUIRE(!memcmp(is + 1, wanted + 1, sizeof(is) - sizeof(is[0])));
	REQUIRE(is[self - FIRST_USER_NR].use == SYS_SLOT_USED);
	return OK;
}

static int same_node(struct call *call)
{
	drvs_usr_t node, wanted;
	VM_usr_t vm, wanted_vm;

	REQUIRE(!mnx_getdrvsinfo(&wanted));
	REQUIRE(!mol_getkinfo(call->peer, &node));
	REQUIRE(!memcmp(&node, &wanted, sizeof(node)));
	REQUIRE(!mnx_getvminfo(VMID, &wanted_vm));
	REQUIRE(!mol_getmachine(call->peer, &vm));
	REQUIRE(!memcmp(&vm, &wanted_vm, sizeof(vm)));
	return OK;
}

static int same_tables(struct call *call)
{
	int rc = same_node(call);

	rc = rc ? rc : same_processes(call);
	rc = rc ? rc : same_privileges(call);
	return rc ? rc : same_slots(call);
}

/* 0, or errno of one table of that node */
static int get_slots(struct call *call)
{
	static sys_slot_t slots[USERS];

	return mol_getslotstab(call->peer, slots, USERS) < 0 ? errno : 0;
}

static int get_nothing(struct call *call)
{
	return mol_getkproctab(call->peer, (proc_usr_t *)8, 1) < 0 ? errno : 0;
}

/* As much as fits, and nothing behind it */
static int get_some(struct call *call)
{
	sys_slot_t slots[4];

	memset(slots, 0x55, sizeof(slots));
	REQUIRE(mol_getslotstab(call->peer, slots, 3) == USERS);
	REQUIRE(slots[2].p_nr == FIRST_USER_NR + 2);
	REQUIRE(slots[3].p_nr == 0x55555555);
	REQUIRE(mol_getslotstab(call->peer, NULL, 0) == USERS);
	REQUIRE(mol_getslotstab(call->peer, slots, -1) < 0 && errno == EINVAL);
	return OK;
}

static int ask_raw(struct call *call)
{
	const int rc = mnx_sendrec(IS_PROC_NR, &call->m);

	return rc ? rc : call->m.m_type;
}

static int ask_table(struct call *call, is_table_t arg)
{
	call->m.m_type = IS_GETTAB;
	com_put(&call->m, &arg);
	return ask_raw(call);
}

/* Half an entry is none. */
static int get_bytes(struct call *call)
{
	sys_slot_t slots[2] = { 0 };
	is_table_t arg = { .to = (uintptr_t)slots,
			   .bytes = sizeof(slots) - 1,
			   .what = GET_SLOTSTAB,
			   .nodeid = call->peer };

	REQUIRE(!ask_table(call, arg));
	REQUIRE(slots[0].p_nr == FIRST_USER_NR && !slots[1].p_nr);
	arg.bytes = -1;
	REQUIRE(ask_table(call, arg) == EMOLRANGE);
	arg.bytes = 0;
	for (int what = GET_SLOTSTAB + 1; what <= SYS_NR_WHAT; what++) {
		arg.what = what;
		REQUIRE(ask_table(call, arg) == -EINVAL);
	}
	arg.what = -1;
	REQUIRE(ask_table(call, arg) == -EINVAL);
	return OK;
}

/* The other node's SYSTASK */

enum far {
	FAR_HONEST, /* says what that of this node does */
	FAR_SILENT, /* for ever, to one */
	FAR_LIAR,
};

static int far_answer(message *m, enum far far)
{
	sys_part_t part;
	int rc;

	com_get(m, &part);
	rc = sys_getpart(0, &part, -1);
	if (far == FAR_LIAR)
		part.which = -1;
	com_put(m, &part);
	return rc;
}

/* Until the test ends */
static int far_serve(struct call *call)
{
	int client;
	message m;

	for (;;) {
		REQUIRE(!mnx_receive(ANY, &m));
		client = m.m_source;
		REQUIRE(m.m_type == SYS_GETPART);
		if (call->value == FAR_SILENT)
			return client;
		m.m_type = far_answer(&m, (enum far)call->value);
		mnx_reply(client, &m);
	}
}

static struct actor *far_new(enum far far)
{
	struct actor *a = actor_new(PROCESS, SYSTASK(FAR));

	START(a, .op = OP_RUN, .run = far_serve, .value = (int)far);
	return a;
}

/* Tables */

START_TEST(own)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, same_tables, .peer = 0), OK);
	ASSERT_RC(ASK(a, same_tables, .peer = LOCALNODE), OK);
	ASSERT_RC(ASK(a, get_some, .peer = 0), OK);
	ASSERT_RC(ASK(a, get_bytes, .peer = 0), OK);
}
END_TEST

/* The thread that has asked the other node leaves nothing behind. */
START_TEST(of_another)
{
	struct actor *a = actor_new(PROCESS, USER);

	far_new(FAR_HONEST);
	ASSERT_RC(ASK(a, same_tables, .peer = FAR), OK);
	ASSERT_RC(ASK(a, get_some, .peer = FAR), OK);
	ASSERT_RC(ASK(a, get_bytes, .peer = FAR), OK);
	AWAIT(slot_is(FIRST_USER_NR, SLOT_FREE));
}
END_TEST

START_TEST(no_memory)
{
	struct actor *a = actor_new(PROCESS, USER);

	far_new(FAR_HONEST);
	ASSERT_RC(ASK(a, get_nothing, .peer = 0), EFAULT);
	ASSERT_RC(ASK(a, get_nothing, .peer = FAR), EFAULT);
	ASSERT_RC(ASK(a, same_tables, .peer = FAR), OK);
}
END_TEST

START_TEST(no_node)
{
	static const int none[] = { NOBODY, -2, M3IPC_MAX_NODES, INT32_MAX };
	struct actor *a = actor_new(PROCESS, USER);

	for (int i = 0; i < NR_OF(none); i++)
		ASSERT_RC(ASK(a, get_slots, .peer = none[i]), EINVAL);
	ASSERT_RC(ASK(a, get_slots, .peer = FAR), EHOSTUNREACH);
	AWAIT(slot_is(FIRST_USER_NR, SLOT_FREE));
}
END_TEST

START_TEST(liar)
{
	struct actor *a = actor_new(PROCESS, USER);

	far_new(FAR_LIAR);
	ASSERT_RC(ASK(a, get_slots, .peer = FAR), EPROTO);
	ASSERT_RC(ASK(a, same_tables, .peer = 0), OK);
}
END_TEST

START_TEST(no_slot)
{
	struct actor *a = actor_new(PROCESS, USER);
	uint64_t slots[M3IPC_SLOT_WORDS] = { 0 };

	for (int p_nr = FIRST_USER_NR; p_nr < NR_PROCS; p_nr++)
		slots[p_nr / 64] |= UINT64_C(1) << p_nr % 64;
	ASSERT_RC(mnx_setowners(VMID, M3IPC_NOBODY, slots), OK);
	far_new(FAR_HONEST);
	ASSERT_RC(ASK(a, get_slots, .peer = FAR), EAGAIN);
	ASSERT_RC(ASK(a, get_slots, .peer = 0), 0);
}
END_TEST

/* Who waits holds up nobody. */

static struct actor *waiter_new(int p_nr)
{
	struct actor *a = actor_new(PROCESS, p_nr);

	START(a, .op = OP_RUN, .run = get_slots, .peer = FAR);
	actor_await(a, RECEIVING);
	return a;
}

/* The other node does not answer: nobody waits for ever, others do not wait. */
START_TEST(silent)
{
	struct actor *far = far_new(FAR_SILENT);
	struct actor *a = waiter_new(USER), *b = actor_new(PROCESS, OTHER);
	const int64_t start = now_ms();

	ASSERT_RC(ASK(b, same_node, .peer = 0), OK);
	ck_assert_int_lt(now_ms() - start, PATIENT);
	ck_assert_int_ge(actor_end(far).rc, FIRST_USER_NR);
	ASSERT_RC(actor_end(a).rc, EHOSTUNREACH);
	AWAIT(slot_is(FIRST_USER_NR, SLOT_FREE));
}
END_TEST

/* One is killed while it waits, one is stopped, and a third gets it. */
START_TEST(clients_that_go)
{
	struct actor *far = far_new(FAR_SILENT);
	struct actor *killed = waiter_new(USER), *stopped = waiter_new(OTHER);
	struct actor *a = waiter_new(OTHER + 1);

	actor_kill(killed);
	kill(stopped->pid, SIGSTOP);
	ck_assert_int_ge(actor_end(far).rc, FIRST_USER_NR);
	START(far, .op = OP_RUN, .run = far_serve, .value = FAR_HONEST);
	/* Only who was first has asked for what did not come. */
	ASSERT_RC(actor_end(a).rc, 0);
	ASSERT_RC(ASK(a, same_tables, .peer = FAR), OK);
	kill(stopped->pid, SIGCONT);
	actor_end(stopped);
	ASSERT_RC(ASK(stopped, same_tables, .peer = 0), OK);
}
END_TEST

/* What it has from its endpoint is taken away: it goes on with another one. */
START_TEST(unbound)
{
	struct actor *far = far_new(FAR_SILENT);
	struct actor *a = waiter_new(USER);
	const int gatherer = actor_end(far).rc;

	START(far, .op = OP_RUN, .run = far_serve, .value = FAR_HONEST);
	ASSERT_RC(mnx_unbind(VMID, gatherer), OK);
	ASSERT_RC(actor_end(a).rc, EAGAIN);
	ASSERT_RC(ASK(a, same_tables, .peer = FAR), OK);
	AWAIT(slot_is(FIRST_USER_NR, SLOT_FREE));
}
END_TEST

/* Who is killed in the middle of it, as often as not in a copy */
static int get_for_ever(struct call *call)
{
	static proc_usr_t procs[SLOTS];

	while (mol_getkproctab(call->peer, procs, SLOTS) == SLOTS)
		;
	return errno;
}

START_TEST(killed)
{
	struct actor *a, *b = actor_new(PROCESS, OTHER);

	far_new(FAR_HONEST);
	for (int i = 0; i < 40; i++) {
		a = actor_new(PROCESS, USER);
		START(a, .op = OP_RUN, .run = get_for_ever, .peer = i % 2);
		usleep((useconds_t)(rand() % 20000));
		actor_kill(a);
		AWAIT(slot_is(USER, SLOT_FREE));
		ASSERT_RC(ASK(b, get_slots, .peer = 0), 0);
	}
	AWAIT(slot_is(FIRST_USER_NR, SLOT_FREE));
	AWAIT(slots_used(SYS_SLOT_USED) == 1);
}
END_TEST

/* The next one is asked again by who waits. */
START_TEST(restarted)
{
	struct actor *far = far_new(FAR_SILENT), *a = waiter_new(USER);

	ck_assert_int_ge(actor_end(far).rc, FIRST_USER_NR);
	is_kill(SIGKILL);
	AWAIT(slot_is(FIRST_USER_NR, SLOT_FREE));
	START(far, .op = OP_RUN, .run = far_serve, .value = FAR_HONEST);
	is_start();
	ASSERT_RC(actor_end(a).rc, 0);
	is_kill(SIGTERM);
	ASSERT_RC(ASK(a, get_slots, .peer = 0), ENOTCONN);
}
END_TEST

/* One of another node is entered in its slot. */
START_TEST(anothers)
{
	struct actor *a = actor_new(PROCESS, USER);

	is_kill(SIGKILL);
	ASSERT_RC(mnx_rmtbind(VMID, "is", IS_PROC_NR, FAR), IS_PROC_NR);
	is_start();
	ASSERT_RC(ASK(a, same_tables, .peer = 0), OK);
}
END_TEST

/* Requests */

START_TEST(unknown)
{
	static const int types[] = { IS_GATHERED, IS_BASE + 2, IS_BASE - 1,
				     IS_END,      INT32_MAX,   0 };
	struct actor *a = actor_new(PROCESS, USER);

	for (int i = 0; i < NR_OF(types); i++)
		ASSERT_RC(ASK(a, ask_raw, .m = { .m_type = types[i] }),
			  EMOLBADCALL);
}
END_TEST

/* Any request with anything in it */
static int ask_anything(struct call *call)
{
	static char memory[1 << 17];
	is_table_t arg;
	message m;

	srand((unsigned int)call->value);
	for (int i = 0; i < 300; i++) {
		for (int j = 0; j < COM_BYTES; j++)
			m.m_raw[j] = (char)(rand() % 4 ? 0 : rand());
		com_get(&m, &arg);
		if (rand() % 2)
			arg.what = rand() % SYS_NR_WHAT;
		if (rand() % 2)
			arg.nodeid = rand() % 3;
		if (rand() % 2)
			arg.to = (uintptr_t)memory;
		arg.bytes = rand() % 4 ? rand() % (int)sizeof(memory) :
					 arg.bytes & INT64_MAX;
		if ((uintptr_t)memory != arg.to)
			arg.to %= 4096;
		else if (arg.bytes > (int64_t)sizeof(memory))
			arg.bytes = sizeof(memory);
		com_put(&m, &arg);
		m.m_type = IS_BASE + rand() % 3;
		REQUIRE(!mnx_sendrec_T(IS_PROC_NR, &m, 10000));
		REQUIRE(m.m_type <= 0);
	}
	return OK;
}

START_TEST(anything)
{
	struct actor *a[4];

	far_new(FAR_HONEST);
	for (int i = 0; i < NR_OF(a); i++) {
		a[i] = actor_new(PROCESS, USER + i);
		START(a[i], .op = OP_RUN, .run = ask_anything,
		      .value = _i * 10 + i);
	}
	for (int i = 0; i < NR_OF(a); i++)
		ASSERT_RC(actor_end(a[i]).rc, OK);
	ASSERT_RC(ASK(a[0], same_tables, .peer = FAR), OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ own, 1 },       { of_another, 1 },
		{ no_memory, 1 }, { no_node, 1 },
		{ liar, 1 },      { no_slot, 1 },
		{ silent, 1 },    { clients_that_go, 1 },
		{ unbound, 1 },   { killed, 1 },
		{ restarted, 1 }, { anothers, 1 },
		{ unknown, 1 },   { anything, 3 },
	};

	stage_init();
	return RUN_TESTS("information server", 120, is_up, server_down, tests);
}

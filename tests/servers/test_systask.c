// SPDX-License-Identifier: GPL-2.0-or-later
/* The system task of one node: slots, processes, tables and times */
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "asks.h"

/* What actors do */

static int ask_fork_of(struct call *call)
{
	return sys_fork(call->value);
}

static int ask_alarm(struct call *call)
{
	message m;
	uint64_t left = 0;
	int rc = sys_setalarm((uint64_t)call->ms, 0, &left);

	REQUIRE(!rc && !left);
	rc = mnx_receive_T(ANY, &m, 5000);
	return rc ? rc : m.m_type;
}

static int kill_it(struct call *call)
{
	return sys_kill(call->peer, call->value);
}

static int exit_it(struct call *call)
{
	return sys_exit(call->peer);
}

/* Processes one after the other, from the lowest slot */
static int look_at_processes(struct call *call)
{
	sys_process_t p;

	REQUIRE(!sys_nextproc(0, INT_MIN, &p, 5000));
	REQUIRE(p.p_nr == SYSTASK(0) && p.endpoint == SYSTASK(0));
	REQUIRE(!p.rts_flags && p.lpid > 0);
	REQUIRE(!strcmp(p.name, "m3ipc-systask"));
	REQUIRE(!sys_nextproc(0, p.p_nr + 1, &p, -1));
	REQUIRE(p.p_nr == SERVER && p.rts_flags == RECEIVING);
	REQUIRE(p.getfrom == call->peer);
	REQUIRE(!sys_nextproc(0, USER - 1, &p, -1));
	REQUIRE(p.p_nr == USER && p.endpoint == call->peer && !p.uid);
	REQUIRE(!sys_nextproc(0, USER + 1, &p, -1) && p.endpoint == NONE);
	REQUIRE(!sys_nextproc(0, INT_MAX, &p, -1) && p.endpoint == NONE);
	REQUIRE(sys_nextproc(1, 0, &p, 5000) == EMOLDSTDIED);
	REQUIRE(sys_nextproc(-1, 0, &p, 5000) == EMOLBADNODEID);
	return OK;
}

static int look_at_nodes(struct call *call)
{
	sys_peer_t peer;

	(void)call;
	REQUIRE(!sys_nextnode(0, INT_MIN, &peer, -1));
	REQUIRE(peer.node.nodeid == 0 && peer.node.self && !peer.link);
	REQUIRE(peer.node.state == SYS_NODE_RUNNING && peer.node.used == 1);
	REQUIRE(!sys_nextnode(0, 1, &peer, -1) && peer.node.nodeid == NONE);
	REQUIRE(!sys_nextnode(0, INT_MAX, &peer, -1));
	REQUIRE(peer.node.nodeid == NONE);
	REQUIRE(sys_nextnode(64, 0, &peer, -1) == EMOLBADNODEID);
	return OK;
}

static int look_at_nodes_soon(struct call *call)
{
	sys_peer_t peer;

	return sys_nextnode(0, 0, &peer, call->ms);
}

/* Its memory is where that of the other is: both are copies of the test's. */
static int copy_all(struct call *call)
{
	static char a[5000], b[5000], c[5000];
	const sys_copy_t copies[] = {
		{ .src = call->peer,
		  .saddr = (uintptr_t)b,
		  .dst = SELF,
		  .daddr = (uintptr_t)c,
		  .bytes = sizeof(c) },
		{ .src = SELF,
		  .saddr = (uintptr_t)a,
		  .dst = call->peer,
		  .daddr = 8,
		  .bytes = 8 },
	};
	int done = -1;

	memset(a, 'a', sizeof(a));
	REQUIRE(!sys_vircopy(SELF, a, call->peer, b, sizeof(a)));
	REQUIRE(sys_vcopy(copies, 2, &done) == EMOLFAULT && done == 1);
	REQUIRE(!memcmp(a, c, sizeof(a)));
	REQUIRE(sys_vcopy(copies, 0, &done) == EMOLRANGE && done == 0);
	REQUIRE(sys_vcopy((void *)8, 2, &done) == EMOLFAULT && done == 0);
	REQUIRE(sys_vircopy(SELF, a, SELF, b, 8) == EMOLENDPOINT);
	REQUIRE(!sys_memset(SELF, b, 'z', sizeof(b) - 1));
	REQUIRE(b[0] == 'z' && b[sizeof(b) - 2] == 'z' && !b[sizeof(b) - 1]);
	return OK;
}

static int look_at_all(struct call *call)
{
	VM_usr_t vm;
	drvs_usr_t node;
	sys_node_t nodes[4];
	static proc_usr_t procs[NR_TASKS + NR_PROCS];

	(void)call;
	REQUIRE(sys_getinfo(GET_MACHINE, 0, &vm, sizeof(vm)) == 1);
	REQUIRE(!strcmp(vm.vm_name, "stage"));
	REQUIRE(sys_getinfo(GET_KINFO, 0, &node, sizeof(node)) == 1);
	REQUIRE(node.d_nodeid == 0);
	REQUIRE(sys_getinfo(GET_PROCTAB, 0, procs, sizeof(procs)) ==
		NR_TASKS + NR_PROCS);
	REQUIRE(procs[NR_TASKS + SYSTASK(0)].p_endpoint == SYSTASK(0));
	REQUIRE(sys_getinfo(GET_NODES, 0, nodes, sizeof(nodes)) == 1);
	REQUIRE(nodes[0].state == SYS_NODE_RUNNING && nodes[0].self);
	REQUIRE(nodes[0].slots == USERS);
	REQUIRE(sys_getinfo(SYS_NR_WHAT, 0, &vm, sizeof(vm)) == EMOLINVAL);
	REQUIRE(sys_getinfo(GET_PROCINFO, NR_PROCS, procs, 4096) == EMOLRANGE);
	REQUIRE(sys_getinfo(GET_MACHINE, 0, (void *)8, sizeof(vm)) ==
		EMOLFAULT);
	/* No more than fits, and how many there are. */
	procs[1].p_nr = 12345;
	REQUIRE(sys_getinfo(GET_PROCTAB, 0, procs, 2 * sizeof(procs[0]) - 1) ==
		NR_TASKS + NR_PROCS);
	REQUIRE(procs[0].p_nr == -NR_TASKS && procs[1].p_nr == 12345);
	return OK;
}

static int ask_times(struct call *call)
{
	sys_times_t times;

	return sys_times(call->peer, &times);
}

/* As PM reads them */
static uint64_t seen;
static sys_end_t ends[SYS_ENDS_MAX];

static int read_ends(struct call *call)
{
	(void)call;
	return sys_getends(&seen, ends);
}

/* Told of an end; the first one of those that are new */
static int told_of_end(struct call *call)
{
	message m;
	int n, rc;

	do {
		rc = mnx_receive_T(ANY, &m, call->ms);
		if (rc)
			return rc;
		REQUIRE(m.m_type == NOTIFY_FROM(SYSTASK(0)));
		REQUIRE(m.m9_i1 == SYS_ENDED);
		n = sys_getends(&seen, ends);
	} while (!n);
	REQUIRE(n == 1 && ends[0].endpoint == call->peer);
	return ends[0].status;
}

static int told_of_start(struct call *call)
{
	message m;
	const int rc = mnx_receive_T(ANY, &m, call->ms);

	return rc ? rc : sys_getends(&seen, ends);
}

/* Slots */

START_TEST(forks)
{
	struct actor *a = actor_new(PROCESS, USER);
	int endpoint = ASK(a, ask_fork);

	ck_assert(!mnx_bind_failed(endpoint));
	ck_assert_int_ge(_ENDPOINT_P(endpoint), FIRST_USER_NR);
	ck_assert_int_eq(slots_used(SYS_SLOT_USED), 2);
	actor_kill(a);
	AWAIT(slots_used(SYS_SLOT_USED) == 1);
	kill(slot_on(0, _ENDPOINT_P(endpoint)).p_lpid, SIGKILL);
	AWAIT(slots_used(SYS_SLOT_FREE) == USERS);
}
END_TEST

/* To the last slot, and from there again */
START_TEST(all_slots)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	int endpoints[USERS] = { 0 }, n = 0, rc;

	while (!mnx_bind_failed(rc = ASK(s, ask_fork)))
		endpoints[n++] = rc;
	ASSERT_RC(MNX_ERR(rc), EMOLOVERRUN);
	ck_assert_int_eq(n, USERS);
	ck_assert_int_eq(slots_used(SYS_SLOT_FREE), 0);
	kill(slot_on(0, _ENDPOINT_P(endpoints[7])).p_lpid, SIGKILL);
	AWAIT(slots_used(SYS_SLOT_FREE) == 1);
	rc = ASK(s, ask_fork);
	ck_assert_int_eq(_ENDPOINT_P(rc), _ENDPOINT_P(endpoints[7]));
	ck_assert_int_ne(rc, endpoints[7]);
	while (n--)
		kill(slot_on(0, _ENDPOINT_P(endpoints[n])).p_lpid, SIGKILL);
	AWAIT(slots_used(SYS_SLOT_FREE) == USERS);
}
END_TEST

/* Those who bind by themselves have their slots. */
START_TEST(own_binds)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	int first = FIRST_USER_NR;
	struct actor *a = actor_new(PROCESS, first);
	int rc = ASK(s, ask_fork, .value = 1);

	ck_assert(!mnx_bind_failed(rc));
	ck_assert_int_ne(_ENDPOINT_P(rc), first);
	actor_kill(a);
	AWAIT(slots_used(SYS_SLOT_FREE) == USERS);
}
END_TEST

START_TEST(whose_child)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *c = actor_unbound();

	ASSERT_RC(MNX_ERR(ASK(a, ask_fork_of, .value = b->pid)), EMOLBADPID);
	ASSERT_RC(MNX_ERR(ASK(a, ask_fork_of, .value = c->pid)), EMOLBADPID);
	ASSERT_RC(MNX_ERR(ASK(a, ask_fork_of, .value = 1)), EMOLBADPID);
	ASSERT_RC(MNX_ERR(ASK(a, ask_fork_of, .value = 0)), EMOLBADPID);
	ASSERT_RC(MNX_ERR(ASK(a, ask_fork_of, .value = -1)), EMOLBADPID);
	ASSERT_RC(MNX_ERR(ASK(s, ask_fork_of, .value = b->pid)), EMOLBUSY);
	ck_assert(!mnx_bind_failed(ASK(s, ask_fork_of, .value = c->pid)));
}
END_TEST

/* PM hears how each has ended, and when SYSTASK has started. */
START_TEST(ends_of_processes)
{
	struct actor *pm = actor_new(PROCESS, PM_PROC_NR);
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *s = actor_new(PROCESS, SERVER);

	ASSERT_RC(ASK(pm, read_ends), EMOLOVERRUN);
	ASSERT_RC(ASK(pm, read_ends), 0);
	ASSERT_RC(ASK(a, read_ends), EMOLPERM);
	START(pm, .op = OP_RUN, .run = told_of_end, .peer = a->ep, .ms = 5000);
	actor_await(pm, RECEIVING);
	actor_kill(a);
	ASSERT_RC(actor_end(pm).rc, SIGKILL);
	START(pm, .op = OP_RUN, .run = told_of_end, .peer = s->ep, .ms = 5000);
	actor_await(pm, RECEIVING);
	ASSERT_RC(ASK(s, exit_it, .peer = SELF), EMOLNOTBIND);
	ASSERT_RC(actor_end(pm).rc, 0);
	START(pm, .op = OP_RUN, .run = told_of_end, .peer = b->ep, .ms = 5000);
	actor_await(pm, RECEIVING);
	ASSERT_RC(ASK(b, exit_it, .peer = SELF), EMOLNOTBIND);
	ASSERT_RC(actor_end(pm).rc, 0);
	systask_kill(SIGKILL);
	systask_start();
	START(pm, .op = OP_RUN, .run = told_of_start, .ms = 5000);
	ASSERT_RC(actor_end(pm).rc, EMOLOVERRUN);
}
END_TEST

START_TEST(exits)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *s = actor_new(PROCESS, SERVER);
	int old = a->ep;

	ASSERT_RC(ASK(b, exit_it, .peer = a->ep), EMOLPERM);
	ASSERT_RC(ASK(s, exit_it, .peer = a->ep), OK);
	AWAIT(slot_is(USER, SLOT_FREE));
	ASSERT_RC(ASK(s, exit_it, .peer = old), EMOLNOTBIND);
	ASSERT_RC(ASK(b, exit_it, .peer = SELF), EMOLNOTBIND);
	AWAIT(slots_used(SYS_SLOT_FREE) == USERS);
}
END_TEST

START_TEST(signals)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *s = actor_new(PROCESS, SERVER);

	ASSERT_RC(ASK(a, kill_it, .peer = s->ep, .value = SIGKILL), EMOLPERM);
	ASSERT_RC(ASK(s, kill_it, .peer = a->ep, .value = 0), OK);
	ASSERT_RC(ASK(s, kill_it, .peer = a->ep, .value = 1000), EMOLINVAL);
	ASSERT_RC(ASK(s, kill_it, .peer = a->ep, .value = -1), EMOLINVAL);
	ASSERT_RC(ASK(s, kill_it, .peer = USER, .value = 0), EMOLNOTBIND);
	ASSERT_RC(ASK(s, kill_it, .peer = INT_MIN, .value = 0), EMOLNOTBIND);
	ASSERT_RC(ASK(s, kill_it, .peer = a->ep, .value = SIGKILL), OK);
	AWAIT(slot_is(USER, SLOT_FREE));
}
END_TEST

START_TEST(names_of_processes)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *s = actor_new(PROCESS, SERVER);

	ASSERT_RC(ASK(a, name_it, .peer = a->ep, .m = text_of("mine")), OK);
	ASSERT_RC(ASK(a, name_it, .peer = s->ep, .m = text_of("x")), EMOLPERM);
	ASSERT_RC(ASK(s, name_it, .peer = a->ep, .m = text_of("its")), OK);
	ASSERT_RC(ASK(s, name_it, .peer = s->ep, .m = text_of("own")), OK);
	ASSERT_RC(ASK(s, name_it, .peer = s->ep, .m = text_of("")),
		  EMOLNAMESIZE);
	ASSERT_RC(ASK(s, name_it, .peer = USER, .m = text_of("x")),
		  EMOLNOTBIND);
}
END_TEST

/* Entries, one after the other */

START_TEST(entries)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *s = actor_new(PROCESS, SERVER);

	START(s, .op = OP_RECEIVE, .peer = a->ep, .ms = -1);
	actor_await(s, RECEIVING);
	ASSERT_RC(ASK(a, look_at_processes, .peer = a->ep), OK);
	ASSERT_RC(ASK(a, look_at_nodes), OK);
}
END_TEST

/* One that is stopped holds up nobody for longer than that. */
START_TEST(stopped)
{
	struct actor *a = actor_new(PROCESS, USER);
	long begin = now_ms();

	kill(systask_pid(), SIGSTOP);
	ASSERT_RC(ASK(a, look_at_nodes_soon, .ms = 100), EMOLTIMEDOUT);
	ck_assert_int_lt(now_ms() - begin, 5000);
	kill(systask_pid(), SIGCONT);
	ASSERT_RC(ASK(a, look_at_nodes_soon, .ms = 5000), OK);
}
END_TEST

/* Memory, tables, times */

START_TEST(copies)
{
	struct actor *a = actor_new(PROCESS, USER);

	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(a, RECEIVING);
	ASSERT_RC(ASK(actor_new(PROCESS, SERVER), copy_all, .peer = a->ep), OK);
}
END_TEST

static int copy_as_user(struct call *call)
{
	const sys_copy_t copy = { .src = SELF, .dst = SELF };
	char a[8] = "", b[8];
	int done = -1;

	(void)call;
	REQUIRE(sys_vircopy(SELF, a, SELF, b, 8) == EMOLPERM);
	REQUIRE(sys_vcopy(&copy, 1, &done) == EMOLPERM && done == 0);
	REQUIRE(sys_memset(SELF, b, 0, 1L << 40) == EMOLRANGE);
	return sys_memset(SELF, b, 0, 8);
}

START_TEST(copies_of_users)
{
	ASSERT_RC(ASK(actor_new(PROCESS, USER), copy_as_user), OK);
}
END_TEST

START_TEST(tables)
{
	ASSERT_RC(ASK(actor_new(PROCESS, USER), look_at_all), OK);
}
END_TEST

START_TEST(times)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *s = actor_new(PROCESS, SERVER);

	ASSERT_RC(ASK(a, ask_times, .peer = SELF), OK);
	ASSERT_RC(ASK(a, ask_times, .peer = s->ep), EMOLPERM);
	ASSERT_RC(ASK(s, ask_times, .peer = a->ep), OK);
	ASSERT_RC(ASK(s, ask_times, .peer = USER), EMOLNOTBIND);
}
END_TEST

START_TEST(alarms)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	long begin = now_ms();

	ASSERT_RC(ASK(a, ask_alarm, .ms = 30), NOTIFY_FROM(CLOCK));
	ck_assert_int_ge(now_ms() - begin, 30);
	/* One a process: the new one counts, and what was left is said. */
	ASSERT_RC(ASK(a, set_alarm, .ms = 1000000), 0);
	ck_assert_int_gt(ASK(a, set_alarm, .ms = 20), 900000);
	ASSERT_RC(ASK(b, set_alarm, .ms = 40), 0);
	ASSERT_RC(ASK(a, wait_alarm, .ms = 5000), NOTIFY_FROM(CLOCK));
	ASSERT_RC(ASK(b, wait_alarm, .ms = 5000), NOTIFY_FROM(CLOCK));
	ASSERT_RC(ASK(a, set_alarm, .ms = 50), 0);
	ck_assert_int_gt(ASK(a, set_alarm, .ms = 0), 0);
	ASSERT_RC(ASK(a, wait_alarm, .ms = 100), EMOLTIMEDOUT);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ forks, 3 },
		{ all_slots, 1 },
		{ own_binds, 1 },
		{ whose_child, 1 },
		{ ends_of_processes, 1 },
		{ exits, 1 },
		{ signals, 1 },
		{ names_of_processes, 1 },
		{ entries, 1 },
		{ stopped, 1 },
		{ copies, 1 },
		{ copies_of_users, 1 },
		{ tables, 1 },
		{ times, 1 },
		{ alarms, 1 },
	};

	stage_init();
	return RUN_TESTS("system task", 60, server_up, server_down, tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The system task of one node: its requests, and that it can start anew */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server.h"

#define SERVER 10
#define USER   40
#define USERS  (NR_PROCS - FIRST_USER_NR)

/* What actors do */

static int ask_fork(struct call *call)
{
	pid_t child = fork();
	int rc;

	if (!child) {
		rc = mnx_wait4bind();
		REQUIRE(!mnx_bind_failed(rc));
		pause();
		_exit(0);
	}
	rc = sys_fork(child);
	if (mnx_bind_failed(rc) || call->value) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return rc;
}

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

static int set_alarm(struct call *call)
{
	uint64_t left = 0;
	int rc = sys_setalarm((uint64_t)call->ms, 0, &left);

	return rc ? rc : (int)left;
}

static int wait_alarm(struct call *call)
{
	message m;
	int rc = mnx_receive_T(ANY, &m, call->ms);

	return rc ? rc : m.m_type;
}

static int publish(struct call *call)
{
	return sys_publish(call->m.m6_ca1);
}

static int withdraw(struct call *call)
{
	return sys_withdraw(call->m.m6_ca1);
}

static int lookup(struct call *call)
{
	return sys_lookup(call->m.m6_ca1, call->ms);
}

static int kill_it(struct call *call)
{
	return sys_kill(call->peer, call->value);
}

static int exit_it(struct call *call)
{
	return sys_exit(call->peer);
}

/* It is listed by that name, whatever its program is called. */
static int is_named(struct call *call)
{
	sys_process_t p;
	proc_usr_t info;
	int rc = sys_getinfo(GET_PROCINFO, _ENDPOINT_P(call->peer), &info,
			     sizeof(info));

	REQUIRE(rc == 1 && !strcmp(info.p_name, call->m.m6_ca1));
	REQUIRE(!sys_nextproc(0, _ENDPOINT_P(call->peer), &p, -1));
	return strcmp(p.name, call->m.m6_ca1) ? EMOLNAMESIZE : OK;
}

static int name_it(struct call *call)
{
	int rc = sys_setpname(call->peer, call->m.m6_ca1);

	return rc ? rc : is_named(call);
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

static int ask_raw(struct call *call)
{
	message m = call->m;
	int rc = mnx_sendrec(SYSTASK(0), &m);

	return rc ? rc : m.m_type;
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

/* Names in messages */
static message text_of(const char *text)
{
	message m = { .m_type = 0 };

	strncpy(m.m6_ca1, text, sizeof(m.m6_ca1) - 1);
	return m;
}

#define PUBLISH(a, text)     ASK(a, publish, .m = text_of(text))
#define WITHDRAW(a, text)    ASK(a, withdraw, .m = text_of(text))
#define LOOKUP(a, text, ms_) ASK(a, lookup, .m = text_of(text), .ms = (ms_))

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

/* Names */

START_TEST(names)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);

	ASSERT_RC(MNX_ERR(LOOKUP(b, "kv", 0)), EMOLNOTBIND);
	ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(LOOKUP(b, "kv", 0), a->ep);
	ASSERT_RC(PUBLISH(b, "kv"), EMOLEXIST);
	ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(WITHDRAW(b, "kv"), EMOLNOTBIND);
	ASSERT_RC(WITHDRAW(a, "kv"), OK);
	AWAIT(LOOKUP(b, "kv", 0) == EMOLNOTBIND);
	ASSERT_RC(PUBLISH(b, "kv"), OK);
	actor_kill(b);
	AWAIT(PUBLISH(a, "kv") == OK);
}
END_TEST

START_TEST(bad_names)
{
	static const char *const bad[] = { "a b", "42", "-3", "x/y", "\xff" };
	struct actor *a = actor_new(PROCESS, USER);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ASSERT_RC(PUBLISH(a, bad[i]), EMOLINVAL);
	ASSERT_RC(PUBLISH(a, ""), EMOLNAMESIZE);
	ASSERT_RC(PUBLISH(a, "0123456789abcdef0123456789abcdef"), EMOLNAMESIZE);
	ASSERT_RC(PUBLISH(a, "0123456789abcdef0123456789abcde"), OK);
	ASSERT_RC(PUBLISH(a, "a.b-c_D9"), OK);
}
END_TEST

START_TEST(many_names)
{
	struct actor *a = actor_new(PROCESS, USER);
	char name[16];
	int n = 0, rc;

	do {
		snprintf(name, sizeof(name), "name%d", n);
		rc = PUBLISH(a, name);
	} while (!rc && ++n < 1000);
	ASSERT_RC(rc, EMOLOVERRUN);
	ck_assert_int_eq(n, 32);
	ASSERT_RC(PUBLISH(actor_new(PROCESS, USER + 1), "another"), OK);
}
END_TEST

/* What was given up is not an answer to what is asked next. */
START_TEST(given_up)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);

	START(a, .op = OP_RUN, .run = lookup, .m = text_of("one"), .ms = -1);
	actor_await(a, RECEIVING);
	actor_signal(a, SIG_INTERRUPT);
	ASSERT_RC(MNX_ERR(actor_end(a).rc), EMOLINTR);
	START(a, .op = OP_RUN, .run = lookup, .m = text_of("two"), .ms = -1);
	actor_await(a, RECEIVING);
	ASSERT_RC(PUBLISH(b, "one"), OK);
	ck_assert(slot_is(USER, RECEIVING));
	ASSERT_RC(PUBLISH(b, "two"), OK);
	ASSERT_RC(actor_end(a).rc, b->ep);
}
END_TEST

/* Again and again the same one is one. */
START_TEST(same_name)
{
	struct actor *a = actor_new(PROCESS, USER);
	int i;

	for (i = 0; i < 100; i++)
		ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(PUBLISH(a, "db"), OK);
}
END_TEST

START_TEST(names_to_come)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);

	START(b, .op = OP_RUN, .run = lookup, .m = text_of("late"), .ms = -1);
	START(c, .op = OP_RUN, .run = lookup, .m = text_of("never"), .ms = 50);
	ASSERT_RC(PUBLISH(a, "late"), OK);
	ASSERT_RC(actor_end(b).rc, a->ep);
	ASSERT_RC(MNX_ERR(actor_end(c).rc), EMOLTIMEDOUT);
}
END_TEST

/* The program of that name, in that slot */
static pid_t upper_start(const char *slot)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		execl("./upper", "upper", "0", slot, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void asks(const char *service)
{
	char command[64], line[64] = "";
	FILE *f;

	snprintf(command, sizeof(command), "./ask 0 %s 'by name'", service);
	f = popen(command, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_int_eq(pclose(f), 0);
	ck_assert_str_eq(line, "BY NAME\n");
}

/* A client finds its server by one call, whatever slot it has. */
START_TEST(examples)
{
	pid_t pid = upper_start("10");

	asks("upper");
	asks("10");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = upper_start("60");
	asks("upper");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_ne(system("./ask 0 ' ' text 2> /dev/null"), 0);
}
END_TEST

/* Who may, and what is no request */

START_TEST(call_mask)
{
	struct actor *a = actor_new(PROCESS, USER);
	priv_usr_t priv;

	ASSERT_RC(mnx_getpriv(VMID, a->ep, &priv), OK);
	priv.s_call_mask &= ~(1ull << (SYS_PUBLISH - SYS_BASE));
	ASSERT_RC(mnx_setpriv(VMID, a->ep, &priv), OK);
	ASSERT_RC(PUBLISH(a, "kv"), EMOLCALLDENIED);
	ASSERT_RC(MNX_ERR(LOOKUP(a, "kv", 0)), EMOLNOTBIND);
}
END_TEST

START_TEST(bad_requests)
{
	static const int types[] = {
		0,       1,      SYS_BASE - 1, SYS_BASE + 5, SYS_BASE + 63,
		SYS_END, 0x2000, INT_MIN
	};
	struct actor *a = actor_new(PROCESS, USER);
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ASSERT_RC(ASK(a, ask_raw, .m = { .m_type = types[i] }),
			  EMOLBADREQUEST);
}
END_TEST

/* Whatever it is asked it answers, and goes on. */
/* Numbers that are no request, notifications among them, are refused. */
START_TEST(no_requests)
{
	static const int numbers[] = { 0,
				       -1,
				       INT_MIN,
				       INT_MAX,
				       SYS_BASE - 1,
				       SYS_END,
				       SYS_END - 1,
				       NOTIFY_MESSAGE,
				       NOTIFY_FROM(CLOCK),
				       NOTIFY_FROM(SYSTASK(0)) };
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *s = actor_new(PROCESS, SERVER);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const message m = { .m_type = numbers[i] };

		ASSERT_RC(ASK(a, ask_raw, .m = m), EMOLBADREQUEST);
		ASSERT_RC(ASK(s, ask_raw, .m = m), EMOLBADREQUEST);
	}
}
END_TEST

START_TEST(random_requests)
{
	struct actor *a = actor_new(PROCESS, USER);
	unsigned int seed = 1;
	message m;
	int i;
	size_t k;

	for (i = 0; i < 3000; i++) {
		m.m_type = SYS_BASE + (int)(rand_r(&seed) % 64);
		if (m.m_type == SYS_LOOKUP || m.m_type == SYS_EXIT)
			continue;
		for (k = 0; k < sizeof(m.m_raw); k++)
			m.m_raw[k] = (uint8_t)(rand_r(&seed) % 3 ?
						       0 :
						       rand_r(&seed));
		ck_assert_int_le(ASK(a, ask_raw, .m = m), OK);
	}
	ASSERT_RC(PUBLISH(a, "kv"), OK);
}
END_TEST

/*
 * A server of another user than root has through SYSTASK no right that it has
 * not without it: not to processes of others, nor to its own privileges.
 */
static int as_nobody(struct call *call)
{
	static char memory[8];
	priv_usr_t priv;

	REQUIRE(!mnx_getpriv(VMID, SERVER, &priv));
	REQUIRE(!setresuid(65534, 65534, 65534));
	REQUIRE(sys_kill(call->peer, 0) == EMOLPERM);
	REQUIRE(sys_nice(call->peer, 1) == EMOLPERM);
	REQUIRE(sys_exit(call->peer) == EMOLPERM);
	REQUIRE(sys_setpname(call->peer, "x") == EMOLPERM);
	REQUIRE(sys_vircopy(call->peer, memory, SELF, memory, 8) == EMOLPERM);
	REQUIRE(sys_memset(call->peer, memory, 1, 8) == EMOLPERM);
	REQUIRE(sys_privctl(SELF, &priv) == EMOLPERM);
	REQUIRE(MNX_ERR(sys_fork(call->value)) == EMOLPERM);
	REQUIRE(MNX_ERR(sys_bindproc(call->value, USER + 5)) == EMOLPERM);
	REQUIRE(sys_rfork(11, 1, "x") == EMOLPERM);
	REQUIRE(sys_found() == EMOLPERM);
	REQUIRE(sys_forget(2, NULL) == EMOLPERM);
	return sys_kill(SELF, 0);
}

static int become_nobody(struct call *call)
{
	(void)call;
	return setresuid(65534, 65534, 65534);
}

static int kill_and_exit(struct call *call)
{
	REQUIRE(sys_kill(call->peer, 0) == OK);
	return sys_exit(call->peer);
}

START_TEST(rights_of_servers)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_unbound();

	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(a, RECEIVING);
	ASSERT_RC(ASK(s, as_nobody, .peer = a->ep, .value = c->pid), OK);
	ck_assert_int_eq(slot_endpoint(USER), a->ep);
	/* Those of its own user are its own. */
	ASSERT_RC(ASK(b, become_nobody), 0);
	ASSERT_RC(ASK(s, kill_and_exit, .peer = b->ep), OK);
	AWAIT(slot_is(USER + 1, SLOT_FREE));
}
END_TEST

/* What only sends does not stay, and harms nobody. */
START_TEST(plain_sends)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(CALL_RC(a, .op = OP_SEND, .peer = SYSTASK(0), .ms = -1,
			  .m = { .m_type = SYS_GETUPTIME }),
		  OK);
	ASSERT_RC(PUBLISH(a, "kv"), OK);
}
END_TEST

/* It starts anew on a live node: processes, names and alarms are there. */
static void restart(int signal)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *s = actor_new(PROCESS, SERVER);
	int child = ASK(a, ask_fork), ep = a->ep;

	ck_assert(!mnx_bind_failed(child));
	ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(PUBLISH(s, "server"), OK);
	ASSERT_RC(PUBLISH(b, "gone"), OK);
	ASSERT_RC(ASK(s, set_alarm, .ms = 1500), 0);
	ASSERT_RC(ASK(a, name_it, .peer = ep, .m = text_of("mine")), OK);
	ASSERT_RC(ASK(s, name_it, .peer = s->ep, .m = text_of("own")), OK);
	systask_kill(signal);
	actor_kill(b);
	systask_start();
	ck_assert_int_eq(slots_used(SYS_SLOT_USED), 2);
	ck_assert_int_eq(slots_used(SYS_SLOT_FREE), USERS - 2);
	ASSERT_RC(LOOKUP(s, "kv", 0), ep);
	ASSERT_RC(LOOKUP(a, "server", 0), SERVER);
	ASSERT_RC(MNX_ERR(LOOKUP(a, "gone", 0)), EMOLNOTBIND);
	ASSERT_RC(ASK(s, is_named, .peer = ep, .m = text_of("mine")), OK);
	ASSERT_RC(ASK(a, is_named, .peer = s->ep, .m = text_of("own")), OK);
	ASSERT_RC(ASK(s, wait_alarm, .ms = 5000), NOTIFY_FROM(CLOCK));
	ASSERT_RC(WITHDRAW(a, "kv"), OK);
	actor_kill(a);
	AWAIT(slots_used(SYS_SLOT_USED) == 1);
	kill(slot_on(0, _ENDPOINT_P(child)).p_lpid, SIGKILL);
	AWAIT(slots_used(SYS_SLOT_FREE) == USERS);
}

START_TEST(restart_after_kill)
{
	restart(SIGKILL);
}
END_TEST

START_TEST(restart_after_term)
{
	restart(SIGTERM);
}
END_TEST

/* The messages that systemd gets come to this descriptor. */
static int notify_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = "/tmp/notify" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unlink(address.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	return fd;
}

/* When it says that it is ready users can bind. */
START_TEST(ready)
{
	int fd = notify_socket();
	char said[256];
	ssize_t size;

	systask_kill(SIGTERM);
	systask_spawn();
	do {
		size = recv(fd, said, sizeof(said) - 1, 0);
		ck_assert_int_gt(size, 0);
		said[size] = '\0';
	} while (!strstr(said, "READY=1"));
	ck_assert_int_eq(_ENDPOINT_P(actor_new(PROCESS, USER)->ep), USER);
	unsetenv("NOTIFY_SOCKET");
	close(fd);
}
END_TEST

/* While it is not there nobody binds where it could give the slot away. */
START_TEST(ends_with_the_vm)
{
	int status;

	ASSERT_RC(mnx_vm_end(VMID), OK);
	ck_assert_int_eq(waitpid(systask_pid(), &status, 0), systask_pid());
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

/* As systemd stops it: it leaves the group all the same. */
START_TEST(ends_with_the_vm_and_a_signal)
{
	int status;

	kill(systask_pid(), SIGSTOP);
	ASSERT_RC(mnx_vm_end(VMID), OK);
	kill(systask_pid(), SIGTERM);
	kill(systask_pid(), SIGCONT);
	ck_assert_int_eq(waitpid(systask_pid(), &status, 0), systask_pid());
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
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
		{ names, 3 },
		{ bad_names, 1 },
		{ many_names, 1 },
		{ given_up, 1 },
		{ same_name, 1 },
		{ names_to_come, 1 },
		{ examples, 1 },
		{ call_mask, 1 },
		{ bad_requests, 1 },
		{ no_requests, 1 },
		{ random_requests, 1 },
		{ rights_of_servers, 1 },
		{ plain_sends, 1 },
		{ restart_after_kill, 3 },
		{ restart_after_term, 1 },
		{ ready, 3 },
		{ ends_with_the_vm, 1 },
		{ ends_with_the_vm_and_a_signal, 3 },
	};

	stage_init();
	return RUN_TESTS("system task", 60, server_up, server_down, tests);
}

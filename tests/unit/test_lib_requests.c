// SPDX-License-Identifier: GPL-2.0-or-later
/* libmolipc: what sys_* ask SYSTASK, and what becomes of its answers */
#include <molipc/sys.h>

#include "unit.h"

#define NODE 3
#define PEER 35767

static const drvs_usr_t node = { .d_nodeid = NODE };

/* How SYSTASK answers: an error or OK, and with what */
static struct answer {
	int rc;
	int call_rc; /* of the call itself */
	message m;
} answer;
static message asked;

static int systask(unsigned int nr, struct m3ipc_call *call)
{
	ck_assert_uint_eq(nr, _IOC_NR(M3IPC_IOC_SENDREC));
	asked = call->msg;
	if (answer.call_rc)
		return answer.call_rc;
	call->msg = answer.m;
	call->msg.m_type = answer.rc;
	call->op = M3IPC_OP_DONE;
	return 0;
}

static void begin(int rc)
{
	fake_bind(0);
	fake.out = &node;
	fake.primitive = systask;
	memset(&answer, 0, sizeof(answer));
	answer.rc = rc;
}

/* It was asked of the SYSTASK of that node, with just that. */
static void check_asked_of(int nodeid, int type, const void *arg, size_t size)
{
	message m = { .m_type = type };

	memcpy(m.m_raw, arg, size);
	ck_assert_int_eq(fake.call.peer, SYSTASK(nodeid));
	ck_assert_int_eq(asked.m_type, type);
	ck_assert_mem_eq(asked.m_raw, m.m_raw, sizeof(m.m_raw));
}

#define CHECK_ASKED(type, arg) check_asked_of(NODE, type, &(arg), sizeof(arg))

START_TEST(binds)
{
	sys_bind_t arg = { .pid = 77 };

	begin(OK);
	com_put(&answer.m, &((sys_bind_t){ .endpoint = -5 }));
	ck_assert_int_eq(sys_fork(77), -5);
	CHECK_ASKED(SYS_FORK, arg);
	arg.p_nr = 12;
	ck_assert_int_eq(sys_bindproc(77, 12), -5);
	CHECK_ASKED(SYS_BINDPROC, arg);
}
END_TEST

/* Errors are below EMOLERRCODE, as those of calls that bind. */
START_TEST(binds_that_fail)
{
	begin(EMOLBADPID);
	ck_assert_int_eq(MNX_ERR(sys_fork(77)), EMOLBADPID);
	begin(EMOLPERM);
	ck_assert(mnx_bind_failed(sys_fork(77)));
	ck_assert_int_eq(MNX_ERR(sys_fork(77)), EMOLPERM);
	ck_assert(mnx_bind_failed(sys_lookup("kv", 0)));
	ck_assert_int_eq(MNX_ERR(sys_lookup("kv", 0)), EMOLPERM);
	answer.call_rc = EMOLDSTDIED;
	ck_assert(mnx_bind_failed(sys_bindproc(77, 1)));
	ck_assert_int_eq(MNX_ERR(sys_bindproc(77, 1)), EMOLDSTDIED);
}
END_TEST

START_TEST(processes)
{
	const sys_kill_t own = { PEER, 9, PROC_NO_ID };
	const sys_kill_t anothers = { PEER, 9, 77 };
	sys_proc_t arg = { .endpoint = PEER };
	sys_rfork_t far = { .endpoint = PEER, .nodeid = 4, .name = "far" };
	priv_usr_t priv;
	sys_privctl_t rights = { .priv = (uintptr_t)&priv, .endpoint = PEER };

	begin(EMOLNOTBIND);
	ck_assert_int_eq(sys_exit(PEER), EMOLNOTBIND);
	CHECK_ASKED(SYS_EXIT, arg);
	ck_assert_int_eq(sys_kill(PEER, 9), EMOLNOTBIND);
	CHECK_ASKED(SYS_KILL, own);
	ck_assert_int_eq(sys_kill_as(PEER, 9, 77), EMOLNOTBIND);
	CHECK_ASKED(SYS_KILL, anothers);
	arg.value = 9;
	ck_assert_int_eq(sys_nice(PEER, 9), EMOLNOTBIND);
	CHECK_ASKED(SYS_NICE, arg);
	arg.value = 0;
	strcpy(arg.name, "name");
	ck_assert_int_eq(sys_setpname(PEER, "name"), EMOLNOTBIND);
	CHECK_ASKED(SYS_SETPNAME, arg);
	ck_assert_int_eq(sys_exec(PEER, "name"), EMOLNOTBIND);
	CHECK_ASKED(SYS_EXEC, arg);
	ck_assert_int_eq(sys_rfork(PEER, 4, "far"), EMOLNOTBIND);
	CHECK_ASKED(SYS_RFORK, far);
	ck_assert_int_eq(sys_privctl(PEER, &priv), EMOLNOTBIND);
	CHECK_ASKED(SYS_PRIVCTL, rights);
}
END_TEST

START_TEST(copies)
{
	char a[8], b[8];
	sys_copy_t arg = { .src = SELF,
			   .dst = PEER,
			   .saddr = (uintptr_t)a,
			   .daddr = (uintptr_t)b,
			   .bytes = 8 };
	sys_copy_t set = { .dst = PEER,
			   .daddr = (uintptr_t)b,
			   .bytes = 8,
			   .value = 5 };
	sys_vcopy_t many = { .copies = (uintptr_t)&arg, .nr = 4 };
	int done = -1;

	begin(OK);
	ck_assert_int_eq(sys_vircopy(SELF, a, PEER, b, 8), OK);
	CHECK_ASKED(SYS_VIRCOPY, arg);
	ck_assert_int_eq(sys_memset(PEER, b, 5, 8), OK);
	CHECK_ASKED(SYS_MEMSET, set);
	answer.rc = EMOLFAULT;
	com_put(&answer.m, &((sys_vcopy_t){ .nr = 4, .done = 2 }));
	ck_assert_int_eq(sys_vcopy(&arg, 4, &done), EMOLFAULT);
	CHECK_ASKED(SYS_VCOPY, many);
	ck_assert_int_eq(done, 2);
	ck_assert_int_eq(sys_vcopy(&arg, 4, NULL), EMOLFAULT);
	answer.call_rc = EMOLDSTDIED;
	ck_assert_int_eq(sys_vcopy(&arg, 4, &done), EMOLDSTDIED);
	ck_assert_int_eq(done, 0);
}
END_TEST

START_TEST(times)
{
	sys_alarm_t arg = { .ticks = 1000, .absolute = 1 };
	sys_proc_t proc = { .endpoint = SELF };
	sys_times_t used;
	uint64_t left = 1;

	begin(OK);
	com_put(&answer.m, &((sys_alarm_t){ .ticks = 77 }));
	ck_assert_int_eq(sys_setalarm(1000, 5, &left), OK);
	CHECK_ASKED(SYS_SETALARM, arg);
	ck_assert_uint_eq(left, 77);
	ck_assert_int_eq(sys_setalarm(1000, 5, NULL), OK);
	ck_assert_int_eq(sys_getuptime(&left), OK);
	ck_assert_int_eq(sys_getuptime(NULL), EMOLFAULT);
	com_put(&answer.m, &((sys_times_t){ 1, 2, 3, 4, 5 }));
	ck_assert_int_eq(sys_times(SELF, &used), OK);
	CHECK_ASKED(SYS_TIMES, proc);
	ck_assert_uint_eq(used.uptime, 5);
	ck_assert_int_eq(sys_times(SELF, NULL), EMOLFAULT);
	answer.rc = EMOLPERM;
	left = 1;
	ck_assert_int_eq(sys_setalarm(1, 0, &left), EMOLPERM);
	ck_assert_uint_eq(left, 1);
}
END_TEST

START_TEST(names)
{
	static const char longest[] = "0123456789abcdef0123456789abcde";
	sys_name_t arg = { .ms = 0, .name = "kv" };

	begin(OK);
	com_put(&answer.m, &((sys_name_t){ .endpoint = PEER }));
	ck_assert_int_eq(sys_publish("kv"), OK);
	CHECK_ASKED(SYS_PUBLISH, arg);
	ck_assert_int_eq(sys_withdraw("kv"), OK);
	CHECK_ASKED(SYS_WITHDRAW, arg);
	arg.ms = -1;
	ck_assert_int_eq(sys_lookup("kv", -1), PEER);
	CHECK_ASKED(SYS_LOOKUP, arg);
	ck_assert_int_eq(sys_publish(longest), OK);
	fake.nr_primitives = 0;
	ck_assert_int_eq(sys_publish("0123456789abcdef0123456789abcdef"),
			 EMOLNAMESIZE);
	ck_assert_int_eq(sys_publish(NULL), EMOLFAULT);
	ck_assert_int_eq(MNX_ERR(sys_lookup(NULL, 0)), EMOLFAULT);
	ck_assert_int_eq(fake.nr_primitives, 0);
}
END_TEST

START_TEST(tables)
{
	sys_entry_t entries[3];
	sys_info_t arg = { .to = (uintptr_t)entries,
			   .bytes = 100,
			   .what = GET_PROCINFO,
			   .which = 40 };
	sys_info_t all = { .to = (uintptr_t)entries,
			   .bytes = sizeof(entries),
			   .what = GET_NAMES };

	begin(OK);
	com_put(&answer.m, &((sys_info_t){ .nr = 12 }));
	ck_assert_int_eq(sys_getinfo(GET_PROCINFO, 40, entries, 100), 12);
	CHECK_ASKED(SYS_GETINFO, arg);
	ck_assert_int_eq(sys_names(entries, 3), 12);
	CHECK_ASKED(SYS_GETINFO, all);
	answer.rc = EMOLINVAL;
	ck_assert_int_eq(sys_names(entries, 3), EMOLINVAL);
}
END_TEST

/* Another node's SYSTASK is asked, and not for longer than that. */
START_TEST(entries)
{
	sys_process_t process, arg = { .p_nr = -7 };
	sys_peer_t peer, of = { .node.nodeid = 5 };
	const sys_part_t asked_part = { .what = GET_PRIVTAB, .offset = 36 };
	sys_part_t part = asked_part;

	begin(OK);
	com_put(&answer.m, &((sys_process_t){ .endpoint = PEER }));
	ck_assert_int_eq(sys_nextproc(6, -7, &process, 100), OK);
	ck_assert_int_eq(process.endpoint, PEER);
	check_asked_of(6, SYS_NEXTPROC, &arg, sizeof(arg));
	ck_assert_int_eq(fake.call.timeout, 100);
	com_put(&answer.m, &((sys_peer_t){ .sent = 9 }));
	ck_assert_int_eq(sys_nextnode(7, 5, &peer, 0), OK);
	ck_assert_uint_eq(peer.sent, 9);
	check_asked_of(7, SYS_NEXTNODE, &of, sizeof(of));
	com_put(&answer.m, &((sys_part_t){ .nr = 4, .part = "part" }));
	ck_assert_int_eq(sys_getpart(7, &part, 0), OK);
	ck_assert_int_eq(part.nr, 4);
	ck_assert_str_eq((char *)part.part, "part");
	check_asked_of(7, SYS_GETPART, &asked_part, sizeof(asked_part));
	answer.call_rc = EMOLTIMEDOUT;
	ck_assert_int_eq(sys_nextnode(7, 5, &peer, 1), EMOLTIMEDOUT);
	fake.nr_primitives = 0;
	ck_assert_int_eq(sys_nextproc(64, 0, &process, 1), EMOLBADNODEID);
	ck_assert_int_eq(sys_nextproc(-1, 0, &process, 1), EMOLBADNODEID);
	ck_assert_int_eq(sys_nextproc(0, 0, NULL, 1), EMOLFAULT);
	ck_assert_int_eq(sys_nextnode(0, 0, NULL, 1), EMOLFAULT);
	ck_assert_int_eq(sys_getpart(0, NULL, 1), EMOLFAULT);
	ck_assert_int_eq(fake.nr_primitives, 0);
}
END_TEST

START_TEST(ends)
{
	sys_ends_t arg = { .seq = 8 };
	const sys_ends_t two = { .seq = 10,
				 .nr = 2,
				 .ends = { { PEER, 9, 7 } } };
	sys_end_t to[SYS_ENDS_MAX];
	uint64_t seq = 8;

	begin(OK);
	com_put(&answer.m, &two);
	ck_assert_int_eq(sys_getends(&seq, to), 2);
	CHECK_ASKED(SYS_GETENDS, arg);
	ck_assert_uint_eq(seq, 10);
	ck_assert_int_eq(to[0].endpoint, PEER);
	ck_assert_int_eq(to[0].status, 9);
	ck_assert_int_eq(to[0].uid, 7);
	answer.rc = EMOLOVERRUN;
	ck_assert_int_eq(sys_getends(&seq, to), EMOLOVERRUN);
	ck_assert_uint_eq(seq, 10);
	seq = 3;
	answer.rc = EMOLPERM;
	ck_assert_int_eq(sys_getends(&seq, to), EMOLPERM);
	ck_assert_uint_eq(seq, 3);
	ck_assert_int_eq(sys_getends(NULL, to), EMOLFAULT);
	ck_assert_int_eq(sys_getends(&seq, NULL), EMOLFAULT);
}
END_TEST

START_TEST(words)
{
	sys_forget_t arg = { .nodes = 6 };
	uint64_t left = 1;

	begin(EMOLNONODE);
	com_put(&answer.m, &((sys_forget_t){ .nodes = 8 }));
	ck_assert_int_eq(sys_forget(6, &left), EMOLNONODE);
	CHECK_ASKED(SYS_FORGET, arg);
	ck_assert_uint_eq(left, 8);
	answer.rc = EMOLAGAIN;
	ck_assert_int_eq(sys_forget(6, &left), EMOLAGAIN);
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(sys_forget(6, NULL), EMOLAGAIN);
	memset(&arg, 0, sizeof(arg));
	ck_assert_int_eq(sys_found(), EMOLAGAIN);
	CHECK_ASKED(SYS_FOUND, arg);
}
END_TEST

/* A node that is none has no SYSTASK. */
START_TEST(no_node)
{
	static const drvs_usr_t none = { .d_nodeid = LOCALNODE };

	begin(OK);
	fake.out = &none;
	ck_assert_int_eq(sys_exit(SELF), EMOLDRVSINIT);
	ck_assert_int_eq(fake.nr_primitives, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, binds);
	tcase_add_test(tc, binds_that_fail);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, copies);
	tcase_add_test(tc, times);
	tcase_add_test(tc, names);
	tcase_add_test(tc, tables);
	tcase_add_test(tc, entries);
	tcase_add_test(tc, ends);
	tcase_add_test(tc, words);
	tcase_add_test(tc, no_node);
}

int main(void)
{
	return unit_run("libmolipc: requests", add);
}

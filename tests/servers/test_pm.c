// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PM of one node: what POSIX says of its calls (posix/), and what it does not:
 * who may ask what, and that nothing is left behind.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm.h"

#define SERVER 10
#define USER   40
#define USERS  (NR_PROCS - FIRST_USER_NR)

static void pm_up(void)
{
	server_up();
	pm_start();
}

/* What actors do */

static int ask_raw(struct call *call)
{
	message m = call->m;

	return ask(m.m_type, &m);
}

static int adopt(struct call *call)
{
	pm_fork_t arg = { .pid = call->value };

	return EXCHANGE(PM_ADOPT, arg);
}

static int group_of(struct call *call)
{
	pm_ids_t arg = { .pid = call->value };
	const int rc = EXCHANGE(PM_GETPID, arg);

	return rc ? rc : arg.group;
}

static uint32_t nr_answers;

static int wait_for(struct call *call)
{
	pm_wait_t arg = { .pid = call->value, .answers = nr_answers };
	const int rc = EXCHANGE(PM_WAITPID, arg);

	if (rc)
		return rc;
	nr_answers = arg.answers;
	return arg.status;
}

/* As if the last answer had not come */
static int wait_again(struct call *call)
{
	nr_answers--;
	return wait_for(call);
}

static int become_user(struct call *call)
{
	return setresuid((uid_t)call->value, (uid_t)call->value,
			 (uid_t)call->value);
}

static int kill_it(struct call *call)
{
	message m;

	com_put(&m, &((pm_kill_t){ call->peer, call->value }));
	return ask(PM_KILL, &m);
}

static pid_t family_start(const char *how, const char *count, const char *says)
{
	const pid_t pid = fork();

	if (!pid) {
		if (!freopen(says, "w", stderr))
			_exit(127);
		execl("../cluster/family", "family", how, count, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void family_end(pid_t pid, int expected, const char *says)
{
	char text[256] = "";
	FILE *file;
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	file = fopen(says, "r");
	ck_assert_ptr_nonnull(file);
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	ck_assert_msg(status == expected, "status %#x: %s", status, text);
	fclose(file);
}

/* POSIX */

static int run_program(const char *const argv[])
{
	const pid_t pid = fork();
	int status;

	if (!pid) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* The same on Linux, with the calls of libmol, and the former program again */
START_TEST(posix)
{
	const char *const on_linux[] = { "./posix_linux", NULL };
	const char *const with_mol[] = { "./posix_mol", NULL };
	const char *const unmodified[] = {
		"../../tools/m3ipc", "run",           "stage",
		"--posix",           "./posix_linux", NULL
	};
	int free;

	ck_assert_int_eq(run_program(on_linux), 0);
	free = slots_used(SYS_SLOT_FREE);
	ck_assert_int_eq(run_program(with_mol), 0);
	AWAIT(slots_used(SYS_SLOT_FREE) == free);
	ck_assert_int_eq(run_program(unmodified), 0);
	AWAIT(slots_used(SYS_SLOT_FREE) == free);
}
END_TEST

/* All slots are taken, and given back. */
START_TEST(bomb)
{
	const int free = slots_used(SYS_SLOT_FREE);
	const pid_t pid = family_start("bomb", "0", "/tmp/bomb");

	AWAIT(!slots_used(SYS_SLOT_FREE));
	kill(pid, SIGUSR1);
	AWAIT(slots_used(SYS_SLOT_FREE) == free - 1);
	kill(pid, SIGKILL);
	family_end(pid, SIGKILL, "/tmp/bomb");
	AWAIT(slots_used(SYS_SLOT_FREE) == free);
}
END_TEST

/* Who may ask */

START_TEST(strangers)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);

	ASSERT_RC(ASK(a, parent_of), EMOLNOTBIND);
	ASSERT_RC(ASK(a, wait_for), EMOLNOTBIND);
	ASSERT_RC(ASK(a, kill_it, .peer = 1), EMOLNOTBIND);
	ASSERT_RC(ASK(a, fork_of, .peer = b->ep), EMOLNOTBIND);
	ck_assert_int_gt(ASK(a, bind_it), 1);
	ASSERT_RC(ASK(a, parent_of), 1);
	ASSERT_RC(ASK(b, parent_of), EMOLNOTBIND);
}
END_TEST

/* A child is entered once, and is another's for nobody. */
START_TEST(children)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	int of_a = ASK(a, bind_it), of_b, of_c;

	ASSERT_RC(ASK(a, bind_it), of_a);
	of_b = ASK(a, fork_of, .peer = b->ep);
	ck_assert_int_gt(of_b, 1);
	ASSERT_RC(ASK(a, fork_of, .peer = b->ep), of_b);
	ASSERT_RC(ASK(b, bind_it), of_b);
	ASSERT_RC(ASK(b, parent_of), of_a);
	of_c = ASK(c, bind_it);
	ASSERT_RC(ASK(a, fork_of, .peer = c->ep), EMOLPERM);
	ASSERT_RC(ASK(c, fork_of, .peer = b->ep), EMOLPERM);
	ASSERT_RC(ASK(a, fork_of, .peer = a->ep), EMOLPERM);
	ASSERT_RC(ASK(a, parent_of, .value = of_c), 1);
	ASSERT_RC(ASK(c, wait_for, .value = of_b), -ECHILD);
}
END_TEST

START_TEST(no_endpoint)
{
	static const int bad[] = { NONE,     ANY,  SELF,       -1000000,
				   12345678, USER, SYSTASK(0), PM_PROC_NR };
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, bind_it) > 1, true);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_lt(ASK(a, fork_of, .peer = bad[i]), 0);
}
END_TEST

/* Of another user */
START_TEST(users)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	int pid, of_c = ASK(c, bind_it);

	ASSERT_RC(ASK(a, become_user, .value = 1000), 0);
	ASSERT_RC(ASK(b, become_user, .value = 1001), 0);
	ck_assert_int_gt(ASK(a, bind_it), 1);
	ASSERT_RC(ASK(a, fork_of, .peer = b->ep), EMOLPERM);
	pid = ASK(b, bind_it);
	ASSERT_RC(ASK(a, kill_it, .peer = pid, .value = SIGKILL), -EPERM);
	ASSERT_RC(ASK(a, kill_it, .peer = of_c, .value = SIGKILL), -EPERM);
	ASSERT_RC(ASK(a, kill_it, .peer = pid, .value = 0), -EPERM);
	ASSERT_RC(ASK(c, kill_it, .peer = pid, .value = SIGKILL), OK);
	AWAIT(slot_is(USER + 1, SLOT_FREE));
}
END_TEST

/* Both want it, and are of one user. */
START_TEST(adopted)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	int of_a = ASK(a, bind_it), of_b = ASK(b, bind_it, .peer = a->ep);
	int of_c = ASK(c, bind_it, .peer = a->ep);

	ASSERT_RC(ASK(b, adopt, .value = of_a), -EPERM);
	ASSERT_RC(ASK(b, adopt, .value = of_c), -EPERM);
	ASSERT_RC(ASK(a, adopt, .value = of_a), -EPERM);
	ASSERT_RC(ASK(a, adopt, .value = of_c + 100), -ESRCH);
	ASSERT_RC(ASK(a, adopt, .value = -1), -ESRCH);
	ASSERT_RC(ASK(a, adopt, .value = of_b), OK);
	ASSERT_RC(ASK(a, adopt, .value = of_b), OK);
	ASSERT_RC(ASK(b, parent_of), of_a);
	ASSERT_RC(ASK(b, group_of, .value = of_b), of_a);
	ASSERT_RC(ASK(c, become_user, .value = 1000), 0);
	ASSERT_RC(ASK(a, adopt, .value = of_c), -EPERM);
	ASSERT_RC(ASK(c, parent_of), 1);
	actor_kill(b);
	ASSERT_RC(ASK(a, wait_for, .value = -1), SIGKILL);
}
END_TEST

/* The table */

/* Also for who is no process of it */
START_TEST(table_is_shown)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	int of_a, of_b;
	pm_process_t p;

	ASSERT_RC(ASK(c, look_at_table), 0);
	of_a = ASK(a, bind_it);
	of_b = ASK(a, fork_of, .peer = b->ep);
	ASSERT_RC(ASK(c, look_at_table), 2);
	p = nth(c, 0);
	ck_assert(p.pid == of_a && p.parent == 1 && p.endpoint == a->ep);
	ck_assert(p.state == PM_LIVE && !p.node && !p.uid);
	p = nth(c, 1);
	ck_assert(p.pid == of_b && p.parent == of_a && p.group == of_a);
	ck_assert(p.session == of_a && p.endpoint == b->ep);
	ASSERT_RC(ASK(a, kill_it, .peer = of_b, .value = SIGSTOP), OK);
	p = nth(c, 1);
	ck_assert(p.state == PM_STOPPED && WIFSTOPPED(p.status));
	ASSERT_RC(ASK(a, kill_it, .peer = of_b, .value = SIGCONT), OK);
	ASSERT_RC(ASK(b, become_user, .value = 1000), 0);
	ck_assert_uint_eq(nth(c, 1).uid, 1000);
	actor_kill(b);
	AWAIT(nth(c, 1).state == PM_ZOMBIE);
	ck_assert_int_eq(nth(c, 1).status, SIGKILL);
	ASSERT_RC(ASK(a, wait_for, .value = of_b), SIGKILL);
	ASSERT_RC(ASK(c, look_at_table), 1);
}
END_TEST

/* Ends */

/* A slot has its next process: the one before has ended. */
START_TEST(slot_again)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	int pid = ASK(a, bind_it), of_b = ASK(a, fork_of, .peer = b->ep);

	ck_assert_int_gt(pid, 1);
	for (int i = 0; i < 20; i++) {
		actor_kill(b);
		AWAIT(slot_is(USER + 1, SLOT_FREE));
		b = actor_new(PROCESS, USER + 1);
		pid = of_b;
		of_b = ASK(a, fork_of, .peer = b->ep);
		ck_assert_int_gt(of_b, 1);
		ck_assert_int_ne(of_b, pid);
		ASSERT_RC(ASK(a, wait_for, .value = pid), SIGKILL);
	}
}
END_TEST

/* It gives up its endpoint: for its parent it has ended. */
START_TEST(leaves_the_vm)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	int pid;

	ck_assert_int_gt(ASK(a, bind_it), 1);
	pid = ASK(a, fork_of, .peer = b->ep);
	START(a, .op = OP_RUN, .run = wait_for, .value = pid);
	actor_await(a, RECEIVING);
	ASSERT_RC(CALL_RC(b, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(actor_end(a).rc, 0);
	ASSERT_RC(ASK(a, wait_for, .value = pid), -ECHILD);
}
END_TEST

/* SYSTASK is away when it ends: PM hears of it from the next one. */
START_TEST(ends_that_nobody_saw)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	int pid;

	ck_assert_int_gt(ASK(a, bind_it), 1);
	pid = ASK(a, fork_of, .peer = b->ep);
	START(a, .op = OP_RUN, .run = wait_for, .value = pid);
	actor_await(a, RECEIVING);
	systask_kill(SIGKILL);
	actor_kill(b);
	systask_start();
	ASSERT_RC(actor_end(a).rc, SIGKILL);
}
END_TEST

/* PM anew */

static int set_alarm(struct call *call)
{
	pm_value_t arg = { .value = (uint32_t)call->value };
	int rc;

	/* libcheck has a handler of its own. */
	signal(SIGALRM, SIG_DFL);
	rc = EXCHANGE(PM_ALARM, arg);
	return rc ? rc : (int)arg.value;
}

static int lead_session(struct call *call)
{
	pm_group_t arg = { 0 };
	const int rc = EXCHANGE(PM_SETSID, arg);

	(void)call;
	return rc ? rc : arg.group;
}

static void pm_again(void)
{
	pm_kill(SIGKILL);
	pm_start();
}

/* What one knew the next one knows. */
START_TEST(table_is_kept)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	struct actor *d = actor_new(PROCESS, USER + 3);
	int of_a = ASK(a, bind_it), of_b, of_c, left;

	of_b = ASK(a, fork_of, .peer = b->ep);
	of_c = ASK(a, fork_of, .peer = c->ep);
	ASSERT_RC(ASK(b, lead_session), of_b);
	ASSERT_RC(ASK(b, set_alarm, .value = 1000), 0);
	ASSERT_RC(ASK(c, set_alarm, .value = 1), 0);
	pm_again();
	ASSERT_RC(ASK(a, bind_it), of_a);
	ASSERT_RC(ASK(b, parent_of), of_a);
	ASSERT_RC(ASK(a, group_of, .value = of_b), of_b);
	ASSERT_RC(ASK(b, group_of, .value = of_a), of_a);
	left = ASK(b, set_alarm, .value = 0);
	ck_assert(left > 990 && left <= 1000);
	ASSERT_RC(ASK(a, wait_for, .value = of_c), SIGALRM);
	/* Its number is nobody's again. */
	ck_assert_int_gt(ASK(d, bind_it), of_c);
	pm_again();
	ASSERT_RC(ASK(a, wait_for, .value = of_c), -ECHILD);
	actor_kill(b);
	ASSERT_RC(ASK(a, wait_for, .value = -1), SIGKILL);
}
END_TEST

/* Ends that it did not see, and one that was told and may not have arrived */
START_TEST(ends_without_pm)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	int of_b, of_c;

	ck_assert_int_gt(ASK(a, bind_it), 1);
	of_b = ASK(a, fork_of, .peer = b->ep);
	of_c = ASK(a, fork_of, .peer = c->ep);
	pm_kill(SIGKILL);
	ASSERT_RC(CALL_RC(c, .op = OP_UNBIND, .peer = SELF), OK);
	actor_kill(b);
	pm_start();
	ASSERT_RC(ASK(a, wait_for, .value = of_c), 0);
	ASSERT_RC(ASK(a, wait_for, .value = of_b), SIGKILL);
	pm_again();
	ASSERT_RC(ASK(a, wait_again, .value = of_b), SIGKILL);
	ASSERT_RC(ASK(a, wait_for, .value = -1), -ECHILD);
}
END_TEST

/* With the VM all of it ends: the next VM's processes are others. */
START_TEST(another_vm)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);

	ck_assert_int_gt(ASK(a, bind_it), 1);
	ck_assert_int_gt(ASK(a, fork_of, .peer = b->ep), 1);
	pm_kill(SIGKILL);
	server_down();
	pm_up();
	a = actor_new(PROCESS, USER);
	ASSERT_RC(ASK(a, parent_of), EMOLNOTBIND);
	ck_assert_int_gt(ASK(a, bind_it), 1);
	ASSERT_RC(ASK(a, wait_for, .value = -1), -ECHILD);
}
END_TEST

#define LOADS  3
#define CYCLES "100"

/* Who forks and waits meanwhile gets each status, once. */
START_TEST(killed_under_load)
{
	static const char *const says[LOADS] = { "/tmp/load.0", "/tmp/load.1",
						 "/tmp/load.2" };
	pid_t load[LOADS];

	srandom((unsigned int)_i + 1);
	for (int i = 0; i < LOADS; i++)
		load[i] = family_start("cycle", CYCLES, says[i]);
	for (int i = 0; i < 8; i++) {
		usleep((useconds_t)(random() % 300000));
		pm_again();
	}
	for (int i = 0; i < LOADS; i++)
		family_end(load[i], 0, says[i]);
}
END_TEST

/* The clock of the VM */

static int clock_ahead(struct call *call)
{
	pm_clock_t arg = { 0 };
	const int rc = EXCHANGE(PM_CLOCK, arg);

	(void)call;
	return rc ? rc : (int)arg.ahead;
}

static int set_clock(struct call *call)
{
	pm_clock_t arg = { call->value };

	return EXCHANGE(PM_STIME, arg);
}

static int set_clock_too_far(struct call *call)
{
	pm_clock_t far = { PM_CLOCK_MAX + 1 }, back = { INT64_MIN };

	(void)call;
	REQUIRE(EXCHANGE(PM_STIME, far) == -EINVAL);
	return EXCHANGE(PM_STIME, back);
}

/* Roots', for all, and for the next PM */
START_TEST(the_clock)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);

	ASSERT_RC(ASK(a, clock_ahead), EMOLNOTBIND);
	ASSERT_RC(ASK(a, set_clock, .value = 7), EMOLNOTBIND);
	ck_assert_int_gt(ASK(a, bind_it), 1);
	ck_assert_int_gt(ASK(b, bind_it), 1);
	ASSERT_RC(ASK(a, clock_ahead), 0);
	ASSERT_RC(ASK(a, set_clock, .value = 7), OK);
	ASSERT_RC(ASK(b, become_user, .value = 65534), OK);
	ASSERT_RC(ASK(b, set_clock, .value = 8), -EPERM);
	ASSERT_RC(ASK(a, set_clock_too_far), -EINVAL);
	pm_again();
	ASSERT_RC(ASK(b, clock_ahead), 7);
}
END_TEST

/* Requests */

START_TEST(unknown)
{
	static const int types[] = { PM_BASE,       PM_BASE + 127, PM_BASE + 3,
				     PM_BASE + 128, PM_BASE - 1,   0x600 };
	struct actor *a = actor_new(PROCESS, USER);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ASSERT_RC(ASK(a, ask_raw, .m = { .m_type = types[i] }),
			  EMOLBADCALL);
}
END_TEST

static const int numbers[] = {
	PM_FORK,     PM_WAITPID, PM_GETPID,  PM_ALARM,    PM_KILL,
	PM_EXEC,     PM_SETSID,  PM_SETPGID, PM_BINDPROC, PM_CHILDREN,
	PM_NEXTPROC, PM_ADOPT,   PM_CLOCK,   PM_STIME,
};

/* Any request with anything in it; but no signals to all. */
static int ask_anything(struct call *call)
{
	message m;

	srandom((unsigned int)call->value);
	for (int i = 0; i < 300; i++) {
		int nr = numbers[random() %
				 (int)(sizeof(numbers) / sizeof(numbers[0]))];

		for (int j = 0; j < COM_BYTES; j++)
			m.m_raw[j] = (char)(random() % 4 ? 0 : random());
		if (nr == PM_KILL)
			com_put(&m, &((pm_kill_t){ (int)random(),
						   (int)random() % 80 }));
		if (nr == PM_WAITPID)
			com_put(&m, &((pm_wait_t){ .pid = (int)random() % 9 - 4,
						   PM_WNOHANG }));
		if (nr == PM_CHILDREN && random() % 2)
			com_put(&m, &((pm_value_t){ 0 }));
		m.m_type = nr;
		REQUIRE(!mnx_sendrec_T(PM_PROC_NR, &m, 10000));
		REQUIRE(m.m_type <= 0);
	}
	return OK;
}

START_TEST(anything)
{
	struct actor *a[4];

	for (int i = 0; i < 4; i++) {
		a[i] = actor_new(PROCESS, USER + i);
		if (i)
			ck_assert_int_gt(ASK(a[i], bind_it), 1);
	}
	for (int i = 0; i < 4; i++)
		START(a[i], .op = OP_RUN, .run = ask_anything,
		      .value = _i * 10 + i);
	for (int i = 0; i < 4; i++)
		ASSERT_RC(actor_end(a[i]).rc, OK);
	ck_assert_int_gt(ASK(a[3], bind_it), 1);
}
END_TEST

/* Who waits, and who is stopped in his call, holds up nobody. */
START_TEST(waits_for_nobody)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	int pid;

	ck_assert_int_gt(ASK(a, bind_it), 1);
	ck_assert_int_gt(ASK(c, bind_it), 1);
	pid = ASK(a, fork_of, .peer = b->ep);
	START(a, .op = OP_RUN, .run = wait_for, .value = pid);
	actor_await(a, RECEIVING);
	kill(a->pid, SIGSTOP);
	ASSERT_RC(ASK(c, parent_of), 1);
	actor_kill(b);
	ASSERT_RC(ASK(c, parent_of), 1);
	kill(a->pid, SIGCONT);
	ASSERT_RC(actor_end(a).rc, SIGKILL);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ posix, 1 },
		{ bomb, 1 },
		{ strangers, 1 },
		{ children, 1 },
		{ no_endpoint, 1 },
		{ users, 1 },
		{ adopted, 1 },
		{ table_is_shown, 1 },
		{ slot_again, 1 },
		{ leaves_the_vm, 1 },
		{ ends_that_nobody_saw, 1 },
		{ table_is_kept, 1 },
		{ ends_without_pm, 1 },
		{ another_vm, 1 },
		{ killed_under_load, 2 },
		{ the_clock, 1 },
		{ unknown, 1 },
		{ anything, 5 },
		{ waits_for_nobody, 1 },
	};

	stage_init();
	return RUN_TESTS("process manager", 120, pm_up, server_down, tests);
}

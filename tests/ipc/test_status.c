// SPDX-License-Identifier: GPL-2.0-or-later
/* How a process ended, in the log, is what its parent hears by wait(). */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

#define NR 100

static uint64_t seq;

static void log_up(void)
{
	m3ipc_event_t e;

	stage_up();
	seq = 0;
	ASSERT_RC(mnx_getevents(VMID, &seq, &e, 1), 0);
}

static void must(bool ok)
{
	if (!ok)
		_exit(98);
}

/* The ways to end */

static void says_7(void)
{
	_exit(7);
}

static void says_nothing(void)
{
	_exit(0);
}

static void one_thread_says_7(void)
{
	syscall(SYS_exit, 7);
}

static void is_killed(void)
{
	kill(getpid(), SIGKILL);
}

static void faults(void)
{
	raise(SIGSEGV);
}

static void is_called_off(void)
{
	raise(SIGUSR1);
}

static pid_t leader;

static void leader_has_ended(void)
{
	char path[64], line[256] = "";
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", leader);
	do {
		stat = fopen(path, "r");
		must(stat && fgets(line, sizeof(line), stat));
		fclose(stat);
	} while (!strstr(line, ") Z "));
}

static void *end_all(void *arg)
{
	(void)arg;
	leader_has_ended();
	_exit(5);
}

static void *end_alone(void *arg)
{
	(void)arg;
	leader_has_ended();
	syscall(SYS_exit, 4);
	return NULL;
}

static void leader_ends(void *(*other)(void *), int status)
{
	pthread_t thread;

	leader = getpid();
	must(!pthread_create(&thread, NULL, other, NULL));
	syscall(SYS_exit, status);
}

static void the_last_thread_ends_all(void)
{
	leader_ends(end_all, 3);
}

static void threads_end_alone(void)
{
	leader_ends(end_alone, 3);
}

static void (*const ways[])(void) = {
	says_7, says_nothing,  is_killed,         one_thread_says_7,
	faults, is_called_off, threads_end_alone, the_last_thread_ends_all,
};

static int run_to_end(int way)
{
	const struct rlimit none = { 0, 0 };
	const pid_t child = fork();
	int status;

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setrlimit(RLIMIT_CORE, &none);
		must(mnx_bind(VMID, NR) > 0);
		ways[way]();
		_exit(99);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

START_TEST(as_wait_says)
{
	const int status = run_to_end(_i);
	m3ipc_event_t e[3];

	slot_await(NR, SLOT_FREE);
	ASSERT_RC(mnx_getevents(VMID, &seq, e, 3), 2);
	ck_assert_int_eq(e[0].e_type, M3IPC_EVENT_BIND);
	ck_assert_int_eq(e[0].e_status, 0);
	ck_assert_int_eq(e[1].e_type, M3IPC_EVENT_DIED);
	ck_assert_int_eq(e[1].e_status, status);
}
END_TEST

/* Unbound by a call, it has not ended. */
START_TEST(lives_on)
{
	struct actor *a = actor_new(PROCESS, NR);
	m3ipc_event_t e[3];

	ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(mnx_getevents(VMID, &seq, e, 3), 2);
	ck_assert_int_eq(e[1].e_type, M3IPC_EVENT_UNBIND);
	ck_assert_int_eq(e[1].e_status, 0);
}
END_TEST

/* Of a thread with an endpoint of its own, as of its process */
START_TEST(thread_of_killed)
{
	struct actor *a = actor_new(THREAD, NR);
	m3ipc_event_t e[5];

	actor_kill(a);
	slot_await(NR, SLOT_FREE);
	slot_await(NR + LEADER_OFFSET, SLOT_FREE);
	ASSERT_RC(mnx_getevents(VMID, &seq, e, 5), 4);
	for (int i = 2; i < 4; i++) {
		ck_assert_int_eq(e[i].e_type, M3IPC_EVENT_DIED);
		ck_assert_int_eq(e[i].e_status, SIGKILL);
	}
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ as_wait_says, NR_OF(ways) },
		{ lives_on, 1 },
		{ thread_of_killed, 1 },
	};

	stage_init();
	return RUN_TESTS("status", 60, log_up, stage_down, tests);
}

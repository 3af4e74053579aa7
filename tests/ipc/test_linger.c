// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lingering: on one CPU a caller gives way to its partner instead of sleeping,
 * unless its VM is told not to; on two, watching for the other's message may
 * take any time, or none, and no message is lost or doubled.
 *
 * Needs a machine with CPUs 0 and 1.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

#define SPIN_US     "/sys/module/m3ipc/parameters/spin_us"
#define LINGER_VM   1
#define SERVER_NR   1
#define CLIENT_NR   40
#define ROUND_TRIPS 1000

static void set_spin_us(const char *us)
{
	int fd = open(SPIN_US, O_WRONLY);

	ck_assert(write(fd, us, strlen(us)) == (ssize_t)strlen(us));
	close(fd);
}

static void get_spin_us(char *us, size_t size)
{
	int fd = open(SPIN_US, O_RDONLY);
	ssize_t n = read(fd, us, size - 1);

	ck_assert(n > 0);
	us[n] = '\0';
	close(fd);
}

static void tear_down(void)
{
	mnx_vm_end(LINGER_VM);
	stage_down();
}

static void linger_vm(int flags, uint64_t cpus)
{
	VM_usr_t vm = VM_USR_INIT(LINGER_VM, "linger");

	vm.vm_flags = flags;
	vm.vm_cpumask[0] = cpus;
	ASSERT_RC(mnx_vm_init(&vm), OK);
}

/* Adds one to each request, until the VM ends. */
static void serve(void)
{
	message m = { 0 };
	int reply_rc, to = NONE;

	while (!mnx_reply_rcvrqst(to, &m, &reply_rc)) {
		to = m.m_source;
		m.m1_i1++;
	}
}

static void ask(void)
{
	message m = { 0 };

	for (int i = 0; i < ROUND_TRIPS; i++) {
		ASSERT_RC(mnx_sendrec(SERVER_NR, &m), OK);
		ck_assert_int_eq(m.m1_i1, i + 1);
	}
}

static pid_t start(int p_nr, void (*run)(void))
{
	pid_t pid = fork();

	ck_assert(pid >= 0);
	if (!pid) {
		if (mnx_bind_failed(mnx_bind(LINGER_VM, p_nr)))
			_exit(EXIT_FAILURE);
		run();
		_exit(EXIT_SUCCESS);
	}
	return pid;
}

static bool is_bound(int p_nr)
{
	proc_usr_t proc;

	return !mnx_getprocinfo(LINGER_VM, p_nr, &proc) &&
	       proc.p_rts_flags != SLOT_FREE;
}

/* How often the two went to sleep in ROUND_TRIPS */
static long count_sleeps(void)
{
	struct rusage usage;
	pid_t server, client;
	int status;

	server = start(SERVER_NR, serve);
	AWAIT(is_bound(SERVER_NR));
	client = start(CLIENT_NR, ask);
	ck_assert(waitpid(client, &status, 0) == client && !status);
	ASSERT_RC(mnx_vm_end(LINGER_VM), OK);
	ck_assert(waitpid(server, &status, 0) == server && !status);
	ck_assert(!getrusage(RUSAGE_CHILDREN, &usage));
	return usage.ru_nvcsw;
}

START_TEST(one_cpu)
{
	linger_vm(0, 1);
	ck_assert_int_lt(count_sleeps(), ROUND_TRIPS * 3 / 2);
}
END_TEST

/* A kernel that preempts itself may have a task run on before it sleeps. */
START_TEST(no_lingering)
{
	struct utsname name;

	ck_assert(!uname(&name));
	linger_vm(VM_FLAG_NOLINGER, 1);
	if (strstr(name.version, " PREEMPT "))
		count_sleeps();
	else
		ck_assert_int_gt(count_sleeps(), ROUND_TRIPS * 3 / 2);
}
END_TEST

START_TEST(two_cpus)
{
	static const char *const bounds[] = { "0", "20", "1000000" };
	char before[16];

	get_spin_us(before, sizeof(before));
	set_spin_us(bounds[_i]);
	linger_vm(0, 0);
	count_sleeps();
	set_spin_us(before);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ one_cpu, 1 },
		{ no_lingering, 1 },
		{ two_cpus, 3 },
	};

	stage_init();
	return RUN_TESTS("lingering", 60, stage_up, tear_down, tests);
}

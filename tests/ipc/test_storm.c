// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A storm: 200 processes bind, talk to each other, and are killed, unbound,
 * stopped and started anew at random, for a minute (or STORM_SECONDS).
 *
 * What must be true: a slot whose process has been waited for is free; an
 * answer is the one to this request; no call hangs.  At the end nothing is
 * bound; that nothing is leaked is for the harness to see, when it unloads the
 * driver.
 *
 * Every third process is one with a second thread that has an endpoint of its
 * own, in a slot behind those of all processes.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define NR_MEMBERS 200
#define NR_SERVERS 20
#define FIRST_NR   FIRST_USER_NR
#define THREADS_NR (FIRST_NR + NR_MEMBERS)

enum {
	REQUEST = 1,
	ANSWER,
	PLAIN
};

/* Why a member left by itself; 0 and signals are no failure. */
enum {
	NO_BIND = 50,
	WRONG_ANSWER,
	WRONG_CODE
};

struct member {
	pid_t pid;
	bool stopped;
};

/* ms; on a slow machine 200 processes would do nothing but time out. */
static long timeout = 20;

static struct member members[NR_MEMBERS];
static volatile long *round_trips; /* shared: one counter a slot */

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* The endpoint of a random member of a range, or ANY if the slot is free */
static int pick(unsigned int *seed, int first, int count)
{
	int p_nr = first + (int)(next_random(seed) % (unsigned int)count);
	proc_usr_t info;

	if (mnx_getprocinfo(VMID, p_nr, &info) || info.p_rts_flags & SLOT_FREE)
		return ANY;
	return info.p_endpoint;
}

/* What calls may end with while everybody around is dying */
static void check_code(int rc)
{
	switch (rc) {
	case OK:
	case EMOLDSTDIED:
	case EMOLSRCDIED:
	case EMOLTIMEDOUT:
	case EMOLLOCKED:
	case EMOLNOTREADY:
	case EMOLENDPOINT:
		return;
	case EMOLNOTBIND:
	case EMOLVMNOTRUN:
		_exit(0);
	default:
		_exit(WRONG_CODE);
	}
}

static void serve(unsigned int *seed)
{
	int client = NONE, reply_rc, rc;
	message m;

	for (;;) {
		rc = mnx_reply_rcvrqst_T(client, &m, &reply_rc, timeout);
		check_code(rc);
		client = NONE;
		if (rc || m.m_type != REQUEST)
			continue;
		if (next_random(seed) % 16 == 0) {
			rc = mnx_relay(pick(seed, FIRST_NR, NR_SERVERS), &m);
			check_code(rc);
			continue;
		}
		client = m.m_source;
		m.m_type = ANSWER;
		m.m1_i2 = m.m1_i1 * 3 + client;
	}
}

static void request(unsigned int *seed, int self, int p_nr)
{
	message m = { .m_type = REQUEST };
	int number = (int)(next_random(seed) & 0xffff);
	int rc;

	m.m1_i1 = number;
	rc = mnx_sendrec_T(pick(seed, FIRST_NR, NR_SERVERS), &m, 50 * timeout);
	check_code(rc);
	/* A server that is in trouble itself may send it something else. */
	if (rc || m.m_type != ANSWER)
		return;
	if (m.m1_i1 != number || m.m1_i2 != number * 3 + self)
		_exit(WRONG_ANSWER);
	round_trips[p_nr]++;
}

static void talk(unsigned int *seed, int self, int p_nr)
{
	message m = { .m_type = PLAIN };

	for (;;) {
		switch (next_random(seed) % 8) {
		case 0:
			check_code(mnx_send_T(pick(seed, FIRST_NR + NR_SERVERS,
						   NR_MEMBERS - NR_SERVERS),
					      &m, timeout));
			break;
		case 1:
			check_code(mnx_receive_T(ANY, &m, timeout));
			break;
		case 2:
			check_code(mnx_sendrec_T(pick(seed, THREADS_NR,
						      NR_MEMBERS),
						 &m, timeout));
			break;
		default:
			request(seed, self, p_nr);
		}
	}
}

static void *second_thread(void *arg)
{
	int p_nr = THREADS_NR + *(int *)arg;
	unsigned int seed = (unsigned int)(now_ms() * 31 + p_nr);
	int self = mnx_tbind(VMID, p_nr);

	if (MNX_ERR(self) == EMOLGRPLEADER || MNX_ERR(self) == EMOLVMNOTRUN)
		_exit(0);
	if (mnx_bind_failed(self))
		_exit(NO_BIND);
	talk(&seed, self, p_nr);
	return NULL;
}

static void member(int i)
{
	unsigned int seed = (unsigned int)(now_ms() * 17 + i);
	pthread_t thread;
	int self;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, 0);
	/* The test's own, or libcheck's, is not for us. */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	self = mnx_bind(VMID, FIRST_NR + i);
	if (mnx_bind_failed(self))
		_exit(NO_BIND);
	if (i % 3 == 0)
		pthread_create(&thread, NULL, second_thread, &i);
	if (i < NR_SERVERS)
		serve(&seed);
	talk(&seed, self, FIRST_NR + i);
}

static void start(int i)
{
	members[i].stopped = false;
	members[i].pid = fork();
	ck_assert(members[i].pid >= 0);
	if (!members[i].pid)
		member(i);
}

static void reap(int i)
{
	int status;

	waitpid(members[i].pid, &status, 0);
	ck_assert_msg(!WIFEXITED(status) || !WEXITSTATUS(status),
		      "member %d ended with status %d", i, WEXITSTATUS(status));
}

static void strike(int i, unsigned int kind)
{
	static const int deadly[] = { SIGKILL, SIGKILL, SIGTERM, SIGSEGV };
	struct member *m = &members[i];
	proc_usr_t info;

	switch (kind % 8) {
	case 0: /* unbound by a third party: it gets SIGPIPE */
		if (!mnx_getprocinfo(VMID, FIRST_NR + i, &info) &&
		    !(info.p_rts_flags & SLOT_FREE))
			mnx_unbind(VMID, info.p_endpoint);
		break;
	case 1: /* or the endpoint of its thread is */
		if (!mnx_getprocinfo(VMID, THREADS_NR + i, &info) &&
		    !(info.p_rts_flags & SLOT_FREE))
			mnx_unbind(VMID, info.p_endpoint);
		break;
	case 2:
	case 3:
		kill(m->pid, m->stopped ? SIGCONT : SIGSTOP);
		m->stopped = !m->stopped;
		return;
	default:
		kill(m->pid, deadly[kind / 8 % 4]);
	}
	kill(m->pid, SIGKILL);
	reap(i);
	start(i);
}

static void storm(long seconds)
{
	long end = now_ms() + seconds * 1000, strikes = 0, sum = 0;
	unsigned int seed = (unsigned int)now_ms();
	int i;

	for (i = 0; i < NR_MEMBERS; i++)
		start(i);
	while (now_ms() < end) {
		strike((int)(next_random(&seed) % NR_MEMBERS),
		       next_random(&seed));
		strikes++;
	}
	for (i = 0; i < NR_MEMBERS; i++)
		kill(members[i].pid, SIGKILL);
	for (i = 0; i < NR_MEMBERS; i++)
		reap(i);
	for (i = FIRST_NR; i < THREADS_NR + NR_MEMBERS; i++) {
		ck_assert(slot_is(i, SLOT_FREE));
		sum += round_trips[i];
	}
	printf("%ld requests answered, %ld strikes in %ld s\n", sum, strikes,
	       seconds);
	fflush(stdout);
	ck_assert_int_gt(sum, 1000);
}

START_TEST(two_hundred)
{
	const char *seconds = getenv("STORM_SECONDS");
	VM_usr_t vm = VM_USR_INIT(VMID, "storm");

	timeout *= slowness();
	vm.vm_nr_procs = THREADS_NR + NR_MEMBERS;
	round_trips = shared_new((size_t)vm.vm_nr_procs * sizeof(*round_trips));
	ASSERT_RC(mnx_vm_init(&vm), OK);
	/* Who strikes must get the processor before 200 others. */
	setpriority(PRIO_PROCESS, 0, -19);
	storm(seconds ? atol(seconds) : 60);
	ASSERT_RC(mnx_vm_end(VMID), OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ two_hundred, 1 },
	};
	drvs_usr_t drvs = { .d_nr_procs = 1000 };

	stage_init_sized(&drvs);
	return RUN_TESTS("storm", 300, NULL, NULL, tests);
}

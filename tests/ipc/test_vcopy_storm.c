// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Storms: somebody ends at whatever moment of copies that go on all the time.
 * Who is to die has set an alarm before.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "copy.h"
#include "raw.h"

#define STORM_BYTES (40 * PAGE)
#define NR_STORM    80
#define STORM_NR(i) (140 + (i))
#define STORM_DELAY 2000 /* us, at most */

static char *storm_memory;
static unsigned int seed;

static void set_alarm(unsigned int random)
{
	struct itimerval it = {
		.it_value.tv_usec = 1 + (int)(random % STORM_DELAY),
	};

	signal(SIGALRM, SIG_DFL);
	setitimer(ITIMER_REAL, &it, NULL);
}

struct party {
	int nr;
	unsigned int random; /* 0: no alarm */
};

/* Whenever it is unbound it binds again. */
static void waiting_child(void *arg)
{
	struct party *party = arg;
	message m;

	signal(SIGPIPE, SIG_IGN);
	do {
		if (mnx_bind_failed(mnx_bind(VMID, STORM_NR(party->nr))))
			_exit(98);
		if (party->random)
			set_alarm(party->random);
	} while (mnx_receive(ANY, &m) == EMOLNOTBIND);
	_exit(0);
}

static pid_t waiting_new(int nr, bool dies)
{
	struct party party = { nr, dies ? (unsigned int)rand_r(&seed) | 1 : 0 };

	return child_start(waiting_child, &party);
}

/* What may become of a copy with somebody who ends */
static bool is_fate(int rc)
{
	return rc == EMOLSRCDIED || rc == EMOLDSTDIED || rc == EMOLPROCSTS;
}

/* Copies all the time between the two, or from and to SELF, until one ends. */
static int copy_until_death(int nr_parties)
{
	int ep[2] = { slot_endpoint(STORM_NR(0)), SELF }, rc = OK, i;

	if (nr_parties == 2)
		ep[1] = slot_endpoint(STORM_NR(1));
	for (i = 0; !rc; i++)
		rc = mnx_vcopy(ep[i % 2], storm_memory, ep[(i + 1) % 2],
			       storm_memory, STORM_BYTES);
	return rc;
}

static void set_up(void)
{
	stage_up();
	seed = (unsigned int)time(NULL);
	printf("seed %u\n", seed);
	storm_memory = new_pages(STORM_BYTES / PAGE);
	memset(storm_memory, 1, STORM_BYTES);
}

static bool is_over(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid;
}

/* One party dies after the other, with one that lives on or with the caller. */
START_TEST(storm_killed)
{
	int nr_parties = _i + 1, i, rc;
	pid_t other_pid = 0, pid;

	ck_assert(!mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)));
	if (nr_parties == 2)
		other_pid = waiting_new(1, false);
	for (i = 0; i < NR_STORM; i++) {
		pid = waiting_new(0, true);
		while (!is_over(pid)) {
			rc = copy_until_death(nr_parties);
			ck_assert_msg(is_fate(rc) || rc == EMOLENDPOINT, "%s",
				      mnx_strerror(rc));
		}
		ck_assert_int_eq(WTERMSIG(child_status(pid)), SIGALRM);
		AT_ONCE(slot_is(STORM_NR(0), SLOT_FREE));
	}
	if (nr_parties == 2) {
		slot_await(STORM_NR(1), RECEIVING);
		child_kill(other_pid);
	}
}
END_TEST

static void dying_requester(void *arg)
{
	const struct party *rqtr = arg;

	if (mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)))
		_exit(98);
	set_alarm(rqtr->random);
	copy_until_death(rqtr->nr);
	_exit(97);
}

/* The requester dies; the parties go on waiting, and may be copied with. */
START_TEST(storm_requester)
{
	int nr_parties = _i + 1;
	struct party rqtr = { .nr = nr_parties };
	pid_t party[2], pid;
	int i, k;

	for (k = 0; k < nr_parties; k++) {
		party[k] = waiting_new(k, false);
		slot_await(STORM_NR(k), RECEIVING);
	}
	for (i = 0; i < NR_STORM; i++) {
		rqtr.random = (unsigned int)rand_r(&seed);
		pid = child_start(dying_requester, &rqtr);
		ck_assert_int_eq(WTERMSIG(child_status(pid)), SIGALRM);
		for (k = 0; k < nr_parties; k++)
			ck_assert(slot_is(STORM_NR(k), RECEIVING));
	}
	for (k = 0; k < nr_parties; k++)
		child_kill(party[k]);
}
END_TEST

static void unbinding_child(void *arg)
{
	proc_usr_t info;

	(void)arg;
	for (;;) {
		random_delay(&seed, STORM_DELAY);
		if (!mnx_getprocinfo(VMID, STORM_NR(0), &info) &&
		    info.p_rts_flags != SLOT_FREE)
			mnx_unbind(VMID, info.p_endpoint);
	}
}

START_TEST(storm_unbound)
{
	pid_t party, unbinder;
	int died = 0, rc;

	ck_assert(!mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)));
	party = waiting_new(0, false);
	slot_await(STORM_NR(0), RECEIVING);
	unbinder = child_start(unbinding_child, NULL);
	while (died < NR_STORM) {
		rc = copy_until_death(1);
		ck_assert_msg(is_fate(rc) || rc == EMOLENDPOINT, "%s",
			      mnx_strerror(rc));
		died += rc == EMOLSRCDIED || rc == EMOLDSTDIED;
	}
	child_kill(unbinder);
	slot_await(STORM_NR(0), RECEIVING);
	child_kill(party);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ storm_killed, 2 },
		{ storm_requester, 2 },
		{ storm_unbound, 1 },
	};

	stage_init();
	return RUN_TESTS("storms of copies", 120, set_up, copies_down, tests);
}

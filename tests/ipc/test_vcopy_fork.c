// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies to those who fork: nothing changes in the children that a party, or
 * the requester, has had before.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parties.h"
#include "raw.h"
#include "roles.h"

static void wait_as_client(void *arg)
{
	message m;

	(void)arg;
	if (mnx_bind_failed(mnx_bind(VMID, CLIENT_NR)))
		_exit(98);
	mnx_receive(ANY, &m);
}

static int run_fork(struct call *call)
{
	(void)call;
	return child_start(wait_as_client, NULL);
}

static struct party client_of(const struct party *parent, pid_t pid)
{
	struct party client = *parent;

	slot_await(CLIENT_NR, RECEIVING);
	client.ep = slot_endpoint(CLIENT_NR);
	client.pid = pid;
	client.sink = malloc(area_size);
	memcpy(client.sink, parent->sink, area_size);
	return client;
}

static const enum memory child_kinds[] = { UNTOUCHED, TOUCHED, HUGE_PAGES,
					   PRIVATE_FILE };

#define NR_CHILD_KINDS 4
#define CHILD_BYTES    (100 * KIB)

/* First to one of the two, then to the other, some bytes further on */
static void copy_to_both(struct party *from, struct party *first,
			 struct party *second)
{
	ASSERT_RC(copy(from, PAGE, first, PAGE + 5, CHILD_BYTES), OK);
	check_area(first->pid, SINK, first->sink);
	check_area(second->pid, SINK, second->sink);
	ASSERT_RC(copy(from, PAGE + 1, second, PAGE + 70, CHILD_BYTES), OK);
	check_area(first->pid, SINK, first->sink);
	check_area(second->pid, SINK, second->sink);
}

/* The parent is a party and the child too, and the source is SELF or a third */
START_TEST(forked_party)
{
	struct party *from = &parties[_i % 2 ? 2 : 0], client;
	struct party *parent = &parties[1];
	pid_t pid;

	parties_new(TOUCHED, child_kinds[_i / 4], CHILD_BYTES + 100);
	pid = CALL_RC(parent->actor, .op = OP_RUN, .run = run_fork);
	ck_assert_int_gt(pid, 0);
	client = client_of(parent, pid);
	parties_wait();
	if (_i / 2 % 2)
		copy_to_both(from, parent, &client);
	else
		copy_to_both(from, &client, parent);
	check_parties();
}
END_TEST

/* The parent is the requester. */
START_TEST(forked_requester)
{
	struct party *from = &parties[_i % 2 ? 2 : 1], client;
	pid_t pid;

	parties_new(TOUCHED, child_kinds[_i / 4], CHILD_BYTES + 100);
	parties_wait();
	pid = child_start(wait_as_client, NULL);
	client = client_of(&parties[0], pid);
	if (_i / 2 % 2)
		copy_to_both(from, &parties[0], &client);
	else
		copy_to_both(from, &client, &parties[0]);
	check_parties();
	child_kill(pid);
}
END_TEST

/*
 * A party that forks all the time: what a child has got of its memory is torn,
 * but does not change any more.
 */
#define NR_FORKS   40
#define FORK_BYTES (64 * KIB)

static struct {
	atomic_int forks, changed;
} forker;

/*
 * Without SIGCHLD, which at times interrupts the wait of the main thread though
 * nobody handles it: for a moment that is in no wait then.
 */
static pid_t fork_quietly(void)
{
	return (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
}

static void *fork_all_the_time(void *arg)
{
	static char before[FORK_BYTES];
	unsigned int seed;
	int status;
	pid_t pid;

	for (;;) {
		pid = fork_quietly();
		if (!pid) {
			memcpy(before, SINK + PAGE, FORK_BYTES);
			seed = (unsigned int)getpid();
			random_delay(&seed, 2 * RACE_DELAY);
			_exit(!!memcmp(before, SINK + PAGE, FORK_BYTES));
		}
		waitpid(pid, &status, __WALL);
		if (status)
			atomic_fetch_add(&forker.changed, 1);
		atomic_fetch_add(&forker.forks, 1);
	}
	return arg;
}

static int run_forker(struct call *call)
{
	pthread_t thread;

	(void)call;
	REQUIRE(!pthread_create(&thread, NULL, fork_all_the_time, NULL));
	return OK;
}

static bool has_forked(pid_t pid)
{
	int forks = 0, changed = 0;

	peek(pid, &forker.forks, &forks, sizeof(forks));
	peek(pid, &forker.changed, &changed, sizeof(changed));
	ck_assert_msg(!changed, "%d children of %d saw a copy", changed, forks);
	return forks >= NR_FORKS;
}

START_TEST(forking_party)
{
	struct party *from = &parties[_i % 2 ? 2 : 0];
	struct party *to = &parties[1];
	size_t i;

	parties_new(TOUCHED, _i / 2 ? HUGE_PAGES : TOUCHED, FORK_BYTES + PAGE);
	ASSERT_RC(CALL_RC(to->actor, .op = OP_RUN, .run = run_forker), OK);
	parties_wait();
	for (i = 0; i % 16 || !has_forked(to->pid); i++) {
		ASSERT_RC(copy(from, PAGE + i % 64, to, PAGE, FORK_BYTES), OK);
		check_area(to->pid, SINK, to->sink);
	}
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ forked_party, 4 * NR_CHILD_KINDS },
		{ forked_requester, 4 * NR_CHILD_KINDS },
		{ forking_party, 4 },
	};

	stage_init();
	mount_files();
	return RUN_TESTS("copies and forks", 60, stage_up, copies_down, tests);
}

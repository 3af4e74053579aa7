// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Local copies from and to memory that other processes provide: they wait for
 * it, but not for long, and the server goes on.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "copy.h"
#include "raw.h"
#include "roles.h"
#include "silent.h"

#define MIB    (1024 * 1024L)
#define LATE   50   /* ms */
#define SOON   150  /* ms: nobody has waited for 200 */
#define AT_END 2000 /* ms: of 200, on a slow machine */

/* The actors' memory, at the same addresses */
static char *gated, *plain;
static struct silent silent;

/* Shared with the peer, whose threads wait until told what to do */
static struct {
	atomic_int turn;
	atomic_int tid;
} * locker;

static void set_up(void)
{
	copy_up();
	set_patience(IMPATIENT);
	silent = silent_new();
	locker = shared_new(sizeof(*locker));
	gated = new_pages(16 * MIB / PAGE);
	plain = new_pages(16 * MIB / PAGE);
	fill(plain, 16 * MIB, 3);
}

static void tear_down(void)
{
	child_kill(silent.server);
	copies_down();
}

static void new_actors(void)
{
	me = actor_new(PROCESS, ME_NR);
	peer = actor_new(PROCESS, PEER_NR);
	other = actor_new(PROCESS, OTHER_NR);
	peer_ep = peer->ep;
}

/* The peer waits for my answer. */
static void make_request(void)
{
	START(peer, .op = OP_SENDREC, .peer = me->ep, .ms = -1);
	ASSERT_RC(CALL_RC(me, .op = OP_RCVRQST, .ms = -1), OK);
}

static struct gate new_gate(size_t size)
{
	struct gate gate;

	new_actors();
	gate = gate_over(peer, gated, size);
	make_request();
	return gate;
}

static void start_copy(enum role role, char *memory, long size)
{
	if (role == FROM_PEER)
		START(me, VCOPY(peer_ep, memory, SELF, plain, size));
	else
		START(me, VCOPY(SELF, plain, peer_ep, memory, size));
}

/* A second client's memory is there. */
static void check_server(void)
{
	START(other, .op = OP_SENDREC, .peer = me->ep, .ms = -1);
	ASSERT_RC(CALL_RC(me, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(copy_in_role(me, SELF, other->ep, TO_PEER), OK);
	ck_assert(has_arrived(other->pid));
	ASSERT_RC(CALL_RC(me, .op = OP_REPLY, .peer = other->ep), OK);
	ASSERT_RC(actor_end(other).rc, OK);
	/* And the first one is not held. */
	ASSERT_RC(CALL_RC(me, .op = OP_REPLY, .peer = peer_ep), OK);
	ASSERT_RC(actor_end(peer).rc, OK);
}

/* Who provides it does so, later. */
START_TEST(late)
{
	struct gate gate = new_gate(PAGE);
	char seen[3 * PAGE];

	start_copy(_i, gated, 3 * PAGE);
	gate_await(&gate);
	usleep(LATE * 1000);
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc, OK);
	peek(_i == FROM_PEER ? me->pid : peer->pid,
	     _i == FROM_PEER ? plain : gated, seen, sizeof(seen));
	if (_i == FROM_PEER)
		ck_assert(!seen[0] && !memcmp(seen, seen + 1, PAGE - 1));
	else
		ck_assert(!memcmp(seen, plain, sizeof(seen)));
	check_server();
}
END_TEST

/* Nobody does, for one page. */
START_TEST(never)
{
	struct gate gate = new_gate(PAGE);
	long start = now_ms();

	start_copy(_i, gated, 3 * PAGE);
	ASSERT_RC(actor_end(me).rc, EMOLFAULT);
	ck_assert_int_ge(now_ms() - start, SOON);
	ck_assert_int_lt(now_ms() - start, AT_END * slowness());
	check_server();
	close(gate.fd);
}
END_TEST

/* Is there a result? */
static bool has_ended(const struct actor *a)
{
	struct pollfd pfd = { .fd = a->fd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

/* Each of many pages is late: no copy is as patient as that. */
START_TEST(one_by_one)
{
	struct gate gate = new_gate(16 * MIB);
	struct pollfd pfd = { .fd = gate.fd, .events = POLLIN };
	long start = now_ms();
	char *page = gated;

	start_copy(_i, gated, 16 * MIB);
	while (!has_ended(me)) {
		if (poll(&pfd, 1, 1) != 1)
			continue;
		usleep(LATE * 1000);
		gate_pass(&gate, page);
		page += PAGE;
	}
	ASSERT_RC(actor_end(me).rc, EMOLFAULT);
	ck_assert(page >= gated + 2 * PAGE);
	ck_assert_int_lt(now_ms() - start, AT_END * slowness());
	check_server();
	close(gate.fd);
}
END_TEST

/* A file whose pages cannot be waited for, as nothing would end that. */
START_TEST(file)
{
	long start = now_ms();

	new_actors();
	make_request();
	start_copy(_i, silent.memory, SILENT_SIZE);
	ASSERT_RC(actor_end(me).rc, EMOLFAULT);
	ck_assert_int_lt(now_ms() - start, AT_END * slowness());
	ck_assert_int_eq(*silent.asked, 0);
	check_server();
}
END_TEST

/* The lock of an address space, in the hands of who waits for that file */

static void await_turn(int turn)
{
	while (locker->turn < turn)
		sched_yield();
}

static void *read_own_memory(void *arg)
{
	char byte;

	await_turn(1);
	pread(*(int *)arg, &byte, 1, (intptr_t)silent.memory);
	return arg;
}

static void *change_mappings(void *arg)
{
	locker->tid = (int)syscall(SYS_gettid);
	await_turn(2);
	munmap(plain, PAGE);
	return arg;
}

static int run_lockers(struct call *call)
{
	static int fd;
	pthread_t thread;

	(void)call;
	fd = open("/proc/self/mem", O_RDONLY);
	REQUIRE(fd >= 0);
	REQUIRE(!pthread_create(&thread, NULL, read_own_memory, &fd));
	REQUIRE(!pthread_create(&thread, NULL, change_mappings, NULL));
	return OK;
}

static bool is_stuck(int pid, int tid)
{
	char name[64], state = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/stat", pid, tid);
	f = fopen(name, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %*s %c", &state), 1);
	fclose(f);
	return state == 'D';
}

START_TEST(lock)
{
	long start;

	new_actors();
	ASSERT_RC(CALL_RC(peer, .op = OP_RUN, .run = run_lockers), OK);
	make_request();
	locker->turn = 1;
	AWAIT(*silent.asked);
	AWAIT(locker->tid);
	locker->turn = 2;
	AWAIT(is_stuck(peer->pid, locker->tid));
	start = now_ms();
	start_copy(_i, gated, 3 * PAGE);
	ASSERT_RC(actor_end(me).rc, EMOLFAULT);
	ck_assert_int_lt(now_ms() - start, AT_END * slowness());
	child_kill(silent.server);
	silent = silent_new();
	start_copy(_i, gated, 3 * PAGE);
	ASSERT_RC(actor_end(me).rc, OK);
	check_server();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ late, NR_ROLES },       { never, NR_ROLES },
		{ one_by_one, NR_ROLES }, { file, NR_ROLES },
		{ lock, NR_ROLES },
	};

	stage_init();
	return RUN_TESTS("patience of copies", 30, set_up, tear_down, tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies with parties that look as if they were blocked, but are not: in a
 * signal handler, stopped, or in another program.
 */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "copy.h"
#include "raw.h"
#include "roles.h"

/* Copies with the peer as either party, and a third one as the requester */
static void check_copies(struct actor *third, int want)
{
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), want);
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, TO_PEER), want);
	ASSERT_RC(copy_in_role(third, other->ep, peer_ep, FROM_PEER), want);
	ASSERT_RC(copy_in_role(third, other->ep, peer_ep, TO_PEER), want);
}

static const enum state waits[] = { RECEIVES_ANY, RECEIVES_ME, TAKES_REQUESTS,
				    AWAITS_ME };

#define NR_WAITS 4

static atomic_int *stage;

/* Until it is told to end */
static int run_handler(struct call *call)
{
	(void)call;
	atomic_store(&stage[0], 1);
	while (!atomic_load(&stage[1]))
		breathe();
	return OK;
}

static struct actor *set_wait(enum state state)
{
	struct actor *third = actor_new(PROCESS, SYSTASK_0);

	roles_set(PROCESS, RUNS);
	actor_handler_call(peer,
			   (struct call){ .op = OP_RUN, .run = run_handler });
	peer_enter(state);
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(other, RECEIVING);
	return third;
}

/* Its call is suspended, and goes on behind the handler. */
START_TEST(in_handler)
{
	struct actor *third;

	stage = shared_new(2 * sizeof(*stage));
	third = set_wait(waits[_i]);
	check_copies(third, OK);
	ck_assert(!syscall(SYS_tgkill, peer->pid, peer->tid, SIG_RESTART));
	AWAIT(atomic_load(&stage[0]));
	ck_assert(slot_is(PEER_NR, RECEIVING));
	check_copies(third, EMOLPROCSTS);
	ck_assert(slot_is(OTHER_NR, RECEIVING));
	atomic_store(&stage[1], 1);
	actor_await_syscall(peer, SYS_ioctl);
	check_copies(third, OK);
}
END_TEST

START_TEST(is_stopped)
{
	struct actor *third = set_wait(waits[_i]);

	actor_stop(peer);
	ck_assert(slot_is(PEER_NR, RECEIVING));
	check_copies(third, EMOLPROCSTS);
	actor_continue(peer);
	/* It waits again as soon as it has run. */
	AWAIT(copy_in_role(me, SELF, peer_ep, FROM_PEER) != EMOLPROCSTS);
	check_copies(third, OK);
}
END_TEST

/*
 * It even starts another program.  Whatever a copy says: it never gets at the
 * memory of that.
 */

#define NR_EXECS 30

static void exec_handler(int sig)
{
	char *const argv[] = { "true", NULL }, *const envp[] = { NULL };

	(void)sig;
	atomic_store(stage, 1);
	execve("/bin/true", argv, envp);
	_exit(99);
}

static void exec_child(void *arg)
{
	struct sigaction sa = { .sa_handler = exec_handler,
				.sa_flags = SA_RESTART };
	message m;

	(void)arg;
	sigaction(SIG_RESTART, &sa, NULL);
	if (mnx_bind_failed(mnx_bind(VMID, PEER_NR)))
		_exit(98);
	mnx_receive(ANY, &m);
	_exit(97);
}

static void *exec_place(void)
{
	char *p = mmap((void *)0x10000000, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		       0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	memset(p, 'x', PAGE);
	return p;
}

START_TEST(exec_in_handler)
{
	char *place = exec_place();
	pid_t pid;
	int i, rc, ep;

	stage = shared_new(sizeof(*stage));
	ck_assert(!mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)));
	for (i = 0; i < NR_EXECS; i++) {
		pid = child_start(exec_child, NULL);
		slot_await(PEER_NR, RECEIVING);
		ep = slot_endpoint(PEER_NR);
		ASSERT_RC(mnx_vcopy(ep, place, SELF, sink, LEN), OK);
		kill(pid, SIG_RESTART);
		do {
			rc = mnx_vcopy(ep, place, SELF, sink, LEN);
			ck_assert_msg(rc != EMOLFAULT,
				      "the memory of another program");
		} while (rc == OK);
		ck_assert_msg(rc == EMOLPROCSTS || rc == EMOLSRCDIED, "%s",
			      mnx_strerror(rc));
		child_end(pid);
	}
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ in_handler, NR_WAITS },
		{ is_stopped, NR_WAITS },
		{ exec_in_handler, 1 },
	};

	stage_init();
	return RUN_TESTS("copies with who is not blocked", 120, copy_up,
			 copies_down, tests);
}

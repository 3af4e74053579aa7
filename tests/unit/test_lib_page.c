// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libmolipc: whose message page a call uses.  Bindings that change, signal
 * handlers, threads, forks.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define LAST_SLOT (M3IPC_NR_CALLS - 1)
#define NR_SLOTS  (M3IPC_NR_CALLS / 2) /* that the library uses of a page */

static message answer;

static int answer_it(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	call->msg = answer;
	return 0;
}

/* The first call waits, others do not. */
static int how; /* FAKE_RESTART or FAKE_INTERRUPT */
static int depth;

static int first_waits(unsigned int nr, struct m3ipc_call *call)
{
	if (depth++ == 0)
		return how;
	return answer_it(nr, call);
}

static void nothing(void)
{
}

/* Bindings */

START_TEST(page_is_mapped_once)
{
	message m = unit_message(1);
	int i;

	fake_bind(0);
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_int_eq(fake.mmaps, 1);
	ck_assert_int_eq(fake.nr_selfs, 1);
	ck_assert_int_eq(fake.nr_primitives, 100);
}
END_TEST

/* Somebody else binds us anew: the driver finds nothing in the new page. */
START_TEST(stale_page)
{
	message m = unit_message(1);
	message *buf;

	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	buf = mnx_msgbuf();
	fake_bind(0);
	fake.primitive = answer_it;
	answer = unit_message(2);
	ck_assert_int_eq(mnx_sendrec(1, &m), OK);
	ck_assert_int_eq(fake.call.msg.m_type, 1);
	ck_assert_int_eq(m.m_type, 2);
	ck_assert_int_eq(fake.nr_primitives, 2);
	ck_assert_int_eq(fake.mmaps, 2);
	ck_assert_ptr_eq(mnx_msgbuf(), buf);
}
END_TEST

/* A message built in place goes with the buffer. */
START_TEST(stale_page_with_a_message)
{
	message *buf;

	fake_bind(0);
	buf = mnx_msgbuf();
	*buf = unit_message(7);
	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, buf), OK);
	ck_assert_int_eq(fake.call.msg.m_type, 7);
}
END_TEST

START_TEST(buffer_of_nobody)
{
	ck_assert_ptr_null(mnx_msgbuf());
	fake_bind(0);
	ck_assert_ptr_nonnull(mnx_msgbuf());
	fake_unbind(0);
	ck_assert_ptr_null(mnx_msgbuf());
}
END_TEST

/* The endpoint is bound anew while the page is being looked up. */
static void bind_thrice(void)
{
	fake_bind(0);
	fake_bind(0);
	fake_bind(0);
}

START_TEST(bound_after_unbind)
{
	message m = unit_message(1);

	fake_bind(0);
	ck_assert_int_eq(mnx_notify(1), OK);
	fake_unbind(0);
	ck_assert_int_eq(mnx_receive(ANY, &m), EMOLNOTBIND);
	bind_thrice();
	ck_assert_int_eq(mnx_receive(ANY, &m), OK);
	ck_assert_int_eq(fake.nr_primitives, 2);
}
END_TEST

/* Signal handlers */

START_TEST(restarted)
{
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = nothing;
	how = FAKE_RESTART;
	answer = unit_message(2);
	ck_assert_int_eq(mnx_sendrec(1, &m), OK);
	ck_assert_int_eq(m.m_type, 2);
	ck_assert_int_eq(fake.nr_primitives, 1);
	ck_assert_int_eq(fake.nr_cancels, 0);
}
END_TEST

START_TEST(interrupted)
{
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = nothing;
	how = FAKE_INTERRUPT;
	ck_assert_int_eq(mnx_sendrec(1, &m), EMOLINTR);
	ck_assert_int_eq(m.m_type, 1);
	ck_assert_int_eq(fake.nr_cancels, 1);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_CANCEL);
	ck_assert_uint_eq(fake.arg, 0);
	ck_assert_int_eq(mnx_sendrec(1, &m), OK);
}
END_TEST

/* CANCEL finds that the call is done. */
static void it_is_done(void)
{
	fake_page(0)->call[0].op = M3IPC_OP_DONE;
	fake_page(0)->call[0].msg = answer;
}

START_TEST(interrupted_but_done)
{
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = it_is_done;
	how = FAKE_INTERRUPT;
	answer = unit_message(2);
	ck_assert_int_eq(mnx_receive(ANY, &m), OK);
	ck_assert_int_eq(m.m_type, 2);
}
END_TEST

static void send_in_handler(void)
{
	message m = unit_message(3);

	ck_assert_int_eq(mnx_send(2, &m), OK);
	ck_assert_uint_eq(fake.arg, 1);
	ck_assert_int_eq(fake.call.msg.m_type, 3);
}

/* The handler's call uses another slot; the interrupted one is abandoned. */
START_TEST(handler_calls)
{
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = send_in_handler;
	how = FAKE_RESTART;
	ck_assert_int_eq(mnx_receive(ANY, &m), EMOLINTR);
	ck_assert_int_eq(m.m_type, 1);
	ck_assert_int_eq(fake.nr_primitives, 2);
	ck_assert_int_eq(mnx_send(2, &m), OK);
	ck_assert_uint_eq(fake.arg, 0);
}
END_TEST

static void send_and_done(void)
{
	send_in_handler();
	it_is_done();
}

/* The interrupted call had its message when the handler made its own. */
START_TEST(handler_calls_after_the_end)
{
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = send_and_done;
	how = FAKE_RESTART;
	answer = unit_message(9);
	ck_assert_int_eq(mnx_receive(ANY, &m), OK);
	ck_assert_int_eq(m.m_type, 9);
	ck_assert_int_eq(fake.nr_primitives, 2);
}
END_TEST

/* Handlers that interrupt calls of handlers: a slot for each, then again */
static int deepest;

static int all_wait(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	(void)call;
	return depth < deepest ? FAKE_INTERRUPT : 0;
}

static void nest(void)
{
	message m = unit_message(++depth);
	int mine = depth;

	ck_assert_int_eq(mnx_send(1, &m), mine == deepest ? OK : EMOLINTR);
	ck_assert_int_eq(m.m_type, mine);
}

START_TEST(handlers_nest)
{
	int round;

	fake_bind(0);
	fake.primitive = all_wait;
	fake.signal = nest;
	for (round = 0; round < 2; round++) {
		depth = 0;
		fake.nr_primitives = 0;
		deepest = NR_SLOTS;
		nest();
		ck_assert_int_eq(fake.nr_primitives, NR_SLOTS);
		ck_assert_uint_eq(fake_page(0)->call[NR_SLOTS].op, 0);
	}
}
END_TEST

static void bind_in_handler(void)
{
	fake_bind(0);
}

static void bind_and_send_in_handler(void)
{
	message m = unit_message(3);

	fake_bind(0);
	ck_assert_int_eq(mnx_send(2, &m), OK);
}

static void unbind_in_handler(void)
{
	fake_unbind(0);
}

static void close_in_handler(void)
{
	close(mnx_fd());
}

static void close_and_send_in_handler(void)
{
	close(mnx_fd());
	send_in_handler();
}

/* The number of the device becomes that of another file. */
static void reuse_number(void)
{
	int null = memfd_create("stranger", MFD_CLOEXEC);

	ck_assert_int_eq(dup2(null, mnx_fd()), mnx_fd());
	close(null);
}

static void reuse_and_send_in_handler(void)
{
	reuse_number();
	send_in_handler();
}

/* Whatever the handler does: a call that waited is not made a second time. */
static const struct {
	void (*handler)(void);
	int primitives;
	int rc;
} upheavals[] = {
	{ bind_in_handler, 1, EMOLINTR },
	{ bind_and_send_in_handler, 2, EMOLINTR },
	{ unbind_in_handler, 1, EMOLNOTBIND },
	{ close_in_handler, 1, EMOLINTR },
	{ close_and_send_in_handler, 2, EMOLINTR },
	{ reuse_number, 1, EMOLINTR },
	{ reuse_and_send_in_handler, 2, EMOLINTR },
};

START_TEST(upheaval_in_handler)
{
	message m = unit_message(1);
	int rc;

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = upheavals[_i].handler;
	how = FAKE_RESTART;
	rc = 99;
	ck_assert_int_eq(mnx_reply_rcvrqst(1, &m, &rc), upheavals[_i].rc);
	ck_assert_int_eq(fake.nr_primitives, upheavals[_i].primitives);
	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, 0);
	ck_assert_int_eq(fake.nr_primitives, upheavals[_i].primitives + 1);
}
END_TEST

static jmp_buf away;

static void jump_in_handler(void)
{
	longjmp(away, 1);
}

/* The slot that a jump leaves claimed is used again. */
START_TEST(handler_jumps_away)
{
	static int i;
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = jump_in_handler;
	how = FAKE_RESTART;
	for (i = 0; i < 3; i++) {
		depth = 0;
		if (!setjmp(away)) {
			mnx_receive(ANY, &m);
			ck_abort_msg("no jump");
		}
		m = unit_message(1);
		answer = unit_message(2);
		ck_assert_int_eq(mnx_sendrec(1, &m), OK);
		ck_assert_uint_eq(fake.arg, 0);
		ck_assert_int_eq(fake.call.msg.m_type, 1);
		ck_assert_int_eq(m.m_type, 2);
	}
}
END_TEST

/* A handler jumps out of a call within a handler: its slot alone is free. */
static void jump_within(void)
{
	message m = unit_message(3);

	fake.signal = jump_in_handler;
	how = FAKE_RESTART;
	depth = 0;
	if (!setjmp(away)) {
		mnx_send(2, &m);
		ck_abort_msg("no jump");
	}
	ck_assert_int_eq(mnx_send(2, &m), OK);
	ck_assert_uint_eq(fake.arg, 1);
}

START_TEST(handler_jumps_in_handler)
{
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = jump_within;
	how = FAKE_RESTART;
	ck_assert_int_eq(mnx_receive(ANY, &m), EMOLINTR);
	ck_assert_int_eq(m.m_type, 1);
	ck_assert_int_eq(mnx_receive(ANY, &m), OK);
	ck_assert_uint_eq(fake.arg, 0);
}
END_TEST

static void send_in_signal(int sig)
{
	(void)sig;
	send_in_handler();
}

static void raise_signal(void)
{
	raise(SIGUSR1);
}

/* A handler with a stack of its own, higher up: no slot is left behind. */
START_TEST(handler_on_another_stack)
{
	struct sigaction sa = { .sa_handler = send_in_signal,
				.sa_flags = SA_ONSTACK };
	static char low[65536];
	char high[65536];
	stack_t stack = { .ss_sp = _i ? high : low, .ss_size = sizeof(high) };
	message m = unit_message(1);

	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &sa, NULL), 0);
	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = raise_signal;
	how = FAKE_RESTART;
	ck_assert_int_eq(mnx_receive(ANY, &m), EMOLINTR);
	ck_assert_int_eq(m.m_type, 1);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
}
END_TEST

START_TEST(device_closed)
{
	message m = unit_message(1);

	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	close(mnx_fd());
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_int_eq(fake.nr_primitives, 2);
	ck_assert_int_eq(fake.opens, 2);
}
END_TEST

START_TEST(number_used_again)
{
	message m = unit_message(1);

	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	reuse_number();
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_int_eq(fake.nr_primitives, 3);
	ck_assert_int_eq(fake.opens, 2);
	ck_assert_int_eq(fake.strangers, 1);
}
END_TEST

/* Threads */

static void in_thread(void *(*function)(void *))
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, function, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void *use_process_endpoint(void *unused)
{
	message m = unit_message(2);

	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, 0);
	return unused;
}

START_TEST(thread_of_a_process)
{
	message m = unit_message(1);

	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	in_thread(use_process_endpoint);
	ck_assert_int_eq(fake.mmaps, 1);
}
END_TEST

static void *use_own_endpoint(void *unused)
{
	struct m3ipc_page *page;
	message m = unit_message(2);

	ck_assert_int_eq(mnx_send(1, &m), OK);
	fake_bind(gettid());
	page = fake_page(gettid());
	/* the process's page is still there: another slot, another page */
	ck_assert_int_eq(mnx_tbind(0, 51), 0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, LAST_SLOT);
	ck_assert_int_eq(page->call[LAST_SLOT].msg.m_type, 2);
	ck_assert_ptr_ne(mnx_msgbuf(), NULL);
	fake_unbind(gettid());
	ck_assert_int_eq(mnx_unbind(0, SELF), OK);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, 0);
	return unused;
}

START_TEST(thread_with_an_endpoint)
{
	message m = unit_message(1);

	fake_bind(0);
	in_thread(use_own_endpoint);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_int_eq(fake.call.msg.m_type, 1);
	ck_assert_int_eq(fake.mmaps, 2);
}
END_TEST

/* Others bind and unbind the thread, without a word to it. */
static void *be_bound_by_others(void *unused)
{
	message m = unit_message(2);

	ck_assert_int_eq(mnx_send(1, &m), OK);
	fake_bind(gettid());
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, LAST_SLOT);
	fake_bind(gettid());
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, LAST_SLOT);
	fake_unbind(gettid());
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, 0);
	ck_assert_int_eq(fake.nr_primitives, 4);
	return unused;
}

START_TEST(thread_bound_by_others)
{
	fake_bind(0);
	in_thread(be_bound_by_others);
}
END_TEST

/*
 * The thread has lost its endpoint, and enters with its old page at a moment
 * when its process has filled in the same call: not that one is made.
 */
static void *lose_endpoint(void *unused)
{
	message m = unit_message(2);

	fake_bind(gettid());
	ck_assert_int_eq(mnx_send(1, &m), OK);
	fake_unbind(gettid());
	fake.nr_primitives = 0;
	ck_assert_int_eq(mnx_send(2, &m), OK);
	ck_assert_int_eq(fake.nr_primitives, 1);
	ck_assert_int_eq(fake.call.peer, 2);
	ck_assert_int_eq(fake.call.msg.m_type, 2);
	ck_assert_uint_ne(fake.arg, 0);
	return unused;
}

static int meanwhile(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	(void)call;
	fake.primitive = NULL;
	in_thread(lose_endpoint);
	return 0;
}

START_TEST(thread_that_lost_its_endpoint)
{
	message m = unit_message(1);

	fake_bind(0);
	fake.primitive = meanwhile;
	ck_assert_int_eq(mnx_send(1, &m), OK);
}
END_TEST

static int exit_thread(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	(void)call;
	return FAKE_RESTART;
}

static void exit_in_handler(void)
{
	pthread_exit(NULL);
}

static void *exit_in_call(void *unused)
{
	message m;

	fake.primitive = exit_thread;
	fake.signal = exit_in_handler;
	mnx_receive(ANY, &m);
	return unused;
}

/* Their slots are free afterwards, and their pages unmapped. */
START_TEST(thread_exits_in_a_call)
{
	message m = unit_message(1);
	int i;

	for (i = 0; i < 2 * M3IPC_NR_CALLS; i++) {
		fake_bind(0);
		in_thread(exit_in_call);
	}
	fake_bind(0);
	fake.primitive = NULL;
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, 0);
}
END_TEST

static void *own_buffer;

static void *exit_with_page(void *unused)
{
	fake_bind(gettid());
	own_buffer = mnx_msgbuf();
	ck_assert_ptr_nonnull(own_buffer);
	fake_unbind(gettid());
	return unused;
}

START_TEST(thread_exit_unmaps)
{
	unsigned char there;
	uintptr_t page;

	in_thread(exit_with_page);
	page = (uintptr_t)own_buffer & ~(uintptr_t)4095;
	ck_assert_int_eq(mincore((void *)page, 4096, &there), -1);
}
END_TEST

/* Forks */

static void wait_for(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

/* It makes a daemon of itself, without a call of the library before. */
START_TEST(fork_and_close)
{
	message m = unit_message(1);
	int fd, pair[2];
	pid_t child;

	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	fd = mnx_fd();
	child = fork();
	if (!child) {
		fake_bind(0);
		close(fd);
		ck_assert_int_eq(pipe(pair), 0);
		ck_assert_int_eq(dup2(pair[0], fd), fd);
		ck_assert_int_eq(mnx_send(1, &m), OK);
		ck_assert_int_eq(fake.opens, 2);
		_exit(0);
	}
	wait_for(child);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_int_eq(fake.opens, 1);
}
END_TEST

START_TEST(fork_child)
{
	message m = unit_message(1);
	message *buf;
	pid_t child;

	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	buf = mnx_msgbuf();
	buf->m_type = 5;
	child = fork();
	if (!child) {
		/* where the page was there is memory, of its own */
		buf->m_type = 6;
		ck_assert_int_eq(mnx_send(1, &m), EMOLNOTBIND);
		ck_assert_ptr_null(mnx_msgbuf());
		fake_bind(0);
		ck_assert_int_eq(mnx_send(1, &m), OK);
		ck_assert_uint_eq(fake.arg, 0);
		ck_assert_ptr_eq(mnx_msgbuf(), buf);
		_exit(0);
	}
	wait_for(child);
	ck_assert_int_eq(buf->m_type, 5);
	ck_assert_int_eq(mnx_send(1, &m), OK);
}
END_TEST

static void *fork_with_page(void *unused)
{
	message m = unit_message(1);
	pid_t child;

	fake_bind(gettid());
	ck_assert_int_eq(mnx_send(1, &m), OK);
	child = fork();
	if (!child) {
		ck_assert_int_eq(mnx_send(1, &m), EMOLNOTBIND);
		fake_bind(0);
		ck_assert_int_eq(mnx_send(1, &m), OK);
		ck_assert_uint_eq(fake.arg, 0);
		_exit(0);
	}
	wait_for(child);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	ck_assert_uint_eq(fake.arg, LAST_SLOT);
	return unused;
}

START_TEST(fork_of_a_thread)
{
	message m = unit_message(1);

	fake_bind(0);
	ck_assert_int_eq(mnx_send(1, &m), OK);
	in_thread(fork_with_page);
}
END_TEST

static pid_t forked;

static void fork_in_handler(void)
{
	forked = fork();
}

/* Parent and child both return into the call; in the child it fails. */
START_TEST(fork_in_a_call)
{
	message m = unit_message(1);
	int rc;

	fake_bind(0);
	fake.primitive = first_waits;
	fake.signal = fork_in_handler;
	how = FAKE_RESTART;
	answer = unit_message(2);
	rc = mnx_sendrec(1, &m);
	if (!forked) {
		ck_assert_int_eq(rc, EMOLNOTBIND);
		ck_assert_int_eq(m.m_type, 1);
		_exit(0);
	}
	wait_for(forked);
	ck_assert_int_eq(rc, OK);
	ck_assert_int_eq(m.m_type, 2);
}
END_TEST

/* The mask of signals is as it was, in parent and child. */
START_TEST(fork_keeps_the_signal_mask)
{
	sigset_t set, now;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_SETMASK, &set, NULL);
	child = fork();
	sigprocmask(SIG_SETMASK, NULL, &now);
	ck_assert_int_eq(sigismember(&now, SIGUSR1), 1);
	ck_assert_int_eq(sigismember(&now, SIGUSR2), 0);
	if (!child)
		_exit(0);
	wait_for(child);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, page_is_mapped_once);
	tcase_add_test(tc, stale_page);
	tcase_add_test(tc, stale_page_with_a_message);
	tcase_add_test(tc, buffer_of_nobody);
	tcase_add_test(tc, bound_after_unbind);
	tcase_add_test(tc, restarted);
	tcase_add_test(tc, interrupted);
	tcase_add_test(tc, interrupted_but_done);
	tcase_add_test(tc, handler_calls);
	tcase_add_test(tc, handler_calls_after_the_end);
	tcase_add_test(tc, handlers_nest);
	tcase_add_loop_test(tc, upheaval_in_handler, 0, ARRAY_SIZE(upheavals));
	tcase_add_test(tc, handler_jumps_away);
	tcase_add_test(tc, handler_jumps_in_handler);
	tcase_add_loop_test(tc, handler_on_another_stack, 0, 2);
	tcase_add_test(tc, device_closed);
	tcase_add_test(tc, number_used_again);
	tcase_add_test(tc, thread_of_a_process);
	tcase_add_test(tc, thread_with_an_endpoint);
	tcase_add_test(tc, thread_bound_by_others);
	tcase_add_test(tc, thread_that_lost_its_endpoint);
	tcase_add_test(tc, thread_exits_in_a_call);
	tcase_add_test(tc, thread_exit_unmaps);
	tcase_add_test(tc, fork_and_close);
	tcase_add_test(tc, fork_child);
	tcase_add_test(tc, fork_of_a_thread);
	tcase_add_test(tc, fork_in_a_call);
	tcase_add_test(tc, fork_keeps_the_signal_mask);
}

int main(void)
{
	return unit_run("libmolipc message page", add);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The actor's side: makes the calls that it is told to.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"

static __thread int actor_fd;
static __thread volatile int handled;
static __thread struct order handler_order;

static void put(int fd, const void *data, size_t size)
{
	if (write(fd, data, size) != (ssize_t)size)
		_exit(99);
}

static int fork_receive(void)
{
	pid_t pid = fork();
	int status;
	message m;

	if (!pid)
		_exit(mnx_receive_T(ANY, &m, 0) == EMOLNOTBIND ? 0 : 1);
	waitpid(pid, &status, 0);
	return status ? -1 : EMOLNOTBIND;
}

static struct result perform(const struct call *call)
{
	struct result r = { .reply_rc = 12345, .m = call->m };
	int src = call->src_nr ? call->src_nr : SELF;
	struct call own = *call;

	switch (call->op) {
	case OP_SEND:
		r.rc = mnx_send_T(call->peer, &r.m, call->ms);
		break;
	case OP_RECEIVE:
		r.rc = mnx_receive_T(call->peer, &r.m, call->ms);
		break;
	case OP_SENDREC:
		r.rc = mnx_sendrec_T(call->peer, &r.m, call->ms);
		break;
	case OP_RCVRQST:
		r.rc = mnx_rcvrqst_T(&r.m, call->ms);
		break;
	case OP_REPLY:
		r.rc = mnx_reply(call->peer, &r.m);
		break;
	case OP_REPLY_RCVRQST:
		r.rc = mnx_reply_rcvrqst_T(call->peer, &r.m, &r.reply_rc,
					   call->ms);
		break;
	case OP_RELAY:
		r.rc = mnx_relay(call->peer, &r.m);
		break;
	case OP_NOTIFY:
		r.rc = mnx_ntfy_value(src, call->peer, call->value);
		break;
	case OP_WAIT4BIND:
		r.rc = mnx_wait4bind_T(call->ms);
		break;
	case OP_BIND:
		r.rc = mnx_bind(VMID, call->peer);
		break;
	case OP_UNBIND:
		r.rc = mnx_unbind(VMID, call->peer);
		break;
	case OP_GETEP:
		r.rc = mnx_getep(call->peer);
		break;
	case OP_FORK:
		r.rc = fork_receive();
		break;
	case OP_RUN:
		r.rc = call->run(&own);
		r.m = own.m;
		break;
	}
	return r;
}

static void on_signal(int sig)
{
	struct report report = { .signal = true };

	handled++;
	if (sig == SIG_RESTART && handler_order.in_handler)
		report.result = perform(&handler_order.call);
	report.result.handled = handled;
	put(actor_fd, &report, sizeof(report));
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIG_INTERRUPT, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIG_RESTART, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Introduces itself, then obeys until the director is gone. */
static void obey(int fd, int ep)
{
	struct report report = { .ep = ep, .tid = gettid() };
	struct order order;
	ssize_t n;

	actor_fd = fd;
	put(fd, &report, sizeof(report));
	for (;;) {
		n = read(fd, &order, sizeof(order));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(order))
			_exit(0);
		if (order.in_handler) {
			handler_order = order;
			continue;
		}
		report.result = perform(&order.call);
		report.result.handled = handled;
		put(fd, &report, sizeof(report));
	}
}

struct thread_args {
	int fd;
	int p_nr;
};

static void *act_thread(void *p)
{
	struct thread_args *args = p;

	obey(args->fd, mnx_tbind(VMID, args->p_nr));
	return NULL;
}

void act(enum kind kind, int p_nr, int fd)
{
	struct thread_args args = { fd, p_nr };
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	catch_signals();
	if (p_nr == NONE) {
		obey(fd, NONE);
	} else if (kind == PROCESS) {
		obey(fd, mnx_bind(VMID, p_nr));
	} else {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIG_RESTART);
		sigaddset(&set, SIG_INTERRUPT);
		if (mnx_bind_failed(mnx_bind(VMID, p_nr + LEADER_OFFSET)))
			_exit(98);
		pthread_create(&thread, NULL, act_thread, &args);
		/* Whatever is sent to the process is for that thread. */
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		pthread_join(thread, NULL);
	}
	_exit(0);
}

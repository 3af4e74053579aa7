// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The director's side: actors come, are told what to do, and go.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"

#define MAX_ACTORS 96

static struct actor *actors[MAX_ACTORS];
static int nr_actors;

static struct report get_report(struct actor *a)
{
	struct pollfd pfd = { .fd = a->fd, .events = POLLIN };
	struct report report;
	ssize_t n;
	int rc;

	do
		rc = poll(&pfd, 1, PATIENCE * slowness());
	while (rc < 0 && errno == EINTR);
	ck_assert_msg(rc == 1, "slot %d is silent", a->p_nr);
	n = read(a->fd, &report, sizeof(report));
	ck_assert_msg(n == sizeof(report), "slot %d has died", a->p_nr);
	return report;
}

static struct actor *hire(enum kind kind, int p_nr, int node_fd)
{
	struct actor *a = calloc(1, sizeof(*a));
	struct report hello;
	int pair[2];

	ck_assert(nr_actors < MAX_ACTORS);
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	a->kind = kind;
	a->p_nr = p_nr;
	a->node_fd = node_fd;
	a->fd = pair[0];
	a->pid = fork();
	ck_assert(a->pid >= 0);
	if (!a->pid) {
		int i;

		close(pair[0]);
		for (i = 0; i < nr_actors; i++)
			if (!actors[i]->dead)
				close(actors[i]->fd);
		if (node_fd >= 0)
			close(mnx_fd()); /* of the test's namespace */
		act(kind, p_nr, pair[1]);
	}
	close(pair[1]);
	actors[nr_actors++] = a;
	hello = get_report(a);
	a->ep = hello.ep;
	a->tid = hello.tid;
	return a;
}

struct actor *actor_new_at(int nodeid, int node_fd, enum kind kind, int p_nr)
{
	struct actor *a = hire(kind, p_nr, node_fd);

	a->nodeid = nodeid;
	ck_assert_msg(!mnx_bind_failed(a->ep), "bind to %d: %s", p_nr,
		      mnx_strerror(a->ep));
	return a;
}

struct actor *actor_new(enum kind kind, int p_nr)
{
	return actor_new_at(0, -1, kind, p_nr);
}

struct actor *actor_unbound_at(int nodeid, int node_fd)
{
	struct actor *a = hire(PROCESS, NONE, node_fd);

	a->nodeid = nodeid;
	return a;
}

struct actor *actor_unbound(void)
{
	return actor_unbound_at(0, -1);
}

void actor_start(struct actor *a, struct call call)
{
	struct order order = { .call = call };

	ck_assert(write(a->fd, &order, sizeof(order)) == sizeof(order));
}

struct result actor_end(struct actor *a)
{
	struct report report;

	do
		report = get_report(a);
	while (report.signal);
	return report.result;
}

struct result actor_do(struct actor *a, struct call call)
{
	actor_start(a, call);
	return actor_end(a);
}

void actor_handler_call(struct actor *a, struct call call)
{
	struct order order = { .in_handler = true, .call = call };

	ck_assert(write(a->fd, &order, sizeof(order)) == sizeof(order));
}

void actor_await(struct actor *a, uint32_t rts_flags)
{
	AWAIT(slot_is_on(a->nodeid, a->p_nr, rts_flags));
}

struct result actor_signal(struct actor *a, int sig)
{
	struct report report;

	ck_assert(!syscall(SYS_tgkill, a->pid, a->tid, sig));
	report = get_report(a);
	ck_assert(report.signal);
	return report.result;
}

/* The file has the number first, or "running". */
static bool sleeps_in(struct actor *a, long nr)
{
	char name[64], text[32] = "";
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/syscall", a->pid,
		 a->tid);
	f = fopen(name, "r");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	return text[0] != 'r' && atol(text) == nr;
}

void actor_await_syscall(struct actor *a, long nr)
{
	AWAIT(sleeps_in(a, nr));
}

int actor_wait(struct actor *a)
{
	siginfo_t info = { .si_pid = 0 };
	int status;

	AWAIT(!waitid(P_PID, (id_t)a->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) &&
	      info.si_pid);
	ck_assert_int_eq(waitpid(a->pid, &status, 0), a->pid);
	close(a->fd);
	a->dead = true;
	return status;
}

void actor_kill(struct actor *a)
{
	if (a->dead)
		return;
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
	close(a->fd);
	a->dead = true;
}

static bool is_stopped(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	waitid(P_PID, (id_t)pid, &info,
	       WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT);
	return info.si_pid && info.si_code == CLD_STOPPED;
}

void actor_stop(struct actor *a)
{
	kill(a->pid, SIGSTOP);
	AWAIT(is_stopped(a->pid));
}

void actor_continue(struct actor *a)
{
	kill(a->pid, SIGCONT);
}

void actors_dismiss(void)
{
	int i;

	for (i = 0; i < nr_actors; i++) {
		actor_kill(actors[i]);
		free(actors[i]);
	}
	nr_actors = 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <molipc/init.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/serve.h"
#include "common/util.h"
#include "rexec.h"
#include "rexec_child.h"

#define PATIENCE 10000 /* ms, for GO */
#define PIECE    16384

enum state {
	FREE,
	STARTING,
	READY,
	RUNNING,
};

struct piece {
	char *bytes;
	size_t nr;  /* 0: there is none */
	int stream; /* 1, 2 */
};

/* Whom a place counts for */
struct account {
	int node;     /* LOCALNODE: this one */
	uint32_t uid; /* PROC_NO_ID: not known */
};

static struct rexec {
	enum state state;
	int asker;
	struct account account;
	uint32_t uid;
	pid_t linux_pid; /* 0: it has been waited for */
	pid_t pid;       /* from READY on */
	pid_t parent;    /* from RUNNING on */
	int control;     /* before it runs, else -1 */
	int64_t since;
	bool waits;   /* The asker does, for the answer to REXEC. */
	bool is_read; /* Its output is; */
	bool had_all; /* and has been. */
	int out[2];   /* that it writes to; -1: at its end, or not read */
	struct piece piece;
	uint32_t pieces; /* that have been, with this one */
	bool reads;      /* It waits for one: */
	init_read_t read;
} programs[REXEC_MAX];

static int of_vm;
static enum config_rexec allowed;
static struct log_limit refused;

void rexec_allow(int vmid, enum config_rexec whom)
{
	of_vm = vmid;
	allowed = whom;
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void streams_close(struct rexec *r)
{
	fd_close(&r->out[0]);
	fd_close(&r->out[1]);
}

static void rexec_free(struct rexec *r)
{
	fd_close(&r->control);
	streams_close(r);
	free(r->piece.bytes);
	*r = (struct rexec){ .state = FREE };
}

static bool account_find(int asker, struct account *a)
{
	proc_usr_t info;

	if (mnx_getprocinfo(of_vm, _ENDPOINT_P(asker), &info) ||
	    info.p_endpoint != asker)
		return false;
	*a = (struct account){ LOCALNODE, info.p_uid };
	if (info.p_rts_flags & REMOTE)
		*a = (struct account){ info.p_nodeid, PROC_NO_ID };
	return true;
}

/* Is there room for one more, that would run for this user? */
static bool account_has_room(const struct account *a, uint32_t uid)
{
	int waiting = 0, running = 0;

	for (size_t i = 0; i < REXEC_MAX; i++) {
		const struct rexec *r = &programs[i];

		if (r->state == FREE || r->account.node != a->node ||
		    r->account.uid != a->uid)
			continue;
		if (r->state != RUNNING)
			waiting++;
		else if (a->uid != PROC_NO_ID || r->uid == uid)
			running++;
	}
	if (a->node == LOCALNODE && !a->uid)
		return true;
	return waiting + running < REXEC_USER;
}

static struct rexec *rexec_new(void)
{
	for (size_t i = 0; i < REXEC_MAX; i++) {
		struct rexec *r = &programs[i];

		if (r->state != FREE)
			continue;
		*r = (struct rexec){ .state = STARTING,
				     .control = -1,
				     .out = { -1, -1 } };
		return r;
	}
	return NULL;
}

static struct rexec *rexec_find(int asker, pid_t pid)
{
	for (size_t i = 0; i < REXEC_MAX; i++)
		if (programs[i].state >= READY && programs[i].pid == pid &&
		    programs[i].asker == asker)
			return &programs[i];
	return NULL;
}

/* REXEC */

static int image_copy(int asker, const init_rexec_t *arg,
		      struct rexec_image *image)
{
	char *text;
	int rc;

	if (arg->bytes > INIT_IMAGE_MAX)
		return -E2BIG;
	text = memory_alloc(arg->bytes + 1);
	rc = arg->bytes ? mnx_vcopy(asker, (void *)(uintptr_t)arg->image, SELF,
				    text, arg->bytes) :
			  0;
	if (!rc && rexec_image_read(image, text, arg->bytes))
		return 0;
	free(text);
	return !rc ? -EINVAL : rc == EMOLFAULT ? -EFAULT : rc;
}

static const struct passwd *user_find(uint32_t uid)
{
	const struct passwd *user;

	if (allowed == CONFIG_REXEC_NONE ||
	    (!uid && allowed != CONFIG_REXEC_ALL))
		user = NULL;
	else
		user = getpwuid(uid);
	if (!user)
		log_limited(&refused, log_now(), SD_NOTICE,
			    "a program of user %u is refused", uid);
	return user;
}

/* Ends of connections with the child: its own ones are in "child". */
static bool rexec_connect(struct rexec *r, struct rexec_child *child)
{
	int control[2], out[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control))
		return false;
	r->control = control[0];
	child->control = control[1];
	for (int i = 0; r->is_read && i < 2; i++) {
		if (pipe2(out, O_CLOEXEC))
			return false;
		r->out[i] = out[0];
		child->out[i] = out[1];
		fcntl(out[0], F_SETFL, O_NONBLOCK);
	}
	return true;
}

static int rexec_start(struct rexec *r, const struct rexec_image *image,
		       const struct passwd *user)
{
	struct rexec_child child = { .image = image,
				     .user = user,
				     .asker = r->asker,
				     .control = -1,
				     .out = { -1, -1 } };
	int rc = SERVE_LATER;

	if (rexec_connect(r, &child))
		r->linux_pid = rexec_child_fork(&child, &rc);
	else
		rc = -EAGAIN;
	fd_close(&child.control);
	fd_close(&child.out[0]);
	fd_close(&child.out[1]);
	return rc;
}

static int do_rexec(struct serve_request *rq)
{
	const struct passwd *user;
	struct rexec_image image;
	struct account account;
	struct rexec *r;
	init_rexec_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (arg.flags & ~(uint32_t)(INIT_OUTPUT | INIT_OF_FS))
		return -EINVAL;
	user = user_find(arg.uid);
	if (!user)
		return -EPERM;
	if (!account_find(rq->client, &account) ||
	    !account_has_room(&account, arg.uid))
		return -EAGAIN;
	r = rexec_new();
	if (!r)
		return -EAGAIN;
	r->asker = rq->client;
	r->account = account;
	r->uid = arg.uid;
	r->since = log_now();
	r->waits = true;
	r->is_read = arg.flags & INIT_OUTPUT;
	rc = image_copy(rq->client, &arg, &image);
	if (!rc) {
		image.of_fs = arg.flags & INIT_OF_FS;
		rc = rexec_start(r, &image, user);
		log_line(SD_INFO, "%s: as %s, for endpoint %d", image.file,
			 user->pw_name, rq->client);
		rexec_image_free(&image);
	}
	if (rc != SERVE_LATER)
		rexec_free(r);
	return rc;
}

static void start_answer(struct rexec *r, int rc)
{
	message m;

	r->waits = false;
	com_put(&m, &((init_rexec_t){ .pid = r->pid }));
	serve_answer(r->asker, &m, rc);
}

/* Also of one that is no process: it will end, and is reaped then. */
static void rexec_kill(struct rexec *r)
{
	fd_close(&r->control);
	if (r->linux_pid)
		kill(r->linux_pid, SIGKILL);
}

static void child_said(struct rexec *r)
{
	const ssize_t n =
		recv(r->control, &r->pid, sizeof(r->pid), MSG_DONTWAIT);

	if (n == sizeof(r->pid)) {
		r->state = READY;
		r->since = log_now();
		start_answer(r, OK);
		return;
	}
	rexec_kill(r);
}

/* GO */

static int do_go(struct serve_request *rq)
{
	struct rexec *r;
	init_go_t arg;

	com_get(rq->m, &arg);
	r = rexec_find(rq->client, arg.pid);
	if (!r || r->state != READY || r->control < 0)
		return -ESRCH;
	if (arg.drop) {
		rexec_kill(r);
		return OK;
	}
	if (send(r->control, "", 1, MSG_NOSIGNAL) != 1)
		return -ESRCH;
	fd_close(&r->control);
	r->parent = rexec_parent(r->pid);
	r->state = RUNNING;
	return OK;
}

/* READ */

/* A piece, or that there is no more */
static bool has_answer(const struct rexec *r)
{
	return r->piece.nr || (r->out[0] < 0 && r->out[1] < 0);
}

/* What it has written before, and what it has started, may come for long. */
static bool is_over(const struct rexec *r)
{
	return !r->linux_pid &&
	       (r->state != RUNNING || !r->is_read || r->had_all);
}

static int piece_give(struct rexec *r, init_read_t *arg)
{
	struct piece *p = &r->piece;
	int rc;

	arg->nr = (int32_t)(p->nr < arg->bytes ? p->nr : arg->bytes);
	arg->stream = p->stream;
	rc = arg->nr ? mnx_vcopy(SELF, p->bytes, r->asker,
				 (void *)(uintptr_t)arg->to, arg->nr) :
		       0;
	return rc == EMOLFAULT ? -EFAULT : rc;
}

static void read_answer(struct rexec *r)
{
	init_read_t arg = r->read;
	const int rc = piece_give(r, &arg);
	message m;

	r->reads = false;
	r->had_all = !r->piece.nr;
	com_put(&m, &arg);
	serve_answer(r->asker, &m, rc);
	if (is_over(r))
		rexec_free(r);
}

static void stream_read(struct rexec *r, int which)
{
	ssize_t n;

	if (!r->piece.bytes)
		r->piece.bytes = memory_alloc(PIECE);
	n = read(r->out[which], r->piece.bytes, PIECE);
	if (n > 0) {
		r->piece.nr = (size_t)n;
		r->piece.stream = which + 1;
		r->pieces++;
	} else if (!n || !r->linux_pid) {
		fd_close(&r->out[which]);
	}
}

/* What is there by now of one that has ended, and no more */
static void rest_read(struct rexec *r)
{
	for (int i = 0; i < 2 && !r->linux_pid && !r->piece.nr; i++)
		if (r->out[i] >= 0)
			stream_read(r, i);
}

static int do_read(struct serve_request *rq)
{
	struct rexec *r;
	init_read_t arg;

	com_get(rq->m, &arg);
	r = rexec_find(rq->client, arg.pid);
	if (!r || !r->is_read || r->state != RUNNING)
		return -ESRCH;
	if (arg.pieces != r->pieces && arg.pieces + 1 != r->pieces)
		return -EINVAL;
	if (arg.pieces == r->pieces)
		r->piece.nr = 0;
	rest_read(r);
	r->read = arg;
	r->reads = true;
	if (has_answer(r))
		read_answer(r);
	return SERVE_LATER;
}

static void stream_polled(struct rexec *r, int which)
{
	stream_read(r, which);
	if (r->reads && has_answer(r))
		read_answer(r);
}

/* All of them */

static serve_handler *const calls[] = {
	[INIT_REXEC - INIT_BASE] = do_rexec,
	[INIT_GO - INIT_BASE] = do_go,
	[INIT_READ - INIT_BASE] = do_read,
};

/* Who asks again has given up what it has asked before. */
static void asks_drop(int asker)
{
	for (size_t i = 0; i < REXEC_MAX; i++)
		if (programs[i].state != FREE && programs[i].asker == asker)
			programs[i].reads = false;
}

void rexec_request(message *m)
{
	struct serve_request rq = { .client = m->m_source, .m = m };
	const int i = m->m_type - INIT_BASE;
	int rc = EMOLBADCALL;

	asks_drop(rq.client);
	if (i >= 0 && i < (int)ARRAY_SIZE(calls))
		rc = calls[i](&rq);
	if (rc != SERVE_LATER)
		serve_answer(rq.client, m, rc);
}

/* Before it has said who it is; and what it writes, once there is room */
static size_t polls_of(const struct rexec *r, struct pollfd *fds)
{
	size_t nr = 0;

	if (r->state == STARTING && r->control >= 0)
		fds[nr++] = (struct pollfd){ r->control, POLLIN, 0 };
	if (r->state != RUNNING || r->piece.nr)
		return nr;
	for (int i = 0; i < 2; i++)
		if (r->out[i] >= 0)
			fds[nr++] = (struct pollfd){ r->out[i], POLLIN, 0 };
	return nr;
}

size_t rexec_polls(struct pollfd *fds)
{
	size_t nr = 0;

	for (size_t i = 0; i < REXEC_MAX; i++)
		nr += polls_of(&programs[i], &fds[nr]);
	return nr;
}

static void polled(int fd)
{
	for (size_t i = 0; i < REXEC_MAX; i++) {
		struct rexec *r = &programs[i];

		if (r->state == FREE)
			continue;
		if (r->state == STARTING && r->control == fd)
			child_said(r);
		for (int j = 0; j < 2; j++)
			if (r->out[j] == fd && !r->piece.nr)
				stream_polled(r, j);
	}
}

void rexec_polled(const struct pollfd *fds, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (fds[i].revents)
			polled(fds[i].fd);
}

static void child_reap(struct rexec *r)
{
	int status;

	if (!r->linux_pid || waitpid(r->linux_pid, &status, WNOHANG) <= 0)
		return;
	r->linux_pid = 0;
	if (r->waits)
		start_answer(r, -EAGAIN);
	rest_read(r);
	if (r->reads && has_answer(r))
		read_answer(r);
	else if (is_over(r))
		rexec_free(r);
}

void rexec_reap(void)
{
	for (size_t i = 0; i < REXEC_MAX; i++)
		if (programs[i].state != FREE)
			child_reap(&programs[i]);
}

/* Nobody reads any more what it writes. */
static bool is_left(const struct rexec *r)
{
	const pid_t parent = rexec_parent(r->pid);

	return parent < 0 ? !r->linux_pid : parent != r->parent;
}

static void look(struct rexec *r, int64_t now)
{
	if (r->state != RUNNING && now - r->since >= PATIENCE)
		rexec_kill(r);
	if (r->state != RUNNING || !r->is_read || r->reads || !is_left(r))
		return;
	streams_close(r);
	r->piece.nr = 0;
	r->is_read = false;
	if (is_over(r))
		rexec_free(r);
}

void rexec_look(int64_t now)
{
	for (size_t i = 0; i < REXEC_MAX; i++)
		if (programs[i].state != FREE)
			look(&programs[i], now);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind.h"
#include "follow.h"

#define PATIENCE 10000 /* ms */
#define AGAIN    20    /* ms, until it asks again */

/* The server */

/* Who does not answer follows no more. */
static void tell(struct table *t, int type, const struct kv_pair *pair)
{
	message m;

	for (int i = 0; i < KV_FOLLOWERS; i++) {
		if (t->follower[i] == NONE)
			continue;
		com_put(&m, pair);
		m.m_type = type;
		if (mnx_sendrec_T(t->follower[i], &m, PATIENCE) || m.m_type)
			t->follower[i] = NONE;
	}
}

void follow_tell(struct table *t, const struct kv_pair *pair)
{
	tell(t, KV_CHANGE, pair);
}

void follow_leave(struct table *t)
{
	tell(t, KV_AGAIN, &(struct kv_pair){ .key = "" });
	table_without_followers(t);
}

void follow_enter(struct table *t, message *m)
{
	int place = KV_FOLLOWERS;

	for (int i = 0; i < KV_FOLLOWERS; i++)
		if (t->follower[i] == NONE || t->follower[i] == m->m_source)
			place = i;
	if (place == KV_FOLLOWERS) {
		m->m_type = EMOLOVERRUN;
		return;
	}
	m->m_type = mnx_vcopy(SELF, t, m->m_source, m->m2_p1, table_size(t));
	if (!m->m_type)
		t->follower[place] = m->m_source;
}

/* The follower, which is ended only while it waits */

static void may_end(int how)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(how, &term, NULL);
}

/* It comes to a place of its own first: the server may die in between. */
static int ask_all(int server, struct table *t)
{
	static struct table copy;
	message m = { .m_type = KV_ALL };
	int rc;

	m.m2_p1 = &copy;
	may_end(SIG_UNBLOCK);
	rc = mnx_sendrec_T(server, &m, PATIENCE);
	may_end(SIG_BLOCK);
	rc = rc ? rc : m.m_type;
	if (!rc)
		memcpy(t, &copy, (size_t)table_size(&copy));
	return rc;
}

/* Until the server cannot be heard any more, or is another one */
static void note_changes(int server, struct table *t)
{
	struct kv_pair pair;
	bool again = false;
	message m;
	int rc = OK;

	while (!again && (!rc || rc == EMOLINTR)) {
		may_end(SIG_UNBLOCK);
		rc = mnx_receive(server, &m);
		may_end(SIG_BLOCK);
		if (rc)
			continue;
		again = m.m_type == KV_AGAIN;
		com_get(&m, &pair);
		m.m_type = again ? OK : table_note(t, &pair);
		mnx_reply(server, &m);
	}
}

static void follow(int vmid, int server, struct table *t, int ready)
{
	if (mnx_bind_failed(bind_user(vmid)))
		return;
	for (;;) {
		if (!ask_all(server, t)) {
			if (ready >= 0 && write(ready, "", 1) == 1)
				close(ready);
			ready = -1;
			note_changes(server, t);
		}
		may_end(SIG_UNBLOCK);
		usleep(AGAIN * 1000);
		may_end(SIG_BLOCK);
	}
}

pid_t follow_start(int vmid, int server, struct table *t)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready))
		return -1;
	may_end(SIG_BLOCK);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		follow(vmid, server, t, ready[1]);
		_exit(EXIT_FAILURE);
	}
	may_end(SIG_UNBLOCK);
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1) {
		follow_stop(pid);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

void follow_stop(pid_t follower)
{
	if (follower <= 0)
		return;
	kill(follower, SIGTERM);
	waitpid(follower, NULL, 0);
}

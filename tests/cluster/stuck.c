// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call that is to be found waiting, after SIGUSR2:
 *
 *	stuck send|receive|sendrec P_NR PEER
 *	stuck any|take P_NR		receives from ANY; takes requests
 *	stuck answer P_NR		takes a request, and answers
 *	stuck reply P_NR		after SIGUSR1
 *	stuck relay P_NR PEER		passes it on to PEER, after SIGUSR1
 *	stuck source|target P_NR PEER	sendrec, for one that copies:
 *	stuck copyin|copyout P_NR	to, from who asks, over and over
 *	stuck copy P_NR			from one that asks to another
 *
 * Writes "taken" for each request, and at the end how the call ended and when,
 * in ms of the realtime clock.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <molipc/molipc.h>

#define VMID  0
#define BYTES (2 << 20) /* many frames */

static char memory[BYTES];
static sigset_t usr1, usr2;
static long long ended; /* when the call did */

static void note_end(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (!ended)
		ended = (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int take(message *m)
{
	int rc = mnx_rcvrqst(m);

	if (!rc)
		puts("taken");
	return rc;
}

static int take_all(message *m)
{
	int rc;

	do
		rc = take(m);
	while (!rc);
	return rc;
}

static void await(const sigset_t *signal)
{
	int sig;

	sigwait(signal, &sig);
}

static int lend(message *m, int peer, bool source)
{
	int rc;

	m->m1_i1 = source;
	m->m1_p1 = memory;
	rc = mnx_sendrec(peer, m);
	return rc ? rc : m->m_type;
}

static int copy_one(message *m, bool in)
{
	int rc = take(m);

	while (!rc)
		rc = in ? mnx_vcopy(SELF, memory, m->m_source, m->m1_p1,
				    BYTES) :
			  mnx_vcopy(m->m_source, m->m1_p1, SELF, memory, BYTES);
	return rc;
}

/* Both wait for the answer, which is how the copy ended. */
static int copy_between(message *m)
{
	message other;
	int rc = take(m);

	if (!rc)
		rc = take(&other);
	if (rc)
		return rc;
	while (!rc)
		rc = m->m1_i1 ? mnx_vcopy(m->m_source, m->m1_p1, other.m_source,
					  other.m1_p1, BYTES) :
				mnx_vcopy(other.m_source, other.m1_p1,
					  m->m_source, m->m1_p1, BYTES);
	note_end();
	m->m_type = rc;
	mnx_reply(m->m_source, m);
	mnx_reply(other.m_source, m);
	return rc;
}

static int call(const char *what, int peer)
{
	message m = { .m_type = 1 };
	int rc;

	if (!strcmp(what, "send"))
		return mnx_send(peer, &m);
	if (!strcmp(what, "receive"))
		return mnx_receive(peer, &m);
	if (!strcmp(what, "sendrec"))
		return mnx_sendrec(peer, &m);
	if (!strcmp(what, "any"))
		return mnx_receive(ANY, &m);
	if (!strcmp(what, "take"))
		return take_all(&m);
	if (!strcmp(what, "source") || !strcmp(what, "target"))
		return lend(&m, peer, *what == 's');
	if (!strcmp(what, "copyin") || !strcmp(what, "copyout"))
		return copy_one(&m, what[4] == 'i');
	if (!strcmp(what, "copy"))
		return copy_between(&m);
	rc = take(&m);
	if (rc)
		return rc;
	if (strcmp(what, "answer") != 0)
		await(&usr1);
	return !strcmp(what, "relay") ? mnx_relay(peer, &m) :
					mnx_reply(m.m_source, &m);
}

int main(int argc, char **argv)
{
	int rc;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "stuck: bad arguments\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaddset(&usr1, SIGUSR1);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	rc = mnx_bind(VMID, atoi(argv[2]));
	if (mnx_bind_failed(rc)) {
		printf("bind: %s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	await(&usr2);
	rc = call(argv[1], argc == 4 ? atoi(argv[3]) : NONE);
	note_end();
	printf("%.*s %lld\n", (int)strcspn(mnx_strerror(rc), ":"),
	       mnx_strerror(rc), ended);
	return EXIT_SUCCESS;
}

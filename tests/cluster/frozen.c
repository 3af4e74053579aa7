// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes of VM 0 for tests/cluster/live, which move as they are, and those
 * that they talk to.
 *
 *	frozen send|sendrec|receive|any P_NR PEER
 *		makes such calls, with numbers, one after the other; writes a
 *		line "NUMBER RESULT NUMBER" for each that has ended
 *	frozen threads P_NR		the same as any, beside a thread
 *	frozen peer P_NR PEER
 *		a step for each signal: SIGUSR1 takes a message, and writes
 *		"took NUMBER"; SIGUSR2 answers it, or, if there is none, sends
 *		one with the next number
 *	frozen fill P_NR PAIRS		puts so many pairs into kvd
 *	frozen load P_NR STOP
 *		counts a key of kvd up until the file STOP is there; writes
 *		"ANSWERED FAILED LONGEST COUNT", the longest in ms, and, to
 *		standard error, why one failed
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <molipc/com.h>
#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "../../examples/kv/kv.h"

#define PATIENCE 120000 /* ms */

static int call(const char *what, int peer, int number, message *m)
{
	*m = (message){ .m_type = 1, .m2_i1 = number };
	if (!strcmp(what, "send"))
		return mnx_send(peer, m);
	if (!strcmp(what, "sendrec"))
		return mnx_sendrec(peer, m);
	return mnx_receive(!strcmp(what, "receive") ? peer : ANY, m);
}

static int make_calls(const char *what, int peer)
{
	message m;
	int rc, number;

	for (number = 1;; number++) {
		rc = call(what, peer, number, &m);
		printf("%d %d %d\n", number, rc, m.m2_i1);
		if (rc)
			return EXIT_FAILURE;
	}
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static int make_calls_beside(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, idle, NULL))
		return EXIT_FAILURE;
	return make_calls("any", ANY);
}

static int step(int sig, int peer, message *taken)
{
	static int sent;
	message m = { .m_type = 1 };
	int rc;

	if (sig == SIGUSR1) {
		rc = mnx_receive(peer, taken);
		printf("took %d\n", rc ? rc : taken->m2_i1);
		return rc;
	}
	if (taken->m_source == peer) {
		taken->m_source = NONE;
		return mnx_reply(peer, taken);
	}
	m.m2_i1 = ++sent;
	return mnx_send(peer, &m);
}

static int be_peer(int peer)
{
	message taken = { .m_source = NONE };
	sigset_t steps;
	int sig, rc;

	sigemptyset(&steps);
	sigaddset(&steps, SIGUSR1);
	sigaddset(&steps, SIGUSR2);
	sigprocmask(SIG_BLOCK, &steps, NULL);
	puts("ready");
	do {
		sigwait(&steps, &sig);
		rc = step(sig, peer, &taken);
		printf("step %d\n", rc);
	} while (!rc);
	return EXIT_FAILURE;
}

/* kvd */

static int ask(int server, int type, struct kv_pair *pair)
{
	message m;
	int rc;

	com_put(&m, pair);
	m.m_type = type;
	rc = mnx_sendrec_T(server, &m, PATIENCE);
	com_get(&m, pair);
	return rc ? rc : m.m_type;
}

static int fill(int server, long pairs)
{
	struct kv_pair pair;
	int rc = OK;

	while (!rc && pairs--) {
		memset(&pair, 0, sizeof(pair));
		snprintf(pair.key, sizeof(pair.key), "%ld", pairs);
		rc = ask(server, KV_PUT, &pair);
	}
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int load(int server, const char *stop)
{
	long answered = 0, failed = 0, longest = 0, begin, took;
	struct kv_pair pair;
	int rc;

	while (access(stop, F_OK)) {
		pair = (struct kv_pair){ .key = "count" };
		begin = now_ms();
		rc = ask(server, KV_ADD, &pair);
		if (rc)
			fprintf(stderr, "%ld: %s\n", answered,
				mnx_strerror(rc));
		failed += rc != OK;
		answered += rc == OK;
		took = now_ms() - begin;
		longest = took > longest ? took : longest;
	}
	printf("%ld %ld %ld %s\n", answered, failed, longest, pair.value);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int with_kvd(const char *what, const char *argument)
{
	int server = sys_lookup(KV_SERVICE, PATIENCE);

	if (mnx_bind_failed(server)) {
		puts(mnx_strerror(server));
		return EXIT_FAILURE;
	}
	return !strcmp(what, "fill") ? fill(server, atol(argument)) :
				       load(server, argument);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	const char *argument = argc > 3 ? argv[3] : "0";
	int rc;

	if (argc < 3) {
		fprintf(stderr, "frozen: bad arguments\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	rc = mnx_bind(0, atoi(argv[2]));
	if (mnx_bind_failed(rc)) {
		printf("bind: %s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	if (!strcmp(what, "fill") || !strcmp(what, "load"))
		return with_kvd(what, argument);
	if (!strcmp(what, "threads"))
		return make_calls_beside();
	return !strcmp(what, "peer") ? be_peer(atoi(argument)) :
				       make_calls(what, atoi(argument));
}

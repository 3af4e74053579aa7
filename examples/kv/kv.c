// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of the key-value server.  If that has died it asks again, whoever
 * has taken its place, with the same number: so it is done once.
 *
 *	kv VM get KEY
 *	kv VM put KEY VALUE
 *	kv VM add KEY TIMES
 *	kv VM move NODE
 *
 * VM is the number of the VM.  "add" counts KEY up, one request after the
 * other, and prints how many were answered, failed, how long the longest took,
 * and how many were asked again: what it looks like to who uses the server when
 * that moves, or dies.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <molipc/com.h>
#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "bind.h"
#include "kv.h"

#define PATIENCE 60000 /* ms */
#define AGAIN    20000 /* us, until it asks again */

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int ask(int server, int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec_T(server, m, PATIENCE);
	return rc ? rc : m->m_type;
}

static bool is_lost(int rc)
{
	return rc == EMOLNOTCONN || rc == EMOLSRCDIED || rc == EMOLDSTDIED;
}

static long asked_again;

static int ask_pair(int server, int type, const char *key, const char *value)
{
	static uint32_t self, number;
	struct kv_pair pair = { .key = "" };
	const long begin = now_us();
	message m;
	int rc;

	while (!self)
		getrandom(&self, sizeof(self), 0);
	pair.client = self;
	pair.number = ++number;
	snprintf(pair.key, sizeof(pair.key), "%s", key);
	snprintf(pair.value, sizeof(pair.value), "%s", value);
	for (;;) {
		com_put(&m, &pair);
		rc = ask(server, type, &m);
		if (!is_lost(rc) || now_us() - begin >= PATIENCE * 1000L)
			break;
		asked_again++;
		usleep(AGAIN);
	}
	com_get(&m, &pair);
	if (!rc && type == KV_GET)
		puts(pair.value);
	return rc;
}

/* Returns the error of the last one that failed. */
static int add(int server, const char *key, long times)
{
	long failed = 0, longest = 0, begin, took, i;
	int rc, last = OK;

	for (i = 0; i < times; i++) {
		begin = now_us();
		rc = ask_pair(server, KV_ADD, key, "");
		took = now_us() - begin;
		longest = took > longest ? took : longest;
		failed += rc != OK;
		last = rc ? rc : last;
	}
	printf("%ld answered, %ld failed, longest %ld us, %ld asked again\n",
	       times - failed, failed, longest, asked_again);
	return last;
}

static int move(int server, int nodeid)
{
	message m = { .m2_i1 = nodeid };

	return ask(server, KV_MOVE, &m);
}

static int usage(void)
{
	fprintf(stderr, "usage: kv VM get KEY | put KEY VALUE | "
			"add KEY TIMES | move NODE\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[2] : "";
	int rc, server;

	if (!(argc == 4 && (!strcmp(what, "get") || !strcmp(what, "move"))) &&
	    !(argc == 5 && (!strcmp(what, "put") || !strcmp(what, "add"))))
		return usage();
	rc = bind_user(atoi(argv[1]));
	server = mnx_bind_failed(rc) ? rc : sys_lookup(KV_SERVICE, PATIENCE);
	if (mnx_bind_failed(server))
		rc = server;
	else if (!strcmp(what, "get"))
		rc = ask_pair(server, KV_GET, argv[3], "");
	else if (!strcmp(what, "put"))
		rc = ask_pair(server, KV_PUT, argv[3], argv[4]);
	else if (!strcmp(what, "add"))
		rc = add(server, argv[3], atol(argv[4]));
	else
		rc = move(server, atoi(argv[3]));
	if (!rc)
		return EXIT_SUCCESS;
	fprintf(stderr, "kv: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A key-value server that moves to another node with its data, and nobody who
 * uses it notices.
 *
 *	kvd VM P_NR
 *	kvd VM P_NR take
 *
 * VM is the number of the VM and P_NR the slot of the server, a system slot, as
 * others may not copy memory: start it as root, with 12 for instance.  With
 * "take" it is a taker: it waits on another node until the server is told to
 * move there ("kv 0 move 1"), gets all pairs and is the server from then on.
 *
 * While the pairs are on their way the server answers nobody: who asks it then
 * waits, and is answered by the taker.  So is the one that told it to move.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/com.h>
#include <molipc/molipc.h>
#include <molipc/move.h>
#include <molipc/sys.h>

#include "kv.h"

#define PATIENCE 10000 /* ms */

static struct kv_pair *pairs;
static size_t nr_pairs;

/* The pair of that key; NULL if there is none, and it was not to be made */
static struct kv_pair *find(const char *key, bool make)
{
	struct kv_pair *more;
	size_t i;

	for (i = 0; i < nr_pairs; i++)
		if (!strcmp(pairs[i].key, key))
			return &pairs[i];
	more = make ? realloc(pairs, (nr_pairs + 1) * sizeof(*pairs)) : NULL;
	if (!more)
		return NULL;
	pairs = more;
	memset(&pairs[nr_pairs], 0, sizeof(*pairs));
	strcpy(pairs[nr_pairs].key, key);
	return &pairs[nr_pairs++];
}

/* The message becomes the answer. */
static int answer(message *m)
{
	struct kv_pair asked, *pair;

	com_get(m, &asked);
	asked.key[sizeof(asked.key) - 1] = '\0';
	asked.value[sizeof(asked.value) - 1] = '\0';
	if (m->m_type < KV_PUT || m->m_type > KV_ADD)
		return EMOLBADREQUEST;
	pair = find(asked.key, m->m_type != KV_GET);
	if (!pair)
		return m->m_type == KV_GET ? EMOLNOTBIND : EMOLNOMEM;
	if (m->m_type == KV_PUT)
		*pair = asked;
	if (m->m_type == KV_ADD)
		snprintf(pair->value, sizeof(pair->value), "%ld",
			 atol(pair->value) + 1);
	com_put(m, pair);
	return OK;
}

/* The server's part of a move: the taker asks for all that it knows. */
static int send_pairs(int taker, void *arg)
{
	const long bytes = (long)(nr_pairs * sizeof(*pairs));
	const int *waiting = arg;
	message m;
	int rc = mnx_receive_T(taker, &m, PATIENCE);

	while (!rc && m.m_type == KV_SIZE) {
		m.m2_l1 = bytes;
		m.m_type = OK;
		rc = mnx_reply(taker, &m);
		if (!rc)
			rc = mnx_receive_T(taker, &m, PATIENCE);
	}
	if (!rc && bytes)
		rc = mnx_vcopy(SELF, pairs, taker, m.m2_p1, bytes);
	if (rc)
		return rc;
	m.m2_i1 = *waiting;
	m.m_type = OK;
	return mnx_reply(taker, &m);
}

/* The taker's: who waits for an answer is put to arg. */
static int take_pairs(int server, void *arg)
{
	int *waiting = arg;
	message m = { .m_type = KV_SIZE };
	int rc = mnx_sendrec_T(server, &m, PATIENCE);

	if (rc)
		return rc;
	pairs = malloc((size_t)m.m2_l1 + 1);
	if (!pairs)
		return EMOLNOMEM;
	nr_pairs = (size_t)m.m2_l1 / sizeof(*pairs);
	m.m2_p1 = pairs;
	m.m_type = KV_ALL;
	rc = mnx_sendrec_T(server, &m, PATIENCE);
	*waiting = m.m2_i1;
	return rc;
}

/* Returns an error, or OK when this process is not the server any more. */
static int serve(int client, message *m)
{
	int rc;

	for (;;) {
		rc = mnx_reply_rcvrqst(client, m, NULL);
		if (rc)
			return rc;
		client = NONE;
		if (m->m_type & NOTIFY_MESSAGE)
			continue;
		client = m->m_source;
		if (m->m_type != KV_MOVE) {
			m->m_type = answer(m);
			continue;
		}
		m->m_type = mnx_migr_self(m->m2_i1, send_pairs, &client);
		if (!m->m_type)
			return OK;
	}
}

int main(int argc, char **argv)
{
	message m = { .m_type = OK };
	int client = NONE, rc;

	if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "take"))) {
		fprintf(stderr, "usage: kvd VM P_NR [take]\n");
		return 2;
	}
	if (argc == 4)
		rc = mnx_migr_take(atoi(argv[1]), atoi(argv[2]), take_pairs,
				   &client, TIMEOUT_FOREVER);
	else
		rc = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (!mnx_bind_failed(rc)) {
		printf("kvd: endpoint %d, %zu pairs\n", rc, nr_pairs);
		fflush(stdout);
		rc = argc == 4 ? OK : sys_publish(KV_SERVICE);
	}
	if (!rc)
		rc = serve(client, &m);
	if (!rc)
		return puts("kvd: has moved") < 0;
	fprintf(stderr, "kvd: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}

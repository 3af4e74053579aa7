// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A key-value server that moves to another node with its data, or has a backup
 * there that takes over when its node dies; and who uses it hardly notices.
 *
 *	kvd VM P_NR
 *	kvd VM P_NR take
 *	kvd VM P_NR standby
 *
 * VM is the number of the VM and P_NR the slot of the server, a system slot, as
 * others may not copy memory: start it as root, with 12 for instance.  With
 * "take" it is a taker: it waits on another node until the server is told to
 * move there ("kv 0 move 1"), gets all pairs and is the server from then on.
 * With "standby", on several nodes, it is the server on one and a backup that
 * follows it (follow.h) on the others.
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

#include "follow.h"
#include "table.h"

#define PATIENCE 10000 /* ms */
#define BEGIN    5000  /* ms, for two that are started at once */

static struct table *table;
static int vmid, p_nr;

/* The message becomes the answer. */
static int answer(message *m)
{
	struct kv_pair pair;
	int rc;

	com_get(m, &pair);
	rc = table_ask(table, m->m_type, &pair);
	if (rc == 1)
		follow_tell(table, &pair);
	com_put(m, &pair);
	return rc < 0 ? rc : OK;
}

/* The server's part of a move: the taker asks for all that it knows. */
static int send_table(int taker, void *arg)
{
	const int *waiting = arg;
	message m;
	int rc = mnx_receive_T(taker, &m, PATIENCE);

	if (!rc)
		rc = mnx_vcopy(SELF, table, taker, m.m2_p1, table_size(table));
	if (rc)
		return rc;
	m.m2_i1 = *waiting;
	m.m_type = OK;
	return mnx_reply(taker, &m);
}

/* The taker's: who waits for an answer is put to arg. */
static int take_table(int server, void *arg)
{
	int *waiting = arg;
	message m = { .m_type = KV_ALL };
	int rc;

	m.m2_p1 = table;
	rc = mnx_sendrec_T(server, &m, PATIENCE);
	*waiting = m.m2_i1;
	return rc;
}

/*
 * The endpoint, when this process has it: soon, if nobody had it; else it
 * stands by when it knows what the server knows.
 */
static int stand_by(int server)
{
	int rc = EMOLTIMEDOUT;
	pid_t follower;

	if (mnx_bind_failed(mnx_vm_wait4bindep_T(vmid, server, 0)))
		rc = mnx_standby(vmid, server, BEGIN);
	if (rc != EMOLTIMEDOUT && MNX_ERR(rc) != EMOLTIMEDOUT)
		return rc;
	follower = follow_start(vmid, server, table);
	if (follower < 0)
		return EMOLNOMEM;
	puts("kvd: stands by");
	fflush(stdout);
	rc = mnx_standby(vmid, server, TIMEOUT_FOREVER);
	follow_stop(follower);
	table_without_followers(table);
	return rc;
}

/* Has that node a backup, which knows all? */
static bool has_backup(int nodeid)
{
	proc_usr_t info;

	return !mnx_getprocinfo(vmid, p_nr, &info) &&
	       info.p_nodemap >> nodeid & 1;
}

/* OK: this process is not the server any more. */
static int move(int *client, int nodeid)
{
	message m = { .m_type = OK };

	if (nodeid < 0 || nodeid >= 64 || !has_backup(nodeid))
		return mnx_migr_self(nodeid, send_table, client);
	/* A backup does not know who waits for an answer. */
	mnx_reply(*client, &m);
	*client = NONE;
	follow_leave(table);
	return sys_migrate(SELF, nodeid, 0) == EMOLMIGRATE ? OK : EMOLAGAIN;
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
		switch (m->m_type) {
		case KV_PUT:
		case KV_GET:
		case KV_ADD:
			m->m_type = answer(m);
			break;
		case KV_ALL:
			follow_enter(table, m);
			break;
		case KV_MOVE:
			m->m_type = move(&client, m->m2_i1);
			if (!m->m_type)
				return OK;
			break;
		default:
			m->m_type = EMOLBADREQUEST;
		}
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: kvd VM P_NR [take | standby]\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *how = argc == 4 ? argv[3] : "";
	const bool takes = !strcmp(how, "take"),
		   stands = !strcmp(how, "standby");
	message m = { .m_type = OK };
	int client = NONE, rc;

	if (argc < 3 || argc > 4 || (argc == 4 && !takes && !stands))
		return usage();
	vmid = atoi(argv[1]);
	p_nr = atoi(argv[2]);
	table = table_make();
	if (!table)
		return EXIT_FAILURE;
	if (takes)
		rc = mnx_migr_take(vmid, p_nr, take_table, &client,
				   TIMEOUT_FOREVER);
	else
		rc = stands ? stand_by(p_nr) : mnx_bind(vmid, p_nr);
	if (!mnx_bind_failed(rc)) {
		printf("kvd: endpoint %d, %u pairs\n", rc, table->nr);
		fflush(stdout);
		rc = takes ? OK : sys_publish(KV_SERVICE);
		if (rc == EMOLEXIST && stands) /* It has come along. */
			rc = OK;
	}
	if (!rc)
		rc = serve(client, &m);
	if (!rc)
		return puts("kvd: has moved") < 0;
	fprintf(stderr, "kvd: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}

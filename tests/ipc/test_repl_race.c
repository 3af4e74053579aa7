// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replicas of three nodes come and go, and links between the nodes break, at
 * any moment, while clients of all nodes ask: each call ends, with its own
 * answer or with a word of what became of it, and in the end all are served.
 */
#include <stdatomic.h>
#include <string.h>

#include "migr.h"
#include "raw.h"

#define NODES     3
#define SERVER    10
#define CLIENT    20
#define LIMIT     15000 /* ms; no call lasts as long */
#define MAX_KILLS 80    /* of servers; the stage has only so many actors */
#define DELAY     3000  /* us; at most, between two changes */

static struct shared {
	atomic_bool stop;
	atomic_int wrong;
	atomic_long answered[NODES];
	atomic_long told;
} * shared;

static struct actor *server[NODES], *client[NODES];
static bool cut[NODES][NODES];
static int kills;

/* What a client may be told, when nobody is there, or is no more */
static bool is_word(int rc)
{
	return rc == EMOLDSTDIED || rc == EMOLSRCDIED || rc == EMOLNOTCONN;
}

static int run_client(struct call *call)
{
	int self = call->m.m1_i1, number = 0, rc;
	message m;

	while (!shared->stop) {
		m = (message){ .m_type = 1, .m1_i1 = self, .m1_i2 = ++number };
		rc = mnx_sendrec_T(SERVER, &m, LIMIT);
		if (is_word(rc)) {
			shared->told++;
			breathe();
			continue;
		}
		if (rc)
			fprintf(stderr, "client: %s\n", mnx_strerror(rc));
		if (rc || m.m_source != SERVER || m.m1_i1 != self ||
		    m.m1_i2 != number || m.m1_i3 != 4711)
			shared->wrong++;
		else
			shared->answered[self]++;
	}
	return OK;
}

/*
 * It serves whenever it is bound.  It does not wait for a client that has given
 * up: that one would close a cycle when it asks again.
 */
static int run_server(struct call *call)
{
	message m;
	int rc;

	(void)call;
	for (;;) {
		rc = mnx_wait4bind();
		if (MNX_ERR(rc) == EMOLINTR)
			continue;
		if (rc != SERVER)
			return rc;
		while (mnx_rcvrqst(&m) == OK) {
			m.m1_i3 = 4711;
			if (m.m1_i2 % 3)
				mnx_reply(m.m_source, &m);
			else
				mnx_send_T(m.m_source, &m, TIMEOUT_NOWAIT);
		}
	}
}

static void set_up(void)
{
	int i;

	cluster_up(NODES);
	shared = shared_new(sizeof(*shared));
	for (i = 0; i < NODES; i++)
		client[i] = actor_at(i, PROCESS, CLIENT + i);
	memset(cut, 0, sizeof(cut));
	kills = 0;
}

static void new_server(int at)
{
	server[at] = spare_at(at);
	START(server[at], .op = OP_RUN, .run = run_server);
}

/* Who has no descriptor, or a stale one, is given one. */
static void enter(int at, int nodeid)
{
	struct m3ipc_rmtbind bind = { .vmid = VMID,
				      .endpoint = SERVER,
				      .nodeid = nodeid,
				      .name = "replica" };

	if (at != nodeid)
		raw_ioctl(cluster_fd(at), M3IPC_IOC_RMTBIND, &bind);
}

/* The link between a and b breaks, or is there again. */
static void toggle(int a, int b)
{
	bool *is_cut = &cut[a < b ? a : b][a < b ? b : a];

	if (*is_cut)
		cluster_mend(a, b);
	else
		cluster_cut(a, b);
	*is_cut = !*is_cut;
}

static void mend_all(void)
{
	int a, b;

	for (a = 0; a < NODES; a++)
		for (b = a + 1; b < NODES; b++)
			if (cut[a][b])
				toggle(a, b);
}

static void change(unsigned int *seed)
{
	struct m3ipc_unbind ep = { .vmid = VMID,
				   .endpoint = SERVER,
				   .timeout = -1 };
	int at = (int)(rand_r(seed) % NODES);
	int other = (at + 1 + (int)(rand_r(seed) % (NODES - 1))) % NODES;

	switch (rand_r(seed) % 8) {
	case 0:
	case 1:
	case 2:
		migr_replicate(server[at], SERVER);
		break;
	case 3:
	case 4:
		raw_ioctl(cluster_fd(at), M3IPC_IOC_UNBIND, &ep);
		break;
	case 5:
		if (kills++ < MAX_KILLS) {
			actor_kill(server[at]);
			new_server(at);
		}
		break;
	case 6:
		toggle(at, other);
		break;
	case 7:
		enter(at, other);
		break;
	}
}

static bool all_answered(const long *before)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (shared->answered[i] < before[i] + 10)
			return false;
	return true;
}

/* Is the replica of that node there, whatever was before? */
static bool is_bound(int at)
{
	migr_replicate(server[at], SERVER);
	return !(slot_on(at, SERVER).p_rts_flags & (REMOTE | SLOT_FREE));
}

static bool is_low(int at)
{
	enter(at, 1);
	return slot_on(at, SERVER).p_nodeid == 1;
}

static int rounds(void)
{
	const char *number = getenv("CHANGES");

	return number ? atoi(number) : 1000;
}

START_TEST(race)
{
	unsigned int seed = (unsigned int)_i;
	long before[NODES];
	struct m3ipc_unbind ep = { .vmid = VMID,
				   .endpoint = SERVER,
				   .timeout = -1 };
	int i, n = rounds();

	for (i = 0; i < NODES; i++) {
		new_server(i);
		START(client[i], .op = OP_RUN, .run = run_client,
		      .m = { .m1_i1 = i });
	}
	for (i = 0; i < n && !shared->wrong; i++) {
		change(&seed);
		random_delay(&seed, DELAY);
	}
	mend_all();
	raw_ioctl(cluster_fd(0), M3IPC_IOC_UNBIND, &ep);
	AWAIT(is_bound(1));
	AWAIT(is_bound(2));
	AWAIT(is_low(0));
	for (i = 0; i < NODES; i++)
		before[i] = shared->answered[i];
	AWAIT(all_answered(before));
	AWAIT(slot_on(0, SERVER).p_nodemap == 6 &&
	      slot_on(1, SERVER).p_nodemap == 6 &&
	      slot_on(2, SERVER).p_nodemap == 6);
	shared->stop = true;
	for (i = 0; i < NODES; i++)
		ASSERT_RC(actor_end(client[i]).rc, OK);
	ck_assert_int_eq(shared->wrong, 0);
	printf("%d changes: %ld answered, %ld told\n", n,
	       shared->answered[0] + shared->answered[1] + shared->answered[2],
	       (long)shared->told);
}
END_TEST

int main(void)
{
	const struct test tests[] = { { race, 3 } };

	stage_init();
	return RUN_TESTS("replicas that come and go", 240, set_up, cluster_down,
			 tests);
}

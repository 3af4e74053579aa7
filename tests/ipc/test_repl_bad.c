// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replicas that are refused, and what another node may say of replicas, and in
 * their name: the test is both proxies of node 1 here.
 */
#include <unistd.h>

#include "gate.h"
#include "peer.h"

#define HERE    10 /* a process, no replica */
#define SERVER  11 /* a slot for one */
#define THERE   21 /* of node 1 */
#define THIRD   23 /* of node 2 */
#define CLIENT  60
#define NOWHERE 99

/* A generic error of a call that returns an endpoint */
#define MOVED(code) ((code)-1000)

static struct actor *here, *spare, *client;

static void set_up(void)
{
	peer_up();
	here = actor_new(PROCESS, HERE);
	client = actor_new(PROCESS, CLIENT);
	spare = actor_unbound();
	ASSERT_RC(mnx_rmtbind(VMID, "there", THERE, 1), THERE);
	ASSERT_RC(mnx_rmtbind(VMID, "third", THIRD, 2), THIRD);
}

static bool is_replica(int p_nr)
{
	return slot_on(0, p_nr).p_misc_flags & MIS_REPLICA;
}

START_TEST(refused)
{
	int i, kthread = 2;
	const struct {
		int vmid, pid, p_nr, rc;
	} binds[] = {
		{ NOWHERE, spare->pid, SERVER, EMOLBADVMID },
		{ VMID + 1, spare->pid, SERVER, EMOLVMNOTRUN },
		{ VMID, spare->pid, NR_PROCS, MOVED(EMOLRANGE) },
		{ VMID, spare->pid, -NR_TASKS - 1, MOVED(EMOLRANGE) },
		{ VMID, spare->pid, SYSTASK(0), EMOLENDPOINT },
		{ VMID, spare->pid, SYSTASK(1), EMOLENDPOINT },
		{ VMID, spare->pid, CLOCK, EMOLENDPOINT },
		{ VMID, spare->pid, HARDWARE, EMOLENDPOINT },
		{ VMID, spare->pid, FIRST_USER_NR, EMOLENDPOINT },
		{ VMID, spare->pid, HERE, EMOLSLOTUSED },
		{ VMID, spare->pid, THERE, EMOLSLOTUSED },
		{ VMID, here->pid, SERVER, MOVED(EMOLBUSY) },
		{ VMID, 0x7fffffff, SERVER, EMOLBADPID },
		{ VMID, 0, SERVER, EMOLBADPID },
		{ VMID, -1, SERVER, EMOLBADPID },
		{ VMID, kthread, SERVER, EMOLBADPID },
	};

	for (i = 0; i < NR_OF(binds); i++)
		ASSERT_RC(mnx_replbind(binds[i].vmid, binds[i].pid,
				       binds[i].p_nr),
			  binds[i].rc);
	ck_assert(slot_is(SERVER, SLOT_FREE));
	ASSERT_RC(mnx_replbind(VMID, spare->pid, SERVER), SERVER);
	ck_assert(is_replica(SERVER));
	ASSERT_RC(mnx_replbind(VMID, spare->pid, SERVER), EMOLSLOTUSED);
	ASSERT_RC(mnx_replbind(VMID, spare->pid, SERVER + 1), MOVED(EMOLBUSY));
	ASSERT_RC(mnx_rmtbind(VMID, "other", SERVER, 1), EMOLSLOTUSED);
	ASSERT_RC(mnx_migr_start(VMID, SERVER), EMOLBUSY);
}
END_TEST

static int run_replbind(struct call *call)
{
	return mnx_replbind(VMID, getpid(), call->peer);
}

START_TEST(rights)
{
	ASSERT_RC(CALL_RC(spare, .op = OP_RUN, .run = run_drop_all), OK);
	ASSERT_RC(CALL_RC(spare, .op = OP_RUN, .run = run_replbind,
			  .peer = SERVER),
		  MOVED(EMOLPERM));
	ck_assert(slot_is(SERVER, SLOT_FREE));
}
END_TEST

/* What node 1 says */

static int says(int ep, uint64_t flags)
{
	cmd_t cmd = raw_command(1, BKUP_MSG, ep, NONE);

	cmd.c_flags = flags;
	return peer_says(cmd);
}

#define HAS (CMD_REPLICA | CMD_STANDS)
#define HAD CMD_REPLICA

/* Of itself, and of such slots; nobody else's descriptor is its by that. */
START_TEST(word)
{
	ASSERT_RC(says(SYSTASK(1), HAS), EMOLBADMSG);
	ASSERT_RC(says(CLOCK, HAS), EMOLBADMSG);
	ASSERT_RC(says(client->ep, HAS), EMOLBADMSG);
	ASSERT_RC(says(client->ep, HAD), EMOLBADMSG);
	ASSERT_RC(says(HERE, HAS), OK);
	ck_assert_uint_eq(slot_on(0, HERE).p_nodemap, 1 << 0 | 1 << 1);
	ck_assert(!is_replica(HERE));
	ASSERT_RC(says(THIRD, HAS), OK);
	ck_assert_uint_eq(slot_on(0, THIRD).p_nodemap, 1 << 2 | 1 << 1);
	ck_assert(!is_replica(THIRD));
	ASSERT_RC(mnx_replbind(VMID, spare->pid, THIRD), EMOLSLOTUSED);
	ASSERT_RC(says(SERVER, HAS), OK);
	ck_assert(slot_is(SERVER, SLOT_FREE));
	ASSERT_RC(says(THIRD, HAD), OK);
	ck_assert_uint_eq(slot_on(0, THIRD).p_nodemap, 1 << 2);
	ck_assert_int_eq(slot_on(0, THIRD).p_nodeid, 2);
	/* A process here that ends has no heir, which is no replica. */
	actor_kill(here);
	AWAIT(slot_is(HERE, SLOT_FREE));
	/* Of its own it is. */
	ASSERT_RC(says(THERE, HAS), OK);
	ck_assert(is_replica(THERE));
	ASSERT_RC(mnx_bkupbind(VMID, spare->pid, THERE, 1), MOVED(EMOLBUSY));
	ASSERT_RC(mnx_migr_start(VMID, THERE), EMOLBUSY);
	ASSERT_RC(mnx_replbind(VMID, spare->pid, THERE), THERE);
	AWAIT(slot_is(THERE, 0));
}
END_TEST

/* One with a backup here is not replaced. */
START_TEST(has_backup)
{
	struct actor *second = actor_unbound();

	ASSERT_RC(mnx_bkupbind(VMID, spare->pid, THERE, 1), THERE);
	ASSERT_RC(says(THERE, HAS), OK);
	ASSERT_RC(mnx_replbind(VMID, second->pid, THERE), EMOLSLOTUSED);
	actor_kill(spare);
	AWAIT(!(slot_on(0, THERE).p_misc_flags & MIS_BACKUP));
	ASSERT_RC(mnx_replbind(VMID, second->pid, THERE), THERE);
}
END_TEST

/* It hears of ours, and that it is none any more. */
START_TEST(hears)
{
	ASSERT_RC(mnx_replbind(VMID, spare->pid, SERVER), SERVER);
	AWAIT(peer_last(BKUP_MSG).c_flags == HAS);
	ck_assert_int_eq(peer_last(BKUP_MSG).c_src, SERVER);
	actor_kill(spare);
	AWAIT(peer_last(BKUP_MSG).c_flags == HAD);
	ck_assert_int_eq(peer_last(BKUP_MSG).c_src, SERVER);
	AWAIT(peer_last(EXIT_MSG).c_src == SERVER);
}
END_TEST

/*
 * In the name of an endpoint that is another one here: a lie, of who never had
 * it; else nothing is done, and a request is refused.
 */
START_TEST(in_its_name)
{
	static const int kinds[] = { SEND_MSG, SNDREC_MSG, COPYOUT_RQST,
				     COPYLCL_RQST, NTFY_MSG };
	cmd_t cmd;
	int i;

	ASSERT_RC(mnx_replbind(VMID, spare->pid, SERVER), SERVER);
	for (i = 0; i < NR_OF(kinds); i++) {
		cmd = raw_command(1, kinds[i], SERVER, client->ep);
		ASSERT_RC(peer_says(cmd), EMOLBADMSG);
	}
	cmd = raw_command(1, EXIT_MSG, SERVER, NONE);
	ASSERT_RC(peer_says(cmd), EMOLBADMSG);
	ASSERT_RC(says(SERVER, _i ? HAS : HAD), OK);
	for (i = 0; i < NR_OF(kinds) - 1; i++) {
		cmd = raw_command(1, kinds[i], SERVER, client->ep);
		cmd.c_snd_seq = 100 + (uint64_t)i;
		ASSERT_RC(peer_says(cmd), OK);
		AWAIT(peer_last(kinds[i] | CMD_ACK).c_ack_seq == cmd.c_snd_seq);
		ASSERT_RC(peer_last(kinds[i] | CMD_ACK).c_rcode, EMOLREPLPROC);
	}
	cmd = raw_command(1, NTFY_MSG, SERVER, client->ep);
	ASSERT_RC(peer_says(cmd), EMOLREPLPROC);
	cmd = raw_command(1, REPLY_MSG, SERVER, client->ep);
	ASSERT_RC(peer_says(cmd), OK);
	cmd = raw_command(1, EXIT_MSG, SERVER, NONE);
	cmd.c_snd_seq = UINT64_MAX;
	ASSERT_RC(peer_says(cmd), OK);
	ck_assert(slot_is(SERVER, 0));
	ASSERT_RC(CALL_RC(client, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ refused, 1 },    { rights, 1 }, { word, 1 },
		{ has_backup, 1 }, { hears, 1 },  { in_its_name, 2 },
	};

	stage_init();
	return RUN_TESTS("refused replicas", 60, set_up, peer_down, tests);
}

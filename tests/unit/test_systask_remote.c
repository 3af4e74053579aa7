// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * systask/remote: whose word counts for the end of a process of another node,
 * and when the driver is told to forget it.  The driver, the group and the
 * processes of this node are in this file.
 */
#include <string.h>

#include "suite.h"
#include "systask/remote.h"
#include "systask/systask.h"

#define NODE  1
#define OTHER 2
#define P_NR  40
#define EP    _ENDPOINT(3, P_NR)

static struct systask s;
static proc_usr_t slot; /* P_NR, as the driver has it */
static bool is_own;     /* EP is of this node. */
static int link_flags;  /* of NODE */
static uint64_t now;

int mnx_getprocinfo(int vmid, int p_nr, proc_usr_t *info)
{
	(void)vmid;
	ck_assert_int_eq(p_nr, P_NR);
	if (!info)
		return EMOLFAULT;
	*info = slot;
	return OK;
}

int mnx_unbind(int vmid, int endpoint)
{
	(void)vmid;
	ck_assert_int_eq(endpoint, slot.p_endpoint);
	slot.p_rts_flags = SLOT_FREE;
	return OK;
}

int mnx_getnodeinfo(int nodeid, node_usr_t *info)
{
	ck_assert_int_eq(nodeid, NODE);
	*info = (node_usr_t){ .n_nodeid = nodeid, .n_flags = link_flags };
	return OK;
}

struct proc *procs_find(struct systask *of, int endpoint)
{
	static struct proc own;

	(void)of;
	return is_own && endpoint == EP ? &own : NULL;
}

int procs_follow(struct systask *of)
{
	(void)of;
	return OK;
}

int procs_slot(const struct systask *of, const struct proc *p)
{
	(void)of, (void)p;
	return P_NR;
}

void procs_tell_ends(struct systask *of)
{
	(void)of;
}

void pst_say(struct pst *t, enum pst_type word, int32_t endpoint, uint64_t a,
	     uint64_t b)
{
	(void)t, (void)word, (void)endpoint, (void)a, (void)b;
}

uint64_t systask_now(void)
{
	return now;
}

static void set_up(void)
{
	memset(&s, 0, sizeof(s));
	s.usr.vm_nr_procs = 100;
	s.usr.vm_nr_tasks = 10;
	s.first_user = P_NR;
	remotes_init(&s);
	ends_init(&s.ends, 1);
	slot = (proc_usr_t){ .p_endpoint = EP,
			     .p_nodeid = NODE,
			     .p_rts_flags = REMOTE };
	is_own = false;
	link_flags = NODE_SCONNECTED;
	now = 2;
}

/* How many ends PM is told of, and of the last one all */
static int told(sys_end_t *end)
{
	sys_end_t ends[SYS_ENDS_MAX];
	uint64_t seq = 1;
	const int n = ends_read(&s.ends, &seq, ends, SYS_ENDS_MAX);

	if (n > 0)
		*end = ends[n - 1];
	return n;
}

START_TEST(its_own_node)
{
	sys_end_t end;

	ck_assert_int_eq(remote_watch(&s, EP, NODE), OK);
	remote_ended(&s, EP, NODE, 7 << 8);
	ck_assert_int_eq(told(&end), 1);
	ck_assert_int_eq(end.endpoint, EP);
	ck_assert_int_eq(end.status, 7 << 8);
	ck_assert_int_eq(slot.p_rts_flags, SLOT_FREE);
}
END_TEST

/* Of one that is watched: nothing is told, and it is there still. */
START_TEST(another_node_lies)
{
	sys_end_t end;

	remote_watch(&s, EP, NODE);
	remote_ended(&s, EP, OTHER, 9);
	remote_user(&s, EP, OTHER, 0);
	ck_assert_int_eq(told(&end), 0);
	ck_assert_int_eq(slot.p_rts_flags, REMOTE);
	remote_ended(&s, EP, NODE, 0);
	ck_assert_int_eq(told(&end), 1);
	ck_assert_int_eq(end.status, 0);
}
END_TEST

/* It is entered there, and the driver knows of which node. */
START_TEST(another_node_lies_of_one_not_watched)
{
	sys_end_t end;

	remote_ended(&s, EP, OTHER, 9);
	ck_assert_int_eq(slot.p_rts_flags, REMOTE);
	remote_user(&s, EP, NODE, 5);
	ck_assert_int_eq(told(&end), 1);
	ck_assert_uint_eq(end.uid, PROC_NO_ID);
}
END_TEST

START_TEST(of_this_node)
{
	sys_end_t end;

	is_own = true;
	slot.p_rts_flags = 0;
	remote_ended(&s, EP, NODE, 9);
	ck_assert_int_eq(told(&end), 0);
	ck_assert_int_eq(slot.p_rts_flags, 0);
}
END_TEST

/* The slot has been given to the next one by then. */
START_TEST(of_one_before)
{
	sys_end_t end;

	remote_watch(&s, EP, NODE);
	remote_ended(&s, _ENDPOINT(2, P_NR), NODE, 9);
	ck_assert_int_eq(told(&end), 1);
	ck_assert_int_eq(end.endpoint, _ENDPOINT(2, P_NR));
	ck_assert_int_eq(slot.p_rts_flags, REMOTE);
	remote_user(&s, EP, NODE, 5);
	ck_assert_int_eq(told(&end), 2);
	ck_assert_uint_eq(end.uid, 5);
}
END_TEST

START_TEST(out_of_range)
{
	static const int bad[] = { 100, -11, NONE, ANY, INT32_MAX, INT32_MIN };
	sys_end_t end;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(remote_watch(&s, bad[i], NODE), EMOLRANGE);
		remote_ended(&s, bad[i], NODE, 9);
		remote_user(&s, bad[i], NODE, 9);
	}
	ck_assert_int_eq(told(&end), 0);
}
END_TEST

/* The answers that it gave are on the link: that has the last word. */
START_TEST(by_the_link)
{
	sys_end_t end;

	link_flags = NODE_SCONNECTED | NODE_RCONNECTED;
	remote_watch(&s, EP, NODE);
	remote_ended(&s, EP, NODE, 0);
	ck_assert_int_eq(told(&end), 1);
	remotes_time(&s);
	ck_assert_int_eq(slot.p_rts_flags, REMOTE);
	slot.p_rts_flags = SLOT_FREE;
	now += 60000;
	remotes_time(&s);
}
END_TEST

START_TEST(the_link_breaks)
{
	link_flags = NODE_SCONNECTED | NODE_RCONNECTED;
	remote_ended(&s, EP, NODE, 0);
	link_flags = NODE_RCONNECTED;
	remotes_time(&s);
	ck_assert_int_eq(slot.p_rts_flags, SLOT_FREE);
}
END_TEST

/* Nor does it stay if the link had its word before it was entered. */
START_TEST(the_link_says_nothing)
{
	link_flags = NODE_SCONNECTED | NODE_RCONNECTED;
	remote_ended(&s, EP, NODE, 0);
	now += 5000;
	remote_ended(&s, EP, NODE, 0);
	now += 5000;
	remotes_time(&s);
	ck_assert_int_eq(slot.p_rts_flags, SLOT_FREE);
}
END_TEST

START_TEST(another_has_its_slot)
{
	link_flags = NODE_SCONNECTED | NODE_RCONNECTED;
	remote_ended(&s, EP, NODE, 0);
	remote_make_room(&s, P_NR + 1);
	ck_assert_int_eq(slot.p_rts_flags, REMOTE);
	remote_make_room(&s, P_NR);
	ck_assert_int_eq(slot.p_rts_flags, SLOT_FREE);
	/* And that one is not forgotten. */
	slot.p_endpoint = _ENDPOINT(4, P_NR);
	slot.p_rts_flags = REMOTE;
	now += 60000;
	remotes_time(&s);
	remote_make_room(&s, P_NR);
	ck_assert_int_eq(slot.p_rts_flags, REMOTE);
}
END_TEST

/* The next one of the node has come by the link, before its time was over. */
START_TEST(its_successor)
{
	link_flags = NODE_SCONNECTED | NODE_RCONNECTED;
	remote_ended(&s, EP, NODE, 0);
	slot.p_endpoint = _ENDPOINT(4, P_NR);
	now += 60000;
	remotes_time(&s);
	ck_assert_int_eq(slot.p_rts_flags, REMOTE);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, its_own_node);
	tcase_add_test(tc, another_node_lies);
	tcase_add_test(tc, another_node_lies_of_one_not_watched);
	tcase_add_test(tc, of_this_node);
	tcase_add_test(tc, of_one_before);
	tcase_add_test(tc, out_of_range);
	tcase_add_test(tc, by_the_link);
	tcase_add_test(tc, the_link_breaks);
	tcase_add_test(tc, the_link_says_nothing);
	tcase_add_test(tc, another_has_its_slot);
	tcase_add_test(tc, its_successor);
}

int main(void)
{
	return suite_run("ends of other nodes' processes", add);
}

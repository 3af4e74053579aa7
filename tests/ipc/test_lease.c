// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lease: what becomes of the user slots when SYSTASK is gone, comes back in
 * time, or does not.
 */
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "users.h"

#define SERVER    10
#define FIRST     FIRST_USER_NR
#define OWN       100 /* slots of this node */
#define THEIRS    110 /* of node 1 */
#define NONES     120 /* of none */
#define FAR(p_nr) _ENDPOINT(5000, p_nr)
#define TIME      (400 + 100 * slowness()) /* ms: of the lease */

static struct actor *systask;

static int own(int nodeid, int first, int last)
{
	uint64_t slots[M3IPC_SLOT_WORDS] = { 0 };
	int i;

	for (i = first; i <= last; i++)
		slots[i / 64] |= 1ull << i % 64;
	return mnx_setowners(VMID, nodeid, slots);
}

static int take(struct call *call)
{
	return mnx_lease(VMID, call->ms);
}

static int lease_of(struct actor *a, long ms)
{
	return CALL_RC(a, .op = OP_RUN, .run = take, .ms = ms);
}

static void lease_up(void)
{
	peer_up();
	ASSERT_RC(own(0, OWN, THEIRS - 1), OK);
	ASSERT_RC(own(1, THEIRS, NONES - 1), OK);
	systask = actor_new(PROCESS, SYSTASK_0);
	ASSERT_RC(lease_of(systask, TIME), OK);
}

/* It lives on for longer than a lease that has begun to end. */
static bool stays(int endpoint)
{
	return mnx_vm_wait4unbind_T(VMID, endpoint, 2 * TIME) == EMOLTIMEDOUT;
}

static bool goes(int endpoint)
{
	return mnx_vm_wait4unbind_T(VMID, endpoint, PATIENCE) == OK;
}

static int bind_rc(int p_nr)
{
	return CALL_RC(actor_unbound(), .op = OP_BIND, .peer = p_nr);
}

enum end {
	DIES,
	LEAVES,
	IS_UNBOUND,
	NR_ENDS
};

static void systask_ends(enum end how)
{
	if (how == DIES)
		actor_kill(systask);
	else if (how == LEAVES)
		ASSERT_RC(CALL_RC(systask, .op = OP_UNBIND, .peer = SELF), OK);
	else
		ASSERT_RC(mnx_unbind(VMID, SYSTASK_0), OK);
	slot_await(SYSTASK_0, SLOT_FREE);
}

/* Who is where, and what becomes of him */
START_TEST(is_over)
{
	struct actor *server = actor_new(PROCESS, SERVER);
	struct actor *a = actor_new(PROCESS, OWN);
	struct actor *b = actor_new(PROCESS, NONES);
	struct actor *t = actor_new(THREAD, OWN + 2);
	pid_t pid = idler(0, 0, 0);
	int ep = mnx_lclbind(VMID, pid, OWN + 1);
	long begin, ended;

	ASSERT_RC(ep, _ENDPOINT(1, OWN + 1));
	ASSERT_RC(peer_sends(FAR(THEIRS), server->ep), EMOLAGAIN);
	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(a, RECEIVING);
	START(server, .op = OP_RECEIVE, .peer = b->ep, .ms = TIMEOUT_FOREVER);
	actor_await(server, RECEIVING);
	begin = now_ms();
	systask_ends(_i);
	ASSERT_RC(actor_end(a).rc, EMOLNOTBIND);
	ended = now_ms();
	ck_assert_int_ge(ended - begin, TIME);
	ASSERT_RC(actor_end(server).rc, EMOLSRCDIED);
	ck_assert(goes(b->ep) && goes(t->ep) && goes(ep));
	slot_await(OWN + 2 + LEADER_OFFSET, SLOT_FREE);
	AWAIT(!is_running(pid));
	/* Neither are servers of this node's users, nor are theirs. */
	ck_assert(slot_is(SERVER, 0));
	ck_assert_int_eq(slot_endpoint(THEIRS), FAR(THEIRS));
	ASSERT_RC(peer_sends(FAR(THEIRS + 1), server->ep), EMOLAGAIN);
	/* Nobody comes to their places. */
	ASSERT_RC(bind_rc(OWN), EMOLBADOWNER);
	ASSERT_RC(bind_rc(OWN + 5), EMOLBADOWNER);
	ASSERT_RC(bind_rc(NONES), EMOLBADOWNER);
	ASSERT_RC(bind_rc(NR_PROCS - 1), EMOLBADOWNER);
	ASSERT_RC(bind_rc(SERVER + 1), SERVER + 1);
	ASSERT_RC(peer_sends(FAR(OWN + 6), server->ep), EMOLBADOWNER);
	ASSERT_RC(peer_sends(FAR(NONES + 6), server->ep), EMOLBADOWNER);
	/* Until they are given again */
	ASSERT_RC(own(0, OWN, OWN), OK);
	ASSERT_RC(bind_rc(OWN), _ENDPOINT(2, OWN));
	ASSERT_RC(bind_rc(OWN + 1), EMOLBADOWNER);
	ASSERT_RC(own(NONE, NONES, NONES), OK);
	ASSERT_RC(bind_rc(NONES), _ENDPOINT(2, NONES));
}
END_TEST

START_TEST(is_held)
{
	struct actor *a = actor_new(PROCESS, OWN);

	ck_assert(stays(a->ep));
	ASSERT_RC(lease_of(systask, 2 * TIME), OK);
	ck_assert(stays(a->ep));
	ck_assert(bind_rc(OWN + 1) > 0);
}
END_TEST

/* Another one comes in time, and goes in its turn. */
START_TEST(next_systask)
{
	struct actor *a = actor_new(PROCESS, OWN);

	systask_ends(_i);
	ck_assert(bind_rc(OWN + 1) > 0);
	systask = actor_new(PROCESS, SYSTASK_0);
	ASSERT_RC(lease_of(systask, TIME), OK);
	ck_assert(stays(a->ep));
	systask_ends(_i);
	ck_assert(goes(a->ep));
	ASSERT_RC(bind_rc(OWN + 1), EMOLBADOWNER);
}
END_TEST

/* It is bound, but does not take the lease. */
START_TEST(not_taken)
{
	struct actor *a = actor_new(PROCESS, OWN);

	systask_ends(DIES);
	systask = actor_new(PROCESS, SYSTASK_0);
	ck_assert(goes(a->ep));
	/* Too late, for those who were there */
	ASSERT_RC(lease_of(systask, TIME), OK);
	ASSERT_RC(bind_rc(OWN), EMOLBADOWNER);
	ASSERT_RC(own(0, OWN, OWN), OK);
	ASSERT_RC(bind_rc(OWN), _ENDPOINT(2, OWN));
	ck_assert(stays(_ENDPOINT(2, OWN)));
}
END_TEST

/* Before SYSTASK ends, or after: by whoever has the rights */
START_TEST(given_up)
{
	struct actor *a = actor_new(PROCESS, OWN);

	if (!_i)
		ASSERT_RC(lease_of(systask, 0), OK);
	systask_ends(LEAVES);
	if (_i)
		ASSERT_RC(mnx_lease(VMID, 0), OK);
	ck_assert(stays(a->ep));
	ck_assert(bind_rc(OWN + 1) > 0);
}
END_TEST

/* All at once; when the lease can be taken again nobody is left. */
START_TEST(crowd)
{
	struct actor *next = actor_unbound();
	int p_nr, i;

	ASSERT_RC(lease_of(systask, 1), OK);
	for (i = 0; i < 10; i++)
		actor_new(THREAD, NONES + i);
	actor_new(PROCESS, OWN);
	systask_ends(DIES);
	AWAIT(bind_rc(OWN + 1) == EMOLBADOWNER);
	ASSERT_RC(CALL_RC(next, .op = OP_BIND, .peer = SYSTASK_0), SYSTASK_0);
	ASSERT_RC(lease_of(next, TIME), OK);
	for (p_nr = FIRST; p_nr < NR_PROCS; p_nr++)
		ck_assert(slot_is(p_nr, SLOT_FREE));
}
END_TEST

/* In the log */
START_TEST(event)
{
	struct actor *a = actor_new(PROCESS, OWN);
	m3ipc_event_t e[4];
	uint64_t seq = 0;

	ASSERT_RC(mnx_getevents(VMID, &seq, e, 4), OK);
	systask_ends(DIES);
	ck_assert(goes(a->ep));
	ASSERT_RC(mnx_getevents(VMID, &seq, e, 4), 2);
	ck_assert_int_eq(e[0].e_type, M3IPC_EVENT_DIED);
	ck_assert_int_eq(e[0].e_endpoint, SYSTASK_0);
	ck_assert_int_eq(e[1].e_type, M3IPC_EVENT_UNBIND);
	ck_assert_int_eq(e[1].e_endpoint, a->ep);
	ck_assert_int_eq(e[1].e_why, M3IPC_WHY_LEASE);
}
END_TEST

/* Binds that race with the end: once one was too late, all are. */

#define BINDERS 6

static struct {
	atomic_int is_over;
	atomic_long freed; /* when SYSTASK's slot had become free, ms */
	atomic_long last;  /* when a bind that succeeded had begun */
} * binds;

static int bind_until_over(struct call *call)
{
	int refused = 0, rc;
	bool was_over;
	long began;

	while (refused < 200) {
		was_over = binds->is_over;
		began = now_ms();
		rc = mnx_bind(VMID, OWN + call->peer);
		if (rc == EMOLBADOWNER) {
			binds->is_over = 1;
			refused++;
			continue;
		}
		REQUIRE(rc > 0 && !was_over);
		if (began > binds->last)
			binds->last = began;
		rc = mnx_unbind(VMID, SELF);
		REQUIRE(rc == OK || rc == EMOLNOTBIND);
	}
	return OK;
}

START_TEST(no_bind_slips_in)
{
	struct actor *a[BINDERS];
	int i;

	binds = shared_new(sizeof(*binds));
	ASSERT_RC(lease_of(systask, 20), OK);
	for (i = 0; i < BINDERS; i++)
		a[i] = actor_unbound();
	for (i = 0; i < BINDERS; i++)
		START(a[i], .op = OP_RUN, .run = bind_until_over, .peer = i);
	AWAIT(binds->last);
	systask_ends(DIES);
	binds->freed = now_ms();
	for (i = 0; i < BINDERS; i++)
		ASSERT_RC(actor_end(a[i]).rc, OK);
	ck_assert_int_le(binds->last, binds->freed + 20);
	ASSERT_RC(mnx_lease(VMID, 0), OK);
	for (i = OWN; i < THEIRS; i++)
		ck_assert(slot_is(i, SLOT_FREE));
}
END_TEST

static int take_as_alice(struct call *call)
{
	become_user(ALICE);
	return mnx_lease(VMID, call->ms);
}

START_TEST(refusals)
{
	struct actor *server = actor_new(PROCESS, SERVER);
	struct actor *a = actor_new(PROCESS, OWN);

	ASSERT_RC(mnx_lease(VMID, -1), EMOLRANGE);
	ASSERT_RC(mnx_lease(VMID, M3IPC_MAX_LEASE + 1), EMOLRANGE);
	ASSERT_RC(mnx_lease(VMID + 1, TIME), EMOLVMNOTRUN);
	ASSERT_RC(mnx_lease(-1, TIME), EMOLBADVMID);
	ASSERT_RC(mnx_lease(VMID, M3IPC_MAX_LEASE), OK);
	ASSERT_RC(CALL_RC(server, .op = OP_RUN, .run = take_as_alice, .ms = 1),
		  EMOLPERM);
	ASSERT_RC(CALL_RC(systask, .op = OP_RUN, .run = take_as_alice,
			  .ms = TIME),
		  OK);
	systask_ends(DIES);
	/* There is nobody whose it could be. */
	ASSERT_RC(mnx_lease(VMID, TIME), EMOLNOTBIND);
	ck_assert(goes(a->ep));
}
END_TEST

/* While time runs the VM ends, or the node; the next one knows nothing. */
START_TEST(ends_with_vm)
{
	struct actor *a;

	systask = actor_new(PROCESS, SYSTASK_0);
	ASSERT_RC(lease_of(systask, TIME), OK);
	systask_ends(DIES);
	if (_i) {
		ASSERT_RC(mnx_drvs_end(), OK);
		ASSERT_RC(mnx_drvs_init(0, NULL), OK);
	}
	stage_up();
	a = actor_new(PROCESS, OWN);
	ck_assert(stays(a->ep));
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ is_over, NR_ENDS },
		{ is_held, 1 },
		{ next_systask, NR_ENDS },
		{ not_taken, 1 },
		{ given_up, 2 },
		{ crowd, 1 },
		{ event, 1 },
		{ no_bind_slips_in, 5 },
		{ refusals, 1 },
	};
	/* With a node that may end */
	const struct test ends_tests[] = {
		{ ends_with_vm, 2 },
	};
	int rc;

	stage_init();
	device_open_to_all();
	rc = RUN_TESTS("lease", 60, lease_up, peer_down, tests) |
	     RUN_TESTS("lease, ends", 60, stage_up, stage_down, ends_tests);
	device_close();
	return rc;
}

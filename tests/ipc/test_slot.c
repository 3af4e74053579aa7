// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a caller can put into a call slot: numbers of slots, wrong and forged
 * ops, reserved members, timeouts, peers, sources.  Whatever is refused has no
 * effect: a peer that waits for any message does not get one.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "raw.h"

#define PEER_SLOT 111

static int fd;
static struct m3ipc_page *page;
static struct actor *listener;

/* The test is bound to p_nr, and somebody listens. */
static void begin(int p_nr)
{
	int rc;

	listener = actor_new(PROCESS, PEER_SLOT);
	START(listener, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(listener, RECEIVING);
	fd = raw_open();
	rc = raw_bind(fd, p_nr);
	ck_assert_msg(rc >= 0, "bind: %d", rc);
	page = raw_map(fd);
}

/* It still waits, and gets what is sent to it properly. */
static void check_listener(void)
{
	struct result r;

	ck_assert(slot_is(PEER_SLOT, RECEIVING));
	memset(&page->call[9], 0, sizeof(page->call[9]));
	page->call[9].msg.m_type = 99;
	ASSERT_RC(raw_prim(fd, page, 9, M3IPC_IOC_SEND, listener->ep, 0), OK);
	r = actor_end(listener);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, 99);
	ck_assert_int_eq(r.m.m_source, raw_self(fd));
}

START_TEST(slot_numbers)
{
	static const long slots[] = {
		31,      32,       1000,           -1,       INT_MAX,
		INT_MIN, 1L << 32, (1L << 32) + 5, LONG_MAX, LONG_MIN
	};
	int i, s;

	begin(MY_NR);
	for (s = 0; s < NR_OF(slots); s++) {
		for (i = 0; i < NR_PRIMS; i++)
			ASSERT_RC(raw_ioctl(fd, raw_prims[i], (void *)slots[s]),
				  -EINVAL);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_CANCEL, (void *)slots[s]),
			  -EINVAL);
	}
	/* The last one is as good as the first. */
	ASSERT_RC(raw_prim(fd, page, 30, M3IPC_IOC_RECEIVE, ANY, 0), EMOLAGAIN);
	check_listener();
}
END_TEST

START_TEST(reserved_members)
{
	struct m3ipc_call *call;
	int i, r;

	begin(MY_SYS_NR);
	for (i = 0; i < NR_PRIMS; i++) {
		call = &page->call[i];
		for (r = 0; r < NR_OF(call->reserved); r++) {
			call->reserved[r] = 1u << (r * 5 + i) % 32;
			ASSERT_RC(raw_prim(fd, page, i, raw_prims[i],
					   listener->ep, 0),
				  -EINVAL);
			call->reserved[r] = 0;
		}
	}
	check_listener();
}
END_TEST

START_TEST(timeouts)
{
	static const int64_t bad[] = { -2, -1000, INT32_MIN, INT64_MIN };
	int i, b;

	begin(MY_SYS_NR);
	for (i = 0; i < NR_PRIMS; i++)
		for (b = 0; b < NR_OF(bad); b++)
			ASSERT_RC(raw_prim(fd, page, i, raw_prims[i],
					   listener->ep, bad[b]),
				  -EINVAL);
	check_listener();
}
END_TEST

/* The longest times are for ever, not in the past. */
START_TEST(long_timeouts)
{
	static const long longs[] = { LONG_MAX, LONG_MAX - 1,
				      LONG_MAX / 1000000,
				      LONG_MAX / 1000000 + 1,
				      LONG_MAX / 1000000 - 1000 };
	struct result r;

	begin(MY_NR);
	check_listener();
	START(listener, .op = OP_SEND, .peer = raw_self(fd), .ms = longs[_i]);
	actor_await(listener, SENDING);
	ASSERT_RC(actor_signal(listener, SIG_RESTART).rc, OK);
	ck_assert(slot_is(PEER_SLOT, SENDING));
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, LONG_MAX), OK);
	r = actor_end(listener);
	ASSERT_RC(r.rc, OK);
}
END_TEST

/* Ops */

START_TEST(wrong_op)
{
	uint32_t op;
	int i, rc;

	begin(MY_SYS_NR);
	for (i = 0; i < NR_PRIMS; i++) {
		for (op = 0; op < 70; op++) {
			if (op == _IOC_NR(raw_prims[i]))
				continue;
			page->call[i].peer = listener->ep;
			page->call[i].timeout = 0;
			page->call[i].src_nr = SELF;
			page->call[i].op = op;
			rc = raw_ioctl(fd, raw_prims[i], (void *)(intptr_t)i);
			ASSERT_RC(rc, -ESTALE);
			ck_assert_uint_eq(page->call[i].op, op);
		}
	}
	check_listener();
}
END_TEST

/* A call that pretends to be one that waited: it hears its own story. */
START_TEST(forged_op)
{
	int i;

	begin(MY_SYS_NR);
	for (i = 0; i < NR_PRIMS; i++) {
		page->call[i].peer = listener->ep;
		page->call[i].src_nr = SELF;
		page->call[i].op = M3IPC_OP_TAKEN;
		ASSERT_RC(raw_ioctl(fd, raw_prims[i], (void *)(intptr_t)i),
			  -EINTR);
		page->call[i].op = M3IPC_OP_DONE;
		ASSERT_RC(raw_ioctl(fd, raw_prims[i], (void *)(intptr_t)i), 0);
		page->call[i].op = (uint32_t)EMOLDSTDIED;
		ASSERT_RC(raw_ioctl(fd, raw_prims[i], (void *)(intptr_t)i),
			  EMOLDSTDIED);
		page->call[i].op = 99;
		ASSERT_RC(raw_ioctl(fd, raw_prims[i], (void *)(intptr_t)i),
			  -ESTALE);
	}
	check_listener();
}
END_TEST

START_TEST(cancel_of_nothing)
{
	struct m3ipc_call *call;
	int i;

	begin(MY_NR);
	for (i = 0; i < M3IPC_NR_CALLS; i++) {
		call = &page->call[i];
		memset(call, 0xff, sizeof(*call));
		call->op = (uint32_t)i;
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_CANCEL, (void *)(intptr_t)i),
			  -EINTR);
		call->op = M3IPC_OP_TAKEN;
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_CANCEL, (void *)(intptr_t)i),
			  -EINTR);
		call->op = M3IPC_OP_DONE;
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_CANCEL, (void *)(intptr_t)i),
			  0);
	}
	check_listener();
}
END_TEST

START_TEST(unbound)
{
	int i;

	begin(MY_NR);
	ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
	for (i = 0; i < NR_PRIMS; i++)
		ASSERT_RC(raw_prim(fd, page, i, raw_prims[i], listener->ep, 0),
			  EMOLNOTBIND);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_CANCEL, NULL), EMOLNOTBIND);
	ASSERT_RC(raw_self(fd), EMOLNOTBIND);
	ck_assert(slot_is(PEER_SLOT, RECEIVING));
	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	page = raw_map(fd);
	check_listener();
}
END_TEST

/* Peers */

/* A SEND that nobody waits for, and so on, may end in one of these ways. */
static bool allowed(unsigned long request, int rc)
{
	switch (request) {
	case M3IPC_IOC_SEND:
	case M3IPC_IOC_SENDREC:
		return rc == EMOLDSTDIED || rc == EMOLENDPOINT ||
		       rc == EMOLAGAIN;
	case M3IPC_IOC_RECEIVE:
		return rc == EMOLSRCDIED || rc == EMOLENDPOINT ||
		       rc == EMOLAGAIN;
	case M3IPC_IOC_RCVRQST:
		return rc == EMOLAGAIN;
	case M3IPC_IOC_REPLY:
		return rc == EMOLDSTDIED || rc == EMOLENDPOINT ||
		       rc == EMOLNOTREADY;
	case M3IPC_IOC_REPLY_RCVRQST:
		return rc == EMOLENDPOINT || rc == EMOLAGAIN;
	case M3IPC_IOC_RELAY:
		return rc == EMOLDSTDIED || rc == EMOLSRCDIED ||
		       rc == EMOLENDPOINT || rc == EMOLNOTREADY;
	case M3IPC_IOC_NOTIFY:
		return rc == EMOLPRIVILEGES;
	}
	return false;
}

static void try_peer(int endpoint, int client)
{
	int i, rc;

	for (i = 0; i < NR_PRIMS; i++) {
		page->call[i].msg.m_source = client;
		rc = raw_prim(fd, page, i, raw_prims[i], endpoint, 0);
		ck_assert_msg(allowed(raw_prims[i], rc),
			      "ioctl %lu, peer %d, client %d: %d (%s)",
			      _IOC_NR(raw_prims[i]), endpoint, client, rc,
			      mnx_strerror(rc));
	}
}

/* Anything, and near what exists */
static int random_endpoint(unsigned int *seed)
{
	switch (rand_r(seed) % 3) {
	case 0:
		return (int)((unsigned int)rand_r(seed) * 2 +
			     (unsigned int)rand_r(seed) % 2);
	case 1:
		return _ENDPOINT(rand_r(seed) % 4, rand_r(seed) % 256 - 67);
	default:
		return rand_r(seed) % 70000 - 300;
	}
}

START_TEST(peers)
{
	static const int extremes[] = {
		INT_MIN, INT_MIN + 66, INT_MIN + 67, -1000,
		-68,     -67,          -1,           0,
		121,     122,          ANY,          NONE,
		SELF,    INT_MAX - 67, INT_MAX
	};
	unsigned int seed = (unsigned int)now_ms();
	int i, k;

	printf("peers: seed %u\n", seed);
	begin(MY_NR);
	/* It gets nothing, as everybody else's endpoint is tried. */
	actor_kill(listener);
	listener = actor_new(PROCESS, PEER_SLOT);
	for (i = 0; i < NR_OF(extremes); i++)
		for (k = 0; k < NR_OF(extremes); k++)
			try_peer(extremes[i], extremes[k]);
	for (i = 0; i < 1000; i++)
		try_peer(random_endpoint(&seed), random_endpoint(&seed));
	ASSERT_RC(CALL_RC(listener, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

/* Notifications */

static int notify(int src_nr, int value)
{
	page->call[3].peer = listener->ep;
	page->call[3].timeout = 0;
	page->call[3].src_nr = src_nr;
	page->call[3].value = value;
	return raw_enter(fd, page, 3, M3IPC_IOC_NOTIFY);
}

START_TEST(notify_sources)
{
	static const int bad[] = { INT_MIN,       INT_MIN + 67, -1000, -68,
				   FIRST_USER_NR, 1000,         ANY,   NONE,
				   INT_MAX - 67,  INT_MAX };
	static const int good[] = { -67, -1, 0, FIRST_USER_NR - 1 };
	struct result r;
	int i;

	begin(MY_SYS_NR);
	for (i = 0; i < NR_OF(bad); i++)
		ASSERT_RC(notify(bad[i], 1), EMOLRANGE);
	for (i = 0; i < NR_OF(good); i++) {
		ck_assert(slot_is(PEER_SLOT, RECEIVING));
		ASSERT_RC(notify(good[i], i % 2 ? INT_MIN : INT_MAX), OK);
		r = actor_end(listener);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m_source, good[i]);
		ck_assert_int_eq(r.m.m_type, NOTIFY_FROM(good[i]));
		ck_assert_int_eq(r.m.m9_i1, i % 2 ? INT_MIN : INT_MAX);
		START(listener, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		actor_await(listener, RECEIVING);
	}
	check_listener();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ slot_numbers, 1 },
		{ reserved_members, 1 },
		{ timeouts, 1 },
		{ long_timeouts, 5 },
		{ wrong_op, 1 },
		{ forged_op, 1 },
		{ cancel_of_nothing, 1 },
		{ unbound, 1 },
		{ peers, 1 },
		{ notify_sources, 1 },
	};

	stage_init();
	return RUN_TESTS("call slots", 60, stage_up, stage_down, tests);
}

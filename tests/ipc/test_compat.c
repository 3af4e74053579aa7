// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 32-bit program (compat32) and a 64-bit one talk to each other.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compat32.h"
#include "raw.h"

#define PEER_SLOT 111

static char program[256];

static void run_compat32(void *arg)
{
	char endpoint[16];

	snprintf(endpoint, sizeof(endpoint), "%d", *(int *)arg);
	execl(program, "compat32", endpoint, NULL);
	_exit(255);
}

/* What is given back inverted */
static void answer(struct actor *peer)
{
	struct result r;
	int i;

	r = CALL(peer, .op = OP_RCVRQST, .ms = COMPAT_MS);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, 10);
	for (i = 0; i < 56; i++) {
		ck_assert_int_eq(r.m.m_raw[i], (uint8_t)(i * 37));
		r.m.m_raw[i] = (uint8_t)~r.m.m_raw[i];
	}
	r.m.m_type = ~10;
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = r.m.m_source, .m = r.m),
		  OK);
}

START_TEST(conversation)
{
	struct actor *peer = actor_new(PROCESS, PEER_SLOT);
	pid_t pid = child_start(run_compat32, &peer->ep);
	message m = { .m_type = 12 };
	struct result r;
	int ep;

	answer(peer);
	r = CALL(peer, .op = OP_RECEIVE, .peer = ANY, .ms = COMPAT_MS);
	ASSERT_RC(r.rc, OK);
	ep = r.m.m_source;
	ck_assert_int_eq(ep, _ENDPOINT(1, COMPAT_NR));
	ck_assert_int_eq(r.m.m_type, 11);
	ck_assert(r.m.m4_l5 == 0x123456789abcdef0 && r.m.m4_l1 == -1);
	m.m8_i2 = -5;
	m.m_u.m_m8.m8p4_u64 = 0xfedcba9876543210;
	ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = ep, .ms = COMPAT_MS,
			  .m = m),
		  OK);
	ASSERT_RC(mnx_hdw_notify(VMID, ep), OK);
	r = CALL(peer, .op = OP_SENDREC, .peer = ep, .ms = COMPAT_MS,
		 .m = { .m_type = 13 });
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, 14);
	ck_assert_int_eq(r.m.m_source, ep);
	child_end(pid);
	ck_assert(slot_is(COMPAT_NR, SLOT_FREE));
}
END_TEST

/* It dies while the peer waits for it. */
START_TEST(killed)
{
	struct actor *peer = actor_new(PROCESS, PEER_SLOT);
	pid_t pid = child_start(run_compat32, &peer->ep);
	struct result r;

	r = CALL(peer, .op = OP_RCVRQST, .ms = COMPAT_MS);
	ASSERT_RC(r.rc, OK);
	START(peer, .op = OP_RECEIVE, .peer = r.m.m_source, .ms = COMPAT_MS);
	actor_await(peer, RECEIVING);
	child_kill(pid);
	ASSERT_RC(actor_end(peer).rc, EMOLSRCDIED);
	ck_assert(slot_is(COMPAT_NR, SLOT_FREE));
}
END_TEST

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ conversation, 1 },
		{ killed, 1 },
	};
	int len = argc ? (int)(strrchr(argv[0], '/') + 1 - argv[0]) : 0;

	snprintf(program, sizeof(program), "%.*scompat32", len, argv[0]);
	stage_init();
	return RUN_TESTS("32-bit programs", 60, stage_up, stage_down, tests);
}

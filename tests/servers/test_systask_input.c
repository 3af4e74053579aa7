// SPDX-License-Identifier: GPL-2.0-or-later
/* The system task of one node: who may what, and what is no request */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "asks.h"

START_TEST(call_mask)
{
	struct actor *a = actor_new(PROCESS, USER);
	priv_usr_t priv;

	ASSERT_RC(mnx_getpriv(VMID, a->ep, &priv), OK);
	priv.s_call_mask &= ~(1ull << (SYS_PUBLISH - SYS_BASE));
	ASSERT_RC(mnx_setpriv(VMID, a->ep, &priv), OK);
	ASSERT_RC(PUBLISH(a, "kv"), EMOLCALLDENIED);
	ASSERT_RC(MNX_ERR(LOOKUP(a, "kv", 0)), EMOLNOTBIND);
}
END_TEST

START_TEST(bad_requests)
{
	static const int types[] = {
		0,       1,      SYS_BASE - 1, SYS_BASE + 5, SYS_BASE + 63,
		SYS_END, 0x2000, INT_MIN
	};
	struct actor *a = actor_new(PROCESS, USER);
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ASSERT_RC(ASK(a, ask_raw, .m = { .m_type = types[i] }),
			  EMOLBADREQUEST);
}
END_TEST

/* Numbers that are no request, notifications among them, are refused. */
START_TEST(no_requests)
{
	static const int numbers[] = { 0,
				       -1,
				       INT_MIN,
				       INT_MAX,
				       SYS_BASE - 1,
				       SYS_END,
				       SYS_END - 1,
				       NOTIFY_MESSAGE,
				       NOTIFY_FROM(CLOCK),
				       NOTIFY_FROM(SYSTASK(0)) };
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *s = actor_new(PROCESS, SERVER);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const message m = { .m_type = numbers[i] };

		ASSERT_RC(ASK(a, ask_raw, .m = m), EMOLBADREQUEST);
		ASSERT_RC(ASK(s, ask_raw, .m = m), EMOLBADREQUEST);
	}
}
END_TEST

/* Whatever it is asked it answers, and goes on. */
START_TEST(random_requests)
{
	struct actor *a = actor_new(PROCESS, USER);
	unsigned int seed = 1;
	message m;
	int i;
	size_t k;

	for (i = 0; i < 3000; i++) {
		m.m_type = SYS_BASE + (int)(rand_r(&seed) % 64);
		if (m.m_type == SYS_LOOKUP || m.m_type == SYS_EXIT)
			continue;
		for (k = 0; k < sizeof(m.m_raw); k++)
			m.m_raw[k] = (uint8_t)(rand_r(&seed) % 3 ?
						       0 :
						       rand_r(&seed));
		ck_assert_int_le(ASK(a, ask_raw, .m = m), OK);
	}
	ASSERT_RC(PUBLISH(a, "kv"), OK);
}
END_TEST

/*
 * A server of another user than root has through SYSTASK no right that it has
 * not without it: not to processes of others, nor to its own privileges.
 */
static int as_nobody(struct call *call)
{
	static char memory[8];
	priv_usr_t priv;

	REQUIRE(!mnx_getpriv(VMID, SERVER, &priv));
	REQUIRE(!setresuid(65534, 65534, 65534));
	REQUIRE(sys_kill(call->peer, 0) == EMOLPERM);
	REQUIRE(sys_nice(call->peer, 1) == EMOLPERM);
	REQUIRE(sys_exit(call->peer) == EMOLPERM);
	REQUIRE(sys_setpname(call->peer, "x") == EMOLPERM);
	REQUIRE(sys_vircopy(call->peer, memory, SELF, memory, 8) == EMOLPERM);
	REQUIRE(sys_memset(call->peer, memory, 1, 8) == EMOLPERM);
	REQUIRE(sys_privctl(SELF, &priv) == EMOLPERM);
	REQUIRE(MNX_ERR(sys_fork(call->value)) == EMOLPERM);
	REQUIRE(MNX_ERR(sys_bindproc(call->value, USER + 5)) == EMOLPERM);
	REQUIRE(sys_rfork(11, 1, "x") == EMOLPERM);
	REQUIRE(sys_found() == EMOLPERM);
	REQUIRE(sys_forget(2, NULL) == EMOLPERM);
	return sys_kill(SELF, 0);
}

static int become_nobody(struct call *call)
{
	(void)call;
	return setresuid(65534, 65534, 65534);
}

static int kill_and_exit(struct call *call)
{
	REQUIRE(sys_kill(call->peer, 0) == OK);
	return sys_exit(call->peer);
}

START_TEST(rights_of_servers)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_unbound();

	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(a, RECEIVING);
	ASSERT_RC(ASK(s, as_nobody, .peer = a->ep, .value = c->pid), OK);
	ck_assert_int_eq(slot_endpoint(USER), a->ep);
	/* Those of its own user are its own. */
	ASSERT_RC(ASK(b, become_nobody), 0);
	ASSERT_RC(ASK(s, kill_and_exit, .peer = b->ep), OK);
	AWAIT(slot_is(USER + 1, SLOT_FREE));
}
END_TEST

/* What only sends does not stay, and harms nobody. */
START_TEST(plain_sends)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(CALL_RC(a, .op = OP_SEND, .peer = SYSTASK(0), .ms = -1,
			  .m = { .m_type = SYS_GETUPTIME }),
		  OK);
	ASSERT_RC(PUBLISH(a, "kv"), OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ call_mask, 1 },         { bad_requests, 1 },
		{ no_requests, 1 },       { random_requests, 1 },
		{ rights_of_servers, 1 }, { plain_sends, 1 },
	};

	stage_init();
	return RUN_TESTS("requests to the system task", 60, server_up,
			 server_down, tests);
}

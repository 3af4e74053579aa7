// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "cluster.h"
#include "raw.h"
#include "roles.h"

#define THERE 1 /* the node of the peer */

const char *const state_names[NR_STATES] = {
	[RUNS] = "runs",
	[RECEIVES_ANY] = "receives from any",
	[RECEIVES_ME] = "receives from me",
	[RECEIVES_OTHER] = "receives from another",
	[TAKES_REQUESTS] = "takes requests",
	[SENDS_ME] = "sends to me",
	[REQUESTS_ME] = "requests of me",
	[AWAITS_ME] = "awaits my answer",
	[SENDS_OTHER] = "sends to another",
	[REQUESTS_OTHER] = "requests of another",
	[AWAITS_OTHER] = "awaits another's answer",
	[FREE_SLOT] = "has a free slot",
	[STALE] = "has a stale endpoint",
	[KILLED] = "was killed",
	[IS_MYSELF] = "is myself",
	[IS_ANY] = "is ANY",
	[IS_NONE] = "is NONE",
	[IS_SELF] = "is SELF",
	[OUTSIDE] = "is outside the VM",
};

struct actor *me, *peer, *other;
int peer_ep;

message text_message(int type, const char *text)
{
	message m = { .m_source = 4711, .m_type = type };

	snprintf(m.m6_ca1, sizeof(m.m6_ca1), "%s", text);
	return m;
}

uint32_t state_flags(enum state state)
{
	switch (state) {
	case RECEIVES_ANY:
	case RECEIVES_ME:
	case RECEIVES_OTHER:
	case TAKES_REQUESTS:
	case AWAITS_ME:
	case AWAITS_OTHER:
		return RECEIVING;
	case SENDS_ME:
	case SENDS_OTHER:
		return SENDING;
	case REQUESTS_ME:
	case REQUESTS_OTHER:
		return SENDING | RECEIVING;
	default:
		return 0;
	}
}

static void peer_waits(enum op op, int whom, uint32_t flags)
{
	START(peer, .op = op, .peer = whom, .ms = TIMEOUT_FOREVER,
	      .m = text_message(50, "from the peer"));
	actor_await(peer, flags);
}

static void peer_awaits(struct actor *server)
{
	peer_waits(OP_SENDREC, server->ep, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(server, .op = OP_RECEIVE, .peer = peer->ep,
			  .ms = PATIENCE),
		  OK);
	actor_await(peer, RECEIVING);
}

static void peer_binds_again(void)
{
	ASSERT_RC(CALL_RC(peer, .op = OP_UNBIND, .peer = SELF), OK);
	slot_becomes(PEER_NR, SLOT_FREE);
	peer->ep = CALL_RC(peer, .op = OP_BIND, .peer = PEER_NR);
	ck_assert_int_ne(peer->ep, peer_ep);
	if (peer_is_remote())
		cluster_enter(0, peer);
}

void peer_enter(enum state state)
{
	switch (state) {
	case RUNS:
	case NR_STATES:
		break;
	case RECEIVES_ANY:
		peer_waits(OP_RECEIVE, ANY, RECEIVING);
		break;
	case RECEIVES_ME:
		peer_waits(OP_RECEIVE, me->ep, RECEIVING);
		break;
	case RECEIVES_OTHER:
		peer_waits(OP_RECEIVE, other->ep, RECEIVING);
		break;
	case TAKES_REQUESTS:
		peer_waits(OP_RCVRQST, 0, RECEIVING);
		break;
	case SENDS_ME:
		peer_waits(OP_SEND, me->ep, SENDING);
		break;
	case SENDS_OTHER:
		peer_waits(OP_SEND, other->ep, SENDING);
		break;
	case REQUESTS_ME:
		peer_waits(OP_SENDREC, me->ep, SENDING | RECEIVING);
		break;
	case REQUESTS_OTHER:
		peer_waits(OP_SENDREC, other->ep, SENDING | RECEIVING);
		break;
	case AWAITS_ME:
		peer_awaits(me);
		break;
	case AWAITS_OTHER:
		peer_awaits(other);
		break;
	case FREE_SLOT:
		peer_ep = _ENDPOINT(1, PEER_NR + 20);
		break;
	case STALE:
		peer_binds_again();
		break;
	case KILLED:
		actor_kill(peer);
		slot_becomes(PEER_NR, SLOT_FREE);
		break;
	case IS_MYSELF:
		peer_ep = me->ep;
		break;
	case IS_ANY:
		peer_ep = ANY;
		break;
	case IS_NONE:
		peer_ep = NONE;
		break;
	case IS_SELF:
		peer_ep = SELF;
		break;
	case OUTSIDE:
		peer_ep = _ENDPOINT(1, NR_PROCS);
		break;
	}
}

bool peer_is_remote(void)
{
	return getenv("M3_REMOTE");
}

static int one_in(void)
{
	const char *remote = getenv("M3_REMOTE");
	int n = remote ? atoi(remote) : 1;

	return n > 1 ? n : 1;
}

int run_roles(const char *name, SFun up, SFun down, const struct test *tests,
	      int nr_tests)
{
	char remote[80];

	snprintf(remote, sizeof(remote), "%s, peers on another node", name);
	return run_tests(peer_is_remote() ? remote : name, 60, up, down,
			 one_in(), tests, nr_tests);
}

void roles_up(void)
{
	if (peer_is_remote())
		cluster_up(THERE + 1);
	else
		stage_up();
}

void roles_down(void)
{
	if (peer_is_remote())
		cluster_down();
	else
		stage_down();
}

struct actor *role_new(bool far, enum kind kind, int p_nr)
{
	struct actor *a;

	if (!peer_is_remote())
		return actor_new(kind, p_nr);
	a = actor_at(far ? THERE : 0, kind, p_nr);
	if (p_nr >= FIRST_USER_NR)
		cluster_enter(far ? 0 : THERE, a);
	return a;
}

int actor_unbind(struct actor *a)
{
	return a->node_fd < 0 ? mnx_unbind(VMID, a->ep) :
				raw_unbind(a->node_fd, VMID, a->ep);
}

void role_settle(const struct actor *a, bool bound)
{
	uint32_t flags = bound ? REMOTE : SLOT_FREE;

	if (peer_is_remote())
		AWAIT(slot_on(a->nodeid ? 0 : THERE, a->p_nr).p_rts_flags ==
		      flags);
}

void slot_becomes(int p_nr, uint32_t rts_flags)
{
	if (peer_is_remote())
		slot_await(p_nr, rts_flags);
	else
		ck_assert(slot_is(p_nr, rts_flags));
}

void roles_set(enum kind kind, enum state state)
{
	me = role_new(false, kind, ME_NR);
	other = role_new(false, PROCESS, OTHER_NR);
	/* Only a process can unbind itself and bind again, as one. */
	peer = role_new(true, state == STALE ? PROCESS : kind, PEER_NR);
	peer_ep = peer->ep;
	peer_enter(state);
}

static void other_does(enum op op)
{
	ASSERT_RC(CALL_RC(other, .op = op, .peer = peer->ep, .ms = PATIENCE,
			  .m = text_message(60, "from another")),
		  OK);
}

void peer_release(enum state state)
{
	switch (state) {
	case RECEIVES_OTHER:
		other_does(OP_SEND);
		break;
	case SENDS_OTHER:
		other_does(OP_RECEIVE);
		break;
	case REQUESTS_OTHER:
		other_does(OP_RCVRQST);
		other_does(OP_REPLY);
		break;
	case AWAITS_OTHER:
		other_does(OP_REPLY);
		break;
	case TAKES_REQUESTS:
		START(other, .op = OP_SENDREC, .peer = peer->ep,
		      .ms = PATIENCE);
		break;
	default:
		return;
	}
	ASSERT_RC(actor_end(peer).rc, OK);
	if (state == TAKES_REQUESTS) {
		ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = other->ep), OK);
		ASSERT_RC(actor_end(other).rc, OK);
	}
}

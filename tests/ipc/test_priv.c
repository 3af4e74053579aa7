// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Privileges: what a binding begins with, which calls and which peers they
 * forbid, who may set them, and who is told of ends and forks.
 */
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate.h"
#include "raw.h"
#include "roles.h"

#define SYSTASK_0 SYSTASK(0)
#define ALL_TRAPS 0xffu
#define BIT(nr)   (1u << (nr))

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static priv_usr_t get(int ep)
{
	priv_usr_t priv;

	ASSERT_RC(mnx_getpriv(VMID, ep, &priv), OK);
	return priv;
}

static void set(int ep, const priv_usr_t *priv)
{
	ASSERT_RC(mnx_setpriv(VMID, ep, priv), OK);
}

static void set_traps(int ep, uint32_t mask)
{
	priv_usr_t priv = get(ep);

	priv.s_trap_mask = mask;
	set(ep, &priv);
}

static void set_warn(int ep, int whom)
{
	priv_usr_t priv = get(ep);

	priv.s_warn = whom;
	set(ep, &priv);
}

/* The bit of a slot in s_ipc_to and s_ipc_from */
static int bit_of(int p_nr)
{
	return p_nr < FIRST_USER_NR ? p_nr + NR_TASKS : IPC_USERS_BIT;
}

static void clear_bit(uint64_t *mask, int bit)
{
	mask[bit / 64] &= ~(1ULL << bit % 64);
}

static void set_bit(uint64_t *mask, int bit)
{
	mask[bit / 64] |= 1ULL << bit % 64;
}

static void forbid_to(struct actor *a, int p_nr)
{
	priv_usr_t priv = get(a->ep);

	clear_bit(priv.s_ipc_to, bit_of(p_nr));
	set(a->ep, &priv);
}

static void forbid_from(struct actor *a, int p_nr)
{
	priv_usr_t priv = get(a->ep);

	clear_bit(priv.s_ipc_from, bit_of(p_nr));
	set(a->ep, &priv);
}

static void allow_all(struct actor *a)
{
	priv_usr_t priv = get(a->ep);

	memset(priv.s_ipc_to, 0xff, sizeof(priv.s_ipc_to));
	memset(priv.s_ipc_from, 0xff, sizeof(priv.s_ipc_from));
	priv.s_trap_mask = ALL_TRAPS;
	set(a->ep, &priv);
}

/* What a binding begins with */

static bool is_default(const priv_usr_t *priv, int p_nr)
{
	int i, level = p_nr < 0             ? TASK_PRIV :
		       p_nr < FIRST_USER_NR ? SERVER_PRIV :
					      USER_PRIV;

	for (i = 0; i < 4; i++)
		if (~priv->s_ipc_from[i] || ~priv->s_ipc_to[i])
			return false;
	return priv->s_id == p_nr && priv->s_warn == NONE &&
	       priv->s_level == level && priv->s_trap_mask == ALL_TRAPS &&
	       !~priv->s_call_mask;
}

static const int slots[] = { IDLE,          CLOCK,      SYSTASK_0,
			     HARDWARE,      PM_PROC_NR, FIRST_USER_NR - 1,
			     FIRST_USER_NR, 100,        NR_PROCS - 1 };

START_TEST(defaults)
{
	struct actor *a = actor_new(PROCESS, slots[_i]);
	priv_usr_t priv = get(a->ep);

	ck_assert(is_default(&priv, slots[_i]));
}
END_TEST

START_TEST(defaults_of_thread)
{
	struct actor *a = actor_new(THREAD, 3);
	priv_usr_t priv = get(a->ep);
	proc_usr_t leader;

	ck_assert(is_default(&priv, 3));
	/* It has its own. */
	ASSERT_RC(mnx_getprocinfo(VMID, 3 + LEADER_OFFSET, &leader), OK);
	set_traps(leader.p_endpoint, 0);
	priv = get(a->ep);
	ck_assert(is_default(&priv, 3));
	ASSERT_RC(CALL_RC(a, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}
END_TEST

START_TEST(what_is_set_is_got)
{
	struct actor *a = actor_new(PROCESS, 100);
	struct actor *b = actor_new(PROCESS, 101);
	priv_usr_t in = { .s_id = -5,
			  .s_warn = 28,
			  .s_level = KERNEL_PRIV,
			  .s_trap_mask = 0x5a,
			  .s_ipc_from = { 1, 2, 3, 4 },
			  .s_ipc_to = { 5, 6, 7, 1ULL << 63 },
			  .s_call_mask = 0x123456789abcdef0 };
	priv_usr_t out;

	set(a->ep, &in);
	out = get(a->ep);
	ck_assert_mem_eq(&in, &out, sizeof(in));
	out = get(b->ep);
	ck_assert(is_default(&out, 101));
}
END_TEST

/*
 * Each bit of s_trap_mask and each primitive, with a peer in a state in which
 * the primitive comes to an end at once.
 */

static const struct row {
	const char *name;
	enum op op;
	enum state state; /* of the peer */
	bool nobody;      /* names NONE instead of the peer */
	uint32_t needs;
	int rc;
} rows[] = {
	{ "send", OP_SEND, RECEIVES_ME, false, BIT(TRAP_SEND), OK },
	{ "receive", OP_RECEIVE, SENDS_ME, false, BIT(TRAP_RECEIVE), OK },
	{ "sendrec", OP_SENDREC, RUNS, false, BIT(TRAP_SENDREC), EMOLAGAIN },
	{ "rcvrqst", OP_RCVRQST, REQUESTS_ME, false, BIT(TRAP_RCVRQST), OK },
	{ "reply", OP_REPLY, AWAITS_ME, false, BIT(TRAP_REPLY), OK },
	{ "reply_rcvrqst", OP_REPLY_RCVRQST, AWAITS_ME, false,
	  BIT(TRAP_REPLY) | BIT(TRAP_RCVRQST), EMOLAGAIN },
	{ "reply_rcvrqst to nobody", OP_REPLY_RCVRQST, REQUESTS_ME, true,
	  BIT(TRAP_RCVRQST), OK },
	{ "relay", OP_RELAY, RUNS, false, BIT(TRAP_RELAY), EMOLNOTREADY },
	{ "notify", OP_NOTIFY, RUNS, false, BIT(TRAP_NOTIFY), OK },
	{ "vcopy", OP_RUN, RECEIVES_ME, false, BIT(TRAP_VCOPY), OK },
};

static char memory[8];

static struct result make_call(const struct row *row)
{
	message m = text_message(7, "from me");

	if (row->op == OP_RUN)
		return CALL(me, VCOPY(peer_ep, memory, SELF, memory,
				      sizeof(memory)));
	if (row->op == OP_RELAY)
		m.m_source = other->ep;
	return CALL(me, .op = row->op, .peer = row->nobody ? NONE : peer_ep,
		    .ms = TIMEOUT_NOWAIT, .m = m);
}

static void check_trap(const struct row *row, uint32_t mask)
{
	bool denied = row->needs & ~mask;
	int want = denied ? EMOLTRAPDENIED : row->rc;
	struct result r;

	roles_set(PROCESS, row->state);
	set_traps(me->ep, mask);
	r = make_call(row);
	ck_assert_msg(r.rc == want, "%s with traps %#x: %s, not %s", row->name,
		      mask, mnx_strerror(r.rc), mnx_strerror(want));
	if (!denied)
		return;
	/* Nothing has happened, and afterwards all is as it was. */
	if (row->op != OP_RUN && row->op != OP_RELAY)
		ASSERT_MESSAGE(r.m, 4711, 7, "from me");
	ck_assert(slot_is(PEER_NR, state_flags(row->state)));
	ck_assert(slot_is(ME_NR, 0));
	set_traps(me->ep, ALL_TRAPS);
	ASSERT_RC(make_call(row).rc, row->rc);
}

START_TEST(trap_missing)
{
	check_trap(&rows[_i / 8], ALL_TRAPS & ~BIT(_i % 8));
}
END_TEST

START_TEST(trap_alone)
{
	check_trap(&rows[_i], rows[_i].needs);
}
END_TEST

START_TEST(no_traps)
{
	check_trap(&rows[_i], 0);
}
END_TEST

/* A server that may not answer is told so, and takes no request. */
START_TEST(trap_of_reply)
{
	struct result r;

	roles_set(PROCESS, AWAITS_ME);
	set_traps(me->ep, ALL_TRAPS & ~BIT(TRAP_REPLY));
	r = CALL(me, .op = OP_REPLY_RCVRQST, .peer = peer_ep);
	ASSERT_RC(r.rc, EMOLTRAPDENIED);
	ck_assert_int_ne(r.reply_rc, OK);
	ASSERT_RC(CALL_RC(me, .op = OP_REPLY_RCVRQST, .peer = NONE), EMOLAGAIN);
}
END_TEST

/* A call that waits when the privileges change goes on. */
START_TEST(trap_of_blocked)
{
	roles_set(PROCESS, RECEIVES_ANY);
	set_traps(peer->ep, 0);
	forbid_from(peer, ME_NR);
	ck_assert(slot_is(PEER_NR, RECEIVING));
	actor_signal(peer, SIG_RESTART);
	actor_await(peer, RECEIVING);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = peer_ep), OK);
	ASSERT_RC(actor_end(peer).rc, OK);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY), EMOLTRAPDENIED);
}
END_TEST

/* Neither identity nor administration is a primitive. */
static int run_ungoverned(struct call *call)
{
	priv_usr_t priv;

	REQUIRE(mnx_getep(getpid()) == call->peer);
	REQUIRE(mnx_getpriv(VMID, call->peer, &priv) == OK);
	REQUIRE(mnx_wait4bind() == call->peer);
	REQUIRE(mnx_hdw_notify(VMID, call->peer) == OK);
	REQUIRE(mnx_unbind(VMID, SELF) == OK);
	return OK;
}

START_TEST(not_governed)
{
	struct actor *a = actor_new(PROCESS, 100);

	set_traps(a->ep, 0);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_ungoverned,
			  .peer = a->ep),
		  OK);
}
END_TEST

/* Masks of peers: a calls, b is named */

enum mask {
	A_TO,
	B_FROM,
	B_TO,
	A_FROM,
	NR_MASKS
};

static const struct {
	const char *name;
	enum op op;
	bool any;
	bool sends, receives; /* names one to whom, from whom */
	int rc;               /* if nothing is forbidden; b runs */
} peer_rows[] = {
	{ "send", OP_SEND, false, true, false, EMOLAGAIN },
	{ "sendrec", OP_SENDREC, false, true, false, EMOLAGAIN },
	{ "reply", OP_REPLY, false, true, false, EMOLNOTREADY },
	{ "reply_rcvrqst", OP_REPLY_RCVRQST, false, false, false, EMOLAGAIN },
	{ "notify", OP_NOTIFY, false, true, false, OK },
	{ "receive", OP_RECEIVE, false, false, true, EMOLAGAIN },
	{ "receive from any", OP_RECEIVE, true, false, false, EMOLAGAIN },
	{ "rcvrqst", OP_RCVRQST, false, false, false, EMOLAGAIN },
};

static const int pairs[][2] = {
	{ 20, 101 },      { 20, 5 },    { CLOCK, 28 }, { IDLE, 0 },
	{ 5, SYSTASK_0 }, { 101, 102 }, { 101, 3 },
};

#define NR_PEER_TESTS (COUNT(pairs) * NR_MASKS * COUNT(peer_rows))

static struct actor *ann, *bob;

static void cast(int a_nr, int b_nr)
{
	ann = actor_new(PROCESS, a_nr);
	bob = actor_new(PROCESS, b_nr);
}

static void forbid(enum mask mask)
{
	switch (mask) {
	case A_TO:
		forbid_to(ann, bob->p_nr);
		break;
	case B_FROM:
		forbid_from(bob, ann->p_nr);
		break;
	case B_TO:
		forbid_to(bob, ann->p_nr);
		break;
	case A_FROM:
		forbid_from(ann, bob->p_nr);
		break;
	case NR_MASKS:
		break;
	}
}

static void check_pair(int row, enum mask mask)
{
	bool to = mask == A_TO || mask == B_FROM;
	bool from = mask == B_TO || mask == A_FROM;
	bool denied = (to && peer_rows[row].sends) ||
		      (from && peer_rows[row].receives);
	enum op op = peer_rows[row].op;
	int want = denied ? EMOLCALLDENIED : peer_rows[row].rc;
	struct result r;

	if (op == OP_NOTIFY && ann->p_nr >= FIRST_USER_NR)
		want = EMOLPRIVILEGES;
	r = CALL(ann, .op = op, .peer = peer_rows[row].any ? ANY : bob->ep);
	ck_assert_msg(r.rc == want, "%s, %d with %d, mask %d: %s, not %s",
		      peer_rows[row].name, ann->p_nr, bob->p_nr, mask,
		      mnx_strerror(r.rc), mnx_strerror(want));
	if (op == OP_REPLY_RCVRQST)
		ASSERT_RC(r.reply_rc, to ? EMOLCALLDENIED : EMOLNOTREADY);
	ASSERT_RC(CALL_RC(bob, .op = OP_RECEIVE, .peer = ANY),
		  op == OP_NOTIFY && r.rc == OK ? OK : EMOLAGAIN);
}

START_TEST(peer_forbidden)
{
	int row = _i % COUNT(peer_rows), rest = _i / COUNT(peer_rows);
	const int *pair = pairs[rest / NR_MASKS];

	cast(pair[0], pair[1]);
	forbid(rest % NR_MASKS);
	check_pair(row, rest % NR_MASKS);
	allow_all(ann);
	allow_all(bob);
	check_pair(row, NR_MASKS);
}
END_TEST

/* With only the bits of the pair set nothing is missing between them. */
START_TEST(peer_allowed)
{
	priv_usr_t priv;
	int row;

	cast(pairs[_i][0], pairs[_i][1]);
	priv = get(ann->ep);
	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	memset(priv.s_ipc_from, 0, sizeof(priv.s_ipc_from));
	set_bit(priv.s_ipc_to, bit_of(bob->p_nr));
	set_bit(priv.s_ipc_from, bit_of(bob->p_nr));
	set(ann->ep, &priv);
	for (row = 0; row < COUNT(peer_rows); row++)
		check_pair(row, NR_MASKS);
}
END_TEST

/* And only between them; but a bit of users is that of all of them. */
static int send_to(struct actor *from, struct actor *to)
{
	return CALL_RC(from, .op = OP_SEND, .peer = to->ep);
}

START_TEST(one_bit_one_slot)
{
	struct actor *c = actor_new(PROCESS, 6), *d = actor_new(PROCESS, 4);
	struct actor *u = actor_new(PROCESS, FIRST_USER_NR);
	struct actor *v = actor_new(PROCESS, NR_PROCS - 1);
	priv_usr_t priv;

	cast(20, 5);
	priv = get(ann->ep);
	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	set_bit(priv.s_ipc_to, 5 + NR_TASKS);
	set(ann->ep, &priv);
	ASSERT_RC(send_to(ann, bob), EMOLAGAIN);
	ASSERT_RC(send_to(ann, c), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, d), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, u), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, v), EMOLCALLDENIED);
	/* The other way is not forbidden. */
	ASSERT_RC(send_to(c, ann), EMOLAGAIN);
	ASSERT_RC(send_to(u, ann), EMOLAGAIN);

	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	set_bit(priv.s_ipc_to, IPC_USERS_BIT);
	set(ann->ep, &priv);
	ASSERT_RC(send_to(ann, bob), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, u), EMOLAGAIN);
	ASSERT_RC(send_to(ann, v), EMOLAGAIN);
}
END_TEST

/* What is wrong with an endpoint is said first. */
START_TEST(no_peer)
{
	priv_usr_t priv;

	cast(20, 101);
	priv = get(ann->ep);
	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	memset(priv.s_ipc_from, 0, sizeof(priv.s_ipc_from));
	set(ann->ep, &priv);
	ASSERT_RC(CALL_RC(ann, .op = OP_SEND, .peer = NONE), EMOLENDPOINT);
	ASSERT_RC(CALL_RC(ann, .op = OP_SEND, .peer = ann->ep), EMOLENDPOINT);
	ASSERT_RC(CALL_RC(ann, .op = OP_SEND, .peer = 6), EMOLDSTDIED);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = 6), EMOLSRCDIED);
	/* HARDWARE is nobody. */
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = HARDWARE), EMOLAGAIN);
	ASSERT_RC(mnx_hdw_notify(VMID, ann->ep), OK);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = HARDWARE), OK);
}
END_TEST

/* What is there already passes. */
START_TEST(already_there)
{
	struct result r;

	cast(20, 101);
	START(bob, .op = OP_SEND, .peer = ann->ep, .ms = PATIENCE,
	      .m.m_type = 3);
	actor_await(bob, SENDING);
	forbid(_i ? A_FROM : B_TO);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = bob->ep),
		  EMOLCALLDENIED);
	ck_assert(slot_is(101, SENDING));
	r = CALL(ann, .op = OP_RECEIVE, .peer = ANY);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, bob->ep);
	ck_assert_int_eq(r.m.m_type, 3);
	ASSERT_RC(actor_end(bob).rc, OK);
	ASSERT_RC(CALL_RC(bob, .op = OP_SEND, .peer = ann->ep), EMOLCALLDENIED);
}
END_TEST

START_TEST(already_notified)
{
	cast(20, 101);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep), OK);
	forbid(_i ? A_TO : B_FROM);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep),
		  EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(bob, .op = OP_RECEIVE, .peer = ann->ep),
		  EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(bob, .op = OP_RCVRQST), OK);
	ASSERT_RC(CALL_RC(bob, .op = OP_RCVRQST), EMOLAGAIN);
}
END_TEST

/* An answer is a message: the client waits until it is allowed. */
START_TEST(answer_forbidden)
{
	cast(20, 101);
	START(bob, .op = OP_SENDREC, .peer = ann->ep, .ms = PATIENCE);
	actor_await(bob, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(ann, .op = OP_RCVRQST), OK);
	forbid(_i ? A_TO : B_FROM);
	ASSERT_RC(CALL_RC(ann, .op = OP_REPLY, .peer = bob->ep),
		  EMOLCALLDENIED);
	ck_assert(slot_is(101, RECEIVING));
	allow_all(ann);
	allow_all(bob);
	ASSERT_RC(CALL_RC(ann, .op = OP_REPLY, .peer = bob->ep), OK);
	ASSERT_RC(actor_end(bob).rc, OK);
}
END_TEST

/* relay: who hands it on, and whose it is, must be allowed to send. */
START_TEST(relay_forbidden)
{
	struct actor *client = actor_new(PROCESS, CLIENT_NR);
	message m = text_message(8, "relayed");
	struct result r;

	roles_set(PROCESS, TAKES_REQUESTS);
	START(client, .op = OP_SENDREC, .peer = me->ep, .ms = PATIENCE);
	actor_await(client, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(me, .op = OP_RCVRQST), OK);
	switch (_i) {
	case 0:
		forbid_to(me, PEER_NR);
		break;
	case 1:
		forbid_from(peer, ME_NR);
		break;
	case 2:
		forbid_to(client, PEER_NR);
		break;
	case 3:
		forbid_from(peer, CLIENT_NR);
		break;
	}
	m.m_source = client->ep;
	ASSERT_RC(CALL_RC(me, .op = OP_RELAY, .peer = peer_ep, .m = m),
		  EMOLCALLDENIED);
	ck_assert(slot_is(PEER_NR, RECEIVING));
	ck_assert(slot_is(CLIENT_NR, RECEIVING));
	allow_all(me);
	allow_all(peer);
	allow_all(client);
	ASSERT_RC(CALL_RC(me, .op = OP_RELAY, .peer = peer_ep, .m = m), OK);
	r = actor_end(peer);
	ASSERT_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, client->ep, 8, "relayed");
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = client->ep), OK);
	ASSERT_RC(actor_end(client).rc, OK);
}
END_TEST

/* In another's name it is still the caller who needs to be allowed. */
START_TEST(in_anothers_name)
{
	struct result r;

	cast(CLOCK, 101);
	forbid_from(bob, 7);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep, .src_nr = 7),
		  OK);
	r = CALL(bob, .op = OP_RECEIVE, .peer = ANY);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, 7);
	forbid_from(bob, CLOCK);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep, .src_nr = 8),
		  EMOLCALLDENIED);
}
END_TEST

/* Masks of peers are about messages. */
START_TEST(copies_are_no_messages)
{
	roles_set(PROCESS, RECEIVES_ME);
	forbid_to(me, PEER_NR);
	forbid_from(me, PEER_NR);
	forbid_to(peer, ME_NR);
	forbid_from(peer, ME_NR);
	ASSERT_RC(CALL_RC(me, VCOPY(peer_ep, memory, SELF, memory, 8)), OK);
}
END_TEST

/* They belong to the binding. */

static int run_bind_in_child(struct call *call)
{
	priv_usr_t priv;
	int status, ep;
	pid_t pid;

	pid = fork();
	if (!pid) {
		ep = mnx_bind(VMID, call->peer);
		_exit(!(!mnx_bind_failed(ep) &&
			mnx_getpriv(VMID, ep, &priv) == OK &&
			is_default(&priv, call->peer) &&
			mnx_receive_T(ANY, &call->m, 0) == EMOLAGAIN));
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return status ? -1 : OK;
}

static void narrow(int ep)
{
	priv_usr_t priv = { .s_warn = 5, .s_level = PROXY_PRIV };

	set(ep, &priv);
}

START_TEST(not_inherited)
{
	struct actor *watcher = actor_new(PROCESS, 5);

	ann = actor_new(PROCESS, 100);
	narrow(ann->ep);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_bind_in_child,
			  .peer = 101),
		  OK);
	/* One fork, and no end of the child's binding */
	ck_assert_int_eq(CALL(watcher, .op = OP_RECEIVE, .peer = ANY).m.m9_i1,
			 M3IPC_WARN_FORK);
	ASSERT_RC(CALL_RC(watcher, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}
END_TEST

/* A user slot and a system slot, whose endpoint stays the same */
START_TEST(bound_anew)
{
	int nr = _i ? 9 : 100;
	priv_usr_t priv;
	int old, ep;

	ann = actor_new(PROCESS, nr);
	old = ann->ep;
	narrow(old);
	priv = get(old);
	ASSERT_RC(CALL_RC(ann, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(mnx_getpriv(VMID, old, &priv), EMOLNOTBIND);
	ASSERT_RC(mnx_setpriv(VMID, old, &priv), EMOLNOTBIND);
	ep = CALL_RC(ann, .op = OP_BIND, .peer = nr);
	priv = get(ep);
	ck_assert(is_default(&priv, nr));
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	if (ep != old)
		ASSERT_RC(mnx_getpriv(VMID, old, &priv), EMOLNOTBIND);
}
END_TEST

/* Who may */

static int run_set(struct call *call)
{
	priv_usr_t priv;
	int rc = mnx_getpriv(VMID, call->peer, &priv);

	REQUIRE(rc == OK);
	priv.s_id = 77;
	return mnx_setpriv(VMID, call->peer, &priv);
}

static int set_by(struct actor *who, int ep)
{
	return CALL_RC(who, .op = OP_RUN, .run = run_set, .peer = ep);
}

START_TEST(rights)
{
	static const struct {
		int p_nr, rc;
	} who[] = {
		{ SYSTASK_0, OK },   { SYSTASK(1), EMOLPERM },
		{ CLOCK, EMOLPERM }, { PM_PROC_NR, EMOLPERM },
		{ 120, EMOLPERM },   { NONE, EMOLPERM },
	};
	struct actor *subject = actor_new(PROCESS, 100);
	int i;

	for (i = 0; i < COUNT(who); i++) {
		ann = who[i].p_nr == NONE ? actor_unbound() :
					    actor_new(PROCESS, who[i].p_nr);
		set(subject->ep, &(priv_usr_t){ .s_warn = NONE });
		ASSERT_RC(set_by(ann, subject->ep), OK);
		ck_assert_int_eq(get(subject->ep).s_id, 77);
		set(subject->ep, &(priv_usr_t){ .s_warn = NONE });
		ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_drop_all), OK);
		ASSERT_RC(set_by(ann, subject->ep), who[i].rc);
		ck_assert_int_eq(get(subject->ep).s_id,
				 who[i].rc == OK ? 77 : 0);
		/* Not even one's own */
		if (who[i].p_nr != NONE)
			ASSERT_RC(set_by(ann, ann->ep), who[i].rc);
	}
}
END_TEST

static int run_bind_elsewhere(struct call *call)
{
	return mnx_bind(VMID + 1, call->peer);
}

START_TEST(systask_of_another_vm)
{
	struct actor *subject = actor_new(PROCESS, 100);
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "another");

	ASSERT_RC(mnx_vm_init(&vm), OK);
	ann = actor_unbound();
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_bind_elsewhere,
			  .peer = SYSTASK_0),
		  SYSTASK_0);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_drop_all), OK);
	ASSERT_RC(set_by(ann, subject->ep), EMOLPERM);
	ASSERT_RC(mnx_vm_end(VMID + 1), OK);
}
END_TEST

static void be_user(void *arg)
{
	struct m3ipc_priv priv = { .vmid = VMID, .endpoint = *(int *)arg };
	int fd = raw_open();

	ck_assert(!setgroups(0, NULL));
	ck_assert(!setresgid(1001, 1001, 1001));
	ck_assert(!setresuid(1001, 1001, 1001));
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETPRIV, &priv), OK);
	ck_assert_int_eq(priv.priv.s_id, 100);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_SETPRIV, &priv), EMOLPERM);
}

START_TEST(user)
{
	ann = actor_new(PROCESS, 100);
	child_run(be_user, &ann->ep);
}
END_TEST

/* Errors */

START_TEST(no_such_endpoint)
{
	int endpoints[] = { _ENDPOINT(1, 101),
			    0,
			    7,
			    IDLE,
			    HARDWARE,
			    ANY,
			    NONE,
			    SELF,
			    _ENDPOINT(1, NR_PROCS),
			    IDLE - 1,
			    INT_MAX,
			    INT_MIN,
			    0 };
	priv_usr_t priv = { .s_warn = NONE };
	int i;

	ann = actor_new(PROCESS, 100);
	endpoints[COUNT(endpoints) - 1] =
		_ENDPOINT(_ENDPOINT_G(ann->ep) + 1, 100);
	for (i = 0; i < COUNT(endpoints); i++) {
		ASSERT_RC(mnx_getpriv(VMID, endpoints[i], &priv), EMOLNOTBIND);
		ASSERT_RC(mnx_setpriv(VMID, endpoints[i], &priv), EMOLNOTBIND);
	}
}
END_TEST

START_TEST(no_such_vm)
{
	static const int vmids[][2] = {
		{ -1, EMOLBADVMID },        { NR_VMS, EMOLBADVMID },
		{ INT_MAX, EMOLBADVMID },   { INT_MIN, EMOLBADVMID },
		{ VMID + 1, EMOLVMNOTRUN },
	};
	priv_usr_t priv = { .s_warn = NONE };

	ASSERT_RC(mnx_getpriv(vmids[_i][0], 0, &priv), vmids[_i][1]);
	ASSERT_RC(mnx_setpriv(vmids[_i][0], 0, &priv), vmids[_i][1]);
}
END_TEST

START_TEST(bad_members)
{
	static const int levels[] = { USER_PRIV - 1, PROXY_PRIV + 1, INT_MIN,
				      INT_MAX };
	static const int warns[] = {
		IDLE - 1, FIRST_USER_NR, 100, ANY, SELF, 35767, INT_MIN, INT_MAX
	};
	static const uint32_t traps[] = { BIT(8), BIT(31), ~0u, 0x100ff };
	priv_usr_t before, after, priv;
	int i;

	ann = actor_new(PROCESS, 100);
	before = get(ann->ep);
	for (i = 0; i < COUNT(levels); i++) {
		priv = (priv_usr_t){ .s_warn = NONE, .s_level = levels[i] };
		ASSERT_RC(mnx_setpriv(VMID, ann->ep, &priv), EMOLRANGE);
	}
	for (i = 0; i < COUNT(warns); i++) {
		priv = (priv_usr_t){ .s_warn = warns[i] };
		ASSERT_RC(mnx_setpriv(VMID, ann->ep, &priv), EMOLRANGE);
	}
	for (i = 0; i < COUNT(traps); i++) {
		priv = (priv_usr_t){ .s_warn = NONE, .s_trap_mask = traps[i] };
		ASSERT_RC(mnx_setpriv(VMID, ann->ep, &priv), EMOLINVAL);
	}
	after = get(ann->ep);
	ck_assert_mem_eq(&before, &after, sizeof(before));
}
END_TEST

START_TEST(good_members)
{
	priv_usr_t priv = { .s_warn = NONE };
	int i;

	ann = actor_new(PROCESS, 100);
	for (i = USER_PRIV; i <= PROXY_PRIV; i++) {
		priv.s_level = i;
		set(ann->ep, &priv);
	}
	for (i = IDLE; i < FIRST_USER_NR; i++) {
		priv.s_warn = i;
		set(ann->ep, &priv);
	}
	for (i = 0; i < 256; i++) {
		priv.s_trap_mask = (uint32_t)i;
		set(ann->ep, &priv);
		ck_assert_uint_eq(get(ann->ep).s_trap_mask, (uint32_t)i);
	}
}
END_TEST

START_TEST(bad_memory)
{
	struct m3ipc_priv *bad = (void *)16;
	int fd = raw_open();

	ann = actor_new(PROCESS, 100);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_SETPRIV, bad), EMOLFAULT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETPRIV, bad), EMOLFAULT);
	ASSERT_RC(mnx_setpriv(VMID, ann->ep, NULL), EMOLFAULT);
	ASSERT_RC(mnx_getpriv(VMID, ann->ep, NULL), EMOLFAULT);
	close(fd);
}
END_TEST

/* Who is told of ends and forks */

#define WATCHER_NR 5

static struct actor *watcher;

#define ASSERT_WARNING(r, value, count)                                \
	do {                                                           \
		struct result r_ = (r);                                \
		ASSERT_RC(r_.rc, OK);                                  \
		ck_assert_int_eq(r_.m.m_source, SYSTASK_0);            \
		ck_assert_int_eq(r_.m.m_type, NOTIFY_FROM(SYSTASK_0)); \
		ck_assert_int_eq(r_.m.m9_i1, (value));                 \
		ck_assert_int_eq(r_.m.m9_l1, (count));                 \
	} while (0)

static struct result watch(void)
{
	return CALL(watcher, .op = OP_RECEIVE, .peer = ANY);
}

static void assert_no_warning(void)
{
	ASSERT_RC(watch().rc, EMOLAGAIN);
}

static int run_exit(struct call *call)
{
	exit(call->peer);
}

static int run_thread_exit(struct call *call)
{
	(void)call;
	pthread_exit(NULL);
}

enum end {
	EXIT,
	KILL,
	UNBIND,
	UNBOUND,
	NR_ENDS
};

static void end(struct actor *who, enum end how)
{
	switch (how) {
	case EXIT:
		START(who, .op = OP_RUN, .run = run_exit);
		actor_wait(who);
		break;
	case KILL:
		actor_kill(who);
		break;
	case UNBIND:
		ASSERT_RC(CALL_RC(who, .op = OP_UNBIND, .peer = SELF), OK);
		break;
	case UNBOUND:
		ASSERT_RC(mnx_unbind(VMID, who->ep), OK);
		break;
	case NR_ENDS:
		break;
	}
}

static const int subjects[] = { 100, 9, CLOCK, SYSTASK_0 };

/* The watcher does something else, receives, or takes requests. */
START_TEST(told_of_end)
{
	enum op op = _i / NR_ENDS % 3 == 1 ? OP_RECEIVE : OP_RCVRQST;
	bool waits = _i / NR_ENDS % 3;

	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, subjects[_i / NR_ENDS / 3]);
	set_warn(ann->ep, WATCHER_NR);
	if (waits) {
		START(watcher, .op = op, .peer = ANY, .ms = PATIENCE);
		actor_await(watcher, RECEIVING);
	}
	end(ann, _i % NR_ENDS);
	ASSERT_WARNING(waits ? actor_end(watcher) : watch(), M3IPC_WARN_EXIT,
		       1);
	ck_assert(slot_is(ann->p_nr, SLOT_FREE));
	assert_no_warning();
}
END_TEST

/* One that is blocked, and one on whom the watcher waits */
START_TEST(told_of_end_while_blocked)
{
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, WATCHER_NR);
	START(ann, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	actor_await(ann, RECEIVING);
	START(watcher, .op = OP_RECEIVE, .peer = ann->ep, .ms = PATIENCE);
	actor_await(watcher, RECEIVING);
	actor_kill(ann);
	ASSERT_RC(actor_end(watcher).rc, EMOLSRCDIED);
	ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 1);
	assert_no_warning();
}
END_TEST

/* In the name of SYSTASK, as one that receives from it sees it */
START_TEST(told_by_systask)
{
	bob = _i ? actor_new(PROCESS, SYSTASK_0) : NULL;
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, WATCHER_NR);
	if (bob) {
		START(watcher, .op = OP_RECEIVE, .peer = SYSTASK_0,
		      .ms = PATIENCE);
		actor_await(watcher, RECEIVING);
	}
	actor_kill(ann);
	ASSERT_WARNING(bob ? actor_end(watcher) :
			     CALL(watcher, .op = OP_RECEIVE, .peer = SYSTASK_0),
		       M3IPC_WARN_EXIT, 1);
	ASSERT_RC(CALL_RC(watcher, .op = OP_RECEIVE, .peer = SYSTASK_0),
		  bob ? EMOLAGAIN : EMOLSRCDIED);
}
END_TEST

/* SYSTASK itself, whom no masks keep from it */
START_TEST(systask_is_told)
{
	watcher = actor_new(PROCESS, SYSTASK_0);
	ann = actor_new(PROCESS, 100);
	set(watcher->ep,
	    &(priv_usr_t){ .s_warn = NONE, .s_trap_mask = ALL_TRAPS });
	set(ann->ep, &(priv_usr_t){ .s_warn = SYSTASK_0 });
	actor_kill(ann);
	ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 1);
}
END_TEST

/* A thread, alone and with its process */
START_TEST(told_of_thread)
{
	proc_usr_t leader;

	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(THREAD, 100);
	ASSERT_RC(mnx_getprocinfo(VMID, 100 + LEADER_OFFSET, &leader), OK);
	set_warn(ann->ep, WATCHER_NR);
	if (_i) {
		set_warn(leader.p_endpoint, WATCHER_NR);
		actor_kill(ann);
		ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 2);
	} else {
		START(ann, .op = OP_RUN, .run = run_thread_exit);
		slot_await(100, SLOT_FREE);
		ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 1);
	}
	assert_no_warning();
}
END_TEST

static void *do_nothing(void *arg)
{
	return arg;
}

static int run_threads(struct call *call)
{
	pthread_t thread;

	(void)call;
	REQUIRE(!pthread_create(&thread, NULL, do_nothing, NULL));
	REQUIRE(!pthread_join(thread, NULL));
	return OK;
}

static int run_vfork(struct call *call)
{
	pid_t pid = vfork();
	int status;

	(void)call;
	if (!pid)
		_exit(0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return OK;
}

START_TEST(told_of_forks)
{
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, subjects[_i]);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	assert_no_warning();
	set_warn(ann->ep, WATCHER_NR);
	/* A child that ends was not bound. */
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	ASSERT_WARNING(watch(), M3IPC_WARN_FORK, 1);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_threads), OK);
	assert_no_warning();
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_vfork), OK);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_vfork), OK);
	actor_kill(ann);
	ASSERT_WARNING(watch(), M3IPC_WARN_FORK | M3IPC_WARN_EXIT, 3);
	assert_no_warning();
}
END_TEST

/* Not any more, or another */
START_TEST(warn_is_changed)
{
	bob = actor_new(PROCESS, 6);
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, WATCHER_NR);
	set_warn(ann->ep, _i ? 6 : NONE);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	actor_kill(ann);
	assert_no_warning();
	watcher = bob;
	if (_i)
		ASSERT_WARNING(watch(), M3IPC_WARN_FORK | M3IPC_WARN_EXIT, 2);
	assert_no_warning();
}
END_TEST

/* An empty slot, and one's own */
START_TEST(nobody_to_warn)
{
	ann = actor_new(PROCESS, 9);
	set_warn(ann->ep, _i ? 9 : WATCHER_NR);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	actor_kill(ann);
	slot_await(9, SLOT_FREE);
	/* Nothing is kept for who comes later. */
	watcher = actor_new(PROCESS, _i ? 9 : WATCHER_NR);
	assert_no_warning();
}
END_TEST

/* Two that watch each other, and end with their VM */
START_TEST(vm_ends)
{
	cast(5, 6);
	set_warn(ann->ep, 6);
	set_warn(bob->ep, 5);
	START(ann, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	START(bob, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	actor_await(ann, RECEIVING);
	actor_await(bob, RECEIVING);
	ASSERT_RC(mnx_vm_end(VMID), OK);
	ASSERT_RC(actor_end(ann).rc, EMOLVMNOTRUN);
	ASSERT_RC(actor_end(bob).rc, EMOLVMNOTRUN);
}
END_TEST

/* Whom the VM tells */

static void vm_that_warns(int whom, int value)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "warns");

	ASSERT_RC(mnx_vm_end(VMID), OK);
	vm.vm_warn2proc = whom;
	vm.vm_warnmsg = value;
	ASSERT_RC(mnx_vm_init(&vm), OK);
}

START_TEST(vm_tells)
{
	vm_that_warns(WATCHER_NR, 0x40);
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, subjects[_i / NR_ENDS]);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	assert_no_warning();
	end(ann, _i % NR_ENDS);
	ASSERT_WARNING(watch(), 0x40, 1);
	assert_no_warning();
}
END_TEST

START_TEST(vm_and_process_tell)
{
	vm_that_warns(WATCHER_NR, 0x40);
	watcher = actor_new(PROCESS, WATCHER_NR);
	bob = actor_new(PROCESS, 6);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, _i ? 6 : WATCHER_NR);
	actor_kill(ann);
	if (_i) {
		ASSERT_WARNING(watch(), 0x40, 1);
		ASSERT_WARNING(CALL(bob, .op = OP_RECEIVE, .peer = ANY),
			       M3IPC_WARN_EXIT, 1);
	} else {
		ASSERT_WARNING(watch(), 0x40 | M3IPC_WARN_EXIT, 2);
	}
	assert_no_warning();
}
END_TEST

START_TEST(vm_tells_of_threads)
{
	vm_that_warns(WATCHER_NR, INT_MIN);
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(THREAD, 100);
	actor_kill(ann);
	ASSERT_WARNING(watch(), INT_MIN, 2);
}
END_TEST

START_TEST(vm_tells_nobody)
{
	vm_that_warns(_i == 1 ? NONE : WATCHER_NR, _i ? 0x40 : 0);
	ann = actor_new(PROCESS, 100);
	if (_i == 2) { /* nobody is there yet */
		actor_kill(ann);
		watcher = actor_new(PROCESS, WATCHER_NR);
		assert_no_warning();
		/* nor of its own end */
		actor_kill(watcher);
		watcher = actor_new(PROCESS, WATCHER_NR);
	} else {
		watcher = actor_new(PROCESS, WATCHER_NR);
		actor_kill(ann);
	}
	assert_no_warning();
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("privileges");
	TCase *tc = tcase_create("privileges");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, stage_up, stage_down);
	tcase_add_loop_test(tc, defaults, 0, COUNT(slots));
	tcase_add_test(tc, defaults_of_thread);
	tcase_add_test(tc, what_is_set_is_got);
	tcase_add_loop_test(tc, trap_missing, 0, COUNT(rows) * 8);
	tcase_add_loop_test(tc, trap_alone, 0, COUNT(rows));
	tcase_add_loop_test(tc, no_traps, 0, COUNT(rows));
	tcase_add_test(tc, trap_of_reply);
	tcase_add_test(tc, trap_of_blocked);
	tcase_add_test(tc, not_governed);
	tcase_add_loop_test(tc, peer_forbidden, 0, NR_PEER_TESTS);
	tcase_add_loop_test(tc, peer_allowed, 0, COUNT(pairs));
	tcase_add_test(tc, one_bit_one_slot);
	tcase_add_test(tc, no_peer);
	tcase_add_loop_test(tc, already_there, 0, 2);
	tcase_add_loop_test(tc, already_notified, 0, 2);
	tcase_add_loop_test(tc, answer_forbidden, 0, 2);
	tcase_add_loop_test(tc, relay_forbidden, 0, 4);
	tcase_add_test(tc, in_anothers_name);
	tcase_add_test(tc, copies_are_no_messages);
	tcase_add_test(tc, not_inherited);
	tcase_add_loop_test(tc, bound_anew, 0, 2);
	tcase_add_test(tc, rights);
	tcase_add_test(tc, systask_of_another_vm);
	tcase_add_test(tc, user);
	tcase_add_test(tc, no_such_endpoint);
	tcase_add_loop_test(tc, no_such_vm, 0, 5);
	tcase_add_test(tc, bad_members);
	tcase_add_test(tc, good_members);
	tcase_add_test(tc, bad_memory);
	tcase_add_loop_test(tc, told_of_end, 0, COUNT(subjects) * 3 * NR_ENDS);
	tcase_add_test(tc, told_of_end_while_blocked);
	tcase_add_loop_test(tc, told_by_systask, 0, 2);
	tcase_add_test(tc, systask_is_told);
	tcase_add_loop_test(tc, told_of_thread, 0, 2);
	tcase_add_loop_test(tc, told_of_forks, 0, COUNT(subjects));
	tcase_add_loop_test(tc, warn_is_changed, 0, 2);
	tcase_add_loop_test(tc, nobody_to_warn, 0, 2);
	tcase_add_test(tc, vm_ends);
	tcase_add_loop_test(tc, vm_tells, 0, COUNT(subjects) * NR_ENDS);
	tcase_add_loop_test(tc, vm_and_process_tell, 0, 2);
	tcase_add_test(tc, vm_tells_of_threads);
	tcase_add_loop_test(tc, vm_tells_nobody, 0, 3);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	stage_init();
	return run_suite(make_suite());
}

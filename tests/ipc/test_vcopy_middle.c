// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies in the middle: what happens to those who take part in one, and to
 * their calls, when something else happens meanwhile.  A gate holds the copy.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "copy.h"
#include "roles.h"

/* The actors' memory, three pages each; in the middle of "gated" is a gate. */
static char *gated, *plain;

static void set_up(void)
{
	copy_up();
	gated = new_pages(3);
	plain = new_pages(3);
	fill(plain, 3 * PAGE, 3);
}

static struct gate gate;

enum where {
	GATE_MINE,
	GATE_PEERS,
	NR_WHERE
};

static void begin(enum where where)
{
	me = actor_new(PROCESS, ME_NR);
	peer = actor_new(PROCESS, PEER_NR);
	other = actor_new(PROCESS, OTHER_NR);
	peer_ep = peer->ep;
	gate = gate_new(where == GATE_MINE ? me : peer, gated + PAGE);
}

/*
 * A copy between me and the peer stops in the middle, and the peer is in that
 * state; role says who is the source.
 */
static void begin_copy(enum state state, enum role role, enum where where)
{
	bool gate_is_source = (where == GATE_MINE) == (role == TO_PEER);
	char *from = gate_is_source ? gated : plain;
	char *to = gate_is_source ? plain : gated;

	begin(where);
	peer_enter(state);
	if (role == FROM_PEER)
		START(me, VCOPY(peer_ep, from, SELF, to, 3 * PAGE));
	else
		START(me, VCOPY(SELF, from, peer_ep, to, 3 * PAGE));
	gate_await(&gate);
	ck_assert(slot_is(PEER_NR, state_flags(state) | ONCOPY));
	ck_assert(slot_is(ME_NR, 0));
}

#define NR_MIDDLES (NR_ROLES * NR_WHERE)
#define MIDDLE(i)  (i) / NR_WHERE % NR_ROLES, (i) % NR_WHERE

/* A third one with a copy of its own to one who is held: it is told so. */
START_TEST(middle_second)
{
	struct actor *third = actor_new(PROCESS, SYSTASK_0);

	begin_copy(RECEIVES_ANY, MIDDLE(_i));
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(other, RECEIVING);
	ASSERT_RC(copy_in_role(third, SELF, peer_ep, TO_PEER), EMOLBUSY);
	ASSERT_RC(copy_in_role(third, SELF, peer_ep, FROM_PEER), EMOLBUSY);
	ASSERT_RC(copy_in_role(third, other->ep, peer_ep, TO_PEER), EMOLBUSY);
	/* The other was not held for nothing. */
	ck_assert(slot_is(OTHER_NR, RECEIVING));
	ASSERT_RC(copy_in_role(third, SELF, other->ep, TO_PEER), OK);
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc, OK);
	ck_assert(slot_is(PEER_NR, RECEIVING));
	ASSERT_RC(copy_in_role(third, SELF, peer_ep, TO_PEER), OK);
}
END_TEST

/* The peer's call is over, but it does not come back before the copy ends. */
static void check_held(void)
{
	slot_await(PEER_NR, ONCOPY);
	actor_await_syscall(peer, SYS_ioctl);
	ASSERT_RC(copy_in_role(other, SELF, peer_ep, TO_PEER), EMOLPROCSTS);
	ck_assert(slot_is(PEER_NR, ONCOPY));
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc, OK);
	slot_await(PEER_NR, 0);
}

START_TEST(middle_completed)
{
	struct result r;

	begin_copy(RECEIVES_ANY, MIDDLE(_i));
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = peer_ep, .ms = PATIENCE,
			  .m = text_message(70, "meanwhile")),
		  OK);
	check_held();
	r = actor_end(peer);
	ASSERT_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, other->ep, 70, "meanwhile");
}
END_TEST

START_TEST(middle_interrupted)
{
	struct result r;

	begin_copy(RECEIVES_ANY, MIDDLE(_i));
	ck_assert(!syscall(SYS_tgkill, peer->pid, peer->tid, SIG_INTERRUPT));
	check_held();
	r = actor_end(peer);
	ASSERT_RC(r.rc, EMOLINTR);
	ck_assert_int_eq(r.handled, 1);
}
END_TEST

/* It has seen the signal: a call that waits sleeps interruptibly until then. */
static bool peer_is_held(void)
{
	char name[64], state = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/stat", peer->pid,
		 peer->tid);
	f = fopen(name, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %*s %c", &state), 1);
	fclose(f);
	return state == 'D';
}

/*
 * A call that goes on: neither it nor the handler runs before the end, and no
 * other copy begins before it waits again.
 */
START_TEST(middle_restarted)
{
	struct pollfd pfd = { .events = POLLIN };
	struct result r;
	int rc;

	begin_copy(RECEIVES_ANY, MIDDLE(_i));
	pfd.fd = peer->fd;
	ck_assert(!syscall(SYS_tgkill, peer->pid, peer->tid, SIG_RESTART));
	AWAIT(peer_is_held());
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
	ck_assert(slot_is(PEER_NR, RECEIVING | ONCOPY));
	ASSERT_RC(copy_in_role(other, SELF, peer_ep, TO_PEER), EMOLPROCSTS);
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc, OK);
	ck_assert_int_eq(poll(&pfd, 1, PATIENCE), 1);
	AWAIT((rc = copy_in_role(me, SELF, peer_ep, TO_PEER)) != EMOLPROCSTS);
	ASSERT_RC(rc, OK);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = peer_ep), OK);
	r = actor_end(peer);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.handled, 1);
}
END_TEST

START_TEST(middle_timed_out)
{
	begin(GATE_MINE);
	START(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 500);
	actor_await(peer, RECEIVING);
	START(me, VCOPY(peer_ep, plain, SELF, gated, 3 * PAGE));
	gate_await(&gate);
	check_held();
	ASSERT_RC(actor_end(peer).rc, EMOLTIMEDOUT);
}
END_TEST

START_TEST(middle_killed)
{
	enum role role = _i / NR_WHERE;
	int rc;

	begin_copy(RECEIVES_ME, role, _i % NR_WHERE);
	actor_kill(peer);
	ck_assert(slot_is(PEER_NR, SLOT_FREE));
	gate_open(&gate);
	rc = actor_end(me).rc;
	ASSERT_RC(rc, role == FROM_PEER ? EMOLSRCDIED : EMOLDSTDIED);
	ck_assert(slot_is(ME_NR, 0));
	peer = actor_new(PROCESS, PEER_NR);
	ck_assert_int_ne(peer->ep, peer_ep);
}
END_TEST

/* With the gate's keeper dead nobody opens it: it vanishes with its process. */
START_TEST(middle_killed_gate)
{
	begin_copy(RECEIVES_ME, _i, GATE_PEERS);
	close(gate.fd);
	actor_kill(peer);
	ASSERT_RC(actor_end(me).rc,
		  _i == FROM_PEER ? EMOLSRCDIED : EMOLDSTDIED);
}
END_TEST

/*
 * The peer's call is over, and another thread of it waits with its endpoint
 * when the copy ends.
 */
static void *receive_when_held(void *arg)
{
	message m;

	while (!slot_is(PEER_NR, ONCOPY))
		breathe();
	while (mnx_receive(ANY, &m) == EMOLBUSY) /* the first is on its way */
		breathe();
	return arg;
}

static int run_second_thread(struct call *call)
{
	pthread_t thread;

	(void)call;
	REQUIRE(!pthread_create(&thread, NULL, receive_when_held, NULL));
	return OK;
}

START_TEST(middle_other_thread)
{
	begin(GATE_MINE);
	ASSERT_RC(CALL_RC(peer, .op = OP_RUN, .run = run_second_thread), OK);
	peer_enter(RECEIVES_ANY);
	START(me, VCOPY(peer_ep, plain, SELF, gated, 3 * PAGE));
	gate_await(&gate);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = peer_ep), OK);
	slot_await(PEER_NR, RECEIVING | ONCOPY);
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc, OK);
	ASSERT_RC(actor_end(peer).rc, OK);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = peer_ep), OK);
}
END_TEST

START_TEST(middle_unbound)
{
	enum role role = _i / NR_WHERE;

	begin_copy(RECEIVES_ANY, role, _i % NR_WHERE);
	ASSERT_RC(mnx_unbind(VMID, peer_ep), OK);
	actor_await_syscall(peer, SYS_ioctl);
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc,
		  role == FROM_PEER ? EMOLSRCDIED : EMOLDSTDIED);
	ASSERT_RC(actor_end(peer).rc, EMOLNOTBIND);
}
END_TEST

START_TEST(middle_requester_killed)
{
	begin_copy(RECEIVES_ANY, MIDDLE(_i));
	kill(me->pid, SIGKILL);
	/* It cannot end while somebody keeps it before its own gate. */
	actor_wait(me);
	slot_await(PEER_NR, RECEIVING);
	close(gate.fd);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = peer_ep), OK);
	ASSERT_RC(actor_end(peer).rc, OK);
}
END_TEST

START_TEST(middle_requester_unbound)
{
	begin_copy(RECEIVES_ANY, MIDDLE(_i));
	ASSERT_RC(mnx_unbind(VMID, me->ep), OK);
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc, EMOLNOTBIND);
	slot_await(PEER_NR, RECEIVING);
}
END_TEST

/* The same for copies of a third one, of which the peer is the source */

static struct actor *begin_third(void)
{
	struct actor *third = actor_new(PROCESS, SYSTASK_0);

	roles_set(PROCESS, RECEIVES_ANY);
	gate = gate_new(other, gated + PAGE);
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(other, RECEIVING);
	START(third, VCOPY(peer_ep, plain, other->ep, gated, 3 * PAGE));
	gate_await(&gate);
	ck_assert(slot_is(PEER_NR, RECEIVING | ONCOPY));
	ck_assert(slot_is(OTHER_NR, RECEIVING | ONCOPY));
	return third;
}

START_TEST(middle_third_unbound)
{
	struct actor *third = begin_third();

	ASSERT_RC(mnx_unbind(VMID, third->ep), OK);
	gate_open(&gate);
	ASSERT_RC(actor_end(third).rc, EMOLNOTBIND);
	slot_await(PEER_NR, RECEIVING);
	slot_await(OTHER_NR, RECEIVING);
}
END_TEST

/* Both parties die, in both orders, or only the destination. */
START_TEST(middle_both_killed)
{
	struct actor *third = begin_third();

	actor_kill(_i ? other : peer);
	if (_i < 2)
		actor_kill(_i ? peer : other);
	gate_open(&gate);
	ASSERT_RC(actor_end(third).rc, _i < 2 ? EMOLSRCDIED : EMOLDSTDIED);
}
END_TEST

START_TEST(middle_vm_ended)
{
	begin_copy(RECEIVES_ANY, MIDDLE(_i));
	ASSERT_RC(mnx_vm_end(VMID), OK);
	gate_open(&gate);
	ASSERT_RC(actor_end(me).rc, EMOLVMNOTRUN);
	ASSERT_RC(actor_end(peer).rc, EMOLVMNOTRUN);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ middle_second, NR_MIDDLES },
		{ middle_completed, NR_MIDDLES },
		{ middle_interrupted, NR_MIDDLES },
		{ middle_restarted, NR_MIDDLES },
		{ middle_timed_out, 1 },
		{ middle_killed, NR_MIDDLES },
		{ middle_killed_gate, NR_ROLES },
		{ middle_other_thread, 1 },
		{ middle_unbound, NR_MIDDLES },
		{ middle_requester_killed, NR_MIDDLES },
		{ middle_requester_unbound, NR_MIDDLES },
		{ middle_third_unbound, 1 },
		{ middle_both_killed, 3 },
		{ middle_vm_ended, NR_MIDDLES },
	};

	stage_init();
	return RUN_TESTS("copies in the middle", 120, set_up, copies_down,
			 tests);
}

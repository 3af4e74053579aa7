// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waiting until an endpoint is bound, or is gone: each kind of caller, for each
 * kind of name, and each way in which the wait ends.
 */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "peer.h"

#define SYS_NR 9
#define NR     100
#define ME_NR  110
#define FAR    _ENDPOINT(5000, NR) /* of node 1 */

static int wait_bound(struct call *call)
{
	return mnx_wait4bindep_T(call->peer, call->ms);
}

static int wait_gone(struct call *call)
{
	return mnx_wait4unbind_T(call->peer, call->ms);
}

static int wait_bound_in_vm(struct call *call)
{
	return mnx_vm_wait4bindep_T(VMID, call->peer, call->ms);
}

static int wait_gone_in_vm(struct call *call)
{
	return mnx_vm_wait4unbind_T(VMID, call->peer, call->ms);
}

/* Callers */

enum caller {
	BOUND_PROCESS,
	BOUND_THREAD,
	NOT_BOUND,
	NR_CALLERS
};

static struct actor *me;
static bool is_bound;

static void me_up(enum caller caller)
{
	is_bound = caller != NOT_BOUND;
	if (is_bound)
		me = actor_new(caller == BOUND_THREAD ? THREAD : PROCESS,
			       ME_NR);
	else
		me = actor_unbound();
}

static int try(int endpoint, bool gone)
{
	return CALL_RC(me, .op = OP_RUN,
		       .run = gone ? wait_gone_in_vm : wait_bound_in_vm,
		       .peer = endpoint, .ms = TIMEOUT_NOWAIT);
}

/* It waits, as its slot shows if it has one. */
static void begin_for(int endpoint, bool gone, long ms)
{
	int (*own)(struct call *) = gone ? wait_gone : wait_bound;
	int (*in_vm)(struct call *) = gone ? wait_gone_in_vm : wait_bound_in_vm;

	START(me, .op = OP_RUN, .run = is_bound ? own : in_vm, .peer = endpoint,
	      .ms = ms);
	actor_await_syscall(me, SYS_ioctl);
	if (is_bound)
		actor_await(me, gone ? WAITUNBIND : WAITBIND);
}

static void begin(int endpoint, bool gone)
{
	begin_for(endpoint, gone, TIMEOUT_FOREVER);
}

static void ends_with(int rc)
{
	ASSERT_RC(actor_end(me).rc, rc);
	if (is_bound)
		ck_assert(slot_is(ME_NR, 0));
}

/* What is waited for, and who comes there */

static const struct {
	int name;
	int comes; /* its endpoint */
	bool is_remote;
} names[] = {
	{ NR, _ENDPOINT(1, NR), false },
	{ NR, FAR, true },
	{ _ENDPOINT(1, NR), _ENDPOINT(1, NR), false },
	{ FAR, FAR, true },
	{ SYS_NR, SYS_NR, false },
	{ SYS_NR, SYS_NR, true },
	{ CLOCK, CLOCK, false },
};

static struct actor *comes(int i)
{
	struct actor *a;

	if (names[i].is_remote) {
		ASSERT_RC(mnx_rmtbind(VMID, "far", names[i].comes, 1),
			  names[i].comes);
		return NULL;
	}
	a = actor_new(PROCESS, _ENDPOINT_P(names[i].comes));
	ck_assert_int_eq(a->ep, names[i].comes);
	return a;
}

static void goes(int i, struct actor *a)
{
	if (a)
		actor_kill(a);
	else
		ASSERT_RC(mnx_unbind(VMID, names[i].comes), OK);
}

START_TEST(comes_and_goes)
{
	int i = _i / NR_CALLERS;
	struct actor *a;

	me_up(_i % NR_CALLERS);
	ASSERT_RC(try(names[i].name, false), EMOLAGAIN - 1000);
	ASSERT_RC(try(names[i].name, true), OK);
	begin(names[i].name, false);
	actor_new(PROCESS, NR + 16); /* another one, of the same queue */
	a = comes(i);
	ends_with(names[i].comes);
	ASSERT_RC(try(names[i].name, false), names[i].comes);
	ASSERT_RC(try(names[i].name, true), EMOLAGAIN);
	begin(names[i].name, true);
	goes(i, a);
	ends_with(OK);
}
END_TEST

/* A later process of the slot: the endpoint is gone, the slot is not free. */
START_TEST(slot_is_taken_again)
{
	struct actor *a = actor_new(PROCESS, NR), *other = actor_unbound();

	me_up(BOUND_PROCESS);
	begin(NR, true);
	ASSERT_RC(CALL_RC(other, .op = OP_RUN, .run = wait_gone_in_vm,
			  .peer = _ENDPOINT(2, NR)),
		  OK);
	START(other, .op = OP_RUN, .run = wait_gone_in_vm, .peer = a->ep,
	      .ms = PATIENCE);
	actor_await_syscall(other, SYS_ioctl);
	ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(actor_end(other).rc, OK);
	ends_with(OK);
	ASSERT_RC(CALL_RC(a, .op = OP_BIND, .peer = NR), _ENDPOINT(2, NR));
	ASSERT_RC(try(a->ep, true), OK);
	ASSERT_RC(try(NR, true), EMOLAGAIN);
}
END_TEST

/* Endpoints that do not come any more */
START_TEST(has_been)
{
	struct actor *a = actor_new(PROCESS, NR);

	me_up(_i);
	actor_kill(a);
	slot_await(NR, SLOT_FREE);
	ASSERT_RC(try(_ENDPOINT(1, NR), false), EMOLDSTDIED);
	a = actor_new(PROCESS, NR);
	ASSERT_RC(try(_ENDPOINT(1, NR), false), EMOLDSTDIED);
	actor_kill(a);
	slot_await(NR, SLOT_FREE);
	/* The next one here is not that of another node. */
	begin(_ENDPOINT(3, NR), false);
	ASSERT_RC(mnx_rmtbind(VMID, "far", FAR, 1), FAR);
	ends_with(EMOLDSTDIED);
	ASSERT_RC(try(FAR - _ENDPOINT_GENERATION_SIZE, false), EMOLDSTDIED);
	ASSERT_RC(try(FAR + _ENDPOINT_GENERATION_SIZE, false),
		  EMOLAGAIN - 1000);
}
END_TEST

/* Other ends */

enum end {
	TIMED_OUT,
	INTERRUPTED,
	RESTARTED,
	RESTARTED_TIMED_OUT,
	STOPPED,
	WOKEN,
	UNBOUND,
	DIED,
	VM_ENDED,
	NODE_ENDED,
	NR_ENDS
};

static int generic(int rc, bool gone)
{
	return gone ? rc : rc - 1000;
}

static void end(enum end how, bool gone)
{
	switch (how) {
	case INTERRUPTED:
		actor_signal(me, SIG_INTERRUPT);
		break;
	case RESTARTED:
	case RESTARTED_TIMED_OUT:
		actor_signal(me, SIG_RESTART);
		actor_await_syscall(me, SYS_ioctl);
		if (is_bound)
			actor_await(me, gone ? WAITUNBIND : WAITBIND);
		break;
	case STOPPED:
		actor_stop(me);
		actor_continue(me);
		break;
	case WOKEN:
		ASSERT_RC(mnx_wakeup(VMID, ME_NR), OK);
		break;
	case UNBOUND:
		ASSERT_RC(mnx_unbind(VMID, me->ep), OK);
		break;
	case DIED:
		actor_kill(me);
		break;
	case VM_ENDED:
		ASSERT_RC(mnx_vm_end(VMID), OK);
		break;
	case NODE_ENDED:
		ASSERT_RC(mnx_drvs_end(), OK);
		break;
	case TIMED_OUT:
	case NR_ENDS:
		break;
	}
}

/* The same as ends are named */
static int end_rc(enum end how, bool gone)
{
	switch (how) {
	case TIMED_OUT:
	case RESTARTED_TIMED_OUT:
		return generic(EMOLTIMEDOUT, gone);
	case INTERRUPTED:
	case WOKEN:
		return generic(EMOLINTR, gone);
	case UNBOUND:
		return EMOLNOTBIND;
	case VM_ENDED:
		return EMOLVMNOTRUN;
	case NODE_ENDED:
		return EMOLDRVSINIT;
	default:
		return OK;
	}
}

START_TEST(ends)
{
	enum caller caller = _i / NR_ENDS % NR_CALLERS;
	bool gone = _i / NR_ENDS / NR_CALLERS;
	enum end how = _i % NR_ENDS;
	struct actor *a = gone ? actor_new(PROCESS, NR) : NULL;

	if (caller == NOT_BOUND && (how == WOKEN || how == UNBOUND))
		return;
	me_up(caller);
	begin_for(NR, gone,
		  how == TIMED_OUT           ? 10 * SHORT :
		  how == RESTARTED_TIMED_OUT ? 1500 :
					       TIMEOUT_FOREVER);
	end(how, gone);
	if (how == DIED) {
		slot_await(ME_NR, SLOT_FREE);
		return;
	}
	if (how == RESTARTED || how == STOPPED) {
		if (gone)
			actor_kill(a);
		else
			a = actor_new(PROCESS, NR);
		ends_with(gone ? OK : a->ep);
		return;
	}
	is_bound = is_bound && how < UNBOUND;
	ends_with(end_rc(how, gone));
	if (how == NODE_ENDED)
		ASSERT_RC(mnx_drvs_init(0, NULL), OK);
}
END_TEST

/* Names that are none, and callers without a VM */
START_TEST(refusals)
{
	static const int none[] = {
		ANY,
		NONE,
		SELF,
		INT_MIN,
		INT_MAX,
		-NR_TASKS - 1,
		NR_PROCS,
		_ENDPOINT(1, SYS_NR),
		_ENDPOINT(1, NR_PROCS),
		_ENDPOINT(_ENDPOINT_MAX_GENERATION, NR) +
			_ENDPOINT_GENERATION_SIZE,
	};
	int i;

	for (i = 0; i < NR_OF(none); i++) {
		ASSERT_RC(mnx_vm_wait4bindep_T(VMID, none[i], 0), EMOLENDPOINT);
		ASSERT_RC(mnx_vm_wait4unbind_T(VMID, none[i], 0), EMOLENDPOINT);
	}
	ASSERT_RC(mnx_wait4bindep(NR), EMOLNOTBIND);
	ASSERT_RC(mnx_wait4unbind(NR), EMOLNOTBIND);
	ASSERT_RC(mnx_vm_wait4bindep_T(VMID + 1, NR, 0), EMOLVMNOTRUN);
	ASSERT_RC(mnx_vm_wait4bindep_T(-2, NR, 0), EMOLBADVMID);
	ASSERT_RC(mnx_vm_wait4bindep_T(VMID, NR, -2), EMOLINVAL - 1000);
	ASSERT_RC(mnx_vm_wait4unbind_T(VMID, NR, LONG_MIN), EMOLINVAL);
}
END_TEST

/* Threads that share an endpoint */

static void *wait_in_thread(void *arg)
{
	*(int *)arg = mnx_wait4bindep(NR);
	return NULL;
}

static int two_threads(struct call *call)
{
	pthread_t thread;
	proc_usr_t info;
	int first = 0;

	REQUIRE(!pthread_create(&thread, NULL, wait_in_thread, &first));
	do
		REQUIRE(!mnx_getprocinfo(VMID, ME_NR, &info));
	while (info.p_rts_flags != WAITBIND);
	REQUIRE(mnx_wait4unbind(NR) == OK);
	REQUIRE(mnx_wait4bindep_T(NR + 1, 0) == EMOLAGAIN - 1000);
	REQUIRE(mnx_wait4bindep(NR + 1) == EMOLBUSY - 1000);
	REQUIRE(mnx_wakeup(VMID, ME_NR) == OK);
	REQUIRE(!pthread_join(thread, NULL));
	REQUIRE(first == EMOLINTR - 1000);
	return mnx_wait4bindep_T(NR + 1, call->ms);
}

START_TEST(shared_endpoint)
{
	me_up(BOUND_PROCESS);
	ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = two_threads, .ms = SHORT),
		  EMOLTIMEDOUT - 1000);
}
END_TEST

/* As many as there are, for one slot */
START_TEST(crowd)
{
	struct actor *waiters[48], *a;
	int i;

	for (i = 0; i < NR_OF(waiters); i++) {
		waiters[i] = actor_unbound();
		START(waiters[i], .op = OP_RUN, .run = wait_bound_in_vm,
		      .peer = NR, .ms = TIMEOUT_FOREVER);
	}
	for (i = 0; i < NR_OF(waiters); i++)
		actor_await_syscall(waiters[i], SYS_ioctl);
	a = actor_new(PROCESS, NR);
	for (i = 0; i < NR_OF(waiters); i++)
		ASSERT_RC(actor_end(waiters[i]).rc, a->ep);
}
END_TEST

/* No word of a bind or unbind is lost, whenever it comes. */

static atomic_int *seen;

static int watch(struct call *call)
{
	int i, ep;

	for (i = 0; i < call->value; i++) {
		ep = mnx_vm_wait4bindep_T(VMID, NR, PATIENCE);
		REQUIRE(ep == _ENDPOINT(i + 1, NR));
		++*seen;
		REQUIRE(mnx_vm_wait4unbind_T(VMID, ep, PATIENCE) == OK);
		++*seen;
	}
	return OK;
}

static int come_and_go(struct call *call)
{
	unsigned int seed = 1;
	int i;

	for (i = 0; i < call->value; i++) {
		REQUIRE(mnx_bind(VMID, NR) > 0);
		while (*seen < 2 * i + 1)
			;
		random_delay(&seed, RACE_DELAY / 8);
		REQUIRE(mnx_unbind(VMID, SELF) == OK);
		while (*seen < 2 * i + 2)
			;
		random_delay(&seed, RACE_DELAY / 8);
	}
	return OK;
}

START_TEST(nothing_is_missed)
{
	struct actor *a, *b;

	seen = shared_new(sizeof(*seen));
	a = actor_unbound();
	b = actor_unbound();
	START(a, .op = OP_RUN, .run = watch, .value = 400);
	START(b, .op = OP_RUN, .run = come_and_go, .value = 400);
	ASSERT_RC(actor_end(a).rc, OK);
	ASSERT_RC(actor_end(b).rc, OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ comes_and_goes, NR_OF(names) * NR_CALLERS },
		{ slot_is_taken_again, 1 },
		{ has_been, NR_CALLERS },
		{ refusals, 1 },
		{ shared_endpoint, 1 },
		{ crowd, 1 },
		{ nothing_is_missed, 1 },
	};
	/* With a node that may end */
	const struct test ends_tests[] = {
		{ ends, NR_ENDS * NR_CALLERS * 2 },
	};

	stage_init();
	return RUN_TESTS("wait4ep", 60, peer_up, peer_down, tests) |
	       RUN_TESTS("wait4ep, ends", 60, stage_up, stage_down, ends_tests);
}

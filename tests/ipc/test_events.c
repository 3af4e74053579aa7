// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log of binds, unbinds and deaths: what is in it, who is told and may
 * read it, and that the table and the log together are an exact account.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"
#include "users.h"

#define WATCHER_NR 5
#define NR         100
#define NR_SLOTS   (NR_TASKS + NR_PROCS)
#define KEPT       (4 * NR_SLOTS)
#define MANY       64

static m3ipc_event_t events[KEPT + MANY];
static uint64_t seq;

static int get(int max)
{
	return mnx_getevents(VMID, &seq, events, max);
}

/* The log begins with the test. */
static void log_up(void)
{
	stage_up();
	seq = 0;
	ASSERT_RC(get(MANY), 0);
	ck_assert_uint_ne(seq, 0);
}

/* The next event is that, and is the next in number and in time. */
static m3ipc_event_t next(int type, int p_nr, int endpoint)
{
	uint64_t last = seq;
	m3ipc_event_t e;

	ASSERT_RC(get(1), 1);
	e = events[0];
	ck_assert_uint_eq(e.e_seq, last + 1);
	ck_assert_uint_eq(seq, e.e_seq);
	ck_assert_int_eq(e.e_type, type);
	ck_assert_int_eq(e.e_p_nr, p_nr);
	ck_assert_int_eq(e.e_endpoint, endpoint);
	return e;
}

#define NO_MORE() ASSERT_RC(get(1), 0)

static const int slots[] = { NR, 9, CLOCK, SYSTASK_0 };

START_TEST(one_life)
{
	struct actor *a = actor_new(PROCESS, slots[_i]);
	proc_usr_t info = slot_on(0, slots[_i]);
	m3ipc_event_t bound = next(M3IPC_EVENT_BIND, slots[_i], a->ep), ended;
	int first = a->ep;

	ck_assert_int_eq(bound.e_lpid, a->pid);
	ck_assert_uint_eq(bound.e_incarnation, info.p_incarnation);
	NO_MORE();
	ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = SELF), OK);
	a->ep = CALL_RC(a, .op = OP_BIND, .peer = slots[_i]);
	actor_kill(a);
	slot_await(slots[_i], SLOT_FREE);
	ended = next(M3IPC_EVENT_UNBIND, slots[_i], first);
	ck_assert_int_eq(ended.e_why, 0);
	ck_assert_int_eq(ended.e_lpid, a->pid);
	ck_assert_uint_eq(ended.e_incarnation, bound.e_incarnation);
	ck_assert_uint_ge(ended.e_time, bound.e_time);
	next(M3IPC_EVENT_BIND, slots[_i], a->ep);
	ended = next(M3IPC_EVENT_DIED, slots[_i], a->ep);
	ck_assert_int_eq(ended.e_lpid, a->pid);
	ck_assert_uint_gt(ended.e_incarnation, bound.e_incarnation);
	NO_MORE();
}
END_TEST

/* A process lives on when another one unbinds it; its threads do not. */
START_TEST(with_a_thread)
{
	struct actor *a = actor_new(THREAD, NR);
	int leader = slot_endpoint(NR + LEADER_OFFSET);
	int type = _i ? M3IPC_EVENT_DIED : M3IPC_EVENT_UNBIND;

	next(M3IPC_EVENT_BIND, NR + LEADER_OFFSET, leader);
	ck_assert_int_eq(next(M3IPC_EVENT_BIND, NR, a->ep).e_lpid, a->tid);
	if (_i)
		actor_kill(a);
	else
		ASSERT_RC(mnx_unbind(VMID, leader), OK);
	slot_await(NR, SLOT_FREE);
	slot_await(NR + LEADER_OFFSET, SLOT_FREE);
	ASSERT_RC(get(MANY), 2);
	ck_assert_int_eq(events[0].e_type, type);
	ck_assert_int_eq(events[1].e_type, type);
	ck_assert_int_eq(events[0].e_endpoint + events[1].e_endpoint,
			 leader + a->ep);
	NO_MORE();
}
END_TEST

/* Some at a time, all at once, none */
START_TEST(portions)
{
	static const int portions[] = { 1, 3, 16, 17, 40, MANY };
	uint64_t begin = seq;
	int i, n, rc;

	for (i = 0; i < 40; i++)
		actor_new(PROCESS, FIRST_USER_NR + i);
	ASSERT_RC(mnx_getevents(VMID, &seq, NULL, 0), 0);
	ck_assert_uint_eq(seq, begin);
	for (n = 0; n < 40; n += rc) {
		rc = get(portions[_i]);
		ASSERT_RC(rc, MIN(portions[_i], 40 - n));
		for (i = 0; i < rc; i++) {
			ck_assert_uint_eq(events[i].e_seq, begin + 1 + n + i);
			ck_assert_int_eq(events[i].e_p_nr,
					 FIRST_USER_NR + n + i);
		}
	}
	NO_MORE();
}
END_TEST

/* In the name of SYSTASK, from the first call on */
START_TEST(who_is_told)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "tells");
	struct actor *watcher, *a;
	struct result r;

	ASSERT_RC(mnx_vm_end(VMID), OK);
	vm.vm_warn2proc = WATCHER_NR;
	vm.vm_warnmsg = _i ? 0x40 : 0;
	ASSERT_RC(mnx_vm_init(&vm), OK);
	seq = 0;
	watcher = actor_new(PROCESS, WATCHER_NR);
	a = actor_new(PROCESS, NR);
	ASSERT_RC(CALL_RC(watcher, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	ASSERT_RC(get(MANY), 0);
	/* Nobody is told of his own. */
	ASSERT_RC(CALL_RC(watcher, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(CALL_RC(watcher, .op = OP_BIND, .peer = WATCHER_NR),
		  WATCHER_NR);
	ASSERT_RC(CALL_RC(watcher, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	actor_new(PROCESS, NR + 1);
	r = CALL(watcher, .op = OP_RECEIVE, .peer = ANY);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, NOTIFY_FROM(SYSTASK_0));
	ck_assert_int_eq(r.m.m9_i1, M3IPC_WARN_EVENTS);
	START(watcher, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	actor_await(watcher, RECEIVING);
	actor_kill(a);
	r = actor_end(watcher);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m9_i1, M3IPC_WARN_EVENTS);
	r = CALL(watcher, .op = OP_RECEIVE, .peer = ANY);
	ASSERT_RC(r.rc, _i ? OK : EMOLAGAIN);
	if (_i)
		ck_assert_int_eq(r.m.m9_i1, 0x40);
	ASSERT_RC(get(MANY), 4);
}
END_TEST

static int bind_often(struct call *call)
{
	int i;

	for (i = 0; i < call->value; i++) {
		REQUIRE(mnx_bind(VMID, call->peer) > 0);
		REQUIRE(mnx_unbind(VMID, SELF) == OK);
	}
	return OK;
}

static void many_events(struct actor *a, int number)
{
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = bind_often, .peer = NR,
			  .value = number / 2),
		  OK);
}

/* As many as there are room for, and two more */
START_TEST(fallen_behind)
{
	struct actor *a = actor_unbound();
	uint64_t begin = seq, late;

	many_events(a, KEPT);
	ASSERT_RC(get(KEPT + MANY), KEPT);
	ck_assert_uint_eq(events[0].e_seq, begin + 1);
	ck_assert_uint_eq(seq, begin + KEPT);
	many_events(a, 2);
	late = begin;
	ASSERT_RC(mnx_getevents(VMID, &late, events, MANY), EMOLOVERRUN);
	ck_assert_uint_eq(late, begin + KEPT + 2);
	late = begin + 1;
	ASSERT_RC(mnx_getevents(VMID, &late, events, MANY), EMOLOVERRUN);
	late = begin + 2;
	ASSERT_RC(mnx_getevents(VMID, &late, events, 1), 1);
	ck_assert_uint_eq(events[0].e_seq, begin + 3);
	ASSERT_RC(get(MANY), 2);
}
END_TEST

/* Who has seen nothing, something that was not, or of another VM */
START_TEST(other_numbers)
{
	uint64_t number = 0, newest;

	ASSERT_RC(mnx_getevents(VMID, &number, events, MANY), 0);
	ck_assert_uint_eq(number, seq);
	actor_new(PROCESS, NR);
	newest = seq + 1;
	number = 0;
	ASSERT_RC(mnx_getevents(VMID, &number, events, MANY), EMOLOVERRUN);
	ck_assert_uint_eq(number, newest);
	number = newest + 1;
	ASSERT_RC(mnx_getevents(VMID, &number, events, MANY), EMOLOVERRUN);
	number = UINT64_MAX;
	ASSERT_RC(mnx_getevents(VMID, &number, events, MANY), EMOLOVERRUN);
	ck_assert_uint_eq(number, newest);
	stage_down();
	ASSERT_RC(get(MANY), EMOLVMNOTRUN);
	ck_assert_uint_eq(seq, newest - 1);
	stage_up();
	ASSERT_RC(get(MANY), EMOLOVERRUN);
	ck_assert_uint_gt(seq, newest);
}
END_TEST

/* After an error the same ones are read again. */
START_TEST(bad_memory)
{
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t begin = seq;
	int i;

	for (i = 0; i < 20; i++)
		actor_new(PROCESS, FIRST_USER_NR + i);
	munmap(map + 4096, 4096);
	ASSERT_RC(mnx_getevents(VMID, &seq,
				(void *)(map + 4096 - 18 * sizeof(*events)),
				MANY),
		  EMOLFAULT);
	ck_assert_uint_eq(seq, begin);
	ASSERT_RC(mnx_getevents(VMID, &seq, (void *)8, 1), EMOLFAULT);
	ASSERT_RC(mnx_getevents(VMID, NULL, events, 1), EMOLFAULT);
	ASSERT_RC(mnx_getevents(VMID, &seq, NULL, 1), EMOLFAULT);
	ASSERT_RC(mnx_getevents(VMID, &seq, events, -1), EMOLRANGE);
	ASSERT_RC(mnx_getevents(-1, &seq, events, 1), EMOLBADVMID);
	ck_assert_uint_eq(seq, begin);
	ASSERT_RC(get(MANY), 20);
}
END_TEST

static int get_as_alice(struct call *call)
{
	become_user(ALICE);
	return mnx_getevents(VMID, &seq, events, call->value);
}

START_TEST(rights)
{
	struct actor *systask = actor_new(PROCESS, SYSTASK_0);
	struct actor *server = actor_new(PROCESS, 9);

	ASSERT_RC(CALL_RC(systask, .op = OP_RUN, .run = get_as_alice,
			  .value = 1),
		  1);
	ASSERT_RC(CALL_RC(server, .op = OP_RUN, .run = get_as_alice,
			  .value = 1),
		  EMOLPERM);
}
END_TEST

/* One that was entered here is no business of this node's. */
START_TEST(remote_process)
{
	int ep = _ENDPOINT(5000, NR);

	stage_down();
	peer_up();
	seq = 0;
	ASSERT_RC(get(MANY), 0);
	ASSERT_RC(mnx_rmtbind(VMID, "far", ep, 1), ep);
	ASSERT_RC(mnx_unbind(VMID, ep), OK);
	NO_MORE();
	peer_down();
	stage_up();
}
END_TEST

/* An account, of the table when it began and of all events since */

struct account {
	int endpoints[NR_SLOTS];
	uint64_t table; /* what has come until this may have been in that */
	int tables;     /* how often it was looked at */
};

static int *account_at(struct account *acc, int p_nr)
{
	return &acc->endpoints[NR_TASKS + p_nr];
}

static void account_table(struct account *acc)
{
	int p_nr;

	for (p_nr = -NR_TASKS; p_nr < NR_PROCS; p_nr++)
		*account_at(acc, p_nr) = slot_on(0, p_nr).p_endpoint;
	acc->table = 0;
	ASSERT_RC(mnx_getevents(VMID, &acc->table, NULL, 0), EMOLOVERRUN);
	acc->tables++;
}

static void account_event(struct account *acc, const m3ipc_event_t *e)
{
	bool bound = e->e_type == M3IPC_EVENT_BIND;
	int *ep = account_at(acc, e->e_p_nr);

	if (e->e_seq > acc->table)
		ck_assert_int_eq(*ep, bound ? NONE : e->e_endpoint);
	*ep = bound ? e->e_endpoint : NONE;
}

/* True if there was anything new. */
static bool account_update(struct account *acc, int max)
{
	int n = get(max), i;

	if (n == EMOLOVERRUN) {
		account_table(acc);
		return true;
	}
	ck_assert_int_ge(n, 0);
	for (i = 0; i < n; i++)
		account_event(acc, &events[i]);
	return n;
}

#define ACTORS 8

static atomic_int *nr_done;

/* One that lives, or one that dies as it is */
static int come_and_go(int p_nr, bool dies)
{
	pid_t pid = dies ? fork() : getpid();

	if (dies && pid) {
		REQUIRE(waitpid(pid, NULL, 0) == pid);
		return OK;
	}
	if (!mnx_bind_failed(mnx_bind(VMID, p_nr)) && !dies)
		REQUIRE(mnx_unbind(VMID, SELF) == OK);
	if (dies)
		_exit(0);
	return OK;
}

/* Two want each slot. */
static int come_and_go_often(struct call *call)
{
	int i, rc = OK;

	for (i = 0; i < call->value && rc == OK; i++)
		rc = come_and_go(FIRST_USER_NR + call->peer / 2, i % 16 == 15);
	++*nr_done;
	return rc;
}

/* It begins in between, and is right at every moment, and when all is done. */
START_TEST(exact)
{
	static const int portions[] = { 1, 7, KEPT };
	struct account acc = { 0 }, end = { 0 };
	struct actor *a[ACTORS];
	int i;

	nr_done = shared_new(sizeof(*nr_done));
	for (i = 0; i < ACTORS; i++)
		a[i] = actor_unbound();
	for (i = 0; i < ACTORS; i++)
		START(a[i], .op = OP_RUN, .run = come_and_go_often, .peer = i,
		      .value = 800 / slowness());
	seq = 0;
	AWAIT(slot_on(0, FIRST_USER_NR).p_endpoint != NONE);
	while (account_update(&acc, portions[_i]) || *nr_done < ACTORS)
		;
	for (i = 0; i < ACTORS / 2; i++)
		AT_ONCE(slot_is(FIRST_USER_NR + i, SLOT_FREE));
	while (account_update(&acc, portions[_i]))
		;
	for (i = 0; i < ACTORS; i++)
		ASSERT_RC(actor_end(a[i]).rc, OK);
	account_table(&end);
	ck_assert_mem_eq(acc.endpoints, end.endpoints, sizeof(acc.endpoints));
	ck_assert_int_ge(acc.tables, 1);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ one_life, NR_OF(slots) },
		{ with_a_thread, 2 },
		{ portions, 6 },
		{ who_is_told, 2 },
		{ fallen_behind, 1 },
		{ other_numbers, 1 },
		{ bad_memory, 1 },
		{ rights, 1 },
		{ remote_process, 1 },
		{ exact, 3 },
	};
	int rc;

	stage_init();
	device_open_to_all();
	rc = RUN_TESTS("events", 60, log_up, stage_down, tests);
	device_close();
	return rc;
}

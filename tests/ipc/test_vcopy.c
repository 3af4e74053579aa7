// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies: who may, with whom, in which state; bad arguments and bad memory; and
 * what happens to those who take part in one that is in the middle.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"
#include "raw.h"
#include "roles.h"

#define LEN       300
#define SYSTASK_0 SYSTASK(0)
#define SLACK     64

/* Every actor has its own, at the same address. */
static char source[LEN + SLACK];
static char sink[LEN + SLACK];

/*
 * And these, three pages each, the last of the addresses of bad memory.  In the
 * middle of "gated" there may be a gate.
 */
static char *gated, *plain;

static char *new_pages(size_t nr)
{
	char *pages = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(pages, MAP_FAILED);
	return pages;
}

static void fill(char *p, size_t size, int seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = (char)(seed + (int)i * 7 + (int)(i >> 8));
}

static void set_up(void)
{
	stage_up();
	fill(source, sizeof(source), 1);
	memset(sink, 0x55, sizeof(sink));
	gated = new_pages(3);
	plain = new_pages(3);
	fill(plain, 3 * PAGE, 3);
}

static void tear_down(void)
{
	stage_down();
	pins_check();
}

/* LEN bytes of source of one are in sink of the other, and nothing else. */
static bool has_arrived(pid_t pid)
{
	char got[sizeof(sink)], want[sizeof(sink)];

	memset(want, 0x55, sizeof(want));
	memcpy(want, source, LEN);
	peek(pid, sink, got, sizeof(got));
	return !memcmp(got, want, sizeof(got));
}

static bool is_untouched(pid_t pid)
{
	char got[sizeof(sink)], want[sizeof(sink)];

	memset(want, 0x55, sizeof(want));
	peek(pid, sink, got, sizeof(got));
	return !memcmp(got, want, sizeof(got));
}

/* Each state of a party, as source and as destination */

enum role {
	FROM_PEER, /* to me */
	TO_PEER,   /* from me */
	NR_ROLES
};

enum rights {
	ADMINISTRATOR, /* with CAP_SYS_PTRACE */
	SERVER,        /* without */
	NR_RIGHTS
};

static bool is_mine(enum state state)
{
	return state == RECEIVES_ME || state == SENDS_ME ||
	       state == REQUESTS_ME || state == AWAITS_ME;
}

static int expected(enum state state, enum role role, enum rights rights)
{
	switch (state) {
	case RUNS:
	case SENDS_OTHER:
	case REQUESTS_OTHER:
		return EMOLPROCSTS;
	case FREE_SLOT:
	case STALE:
	case KILLED:
		return role == FROM_PEER ? EMOLSRCDIED : EMOLDSTDIED;
	case IS_MYSELF:
	case IS_ANY:
	case IS_NONE:
	case IS_SELF:
	case OUTSIDE:
		return EMOLENDPOINT;
	default:
		return rights == ADMINISTRATOR || is_mine(state) ?
			       OK :
			       EMOLCALLDENIED;
	}
}

static int copy_in_role(struct actor *rqtr, int own, int with, enum role role)
{
	return role == FROM_PEER ?
		       CALL_RC(rqtr, VCOPY(with, source, own, sink, LEN)) :
		       CALL_RC(rqtr, VCOPY(own, source, with, sink, LEN));
}

static void check_state(enum kind kind, enum state state, enum role role,
			enum rights rights)
{
	int rc, want = expected(state, role, rights);

	roles_set(kind, state);
	if (rights == SERVER)
		ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = run_drop_ptrace),
			  OK);
	rc = copy_in_role(me, SELF, peer_ep, role);
	ck_assert_msg(rc == want, "%s, the peer %s: %s, not %s",
		      role == FROM_PEER ? "from" : "to", state_names[state],
		      mnx_strerror(rc), mnx_strerror(want));
	if (rc == OK)
		ck_assert(has_arrived(role == FROM_PEER ? me->pid : peer->pid));
	else
		ck_assert(is_untouched(me->pid));
	if (state < NR_LIVE_STATES) {
		ck_assert(rc == OK || is_untouched(peer->pid));
		ck_assert(slot_is(PEER_NR, state_flags(state)));
		peer_release(state);
	}
	ck_assert(slot_is(ME_NR, 0));
}

START_TEST(states)
{
	check_state(_i % 2 ? THREAD : PROCESS, _i / 4 % NR_LIVE_STATES,
		    _i / 2 % 2, _i / (4 * NR_LIVE_STATES));
}
END_TEST

START_TEST(endpoints)
{
	check_state(PROCESS, FREE_SLOT + _i / 4, _i / 2 % 2, _i % 2);
}
END_TEST

/* The caller's own number is as good as SELF, and counts its bytes. */
START_TEST(own_number)
{
	proc_usr_t info;

	roles_set(PROCESS, RECEIVES_ME);
	ASSERT_RC(copy_in_role(me, me->ep, peer_ep, _i), OK);
	ck_assert(has_arrived(_i == FROM_PEER ? me->pid : peer->pid));
	ASSERT_RC(mnx_getprocinfo(VMID, ME_NR, &info), OK);
	ck_assert_uint_eq(info.p_lclcopy, LEN);
	ASSERT_RC(mnx_getprocinfo(VMID, PEER_NR, &info), OK);
	ck_assert_uint_eq(info.p_lclcopy, 0);
}
END_TEST

/* Users */

START_TEST(user_slot)
{
	struct actor *a = actor_new(PROCESS, 110);
	struct actor *b = actor_new(PROCESS, 111);

	START(b, .op = OP_RECEIVE, .peer = a->ep, .ms = TIMEOUT_FOREVER);
	actor_await(b, RECEIVING);
	ASSERT_RC(copy_in_role(a, SELF, b->ep, _i), OK);
	ck_assert(has_arrived(_i == FROM_PEER ? a->pid : b->pid));
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_drop_ptrace), OK);
	ASSERT_RC(copy_in_role(a, SELF, b->ep, _i), EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(a, .op = OP_SEND, .peer = b->ep), OK);
	ASSERT_RC(actor_end(b).rc, OK);
}
END_TEST

/* Third parties */

static void by_third(int rqtr_nr, enum state state, bool with_cap, int want)
{
	struct actor *rqtr = actor_new(PROCESS, rqtr_nr);
	struct actor *b = actor_new(PROCESS, 120);
	bool from_peer = state % 2;

	roles_set(PROCESS, state);
	START(b, .op = OP_RCVRQST, .ms = TIMEOUT_FOREVER);
	actor_await(b, RECEIVING);
	if (!with_cap)
		ASSERT_RC(CALL_RC(rqtr, .op = OP_RUN, .run = run_drop_ptrace),
			  OK);
	if (from_peer)
		ASSERT_RC(CALL_RC(rqtr,
				  VCOPY(peer_ep, source, b->ep, sink, LEN)),
			  want);
	else
		ASSERT_RC(CALL_RC(rqtr,
				  VCOPY(b->ep, source, peer_ep, sink, LEN)),
			  want);
	ck_assert(slot_is(120, RECEIVING));
	ck_assert(slot_is(PEER_NR, state_flags(state)));
	if (want == OK)
		ck_assert(has_arrived(from_peer ? b->pid : peer->pid));
}

static int third_expected(enum state state)
{
	switch (state) {
	case RUNS:
	case SENDS_ME:
	case REQUESTS_ME:
	case SENDS_OTHER:
	case REQUESTS_OTHER:
		return EMOLPROCSTS;
	default:
		return OK;
	}
}

START_TEST(third_systask)
{
	by_third(SYSTASK_0, _i, false, third_expected(_i));
}
END_TEST

START_TEST(third_capable)
{
	by_third(_i / NR_LIVE_STATES ? 110 : 5, _i % NR_LIVE_STATES, true,
		 third_expected(_i % NR_LIVE_STATES));
}
END_TEST

/* Not even that of another node is entitled. */
START_TEST(third_denied)
{
	static const int slots[] = { 5, 110, SYSTASK(1), CLOCK };

	by_third(slots[_i], RECEIVES_ANY, false, EMOLCALLDENIED);
}
END_TEST

/* One of the two runs. */
START_TEST(third_is_running)
{
	struct actor *rqtr = actor_new(PROCESS, SYSTASK_0);

	roles_set(PROCESS, RECEIVES_ANY);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(peer_ep, source, other->ep, sink, LEN)),
		  EMOLPROCSTS);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(other->ep, source, peer_ep, sink, LEN)),
		  EMOLPROCSTS);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(peer_ep, source, peer_ep, sink, LEN)),
		  EMOLENDPOINT);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(SELF, source, SELF, sink, LEN)),
		  EMOLENDPOINT);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(peer_ep, source, NONE, sink, LEN)),
		  EMOLENDPOINT);
	ck_assert(slot_is(PEER_NR, RECEIVING));
}
END_TEST

START_TEST(not_bound)
{
	struct actor *a = actor_unbound();

	roles_set(PROCESS, RECEIVES_ANY);
	ASSERT_RC(copy_in_role(a, SELF, peer_ep, FROM_PEER), EMOLNOTBIND);
	ASSERT_RC(copy_in_role(a, me->ep, peer_ep, TO_PEER), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(me, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), EMOLNOTBIND);
}
END_TEST

static int run_elsewhere(struct call *call)
{
	REQUIRE(!unshare(CLONE_NEWNET));
	close(mnx_fd());
	return run_vcopy(call);
}

/* A node that was never initialised */
START_TEST(no_node)
{
	struct actor *a = actor_unbound();
	struct call call = { VCOPY(SELF, source, 35767, sink, LEN) };

	call.run = run_elsewhere;
	ASSERT_RC(actor_do(a, call).rc, EMOLDRVSINIT);
}
END_TEST

/* Numbers */

START_TEST(lengths)
{
	drvs_usr_t drvs;
	long max;

	roles_set(PROCESS, RECEIVES_ME);
	ASSERT_RC(mnx_getdrvsinfo(&drvs), OK);
	max = drvs.d_max_copylen;
	ck_assert_int_eq(max, 16 << 20);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, max + 1)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, -1)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, LONG_MIN)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, LONG_MAX)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, 0)), OK);
	ASSERT_RC(CALL_RC(me, VCOPY(peer_ep, NULL, SELF, NULL, 0)), OK);
	ck_assert(is_untouched(me->pid));
	ck_assert(is_untouched(peer->pid));
	/* 0 bytes are checked as others are. */
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, SELF, sink, 0)),
		  EMOLENDPOINT);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, other->ep, sink, 0)),
		  EMOLPROCSTS);
}
END_TEST

/* Memory */

static struct {
	const char *name;
	char *addr;
	bool readable;
} memory[16];
static int nr_memory;

static void add_memory(const char *name, void *addr, bool readable)
{
	memory[nr_memory].name = name;
	memory[nr_memory].addr = addr;
	memory[nr_memory++].readable = readable;
}

/* Half of "bytes" is good, the other is not. */
static void add_half(const char *name, char *pages, int bytes, bool readable)
{
	add_memory(name, pages + PAGE - bytes / 2, readable);
}

static char *cut_file(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	char *pages;

	ck_assert(!ftruncate(fd, PAGE));
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(pages, MAP_FAILED);
	close(fd);
	return pages;
}

static void bad_memory(void)
{
	char *p;

	add_memory("NULL", NULL, false);
	add_memory("the kernel", (void *)0xffff888000001000, false);
	add_memory("the end", (void *)(ULONG_MAX - LEN / 2), false);
	add_memory("no address", (void *)0x900000000000, false);
	add_memory("the border", (void *)(0x7ffffffff000 - LEN / 2), false);
	add_memory("vsyscall", (void *)0xffffffffff600000, false);
	/* Far from where other mappings go: nothing is to fill the hole. */
	p = mmap((void *)0x20000000, 3 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	munmap(p + PAGE, PAGE);
	add_memory("a hole", p + PAGE, false);
	add_half("before a hole", p, LEN, false);
	add_memory("behind a hole", p + 2 * PAGE - LEN / 2, false);
	p = new_pages(3);
	memset(p, 1, 3 * PAGE);
	mprotect(p + PAGE, PAGE, PROT_NONE);
	add_memory("a guard", p + PAGE, false);
	add_half("before a guard", p, LEN, false);
	p = new_pages(3);
	memset(p, 1, 3 * PAGE);
	mprotect(p + PAGE, PAGE, PROT_READ);
	add_memory("read-only", p + PAGE, true);
	add_half("before read-only", p, LEN, true);
	p = cut_file();
	add_memory("behind the file", p + PAGE, false);
	add_half("the file's end", p, LEN, false);
}

#define NR_MEMORY 15

enum place {
	MINE,
	THE_PEERS,
	OF_THIRD,
	NR_PLACES
};

static int copy_bad(struct actor *rqtr, enum place place, bool read, char *bad)
{
	int own = place == OF_THIRD ? other->ep : SELF;

	if (place == MINE)
		return read ? CALL_RC(rqtr,
				      VCOPY(SELF, bad, peer_ep, sink, LEN)) :
			      CALL_RC(rqtr,
				      VCOPY(peer_ep, source, SELF, bad, LEN));
	return read ? CALL_RC(rqtr, VCOPY(peer_ep, bad, own, sink, LEN)) :
		      CALL_RC(rqtr, VCOPY(own, source, peer_ep, bad, LEN));
}

static void check_memory(enum place place, bool read)
{
	struct actor *rqtr;
	int i, rc;

	bad_memory();
	ck_assert_int_eq(nr_memory, NR_MEMORY);
	roles_set(PROCESS, RECEIVES_ME);
	rqtr = place == OF_THIRD ? actor_new(PROCESS, SYSTASK_0) : me;
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(other, RECEIVING);
	for (i = 0; i < nr_memory; i++) {
		rc = copy_bad(rqtr, place, read, memory[i].addr);
		ck_assert_msg(rc == (read && memory[i].readable ? OK :
								  EMOLFAULT),
			      "%s %s: %s", read ? "from" : "to", memory[i].name,
			      mnx_strerror(rc));
		ck_assert(slot_is(PEER_NR, RECEIVING));
	}
	/* All are well. */
	memset(sink, 0x55, sizeof(sink));
	poke(me->pid, sink, sink, sizeof(sink));
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), OK);
	ck_assert(has_arrived(me->pid));
}

START_TEST(bad_addresses)
{
	check_memory(_i / 2, _i % 2);
}
END_TEST

/* In the middle of a copy */

static struct gate gate;

enum where {
	GATE_MINE,
	GATE_PEERS,
	NR_WHERE
};

/*
 * A copy between me and the peer stops in the middle, and the peer is in that
 * state; role says who is the source.
 */
static void begin_copy(enum state state, enum role role, enum where where)
{
	bool gate_is_source = (where == GATE_MINE) == (role == TO_PEER);
	char *from = gate_is_source ? gated : plain;
	char *to = gate_is_source ? plain : gated;

	me = actor_new(PROCESS, ME_NR);
	peer = actor_new(PROCESS, PEER_NR);
	other = actor_new(PROCESS, OTHER_NR);
	peer_ep = peer->ep;
	gate = gate_new(where == GATE_MINE ? me : peer, gated + PAGE);
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
	actor_await_syscall(peer, SYS_ioctl);
	ck_assert_int_eq(poll(&pfd, 1, SHORT), 0);
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
	me = actor_new(PROCESS, ME_NR);
	peer = actor_new(PROCESS, PEER_NR);
	other = actor_new(PROCESS, OTHER_NR);
	peer_ep = peer->ep;
	gate = gate_new(me, gated + PAGE);
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

/* The same for one that is no party */
START_TEST(middle_third_unbound)
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
	ASSERT_RC(mnx_unbind(VMID, third->ep), OK);
	gate_open(&gate);
	ASSERT_RC(actor_end(third).rc, EMOLNOTBIND);
	slot_await(PEER_NR, RECEIVING);
	slot_await(OTHER_NR, RECEIVING);
}
END_TEST

/* Both parties of a third one's copy die, in both orders. */
START_TEST(middle_both_killed)
{
	struct actor *third = actor_new(PROCESS, SYSTASK_0);

	roles_set(PROCESS, RECEIVES_ANY);
	gate = gate_new(other, gated + PAGE);
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(other, RECEIVING);
	START(third, VCOPY(peer_ep, plain, other->ep, gated, 3 * PAGE));
	gate_await(&gate);
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

/* Parties that look as if they were blocked, but are not */

/* Copies with the peer as either party, and a third one as the requester */
static void check_copies(struct actor *third, int want)
{
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), want);
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, TO_PEER), want);
	ASSERT_RC(copy_in_role(third, other->ep, peer_ep, FROM_PEER), want);
	ASSERT_RC(copy_in_role(third, other->ep, peer_ep, TO_PEER), want);
}

static const enum state waits[] = { RECEIVES_ANY, RECEIVES_ME, TAKES_REQUESTS,
				    AWAITS_ME };

#define NR_WAITS 4

static atomic_int *stage;

/* Until it is told to end */
static int run_handler(struct call *call)
{
	(void)call;
	atomic_store(&stage[0], 1);
	while (!atomic_load(&stage[1]))
		breathe();
	return OK;
}

static struct actor *set_wait(enum state state)
{
	struct actor *third = actor_new(PROCESS, SYSTASK_0);

	roles_set(PROCESS, RUNS);
	actor_handler_call(peer,
			   (struct call){ .op = OP_RUN, .run = run_handler });
	peer_enter(state);
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(other, RECEIVING);
	return third;
}

/* Its call is suspended, and goes on behind the handler. */
START_TEST(in_handler)
{
	struct actor *third;

	stage = shared_new(2 * sizeof(*stage));
	third = set_wait(waits[_i]);
	check_copies(third, OK);
	ck_assert(!syscall(SYS_tgkill, peer->pid, peer->tid, SIG_RESTART));
	AWAIT(atomic_load(&stage[0]));
	ck_assert(slot_is(PEER_NR, RECEIVING));
	check_copies(third, EMOLPROCSTS);
	ck_assert(slot_is(OTHER_NR, RECEIVING));
	atomic_store(&stage[1], 1);
	actor_await_syscall(peer, SYS_ioctl);
	check_copies(third, OK);
}
END_TEST

START_TEST(is_stopped)
{
	struct actor *third = set_wait(waits[_i]);

	actor_stop(peer);
	ck_assert(slot_is(PEER_NR, RECEIVING));
	check_copies(third, EMOLPROCSTS);
	actor_continue(peer);
	actor_await_syscall(peer, SYS_ioctl);
	check_copies(third, OK);
}
END_TEST

/*
 * It even starts another program.  Whatever a copy says: it never gets at the
 * memory of that.
 */

#define NR_EXECS 30

static void exec_handler(int sig)
{
	char *const argv[] = { "true", NULL }, *const envp[] = { NULL };

	(void)sig;
	atomic_store(stage, 1);
	execve("/bin/true", argv, envp);
	_exit(99);
}

static void exec_child(void *arg)
{
	struct sigaction sa = { .sa_handler = exec_handler,
				.sa_flags = SA_RESTART };
	message m;

	(void)arg;
	sigaction(SIG_RESTART, &sa, NULL);
	if (mnx_bind_failed(mnx_bind(VMID, PEER_NR)))
		_exit(98);
	mnx_receive(ANY, &m);
	_exit(97);
}

static void *exec_place(void)
{
	char *p = mmap((void *)0x10000000, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		       0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	memset(p, 'x', PAGE);
	return p;
}

static int slot_endpoint(int p_nr)
{
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), OK);
	return info.p_endpoint;
}

START_TEST(exec_in_handler)
{
	char *place = exec_place();
	pid_t pid;
	int i, rc, ep;

	stage = shared_new(sizeof(*stage));
	ck_assert(!mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)));
	for (i = 0; i < NR_EXECS; i++) {
		pid = child_start(exec_child, NULL);
		slot_await(PEER_NR, RECEIVING);
		ep = slot_endpoint(PEER_NR);
		ASSERT_RC(mnx_vcopy(ep, place, SELF, sink, LEN), OK);
		kill(pid, SIG_RESTART);
		do {
			rc = mnx_vcopy(ep, place, SELF, sink, LEN);
			ck_assert_msg(rc != EMOLFAULT,
				      "the memory of another program");
		} while (rc == OK);
		ck_assert_msg(rc == EMOLPROCSTS || rc == EMOLSRCDIED, "%s",
			      mnx_strerror(rc));
		child_end(pid);
	}
}
END_TEST

/* Threads of one process are parties as any other. */

#define NR_THREADS   2
#define THREAD_NR(i) (130 + (i))
#define THREAD_BYTES (50 * PAGE + 77)

static char thread_memory[NR_THREADS][THREAD_BYTES];

static void *thread_waits(void *arg)
{
	int ep = mnx_tbind(VMID, THREAD_NR((int)(intptr_t)arg));
	message m;

	if (!mnx_bind_failed(ep))
		mnx_receive(ANY, &m);
	return NULL;
}

static int run_threads(struct call *call)
{
	pthread_t thread;
	intptr_t i;

	(void)call;
	fill(thread_memory[0], THREAD_BYTES, 9);
	for (i = 0; i < NR_THREADS; i++)
		REQUIRE(!pthread_create(&thread, NULL, thread_waits,
					(void *)i));
	return OK;
}

static void check_thread_memory(pid_t pid)
{
	static char got[THREAD_BYTES], want[THREAD_BYTES];

	fill(want, THREAD_BYTES, 9);
	peek(pid, thread_memory[1], got, THREAD_BYTES);
	ck_assert(!memcmp(got, want, THREAD_BYTES));
}

START_TEST(threads_of_one)
{
	struct actor *a = actor_new(PROCESS, ME_NR);
	struct actor *third = actor_new(PROCESS, SYSTASK_0);
	struct actor *rqtr = _i == 0 ? third : a;
	int ep[NR_THREADS], i;

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_threads), OK);
	for (i = 0; i < NR_THREADS; i++) {
		slot_await(THREAD_NR(i), RECEIVING);
		ep[i] = slot_endpoint(THREAD_NR(i));
	}
	/* between the two; from one to the leader; from the leader to one */
	ASSERT_RC(CALL_RC(rqtr, VCOPY(_i == 2 ? SELF : ep[0], thread_memory[0],
				      _i == 1 ? SELF : ep[1], thread_memory[1],
				      THREAD_BYTES)),
		  OK);
	check_thread_memory(a->pid);
	for (i = 0; i < NR_THREADS; i++)
		ASSERT_RC(CALL_RC(third, .op = OP_SEND, .peer = ep[i],
				  .ms = PATIENCE),
			  OK);
}
END_TEST

/* A thread without an endpoint copies as its process, if that has no call. */
static struct call thread_call;
static atomic_int thread_rc;

static void *thread_copies(void *arg)
{
	struct call call = thread_call;

	while (!slot_is(ME_NR, RECEIVING))
		breathe();
	atomic_store(&thread_rc, run_vcopy(&call));
	return arg;
}

/* cppcheck-suppress constParameter; it is OP_RUN's */
static int run_second(struct call *call)
{
	pthread_t thread;

	atomic_store(&thread_rc, 1);
	thread_call = *call;
	REQUIRE(!pthread_create(&thread, NULL, thread_copies, NULL));
	return OK;
}

static int thread_result(void)
{
	int rc = 1;

	peek(me->pid, &thread_rc, &rc, sizeof(rc));
	return rc;
}

static void second_copies(struct call call)
{
	call.run = run_second;
	ASSERT_RC(actor_do(me, call).rc, OK);
	START(me, .op = OP_RECEIVE, .peer = other->ep, .ms = TIMEOUT_FOREVER);
	AWAIT(thread_result() != 1);
	ASSERT_RC(thread_result(), EMOLBUSY);
	ck_assert(slot_is(ME_NR, RECEIVING));
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = me->ep), OK);
	ASSERT_RC(actor_end(me).rc, OK);
}

START_TEST(second_thread)
{
	roles_set(PROCESS, RECEIVES_ME);
	second_copies((struct call){ VCOPY(peer_ep, source, SELF, sink, LEN) });
	second_copies((struct call){ VCOPY(SELF, source, peer_ep, sink, LEN) });
	ck_assert(is_untouched(me->pid));
	ck_assert(is_untouched(peer->pid));
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), OK);
}
END_TEST

/*
 * Storms: somebody ends at whatever moment of copies that go on all the time.
 * Who is to die has set an alarm before.
 */

#define STORM_BYTES (40 * PAGE)
#define NR_STORM    80
#define STORM_NR(i) (140 + (i))
#define STORM_DELAY 2000 /* us, at most */

static char *storm_memory;
static unsigned int seed;

static void set_alarm(unsigned int random)
{
	struct itimerval it = {
		.it_value.tv_usec = 1 + (int)(random % STORM_DELAY),
	};

	signal(SIGALRM, SIG_DFL);
	setitimer(ITIMER_REAL, &it, NULL);
}

struct party {
	int nr;
	unsigned int random; /* 0: no alarm */
};

/* Whenever it is unbound it binds again. */
static void waiting_child(void *arg)
{
	struct party *party = arg;
	message m;

	signal(SIGPIPE, SIG_IGN);
	do {
		if (mnx_bind_failed(mnx_bind(VMID, STORM_NR(party->nr))))
			_exit(98);
		if (party->random)
			set_alarm(party->random);
	} while (mnx_receive(ANY, &m) == EMOLNOTBIND);
	_exit(0);
}

static pid_t waiting_new(int nr, bool dies)
{
	struct party party = { nr, dies ? (unsigned int)rand_r(&seed) | 1 : 0 };

	return child_start(waiting_child, &party);
}

/* What may become of a copy with somebody who ends */
static bool is_fate(int rc)
{
	return rc == EMOLSRCDIED || rc == EMOLDSTDIED || rc == EMOLPROCSTS;
}

/* Copies all the time between the two, or from and to SELF, until one ends. */
static int copy_until_death(int nr_parties)
{
	int ep[2] = { slot_endpoint(STORM_NR(0)), SELF }, rc = OK, i;

	if (nr_parties == 2)
		ep[1] = slot_endpoint(STORM_NR(1));
	for (i = 0; !rc; i++)
		rc = mnx_vcopy(ep[i % 2], storm_memory, ep[(i + 1) % 2],
			       storm_memory, STORM_BYTES);
	return rc;
}

static void storm_set_up(void)
{
	set_up();
	seed = (unsigned int)time(NULL);
	printf("seed %u\n", seed);
	storm_memory = new_pages(STORM_BYTES / PAGE);
	memset(storm_memory, 1, STORM_BYTES);
}

static bool is_over(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid;
}

/* One party dies after the other, with one that lives on or with the caller. */
START_TEST(storm_killed)
{
	pid_t other_pid = 0, pid;
	int i, rc;

	ck_assert(!mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)));
	if (_i == 2)
		other_pid = waiting_new(1, false);
	for (i = 0; i < NR_STORM; i++) {
		pid = waiting_new(0, true);
		while (!is_over(pid)) {
			rc = copy_until_death(_i);
			ck_assert_msg(is_fate(rc) || rc == EMOLENDPOINT, "%s",
				      mnx_strerror(rc));
		}
		ck_assert_int_eq(WTERMSIG(child_status(pid)), SIGALRM);
		ck_assert(slot_is(STORM_NR(0), SLOT_FREE));
	}
	if (_i == 2) {
		slot_await(STORM_NR(1), RECEIVING);
		child_kill(other_pid);
	}
}
END_TEST

static void dying_requester(void *arg)
{
	const struct party *rqtr = arg;

	if (mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)))
		_exit(98);
	set_alarm(rqtr->random);
	copy_until_death(rqtr->nr);
	_exit(97);
}

/* The requester dies; the parties go on waiting, and may be copied with. */
START_TEST(storm_requester)
{
	struct party rqtr = { .nr = _i };
	pid_t party[2], pid;
	int i, k;

	for (k = 0; k < _i; k++) {
		party[k] = waiting_new(k, false);
		slot_await(STORM_NR(k), RECEIVING);
	}
	for (i = 0; i < NR_STORM; i++) {
		rqtr.random = (unsigned int)rand_r(&seed);
		pid = child_start(dying_requester, &rqtr);
		ck_assert_int_eq(WTERMSIG(child_status(pid)), SIGALRM);
		for (k = 0; k < _i; k++)
			ck_assert(slot_is(STORM_NR(k), RECEIVING));
	}
	for (k = 0; k < _i; k++)
		child_kill(party[k]);
}
END_TEST

static void unbinding_child(void *arg)
{
	struct timespec ts = { 0 };
	proc_usr_t info;

	(void)arg;
	for (;;) {
		ts.tv_nsec = rand_r(&seed) % STORM_DELAY * 1000;
		nanosleep(&ts, NULL);
		if (!mnx_getprocinfo(VMID, STORM_NR(0), &info) &&
		    info.p_rts_flags != SLOT_FREE)
			mnx_unbind(VMID, info.p_endpoint);
	}
}

START_TEST(storm_unbound)
{
	pid_t party, unbinder;
	int died = 0, rc;

	ck_assert(!mnx_bind_failed(mnx_bind(VMID, SYSTASK_0)));
	party = waiting_new(0, false);
	slot_await(STORM_NR(0), RECEIVING);
	unbinder = child_start(unbinding_child, NULL);
	while (died < NR_STORM) {
		rc = copy_until_death(1);
		ck_assert_msg(is_fate(rc) || rc == EMOLENDPOINT, "%s",
			      mnx_strerror(rc));
		died += rc == EMOLSRCDIED || rc == EMOLDSTDIED;
	}
	child_kill(unbinder);
	slot_await(STORM_NR(0), RECEIVING);
	child_kill(party);
}
END_TEST

static TCase *new_case(Suite *suite, const char *name, void (*up)(void))
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, up, tear_down);
	suite_add_tcase(suite, tc);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("copies");
	TCase *tc;

	stage_init();
	tc = new_case(suite, "who may", set_up);
	tcase_add_loop_test(tc, states, 0, 4 * NR_LIVE_STATES * NR_RIGHTS);
	tcase_add_loop_test(tc, endpoints, 0, 4 * (NR_STATES - FREE_SLOT));
	tcase_add_loop_test(tc, own_number, 0, NR_ROLES);
	tcase_add_loop_test(tc, user_slot, 0, NR_ROLES);
	tcase_add_loop_test(tc, third_systask, 0, NR_LIVE_STATES);
	tcase_add_loop_test(tc, third_capable, 0, 2 * NR_LIVE_STATES);
	tcase_add_loop_test(tc, third_denied, 0, 4);
	tcase_add_test(tc, third_is_running);
	tcase_add_test(tc, not_bound);
	tcase_add_test(tc, no_node);
	tcase_add_test(tc, lengths);
	tcase_add_loop_test(tc, bad_addresses, 0, 2 * NR_PLACES);
	tcase_add_loop_test(tc, threads_of_one, 0, 3);
	tcase_add_test(tc, second_thread);
	tc = new_case(suite, "in the middle", set_up);
	tcase_add_loop_test(tc, middle_second, 0, NR_MIDDLES);
	tcase_add_loop_test(tc, middle_completed, 0, NR_MIDDLES);
	tcase_add_loop_test(tc, middle_interrupted, 0, NR_MIDDLES);
	tcase_add_loop_test(tc, middle_restarted, 0, NR_MIDDLES);
	tcase_add_test(tc, middle_timed_out);
	tcase_add_loop_test(tc, middle_killed, 0, NR_MIDDLES);
	tcase_add_loop_test(tc, middle_killed_gate, 0, NR_ROLES);
	tcase_add_loop_test(tc, middle_unbound, 0, NR_MIDDLES);
	tcase_add_loop_test(tc, middle_requester_killed, 0, NR_MIDDLES);
	tcase_add_loop_test(tc, middle_requester_unbound, 0, NR_MIDDLES);
	tcase_add_test(tc, middle_third_unbound);
	tcase_add_loop_test(tc, middle_both_killed, 0, 3);
	tcase_add_loop_test(tc, middle_vm_ended, 0, NR_MIDDLES);
	tc = new_case(suite, "not blocked", set_up);
	tcase_add_loop_test(tc, in_handler, 0, NR_WAITS);
	tcase_add_loop_test(tc, is_stopped, 0, NR_WAITS);
	tcase_add_test(tc, exec_in_handler);
	tc = new_case(suite, "storms", storm_set_up);
	tcase_add_loop_test(tc, storm_killed, 1, 3);
	tcase_add_loop_test(tc, storm_requester, 1, 3);
	tcase_add_test(tc, storm_unbound);
	return run_suite(suite);
}

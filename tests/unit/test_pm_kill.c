// SPDX-License-Identifier: GPL-2.0-or-later
/* pm/kill: whom a signal is for, and who may send it */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "pm/kill.h"
#include "suite.h"

#define ROOT  0
#define ALICE 1000
#define BOB   1001

static struct mprocs t;
static char got[64]; /* the names of those who got the last signal */

/*
 * s	a system process, of root
 * r	root's, leads a group of its session with a, b
 * a	Alice's
 * b	Bob's, in r's group
 * c	Alice's, in a session of its own
 * z	a zombie of Alice's, a's child
 */
static struct mproc *s, *r, *a, *b, *c, *z;

static struct mproc *make(int endpoint, uint32_t uid, struct mproc *like)
{
	struct mproc *p = mproc_new(&t, endpoint, 0);

	ck_assert_ptr_nonnull(p);
	p->uid = uid;
	if (like) {
		mproc_set_session(&t, p, like->session);
		mproc_set_group(&t, p, like->group);
	}
	return p;
}

static void set_up(void)
{
	mproc_init(&t);
	s = make(5, ROOT, NULL);
	r = make(_ENDPOINT(1, 40), ROOT, NULL);
	a = make(_ENDPOINT(1, 41), ALICE, r);
	mproc_set_group(&t, a, a->pid);
	b = make(_ENDPOINT(1, 42), BOB, r);
	c = make(_ENDPOINT(1, 43), ALICE, NULL);
	z = make(_ENDPOINT(1, 44), ALICE, a);
	mproc_leave_slot(&t, z);
	z->state = MPROC_ZOMBIE;
	z->parent = a;
}

static char name_of(const struct mproc *p)
{
	return p == s ? 's' : p == r ? 'r' : p == a ? 'a' : p == b ? 'b' : 'c';
}

void kill_one(const struct mproc *from, struct mproc *p, int signal)
{
	ck_assert_int_ge(signal, 0);
	ck_assert_ptr_nonnull(from);
	ck_assert_int_ne(p->state, MPROC_ZOMBIE);
	got[strlen(got)] = name_of(p);
}

static int send(const struct mproc *from, int pid, int signal)
{
	memset(got, 0, sizeof(got));
	return kill_all(&t, from, pid, signal);
}

#define CHECK(from, pid, signal, rc, to)                             \
	do {                                                         \
		ck_assert_int_eq(send((from), (pid), (signal)), rc); \
		ck_assert_str_eq(got, to);                           \
	} while (0)

START_TEST(signals)
{
	CHECK(a, c->pid, 0, 0, "c");
	CHECK(a, c->pid, KILL_SIGNALS, 0, "c");
	CHECK(a, c->pid, KILL_SIGNALS + 1, -EINVAL, "");
	CHECK(a, c->pid, -1, -EINVAL, "");
	CHECK(a, c->pid, INT_MIN, -EINVAL, "");
	/* Whoever that is */
	CHECK(a, 60, 65, -EINVAL, "");
}
END_TEST

START_TEST(one)
{
	CHECK(a, a->pid, SIGTERM, 0, "a");
	CHECK(a, c->pid, SIGTERM, 0, "c");
	CHECK(a, b->pid, SIGTERM, -EPERM, "");
	CHECK(a, r->pid, SIGTERM, -EPERM, "");
	CHECK(r, b->pid, SIGTERM, 0, "b");
	CHECK(r, s->pid, SIGTERM, 0, "s");
	CHECK(a, z->pid, SIGTERM, 0, "");
	CHECK(b, z->pid, SIGTERM, -EPERM, "");
	CHECK(a, 60, SIGTERM, -ESRCH, "");
	CHECK(a, INT_MAX, SIGTERM, -ESRCH, "");
	CHECK(a, MPROC_PID_NOBODY, SIGTERM, -ESRCH, "");
}
END_TEST

START_TEST(sigcont)
{
	CHECK(a, b->pid, SIGCONT, 0, "b");
	CHECK(c, b->pid, SIGCONT, -EPERM, "");
}
END_TEST

START_TEST(groups)
{
	CHECK(b, 0, SIGTERM, 0, "b");
	CHECK(r, 0, SIGTERM, 0, "rb");
	CHECK(r, -r->group, SIGTERM, 0, "rb");
	CHECK(c, -r->group, SIGTERM, -EPERM, "");
	CHECK(c, -a->group, SIGTERM, 0, "a");
	CHECK(b, -a->group, SIGTERM, -EPERM, "");
	CHECK(b, -b->pid, SIGTERM, -ESRCH, "");
	/* One that it may signal is enough, whoever comes after it. */
	make(_ENDPOINT(1, 45), ALICE, r);
	CHECK(b, -r->group, SIGTERM, 0, "b");
	CHECK(r, INT_MIN, SIGTERM, -ESRCH, "");
}
END_TEST

START_TEST(all)
{
	CHECK(r, -1, SIGTERM, 0, "abc");
	CHECK(a, -1, SIGTERM, 0, "c");
	CHECK(b, -1, SIGTERM, -EPERM, "");
	CHECK(s, -1, SIGTERM, 0, "rabc");
}
END_TEST

/* Nobody's: they have no rights, not over each other either. */
START_TEST(unknown_users)
{
	a->uid = b->uid = PROC_NO_ID;
	ck_assert(!kill_may(a, b, SIGTERM));
	ck_assert(!kill_may(a, c, SIGTERM));
	ck_assert(!kill_may(c, a, SIGTERM));
	ck_assert(kill_may(r, a, SIGTERM));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, unknown_users);
	tcase_add_test(tc, signals);
	tcase_add_test(tc, one);
	tcase_add_test(tc, sigcont);
	tcase_add_test(tc, groups);
	tcase_add_test(tc, all);
}

int main(void)
{
	return suite_run("kill", add);
}

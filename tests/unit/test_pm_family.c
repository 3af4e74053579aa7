// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pm/mproc and pm/family: who is whose child, who waits, and what is left of
 * whom: each rule.  What holds whatever happens: test_pm_histories.c
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "pm/family.h"
#include "suite.h"

#define USER 30 /* the first slot of users */

static struct mprocs t;

/* What was answered last, and how often */
static struct {
	const struct mproc *waiter;
	int rc;
	struct family_found found;
	int nr;
} answered;
static int nr_changes;
/* Groups that were said to be orphaned */
static int orphaned[MPROC_MAX], nr_orphaned;

void family_answer(struct mproc *waiter, int rc,
		   const struct family_found *found)
{
	answered.waiter = waiter;
	answered.rc = rc;
	answered.found = *found;
	answered.nr++;
}

void family_child_changed(struct mproc *parent, const struct mproc *c)
{
	ck_assert_ptr_eq(c->parent, parent);
	nr_changes++;
}

void family_group_orphaned(int group)
{
	orphaned[nr_orphaned++] = group;
}

static void set_up(void)
{
	nr_orphaned = 0;
	mproc_init(&t);
	memset(&answered, 0, sizeof(answered));
	nr_changes = 0;
}

static int user(int n)
{
	return _ENDPOINT(1, USER + n);
}

/* INIT of node 0, and a child and a grandchild of a process */
static struct mproc *init, *parent, *child, *grandchild, *stranger;

static void make_family(void)
{
	init = mproc_new(&t, INIT_PROC_NR, 0);
	parent = mproc_new(&t, user(0), 0);
	parent->uid = 1000;
	child = family_fork(&t, parent, user(1), 0);
	grandchild = family_fork(&t, child, user(2), 0);
	ck_assert_ptr_nonnull(grandchild);
}

/* It has not got the last answer. */
static int wait_again(struct mproc *p, int pid, int options)
{
	struct family_found found;
	int rc = family_wait(&t, p, p->answers - 1, pid, options, &found);

	answered.found = found;
	return rc;
}

static int wait_for(struct mproc *p, int pid, int options)
{
	struct family_found found;
	int rc = family_wait(&t, p, p->answers, pid, options, &found);

	answered.found = found;
	return rc;
}

#define CHECK_FOUND(pid_, end)                                \
	do {                                                  \
		ck_assert_int_eq(answered.found.pid, pid_);   \
		ck_assert_int_eq(answered.found.status, end); \
	} while (0)

/* The table */

START_TEST(endpoints)
{
	static const int bad[] = { NONE,           ANY,     SELF,
				   INT_MAX,        INT_MIN, -NR_TASKS - 1,
				   M3IPC_MAX_SLOTS };
	struct mproc *p = mproc_new(&t, user(0), 0);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_ptr_null(mproc_new(&t, bad[i], 0));
		ck_assert_ptr_null(mproc_find(&t, bad[i]));
	}
	ck_assert_ptr_eq(mproc_find(&t, user(0)), p);
	ck_assert_ptr_eq(mproc_in_slot(&t, USER), p);
	/* Of an earlier process of the slot, and of a later one */
	ck_assert_ptr_null(mproc_find(&t, USER));
	ck_assert_ptr_null(mproc_find(&t, _ENDPOINT(2, USER)));
	ck_assert_ptr_null(mproc_new(&t, _ENDPOINT(2, USER), 0));
	ck_assert_ptr_nonnull(mproc_new(&t, -NR_TASKS, 0));
	ck_assert_ptr_nonnull(mproc_new(&t, M3IPC_MAX_SLOTS - 1, 0));
	ck_assert_int_eq(t.nr, 3);
	ck_assert_ptr_null(mproc_in_slot(&t, -NR_TASKS - 1));
	ck_assert_ptr_null(mproc_in_slot(&t, M3IPC_MAX_SLOTS));
}
END_TEST

/* Users fill it, and root has room still. */
START_TEST(room)
{
	int i;

	for (i = 0; mproc_has_room(&t, 1000); i++)
		mproc_new(&t, user(i), 0);
	ck_assert_int_eq(i, MPROC_MAX - MPROC_FOR_ROOT);
	ck_assert(!mproc_has_room(&t, PROC_NO_ID));
	for (; mproc_has_room(&t, 0); i++)
		ck_assert_ptr_nonnull(mproc_new(&t, user(i), 0));
	ck_assert_int_eq(i, MPROC_MAX);
}
END_TEST

/* No process gets one of these numbers. */
static void check_kept(int one, int other)
{
	for (int i = 0; i < 2 * MPROC_PIDS; i++) {
		struct mproc *p = mproc_new(&t, user(5), 0);

		ck_assert_int_ne(p->pid, one);
		ck_assert_int_ne(p->pid, other);
		family_exit(&t, p, 0);
	}
}

START_TEST(pids)
{
	struct mproc *p = mproc_new(&t, user(0), 0), *c, *d;
	int first = p->pid;

	ck_assert_int_gt(first, MPROC_PID_NOBODY);
	ck_assert_ptr_null(mproc_by_pid(&t, 0));
	ck_assert_ptr_null(mproc_by_pid(&t, -1));
	ck_assert_ptr_null(mproc_by_pid(&t, MPROC_PIDS));
	ck_assert_ptr_eq(mproc_by_pid(&t, first), p);
	/* A session and a group keep theirs, when their leaders are gone. */
	c = family_fork(&t, p, user(1), 0);
	d = family_fork(&t, p, user(2), 0);
	ck_assert_int_eq(family_setpgid(&t, c, 0, 0), 0);
	ck_assert_int_eq(family_setpgid(&t, d, 0, c->pid), 0);
	family_exit(&t, c, 0);
	ck_assert_int_eq(wait_for(p, -1, 0), 0);
	family_exit(&t, p, 0);
	ck_assert_int_eq(t.nr, 1);
	ck_assert_int_eq(d->session, first);
	check_kept(d->session, d->group);
	ck_assert_int_eq(t.nr, 1);
}
END_TEST

START_TEST(full)
{
	int n = 0;

	while (mproc_new(&t, user(n), 0))
		n++;
	ck_assert_int_eq(n, MPROC_MAX);
	ck_assert_ptr_null(family_fork(&t, &t.proc[0], user(n), 0));
	family_exit(&t, &t.proc[5], 0);
	ck_assert_ptr_nonnull(family_fork(&t, &t.proc[0], user(n), 0));
}
END_TEST

/* Waits */

START_TEST(no_child)
{
	make_family();
	ck_assert_int_eq(wait_for(grandchild, -1, 0), -ECHILD);
	ck_assert_int_eq(wait_for(parent, grandchild->pid, 0), -ECHILD);
	ck_assert_int_eq(wait_for(parent, parent->pid, 0), -ECHILD);
	ck_assert_int_eq(wait_for(parent, -child->pid, 0), -ECHILD);
	ck_assert_int_eq(wait_for(parent, INT_MIN, 0), -ECHILD);
	ck_assert_int_eq(wait_for(parent, INT_MAX, 0), -ECHILD);
	ck_assert_int_eq(wait_for(parent, -1, 4), -EINVAL);
	ck_assert_int_eq(wait_for(parent, -1, FAMILY_NOHANG), 0);
	CHECK_FOUND(0, 0);
}
END_TEST

/* What did not arrive is there for the next wait; of a stop, too. */
START_TEST(not_arrived)
{
	int pid;

	make_family();
	pid = child->pid;
	ck_assert_int_eq(wait_for(parent, -1, FAMILY_UNTRACED), FAMILY_LATER);
	family_stop(&t, child, SIGSTOP);
	CHECK_FOUND(pid, SIGSTOP << 8 | 0x7f);
	ck_assert_int_eq(wait_again(parent, -1, FAMILY_UNTRACED), 0);
	CHECK_FOUND(pid, SIGSTOP << 8 | 0x7f);
	ck_assert_int_eq(wait_for(parent, -1, FAMILY_UNTRACED), FAMILY_LATER);
	family_exit(&t, child, 0x300);
	CHECK_FOUND(pid, 0x300);
	ck_assert_ptr_null(mproc_by_pid(&t, pid));
	ck_assert_int_eq(wait_again(parent, pid, 0), 0);
	CHECK_FOUND(pid, 0x300);
	ck_assert_uint_eq(answered.found.answers, 2);
	ck_assert_int_eq(wait_again(parent, pid, 0), 0);
	ck_assert_uint_eq(answered.found.answers, 2);
	ck_assert_int_eq(wait_for(parent, pid, 0), -ECHILD);
	ck_assert_int_eq(wait_again(parent, pid, 0), -ECHILD);
	ck_assert_int_eq(t.nr, 3);
}
END_TEST

/* Whoever has been told of it: with its parent it is gone. */
START_TEST(taken_and_left)
{
	make_family();
	family_exit(&t, grandchild, 0x100);
	ck_assert_int_eq(wait_for(child, -1, 0), 0);
	ck_assert_int_eq(grandchild->state, MPROC_TAKEN);
	family_exit(&t, child, 0);
	ck_assert_int_eq(t.nr, 3);
	ck_assert_int_eq(wait_for(init, -1, 0), -ECHILD);
}
END_TEST

/* Another program has got no answer, and that is no reason to say it again. */
START_TEST(exec_between)
{
	struct family_found found;

	make_family();
	family_exit(&t, child, 0x100);
	ck_assert_int_eq(wait_for(parent, -1, 0), 0);
	family_exec(&t, parent);
	ck_assert(parent->has_execed);
	ck_assert_int_eq(family_wait(&t, parent, 0, -1, 0, &found), -ECHILD);
	ck_assert_int_eq(t.nr, 3);
}
END_TEST

/* Its slot has its next process before it is known how it has ended. */
START_TEST(slot_before_end)
{
	struct mproc *next;

	make_family();
	ck_assert_ptr_null(mproc_without_slot(&t, user(1)));
	mproc_lose_slot(&t, child);
	next = family_fork(&t, parent, _ENDPOINT(2, USER + 1), 0);
	ck_assert_ptr_nonnull(next);
	ck_assert_ptr_null(mproc_find(&t, user(1)));
	ck_assert_ptr_eq(mproc_without_slot(&t, user(1)), child);
	family_exit(&t, child, 0x300);
	ck_assert_ptr_null(mproc_without_slot(&t, user(1)));
	ck_assert_int_eq(t.nr_lost, 0);
	ck_assert_ptr_eq(mproc_find(&t, _ENDPOINT(2, USER + 1)), next);
	ck_assert_int_eq(wait_for(parent, -1, 0), 0);
	ck_assert_int_eq(answered.found.status, 0x300);
}
END_TEST

START_TEST(exit_then_wait)
{
	int pid;

	make_family();
	pid = child->pid;
	family_exit(&t, child, 0x300);
	ck_assert_int_eq(nr_changes, 1);
	ck_assert_int_eq(child->state, MPROC_ZOMBIE);
	family_exit(&t, child, 0x400);
	ck_assert_int_eq(nr_changes, 1);
	ck_assert_ptr_null(mproc_find(&t, user(1)));
	ck_assert_ptr_eq(mproc_by_pid(&t, pid), child);
	ck_assert_ptr_eq(grandchild->parent, init);
	ck_assert_int_eq(wait_for(parent, pid, 0), 0);
	CHECK_FOUND(pid, 0x300);
	ck_assert_ptr_null(mproc_by_pid(&t, pid));
	ck_assert_int_eq(wait_for(parent, pid, 0), -ECHILD);
	ck_assert_int_eq(t.nr, 3);
}
END_TEST

START_TEST(wait_then_exit)
{
	int pid;

	make_family();
	pid = child->pid;
	ck_assert_int_eq(wait_for(parent, -1, 0), FAMILY_LATER);
	family_exit(&t, child, SIGSEGV);
	ck_assert_ptr_eq(answered.waiter, parent);
	ck_assert_int_eq(answered.rc, 0);
	CHECK_FOUND(pid, SIGSEGV);
	ck_assert_int_eq(answered.nr, 1);
	ck_assert(!parent->wait.lasts);
	/* It is gone when the answer has arrived. */
	ck_assert_int_eq(t.nr, 4);
	ck_assert_int_eq(wait_for(parent, -1, 0), -ECHILD);
	ck_assert_int_eq(t.nr, 3);
}
END_TEST

/* The slot of a zombie has another process. */
START_TEST(slot_of_a_zombie)
{
	struct mproc *p;

	make_family();
	family_exit(&t, child, 1);
	p = family_fork(&t, parent, _ENDPOINT(2, USER + 1), 0);
	ck_assert_ptr_eq(mproc_in_slot(&t, USER + 1), p);
	ck_assert_int_eq(wait_for(parent, child->pid, 0), 0);
	ck_assert_ptr_eq(mproc_in_slot(&t, USER + 1), p);
}
END_TEST

START_TEST(oldest_first)
{
	struct mproc *second;
	int first, next;

	make_family();
	second = family_fork(&t, parent, user(3), 0);
	first = child->pid;
	next = second->pid;
	family_exit(&t, second, 2);
	family_exit(&t, child, 1);
	ck_assert_int_eq(wait_for(parent, -1, 0), 0);
	CHECK_FOUND(first, 1);
	ck_assert_int_eq(wait_for(parent, -1, 0), 0);
	CHECK_FOUND(next, 2);
}
END_TEST

START_TEST(one_of_two)
{
	struct mproc *second;

	make_family();
	second = family_fork(&t, parent, user(3), 0);
	ck_assert_int_eq(wait_for(parent, second->pid, 0), FAMILY_LATER);
	family_exit(&t, child, 1);
	ck_assert_int_eq(answered.nr, 0);
	family_exit(&t, second, 2);
	ck_assert_int_eq(answered.nr, 1);
	ck_assert_int_eq(answered.found.status, 2);
	ck_assert_int_eq(wait_for(parent, -1, FAMILY_NOHANG), 0);
	ck_assert_int_eq(answered.found.status, 1);
}
END_TEST

START_TEST(groups_waited_for)
{
	struct mproc *second;

	make_family();
	second = family_fork(&t, parent, user(3), 0);
	ck_assert_int_eq(family_setpgid(&t, second, 0, 0), 0);
	family_exit(&t, second, 2);
	ck_assert_int_eq(wait_for(parent, 0, FAMILY_NOHANG), 0);
	CHECK_FOUND(0, 0);
	ck_assert_int_eq(wait_for(parent, -second->pid, 0), 0);
	ck_assert_int_eq(answered.found.status, 2);
	/* The last one that it is for joins another group. */
	ck_assert_int_eq(wait_for(parent, 0, 0), FAMILY_LATER);
	ck_assert_int_eq(family_setpgid(&t, parent, child->pid, 0), 0);
	ck_assert_int_eq(answered.nr, 1);
	ck_assert_int_eq(answered.rc, -ECHILD);
	/* And its own */
	ck_assert_int_eq(wait_for(child, 0, FAMILY_NOHANG), -ECHILD);
	ck_assert_int_eq(wait_for(child, -1, FAMILY_NOHANG), 0);
}
END_TEST

START_TEST(stops)
{
	make_family();
	ck_assert_int_eq(wait_for(parent, -1, 0), FAMILY_LATER);
	family_stop(&t, child, SIGTSTP);
	ck_assert_int_eq(answered.nr, 0);
	ck_assert_int_eq(nr_changes, 1);
	ck_assert_int_eq(wait_for(parent, -1, FAMILY_UNTRACED), 0);
	ck_assert_int_eq(answered.found.pid, child->pid);
	ck_assert(WIFSTOPPED(answered.found.status));
	ck_assert_int_eq(WSTOPSIG(answered.found.status), SIGTSTP);
	/* Once */
	family_stop(&t, child, SIGSTOP);
	ck_assert_int_eq(wait_for(parent, -1, FAMILY_UNTRACED), FAMILY_LATER);
	family_continue(&t, child);
	family_stop(&t, child, SIGSTOP);
	ck_assert_int_eq(answered.nr, 1);
	ck_assert_int_eq(WSTOPSIG(answered.found.status), SIGSTOP);
	family_exit(&t, child, SIGKILL);
	family_continue(&t, child);
	family_stop(&t, child, SIGSTOP);
	ck_assert_int_eq(wait_for(parent, -1, FAMILY_UNTRACED), 0);
	ck_assert_int_eq(answered.found.status, SIGKILL);
}
END_TEST

START_TEST(gives_up)
{
	make_family();
	ck_assert_int_eq(wait_for(parent, -1, 0), FAMILY_LATER);
	family_give_up(parent);
	family_exit(&t, child, 1);
	ck_assert_int_eq(answered.nr, 0);
	ck_assert_int_eq(child->state, MPROC_ZOMBIE);
	/* Another question takes the place of the one before. */
	ck_assert_int_eq(wait_for(init, grandchild->pid, 0), FAMILY_LATER);
	ck_assert_int_eq(wait_for(init, parent->pid, 0), -ECHILD);
	family_exit(&t, grandchild, 1);
	ck_assert_int_eq(answered.nr, 0);
}
END_TEST

static void make_stranger(void)
{
	make_family();
	stranger = mproc_new(&t, user(3), 0);
	stranger->wished = parent->endpoint;
}

START_TEST(adopts)
{
	make_stranger();
	ck_assert_int_eq(family_adopt(&t, child, stranger), -EPERM);
	ck_assert_int_eq(family_adopt(&t, parent, parent), -EPERM);
	ck_assert_int_eq(family_adopt(&t, parent, stranger), 0);
	ck_assert_ptr_eq(stranger->parent, parent);
	ck_assert_int_eq(stranger->group, parent->group);
	ck_assert_int_eq(stranger->session, parent->session);
	ck_assert_int_eq(family_adopt(&t, parent, stranger), 0);
	ck_assert_int_eq(wait_for(parent, stranger->pid, 0), FAMILY_LATER);
	family_exit(&t, stranger, 3 << 8);
	ck_assert_int_eq(answered.nr, 1);
}
END_TEST

/* Who has somebody, or has ended, stays as it is. */
START_TEST(adopts_not)
{
	struct mproc *other;

	make_stranger();
	other = mproc_new(&t, user(4), 0);
	mproc_set_session(&t, other, stranger->session);
	ck_assert_int_eq(family_adopt(&t, parent, stranger), -EPERM);
	mproc_set_session(&t, other, other->pid);
	other = family_fork(&t, stranger, user(5), 0);
	ck_assert_int_eq(family_setsid(&t, other), 0);
	ck_assert_int_eq(family_adopt(&t, parent, stranger), -EPERM);
	family_exit(&t, stranger, 0);
	ck_assert_int_eq(family_adopt(&t, parent, stranger), -EPERM);
	ck_assert_ptr_eq(parent->youngest, child);
}
END_TEST

/* Orphans */

START_TEST(orphans)
{
	make_family();
	family_exit(&t, grandchild, 9);
	ck_assert_int_eq(wait_for(init, -1, 0), -ECHILD);
	family_exit(&t, parent, 0);
	ck_assert_ptr_null(mproc_find(&t, user(0)));
	ck_assert_ptr_eq(child->parent, init);
	ck_assert_int_eq(wait_for(init, grandchild->pid, 0), -ECHILD);
	ck_assert_int_eq(wait_for(init, child->pid, 0), FAMILY_LATER);
	family_exit(&t, child, 3);
	ck_assert_int_eq(answered.nr, 1);
	ck_assert_int_eq(answered.found.status, 3);
	ck_assert_int_eq(wait_for(init, -1, 0), 0);
	ck_assert_int_eq(answered.found.status, 9);
	ck_assert_int_eq(wait_for(init, -1, 0), -ECHILD);
	ck_assert_int_eq(t.nr, 1);
}
END_TEST

START_TEST(orphans_of_nobody)
{
	struct mproc *p = mproc_new(&t, user(0), 1);
	struct mproc *c = family_fork(&t, p, user(1), 1);
	struct mproc *d = family_fork(&t, p, user(2), 1);

	/* Of another node, a user in that slot, and one with a parent */
	ck_assert_ptr_nonnull(mproc_new(&t, INIT_PROC_NR, 0));
	ck_assert_ptr_nonnull(mproc_new(&t, _ENDPOINT(1, INIT_PROC_NR + 1), 1));
	family_exit(&t, c, 1);
	ck_assert_int_eq(family_parent_pid(d), p->pid);
	family_exit(&t, p, 1);
	ck_assert_ptr_null(d->parent);
	ck_assert_int_eq(family_parent_pid(d), MPROC_PID_NOBODY);
	family_exit(&t, d, 1);
	ck_assert_int_eq(t.nr, 2);
}
END_TEST

/* INIT goes, and its children are nobody's; it was not its own. */
START_TEST(init_ends)
{
	make_family();
	family_exit(&t, child, 0);
	ck_assert_ptr_eq(grandchild->parent, init);
	family_exit(&t, init, 0);
	ck_assert_ptr_null(grandchild->parent);
	child = family_fork(&t, parent, user(1), 0);
	init = family_fork(&t, parent, INIT_PROC_NR, 0);
	ck_assert_ptr_nonnull(init);
	family_exit(&t, parent, 0);
	ck_assert_ptr_null(child->parent);
	ck_assert_ptr_null(init->parent);
}
END_TEST

/* A shell, a job of two that is stopped, and a job that is not */
START_TEST(jobs_of_a_shell)
{
	struct mproc *job, *second, *other;
	int group;

	parent = mproc_new(&t, user(0), 0);
	job = family_fork(&t, parent, user(1), 0);
	second = family_fork(&t, parent, user(2), 0);
	other = family_fork(&t, parent, user(3), 0);
	group = job->pid;
	ck_assert_int_eq(family_setpgid(&t, job, 0, 0), 0);
	ck_assert_int_eq(family_setpgid(&t, second, 0, group), 0);
	ck_assert_int_eq(family_setpgid(&t, other, 0, 0), 0);
	family_stop(&t, second, SIGTSTP);
	family_exit(&t, job, 0);
	ck_assert_int_eq(nr_orphaned, 0);
	family_exit(&t, parent, SIGHUP);
	ck_assert_int_eq(nr_orphaned, 1);
	ck_assert_int_eq(orphaned[0], group);
	family_continue(&t, second);
	family_exit(&t, second, SIGHUP);
	family_exit(&t, other, 0);
	ck_assert_int_eq(nr_orphaned, 1);
	ck_assert_int_eq(t.nr_stopped, 0);
}
END_TEST

/* The one by whom its group was reached ends, and leaves one that is stopped */
START_TEST(job_without_its_leader)
{
	make_family();
	ck_assert_int_eq(family_setpgid(&t, child, 0, 0), 0);
	ck_assert_int_eq(family_setpgid(&t, grandchild, 0, child->pid), 0);
	family_stop(&t, grandchild, SIGSTOP);
	family_exit(&t, child, 0);
	ck_assert_int_eq(nr_orphaned, 1);
	ck_assert_int_eq(orphaned[0], grandchild->group);
}
END_TEST

START_TEST(children_ignored)
{
	struct mproc *second;

	make_family();
	second = family_fork(&t, parent, user(3), 0);
	family_exit(&t, child, 1);
	ck_assert_int_eq(wait_for(parent, second->pid, 0), FAMILY_LATER);
	family_ignore_children(&t, parent, true);
	ck_assert_int_eq(t.nr, 4);
	ck_assert_int_eq(answered.nr, 0);
	family_exit(&t, second, 1);
	ck_assert_int_eq(answered.nr, 1);
	ck_assert_int_eq(answered.rc, -ECHILD);
	ck_assert_int_eq(t.nr, 3);
	/* It is inherited, and can be taken back. */
	second = family_fork(&t, parent, user(3), 0);
	ck_assert(second->no_zombies);
	family_ignore_children(&t, parent, false);
	family_exit(&t, second, 1);
	ck_assert_int_eq(second->state, MPROC_ZOMBIE);
}
END_TEST

/* Groups and sessions */

START_TEST(setpgid_refuses)
{
	make_family();
	stranger = mproc_new(&t, user(5), 0);
	ck_assert_int_eq(family_setpgid(&t, child, 0, -1), -EINVAL);
	ck_assert_int_eq(family_setpgid(&t, child, -5, 0), -ESRCH);
	ck_assert_int_eq(family_setpgid(&t, child, parent->pid, 0), -ESRCH);
	ck_assert_int_eq(family_setpgid(&t, parent, grandchild->pid, 0),
			 -ESRCH);
	ck_assert_int_eq(family_setpgid(&t, parent, 0, 0), -EPERM);
	ck_assert_int_eq(family_setpgid(&t, child, 0, stranger->pid), -EPERM);
	ck_assert_int_eq(family_setpgid(&t, child, 0, grandchild->pid), -EPERM);
	ck_assert_int_eq(family_setpgid(&t, child, 0, INT_MAX), -EPERM);
	child->has_execed = true;
	ck_assert_int_eq(family_setpgid(&t, parent, child->pid, 0), -EACCES);
	ck_assert_int_eq(family_setpgid(&t, child, 0, 0), 0);
	ck_assert_int_eq(family_setsid(&t, grandchild), 0);
	ck_assert_int_eq(family_setpgid(&t, child, grandchild->pid, 0), -EPERM);
	family_exit(&t, child, 0);
	ck_assert_int_eq(family_setpgid(&t, parent, child->pid, 0), -ESRCH);
}
END_TEST

START_TEST(setpgid)
{
	int pid;

	make_family();
	pid = child->pid;
	ck_assert_int_eq(child->group, parent->pid);
	ck_assert_int_eq(child->session, parent->pid);
	ck_assert_int_eq(child->uid, 1000);
	ck_assert_int_eq(family_setpgid(&t, parent, child->pid, child->pid), 0);
	ck_assert_int_eq(child->group, child->pid);
	ck_assert_int_eq(family_setpgid(&t, grandchild, 0, child->pid), 0);
	ck_assert_int_eq(grandchild->group, child->pid);
	/* Its group is there as long as a member is. */
	family_exit(&t, child, 0);
	wait_for(parent, -1, 0);
	wait_for(parent, -1, 0);
	ck_assert_int_eq(mproc_group_session(&t, grandchild->group),
			 parent->pid);
	ck_assert_int_eq(family_setpgid(&t, grandchild, 0, parent->pid), 0);
	ck_assert_int_eq(mproc_group_session(&t, pid), 0);
}
END_TEST

START_TEST(setsid_)
{
	make_family();
	ck_assert_int_eq(family_setsid(&t, parent), -EPERM);
	ck_assert_int_eq(family_setpgid(&t, child, 0, 0), 0);
	ck_assert_int_eq(family_setpgid(&t, grandchild, 0, child->pid), 0);
	ck_assert_int_eq(family_setpgid(&t, child, 0, parent->pid), 0);
	/* It leads no group any more, but there is one with its number. */
	ck_assert_int_eq(family_setsid(&t, child), -EPERM);
	ck_assert_int_eq(family_setsid(&t, grandchild), 0);
	ck_assert_int_eq(grandchild->session, grandchild->pid);
	ck_assert_int_eq(grandchild->group, grandchild->pid);
	ck_assert_int_eq(family_setsid(&t, child), 0);
	/* Children that it had before are of another session. */
	grandchild = family_fork(&t, parent, user(3), 0);
	child = family_fork(&t, grandchild, user(4), 0);
	ck_assert_int_eq(family_setsid(&t, grandchild), 0);
	ck_assert_int_eq(family_setpgid(&t, grandchild, child->pid, 0), -EPERM);
}
END_TEST

/* One after the other, zombies too; but who has been waited for is gone. */
START_TEST(by_pids)
{
	struct family_found found;

	make_family();
	ck_assert_ptr_eq(mproc_from_pid(&t, INT_MIN), init);
	ck_assert_ptr_eq(mproc_from_pid(&t, init->pid + 1), parent);
	ck_assert_ptr_eq(mproc_from_pid(&t, child->pid), child);
	family_exit(&t, grandchild, 0);
	ck_assert_ptr_eq(mproc_from_pid(&t, child->pid + 1), grandchild);
	ck_assert_int_eq(family_wait(&t, child, 0, -1, 0, &found), 0);
	ck_assert_ptr_null(mproc_from_pid(&t, child->pid + 1));
	ck_assert_ptr_null(mproc_from_pid(&t, MPROC_PIDS));
	ck_assert_ptr_null(mproc_from_pid(&t, INT_MAX));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, endpoints);
	tcase_add_test(tc, room);
	tcase_add_test(tc, pids);
	tcase_add_test(tc, full);
	tcase_add_test(tc, no_child);
	tcase_add_test(tc, exit_then_wait);
	tcase_add_test(tc, slot_before_end);
	tcase_add_test(tc, not_arrived);
	tcase_add_test(tc, taken_and_left);
	tcase_add_test(tc, exec_between);
	tcase_add_test(tc, wait_then_exit);
	tcase_add_test(tc, slot_of_a_zombie);
	tcase_add_test(tc, oldest_first);
	tcase_add_test(tc, one_of_two);
	tcase_add_test(tc, groups_waited_for);
	tcase_add_test(tc, stops);
	tcase_add_test(tc, gives_up);
	tcase_add_test(tc, adopts);
	tcase_add_test(tc, adopts_not);
	tcase_add_test(tc, orphans);
	tcase_add_test(tc, orphans_of_nobody);
	tcase_add_test(tc, init_ends);
	tcase_add_test(tc, jobs_of_a_shell);
	tcase_add_test(tc, job_without_its_leader);
	tcase_add_test(tc, children_ignored);
	tcase_add_test(tc, setpgid_refuses);
	tcase_add_test(tc, setpgid);
	tcase_add_test(tc, setsid_);
	tcase_add_test(tc, by_pids);
}

int main(void)
{
	return suite_run("family", add);
}

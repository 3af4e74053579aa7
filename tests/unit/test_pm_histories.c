// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pm/mproc and pm/family: histories by seed of forks, ends, waits, stops,
 * groups and sessions.  After each step all has to hold that always does, and
 * nothing is left when all have ended.  A failure names the seed.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "pm/family.h"
#include "sim/lib/dice.h"
#include "suite.h"

#define HISTORIES 2000
#define STEPS     300
#define NODES     2
#define USER      30 /* the first slot of users */

static struct mprocs t;

/* Groups that were said to be orphaned */
static int orphaned[MPROC_MAX], nr_orphaned;

/*
 * Beside the table: of each pid whether its process has ended and how, and
 * whether a wait of it lasts.
 */
static struct life {
	bool lives;
	bool waits;
	int status; /* as it ended */
	int parent; /* its pid, when it ended or its parent did */
} life[MPROC_PIDS];

static int seed, step_nr;

/* An assertion of libcheck writes into a pipe, and these are very many. */
#define HOLDS(expression)                                                  \
	do {                                                               \
		if (!(expression))                                         \
			ck_abort_msg("seed %d, step %d: not so: %s", seed, \
				     step_nr, #expression);                \
	} while (0)

static struct dice dice;
static int generation;

static void check_found(const struct mproc *waiter,
			const struct family_found *found)
{
	const struct life *l = &life[found->pid];

	if (WIFSTOPPED(found->status)) {
		HOLDS(l->lives);
		return;
	}
	HOLDS(!l->lives);
	HOLDS(l->status == found->status);
	HOLDS(l->parent == waiter->pid);
	/* Not a second time */
	life[found->pid].status = -1;
}

void family_answer(struct mproc *waiter, int rc,
		   const struct family_found *found)
{
	HOLDS(life[waiter->pid].waits);
	life[waiter->pid].waits = false;
	HOLDS(rc == 0 || rc == -ECHILD);
	if (!rc)
		check_found(waiter, found);
}

void family_child_changed(struct mproc *parent, const struct mproc *c)
{
	HOLDS(life[parent->pid].lives && c->parent == parent);
}

void family_group_orphaned(int group)
{
	orphaned[nr_orphaned++] = group;
}

static bool has_ended(const struct mproc *p)
{
	return p->state == MPROC_ZOMBIE || p->state == MPROC_TAKEN;
}

/* A process that has not ended; NULL: there is none */
static struct mproc *any_living(void)
{
	int n = (int)dice_throw(&dice, MPROC_MAX);

	for (int i = 0; i < MPROC_MAX; i++) {
		struct mproc *p = &t.proc[(n + i) % MPROC_MAX];

		if (p->state == MPROC_LIVE || p->state == MPROC_STOPPED)
			return p;
	}
	return NULL;
}

/* Of a process, a group, or of nothing */
static int any_pid(const struct mproc *p)
{
	switch (dice_throw(&dice, 8)) {
	case 0:
		return 0;
	case 1:
		return -p->group;
	case 2:
		return (int)dice_throw(&dice, MPROC_PIDS);
	case 3:
		return -(int)dice_throw(&dice, MPROC_PIDS);
	case 4:
		return p->oldest ? p->oldest->pid : INT_MIN;
	case 5:
		return p->youngest ? -p->youngest->group : INT_MAX;
	default:
		return -1;
	}
}

static void step_new(struct mproc *p)
{
	int slot = USER + (int)dice_throw(&dice, MPROC_MAX / 2);
	int node = (int)dice_throw(&dice, NODES);
	struct mproc *c;

	if (dice_hit(&dice, 5))
		c = mproc_new(&t, INIT_PROC_NR + node, node);
	else if (dice_hit(&dice, 10) || !p)
		c = mproc_new(&t, _ENDPOINT(++generation, slot), node);
	else
		c = family_fork(&t, p, _ENDPOINT(++generation, slot), node);
	if (!c)
		return;
	HOLDS(!life[c->pid].lives);
	life[c->pid] = (struct life){ .lives = true, .status = -1 };
}

/* Those who will be whose: what family_exit() is about to do */
static void expect_exit(const struct mproc *p, int status)
{
	life[p->pid].lives = false;
	life[p->pid].waits = false;
	life[p->pid].status = status;
	life[p->pid].parent = p->parent ? p->parent->pid : 0;
	for (const struct mproc *c = p->oldest; c; c = c->younger) {
		const struct mproc *init_of =
			mproc_in_slot(&t, INIT_PROC_NR + c->node);

		life[c->pid].parent = init_of && init_of != p ? init_of->pid :
								0;
	}
}

/* Of each number that is a group: has it nobody who would continue it? */
static void find_orphaned(bool is[MPROC_PIDS], bool stopped[MPROC_PIDS])
{
	memset(is, 1, MPROC_PIDS);
	memset(stopped, 0, MPROC_PIDS);
	for (int i = 0; i < MPROC_MAX; i++) {
		const struct mproc *p = &t.proc[i], *up = p->parent;

		if (p->state == MPROC_FREE || has_ended(p))
			continue;
		stopped[p->group] |= p->state == MPROC_STOPPED;
		if (up && up->session == p->session && up->group != p->group)
			is[p->group] = false;
	}
}

static void step_exit(struct mproc *p)
{
	const int status = (int)dice_throw(&dice, 256) << 8;
	bool before[MPROC_PIDS], after[MPROC_PIDS], stopped[MPROC_PIDS];
	int n = 0;

	expect_exit(p, status);
	find_orphaned(before, stopped);
	nr_orphaned = 0;
	family_exit(&t, p, status);
	find_orphaned(after, stopped);
	for (int group = 0; group < MPROC_PIDS; group++)
		n += !before[group] && after[group] && stopped[group];
	HOLDS(n == nr_orphaned);
	for (int i = 0; i < n; i++)
		HOLDS(!before[orphaned[i]] && after[orphaned[i]] &&
		      stopped[orphaned[i]]);
}

static void step_wait(struct mproc *p)
{
	/* An answer is lost now and then: it is to be said again. */
	const bool lost = p->answers && dice_hit(&dice, 30);
	struct family_found found;
	int rc;

	if (lost && p->told_of)
		life[p->told_of->pid].status = p->told_of->status;
	life[p->pid].waits = false;
	rc = family_wait(&t, p, p->answers - lost, any_pid(p),
			 (int)dice_throw(&dice, 4), &found);
	HOLDS(rc == 0 || rc == -ECHILD || rc == FAMILY_LATER);
	life[p->pid].waits = rc == FAMILY_LATER;
	if (!rc && found.pid)
		check_found(p, &found);
}

static void step(struct mproc *p)
{
	switch (p ? dice_throw(&dice, 20) : 0) {
	case 0 ... 5:
		step_new(p);
		break;
	case 6 ... 8:
		step_exit(p);
		break;
	case 9 ... 12:
		step_wait(p);
		break;
	case 13:
		family_stop(&t, p, SIGSTOP);
		break;
	case 14:
		family_continue(&t, p);
		break;
	case 15:
		life[p->pid].waits = false;
		family_give_up(p);
		break;
	case 16:
		family_ignore_children(&t, p, dice_hit(&dice, 30));
		break;
	case 17:
		family_setsid(&t, p);
		break;
	default:
		family_setpgid(&t, p, any_pid(p), any_pid(p));
	}
}

/* What has to hold, always */

static void check_children(const struct mproc *p)
{
	const struct mproc *before = NULL;
	int n = 0;

	for (const struct mproc *c = p->oldest; c; c = c->younger) {
		HOLDS(c->parent == p);
		HOLDS(c->older == before);
		HOLDS(++n <= MPROC_MAX);
		before = c;
	}
	HOLDS(p->youngest == before);
}

static void check_parent(const struct mproc *p)
{
	const struct mproc *c = p->parent ? p->parent->oldest : NULL;
	int n = 0;

	while (c && c != p)
		c = c->younger;
	HOLDS(!p->parent || c == p);
	for (const struct mproc *up = p; up; up = up->parent)
		HOLDS(++n <= MPROC_MAX);
	if (p->parent)
		HOLDS(p->parent->state == MPROC_LIVE ||
		      p->parent->state == MPROC_STOPPED);
	if (has_ended(p))
		HOLDS(p->parent && !p->parent->no_zombies);
	if (p->state == MPROC_TAKEN)
		HOLDS(p->parent->told_of == p);
	if (p->told_of)
		HOLDS(p->told_of->parent == p);
}

static bool is_for(const struct mproc *p, const struct mproc *c)
{
	const int pid = p->wait.pid;

	return pid == -1 || (pid > 0 && c->pid == pid) ||
	       (!pid && c->group == p->group) ||
	       (pid < -1 && pid > -MPROC_PIDS && c->group == -pid);
}

static void check_wait(const struct mproc *p)
{
	int n = 0;

	HOLDS(p->wait.lasts == life[p->pid].waits);
	if (!p->wait.lasts)
		return;
	HOLDS(!(p->wait.options & FAMILY_NOHANG));
	for (const struct mproc *c = p->oldest; c; c = c->younger) {
		if (c->state == MPROC_TAKEN || !is_for(p, c))
			continue;
		n++;
		HOLDS(c->state != MPROC_ZOMBIE);
		HOLDS(c->state != MPROC_STOPPED || c->told ||
		      !(p->wait.options & FAMILY_UNTRACED));
	}
	HOLDS(n > 0);
}

static void check_numbers(const struct mproc *p)
{
	int nr_group = 0, nr_session = 0;

	HOLDS(mproc_by_pid(&t, p->pid) == (p->state == MPROC_TAKEN ? NULL : p));
	HOLDS(mproc_find(&t, p->endpoint) == (has_ended(p) ? NULL : p));
	HOLDS(life[p->pid].lives == !has_ended(p));
	for (int i = 0; i < MPROC_MAX; i++) {
		const struct mproc *q = &t.proc[i];

		if (q->state == MPROC_FREE)
			continue;
		nr_group += q->group == p->group;
		nr_session += q->session == p->session;
		if (q->group == p->group)
			HOLDS(q->session == p->session);
	}
	HOLDS(t.pid[p->group].nr_group == nr_group);
	HOLDS(t.pid[p->session].nr_session == nr_session);
	HOLDS(mproc_group_session(&t, p->group) == p->session);
}

static void check_all(void)
{
	int nr = 0, nr_free = 0, nr_lives = 0, nr_processes = 0;
	int nr_stopped = 0;

	for (int i = 0; i < MPROC_MAX; i++) {
		const struct mproc *p = &t.proc[i];

		if (p->state == MPROC_FREE)
			continue;
		nr++;
		nr_lives += !has_ended(p);
		nr_stopped += p->state == MPROC_STOPPED;
		check_children(p);
		check_parent(p);
		check_wait(p);
		check_numbers(p);
	}
	for (const struct mproc *p = t.free; p; p = p->younger)
		nr_free++;
	for (int pid = 0; pid < MPROC_PIDS; pid++)
		nr_processes += life[pid].lives;
	HOLDS(nr == t.nr && nr_stopped == t.nr_stopped);
	HOLDS(nr + nr_free == MPROC_MAX);
	HOLDS(nr_lives == nr_processes);
}

/* Nothing is left when all have ended. */
static void end_all(void)
{
	struct mproc *p;

	while ((p = any_living())) {
		step_exit(p);
		check_all();
	}
	HOLDS(t.nr == 0);
	for (int pid = 0; pid < MPROC_PIDS; pid++)
		HOLDS(!t.pid[pid].proc && !t.pid[pid].nr_group &&
		      !t.pid[pid].nr_session);
}

START_TEST(histories)
{
	for (seed = 1; seed <= HISTORIES; seed++) {
		mproc_init(&t);
		memset(life, 0, sizeof(life));
		dice.state = (uint64_t)seed;
		generation = 0;
		for (step_nr = 0; step_nr < STEPS; step_nr++) {
			step(any_living());
			check_all();
		}
		end_all();
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, histories);
}

int main(void)
{
	return suite_run("histories of families", add);
}

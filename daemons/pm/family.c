// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	state	event		state then, and what else
 *
 *	FREE	fork		LIVE; of its parent's group and session
 *	LIVE	stop		STOPPED; the parent's wait may find that
 *	STOPPED	stop		STOPPED
 *	STOPPED	continue	LIVE
 *	LIVE	exit		ZOMBIE, or FREE if nobody will wait for it: it
 *	STOPPED			has no parent, or one that ignores children.
 *				Its own wait is given up; its children are the
 *				adopter's
 *	ZOMBIE	its parent	the adopter's ZOMBIE, or FREE if there is none,
 *		exits		or it ignores children
 *	ZOMBIE	is found	TAKEN
 *		by a wait
 *	TAKEN	that arrived,	FREE
 *		or no parent
 *		is left
 *	TAKEN	it did not	ZOMBIE
 *
 *	wait of p	event		then
 *
 *	none		wait		found, ECHILD, or it lasts
 *	lasts		a child of it	looked again: found, ECHILD as none is
 *			changes		left, or it lasts
 *	lasts		p exits		none
 *	lasts		another wait	as that says; the former one is given up
 *
 * So a wait that lasts has a child that it is for, and none that it could take;
 * a zombie has a parent that does not ignore it, and has not ended.
 */
#include <errno.h>
#include <stddef.h>

#include "family.h"

static void child_add(struct mprocs *t, struct mproc *parent, struct mproc *c)
{
	mproc_touch(t, c);
	c->parent = parent;
	c->older = parent->youngest;
	c->younger = NULL;
	*(c->older ? &c->older->younger : &parent->oldest) = c;
	parent->youngest = c;
}

static void child_remove(struct mprocs *t, struct mproc *c)
{
	struct mproc *parent = c->parent;

	if (!parent)
		return;
	mproc_touch(t, c);
	*(c->older ? &c->older->younger : &parent->oldest) = c->younger;
	*(c->younger ? &c->younger->older : &parent->youngest) = c->older;
	c->parent = c->older = c->younger = NULL;
}

static void zombie_free(struct mprocs *t, struct mproc *p)
{
	if (p->parent && p->parent->told_of == p)
		p->parent->told_of = NULL;
	child_remove(t, p);
	mproc_free(t, p);
}

static bool has_ended(const struct mproc *p)
{
	return p->state == MPROC_FREE || p->state == MPROC_ZOMBIE ||
	       p->state == MPROC_TAKEN;
}

struct mproc *family_fork(struct mprocs *t, struct mproc *parent, int endpoint,
			  int node)
{
	struct mproc *c;

	if (has_ended(parent))
		return NULL;
	c = mproc_new(t, endpoint, node);
	if (!c)
		return NULL;
	mproc_set_session(t, c, parent->session);
	mproc_set_group(t, c, parent->group);
	c->uid = parent->uid;
	c->no_zombies = parent->no_zombies;
	child_add(t, parent, c);
	return c;
}

/* Is it one that waitpid(pid) of its parent is for? */
static bool is_waited_for(const struct mproc *c, int pid)
{
	if (pid > 0)
		return c->pid == pid;
	if (pid == -1)
		return true;
	/* The sum, as there is a negative number that has no positive one */
	return pid ? pid + c->group == 0 : c->group == c->parent->group;
}

static bool is_news(const struct mproc *c, int options)
{
	return c->state == MPROC_ZOMBIE ||
	       (c->state == MPROC_STOPPED && !c->told &&
		options & FAMILY_UNTRACED);
}

/* The parent is told of it now. */
static void child_take(struct mprocs *t, struct mproc *c,
		       struct family_found *found)
{
	struct mproc *p = c->parent;

	mproc_touch(t, c);
	mproc_touch(t, p);
	if (c->state == MPROC_ZOMBIE)
		c->state = MPROC_TAKEN;
	else
		c->told = true;
	p->told_of = c;
	*found = (struct family_found){ c->pid, c->status, ++p->answers };
}

/* It has got the last answer. */
static void told_end(struct mprocs *t, struct mproc *p)
{
	struct mproc *c = p->told_of;

	if (!c)
		return;
	mproc_touch(t, p);
	p->told_of = NULL;
	if (c->state == MPROC_TAKEN)
		zombie_free(t, c);
}

/* It has not: as if it had not been given. */
static void told_undo(struct mprocs *t, struct mproc *p)
{
	struct mproc *c = p->told_of;

	if (!c)
		return;
	mproc_touch(t, c);
	mproc_touch(t, p);
	p->told_of = NULL;
	p->answers--;
	if (c->state == MPROC_TAKEN)
		c->state = MPROC_ZOMBIE;
	else
		c->told = false;
}

/* The oldest child that there is something to say of; without any, LATER */
static int wait_look(struct mprocs *t, struct mproc *p,
		     const struct mproc_wait *w, struct family_found *found)
{
	int rc = -ECHILD;

	for (struct mproc *c = p->oldest; c; c = c->younger) {
		if (c->state == MPROC_TAKEN || !is_waited_for(c, w->pid))
			continue;
		if (is_news(c, w->options)) {
			/* Of the one before it has heard by now. */
			told_end(t, p);
			child_take(t, c, found);
			return 0;
		}
		rc = FAMILY_LATER;
	}
	return rc;
}

/* Something has changed with the children of one that may wait. */
static void wait_again(struct mprocs *t, struct mproc *p)
{
	struct family_found found = { 0 };
	int rc;

	if (!p->wait.lasts)
		return;
	rc = wait_look(t, p, &p->wait, &found);
	if (rc == FAMILY_LATER)
		return;
	p->wait.lasts = false;
	p->users.lasts = false;
	family_answer(p, rc, &found);
}

int family_wait(struct mprocs *t, struct mproc *p, uint32_t got, int pid,
		int options, struct family_found *found)
{
	const struct mproc_wait w = { .lasts = true,
				      .pid = pid,
				      .options = options };
	int rc;

	*found = (struct family_found){ 0 };
	family_give_up(p);
	if (got == p->answers - 1)
		told_undo(t, p);
	else
		told_end(t, p);
	if (options & ~(FAMILY_NOHANG | FAMILY_UNTRACED))
		return -EINVAL;
	rc = wait_look(t, p, &w, found);
	if (rc != FAMILY_LATER)
		return rc;
	if (options & FAMILY_NOHANG)
		return 0;
	p->wait = w;
	return FAMILY_LATER;
}

void family_exec(struct mprocs *t, struct mproc *p)
{
	told_end(t, p);
	mproc_touch(t, p);
	p->answers = 0;
	p->has_execed = true;
}

void family_give_up(struct mproc *p)
{
	p->wait.lasts = false;
}

/* As waitpid() has it of one that is stopped */
static int stop_status(int signal)
{
	return signal << 8 | 0x7f;
}

void family_stop(struct mprocs *t, struct mproc *p, int signal)
{
	if (p->state != MPROC_LIVE)
		return;
	mproc_touch(t, p);
	p->state = MPROC_STOPPED;
	t->nr_stopped++;
	p->status = stop_status(signal);
	p->told = false;
	if (!p->parent)
		return;
	family_child_changed(p->parent, p);
	wait_again(t, p->parent);
}

void family_continue(struct mprocs *t, struct mproc *p)
{
	if (p->state != MPROC_STOPPED)
		return;
	mproc_touch(t, p);
	p->state = MPROC_LIVE;
	t->nr_stopped--;
}

/* One that has ended: a zombie of its parent's, or nothing */
static void ended_settle(struct mprocs *t, struct mproc *c)
{
	struct mproc *parent = c->parent;

	if (parent)
		family_child_changed(parent, c);
	if (!parent || parent->no_zombies)
		zombie_free(t, c);
	if (parent)
		wait_again(t, parent);
}

/*
 * INIT is in a system slot, whose endpoint is its number; users may be in that
 * slot in a VM that has few of these.  It is nobody's child, or it would become
 * its own descendant.
 */
static struct mproc *adopter_of(const struct mprocs *t, const struct mproc *c)
{
	struct mproc *init = mproc_find(t, INIT_PROC_NR + c->node);

	return init && !init->parent && init != c ? init : NULL;
}

/* Is it one that job control can reach its group by? */
static bool is_link(const struct mproc *c)
{
	return c->parent && c->parent->session == c->session &&
	       c->parent->group != c->group;
}

/* A group that has just lost such a one; does it need to be told? */
static void group_check(const struct mprocs *t, int group)
{
	bool stopped = false;

	for (int i = 0; t->nr_stopped && i < MPROC_MAX; i++) {
		const struct mproc *p = &t->proc[i];

		if (has_ended(p) || p->group != group)
			continue;
		if (is_link(p))
			return;
		stopped |= p->state == MPROC_STOPPED;
	}
	if (stopped)
		family_group_orphaned(group);
}

static void children_give_away(struct mprocs *t, struct mproc *p)
{
	struct mproc *c, *next, *adopter;
	bool was_link;

	for (c = p->oldest; c; c = next) {
		next = c->younger;
		if (c->state == MPROC_TAKEN) {
			zombie_free(t, c);
			continue;
		}
		was_link = is_link(c);
		child_remove(t, c);
		adopter = adopter_of(t, c);
		mproc_touch(t, c);
		c->adopted = true;
		if (adopter)
			child_add(t, adopter, c);
		if (c->state == MPROC_ZOMBIE) {
			ended_settle(t, c);
			continue;
		}
		if (adopter)
			wait_again(t, adopter);
		if (was_link)
			group_check(t, c->group);
	}
}

void family_exit(struct mprocs *t, struct mproc *p, int status)
{
	const int group = p->group;
	const bool was_link = is_link(p);

	if (has_ended(p))
		return;
	mproc_touch(t, p);
	family_give_up(p);
	mproc_leave_slot(t, p);
	/* Its adopter may find a child of it at once, but not itself yet. */
	children_give_away(t, p);
	p->told_of = NULL;
	family_continue(t, p);
	p->state = MPROC_ZOMBIE;
	p->status = status;
	ended_settle(t, p);
	if (was_link)
		group_check(t, group);
}

/* A wait that lasts was for none of these zombies. */
void family_ignore_children(struct mprocs *t, struct mproc *p, bool ignore)
{
	struct mproc *c, *next;

	mproc_touch(t, p);
	p->no_zombies = ignore;
	for (c = p->oldest; c && ignore; c = next) {
		next = c->younger;
		if (c->state == MPROC_ZOMBIE || c->state == MPROC_TAKEN)
			zombie_free(t, c);
	}
}

int family_setpgid(struct mprocs *t, struct mproc *p, int pid, int group)
{
	struct mproc *target = pid ? mproc_by_pid(t, pid) : p;

	if (group < 0)
		return -EINVAL;
	if (!target || has_ended(target) ||
	    (target != p && target->parent != p))
		return -ESRCH;
	if (target->session != p->session || target->session == target->pid)
		return -EPERM;
	if (target != p && target->has_execed)
		return -EACCES;
	if (!group)
		group = target->pid;
	if (group != target->pid && mproc_group_session(t, group) != p->session)
		return -EPERM;
	mproc_set_group(t, target, group);
	/* A wait for a group may be for others now: its parent's, its own. */
	if (target->parent)
		wait_again(t, target->parent);
	wait_again(t, target);
	return 0;
}

int family_setsid(struct mprocs *t, struct mproc *p)
{
	if (mproc_group_session(t, p->pid))
		return -EPERM;
	mproc_set_session(t, p, p->pid);
	mproc_set_group(t, p, p->pid);
	if (p->parent)
		wait_again(t, p->parent);
	wait_again(t, p);
	return 0;
}

static bool is_alone(const struct mprocs *t, const struct mproc *p)
{
	const struct mproc_pid *n = &t->pid[p->pid];

	return !p->parent && !p->oldest && p->group == p->pid &&
	       p->session == p->pid && n->nr_group == 1 && n->nr_session == 1;
}

int family_adopt(struct mprocs *t, struct mproc *p, struct mproc *child)
{
	/* It asks again. */
	if (child->parent == p)
		return 0;
	if (has_ended(child) || child == p || child->wished != p->endpoint ||
	    !is_alone(t, child))
		return -EPERM;
	mproc_set_session(t, child, p->session);
	mproc_set_group(t, child, p->group);
	child->adopted = true;
	child->wished = 0;
	child->no_zombies = false;
	child_add(t, p, child);
	return 0;
}

int family_parent_pid(const struct mproc *p)
{
	return p->parent ? p->parent->pid : MPROC_PID_NOBODY;
}

/* Without anybody's being told: that is over, or comes by their next waits. */
void family_restore(struct mprocs *t, struct mproc *p, struct mproc *parent)
{
	if (parent && !has_ended(parent))
		child_add(t, parent, p);
	else if (has_ended(p))
		zombie_free(t, p);
}

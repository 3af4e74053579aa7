// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The children of this process as Linux has them.
 *
 *	added	by a fork
 *	over	waited for, by PM's word: Linux's zombie is reaped when it is
 *		there, which may be a moment later; or never, as it lives on
 *		without its endpoint.  So nobody waits for it, but looks
 *		whenever something is done here
 *	gone	reaped
 *
 * The lock is held with signals blocked, as handlers may fork and wait.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "internal.h"

#define ROOM 512 /* entries, and as many more each time */

struct child {
	pid_t pid;
	pid_t linux_pid;
	bool over;
};

static pthread_mutex_t children_lock = PTHREAD_MUTEX_INITIALIZER;
static struct child *children;
static size_t nr_children, room;
static size_t nr_over; /* of them */

static sigset_t children_hold(void)
{
	sigset_t all, mask;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &mask);
	pthread_mutex_lock(&children_lock);
	return mask;
}

static void children_release(const sigset_t *mask)
{
	pthread_mutex_unlock(&children_lock);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

/* Memory by a way that handlers may use, too */
static bool children_grow(void)
{
	const size_t bytes = room * sizeof(*children);
	const size_t more = ROOM * sizeof(*children);
	void *p = children ? mremap(children, bytes, bytes + more,
				    MREMAP_MAYMOVE) :
			     mmap(NULL, more, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	children = p;
	room += ROOM;
	return true;
}

/* Linux has reaped those of a parent that ignores SIGCHLD. */
static bool is_gone(const struct child *c)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)c->linux_pid, &info,
		      WEXITED | WNOHANG | WNOWAIT);
}

static bool children_prune(void)
{
	size_t i = 0;

	while (i < nr_children) {
		if (!is_gone(&children[i])) {
			i++;
			continue;
		}
		nr_over -= children[i].over;
		children[i] = children[--nr_children];
	}
	return nr_children < room;
}

/* Those that are over, and zombies of Linux by now */
static void children_sweep(void)
{
	size_t i = 0;

	while (nr_over && i < nr_children) {
		if (!children[i].over ||
		    !waitpid(children[i].linux_pid, NULL, WNOHANG)) {
			i++;
			continue;
		}
		children[i] = children[--nr_children];
		nr_over--;
	}
}

int mol_children_add(pid_t pid, pid_t linux_pid)
{
	const sigset_t mask = children_hold();
	bool there;

	children_sweep();
	there = nr_children < room || children_prune() || children_grow();
	if (there)
		children[nr_children++] =
			(struct child){ pid, linux_pid, false };
	children_release(&mask);
	return there ? 0 : -1;
}

static void children_reap(pid_t pid)
{
	const sigset_t mask = children_hold();

	for (size_t i = 0; i < nr_children; i++) {
		if (children[i].over || (pid && children[i].pid != pid))
			continue;
		children[i].over = true;
		nr_over++;
	}
	children_sweep();
	children_release(&mask);
}

void mol_children_reap(pid_t pid)
{
	children_reap(pid);
}

void mol_children_reap_all(void)
{
	children_reap(0);
}

/* The thread that forked is the only one, and may have been in a handler. */
void mol_children_forget(void)
{
	pthread_mutex_init(&children_lock, NULL);
	nr_children = nr_over = 0;
}

static bool has_ended(const struct child *c)
{
	siginfo_t info = { .si_pid = 0 };

	return !c->over &&
	       !waitid(P_PID, (id_t)c->linux_pid, &info,
		       WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid;
}

pid_t mol_children_ended(size_t *nr)
{
	const sigset_t mask = children_hold();
	pid_t pid = 0;

	while (!pid && *nr < nr_children) {
		if (has_ended(&children[*nr]))
			pid = children[*nr].pid;
		++*nr;
	}
	children_release(&mask);
	return pid;
}

static const struct child *child_find(pid_t pid, pid_t linux_pid)
{
	for (size_t i = 0; i < nr_children; i++)
		if (!children[i].over && (children[i].pid == pid ||
					  children[i].linux_pid == linux_pid))
			return &children[i];
	return NULL;
}

pid_t mol_children_linux(pid_t pid)
{
	const sigset_t mask = children_hold();
	const struct child *c = child_find(pid, 0);
	const pid_t linux_pid = c ? c->linux_pid : 0;

	children_release(&mask);
	return linux_pid;
}

pid_t mol_children_pid(pid_t linux_pid)
{
	const sigset_t mask = children_hold();
	const struct child *c = child_find(0, linux_pid);
	const pid_t pid = c ? c->pid : 0;

	children_release(&mask);
	return pid;
}

bool mol_children_get(size_t nr, pid_t *pid, pid_t *linux_pid)
{
	const sigset_t mask = children_hold();
	const bool there = nr < nr_children;

	if (there) {
		*pid = children[nr].pid;
		*linux_pid = children[nr].linux_pid;
	}
	children_release(&mask);
	return there;
}

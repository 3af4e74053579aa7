// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "fs.h"
#include "thread.h"

static void *thread_begin(void *arg)
{
	struct thread *t = arg;

	t->tid = gettid();
	sem_post(&t->begun);
	while (sem_wait(&t->bound))
		;
	if (t->p_nr != NONE)
		t->run(t->arg);
	return NULL;
}

/* Those of the nodes' INITs are not taken, whether they are there or not. */
static int first_slot(void)
{
	int last_node = M3IPC_MAX_NODES - 1;

	while (last_node && !(fs.usr.vm_nodes >> last_node & 1))
		last_node--;
	return INIT_PROC_NR + last_node + 1;
}

static int thread_bind(int tid)
{
	const int first = first_slot();
	int p_nr = fs.usr.vm_nr_sysprocs - fs.usr.vm_nr_tasks, rc = EMOLRANGE;

	while (--p_nr >= first) {
		rc = sys_bindproc(tid, p_nr);
		if (rc == p_nr)
			return p_nr;
		rc = MNX_ERR(rc);
		if (rc != EMOLSLOTUSED && rc != EMOLOVERRUN)
			break;
	}
	log_line(SD_ERR, "a system slot for a thread: %s", mnx_strerror(rc));
	return NONE;
}

/* Signals are for the loop. */
static int thread_create(struct thread *t)
{
	sigset_t all, mask;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	rc = pthread_create(&t->id, NULL, thread_begin, t);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return rc;
}

bool thread_start(struct thread *t, void (*run)(void *arg), void *arg)
{
	int rc;

	*t = (struct thread){ .run = run, .arg = arg, .p_nr = NONE };
	sem_init(&t->begun, 0, 0);
	sem_init(&t->bound, 0, 0);
	rc = thread_create(t);
	if (rc) {
		log_line(SD_ERR, "a thread: %s", strerror(rc));
		return false;
	}
	while (sem_wait(&t->begun))
		;
	t->p_nr = thread_bind(t->tid);
	sem_post(&t->bound);
	if (t->p_nr != NONE)
		return true;
	thread_join(t);
	return false;
}

void thread_join(struct thread *t)
{
	pthread_join(t->id, NULL);
	sem_destroy(&t->begun);
	sem_destroy(&t->bound);
}

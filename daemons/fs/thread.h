/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads with a system slot of their own, which they need to ask drivers, to
 * notify the loop, and to copy from and to clients.  SYSTASK binds them: FS has
 * no right to do so any more.
 *
 *	thread_start(): it begins -> it is bound -> it runs -> thread_join()
 *
 * Slots are those that no server has, the last one first.
 */
#ifndef FS_THREAD_H
#define FS_THREAD_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

struct thread {
	pthread_t id;
	int tid;
	int p_nr; /* which is its endpoint, too; NONE: it is not bound */
	sem_t begun;
	sem_t bound;
	void (*run)(void *arg);
	void *arg;
};

/* By the loop.  False: it was logged why not. */
bool thread_start(struct thread *t, void (*run)(void *arg), void *arg);
/* Its end is waited for. */
void thread_join(struct thread *t);

#endif /* FS_THREAD_H */

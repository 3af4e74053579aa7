// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <molipc/molipc.h>

#include "common/log.h"
#include "io.h"
#include "thread.h"

struct io_thread {
	struct thread thread;
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct io *io; /* NULL: it is idle */
};

/* What is done, and not taken yet, the oldest first */
static pthread_mutex_t done_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done_more = PTHREAD_COND_INITIALIZER;
static struct io *done_first, **done_end = &done_first;

static int io_run(struct bdev *d, const struct mfs_io *run)
{
	const struct bdev_group group = { .nr = run->nr_blocks,
					  .block_size = run->block_size,
					  .positions = run->positions,
					  .blocks = run->blocks };

	switch (run->kind) {
	case MFS_IO_READ:
		return d->ops->read(d, run->iov, run->nr, run->pos);
	case MFS_IO_WRITE:
		return d->ops->write(d, run->iov, run->nr, run->pos);
	case MFS_IO_GROUP:
		return d->ops->group(d, &group);
	}
	return -EINVAL;
}

/* Which block it was says the line, as nobody else knows it any more. */
static void io_log(const struct io *io)
{
	static const char *const names[] = { "reading", "writing",
					     "writing a group" };
	const struct mfs_io *run = &io->run;
	const uint64_t at = run->kind == MFS_IO_GROUP ? run->positions[0] :
							run->pos;

	if (io->rc && io->what == IO_RUN && !io->device->stopped)
		log_line(SD_ERR, "%s: %s at byte %llu, block %llu: %s",
			 io->device->name, names[run->kind],
			 (unsigned long long)at,
			 (unsigned long long)(at / 1024), strerror(-io->rc));
}

static void io_do(struct io *io)
{
	struct bdev *d = io->device;

	switch (io->what) {
	case IO_OPEN:
		io->rc = d->ops->open(d);
		break;
	case IO_RUN:
		io->rc = io_run(d, &io->run);
		break;
	case IO_FLUSH:
		io->rc = d->ops->flush(d);
		break;
	case IO_CLOSE:
		d->ops->close(d);
		io->rc = 0;
		break;
	case IO_END:
		break;
	}
	io_log(io);
}

/* It is the loop's again, which need not run any more. */
static void io_done(struct io *io)
{
	io->next = NULL;
	pthread_mutex_lock(&done_lock);
	*done_end = io;
	done_end = &io->next;
	pthread_cond_signal(&done_more);
	pthread_mutex_unlock(&done_lock);
	mnx_notify(FS_PROC_NR);
}

static struct io *io_wait(struct io_thread *t)
{
	struct io *io;

	pthread_mutex_lock(&t->lock);
	while (!t->io)
		pthread_cond_wait(&t->given, &t->lock);
	io = t->io;
	t->io = NULL;
	pthread_mutex_unlock(&t->lock);
	return io;
}

static void io_thread_run(void *arg)
{
	struct io_thread *t = arg;
	enum io_what what;
	struct io *io;

	do {
		io = io_wait(t);
		what = io->what;
		if (what == IO_END)
			return;
		io_do(io);
		io_done(io);
	} while (what != IO_CLOSE);
}

struct io_thread *io_start(void)
{
	struct io_thread *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->given, NULL);
	if (thread_start(&t->thread, io_thread_run, t))
		return t;
	free(t);
	return NULL;
}

void io_end(struct io_thread *t)
{
	thread_join(&t->thread);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->given);
	free(t);
}

void io_post(struct io_thread *t, struct io *io)
{
	io->posted = true;
	pthread_mutex_lock(&t->lock);
	t->io = io;
	pthread_cond_signal(&t->given);
	pthread_mutex_unlock(&t->lock);
}

static struct io *done_take(void)
{
	struct io *io = done_first;

	if (!io)
		return NULL;
	done_first = io->next;
	if (!done_first)
		done_end = &done_first;
	io->posted = false;
	return io;
}

struct io *io_take(void)
{
	struct io *io;

	pthread_mutex_lock(&done_lock);
	io = done_take();
	pthread_mutex_unlock(&done_lock);
	return io;
}

struct io *io_take_late(int ms)
{
	struct timespec until;
	struct io *io;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&done_lock);
	while (!done_first &&
	       !pthread_cond_timedwait(&done_more, &done_lock, &until))
		;
	io = done_take();
	pthread_mutex_unlock(&done_lock);
	return io;
}

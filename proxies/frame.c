// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "frame.h"

/* Header and commands end at a multiple of the alignment of payloads. */
#define HEAD (WIRE_HEADER + M3IPC_MAX_BATCH * sizeof(cmd_t))

struct frame_pool {
	pthread_mutex_t lock; /* of what follows; nothing is called under it */
	pthread_cond_t all_free;
	struct frame *free;
	int nr_free;

	int frames;
	size_t size;
	void *memory;
	struct frame frame[];
};

static void frame_put(struct frame_pool *pool, struct frame *f)
{
	pthread_mutex_lock(&pool->lock);
	f->next = pool->free;
	pool->free = f;
	if (++pool->nr_free == pool->frames)
		pthread_cond_signal(&pool->all_free);
	pthread_mutex_unlock(&pool->lock);
}

struct frame_pool *frame_pool_new(int frames, size_t bytes)
{
	size_t each = HEAD + wire_next_payload(0, (int32_t)bytes);
	struct frame_pool *pool =
		calloc(1,
		       sizeof(*pool) + (size_t)frames * sizeof(struct frame));
	int i;

	if (!pool)
		return NULL;
	pool->frames = frames;
	pool->size = each * (size_t)frames;
	pool->memory = mmap(NULL, pool->size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pool->memory == MAP_FAILED) {
		free(pool);
		return NULL;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->all_free, NULL);
	for (i = frames - 1; i >= 0; i--) {
		struct frame *f = &pool->frame[i];

		f->pool = pool;
		f->header = (unsigned char *)pool->memory + (size_t)i * each;
		f->cmds = (cmd_t *)(void *)(f->header + WIRE_HEADER);
		f->payload = f->header + HEAD;
		frame_put(pool, f);
	}
	return pool;
}

void frame_pool_free(struct frame_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->nr_free < pool->frames)
		pthread_cond_wait(&pool->all_free, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	pthread_cond_destroy(&pool->all_free);
	pthread_mutex_destroy(&pool->lock);
	munmap(pool->memory, pool->size);
	free(pool);
}

struct frame *frame_get(struct frame_pool *pool)
{
	struct frame *f;

	pthread_mutex_lock(&pool->lock);
	f = pool->free;
	if (f) {
		pool->free = f->next;
		pool->nr_free--;
	}
	pthread_mutex_unlock(&pool->lock);
	if (!f)
		return NULL;
	atomic_init(&f->holders, 1);
	f->headed = false;
	f->ncmds = 0;
	f->len = 0;
	return f;
}

void frame_hold(struct frame *f)
{
	atomic_fetch_add(&f->holders, 1);
}

void frame_drop(void *data, void *hint)
{
	struct frame *f = hint;

	(void)data;
	if (atomic_fetch_sub(&f->holders, 1) == 1)
		frame_put(f->pool, f);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/vm.h"
#include "fs/fs.h"
#include "fs_world.h"

#define ENDS (4 * WORLD_CLIENTS)

struct world world;

void world_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s, seed %lu\n", file, line, what,
		world.seed);
	abort();
}

/* Clients */

static uint64_t incarnations;
static sys_end_t ends[ENDS];
static int nr_ends;

struct client *world_client(int endpoint)
{
	for (int i = 0; i < WORLD_CLIENTS; i++)
		if (world.clients[i].incarnation &&
		    world.clients[i].endpoint == endpoint)
			return &world.clients[i];
	return NULL;
}

void world_client_begins(struct client *c)
{
	const int slot = WORLD_SLOT + (int)(c - world.clients);
	const int generation = _ENDPOINT_G(c->endpoint) + 1;

	c->endpoint = _ENDPOINT(generation, slot);
	c->incarnation = ++incarnations;
	c->waits = c->stopped = false;
}

void world_client_ends(struct client *c)
{
	if (!c->incarnation)
		return;
	c->incarnation = 0;
	c->waits = false;
	if (nr_ends == ENDS)
		memmove(ends, ends + 1, sizeof(ends[0]) * --nr_ends);
	ends[nr_ends++] =
		(sys_end_t){ .endpoint = c->endpoint, .uid = PROC_NO_ID };
}

bool world_has_ends(void)
{
	return nr_ends;
}

void world_begin(unsigned long seed, unsigned char *const made[WORLD_DISKS])
{
	static const uint32_t uids[WORLD_CLIENTS] = { 0,    1000, 1001,
						      1000, 0,    1002 };

	world.seed = seed;
	world.dice.state = seed;
	world.clock = 1000000;
	for (int i = 0; i < WORLD_DISKS; i++) {
		world.disks[i] = malloc(WORLD_KIB << 10);
		WORLD_EXPECT(world.disks[i]);
		memcpy(world.disks[i], made[i], WORLD_KIB << 10);
	}
	for (int i = 0; i < WORLD_CLIENTS; i++) {
		world.clients[i].uid = world.clients[i].gid = uids[i];
		world.clients[i].node = i < 4 ? WORLD_NODE : WORLD_FAR;
		world_client_begins(&world.clients[i]);
	}
}

/* The driver */

int mnx_getprocinfo(int vmid, int p_nr, proc_usr_t *info)
{
	const int i = p_nr - WORLD_SLOT;

	WORLD_EXPECT(vmid == WORLD_VM);
	/* cppcheck-suppress ctunullpointer; of a call of another program */
	memset(info, 0, sizeof(*info));
	info->p_rts_flags = SLOT_FREE;
	if (i < 0 || i >= WORLD_CLIENTS || !world.clients[i].incarnation)
		return 0;
	info->p_rts_flags = 0;
	info->p_endpoint = world.clients[i].endpoint;
	info->p_nodeid = world.clients[i].node;
	info->p_incarnation = world.clients[i].incarnation;
	info->p_uid = world.clients[i].uid;
	info->p_gid = world.clients[i].gid;
	return 0;
}

const char *mnx_strerror(int error)
{
	(void)error;
	return "an error";
}

static size_t sum(const struct iovec *iov, int nr)
{
	size_t bytes = 0;

	WORLD_EXPECT(nr >= 1 && nr <= FS_VECTOR_MAX);
	for (int i = 0; i < nr; i++)
		WORLD_EXPECT(
			!__builtin_add_overflow(bytes, iov[i].iov_len, &bytes));
	return bytes;
}

/* Where a byte of a client is, and how many are there; NULL: none */
static unsigned char *memory_at(struct client *c, const void *at, size_t *left)
{
	const uintptr_t from = (uintptr_t)at - WORLD_AT;

	if (from >= WORLD_BYTES)
		return NULL;
	*left = WORLD_BYTES - from;
	return c->memory + from;
}

/* Piece by piece; what is before a fault has been copied. */
static int move(struct client *c, const struct iovec *theirs,
		const struct iovec *own, size_t bytes, bool to_client)
{
	size_t at_theirs = 0, at_own = 0, left = 0, n;
	unsigned char *there;

	while (bytes) {
		for (; at_theirs == theirs->iov_len; theirs++)
			at_theirs = 0;
		for (; at_own == own->iov_len; own++)
			at_own = 0;
		there = memory_at(c, (char *)theirs->iov_base + at_theirs,
				  &left);
		if (!there)
			return EMOLFAULT;
		n = theirs->iov_len - at_theirs;
		n = n < left ? n : left;
		n = n < own->iov_len - at_own ? n : own->iov_len - at_own;
		if (to_client)
			memcpy(there, (char *)own->iov_base + at_own, n);
		else
			memcpy((char *)own->iov_base + at_own, there, n);
		at_theirs += n;
		at_own += n;
		bytes -= n;
	}
	return OK;
}

int mnx_vcopyv(int src, const struct iovec *siov, int nr_src, int dst,
	       const struct iovec *diov, int nr_dst)
{
	const bool out = src == SELF;
	struct client *c = world_client(out ? dst : src);
	const size_t bytes = sum(siov, nr_src);

	WORLD_EXPECT(out != (dst == SELF) && bytes == sum(diov, nr_dst));
	world.copies++;
	if (!c)
		return EMOLDSTDIED;
	WORLD_EXPECT(c->waits);
	if (c->stopped || hit(2))
		return hit(50) ? EMOLPROCSTS : EMOLBUSY;
	return move(c, out ? diov : siov, out ? siov : diov, bytes, out);
}

int mnx_vcopy(int src, const void *saddr, int dst, void *daddr, long bytes)
{
	const struct iovec from = { (void *)(uintptr_t)saddr, (size_t)bytes };
	/* cppcheck-suppress ctuuninitvar; likewise, and it is written to */
	const struct iovec to = { daddr, (size_t)bytes };

	return mnx_vcopyv(src, &from, 1, dst, &to, 1);
}

void serve_answer(int client, message *m, int rc)
{
	struct client *c = world_client(client);

	(void)m;
	WORLD_EXPECT(rc != SERVE_LATER);
	if (!c)
		return;
	WORLD_EXPECT(c->waits);
	c->waits = false;
	world.answers++;
	if (rc)
		world.errors++;
}

/* SYSTASK */

int sys_rfork(int endpoint, int nodeid, const char *name)
{
	const struct client *c = world_client(endpoint);

	(void)name;
	return c && c->node == nodeid ? OK : EMOLNOTBIND;
}

bool vm_has_remote(int endpoint, int nodeid)
{
	const struct client *c = world_client(endpoint);

	return c && c->node == nodeid;
}

int sys_getends(uint64_t *seq, sys_end_t *to)
{
	int n = nr_ends < SYS_ENDS_MAX ? nr_ends : SYS_ENDS_MAX;

	/* cppcheck-suppress ctunullpointer; likewise */
	*seq += (uint64_t)n;
	if (n && hit(5)) {
		nr_ends = 0;
		return EMOLOVERRUN;
	}
	memcpy(to, ends, sizeof(*to) * (size_t)n);
	nr_ends -= n;
	memmove(ends, ends + n, sizeof(*to) * (size_t)nr_ends);
	return n;
}

/* The log, which says nothing here; and what time it is */

void log_line(const char *level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

void log_limited(struct log_limit *limit, int64_t now, const char *level,
		 const char *fmt, ...)
{
	(void)limit;
	(void)now;
	(void)level;
	(void)fmt;
}

int64_t log_now(void)
{
	return world.clock;
}

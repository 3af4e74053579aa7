// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks of FS, and its threads: I/O is done when it is taken, which is late. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/io.h"
#include "fs/mount.h"
#include "fs_world.h"

#define POSTED (2 * MOUNTS_MAX)

static struct io *posted[POSTED];
static int nr_posted;
static struct io *done;
static unsigned char a_thread;
static bool disk_used[WORLD_DISKS];

struct disk_of {
	struct bdev d;
	int nr; /* -1: there is none */
};

static int disk_number(const struct bdev *d)
{
	return ((const struct disk_of *)d)->nr;
}

struct bdev *bdev_new(const char *name, bool read_only)
{
	struct disk_of *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	snprintf(disk->d.name, sizeof(disk->d.name), "%s", name);
	disk->d.read_only = read_only;
	disk->nr = -1;
	if (!strcmp(name, "root") || !strcmp(name, "other"))
		disk->nr = *name == 'o';
	return &disk->d;
}

void bdev_free(struct bdev *d)
{
	free(d);
}

static int disk_open(struct bdev *d)
{
	const int nr = disk_number(d);

	if (nr < 0 || disk_used[nr])
		return -ENODEV;
	disk_used[nr] = true;
	d->bytes = WORLD_KIB << 10;
	return 0;
}

static unsigned char *disk_at(const struct bdev *d, uint64_t at, size_t bytes)
{
	WORLD_EXPECT(at <= d->bytes && bytes <= d->bytes - at);
	return world.disks[disk_number(d)] + at;
}

static int disk_run(const struct bdev *d, const struct mfs_io *run)
{
	uint64_t at = run->pos;

	if (world.failing && hit(20)) {
		world.failed = true;
		return -EIO;
	}
	WORLD_EXPECT(run->kind == MFS_IO_READ || !d->read_only);
	for (unsigned int i = 0;
	     run->kind == MFS_IO_GROUP && i < run->nr_blocks; i++)
		memcpy(disk_at(d, run->positions[i], run->block_size),
		       run->blocks + (size_t)i * run->block_size,
		       run->block_size);
	for (unsigned int i = 0; run->kind != MFS_IO_GROUP && i < run->nr;
	     i++) {
		const struct iovec *v = &run->iov[i];

		if (run->kind == MFS_IO_READ)
			memcpy(v->iov_base, disk_at(d, at, v->iov_len),
			       v->iov_len);
		else
			memcpy(disk_at(d, at, v->iov_len), v->iov_base,
			       v->iov_len);
		at += v->iov_len;
	}
	return 0;
}

static void io_carry_out(struct io *io)
{
	const struct bdev *d = io->device;

	world.ios++;
	io->rc = 0;
	switch (io->what) {
	case IO_OPEN:
		io->rc = disk_open(io->device);
		break;
	case IO_RUN:
		io->rc = disk_run(d, &io->run);
		break;
	case IO_CLOSE:
		if (d->bytes)
			disk_used[disk_number(d)] = false;
		break;
	case IO_FLUSH:
	case IO_END:
		break;
	}
}

struct io_thread *io_start(void)
{
	return hit(1) ? NULL : (struct io_thread *)&a_thread;
}

void io_end(struct io_thread *t)
{
	WORLD_EXPECT((unsigned char *)t == &a_thread);
}

void io_post(struct io_thread *t, struct io *io)
{
	WORLD_EXPECT((unsigned char *)t == &a_thread && nr_posted < POSTED);
	WORLD_EXPECT(!io->posted);
	if (io->what == IO_END)
		return;
	io->posted = true;
	posted[nr_posted++] = io;
}

bool world_io(void)
{
	int i;

	if (!nr_posted || done || world.silent)
		return false;
	i = (int)below((unsigned int)nr_posted);
	done = posted[i];
	posted[i] = posted[--nr_posted];
	io_carry_out(done);
	return true;
}

struct io *io_take(void)
{
	struct io *io = done;

	done = NULL;
	if (io)
		io->posted = false;
	return io;
}

struct io *io_take_late(int ms)
{
	world.clock += ms;
	world_io();
	return io_take();
}

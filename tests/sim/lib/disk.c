// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"

#define MOST_TRIES 1000000
#define MOST_ARGS  16

static void disk_fatal(const char *what)
{
	fprintf(stderr, "disk: %s\n", what);
	abort();
}

/* "COMMAND ... /proc/self/fd/N": its status */
static int disk_run(const char *command, int fd, bool verbose)
{
	extern char **environ;
	char line[256], path[32], *argv[MOST_ARGS], *save = NULL;
	posix_spawn_file_actions_t actions;
	int nr = 0, status;
	pid_t pid;

	snprintf(line, sizeof(line), "%s", command);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (char *word = strtok_r(line, " ", &save);
	     word && nr < MOST_ARGS - 2; word = strtok_r(NULL, " ", &save))
		argv[nr++] = word;
	argv[nr++] = path;
	argv[nr] = NULL;
	posix_spawn_file_actions_init(&actions);
	if (!verbose) {
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null",
						 O_WRONLY, 0);
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null",
						 O_WRONLY, 0);
	}
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ))
		disk_fatal(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			disk_fatal("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void disk_make(struct disk *d, const char *args, unsigned int kib)
{
	char command[128];

	memset(d, 0, sizeof(*d));
	d->size = (size_t)kib * 1024;
	d->fd = memfd_create("disk", 0);
	if (d->fd < 0 || ftruncate(d->fd, (off_t)d->size))
		disk_fatal("no memory");
	d->data = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd,
		       0);
	if (d->data == MAP_FAILED)
		disk_fatal("no memory");
	snprintf(command, sizeof(command), "/sbin/mkfs.minix %s",
		 args ? args : "");
	if (args && disk_run(command, d->fd, false))
		disk_fatal("mkfs.minix has failed");
}

void disk_free(struct disk *d)
{
	disk_crash(d);
	munmap(d->data, d->size);
	close(d->fd);
}

static void disk_report(void *arg, const char *what, uint32_t ino,
			uint64_t block)
{
	struct disk *d = arg;

	d->reports++;
	d->report = what;
	if (!d->quiet)
		fprintf(stderr, "inode %u, block %llu: %s\n", ino,
			(unsigned long long)block, what);
}

int disk_mount(struct disk *d, size_t cache, unsigned int flags)
{
	const struct mfs_config config = { .device_size = d->size,
					   .cache_size = cache,
					   .flags = flags,
					   .report = disk_report,
					   .arg = d };
	int rc;

	d->fs = mfs_new(&config);
	if (!d->fs)
		return -ENOMEM;
	do
		rc = mfs_mount(d->fs);
	while (disk_again(d, rc));
	return rc;
}

void disk_crash(struct disk *d)
{
	while (d->nr_flying)
		free(d->flying[--d->nr_flying]);
	mfs_free(d->fs);
	d->fs = NULL;
}

int disk_unmount(struct disk *d)
{
	int rc;

	do
		rc = mfs_unmount(d->fs);
	while (disk_again(d, rc));
	if (rc != -EBUSY)
		disk_crash(d);
	return rc;
}

/* As many as may be under way are asked for. */
static void disk_ask(struct disk *d)
{
	while (d->nr_flying < DISK_FLYING) {
		struct mfs_io *io = malloc(sizeof(*io));

		if (!io)
			disk_fatal("no memory");
		if (!mfs_next_read(d->fs, io) && !mfs_next_write(d->fs, io)) {
			free(io);
			return;
		}
		d->flying[d->nr_flying++] = io;
	}
}

static void disk_copy(struct disk *d, const struct mfs_io *io)
{
	uint64_t pos = io->pos;

	if (pos > d->size || io->bytes > d->size - pos)
		disk_fatal("I/O beyond the end");
	for (unsigned int i = 0; i < io->nr; i++) {
		const struct iovec *v = &io->iov[i];

		if (io->kind == MFS_IO_READ)
			memcpy(v->iov_base, d->data + pos, v->iov_len);
		else
			memcpy(d->data + pos, v->iov_base, v->iov_len);
		pos += v->iov_len;
	}
	if (pos != io->pos + io->bytes)
		disk_fatal("segments are not what they sum up to");
}

static void disk_copy_group(struct disk *d, const struct mfs_io *io)
{
	for (unsigned int i = 0; i < io->nr_blocks; i++) {
		if (io->positions[i] > d->size - io->block_size ||
		    (i && io->positions[i] <= io->positions[i - 1]))
			disk_fatal("a group is out of order");
		memcpy(d->data + io->positions[i],
		       io->blocks + (size_t)i * io->block_size, io->block_size);
	}
}

static void disk_write_io(struct disk *d, struct mfs_io *io)
{
	if (d->bad_writes || (d->written && !d->written(d, io))) {
		mfs_write_done(d->fs, io, -EIO);
		return;
	}
	if (io->kind == MFS_IO_GROUP) {
		disk_copy_group(d, io);
		d->groups++;
	} else {
		disk_copy(d, io);
		d->writes += io->nr_run;
	}
	mfs_write_done(d->fs, io, 0);
}

static void disk_read_io(struct disk *d, struct mfs_io *io)
{
	const uint64_t first = io->pos / 1024;
	const uint64_t end = (io->pos + io->bytes) / 1024;

	d->reads += io->nr_run;
	if (d->bad_block >= first && d->bad_block < end && d->bad_block) {
		/* What a device leaves in memory when it fails is anything. */
		memset(io->iov[0].iov_base, 0xbd, io->iov[0].iov_len);
		mfs_read_done(d->fs, io, -EIO);
		return;
	}
	disk_copy(d, io);
	mfs_read_done(d->fs, io, 0);
}

/* Carries out one I/O, if there is any. */
static bool disk_step(struct disk *d)
{
	struct mfs_io *io;
	unsigned int i;

	disk_ask(d);
	if (!d->nr_flying)
		return false;
	i = dice_throw(&d->dice, d->nr_flying);
	io = d->flying[i];
	d->flying[i] = d->flying[--d->nr_flying];
	if (io->kind == MFS_IO_READ)
		disk_read_io(d, io);
	else
		disk_write_io(d, io);
	free(io);
	return true;
}

bool disk_again(struct disk *d, int rc)
{
	static unsigned long tries;
	const uint64_t events = mfs_events(d->fs);

	if (rc != MFS_WAIT) {
		tries = 0;
		return false;
	}
	if (++tries > MOST_TRIES)
		disk_fatal("a call waits for ever");
	do {
		if (!disk_step(d) && mfs_events(d->fs) == events)
			disk_fatal("a call waits for nothing");
	} while (mfs_events(d->fs) == events);
	return true;
}

void disk_settle(struct disk *d)
{
	while (disk_step(d))
		;
}

int disk_sync(struct disk *d)
{
	const uint64_t number = mfs_sync_begin(d->fs);
	int rc;

	do
		rc = mfs_synced(d->fs, number);
	while (disk_again(d, rc));
	return rc;
}

int disk_fsck_fd(int fd, bool verbose)
{
	return disk_run("/sbin/fsck.minix -f", fd, verbose);
}

int disk_fsck(const struct disk *d, bool verbose)
{
	return disk_fsck_fd(d->fd, verbose);
}

long disk_read(struct disk *d, uint32_t ino, uint64_t offset, void *to,
	       size_t len)
{
	struct mfs_map map;
	size_t done = 0;
	int rc;

	while (done < len) {
		do
			rc = mfs_read_map(d->fs, ino, offset + done, len - done,
					  &map);
		while (disk_again(d, rc));
		if (rc)
			return rc;
		for (unsigned int i = 0; i < map.nr; i++) {
			memcpy((char *)to + done, map.seg[i].iov_base,
			       map.seg[i].iov_len);
			done += map.seg[i].iov_len;
		}
		mfs_unpin(d->fs, &map);
		if (!map.bytes)
			break;
	}
	return (long)done;
}

long disk_write(struct disk *d, uint32_t ino, uint64_t offset, const void *from,
		size_t len, int64_t now)
{
	struct mfs_map map;
	size_t done = 0, at, copied, written;
	int rc;

	while (done < len) {
		do
			rc = mfs_write_begin(d->fs, ino, offset + done,
					     len - done, &map);
		while (disk_again(d, rc));
		if (rc)
			return done ? (long)done : rc;
		at = done;
		for (unsigned int i = 0; i < map.nr; i++) {
			memcpy(map.seg[i].iov_base, (const char *)from + at,
			       map.seg[i].iov_len);
			at += map.seg[i].iov_len;
		}
		copied = map.bytes;
		if (d->dying)
			copied = dice_throw(&d->dice, (unsigned int)copied + 1);
		do
			rc = mfs_write_end(d->fs, &map, copied, now, &written);
		while (disk_again(d, rc));
		if (rc) {
			mfs_write_abort(d->fs, &map);
			return rc;
		}
		done += written;
		if (written < map.bytes)
			break;
	}
	return (long)done;
}

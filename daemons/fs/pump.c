// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the cores of all mounts want is given to their threads, and what these
 * have done to the cores.
 */
#include <errno.h>

#include "common/log.h"
#include "fs.h"
#include "mount.h"

static void mount_warn(struct mount *m)
{
	if (m->warned)
		return;
	m->warned = true;
	log_line(SD_CRIT, "%s: it is read-only from now on", m->device->name);
}

/* Groups have all that was written before them on the disk. */
static void write_done(struct mount *m, const struct io *io)
{
	if (io->what == IO_FLUSH) {
		m->flush = false;
		m->unflushed = io->rc;
		return;
	}
	m->unflushed = io->run.kind == MFS_IO_WRITE || io->rc;
	mfs_write_done(m->core, &m->write.run, io->rc);
	if (io->rc)
		mount_warn(m);
}

static void mount_done(struct io *io)
{
	struct mount *m = mount_find(io->dev);

	m->nr_done++;
	m->heard = log_now();
	if (io->what != IO_RUN && io->what != IO_FLUSH)
		return;
	if (io == &m->read)
		mfs_read_done(m->core, &io->run, io->rc);
	else
		write_done(m, io);
}

static void mount_pump(struct mount *m)
{
	if (!m->core || m->state == MOUNT_CLOSING)
		return;
	if (!m->read.posted && mfs_next_read(m->core, &m->read.run))
		mount_post(m, m->reader, &m->read, IO_RUN);
	if (m->write.posted)
		return;
	if (mfs_next_write(m->core, &m->write.run))
		mount_post(m, m->writer, &m->write, IO_RUN);
	else if (m->flush)
		mount_post(m, m->writer, &m->write, IO_FLUSH);
}

/* Who wanted it is there no more. */
static void mount_undo(struct mount *m)
{
	if (m->state == MOUNT_LEAVING) {
		mount_leave_go_on(m);
		return;
	}
	mount_go_on(m);
	if (m->state == MOUNT_THERE && !mount_leave(m))
		mount_leave_go_on(m);
}

void mounts_pump(void)
{
	struct io *io;

	while ((io = io_take()))
		mount_done(io);
	for (int i = 0; i < MOUNTS_MAX; i++) {
		struct mount *m = mount_at(i);

		if (m && m->abandoned)
			mount_undo(m);
		if (m && m->state != MOUNT_FREE)
			mount_pump(m);
	}
}

static bool is_dirty(const struct mount *m)
{
	return m && m->state == MOUNT_THERE && mfs_is_dirty(m->core);
}

bool mounts_dirty(void)
{
	for (int i = 0; i < MOUNTS_MAX; i++)
		if (is_dirty(mount_at(i)))
			return true;
	return false;
}

void mounts_commit(void)
{
	for (int i = 0; i < MOUNTS_MAX; i++)
		if (is_dirty(mount_at(i)))
			mfs_sync_begin(mount_at(i)->core);
}

/* There is no loop any more, and perhaps no notifications. */
static bool sync_late(struct mount *m, int64_t end)
{
	const uint64_t number = mount_sync(m);
	struct io *io;
	int rc;

	while ((rc = mount_synced(m, number)) == CALL_LATER &&
	       log_now() < end) {
		mounts_pump();
		io = io_take_late(100);
		if (io)
			mount_done(io);
	}
	return !rc;
}

void mounts_end(int ms)
{
	const int64_t end = log_now() + ms;

	for (int i = 0; i < MOUNTS_MAX; i++) {
		struct mount *m = mount_at(i);

		if (!m || m->state != MOUNT_THERE)
			continue;
		if (!m->device->read_only && !sync_late(m, end))
			log_line(SD_ERR, "%s: not all could be written",
				 m->device->name);
		if (m->write.posted)
			continue;
		mount_post(m, m->writer, &m->write, IO_CLOSE);
		while (m->write.posted && log_now() < end)
			io_take_late(100);
	}
}

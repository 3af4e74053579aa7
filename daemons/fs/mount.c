// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/util.h"
#include "fs.h"
#include "mount.h"

static struct mount mounts[MOUNTS_MAX];
static uint32_t last_dev;

struct mount *mount_find(uint32_t dev)
{
	for (int i = 0; i < MOUNTS_MAX; i++)
		if (mounts[i].state != MOUNT_FREE && mounts[i].dev == dev)
			return &mounts[i];
	return NULL;
}

struct mount *mount_at(int i)
{
	return mounts[i].state == MOUNT_FREE ? NULL : &mounts[i];
}

int mount_index(const struct mount *m)
{
	return (int)(m - mounts);
}

bool place_hold(const struct place *at)
{
	struct mount *m = mount_find(at->dev);

	if (!m || mfs_get(m->core, at->ino))
		return false;
	m->holds++;
	return true;
}

void place_drop(const struct place *at)
{
	struct mount *m = mount_find(at->dev);

	if (!m)
		return;
	mfs_put(m->core, at->ino);
	m->holds--;
}

/* Beginning */

static struct mount *mount_free(void)
{
	for (int i = 0; i < MOUNTS_MAX; i++)
		if (mounts[i].state == MOUNT_FREE)
			return &mounts[i];
	return NULL;
}

static void io_prepare(const struct mount *m, struct io *io, enum io_what what)
{
	io->device = m->device;
	io->dev = m->dev;
	io->what = what;
}

void mount_post(const struct mount *m, struct io_thread *t, struct io *io,
		enum io_what what)
{
	io_prepare(m, io, what);
	io_post(t, io);
}

static void threads_end(struct mount *m)
{
	if (m->reader) {
		mount_post(m, m->reader, &m->read, IO_END);
		io_end(m->reader);
	}
	m->reader = m->writer = NULL;
}

int mount_begin(const char *device, bool read_only, uint32_t *dev)
{
	struct mount *m = mount_free();

	if (!m)
		return -ENFILE;
	memset(m, 0, sizeof(*m));
	m->device = bdev_new(device, read_only);
	if (!m->device)
		return -ENOMEM;
	m->reader = io_start();
	m->writer = m->reader ? io_start() : NULL;
	if (!m->writer) {
		threads_end(m);
		bdev_free(m->device);
		return -EAGAIN;
	}
	m->dev = *dev = ++last_dev;
	m->heard = log_now();
	m->state = MOUNT_OPENING;
	mount_post(m, m->writer, &m->write, IO_OPEN);
	return 0;
}

static void core_report(void *arg, const char *what, uint32_t ino,
			uint64_t block)
{
	static struct log_limit limit;
	const struct mount *m = arg;

	log_limited(&limit, log_now(), SD_ERR, "%s: %s (inode %u, block %llu)",
		    m->device->name, what, ino, (unsigned long long)block);
}

static int core_start(struct mount *m)
{
	const struct mfs_config config = {
		.device_size = m->device->bytes,
		.cache_size = fs.cache_bytes,
		.flags = m->device->read_only ? MFS_RDONLY : 0,
		.report = core_report,
		.arg = m,
	};

	m->core = mfs_new(&config);
	return m->core ? 0 : -ENOMEM;
}

static void mount_fail(struct mount *m, int rc)
{
	m->rc = rc;
	m->state = MOUNT_CLOSING;
}

static void mount_opened(struct mount *m)
{
	int rc = m->write.rc;

	if (!rc)
		rc = core_start(m);
	if (rc)
		mount_fail(m, rc);
	else
		m->state = MOUNT_READING;
}

static void mount_read(struct mount *m)
{
	int rc = mfs_mount(m->core);

	if (rc == MFS_WAIT)
		return;
	if (rc) {
		mount_fail(m, rc);
		return;
	}
	m->root = (struct place){ m->dev, MFS_ROOT_INO };
	m->state = MOUNT_THERE;
	log_line(SD_INFO, "%s is mounted%s", m->device->name,
		 m->device->read_only ? ", read-only" : "");
}

/* The writer closes the device when the reader has nothing to do any more. */
static void mount_close(struct mount *m)
{
	if (m->write.posted || m->read.posted)
		return;
	if (m->writer && m->write.what != IO_CLOSE) {
		mount_post(m, m->writer, &m->write, IO_CLOSE);
		return;
	}
	io_end(m->writer);
	threads_end(m);
	if (m->core)
		mfs_free(m->core);
	bdev_free(m->device);
	m->core = NULL;
	m->device = NULL;
	m->state = MOUNT_FREE;
}

static void mount_step(struct mount *m)
{
	switch (m->state) {
	case MOUNT_OPENING:
		if (!m->write.posted)
			mount_opened(m);
		break;
	case MOUNT_READING:
		mount_read(m);
		break;
	case MOUNT_CLOSING:
		mount_close(m);
		break;
	default:
		break;
	}
}

int mount_go_on(struct mount *m)
{
	enum mount_state was;

	do {
		was = m->state;
		mount_step(m);
	} while (m->state != was);
	if (m->state == MOUNT_FREE)
		return m->rc;
	return m->state == MOUNT_THERE ? 0 : CALL_LATER;
}

bool mount_attach(struct mount *m, const struct place *covers)
{
	if (covers->dev && !place_hold(covers))
		return false;
	m->covers = *covers;
	m->attached = true;
	return true;
}

void mount_abandon(uint32_t dev)
{
	struct mount *m = mount_find(dev);

	if (m && !m->attached)
		m->abandoned = true;
}

/* Leaving */

static bool has_mounts(const struct mount *m)
{
	for (int i = 0; i < MOUNTS_MAX; i++)
		if (mount_at(i) && mounts[i].covers.dev == m->dev)
			return true;
	return false;
}

int mount_leave(struct mount *m)
{
	if (m->holds || has_mounts(m))
		return -EBUSY;
	place_drop(&m->covers);
	m->covers = (struct place){ 0, 0 };
	m->root = m->covers;
	/* It goes to its end, whoever waits for that. */
	m->abandoned = true;
	m->state = MOUNT_LEAVING;
	return 0;
}

int mount_leave_go_on(struct mount *m)
{
	int rc;

	if (m->state == MOUNT_LEAVING) {
		rc = mfs_unmount(m->core);
		if (rc == MFS_WAIT)
			return CALL_LATER;
		mount_fail(m, rc);
	}
	return mount_go_on(m);
}

/* The tree */

struct mount *mount_covering(const struct place *at)
{
	for (int i = 0; i < MOUNTS_MAX; i++)
		if (mounts[i].state == MOUNT_THERE && mounts[i].covers.dev &&
		    place_is(&mounts[i].covers, at))
			return &mounts[i];
	return NULL;
}

struct mount *mount_of_root(const struct place *at)
{
	struct mount *m = mount_find(at->dev);

	return m && m->root.ino == at->ino ? m : NULL;
}

/* I/O */

uint64_t mount_events(const struct mount *m)
{
	return m->nr_done + (m->core ? mfs_events(m->core) : 0);
}

uint64_t mount_sync(struct mount *m)
{
	return mfs_sync_begin(m->core);
}

int mount_synced(struct mount *m, uint64_t number)
{
	int rc = mfs_synced(m->core, number);

	if (rc || !m->unflushed)
		return rc;
	m->flush = true;
	return CALL_LATER;
}

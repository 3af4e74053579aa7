// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes of files, between the cache and the client; positions; what is written
 * and is to be on the disk.
 *
 * A call moves piece by piece, and "done" says how far it is when it is parked.
 * As long as it is, it has the position of its file, which others wait for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "fs.h"
#include "walk.h"

#define DAY 86400

/*
 * The file, which is the call's to its end, whatever the descriptor is by then;
 * and so is its position, from now on, if the call moves it.
 */
static struct file *file_begin(struct call *c, const fs_rw_t *arg, int *rc)
{
	struct file *f = c->file ? c->file : call_file(c, rc);

	if (!f)
		return NULL;
	if (!c->file)
		c->file = file_get(f);
	if (arg->position != -1 || f->user == c)
		return f;
	if (f->user) {
		*rc = call_waits(c, CALL_FILE, 0);
		return NULL;
	}
	f->user = c;
	return f;
}

/*
 * As long as its client is stopped nobody waits for the call: what it has moved
 * is all that it does, or it begins anew.
 */
static int rw_stopped(struct call *c, int rc)
{
	const bool has_position = c->file && c->file->user == c;

	if (rc != CALL_LATER || c->wait != CALL_CLIENT ||
	    !(has_position || c->writes.dev))
		return rc;
	if (c->done)
		return 0;
	c->writes = (struct place){ 0, 0 };
	c->prepared = false;
	if (has_position) {
		c->file->user = NULL;
		file_put(&fs.files, c->file);
		c->file = NULL;
	}
	fs.file_changes++;
	return rc;
}

static int64_t rw_position(const struct file *f, const fs_rw_t *arg)
{
	return arg->position == -1 ? f->position : arg->position;
}

/* What has been moved counts, rather than the error that came then. */
static int rw_done(struct call *c, struct file *f, fs_rw_t *arg, int rc)
{
	if (rc == CALL_LATER || (rc && !c->done))
		return rc;
	arg->done = (int64_t)c->done;
	if (arg->position == -1) {
		c->position = f->position;
		f->position += arg->done;
	}
	com_put(&c->m, arg);
	return 0;
}

/* Reading */

static int read_piece(struct call *c, struct mount *m, const struct file *f,
		      int64_t position, size_t *n)
{
	static struct mfs_map map;
	int rc = core_waits(c, m,
			    mfs_read_map(m->core, f->at.ino,
					 (uint64_t)position + c->done,
					 c->bytes - c->done, &map));

	if (rc)
		return rc;
	*n = map.bytes;
	rc = copy_out(c, map.seg, (int)map.nr, c->done, map.bytes);
	mfs_unpin(m->core, &map);
	m->copied += map.bytes;
	return rc;
}

/* As Linux does, not each time: if it was not read since it was written. */
static void atime_set(const struct mount *m, const struct file *f)
{
	const int64_t now = fs_now();
	struct mfs_statfs st;
	struct mfs_attr attr;

	mfs_statfs(m->core, &st);
	if (f->flags & O_NOATIME || st.read_only || st.version == 1 ||
	    mfs_getattr(m->core, f->at.ino, &attr))
		return;
	if (attr.atime > attr.mtime && attr.atime > attr.ctime &&
	    now - attr.atime < DAY)
		return;
	attr.atime = now;
	/* If a block is missing it is not worth to wait for it. */
	mfs_setattr(m->core, f->at.ino, &attr, MFS_SET_ATIME);
}

int do_read(struct call *c)
{
	struct mount *m;
	struct file *f;
	fs_rw_t arg;
	size_t n = 1;
	int rc = 0;

	com_get(&c->m, &arg);
	f = file_begin(c, &arg, &rc);
	if (!f)
		return rc;
	if ((f->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if (f->directory)
		return -EISDIR;
	if (arg.position < -1)
		return -EINVAL;
	m = mount_find(f->at.dev);
	while (!rc && n && c->done < c->bytes) {
		rc = read_piece(c, m, f, rw_position(f, &arg), &n);
		if (!rc)
			c->done += n;
	}
	rc = rw_done(c, f, &arg, rw_stopped(c, rc));
	if (!rc && arg.done)
		atime_set(m, f);
	return rc;
}

/* Writing */

/* Who is not root takes the bits that give rights off. */
static int write_prepare(struct call *c, const struct file *f, fs_rw_t *arg)
{
	struct mfs_attr attr;
	int rc;

	if (c->prepared)
		return 0;
	rc = attr_read(c, &f->at, &attr);
	if (rc)
		return rc;
	if (f->flags & O_APPEND && arg->position == -1)
		c->file->position = (int64_t)attr.size;
	if (c->uid && perm_without_set_id(&attr) != attr.mode) {
		attr.mode = perm_without_set_id(&attr);
		rc = attr_set(c, &f->at, &attr, MFS_SET_MODE);
	}
	c->prepared = !rc;
	return rc;
}

static int map_begin(struct call *c, struct mount *m, const struct file *f,
		     int64_t position)
{
	int rc;

	c->map = malloc(sizeof(*c->map));
	if (!c->map)
		return -ENOMEM;
	rc = core_waits(c, m,
			mfs_write_begin(m->core, f->at.ino,
					(uint64_t)position + c->done,
					c->bytes - c->done, c->map));
	if (rc) {
		free(c->map);
		c->map = NULL;
		return rc;
	}
	c->map_dev = m->dev;
	m->copied += c->map->bytes;
	rc = copy_in(c, c->map->seg, (int)c->map->nr, c->done, c->map->bytes);
	if (rc) {
		mfs_write_abort(m->core, c->map);
		free(c->map);
		c->map = NULL;
	}
	return rc;
}

static int map_end(struct call *c, struct mount *m)
{
	size_t written = 0;
	int rc = core_waits(c, m,
			    mfs_write_end(m->core, c->map, c->map->bytes,
					  fs_now(), &written));

	if (rc == CALL_LATER)
		return rc;
	if (rc)
		mfs_write_abort(m->core, c->map);
	free(c->map);
	c->map = NULL;
	c->done += written;
	return rc;
}

static int write_check(const struct file *f, const fs_rw_t *arg)
{
	if ((f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	return arg->position < -1 ? -EINVAL :
				    mount_writable(mount_find(f->at.dev));
}

/* What was written is on the disk before the answer. */
static int write_sync(struct call *c, const struct file *f, int rc)
{
	struct mount *m = mount_find(f->at.dev);

	if (rc || !(f->flags & O_DSYNC))
		return rc;
	if (!c->syncs)
		c->sync[mount_index(m)] = mount_sync(m);
	c->syncs = true;
	rc = mount_synced(m, c->sync[mount_index(m)]);
	return core_waits(c, m, rc);
}

static int write_all(struct call *c, struct file *f, fs_rw_t *arg)
{
	struct mount *m = mount_find(f->at.dev);
	int rc;

	if (!c->bytes)
		return 0;
	/* Pieces of two writes do not mix. */
	if (call_writes(c, &f->at))
		return call_waits(c, CALL_FILE, 0);
	c->writes = f->at;
	rc = write_prepare(c, f, arg);
	while (!rc && c->done < c->bytes) {
		rc = c->map ? 0 : map_begin(c, m, f, rw_position(f, arg));
		if (!rc)
			rc = map_end(c, m);
	}
	return rc;
}

int do_write(struct call *c)
{
	struct file *f;
	fs_rw_t arg;
	int rc = 0;

	com_get(&c->m, &arg);
	f = file_begin(c, &arg, &rc);
	if (!f)
		return rc;
	rc = write_check(f, &arg);
	if (!rc)
		rc = rw_stopped(c, write_all(c, f, &arg));
	if (rc != CALL_LATER && c->done)
		rc = write_sync(c, f, 0);
	return rw_done(c, f, &arg, rc);
}

/* Positions */

static int seek_end(struct call *c, const struct file *f, uint64_t *size)
{
	struct mfs_attr attr;
	int rc = attr_read(c, &f->at, &attr);

	*size = attr.size;
	return rc;
}

static int seek_base(struct call *c, const struct file *f, uint32_t whence,
		     int64_t offset, int64_t *base)
{
	uint64_t size = 0;
	int rc = 0;

	*base = 0;
	if (whence == SEEK_CUR)
		*base = f->position;
	else if (whence == SEEK_END || whence == SEEK_DATA ||
		 whence == SEEK_HOLE)
		rc = seek_end(c, f, &size);
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (rc || whence == SEEK_SET || whence == SEEK_CUR)
		return rc;
	if (whence == SEEK_END) {
		*base = (int64_t)size;
		return 0;
	}
	/* All of it is data, and a hole is at the end. */
	if (offset < 0 || (uint64_t)offset >= size)
		return -ENXIO;
	*base = whence == SEEK_HOLE ? (int64_t)size - offset : 0;
	return 0;
}

int do_lseek(struct call *c)
{
	struct file *f;
	int64_t base;
	fs_fd_t arg;
	int rc;

	com_get(&c->m, &arg);
	f = call_file(c, &rc);
	if (!f)
		return rc;
	if (f->user && f->user != c)
		return call_waits(c, CALL_FILE, 0);
	rc = seek_base(c, f, arg.flags, arg.wide, &base);
	if (rc)
		return rc;
	if (arg.wide > 0 && base > INT64_MAX - arg.wide)
		return -EOVERFLOW;
	if (base + arg.wide < 0)
		return -EINVAL;
	f->position = arg.wide = base + arg.wide;
	com_put(&c->m, &arg);
	return 0;
}

/* What is to be on the disk */

int do_fsync(struct call *c)
{
	struct file *f;
	struct mount *m;
	int rc;

	f = call_file(c, &rc);
	if (!f)
		return rc;
	m = mount_find(f->at.dev);
	if (!c->syncs)
		c->sync[mount_index(m)] = mount_sync(m);
	c->syncs = true;
	rc = mount_synced(m, c->sync[mount_index(m)]);
	return core_waits(c, m, rc);
}

static void sync_begin(struct call *c)
{
	struct mount *m;

	for (int i = 0; !c->syncs && i < MOUNTS_MAX; i++) {
		m = mount_at(i);
		if (!m || m->state != MOUNT_THERE)
			continue;
		c->sync[i] = mount_sync(m);
		c->sync_dev[i] = m->dev;
	}
	c->syncs = true;
}

/* A mount that has gone meanwhile has been written to its end. */
int do_sync(struct call *c)
{
	struct mount *m;
	int rc = 0, n;

	sync_begin(c);
	for (int i = 0; i < MOUNTS_MAX; i++) {
		m = c->sync_dev[i] ? mount_find(c->sync_dev[i]) : NULL;
		if (!m || m->state != MOUNT_THERE)
			continue;
		n = mount_synced(m, c->sync[i]);
		if (n == CALL_LATER)
			return core_waits(c, m, n);
		if (n)
			rc = n;
	}
	return rc;
}

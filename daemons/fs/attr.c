// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attributes: of a name, of a link itself, of a descriptor.  Each request is
 * one function of an inode and what it is now, reached in these three ways.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "walk.h"

/* What a request wants of an inode; "value" and "flags" as fs.h has them */
struct wish {
	struct place at;
	struct mfs_attr attr; /* as it is */
	uint32_t value[2];
	int64_t wide;
	uint32_t flags;
};

typedef int attr_action(struct call *c, struct wish *w);

static int by_path(struct call *c, unsigned int flags, attr_action *act)
{
	struct path p;
	struct wish w;
	fs_path_t arg;
	int rc = call_walk(c, 0, flags, &p);

	if (rc)
		return rc;
	com_get(&c->m, &arg);
	w = (struct wish){ .at = p.at,
			   .attr = p.attr,
			   .value = { arg.value[0], arg.value[1] },
			   .wide = arg.wide,
			   .flags = arg.flags };
	return act(c, &w);
}

static int by_fd(struct call *c, attr_action *act)
{
	struct file *f;
	struct wish w;
	fs_fd_t arg;
	int rc;

	com_get(&c->m, &arg);
	f = call_file(c, &rc);
	if (!f)
		return rc;
	w = (struct wish){ .at = f->at,
			   .value = { arg.value[0], arg.value[1] },
			   .wide = arg.wide,
			   .flags = arg.flags };
	rc = attr_read(c, &w.at, &w.attr);
	return rc ? rc : act(c, &w);
}

/* stat */

static uint32_t time_of(int64_t t)
{
	if (t < 0)
		return 0;
	return t > UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

static int stat_answer(struct call *c, struct wish *w)
{
	const struct mfs_attr *a = &w->attr;
	struct mfs_statfs st;
	fs_stat_t answer;

	mfs_statfs(mount_find(w->at.dev)->core, &st);
	answer = (fs_stat_t){ .ino = w->at.ino,
			      .mode = a->mode,
			      .nlink = a->nlink,
			      .uid = a->uid,
			      .gid = a->gid,
			      .rdev = (uint32_t)a->rdev,
			      .size = (int64_t)a->size,
			      .atime = time_of(a->atime),
			      .mtime = time_of(a->mtime),
			      .ctime = time_of(a->ctime),
			      .blocks = (uint32_t)a->blocks,
			      .dev = w->at.dev,
			      .blksize = st.block_size };
	com_put(&c->m, &answer);
	return 0;
}

int do_stat(struct call *c)
{
	return by_path(c, PATH_FOLLOW, stat_answer);
}

int do_lstat(struct call *c)
{
	return by_path(c, 0, stat_answer);
}

int do_fstat(struct call *c)
{
	return by_fd(c, stat_answer);
}

/* access */

static int access_answer(struct call *c, struct wish *w)
{
	const struct cred who = call_cred(c);
	const uint32_t mode = w->value[0];
	int rc;

	if (mode & ~(uint32_t)(R_OK | W_OK | X_OK))
		return -EINVAL;
	rc = perm_check(&who, &w->attr, mode);
	if (!rc && mode & W_OK)
		rc = mount_writable(mount_find(w->at.dev));
	return rc;
}

int do_access(struct call *c)
{
	return by_path(c, PATH_FOLLOW, access_answer);
}

/* chmod */

static int mode_change(struct call *c, struct wish *w)
{
	const struct cred who = call_cred(c);
	int rc = mount_writable(mount_find(w->at.dev));

	if (!rc && !perm_owns(&who, &w->attr))
		rc = -EPERM;
	if (rc)
		return rc;
	w->attr.mode = perm_chmod(&who, &w->attr, w->value[0]);
	return attr_set(c, &w->at, &w->attr, MFS_SET_MODE);
}

int do_chmod(struct call *c)
{
	return by_path(c, PATH_FOLLOW, mode_change);
}

int do_fchmod(struct call *c)
{
	return by_fd(c, mode_change);
}

/* chown */

static int owner_change(struct call *c, struct wish *w)
{
	const struct cred who = call_cred(c);
	unsigned int set = 0;
	int rc = mount_writable(mount_find(w->at.dev));

	if (!rc)
		rc = perm_chown(&who, &w->attr, w->value[0], w->value[1]);
	if (rc)
		return rc;
	if (w->value[0] != PROC_NO_ID) {
		w->attr.uid = w->value[0];
		set |= MFS_SET_UID;
	}
	if (w->value[1] != PROC_NO_ID) {
		w->attr.gid = w->value[1];
		set |= MFS_SET_GID;
	}
	if (perm_without_set_id(&w->attr) != w->attr.mode) {
		w->attr.mode = perm_without_set_id(&w->attr);
		set |= MFS_SET_MODE;
	}
	return attr_set(c, &w->at, &w->attr, set);
}

int do_chown(struct call *c)
{
	return by_path(c, PATH_FOLLOW, owner_change);
}

int do_lchown(struct call *c)
{
	return by_path(c, 0, owner_change);
}

int do_fchown(struct call *c)
{
	return by_fd(c, owner_change);
}

/* utime */

/* 0, or what forbids it: who may write may say "now", twice */
static int times_check(const struct call *c, const struct wish *w)
{
	const uint32_t now = FS_ATIME_NOW | FS_MTIME_NOW;
	const struct cred who = call_cred(c);

	if (perm_owns(&who, &w->attr))
		return 0;
	return (w->flags & now) == now ?
		       perm_check(&who, &w->attr, PERM_WRITE) :
		       -EPERM;
}

static int times_change(struct call *c, struct wish *w)
{
	const uint32_t omit = FS_ATIME_OMIT | FS_MTIME_OMIT;
	unsigned int set = 0;
	int rc;

	if ((w->flags & omit) == omit)
		return 0;
	rc = mount_writable(mount_find(w->at.dev));
	if (!rc)
		rc = times_check(c, w);
	if (rc)
		return rc;
	if (!(w->flags & FS_ATIME_OMIT)) {
		w->attr.atime = (w->flags & FS_ATIME_NOW) ? fs_now() :
							    w->value[0];
		set |= MFS_SET_ATIME;
	}
	if (!(w->flags & FS_MTIME_OMIT)) {
		w->attr.mtime = (w->flags & FS_MTIME_NOW) ? fs_now() :
							    w->value[1];
		set |= MFS_SET_MTIME;
	}
	return attr_set(c, &w->at, &w->attr, set);
}

int do_utime(struct call *c)
{
	return by_path(c, PATH_FOLLOW, times_change);
}

int do_lutime(struct call *c)
{
	return by_path(c, 0, times_change);
}

int do_futime(struct call *c)
{
	return by_fd(c, times_change);
}

/* truncate */

static int size_change(struct call *c, struct wish *w)
{
	unsigned int set = MFS_SET_SIZE | MFS_SET_MTIME;

	w->attr.size = (uint64_t)w->wide;
	w->attr.mtime = fs_now();
	if (c->uid && perm_without_set_id(&w->attr) != w->attr.mode) {
		w->attr.mode = perm_without_set_id(&w->attr);
		set |= MFS_SET_MODE;
	}
	return attr_set(c, &w->at, &w->attr, set);
}

static int name_truncate(struct call *c, struct wish *w)
{
	const struct cred who = call_cred(c);
	int rc = w->wide < 0 ? -EINVAL : 0;

	if (!rc && S_ISDIR(w->attr.mode))
		rc = -EISDIR;
	if (!rc && !S_ISREG(w->attr.mode))
		rc = -EINVAL;
	if (!rc)
		rc = perm_check(&who, &w->attr, PERM_WRITE);
	if (!rc)
		rc = mount_writable(mount_find(w->at.dev));
	return rc ? rc : size_change(c, w);
}

int do_truncate(struct call *c)
{
	return by_path(c, PATH_FOLLOW, name_truncate);
}

static int file_truncate(struct call *c, struct wish *w)
{
	int rc;
	const struct file *f = call_file(c, &rc);

	if (!f)
		return rc;
	if ((f->flags & O_ACCMODE) == O_RDONLY || f->directory || w->wide < 0)
		return -EINVAL;
	rc = mount_writable(mount_find(w->at.dev));
	return rc ? rc : size_change(c, w);
}

int do_ftruncate(struct call *c)
{
	return by_fd(c, file_truncate);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Names: what is made, linked, moved and removed */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "copy.h"
#include "fs.h"
#include "walk.h"

#define PATH_NEW (PATH_MISSING | PATH_ITSELF)

/* A name that is to be new: 0, or what is in its way */
static int new_check(const struct call *c, const struct path *p, bool directory)
{
	const struct cred who = call_cred(c);
	int rc;

	if (p->at.dev)
		return -EEXIST;
	if ((p->slash && !directory) || !p->dir_attr.nlink)
		return -ENOENT;
	rc = mount_writable(mount_find(p->dir.dev));
	return rc ? rc : perm_check(&who, &p->dir_attr, PERM_WRITE | PERM_EXEC);
}

/* mkdir, mknod */
static int node_make(struct call *c, uint32_t mode, uint64_t rdev)
{
	struct mfs_owner owner = { .uid = c->uid, .now = fs_now() };
	const struct cred who = call_cred(c);
	const struct mount *m;
	struct path p;
	uint32_t ino;
	int rc = call_walk(c, 0, PATH_NEW, &p);

	if (!rc)
		rc = new_check(c, &p, S_ISDIR(mode));
	if (rc)
		return rc;
	m = mount_find(p.dir.dev);
	mode = perm_new(&who, &p.dir_attr, mode, call_umask(c), &owner.gid);
	return core_waits(c, m,
			  mfs_create(m->core, p.dir.ino, p.name, p.length, mode,
				     rdev, &owner, &ino));
}

int do_mkdir(struct call *c)
{
	fs_path_t arg;

	com_get(&c->m, &arg);
	return node_make(c, S_IFDIR | (arg.value[0] & 01777), 0);
}

int do_mknod(struct call *c)
{
	fs_path_t arg;
	uint32_t mode;

	com_get(&c->m, &arg);
	mode = arg.value[0];
	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		return node_make(c, mode & (S_IFMT | 07777), 0);
	case S_IFCHR:
	case S_IFBLK:
		return c->uid ? -EPERM :
				node_make(c, mode & (S_IFMT | 07777),
					  arg.value[1]);
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

int do_symlink(struct call *c)
{
	struct mfs_owner owner = { .uid = c->uid, .now = fs_now() };
	const struct cred who = call_cred(c);
	const struct mount *m;
	struct path p;
	uint32_t ino;
	int rc;

	if (!*c->path[0])
		return -ENOENT;
	rc = call_walk(c, 1, PATH_NEW, &p);
	if (!rc)
		rc = new_check(c, &p, false);
	if (rc)
		return rc;
	m = mount_find(p.dir.dev);
	perm_new(&who, &p.dir_attr, S_IFLNK, 0, &owner.gid);
	return core_waits(c, m,
			  mfs_symlink(m->core, p.dir.ino, p.name, p.length,
				      c->path[0], &owner, &ino));
}

int do_readlink(struct call *c)
{
	static char text[MFS_BLOCK_MAX];
	struct iovec iov = { .iov_base = text };
	size_t size = sizeof(text);
	const struct mount *m;
	fs_path_t arg;
	struct path p;
	int rc = call_walk(c, 0, 0, &p);

	com_get(&c->m, &arg);
	if (rc)
		return rc;
	if (!S_ISLNK(p.attr.mode) || !c->bytes)
		return -EINVAL;
	m = mount_find(p.at.dev);
	rc = core_waits(c, m, mfs_readlink(m->core, p.at.ino, text, &size));
	if (rc)
		return rc;
	iov.iov_len = size < c->bytes ? size : c->bytes;
	rc = copy_out(c, &iov, 1, 0, iov.iov_len);
	if (rc)
		return rc;
	arg.flags = (uint32_t)iov.iov_len;
	com_put(&c->m, &arg);
	return 0;
}

int do_link(struct call *c)
{
	const struct mount *m;
	struct path from, to;
	fs_paths_t arg;
	int rc;

	com_get(&c->m, &arg);
	rc = call_walk(c, 0, (arg.flags & FS_FOLLOW) ? PATH_FOLLOW : 0, &from);
	if (!rc)
		rc = call_walk(c, 1, PATH_NEW, &to);
	if (rc)
		return rc;
	if (to.at.dev)
		return -EEXIST;
	if (from.at.dev != to.dir.dev)
		return -EXDEV;
	rc = new_check(c, &to, false);
	if (!rc && S_ISDIR(from.attr.mode))
		rc = -EPERM;
	if (rc)
		return rc;
	m = mount_find(to.dir.dev);
	return core_waits(c, m,
			  mfs_link(m->core, from.at.ino, to.dir.ino, to.name,
				   to.length, fs_now()));
}

/* May the name be taken away? */
static int old_check(const struct call *c, const struct path *p)
{
	const struct cred who = call_cred(c);
	int rc = mount_writable(mount_find(p->dir.dev));

	if (!rc)
		rc = perm_remove(&who, &p->dir_attr, &p->attr);
	/* Something is mounted on it. */
	return !rc && p->at.dev != p->dir.dev ? -EBUSY : rc;
}

int do_unlink(struct call *c)
{
	const struct mount *m;
	struct path p;
	int rc = call_walk(c, 0, PATH_ITSELF, &p);

	if (rc)
		return rc;
	if (p.end != PATH_NORMAL)
		return -EISDIR;
	rc = old_check(c, &p);
	if (!rc && S_ISDIR(p.attr.mode))
		rc = -EISDIR;
	else if (!rc && p.slash)
		rc = -ENOTDIR;
	if (rc)
		return rc;
	m = mount_find(p.dir.dev);
	return core_waits(c, m,
			  mfs_unlink(m->core, p.dir.ino, p.name, p.length,
				     fs_now()));
}

int do_rmdir(struct call *c)
{
	static const int ends[] = { [PATH_DOT] = -EINVAL,
				    [PATH_DOTDOT] = -ENOTEMPTY,
				    [PATH_ROOT] = -EBUSY };
	const struct mount *m;
	struct path p;
	int rc = call_walk(c, 0, PATH_ITSELF, &p);

	if (rc)
		return rc;
	if (p.end != PATH_NORMAL)
		return ends[p.end];
	rc = old_check(c, &p);
	if (!rc && !S_ISDIR(p.attr.mode))
		rc = -ENOTDIR;
	if (rc)
		return rc;
	m = mount_find(p.dir.dev);
	return core_waits(c, m,
			  mfs_rmdir(m->core, p.dir.ino, p.name, p.length,
				    fs_now()));
}

/* Both names, before the core looks at what they are */
static int rename_check(const struct call *c, const struct path *from,
			const struct path *to)
{
	const struct cred who = call_cred(c);
	const bool directory = S_ISDIR(from->attr.mode);
	int rc;

	if (from->end != PATH_NORMAL || to->end != PATH_NORMAL)
		return -EBUSY;
	if (from->dir.dev != to->dir.dev)
		return -EXDEV;
	rc = old_check(c, from);
	if (rc)
		return rc;
	if (!directory && (from->slash || to->slash))
		return -ENOTDIR;
	rc = to->at.dev ? old_check(c, to) : new_check(c, to, directory);
	/* Its ".." changes. */
	if (!rc && directory && from->dir.ino != to->dir.ino)
		rc = perm_check(&who, &from->attr, PERM_WRITE);
	return rc;
}

int do_rename(struct call *c)
{
	struct path from, to;
	const struct mount *m;
	fs_paths_t arg;
	int rc;

	com_get(&c->m, &arg);
	rc = call_walk(c, 0, PATH_ITSELF, &from);
	if (!rc)
		rc = call_walk(c, 1, PATH_NEW, &to);
	if (!rc)
		rc = rename_check(c, &from, &to);
	if (rc)
		return rc;
	m = mount_find(from.dir.dev);
	return core_waits(c, m,
			  mfs_rename(m->core, from.dir.ino, from.name,
				     from.length, to.dir.ino, to.name,
				     to.length,
				     (arg.flags & FS_NOREPLACE) ?
					     MFS_RENAME_NOREPLACE :
					     0,
				     fs_now()));
}

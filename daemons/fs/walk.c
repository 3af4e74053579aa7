// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "clients.h"
#include "fs.h"
#include "walk.h"

int core_waits(struct call *c, const struct mount *m, int rc)
{
	return rc == MFS_WAIT ? call_waits(c, CALL_MOUNT, m->dev) : rc;
}

struct cred call_cred(const struct call *c)
{
	return (struct cred){ c->uid, c->gid };
}

uint32_t call_umask(const struct call *c)
{
	fs_path_t arg;

	com_get(&c->m, &arg);
	return (arg.value[0] & FS_NO_UMASK) ? 0 : c->proc->umask;
}

int call_walk(struct call *c, int i, unsigned int flags, struct path *p)
{
	const struct path_from from = {
		.who = call_cred(c),
		.cwd = c->proc ? c->proc->cwd : fs.root,
		.root = c->proc ? c->proc->root : fs.root,
	};
	fs_path_t arg;
	int rc;

	com_get(&c->m, &arg);
	if (c->row->has & CALL_PATH && arg.length & FS_NO_LINKS)
		flags |= PATH_NO_LINKS;
	rc = path_walk(&from, c->path[i], flags, p);

	return rc == CALL_LATER ? call_waits(c, CALL_MOUNT, p->waits) : rc;
}

int mount_writable(const struct mount *m)
{
	struct mfs_statfs st;

	mfs_statfs(m->core, &st);
	return st.read_only ? -EROFS : 0;
}

int attr_set(struct call *c, const struct place *at, struct mfs_attr *attr,
	     unsigned int set)
{
	const struct mount *m = mount_find(at->dev);

	if (!m)
		return -EIO;
	attr->ctime = fs_now();
	return core_waits(c, m,
			  mfs_setattr(m->core, at->ino, attr,
				      set | MFS_SET_CTIME));
}

int attr_read(struct call *c, const struct place *at, struct mfs_attr *attr)
{
	const struct mount *m = mount_find(at->dev);

	if (!m)
		return -EIO;
	return core_waits(c, m, mfs_getattr(m->core, at->ino, attr));
}

struct file *call_file(struct call *c, int *rc)
{
	struct fproc *p;

	return client_file(c, &p, rc);
}

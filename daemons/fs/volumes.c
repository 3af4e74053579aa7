// SPDX-License-Identifier: GPL-2.0-or-later
/* Mounts as requests have them, and what is open */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "clients.h"
#include "common/log.h"
#include "fs.h"
#include "walk.h"

#define MAGIC_V1 0x138f /* as Linux has it, of names of 30 bytes */
#define MAGIC_V2 0x2478
#define MAGIC_V3 0x4d5a

/* Where something is to be mounted */
static int point_check(const struct path *p)
{
	if (!S_ISDIR(p->attr.mode))
		return -ENOTDIR;
	return mount_of_root(&p->at) ? -EBUSY : 0;
}

static int mount_start(struct call *c, const fs_paths_t *arg)
{
	struct path p;
	int rc = call_walk(c, 1, PATH_FOLLOW, &p);

	if (!rc)
		rc = point_check(&p);
	if (!rc && (!*c->path[0] || strlen(c->path[0]) >= BDEV_NAME))
		rc = -EINVAL;
	return rc ? rc :
		    mount_begin(c->path[0], arg->flags & FS_RDONLY,
				&c->mounting);
}

/* The directory may be another one by now. */
static int mount_finish(struct call *c, struct mount *m)
{
	struct path p;
	int rc = call_walk(c, 1, PATH_FOLLOW, &p);

	if (rc == CALL_LATER)
		return rc;
	if (!rc)
		rc = point_check(&p);
	if (!rc && !mount_attach(m, &p.at))
		rc = -ENOMEM;
	/* If not it ends by itself, as the call does. */
	return rc;
}

static int mount_step_of(struct call *c)
{
	struct mount *m = mount_find(c->mounting);
	int rc;

	if (!m)
		return -EIO;
	rc = mount_go_on(m);
	if (rc != CALL_LATER && rc)
		c->mounting = 0;
	return core_waits(c, m, rc);
}

int do_mount(struct call *c)
{
	fs_paths_t arg;
	int rc = 0;

	com_get(&c->m, &arg);
	/* Files of this node are not for the root of another one. */
	if (c->uid || (c->node && *c->path[0] == '/'))
		return -EPERM;
	if (arg.flags & ~(uint32_t)FS_RDONLY)
		return -EINVAL;
	if (!c->mounting)
		rc = mount_start(c, &arg);
	if (!rc)
		rc = mount_step_of(c);
	return rc ? rc : mount_finish(c, mount_find(c->mounting));
}

/* The one of the configuration.  Without it there is nothing to serve. */
int do_root(struct call *c)
{
	const struct place nowhere = { 0, 0 };
	struct mount *m;
	int rc = 0;

	if (!c->mounting)
		rc = mount_begin(fs.root_device, fs.root_read_only,
				 &c->mounting);
	if (!rc)
		rc = mount_step_of(c);
	if (rc)
		return rc;
	m = mount_find(c->mounting);
	mount_attach(m, &nowhere);
	fs_serve(&m->root);
	return 0;
}

int do_umount(struct call *c)
{
	struct mount *m = c->leaving ? mount_find(c->leaving) : NULL;
	struct path p;
	int rc;

	if (c->uid)
		return -EPERM;
	if (!c->leaving) {
		rc = call_walk(c, 0, PATH_FOLLOW, &p);
		if (rc)
			return rc;
		m = mount_of_root(&p.at);
		if (!m)
			return -EINVAL;
		rc = m->covers.dev ? mount_leave(m) : -EBUSY;
		if (rc)
			return rc;
		c->leaving = m->dev;
	}
	/* It has gone to its end, and its log says how. */
	if (!m)
		return 0;
	return core_waits(c, m, mount_leave_go_on(m));
}

static uint32_t magic_of(const struct mfs_statfs *st)
{
	switch (st->version) {
	case 1:
		return MAGIC_V1;
	case 2:
		return MAGIC_V2;
	default:
		return MAGIC_V3;
	}
}

static int statfs_answer(struct call *c, uint32_t dev)
{
	const struct mount *m = mount_find(dev);
	struct mfs_statfs st;

	if (!m)
		return -EIO;
	mfs_statfs(m->core, &st);
	com_put(&c->m, &((fs_statfs_t){ .blocks = st.blocks,
					.bfree = st.blocks_free,
					.files = st.inodes,
					.ffree = st.inodes_free,
					.bsize = st.block_size,
					.namelen = st.name_max,
					.type = magic_of(&st),
					.flags = st.read_only ? ST_RDONLY : 0,
					.dev = dev }));
	return 0;
}

int do_statfs(struct call *c)
{
	struct path p;
	int rc = call_walk(c, 0, PATH_FOLLOW, &p);

	return rc ? rc : statfs_answer(c, p.at.dev);
}

int do_fstatfs(struct call *c)
{
	int rc;
	const struct file *f = call_file(c, &rc);

	return f ? statfs_answer(c, f->at.dev) : rc;
}

static const struct mount *mount_from(uint32_t number)
{
	const struct mount *m, *first = NULL;

	for (int i = 0; i < MOUNTS_MAX; i++) {
		m = mount_at(i);
		if (m && m->state == MOUNT_THERE && m->dev >= number &&
		    (!first || m->dev < first->dev))
			first = m;
	}
	return first;
}

int do_nextmount(struct call *c)
{
	const struct mount *m;
	struct mfs_statfs st;
	struct mfs_stats stats;
	fs_mount_t arg;
	size_t skip;

	com_get(&c->m, &arg);
	m = mount_from(arg.number);
	if (!m)
		return -ENOENT;
	mfs_statfs(m->core, &st);
	mfs_stats(m->core, &stats);
	arg = (fs_mount_t){
		.number = m->dev,
		.flags = (st.read_only ? FS_RDONLY : 0) |
			 (m->warned ? FS_BROKEN : 0),
		.hits = stats.hits,
		.misses = stats.misses,
		.written = stats.blocks_written + stats.blocks_grouped,
		.copied = m->copied,
	};
	skip = strlen(m->device->name);
	skip = skip < sizeof(arg.device) ? 0 : skip - sizeof(arg.device) + 1;
	strncpy(arg.device, m->device->name + skip, sizeof(arg.device) - 1);
	com_put(&c->m, &arg);
	return 0;
}

/* Of this process, from that descriptor on */
static bool file_next(const struct fproc *p, int fd, fs_file_t *to)
{
	for (; fd < p->nr_fds; fd++) {
		const struct file *f = p->fd[fd].file;

		if (!f || f == &fs.files.lost)
			continue;
		*to = (fs_file_t){ .endpoint = p->endpoint,
				   .fd = fd,
				   .dev = f->at.dev,
				   .ino = f->at.ino,
				   .flags = (uint32_t)f->flags,
				   .uid = p->uid,
				   .position = f->position };
		return true;
	}
	return false;
}

int do_nextfile(struct call *c)
{
	const struct fproc *p;
	fs_file_t arg, to;
	int i, fd;

	com_get(&c->m, &arg);
	i = fproc_slot(arg.endpoint);
	if (i < 0 || arg.fd < -1 || arg.fd >= FS_OPEN_MAX)
		return -EINVAL;
	for (fd = arg.fd + 1; i < FPROCS_MAX; i++, fd = 0) {
		p = &fs.procs.proc[i];
		if (!p->there || (c->uid && c->uid != p->uid) ||
		    !file_next(p, fd, &to))
			continue;
		com_put(&c->m, &to);
		return 0;
	}
	return -ENOENT;
}

static void process_tell(const struct fproc *p, fs_process_t *to)
{
	*to = (fs_process_t){ .endpoint = p->endpoint,
			      .node = p->node,
			      .uid = p->uid,
			      .umask = p->umask,
			      .cwd_dev = p->cwd.dev,
			      .cwd_ino = p->cwd.ino,
			      .root_dev = p->root.dev,
			      .root_ino = p->root.ino,
			      .nr_open = (uint32_t)fproc_nr_open(p) };
}

int do_nextproc(struct call *c)
{
	const struct fproc *p;
	fs_process_t arg;
	int i;

	com_get(&c->m, &arg);
	i = fproc_slot(arg.endpoint);
	if (i < 0)
		return -EINVAL;
	for (; i < FPROCS_MAX; i++) {
		p = &fs.procs.proc[i];
		if (!p->there || (c->uid && c->uid != p->uid))
			continue;
		process_tell(p, &arg);
		com_put(&c->m, &arg);
		return 0;
	}
	return -ENOENT;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes; and what all requests have */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "durable.h"
#include "fuse.h"
#include "handle.h"

struct inodes inodes;

static pthread_rwlock_t paths_lock;

void paths_init(void)
{
	pthread_rwlockattr_t attr;

	/* Who changes names would never have its turn otherwise. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(
		&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&paths_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

void paths_read(void)
{
	pthread_rwlock_rdlock(&paths_lock);
}

void paths_change(void)
{
	pthread_rwlock_wrlock(&paths_lock);
}

void paths_release(void)
{
	pthread_rwlock_unlock(&paths_lock);
}

struct node *node_of(fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &inodes.root : (struct node *)ino;
}

/* An ordinary user has the mount for itself: whoever asks is that user. */
struct who who_asks(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return options.for_all ? (struct who){ ctx->uid, ctx->gid } : WHO_SELF;
}

/* Inodes of file systems that are mounted in it have other numbers. */
static ino_t ino_of(const fs_stat_t *attr)
{
	const uint64_t dev = attr->dev == inodes.root.dev ? 0 : attr->dev;

	return dev << 32 | attr->ino;
}

void stat_fill(struct stat *st, const fs_stat_t *attr)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino_of(attr);
	st->st_mode = attr->mode;
	st->st_nlink = attr->nlink;
	st->st_uid = attr->uid;
	st->st_gid = attr->gid;
	st->st_rdev = attr->rdev;
	st->st_size = (off_t)attr->size;
	st->st_blksize = (blksize_t)attr->blksize;
	st->st_blocks = (blkcnt_t)attr->blocks;
	st->st_atim.tv_sec = (time_t)attr->atime;
	st->st_mtim.tv_sec = (time_t)attr->mtime;
	st->st_ctim.tv_sec = (time_t)attr->ctime;
}

static int attr_by_handle(struct handle *h, fs_stat_t *attr)
{
	const fs_fd_t arg = CLIENT_FD;
	message m;
	int rc;

	com_put(&m, &arg);
	rc = handle_ask(h, FS_FSTAT, &m);
	handle_put(h);
	if (!rc)
		com_get(&m, attr);
	return rc;
}

/* One that is open may have no name; of one that is lost there may be one. */
int attr_get(struct node *node, fs_stat_t *attr)
{
	struct handle *h = handle_get(node, HANDLE_ANY);
	char path[INODES_PATH];
	int rc;

	if (h) {
		rc = attr_by_handle(h, attr);
		if (rc != -EIO && rc != -EBADF)
			return rc;
	}
	rc = inodes_path(&inodes, node, path);
	return rc < 0 ? rc : client_stat(path, attr);
}

int entry_make(fuse_ino_t dir, const char *name, struct fuse_entry_param *entry)
{
	char path[INODES_PATH];
	struct node *node;
	fs_stat_t attr;
	int rc;

	rc = inodes_path_in(&inodes, node_of(dir), name, path);
	if (rc < 0)
		return rc;
	rc = client_stat(path, &attr);
	if (rc)
		return rc;
	node = inodes_enter(&inodes, node_of(dir), name, attr.dev, attr.ino);
	if (!node)
		return -ENOMEM;
	memset(entry, 0, sizeof(*entry));
	entry->ino = node == &inodes.root ? FUSE_ROOT_ID : (fuse_ino_t)node;
	entry->attr_timeout = entry->entry_timeout = options.timeout;
	stat_fill(&entry->attr, &attr);
	return 0;
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	/* FS does that for who writes, and who writes is this program. */
	conn->want &= ~(unsigned int)FUSE_CAP_HANDLE_KILLPRIV;
	if (conn->max_write > FS_BYTES_MAX)
		conn->max_write = FS_BYTES_MAX;
	conn->max_background = 2 * options.threads;
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	fs_stat_t attr;
	struct stat st;
	int rc;

	(void)fi;
	paths_read();
	rc = attr_get(node_of(ino), &attr);
	paths_release();
	if (rc) {
		fuse_reply_err(req, -rc);
		return;
	}
	stat_fill(&st, &attr);
	fuse_reply_attr(req, &st, options.timeout);
}

/* Changes: by a descriptor if there is one, else by name */

struct change {
	struct node *node;
	struct handle *handle; /* or NULL */
	struct who who;
};

static int change_ask(const struct change *c, int by_name, int by_fd,
		      uint32_t flags, uint32_t first, uint32_t second)
{
	const fs_fd_t of_fd = { .uid = c->who.uid,
				.gid = c->who.gid,
				.flags = flags,
				.value = { first, second } };
	fs_path_t of_name = { .flags = flags, .value = { first, second } };
	char path[INODES_PATH];
	message m;
	int rc;

	com_put(&m, &of_fd);
	if (c->handle)
		return handle_ask(c->handle, by_fd, &m);
	rc = inodes_path(&inodes, c->node, path);
	return rc < 0 ? rc : client_path(by_name, path, c->who, &of_name);
}

/* The kernel takes set-id bits away when somebody writes, who may not. */
static bool is_without_set_id(struct node *node, mode_t mode)
{
	const mode_t set_id = S_ISUID | S_ISGID;
	fs_stat_t attr;

	return !attr_get(node, &attr) && attr.mode != mode &&
	       (attr.mode & 07777 & ~set_id) == (mode & 07777 & ~set_id) &&
	       !(mode & set_id & ~attr.mode);
}

static int change_mode(struct change c, mode_t mode)
{
	int rc = change_ask(&c, FS_CHMOD, FS_FCHMOD, 0, mode & 07777, 0);

	if (rc != -EPERM || !is_without_set_id(c.node, mode))
		return rc;
	c.who = WHO_SELF;
	return change_ask(&c, FS_CHMOD, FS_FCHMOD, 0, mode & 07777, 0);
}

/* Its owner may give it to any group that it is in, as the kernel has seen. */
static int change_owner(struct change c, const struct stat *to, int what)
{
	const uint32_t uid = (what & FUSE_SET_ATTR_UID) ? to->st_uid :
							  PROC_NO_ID;
	const uint32_t gid = (what & FUSE_SET_ATTR_GID) ? to->st_gid :
							  PROC_NO_ID;

	if (gid != PROC_NO_ID && c.who.uid != PROC_NO_ID)
		c.who.gid = gid;
	return change_ask(&c, FS_LCHOWN, FS_FCHOWN, 0, uid, gid);
}

static int change_times(const struct change *c, const struct stat *to, int what)
{
	uint32_t flags = 0;

	if (what & FUSE_SET_ATTR_ATIME_NOW)
		flags |= FS_ATIME_NOW;
	else if (!(what & FUSE_SET_ATTR_ATIME))
		flags |= FS_ATIME_OMIT;
	if (what & FUSE_SET_ATTR_MTIME_NOW)
		flags |= FS_MTIME_NOW;
	else if (!(what & FUSE_SET_ATTR_MTIME))
		flags |= FS_MTIME_OMIT;
	if ((!(flags & (FS_ATIME_NOW | FS_ATIME_OMIT)) &&
	     (uint32_t)to->st_atim.tv_sec != to->st_atim.tv_sec) ||
	    (!(flags & (FS_MTIME_NOW | FS_MTIME_OMIT)) &&
	     (uint32_t)to->st_mtim.tv_sec != to->st_mtim.tv_sec))
		return -EOVERFLOW;
	return change_ask(c, FS_LUTIME, FS_FUTIME, flags,
			  (uint32_t)to->st_atim.tv_sec,
			  (uint32_t)to->st_mtim.tv_sec);
}

/* With a descriptor that the caller has opened for writing it was allowed. */
static int change_size(struct node *node, const struct fuse_file_info *fi,
		       struct who who, off_t size)
{
	fs_path_t of_name = { .wide = size };
	const fs_fd_t of_fd = { .uid = PROC_NO_ID,
				.gid = PROC_NO_ID,
				.wide = size };
	char path[INODES_PATH];
	message m;
	int rc;

	if (fi) {
		com_put(&m, &of_fd);
		return handle_ask((struct handle *)fi->fh, FS_FTRUNCATE, &m);
	}
	rc = inodes_path(&inodes, node, path);
	return rc < 0 ? rc : client_path(FS_TRUNCATE, path, who, &of_name);
}

#define SET_OWNER (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)
#define SET_TIMES                                                              \
	(FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME | \
	 FUSE_SET_ATTR_MTIME_NOW)

static int change_all(const struct change *c, const struct stat *to, int what,
		      const struct fuse_file_info *fi)
{
	int rc = 0;

	if (what & SET_OWNER)
		rc = change_owner(*c, to, what);
	if (!rc && what & FUSE_SET_ATTR_MODE)
		rc = change_mode(*c, to->st_mode);
	if (!rc && what & FUSE_SET_ATTR_SIZE)
		rc = change_size(c->node, fi, c->who, to->st_size);
	if (!rc && what & SET_TIMES)
		rc = change_times(c, to, what);
	return rc;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *to,
		       int what, struct fuse_file_info *fi)
{
	struct change c = { .node = node_of(ino), .who = who_asks(req) };
	fs_stat_t attr;
	struct stat st;
	int rc;

	c.handle = handle_get(c.node, HANDLE_ANY);
	paths_read();
	rc = change_all(&c, to, what, fi);
	if (!rc) {
		durable_changed(c.node);
		rc = attr_get(c.node, &attr);
	}
	paths_release();
	if (c.handle)
		handle_put(c.handle);
	if (rc) {
		fuse_reply_err(req, -rc);
		return;
	}
	stat_fill(&st, &attr);
	fuse_reply_attr(req, &st, options.timeout);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	fs_path_t arg = { .flags = 0 };
	struct statvfs st = { .f_bsize = 0 };
	char path[INODES_PATH];
	fs_statfs_t from;
	int rc;

	paths_read();
	rc = inodes_path(&inodes, node_of(ino), path);
	if (rc >= 0)
		rc = client_path(FS_STATFS, path, WHO_SELF, &arg);
	paths_release();
	if (rc) {
		fuse_reply_err(req, -rc);
		return;
	}
	memcpy(&from, &arg, sizeof(from));
	st.f_bsize = st.f_frsize = from.bsize;
	st.f_blocks = from.blocks;
	st.f_bfree = st.f_bavail = from.bfree;
	st.f_files = from.files;
	st.f_ffree = st.f_favail = from.ffree;
	st.f_namemax = from.namelen;
	fuse_reply_statfs(req, &st);
}

struct fuse_lowlevel_ops ops_table(void)
{
	struct fuse_lowlevel_ops ops = {
		.init = op_init,
		.getattr = op_getattr,
		.setattr = op_setattr,
		.statfs = op_statfs,
	};

	naming_ops(&ops);
	data_ops(&ops);
	return ops;
}

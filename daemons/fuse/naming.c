// SPDX-License-Identifier: GPL-2.0-or-later
/* Names: looked up, made, moved, taken away */
#include <errno.h>
#include <stdlib.h>
#include <linux/fs.h>

#include "durable.h"
#include "fuse.h"

static void reply_entry(fuse_req_t req, int rc,
			const struct fuse_entry_param *entry)
{
	if (rc)
		fuse_reply_err(req, -rc);
	else if (fuse_reply_entry(req, entry) && entry->ino != FUSE_ROOT_ID)
		/* It was interrupted, and the kernel knows nothing of it. */
		inodes_forget(&inodes, node_of(entry->ino), 1);
}

/* That there is no such name is worth knowing, too. */
static void op_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct fuse_entry_param entry;
	int rc;

	paths_read();
	rc = entry_make(dir, name, &entry);
	paths_release();
	if (rc != -ENOENT) {
		reply_entry(req, rc, &entry);
		return;
	}
	entry = (struct fuse_entry_param){ .entry_timeout = options.timeout };
	fuse_reply_entry(req, &entry);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	inodes_forget(&inodes, node_of(ino), lookups);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		inodes_forget(&inodes, node_of(forgets[i].ino),
			      forgets[i].nlookup);
	fuse_reply_none(req);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char path[INODES_PATH], text[FS_PATH_MAX + 1];
	fs_path_t arg = { .flags = FS_PATH_MAX,
			  .wide = (int64_t)(uintptr_t)text };
	int rc;

	paths_read();
	rc = inodes_path(&inodes, node_of(ino), path);
	if (rc >= 0)
		rc = client_path(FS_READLINK, path, WHO_SELF, &arg);
	paths_release();
	if (rc) {
		fuse_reply_err(req, -rc);
		return;
	}
	text[arg.flags] = '\0';
	fuse_reply_readlink(req, text);
}

/* Made */

static int entry_made(fuse_ino_t dir, const char *name,
		      struct fuse_entry_param *entry)
{
	durable_changed(node_of(dir));
	return entry_make(dir, name, entry);
}

static void name_create(fuse_req_t req, fuse_ino_t dir, const char *name,
			int type, fs_path_t *arg)
{
	struct fuse_entry_param entry;
	char path[INODES_PATH];
	int rc;

	paths_read();
	rc = inodes_path_in(&inodes, node_of(dir), name, path);
	if (rc >= 0)
		rc = client_path(type, path, who_asks(req), arg);
	if (!rc)
		rc = entry_made(dir, name, &entry);
	paths_release();
	reply_entry(req, rc, &entry);
}

static void op_mknod(fuse_req_t req, fuse_ino_t dir, const char *name,
		     mode_t mode, dev_t device)
{
	fs_path_t arg = { .value = { mode | FS_NO_UMASK, (uint32_t)device } };

	if ((uint32_t)device != device)
		fuse_reply_err(req, EINVAL);
	else
		name_create(req, dir, name, FS_MKNOD, &arg);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name,
		     mode_t mode)
{
	fs_path_t arg = { .value = { mode | FS_NO_UMASK } };

	name_create(req, dir, name, FS_MKDIR, &arg);
}

static void op_symlink(fuse_req_t req, const char *text, fuse_ino_t dir,
		       const char *name)
{
	struct fuse_entry_param entry;
	char path[INODES_PATH];
	int rc;

	paths_read();
	rc = inodes_path_in(&inodes, node_of(dir), name, path);
	if (rc >= 0)
		rc = client_paths(FS_SYMLINK, text, path, who_asks(req), 0);
	if (!rc)
		rc = entry_made(dir, name, &entry);
	paths_release();
	reply_entry(req, rc, &entry);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t dir,
		    const char *name)
{
	struct fuse_entry_param entry;
	char from[INODES_PATH], to[INODES_PATH];
	int rc;

	paths_read();
	rc = inodes_path(&inodes, node_of(ino), from);
	if (rc >= 0)
		rc = inodes_path_in(&inodes, node_of(dir), name, to);
	if (rc >= 0)
		rc = client_paths(FS_LINK, from, to, who_asks(req), 0);
	if (!rc)
		rc = entry_made(dir, name, &entry);
	paths_release();
	reply_entry(req, rc, &entry);
}

/* Taken away, or moved */

static void name_remove(fuse_req_t req, fuse_ino_t dir, const char *name,
			int type)
{
	fs_path_t arg = { .flags = 0 };
	char path[INODES_PATH];
	int rc;

	paths_change();
	rc = inodes_path_in(&inodes, node_of(dir), name, path);
	if (rc >= 0)
		rc = client_path(type, path, who_asks(req), &arg);
	if (!rc) {
		durable_changed(node_of(dir));
		inodes_remove(&inodes, node_of(dir), name);
	}
	paths_release();
	fuse_reply_err(req, -rc);
}

static void op_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	name_remove(req, dir, name, FS_UNLINK);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	name_remove(req, dir, name, FS_RMDIR);
}

static int name_rename(struct who who, fuse_ino_t dir, const char *name,
		       fuse_ino_t to, const char *new_name, uint32_t flags)
{
	char from[INODES_PATH], path[INODES_PATH];
	int rc;

	rc = inodes_path_in(&inodes, node_of(dir), name, from);
	if (rc >= 0)
		rc = inodes_path_in(&inodes, node_of(to), new_name, path);
	if (rc >= 0)
		rc = client_paths(FS_RENAME, from, path, who, flags);
	if (rc)
		return rc;
	durable_changed(node_of(dir));
	durable_changed(node_of(to));
	inodes_move(&inodes, node_of(dir), name, node_of(to), new_name);
	return 0;
}

static void op_rename(fuse_req_t req, fuse_ino_t dir, const char *name,
		      fuse_ino_t to, const char *new_name, unsigned int flags)
{
	int rc;

	if (flags & ~(unsigned int)RENAME_NOREPLACE) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	paths_change();
	rc = name_rename(who_asks(req), dir, name, to, new_name,
			 (flags & RENAME_NOREPLACE) ? FS_NOREPLACE : 0);
	paths_release();
	fuse_reply_err(req, -rc);
}

void naming_ops(struct fuse_lowlevel_ops *ops)
{
	ops->lookup = op_lookup;
	ops->forget = op_forget;
	ops->forget_multi = op_forget_multi;
	ops->readlink = op_readlink;
	ops->mknod = op_mknod;
	ops->mkdir = op_mkdir;
	ops->symlink = op_symlink;
	ops->link = op_link;
	ops->unlink = op_unlink;
	ops->rmdir = op_rmdir;
	ops->rename = op_rename;
}

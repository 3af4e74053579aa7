// SPDX-License-Identifier: GPL-2.0-or-later
/* Files: opened, read, written, synced, closed */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "durable.h"
#include "fuse.h"
#include "handle.h"

/* How the kernel opens a program, which need not be readable for that */
#define FOR_EXEC 040

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

/* Of the calling thread, for what is read: nobody else has the pages. */
static void *buffer_get(void)
{
	static _Thread_local void *buffer;

	if (!buffer)
		buffer = mmap(NULL, FS_BYTES_MAX, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		buffer = NULL;
	return buffer;
}

static void reply_opened(fuse_req_t req, struct fuse_file_info *fi)
{
	if (fuse_reply_open(req, fi))
		handle_put(handle_of(fi));
}

static struct handle *handle_open(struct node *node, const char *path,
				  struct who who, uint32_t flags, int *rc)
{
	fs_head_t opened;
	struct handle *h;

	*rc = client_open(path, who, flags | O_NOFOLLOW, 0, &opened);
	if (*rc)
		return NULL;
	/*
	 * FS has not looked at anybody's rights then, and who is in the VM may
	 * have made a link of a directory on the way.
	 */
	if (options.for_all && who.uid == PROC_NO_ID)
		*rc = handle_check(&opened, node);
	h = *rc ? NULL : handle_new(node, &opened, (int)flags);
	if (h)
		return h;
	client_close(&opened);
	*rc = *rc ? *rc : -ENOMEM;
	return NULL;
}

/*
 * 0 and the handle in "fi", or -errno.  Without a name it can be reached in
 * /proc by who has it open: that serves both.
 */
static int file_open(struct node *node, struct who who, uint32_t flags,
		     struct fuse_file_info *fi)
{
	char path[INODES_PATH];
	struct handle *h;
	int rc = inodes_path(&inodes, node, path);

	if (rc >= 0)
		h = handle_open(node, path, who, flags, &rc);
	else if (rc == -ESTALE && !(flags & O_TRUNC))
		h = handle_get(node, (int)flags & O_ACCMODE);
	else
		return rc;
	if (!h)
		return rc;
	fi->fh = (uintptr_t)h;
	return 0;
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const uint32_t flags = fi->flags & (O_ACCMODE | O_APPEND | O_TRUNC);
	int rc;

	paths_read();
	rc = file_open(node_of(ino),
		       fi->flags & FOR_EXEC ? WHO_SELF : who_asks(req), flags,
		       fi);
	paths_release();
	if (!rc && flags & O_TRUNC)
		durable_changed(node_of(ino));
	if (rc)
		fuse_reply_err(req, -rc);
	else
		reply_opened(req, fi);
}

static int file_create(fuse_ino_t dir, const char *name, struct who who,
		       mode_t mode, struct fuse_file_info *fi,
		       struct fuse_entry_param *entry)
{
	const uint32_t flags = O_CREAT | (fi->flags & (O_ACCMODE | O_APPEND |
						       O_TRUNC | O_EXCL));
	char path[INODES_PATH];
	struct handle *h;
	fs_head_t opened;
	int rc = inodes_path_in(&inodes, node_of(dir), name, path);

	if (rc >= 0)
		rc = client_open(path, who, flags | O_NOFOLLOW, mode, &opened);
	if (rc)
		return rc;
	rc = entry_make(dir, name, entry);
	h = rc ? NULL : handle_new(node_of(entry->ino), &opened, (int)flags);
	if (h) {
		fi->fh = (uintptr_t)h;
		durable_changed(node_of(dir));
		durable_changed(h->node);
		return 0;
	}
	client_close(&opened);
	if (!rc)
		inodes_forget(&inodes, node_of(entry->ino), 1);
	return rc ? rc : -ENOMEM;
}

static void op_create(fuse_req_t req, fuse_ino_t dir, const char *name,
		      mode_t mode, struct fuse_file_info *fi)
{
	struct fuse_entry_param entry;
	int rc;

	paths_read();
	rc = file_create(dir, name, who_asks(req), mode, fi, &entry);
	paths_release();
	if (rc) {
		fuse_reply_err(req, -rc);
	} else if (fuse_reply_create(req, &entry, fi)) {
		handle_put(handle_of(fi));
		inodes_forget(&inodes, node_of(entry.ino), 1);
	}
}

/* One request, of which FS does as much as it does at once */
static int64_t bytes_move(struct handle *h, int type, const void *at,
			  size_t bytes, off_t position)
{
	fs_rw_t arg = { .at = (uintptr_t)at,
			.bytes = bytes,
			.position = position };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = handle_ask(h, type, &m);
	if (rc)
		return rc;
	com_get(&m, &arg);
	return arg.done;
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t position,
		    struct fuse_file_info *fi)
{
	void *buffer = buffer_get();
	int64_t n = -ENOMEM;

	(void)ino;
	if (size > FS_BYTES_MAX)
		size = FS_BYTES_MAX;
	if (buffer)
		n = bytes_move(handle_of(fi), FS_READ, buffer, size, position);
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_buf(req, buffer, (size_t)n);
}

/* They are where libfuse has read them, and FS takes them from there. */
static void op_write(fuse_req_t req, fuse_ino_t ino, const char *from,
		     size_t size, off_t position, struct fuse_file_info *fi)
{
	int64_t n = bytes_move(handle_of(fi), FS_WRITE, from, size, position);

	(void)ino;
	if (n < 0) {
		fuse_reply_err(req, (int)-n);
		return;
	}
	durable_changed(handle_of(fi)->node);
	fuse_reply_write(req, (size_t)n);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fuse_reply_err(req, -durable_tell(handle_of(fi)->node));
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int data_only,
		     struct fuse_file_info *fi)
{
	(void)ino;
	(void)data_only;
	fuse_reply_err(req, -handle_sync(handle_of(fi)));
}

static void op_release(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	(void)ino;
	handle_put(handle_of(fi));
	fuse_reply_err(req, 0);
}

/* Directories */

static void op_opendir(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	int rc;

	paths_read();
	rc = file_open(node_of(ino), who_asks(req), O_RDONLY | O_DIRECTORY, fi);
	paths_release();
	if (rc)
		fuse_reply_err(req, -rc);
	else
		reply_opened(req, fi);
}

/* As many of FS's entries as the kernel has room for, in its form */
static size_t entries_fill(fuse_req_t req, char *to, size_t room,
			   const char *from, size_t bytes)
{
	size_t used = 0, at = 0, size;
	fs_dirent_t d;

	while (at + sizeof(d) <= bytes) {
		struct stat st = { .st_ino = 0 };

		memcpy(&d, from + at, sizeof(d));
		if (d.size < sizeof(d) || d.size > bytes - at)
			break;
		st.st_ino = (ino_t)d.ino;
		size = fuse_add_direntry(req, to + used, room - used,
					 from + at + sizeof(d), &st, d.next);
		if (size > room - used)
			break;
		used += size;
		at += d.size;
	}
	return used;
}

/* FS's entries are in one half, the kernel's, no longer ones, in the other. */
static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size,
		       off_t position, struct fuse_file_info *fi)
{
	const size_t half = FS_BYTES_MAX / 2;
	char *buffer = buffer_get();
	int64_t n = -ENOMEM;

	(void)ino;
	if (size > half)
		size = half;
	if (buffer)
		n = bytes_move(handle_of(fi), FS_GETDENTS, buffer,
			       size < 512 ? 512 : size, position);
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_buf(req, buffer + half,
			       entries_fill(req, buffer + half, size, buffer,
					    (size_t)n));
}

static void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int data_only,
			struct fuse_file_info *fi)
{
	struct node *node = node_of(ino);
	const uint64_t begun = durable_begin();
	message m;
	int rc;

	(void)data_only;
	(void)fi;
	com_put(&m, &((fs_umask_t){ 0 }));
	rc = client_ask(FS_SYNC, &m);
	fuse_reply_err(req, -(rc ? rc : durable_end(node, begun, DURABLE_ALL)));
}

void data_ops(struct fuse_lowlevel_ops *ops)
{
	ops->open = op_open;
	ops->create = op_create;
	ops->read = op_read;
	ops->write = op_write;
	ops->flush = op_flush;
	ops->fsync = op_fsync;
	ops->release = op_release;
	ops->opendir = op_opendir;
	ops->readdir = op_readdir;
	ops->fsyncdir = op_fsyncdir;
	ops->releasedir = op_release;
}

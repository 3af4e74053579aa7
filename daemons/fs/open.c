// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening, closing, doubling of descriptors */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "clients.h"
#include "fs.h"
#include "walk.h"

/* What has no meaning here, and would be missed */
#define REFUSED (O_PATH | (O_TMPFILE & ~O_DIRECTORY) | O_ASYNC | O_DIRECT)
/* What is kept of flags, for F_GETFL and for what comes */
#define KEPT                                                      \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME | \
	 O_DIRECTORY | O_NOFOLLOW)

static unsigned int open_wants(uint32_t flags)
{
	static const unsigned int modes[] = { PERM_READ, PERM_WRITE,
					      PERM_READ | PERM_WRITE };

	return modes[flags & O_ACCMODE] | ((flags & O_TRUNC) ? PERM_WRITE : 0);
}

static int open_check_flags(uint32_t flags)
{
	if ((flags & O_ACCMODE) == O_ACCMODE || flags & O_DIRECT)
		return -EINVAL;
	if (flags & FS_TO_EXECUTE && flags & (O_ACCMODE | O_CREAT | O_TRUNC))
		return -EINVAL;
	if (flags & REFUSED)
		return -EOPNOTSUPP;
	return (flags & O_CREAT) && (flags & O_DIRECTORY) ? -EINVAL : 0;
}

/* A process that executes it has read it: there is no other way. */
static int execute_check(const struct cred *who, const struct path *p)
{
	int rc = S_ISREG(p->attr.mode) ? 0 : -EACCES;

	if (!rc)
		rc = perm_check(who, &p->attr, PERM_EXEC | PERM_READ);
	return !rc && files_written(&fs.files, &p->at) ? -ETXTBSY : rc;
}

/* May what is there be opened so? */
static int open_check(const struct call *c, const struct path *p,
		      uint32_t flags)
{
	const struct cred who = call_cred(c);
	int rc;

	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (S_ISLNK(p->attr.mode))
		return -ELOOP;
	if (flags & FS_TO_EXECUTE)
		return execute_check(&who, p);
	if (S_ISDIR(p->attr.mode) &&
	    (open_wants(flags) & PERM_WRITE || flags & O_CREAT))
		return -EISDIR;
	if (flags & O_DIRECTORY && !S_ISDIR(p->attr.mode))
		return -ENOTDIR;
	if (!S_ISREG(p->attr.mode) && !S_ISDIR(p->attr.mode))
		return -ENXIO;
	rc = perm_check(&who, &p->attr, open_wants(flags));
	if (rc)
		return rc;
	if (flags & O_NOATIME && !perm_owns(&who, &p->attr))
		return -EPERM;
	return open_wants(flags) & PERM_WRITE ?
		       mount_writable(mount_find(p->at.dev)) :
		       0;
}

static int open_create(struct call *c, struct path *p, uint32_t mode)
{
	struct mount *m = mount_find(p->dir.dev);
	const struct cred who = call_cred(c);
	struct mfs_owner owner = { .uid = c->uid, .now = fs_now() };
	int rc;

	if (p->slash)
		return -EISDIR;
	if (!p->dir_attr.nlink)
		return -ENOENT;
	rc = perm_check(&who, &p->dir_attr, PERM_WRITE | PERM_EXEC);
	if (!rc)
		rc = mount_writable(m);
	if (rc)
		return rc;
	mode = perm_new(&who, &p->dir_attr, S_IFREG | (mode & 07777),
			call_umask(c), &owner.gid);
	p->at.dev = p->dir.dev;
	return core_waits(c, m,
			  mfs_create(m->core, p->dir.ino, p->name, p->length,
				     mode, 0, &owner, &p->at.ino));
}

static int open_truncate(struct call *c, struct path *p)
{
	struct mfs_attr attr = { .size = 0, .mtime = fs_now() };
	unsigned int set = MFS_SET_SIZE | MFS_SET_MTIME;

	attr.mode = perm_without_set_id(&p->attr);
	if (c->uid && attr.mode != p->attr.mode)
		set |= MFS_SET_MODE;
	return attr_set(c, &p->at, &attr, set);
}

/* What it needs is there: a descriptor and a file. */
static int open_room(const struct call *c)
{
	if (!fs.files.free)
		return -ENFILE;
	return fd_free(c->proc, 0) < FS_OPEN_MAX ? 0 : -EMFILE;
}

static int open_done(struct call *c, const struct path *p, uint32_t flags)
{
	struct file *f = file_new(&fs.files, &p->at, (int)(flags & KEPT));
	fs_fd_t answer = { .fd = -1 };

	if (!f)
		return -ENFILE;
	f->directory = S_ISDIR(p->attr.mode);
	answer.opening = f->opening;
	answer.fd = fd_new(c->proc, f, 0, flags & O_CLOEXEC);
	if (answer.fd < 0) {
		file_put(&fs.files, f);
		return answer.fd;
	}
	com_put(&c->m, &answer);
	return 0;
}

int do_open(struct call *c)
{
	struct path p;
	fs_path_t arg;
	unsigned int flags;
	int rc;

	com_get(&c->m, &arg);
	rc = open_check_flags(arg.flags);
	if (!rc)
		rc = open_room(c);
	if (rc)
		return rc;
	flags = arg.flags & O_NOFOLLOW ||
				(arg.flags & O_CREAT && arg.flags & O_EXCL) ?
			0 :
			PATH_FOLLOW;
	rc = call_walk(c, 0, flags | ((arg.flags & O_CREAT) ? PATH_MISSING : 0),
		       &p);
	if (rc)
		return rc;
	if (!p.at.dev)
		rc = open_create(c, &p, arg.value[0]);
	else
		rc = open_check(c, &p, arg.flags);
	if (!rc && p.attr.mode && arg.flags & O_TRUNC)
		rc = open_truncate(c, &p);
	return rc ? rc : open_done(c, &p, arg.flags);
}

/* One of an earlier FS can be closed. */
int do_close(struct call *c)
{
	struct fproc *p;
	fs_fd_t arg;
	int rc;

	com_get(&c->m, &arg);
	if (!client_file(c, &p, &rc) && rc != -EIO)
		return rc;
	fd_close(&fs.procs, p, arg.fd);
	return 0;
}

static int dup_to(struct fproc *p, struct file *f, int64_t to, bool cloexec)
{
	int rc;

	if (to >= FS_OPEN_MAX)
		return -EBADF;
	file_get(f);
	rc = fd_replace(&fs.procs, p, (int)to, f, cloexec);
	if (rc)
		file_put(&fs.files, f);
	return rc ? rc : (int)to;
}

int do_dup(struct call *c)
{
	struct fproc *p;
	struct file *f;
	fs_fd_t arg;
	int rc;

	com_get(&c->m, &arg);
	f = client_file(c, &p, &rc);
	if (!f)
		return rc;
	if (arg.wide < -1)
		return -EBADF;
	if (arg.wide == arg.fd)
		rc = arg.fd;
	else if (arg.wide == -1)
		rc = fd_dup(p, f, 0, arg.flags & O_CLOEXEC);
	else
		rc = dup_to(p, f, arg.wide, arg.flags & O_CLOEXEC);
	if (rc < 0)
		return rc;
	arg.fd = rc;
	com_put(&c->m, &arg);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What is done to descriptors otherwise: flags, locks, ioctl() */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clients.h"
#include "fs.h"
#include "walk.h"

/* What F_SETFL may change */
#define CHANGED (O_APPEND | O_NONBLOCK | O_NOATIME)

static int fd_flags(struct fproc *p, struct file *f, fs_fcntl_t *arg)
{
	switch (arg->command) {
	case F_GETFD:
		arg->value = p->fd[arg->fd].cloexec ? FD_CLOEXEC : 0;
		return 0;
	case F_SETFD:
		p->fd[arg->fd].cloexec = arg->value & FD_CLOEXEC;
		arg->value = 0;
		return 0;
	case F_GETFL:
		arg->value = f->flags;
		return 0;
	case F_SETFL:
		f->flags = (f->flags & ~CHANGED) | (arg->value & CHANGED);
		arg->value = 0;
		return 0;
	default:
		return -EINVAL;
	}
}

static int fd_double(struct fproc *p, struct file *f, fs_fcntl_t *arg)
{
	int rc;

	if (arg->value < 0 || arg->value >= FS_OPEN_MAX)
		return -EINVAL;
	rc = fd_dup(p, f, arg->value, arg->command == F_DUPFD_CLOEXEC);
	if (rc < 0)
		return rc;
	arg->value = rc;
	return 0;
}

/* Records */

static int lock_base(struct call *c, const struct file *f, int32_t whence,
		     int64_t *base)
{
	struct mfs_attr attr;
	int rc;

	*base = 0;
	switch (whence) {
	case SEEK_SET:
		return 0;
	case SEEK_CUR:
		*base = f->position;
		return 0;
	case SEEK_END:
		rc = attr_read(c, &f->at, &attr);
		*base = (int64_t)attr.size;
		return rc;
	default:
		return -EINVAL;
	}
}

static int lock_read(struct call *c, const struct file *f,
		     const fs_fcntl_t *arg, struct lock *want)
{
	int64_t base;
	int rc = lock_base(c, f, arg->whence, &base);

	if (rc)
		return rc;
	want->owner = (uint32_t)c->client;
	want->dev = f->at.dev;
	want->ino = f->at.ino;
	want->kind = arg->type == F_WRLCK ? LOCK_EXCLUSIVE :
		     arg->type == F_RDLCK ? LOCK_SHARED :
					    LOCK_NONE;
	if (arg->type != F_WRLCK && arg->type != F_RDLCK &&
	    arg->type != F_UNLCK)
		return -EINVAL;
	return lock_range(base, arg->start, arg->length, &want->first,
			  &want->last);
}

static int lock_tell(const struct lock *want, fs_fcntl_t *arg)
{
	const struct lock *l = lock_conflict(&fs.locks, want);

	if (want->kind == LOCK_NONE)
		return -EINVAL;
	if (!l) {
		arg->type = F_UNLCK;
		return 0;
	}
	arg->type = l->kind == LOCK_EXCLUSIVE ? F_WRLCK : F_RDLCK;
	arg->whence = SEEK_SET;
	arg->start = l->first;
	arg->length = l->last == LOCK_LAST ? 0 : l->last - l->first + 1;
	arg->pid = (int32_t)l->owner;
	return 0;
}

/*
 * -EAGAIN, or it waits, if there is one in the way.  Who has waited may have
 * been interrupted since, and know nothing of a lock: it is to ask again.
 */
static int lock_try(struct call *c, bool wait)
{
	const bool has_waited = c->want.waits;
	int rc;

	lock_wait_end(&fs.locks, &c->want);
	if (has_waited && !lock_conflict(&fs.locks, &c->want.lock))
		return -ERESTART;
	rc = lock_set(&fs.locks, &c->want.lock);
	if (rc != -EAGAIN || !wait)
		return rc;
	rc = lock_wait(&fs.locks, &c->want);
	return rc ? rc : call_waits(c, CALL_LOCK, 0);
}

static bool is_opened_for(const struct file *f, enum lock_kind kind)
{
	const int mode = f->flags & O_ACCMODE;

	return !(kind == LOCK_SHARED && mode == O_WRONLY) &&
	       !(kind == LOCK_EXCLUSIVE && mode == O_RDONLY);
}

static int fd_lock(struct call *c, const struct file *f, fs_fcntl_t *arg)
{
	int rc;

	if (!c->want.waits) {
		rc = lock_read(c, f, arg, &c->want.lock);
		if (rc)
			return rc;
	}
	if (arg->command == F_GETLK)
		return lock_tell(&c->want.lock, arg);
	if (!is_opened_for(f, c->want.lock.kind))
		return -EBADF;
	return lock_try(c, arg->command == F_SETLKW);
}

int do_fcntl(struct call *c)
{
	struct fproc *p;
	struct file *f;
	fs_fcntl_t arg;
	int rc;

	com_get(&c->m, &arg);
	f = client_file(c, &p, &rc);
	if (!f)
		return rc;
	switch (arg.command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		rc = fd_double(p, f, &arg);
		break;
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		rc = fd_lock(c, f, &arg);
		break;
	default:
		rc = fd_flags(p, f, &arg);
	}
	if (!rc)
		com_put(&c->m, &arg);
	return rc;
}

/* Whole files */

int do_flock(struct call *c)
{
	const struct file *f;
	fs_fd_t arg;
	int rc;

	com_get(&c->m, &arg);
	f = call_file(c, &rc);
	if (!f)
		return rc;
	c->want.lock = (struct lock){
		.owner = LOCK_OF_FILE | file_number(&fs.files, f),
		.dev = f->at.dev,
		.ino = f->at.ino,
		.last = LOCK_LAST,
	};
	switch (arg.flags & ~(uint32_t)LOCK_NB) {
	case LOCK_SH:
		c->want.lock.kind = LOCK_SHARED;
		break;
	case LOCK_EX:
		c->want.lock.kind = LOCK_EXCLUSIVE;
		break;
	case LOCK_UN:
		c->want.lock.kind = LOCK_NONE;
		break;
	default:
		return -EINVAL;
	}
	return lock_try(c, !(arg.flags & LOCK_NB));
}

/* FIONREAD is all that files have. */
int do_ioctl(struct call *c)
{
	struct mfs_attr attr;
	struct file *f;
	fs_fd_t arg;
	int rc;

	com_get(&c->m, &arg);
	f = call_file(c, &rc);
	if (!f)
		return rc;
	if (arg.wide != FIONREAD || f->directory)
		return -ENOTTY;
	rc = attr_read(c, &f->at, &attr);
	if (rc)
		return rc;
	arg.wide = (int64_t)attr.size - f->position;
	com_put(&c->m, &arg);
	return 0;
}

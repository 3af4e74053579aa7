// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to FS for descriptors: opening, bytes, locks */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include <mol/fs.h>
#include <mol/mol.h>

#include "files.h"

int mol_open(const char *path, int flags, ...)
{
	fs_path_t arg = { .flags = (uint32_t)flags };
	fs_fd_t answer;
	va_list more;
	message m;

	if (flags & O_CREAT) {
		va_start(more, flags);
		arg.value[0] = va_arg(more, mode_t);
		va_end(more);
	}
	if (mol_path(&arg, path))
		return -1;
	com_put(&m, &arg);
	if (mol_ask_fs(FS_OPEN, &m))
		return -1;
	com_get(&m, &answer);
	return answer.fd;
}

int mol_creat(const char *path, mode_t mode)
{
	return mol_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int mol_close(int fd)
{
	fs_fd_t arg = MOL_FD(fd, .flags = 0);

	return mol_fd_ask(FS_CLOSE, &arg);
}

int mol_dup(int fd)
{
	fs_fd_t arg = MOL_FD(fd, .wide = -1);

	return mol_fd_ask(FS_DUP, &arg) ? -1 : arg.fd;
}

int mol_dup2(int fd, int to)
{
	fs_fd_t arg = MOL_FD(fd, .wide = to);

	if (to < 0) {
		errno = EBADF;
		return -1;
	}
	return mol_fd_ask(FS_DUP, &arg) ? -1 : arg.fd;
}

int mol_fchdir(int fd)
{
	fs_fd_t arg = MOL_FD(fd, .flags = 0);

	return mol_fd_ask(FS_FCHDIR, &arg);
}

int mol_fsync(int fd)
{
	fs_fd_t arg = MOL_FD(fd, .flags = 0);

	return mol_fd_ask(FS_FSYNC, &arg);
}

int mol_ftruncate(int fd, off_t length)
{
	fs_fd_t arg = MOL_FD(fd, .wide = length);

	return mol_fd_ask(FS_FTRUNCATE, &arg);
}

off_t mol_lseek(int fd, off_t offset, int whence)
{
	fs_fd_t arg = MOL_FD(fd, .flags = (uint32_t)whence, .wide = offset);

	return mol_fd_ask(FS_LSEEK, &arg) ? -1 : (off_t)arg.wide;
}

/* Bytes */

/* One request, of which FS does as much as it does at once */
static ssize_t bytes_move(int type, int fd, const struct iovec *iov, int nr,
			  int64_t position)
{
	fs_rw_t arg = { .fd = fd, .position = position };
	message m;

	if (nr == 1) {
		arg.at = (uintptr_t)iov->iov_base;
		arg.bytes = iov->iov_len;
	} else {
		arg.at = (uintptr_t)iov;
		arg.nr = (uint32_t)nr;
	}
	com_put(&m, &arg);
	if (mol_ask_fs(type, &m))
		return -1;
	com_get(&m, &arg);
	return (ssize_t)arg.done;
}

/* As many segments as FS does at once, without the first "skip" bytes */
static int segments_after(struct iovec part[FS_VECTOR_MAX],
			  const struct iovec *iov, int nr, size_t skip)
{
	size_t bytes = 0;
	int n = 0;

	for (; nr && skip >= iov->iov_len; iov++, nr--)
		skip -= iov->iov_len;
	for (; nr && bytes < FS_BYTES_MAX && n < FS_VECTOR_MAX; iov++, nr--) {
		part[n].iov_base = (char *)iov->iov_base + skip;
		part[n].iov_len = iov->iov_len - skip;
		bytes += part[n++].iov_len;
		skip = 0;
	}
	return n;
}

/* The rest, when the first request has done less than there is */
static ssize_t bytes_move_rest(int type, int fd, const struct iovec *iov,
			       int nr, int64_t position, ssize_t done,
			       ssize_t total)
{
	struct iovec part[FS_VECTOR_MAX];
	ssize_t n = done;
	int parts;

	while (n >= FS_BYTES_MAX && done < total) {
		parts = segments_after(part, iov, nr, (size_t)done);
		n = bytes_move(type, fd, part, parts,
			       position < 0 ? -1 : position + done);
		if (n > 0)
			done += n;
	}
	return done;
}

static ssize_t bytes_total(const struct iovec *iov, int nr)
{
	ssize_t total = 0;

	if (nr < 0 || nr > FS_VECTOR_MAX)
		return -1;
	for (int i = 0; i < nr; i++) {
		if (iov[i].iov_len > (size_t)(SSIZE_MAX - total))
			return -1;
		total += (ssize_t)iov[i].iov_len;
	}
	return total;
}

static ssize_t bytes_move_all(int type, int fd, const struct iovec *iov, int nr,
			      int64_t position)
{
	const struct iovec nothing = { NULL, 0 };
	const ssize_t total = bytes_total(iov, nr);
	ssize_t done;

	if (total < 0 || position < -1) {
		errno = EINVAL;
		return -1;
	}
	done = nr ? bytes_move(type, fd, iov, nr, position) :
		    bytes_move(type, fd, &nothing, 1, position);
	if (done < FS_BYTES_MAX || done == total)
		return done;
	return bytes_move_rest(type, fd, iov, nr, position, done, total);
}

ssize_t mol_read(int fd, void *to, size_t bytes)
{
	const struct iovec iov = { to, bytes };

	return bytes_move_all(FS_READ, fd, &iov, 1, -1);
}

ssize_t mol_write(int fd, const void *from, size_t bytes)
{
	const struct iovec iov = { (void *)(uintptr_t)from, bytes };

	return bytes_move_all(FS_WRITE, fd, &iov, 1, -1);
}

/* -1 is not for others. */
static int64_t position_of(off_t position)
{
	return position < 0 ? INT64_MIN : position;
}

ssize_t mol_pread(int fd, void *to, size_t bytes, off_t position)
{
	const struct iovec iov = { to, bytes };

	return bytes_move_all(FS_READ, fd, &iov, 1, position_of(position));
}

ssize_t mol_pwrite(int fd, const void *from, size_t bytes, off_t position)
{
	const struct iovec iov = { (void *)(uintptr_t)from, bytes };

	return bytes_move_all(FS_WRITE, fd, &iov, 1, position_of(position));
}

ssize_t mol_readv(int fd, const struct iovec *to, int nr)
{
	return bytes_move_all(FS_READ, fd, to, nr, -1);
}

ssize_t mol_writev(int fd, const struct iovec *from, int nr)
{
	return bytes_move_all(FS_WRITE, fd, from, nr, -1);
}

/* Locks and flags */

/* The pid that the VM has for an endpoint, or 0 */
static pid_t pid_of(int endpoint)
{
	pm_process_t p = { .pid = 0 };
	message m;

	do {
		com_put(&m, &((pm_process_t){ .pid = p.pid + 1 }));
		if (mol_ask(PM_NEXTPROC, &m))
			return 0;
		com_get(&m, &p);
		if (p.pid && p.endpoint == endpoint)
			return p.pid;
	} while (p.pid && p.pid < INT_MAX);
	return 0;
}

/* Who has waited asks again, see FCNTL. */
static int lock_ask(int type, message *m)
{
	const message request = *m;
	int rc;

	do {
		*m = request;
		rc = mol_ask_fs_long(type, m);
	} while (rc && errno == ERESTART);
	return rc;
}

static int fd_lock(int fd, int command, struct flock *lock)
{
	fs_fcntl_t arg = { .fd = fd,
			   .command = command,
			   .type = lock->l_type,
			   .whence = lock->l_whence,
			   .start = lock->l_start,
			   .length = lock->l_len };
	message m;

	com_put(&m, &arg);
	if (command == F_SETLKW ? lock_ask(FS_FCNTL, &m) :
				  mol_ask_fs(FS_FCNTL, &m))
		return -1;
	if (command != F_GETLK)
		return 0;
	com_get(&m, &arg);
	lock->l_type = (short)arg.type;
	if (arg.type == F_UNLCK)
		return 0;
	lock->l_whence = (short)arg.whence;
	lock->l_start = (off_t)arg.start;
	lock->l_len = (off_t)arg.length;
	lock->l_pid = pid_of(arg.pid);
	return 0;
}

static int fd_control(int fd, int command, int value)
{
	fs_fcntl_t arg = { .fd = fd, .command = command, .value = value };
	message m;

	com_put(&m, &arg);
	if (mol_ask_fs(FS_FCNTL, &m))
		return -1;
	com_get(&m, &arg);
	return arg.value;
}

int mol_fcntl(int fd, int command, ...)
{
	const bool is_lock = command == F_GETLK || command == F_SETLK ||
			     command == F_SETLKW;
	struct flock *lock = NULL;
	va_list more;
	int value = 0;

	va_start(more, command);
	if (is_lock)
		lock = va_arg(more, struct flock *);
	else if (command != F_GETFD && command != F_GETFL)
		value = va_arg(more, int);
	va_end(more);
	if (is_lock && !lock) {
		errno = EFAULT;
		return -1;
	}
	return is_lock ? fd_lock(fd, command, lock) :
			 fd_control(fd, command, value);
}

int mol_flock(int fd, int operation)
{
	const fs_fd_t arg = MOL_FD(fd, .flags = (uint32_t)operation);
	message m;

	com_put(&m, &arg);
	return lock_ask(FS_FLOCK, &m);
}

int mol_ioctl(int fd, unsigned long request, ...)
{
	fs_fd_t arg = MOL_FD(fd, .wide = (int64_t)request);
	int *to = NULL;
	va_list more;

	if (request == FIOCLEX || request == FIONCLEX)
		return mol_fcntl(fd, F_SETFD,
				 request == FIOCLEX ? FD_CLOEXEC : 0);
	if (request == FIONREAD) {
		va_start(more, request);
		to = va_arg(more, int *);
		va_end(more);
	}
	if (mol_fd_ask(FS_IOCTL, &arg))
		return -1;
	if (to)
		*to = arg.wide > INT_MAX ? INT_MAX : (int)arg.wide;
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to FS for names and for attributes: fill in, ask, take out. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <utime.h>

#include <mol/fs.h>

#include "files.h"

static int path_length(const char *path)
{
	size_t length;

	if (!path) {
		errno = EFAULT;
		return -1;
	}
	length = strlen(path);
	if (length <= FS_PATH_MAX)
		return (int)length;
	errno = ENAMETOOLONG;
	return -1;
}

int mol_path(fs_path_t *arg, const char *path)
{
	const int length = path_length(path);

	if (length < 0)
		return -1;
	arg->uid = arg->gid = PROC_NO_ID;
	arg->length = (uint32_t)length;
	if (length <= FS_SHORT)
		memcpy(arg->text, path, (size_t)length);
	else
		arg->at = (uintptr_t)path;
	return 0;
}

int mol_path_ask(int type, fs_path_t *arg)
{
	message m;

	com_put(&m, arg);
	if (mol_ask_fs(type, &m))
		return -1;
	com_get(&m, arg);
	return 0;
}

int mol_fd_ask(int type, fs_fd_t *arg)
{
	message m;

	com_put(&m, arg);
	if (mol_ask_fs(type, &m))
		return -1;
	com_get(&m, arg);
	return 0;
}

int mol_path_do(int type, const char *path, fs_path_t arg)
{
	return mol_path(&arg, path) ? -1 : mol_path_ask(type, &arg);
}

/* Two names, of which either may be long */
static int paths_do(int type, const char *first, const char *second,
		    uint32_t flags)
{
	const int n = path_length(first), k = n < 0 ? -1 : path_length(second);
	fs_paths_t arg = { .uid = PROC_NO_ID,
			   .gid = PROC_NO_ID,
			   .flags = flags };
	message m;

	if (k < 0)
		return -1;
	arg.length[0] = (uint16_t)n;
	arg.length[1] = (uint16_t)k;
	if (n + k <= FS_SHORT_TWO) {
		memcpy(arg.text, first, (size_t)n);
		memcpy(arg.text + n, second, (size_t)k);
	} else {
		arg.at[0] = (uintptr_t)first;
		arg.at[1] = (uintptr_t)second;
	}
	com_put(&m, &arg);
	return mol_ask_fs(type, &m);
}

int mol_link(const char *path, const char *to)
{
	return paths_do(FS_LINK, path, to, 0);
}

int mol_rename(const char *path, const char *to)
{
	return paths_do(FS_RENAME, path, to, 0);
}

int mol_symlink(const char *text, const char *path)
{
	return paths_do(FS_SYMLINK, text, path, 0);
}

int mol_mount(const char *device, const char *dir, int flags)
{
	return paths_do(FS_MOUNT, device, dir, (uint32_t)flags);
}

int mol_umount(const char *dir)
{
	return mol_path_do(FS_UMOUNT, dir, (fs_path_t){ 0 });
}

int mol_unlink(const char *path)
{
	return mol_path_do(FS_UNLINK, path, (fs_path_t){ 0 });
}

int mol_rmdir(const char *path)
{
	return mol_path_do(FS_RMDIR, path, (fs_path_t){ 0 });
}

int mol_mkdir(const char *path, mode_t mode)
{
	return mol_path_do(FS_MKDIR, path, (fs_path_t){ .value = { mode } });
}

int mol_mknod(const char *path, mode_t mode, dev_t device)
{
	if ((uint32_t)device != device) {
		errno = EINVAL;
		return -1;
	}
	return mol_path_do(FS_MKNOD, path,
			   (fs_path_t){ .value = { mode, (uint32_t)device } });
}

int mol_chdir(const char *path)
{
	return mol_path_do(FS_CHDIR, path, (fs_path_t){ 0 });
}

int mol_chroot(const char *path)
{
	return mol_path_do(FS_CHROOT, path, (fs_path_t){ 0 });
}

ssize_t mol_readlink(const char *path, char *to, size_t bytes)
{
	fs_path_t arg = { .flags = bytes > FS_PATH_MAX ? FS_PATH_MAX :
							 (uint32_t)bytes,
			  .wide = (int64_t)(uintptr_t)to };

	if (mol_path(&arg, path) || mol_path_ask(FS_READLINK, &arg))
		return -1;
	return (ssize_t)arg.flags;
}

int mol_access(const char *path, int mode)
{
	return mol_path_do(FS_ACCESS, path,
			   (fs_path_t){ .value = { (uint32_t)mode } });
}

int mol_chmod(const char *path, mode_t mode)
{
	return mol_path_do(FS_CHMOD, path, (fs_path_t){ .value = { mode } });
}

int mol_fchmod(int fd, mode_t mode)
{
	fs_fd_t arg = MOL_FD(fd, .value = { mode });

	return mol_fd_ask(FS_FCHMOD, &arg);
}

int mol_chown(const char *path, uid_t uid, gid_t gid)
{
	return mol_path_do(FS_CHOWN, path,
			   (fs_path_t){ .value = { uid, gid } });
}

int mol_lchown(const char *path, uid_t uid, gid_t gid)
{
	return mol_path_do(FS_LCHOWN, path,
			   (fs_path_t){ .value = { uid, gid } });
}

int mol_fchown(int fd, uid_t uid, gid_t gid)
{
	fs_fd_t arg = MOL_FD(fd, .value = { uid, gid });

	return mol_fd_ask(FS_FCHOWN, &arg);
}

int mol_truncate(const char *path, off_t length)
{
	return mol_path_do(FS_TRUNCATE, path, (fs_path_t){ .wide = length });
}

/* Times */

/* One of two: its seconds, and the flags that it has of those */
static int time_take(const struct timespec *t, uint32_t *seconds,
		     uint32_t *flags, uint32_t now, uint32_t omit)
{
	if (t->tv_nsec == UTIME_NOW)
		*flags |= now;
	else if (t->tv_nsec == UTIME_OMIT)
		*flags |= omit;
	else if (t->tv_nsec < 0 || t->tv_nsec >= 1000000000)
		return EINVAL;
	else if ((int64_t)(uint32_t)t->tv_sec != t->tv_sec)
		return EOVERFLOW;
	else
		*seconds = (uint32_t)t->tv_sec;
	return 0;
}

static int times_take(const struct timespec *times, uint32_t value[2],
		      uint32_t *flags)
{
	int error;

	*flags = FS_ATIME_NOW | FS_MTIME_NOW;
	if (!times)
		return 0;
	*flags = 0;
	error = time_take(&times[0], &value[0], flags, FS_ATIME_NOW,
			  FS_ATIME_OMIT);
	if (!error)
		error = time_take(&times[1], &value[1], flags, FS_MTIME_NOW,
				  FS_MTIME_OMIT);
	if (error)
		errno = error;
	return error ? -1 : 0;
}

int mol_utimensat(int dir, const char *path, const struct timespec *times,
		  int flags)
{
	fs_path_t arg = { .flags = 0 };
	const int type = (flags & AT_SYMLINK_NOFOLLOW) ? FS_LUTIME : FS_UTIME;

	if (flags & ~AT_SYMLINK_NOFOLLOW) {
		errno = EINVAL;
		return -1;
	}
	if (dir != AT_FDCWD && (!path || *path != '/')) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (times_take(times, arg.value, &arg.flags) || mol_path(&arg, path))
		return -1;
	return mol_path_ask(type, &arg);
}

int mol_utime(const char *path, const struct utimbuf *times)
{
	struct timespec both[2] = { { 0, 0 }, { 0, 0 } };

	if (times) {
		both[0].tv_sec = times->actime;
		both[1].tv_sec = times->modtime;
	}
	return mol_utimensat(AT_FDCWD, path, times ? both : NULL, 0);
}

int mol_futimens(int fd, const struct timespec *times)
{
	fs_fd_t arg = MOL_FD(fd, .flags = 0);

	if (times_take(times, arg.value, &arg.flags))
		return -1;
	return mol_fd_ask(FS_FUTIME, &arg);
}

mode_t mol_umask(mode_t mask)
{
	fs_umask_t arg = { mask & 0777 };
	message m;

	com_put(&m, &arg);
	if (mol_ask_fs(FS_UMASK, &m))
		return (mode_t)-1;
	com_get(&m, &arg);
	return arg.mask;
}

int mol_sync(void)
{
	message m;

	com_put(&m, &((fs_umask_t){ 0 }));
	return mol_ask_fs(FS_SYNC, &m);
}

/* The table */

int mol_getfsproctab(fs_process_t *table, int nr)
{
	const int end = M3IPC_MAX_SLOTS - NR_TASKS;
	int n = 0, from = -NR_TASKS, slot;
	fs_process_t p;
	message m;

	while (from < end) {
		com_put(&m, &((fs_process_t){ .endpoint = from }));
		if (mol_ask_fs(FS_NEXTPROC, &m))
			return errno == ENOENT ? n : -1;
		com_get(&m, &p);
		if (n < nr)
			table[n] = p;
		n++;
		slot = _ENDPOINT_P(p.endpoint);
		from = slot >= from ? slot + 1 : end;
	}
	return n;
}

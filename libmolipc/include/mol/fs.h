/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmol: files of a VM, which FS has (m3ipc-fs(8)), on whatever node it is and
 * the caller is.
 *
 * Each call does what POSIX says of the one whose name it has after mol_, or
 * Linux of those that POSIX does not have; types, flags and modes are those of
 * the headers of the host.  mol_open(3) lists what is different.
 *
 * Descriptors are numbers of their own, beside those of Linux, from 0 on.  They
 * belong to the process, and a child that mol_fork() makes has them too.
 * Threads share them, but for those with an endpoint of their own, which also
 * have descriptors of their own.
 *
 * RETURN VALUES
 *	-1, or NULL, and errno, as POSIX has it, and of all calls
 *
 *	EIO		the device of the file system does not answer, or has
 *			failed; FS, or the way to it, has ended during the call,
 *			of which nobody knows then whether it was done; or the
 *			descriptor is of an FS that has ended: it is to be
 *			closed, and the file to be opened again
 *	ENOTCONN	the VM has no FS that can be reached
 *	ESRCH		the caller is not bound
 *
 * WHO MAY
 *	A process that is bound in a VM; PM need not know it.  It has the rights
 *	of its effective user and group, and of no other groups.
 *
 * SIGNALS
 *	All calls but those for directories may be made in handlers.  A signal
 *	comes before a call or after it, but for those that wait for a lock,
 *	which it ends: EINTR.
 */
#ifndef _MOL_FS_H
#define _MOL_FS_H

#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <molipc/fs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In a program of ISO C the headers have not all of them. */
struct statfs;
struct timespec;
struct utimbuf;

/* Descriptors */

int mol_open(const char *path, int flags, ...);
int mol_creat(const char *path, mode_t mode);
int mol_close(int fd);
int mol_dup(int fd);
int mol_dup2(int fd, int to);
/*
 * F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL (O_APPEND), and
 * F_GETLK, F_SETLK, F_SETLKW.
 */
int mol_fcntl(int fd, int command, ...);
int mol_flock(int fd, int operation);
/* FIONREAD, FIOCLEX, FIONCLEX; others are ENOTTY. */
int mol_ioctl(int fd, unsigned long request, ...);

/* Bytes */

ssize_t mol_read(int fd, void *to, size_t bytes);
ssize_t mol_write(int fd, const void *from, size_t bytes);
ssize_t mol_pread(int fd, void *to, size_t bytes, off_t position);
ssize_t mol_pwrite(int fd, const void *from, size_t bytes, off_t position);
ssize_t mol_readv(int fd, const struct iovec *to, int nr);
ssize_t mol_writev(int fd, const struct iovec *from, int nr);
off_t mol_lseek(int fd, off_t offset, int whence);
int mol_truncate(const char *path, off_t length);
int mol_ftruncate(int fd, off_t length);
int mol_fsync(int fd);
/* When it returns all that was done before is on the disks. */
int mol_sync(void);

/* Attributes */

int mol_stat(const char *path, struct stat *st);
int mol_lstat(const char *path, struct stat *st);
int mol_fstat(int fd, struct stat *st);
/* By the effective ids */
int mol_access(const char *path, int mode);
int mol_chmod(const char *path, mode_t mode);
int mol_fchmod(int fd, mode_t mode);
int mol_chown(const char *path, uid_t uid, gid_t gid);
int mol_lchown(const char *path, uid_t uid, gid_t gid);
int mol_fchown(int fd, uid_t uid, gid_t gid);
int mol_utime(const char *path, const struct utimbuf *times);
/* `dir' is AT_FDCWD, or the path is absolute: else EOPNOTSUPP. */
int mol_utimensat(int dir, const char *path, const struct timespec *times,
		  int flags);
int mol_futimens(int fd, const struct timespec *times);
mode_t mol_umask(mode_t mask);

/* Names */

int mol_link(const char *path, const char *to);
int mol_unlink(const char *path);
int mol_rename(const char *path, const char *to);
int mol_symlink(const char *text, const char *path);
ssize_t mol_readlink(const char *path, char *to, size_t bytes);
int mol_mkdir(const char *path, mode_t mode);
int mol_rmdir(const char *path);
int mol_mknod(const char *path, mode_t mode, dev_t device);
int mol_chdir(const char *path);
int mol_fchdir(int fd);
int mol_chroot(const char *path);

/* Directories */

typedef struct mol_dir mol_dir_t;

mol_dir_t *mol_opendir(const char *path);
int mol_closedir(mol_dir_t *dir);
/* d_type is DT_UNKNOWN. */
struct dirent *mol_readdir(mol_dir_t *dir);
void mol_rewinddir(mol_dir_t *dir);
long mol_telldir(mol_dir_t *dir);
void mol_seekdir(mol_dir_t *dir, long position);
int mol_dirfd(mol_dir_t *dir);

/* File systems */

/*
 * `device' is the name of a disk of MEMORY, or the path of an image at the node
 * of FS, for callers of that node; flags is 0 or FS_RDONLY.  These two are for
 * root.
 *
 *	EBUSY		the directory is a mount point or a root already; or
 *			another has the device, or, of mol_umount(), files of it
 *			are open
 *	EINVAL		there is no file system on it; or, of mol_umount(), it
 *			is no mount point
 *	ENFILE		there are too many mounts
 *	ENODEV		the device cannot be opened: the log of FS says why
 */
int mol_mount(const char *device, const char *dir, int flags);
int mol_umount(const char *dir);
int mol_statfs(const char *path, struct statfs *st);
int mol_statvfs(const char *path, struct statvfs *st);
int mol_fstatvfs(int fd, struct statvfs *st);

/* The table of FS */

/*
 * Into `table' as many processes as fit, of those that FS knows, by their
 * slots: <molipc/fs.h>.  Root sees all, others those of their user.  Returns
 * how many there are.  One is asked for after the other, so that it is not one
 * moment.
 */
int mol_getfsproctab(fs_process_t *table, int nr);

#ifdef __cplusplus
}
#endif

#endif /* _MOL_FS_H */

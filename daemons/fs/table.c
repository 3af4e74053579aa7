// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests: number -> who does it, and what it has */
#include "fs.h"

#define AT(number) [(number)-FS_BASE]
#define NAME       (CALL_PATH | CALL_USER)
#define NAMES      (CALL_PATHS | CALL_USER)
#define RIGHTS     (CALL_FD | CALL_USER)

/* Descriptors are a matter of who has opened them; names ask who it is. */
const struct call_row call_rows[FS_END - FS_BASE] = {
	AT(FS_READ) = { do_read, CALL_FD | CALL_OUT },
	AT(FS_WRITE) = { do_write, CALL_FD | CALL_IN | CALL_USER },
	AT(FS_OPEN) = { do_open, NAME },
	AT(FS_CLOSE) = { do_close, CALL_FD },
	AT(FS_LINK) = { do_link, NAMES },
	AT(FS_UNLINK) = { do_unlink, NAME },
	AT(FS_CHDIR) = { do_chdir, NAME },
	AT(FS_MKNOD) = { do_mknod, NAME },
	AT(FS_CHMOD) = { do_chmod, NAME },
	AT(FS_CHOWN) = { do_chown, NAME },
	AT(FS_STAT) = { do_stat, NAME },
	AT(FS_LSEEK) = { do_lseek, CALL_FD },
	AT(FS_MOUNT) = { do_mount, NAMES },
	AT(FS_UMOUNT) = { do_umount, NAME },
	AT(FS_FSTAT) = { do_fstat, CALL_FD },
	AT(FS_UTIME) = { do_utime, NAME },
	AT(FS_ACCESS) = { do_access, NAME },
	AT(FS_SYNC) = { do_sync, 0 },
	AT(FS_RENAME) = { do_rename, NAMES },
	AT(FS_MKDIR) = { do_mkdir, NAME },
	AT(FS_RMDIR) = { do_rmdir, NAME },
	AT(FS_DUP) = { do_dup, CALL_FD },
	AT(FS_SYMLINK) = { do_symlink, NAMES },
	AT(FS_READLINK) = { do_readlink, NAME | CALL_TEXT },
	AT(FS_LSTAT) = { do_lstat, NAME },
	AT(FS_IOCTL) = { do_ioctl, CALL_FD },
	AT(FS_FCNTL) = { do_fcntl, CALL_FD },
	AT(FS_UMASK) = { do_umask, 0 },
	AT(FS_CHROOT) = { do_chroot, NAME },
	AT(FS_FORK) = { do_fork, CALL_USER },
	AT(FS_EXEC) = { do_exec, 0 },
	AT(FS_FCHMOD) = { do_fchmod, RIGHTS },
	AT(FS_FCHOWN) = { do_fchown, RIGHTS },
	AT(FS_FUTIME) = { do_futime, RIGHTS },
	AT(FS_LCHOWN) = { do_lchown, NAME },
	AT(FS_LUTIME) = { do_lutime, NAME },
	AT(FS_TRUNCATE) = { do_truncate, NAME },
	AT(FS_FTRUNCATE) = { do_ftruncate, RIGHTS },
	AT(FS_FLOCK) = { do_flock, CALL_FD },
	AT(FS_FCHDIR) = { do_fchdir, RIGHTS },
	AT(FS_GETDENTS) = { do_getdents, CALL_FD | CALL_OUT },
	AT(FS_FSYNC) = { do_fsync, CALL_FD },
	AT(FS_STATFS) = { do_statfs, NAME },
	AT(FS_FSTATFS) = { do_fstatfs, CALL_FD },
	AT(FS_NEXTMOUNT) = { do_nextmount, 0 },
	AT(FS_NEXTFILE) = { do_nextfile, CALL_USER },
	AT(FS_NEXTPROC) = { do_nextproc, CALL_USER },
};

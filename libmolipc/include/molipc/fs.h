/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to FS, the file system of a VM, which is in slot FS_PROC_NR of one
 * of its nodes: numbers and layouts, for who makes them with mnx_sendrec() or
 * answers them.
 *
 * WHO ASKS
 *	Whoever is bound in the VM, on any node.  It is known by its endpoint,
 *	and its user and group are the effective ones that the kernel of its
 *	node has for it.  User 0 may name a user and a group for which it asks,
 *	in "uid" and "gid", and use the descriptors of another one ("owner");
 *	others have PROC_NO_ID and 0 there, or are told -EPERM.
 *
 * WHAT FS KNOWS OF IT
 *	Descriptors, current and root directory, umask.  It has none open, "/"
 *	twice, and 022 when it asks for the first time, or those of its parent,
 *	if that has said FORK.  All goes when it has ended, locks first.
 *
 * NAMES
 *	One of up to FS_SHORT bytes is in the request, in "text"; a longer one
 *	is in the asker's memory, at "at".  "length" counts neither its final
 *	NUL nor more than FS_PATH_MAX.  A name without a byte is -ENOENT.
 *
 * DATA
 *	is in the asker's memory, too: at most FS_BYTES_MAX in a request, of
 *	which more are as if they were so many.
 *
 * ANSWERS
 *	OK, or an error of the call of POSIX that has that name, as -errno; and
 *	of all
 *
 *	EMOLBADCALL	there is no such request
 *	EMOLAGAIN	FS cannot find out who asks, or has no room for more
 *	-EIO		the device has not answered in time, or has failed; the
 *			descriptor is of an FS that has been before this one
 *
 *	Layouts are those of the request where nothing else is said.  Flags and
 *	modes are numbers of Linux's.  Times are seconds since 1970.
 */
#ifndef _MOLIPC_FS_H
#define _MOLIPC_FS_H

#include <molipc/com.h>

#define FS_SHORT      32
#define FS_SHORT_TWO  40 /* of two names together */
#define FS_PATH_MAX   4095
#define FS_BYTES_MAX  (1 << 20)
#define FS_VECTOR_MAX 1024 /* segments */
#define FS_OPEN_MAX   256  /* descriptors of a process */

/* Numbers: those that MINIX 3 has are its */
#define FS_READ      (FS_BASE + 3)
#define FS_WRITE     (FS_BASE + 4)
#define FS_OPEN      (FS_BASE + 5)
#define FS_CLOSE     (FS_BASE + 6)
#define FS_LINK      (FS_BASE + 9)
#define FS_UNLINK    (FS_BASE + 10)
#define FS_CHDIR     (FS_BASE + 12)
#define FS_MKNOD     (FS_BASE + 14)
#define FS_CHMOD     (FS_BASE + 15)
#define FS_CHOWN     (FS_BASE + 16)
#define FS_STAT      (FS_BASE + 18)
#define FS_LSEEK     (FS_BASE + 19)
#define FS_MOUNT     (FS_BASE + 21)
#define FS_UMOUNT    (FS_BASE + 22)
#define FS_FSTAT     (FS_BASE + 28)
#define FS_UTIME     (FS_BASE + 30)
#define FS_ACCESS    (FS_BASE + 33)
#define FS_SYNC      (FS_BASE + 36)
#define FS_RENAME    (FS_BASE + 38)
#define FS_MKDIR     (FS_BASE + 39)
#define FS_RMDIR     (FS_BASE + 40)
#define FS_DUP       (FS_BASE + 41)
#define FS_SYMLINK   (FS_BASE + 45)
#define FS_READLINK  (FS_BASE + 49)
#define FS_LSTAT     (FS_BASE + 50)
#define FS_IOCTL     (FS_BASE + 54)
#define FS_FCNTL     (FS_BASE + 55)
#define FS_UMASK     (FS_BASE + 60)
#define FS_CHROOT    (FS_BASE + 61)
#define FS_FORK      (FS_BASE + 100)
#define FS_EXEC      (FS_BASE + 101)
#define FS_FCHMOD    (FS_BASE + 102)
#define FS_FCHOWN    (FS_BASE + 103)
#define FS_FUTIME    (FS_BASE + 104)
#define FS_LCHOWN    (FS_BASE + 105)
#define FS_LUTIME    (FS_BASE + 106)
#define FS_TRUNCATE  (FS_BASE + 107)
#define FS_FTRUNCATE (FS_BASE + 108)
#define FS_FLOCK     (FS_BASE + 109)
#define FS_FCHDIR    (FS_BASE + 110)
#define FS_GETDENTS  (FS_BASE + 111)
#define FS_FSYNC     (FS_BASE + 112)
#define FS_STATFS    (FS_BASE + 113)
#define FS_FSTATFS   (FS_BASE + 114)
#define FS_NEXTMOUNT (FS_BASE + 115)
#define FS_NEXTFILE  (FS_BASE + 116)
#define FS_NEXTPROC  (FS_BASE + 117)

/* Of UTIME, FUTIME, LUTIME, in "flags" */
#define FS_ATIME_NOW  (1 << 0)
#define FS_ATIME_OMIT (1 << 1)
#define FS_MTIME_NOW  (1 << 2)
#define FS_MTIME_OMIT (1 << 3)

/*
 * A name, and
 *
 *	OPEN		flags: O_*, FS_TO_EXECUTE; value[0]: mode, FS_NO_UMASK.
 *			Answer: fs_fd_t
 *	MKNOD		value[0]: type and mode, FS_NO_UMASK; value[1]: device
 *	MKDIR		value[0]: mode, FS_NO_UMASK
 *	CHMOD		value[0]: mode
 *	CHOWN, LCHOWN	value[0], value[1]: user, group; PROC_NO_ID: as it is
 *	ACCESS		value[0]: R_OK and so on; flags: FS_EFFECTIVE
 *	UTIME, LUTIME	value[0], value[1]: of access, of modification;
 *			flags: FS_*TIME_*.  All four unset wants the file's
 *			owner, both NOW who may write to it
 *	TRUNCATE	wide: length
 *	READLINK	wide: address, flags: bytes there.  Answer: flags: how
 *			many of them were filled
 *	STAT, LSTAT	Answer: fs_stat_t
 *	STATFS		Answer: fs_statfs_t
 *	UNLINK, RMDIR, CHDIR, CHROOT
 *	UMOUNT		the directory; for user 0
 */
typedef struct {
	uint32_t uid; /* PROC_NO_ID: the asker's */
	uint32_t gid;
	uint32_t flags;
	uint32_t length; /* and FS_NO_LINKS */
	union {
		uint32_t value[2];
		int64_t wide;
	};
	union {
		uint64_t at;
		char text[FS_SHORT];
	};
} fs_path_t;
COM_ASSERT(fs_path_t);

/* -ESTALE: there is a symbolic link before the last component. */
#define FS_NO_LINKS (UINT32_C(1) << 31)

/*
 * Two names: both, one after the other, if they have no more than FS_SHORT_TWO
 * bytes together, else both are at addresses.
 *
 *	LINK		flags: FS_FOLLOW
 *	RENAME		flags: FS_NOREPLACE
 *	SYMLINK		first what it says, which may be any text
 *	MOUNT		a disk of MEMORY, or the path of an image at FS's node,
 *			for askers of that node; a directory; flags: FS_RDONLY.
 *			For user 0
 */
typedef struct {
	uint32_t uid;
	uint32_t gid;
	uint32_t flags;
	uint16_t length[2];
	union {
		uint64_t at[2];
		char text[FS_SHORT_TWO];
	};
} fs_paths_t;
COM_ASSERT(fs_paths_t);

#define FS_EFFECTIVE (1 << 0)
#define FS_FOLLOW    (1 << 0)
#define FS_NOREPLACE (1 << 0)
#define FS_RDONLY    (1 << 0)
/* Beside a mode: it is as it is to be, whatever the asker's umask is. */
#define FS_NO_UMASK (UINT32_C(1) << 31)

/*
 * Of OPEN, beside O_*: it is read to be executed, and so has to be a regular
 * file that the asker may read and execute, else -EACCES; -ETXTBSY: somebody
 * has it open to write to it.  Nothing else is asked for with it.
 */
#define FS_TO_EXECUTE (1 << 30)

/* How all of those begin that have a descriptor */
typedef struct {
	int32_t fd;
	int32_t owner;    /* endpoint of whose it is; 0: the asker */
	uint32_t opening; /* -EBADF: by now it is not that; 0: whichever */
} fs_head_t;

/*
 * A descriptor, and
 *
 *	OPEN		answer; opening: another number each time that anything
 *			is opened, whatever FS does it
 *	CLOSE, FCHDIR, FSYNC
 *	DUP		wide: the new one, or -1: the lowest that is free;
 *			flags: O_CLOEXEC.  Answer: fd
 *	FCHMOD		value[0]: mode
 *	FCHOWN		value[0], value[1]: user, group
 *	FUTIME		as UTIME
 *	FTRUNCATE	wide: length
 *	FLOCK		flags: LOCK_*.  -ERESTART: as of F_SETLKW
 *	IOCTL		wide: request.  FIONREAD: answer: wide
 *	LSEEK		flags: SEEK_*; wide: offset.  Answer: wide
 *	FSTAT		Answer: fs_stat_t
 *	FSTATFS		Answer: fs_statfs_t
 */
typedef struct {
	int32_t fd; /* as fs_head_t has it */
	int32_t owner;
	uint32_t opening;
	uint32_t uid;
	uint32_t gid;
	uint32_t flags;
	union {
		uint32_t value[2];
		int64_t wide;
	};
} fs_fd_t;
COM_ASSERT(fs_fd_t);

/*
 * READ, WRITE: as many as there are, or fit, up to FS_BYTES_MAX; answer: done.
 * GETDENTS: fs_dirent_t one after the other, whole ones; position: where to
 * begin, or -1: where the last one has ended.  -EINVAL: not one fits.
 */
typedef struct {
	int32_t fd; /* as fs_head_t has it */
	int32_t owner;
	uint32_t opening;
	uint32_t nr;      /* segments: struct iovec; 0: at has the bytes */
	uint64_t at;      /* of the bytes, or of segments */
	uint64_t bytes;   /* at most FS_BYTES_MAX count */
	int64_t position; /* -1: that of the descriptor, which goes on */
	int64_t done;     /* out */
} fs_rw_t;
COM_ASSERT(fs_rw_t);

/* The name follows, and a NUL. */
typedef struct {
	uint64_t ino;
	int64_t next;    /* position of the one after it */
	uint16_t size;   /* of this entry and its name, a multiple of 8 */
	uint16_t length; /* of the name */
	uint32_t reserved;
} fs_dirent_t;

/*
 * FCNTL: F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL with
 * "value", which is the answer, too; F_GETLK, F_SETLK, F_SETLKW with the rest.
 * F_SETLKW: -ERESTART: there was one in the way, which has gone: to be asked
 * again.  So nobody has a lock who was interrupted when it was waited for.
 */
typedef struct {
	int32_t fd; /* as fs_head_t has it */
	int32_t owner;
	uint32_t opening;
	int32_t command;
	int32_t value;
	int32_t type; /* F_RDLCK and so on */
	int32_t whence;
	int32_t pid; /* GETLK: the endpoint of who has it */
	int64_t start;
	int64_t length;
} fs_fcntl_t;
COM_ASSERT(fs_fcntl_t);

/* UMASK: the new one; answer: the former one */
typedef struct {
	uint32_t mask;
} fs_umask_t;
COM_ASSERT(fs_umask_t);

/*
 * FORK: a child of the asker, of its node and user, that has not asked for
 * anything yet: it has what the asker has, but for locks.
 *
 *	EMOLNOTBIND	nobody has the endpoint
 *	EMOLPERM	it is of another node or user, in a system slot, or
 *			known already, as who is not the asker's child
 *
 * EXEC: its descriptors with FD_CLOEXEC are closed.
 */
typedef struct {
	int32_t endpoint;
	int32_t has; /* out: more than who asks for the first time */
} fs_fork_t;
COM_ASSERT(fs_fork_t);

/* Answer of STAT, LSTAT, FSTAT */
typedef struct {
	uint32_t ino;
	uint32_t mode;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint32_t rdev;
	int64_t size;
	uint32_t atime;
	uint32_t mtime;
	uint32_t ctime;
	uint32_t blocks; /* of 512 bytes */
	uint32_t dev;    /* number of the mount */
	uint32_t blksize;
} fs_stat_t;
COM_ASSERT(fs_stat_t);

/* Answer of STATFS, FSTATFS */
typedef struct {
	uint64_t blocks;
	uint64_t bfree;
	uint64_t files;
	uint64_t ffree;
	uint32_t bsize;
	uint32_t namelen;
	uint32_t type;  /* magic number of the format */
	uint32_t flags; /* ST_RDONLY */
	uint32_t dev;
	uint32_t reserved;
} fs_statfs_t;
COM_ASSERT(fs_statfs_t);

/*
 * SYNC: all that was changed before is on its devices then.  NEXTMOUNT: the
 * mount whose number is that of the request or the next higher one, with what
 * has happened since it was mounted; -ENOENT: there is none.
 */
typedef struct {
	uint32_t number;
	uint32_t flags; /* FS_RDONLY, FS_BROKEN */
	uint64_t hits;  /* blocks that were in the cache, and were not */
	uint64_t misses;
	uint64_t written; /* blocks */
	uint64_t copied;  /* bytes from and to clients */
	char device[16];  /* how its name ends */
} fs_mount_t;
COM_ASSERT(fs_mount_t);

#define FS_BROKEN (1 << 1) /* it has failed, and is read-only since */

/*
 * NEXTFILE: the descriptor of a process that comes next after "endpoint" and
 * "fd", in the order of slots; fd -1: from that process's first.  For user 0
 * those of all, for others those of their user.  -ENOENT: there is none.
 */
typedef struct {
	int32_t endpoint;
	int32_t fd;
	uint32_t dev;
	uint32_t ino;
	uint32_t flags; /* O_* */
	uint32_t uid;   /* of the process, when it last asked */
	int64_t position;
} fs_file_t;
COM_ASSERT(fs_file_t);

/*
 * NEXTPROC: the process in that slot, or the next one that FS knows; of a slot
 * that is asked for generations do not count.  Whose it tells, and -ENOENT, as
 * of NEXTFILE.
 */
typedef struct {
	int32_t endpoint;
	int32_t node;
	uint32_t uid; /* when it last asked */
	uint32_t umask;
	uint32_t cwd_dev; /* 0: it was of an FS before this one */
	uint32_t cwd_ino;
	uint32_t root_dev;
	uint32_t root_ino;
	uint32_t nr_open; /* descriptors */
	uint32_t reserved;
} fs_process_t;
COM_ASSERT(fs_process_t);

#endif /* _MOLIPC_FS_H */

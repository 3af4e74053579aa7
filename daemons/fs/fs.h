/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * m3ipc-fs: the file system of a VM.  What its files share.
 *
 *	main.c			start, loop (common/serve), timer, end
 *	table.c			requests: number -> do_*
 *	call, fetch		a request, from its arrival to its answer
 *	copy			bytes from and to clients of this node
 *	node			clients of other nodes
 *	clients			who asks; ends of processes
 *	open.c, readwrite.c, dirs.c, names.c, attr.c, control.c, volumes.c
 *				the requests
 *	walk			what requests have in common: names, the core
 *	path			names to inodes, over all mounts
 *	mount, pump		devices, and the core over each
 *	io, thread		threads that wait for devices
 *	bdev*			devices: disks of drivers, image files
 *
 * and, without I/O:
 *
 *	fproc, file		what processes have open
 *	lock			locks of records and files
 *	perm			who may do what
 *	minix/			the format, its cache
 *
 * One thread has all of the state, and no lock: the loop.  It waits for nobody
 * but SYSTASK of its own node, which waits for nobody.  A request that needs
 * what is not there yet is parked, and the others go on.  Threads wait for
 * devices, two a mount, and for other nodes, one for each.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include <molipc/fs.h>
#include <molipc/sys.h>

#include "call.h"
#include "fproc.h"
#include "lock.h"
#include "mount.h"

struct fs {
	VM_usr_t usr;
	int vmid;
	int node;
	size_t cache_bytes;
	const char *root_device;
	bool root_read_only;
	struct files files;
	struct fprocs procs;
	struct locks locks;
	struct place root; /* dev 0: there is none yet */
	uint64_t ends_seen;
	uint64_t ticks;        /* of the timer */
	uint64_t file_changes; /* a call has ended that moved a position */
	bool failed;           /* there is no root, and will be none */
};

extern struct fs fs;

/* Seconds since 1970 */
int64_t fs_now(void);

/* The root is there: those who have waited for it are served. */
void fs_serve(const struct place *root);

/* open.c */
call_handler do_open, do_close, do_dup;
/* readwrite.c */
call_handler do_read, do_write, do_lseek, do_fsync, do_sync;
/* dirs.c */
call_handler do_getdents, do_chdir, do_fchdir, do_chroot, do_umask;
/* names.c */
call_handler do_link, do_unlink, do_rename, do_symlink, do_readlink, do_mkdir,
	do_rmdir, do_mknod;
/* attr.c */
call_handler do_stat, do_lstat, do_fstat, do_access, do_chmod, do_fchmod,
	do_chown, do_lchown, do_fchown, do_utime, do_lutime, do_futime,
	do_truncate, do_ftruncate;
/* control.c */
call_handler do_fcntl, do_flock, do_ioctl;
/* volumes.c */
call_handler do_root, do_mount, do_umount, do_statfs, do_fstatfs, do_nextmount,
	do_nextfile, do_nextproc;
/* clients.c */
call_handler do_fork, do_exec;

#endif /* FS_FS_H */

// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to FS whose answers are structures of the host: stat, statvfs */
#define _GNU_SOURCE
#include <string.h>
#include <sys/statfs.h>

#include <mol/fs.h>

#include "files.h"

static void stat_take(const message *m, struct stat *st)
{
	fs_stat_t from;

	com_get(m, &from);
	memset(st, 0, sizeof(*st));
	st->st_dev = from.dev;
	st->st_ino = from.ino;
	st->st_mode = from.mode;
	st->st_nlink = from.nlink;
	st->st_uid = from.uid;
	st->st_gid = from.gid;
	st->st_rdev = from.rdev;
	st->st_size = (off_t)from.size;
	st->st_blksize = (blksize_t)from.blksize;
	st->st_blocks = (blkcnt_t)from.blocks;
	st->st_atim.tv_sec = (time_t)from.atime;
	st->st_mtim.tv_sec = (time_t)from.mtime;
	st->st_ctim.tv_sec = (time_t)from.ctime;
}

static int path_stat(int type, const char *path, struct stat *st)
{
	fs_path_t arg = { .flags = 0 };
	message m;

	if (mol_path(&arg, path))
		return -1;
	com_put(&m, &arg);
	if (mol_ask_fs(type, &m))
		return -1;
	stat_take(&m, st);
	return 0;
}

int mol_stat(const char *path, struct stat *st)
{
	return path_stat(FS_STAT, path, st);
}

int mol_lstat(const char *path, struct stat *st)
{
	return path_stat(FS_LSTAT, path, st);
}

int mol_fstat(int fd, struct stat *st)
{
	const fs_fd_t arg = MOL_FD(fd, .flags = 0);
	message m;

	com_put(&m, &arg);
	if (mol_ask_fs(FS_FSTAT, &m))
		return -1;
	stat_take(&m, st);
	return 0;
}

static int path_statfs(const char *path, fs_statfs_t *st)
{
	fs_path_t arg = { .flags = 0 };
	message m;

	if (mol_path(&arg, path))
		return -1;
	com_put(&m, &arg);
	if (mol_ask_fs(FS_STATFS, &m))
		return -1;
	com_get(&m, st);
	return 0;
}

static void statvfs_take(const fs_statfs_t *from, struct statvfs *st)
{
	memset(st, 0, sizeof(*st));
	st->f_bsize = st->f_frsize = from->bsize;
	st->f_blocks = from->blocks;
	st->f_bfree = st->f_bavail = from->bfree;
	st->f_files = from->files;
	st->f_ffree = st->f_favail = from->ffree;
	st->f_fsid = from->dev;
	st->f_flag = from->flags;
	st->f_namemax = from->namelen;
}

int mol_statvfs(const char *path, struct statvfs *st)
{
	fs_statfs_t from;

	if (path_statfs(path, &from))
		return -1;
	statvfs_take(&from, st);
	return 0;
}

int mol_fstatvfs(int fd, struct statvfs *st)
{
	const fs_fd_t arg = MOL_FD(fd, .flags = 0);
	fs_statfs_t from;
	message m;

	com_put(&m, &arg);
	if (mol_ask_fs(FS_FSTATFS, &m))
		return -1;
	com_get(&m, &from);
	statvfs_take(&from, st);
	return 0;
}

int mol_statfs(const char *path, struct statfs *st)
{
	fs_statfs_t from;

	if (path_statfs(path, &from))
		return -1;
	memset(st, 0, sizeof(*st));
	st->f_type = from.type;
	st->f_bsize = st->f_frsize = from.bsize;
	st->f_blocks = from.blocks;
	st->f_bfree = st->f_bavail = from.bfree;
	st->f_files = from.files;
	st->f_ffree = from.ffree;
	st->f_namelen = from.namelen;
	return 0;
}

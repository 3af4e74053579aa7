/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What POSIX says of files: one source, for Linux and for a VM.
 *
 * Built as it is, it tries Linux.  With CASES_MOL the calls are those of
 * libmol, the files the VM's, and the program a process of it.  Each case is a
 * function that runs in a process of its own, as root, in a directory of its
 * own that is empty; what it expects it CHECKs.
 */
#ifndef TESTS_FILES_H
#define TESTS_FILES_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "../cases.h"

#ifdef CASES_MOL
#include <mol/fs.h>
#include <mol/mol.h>
#define DIR       mol_dir_t
#define access    mol_access
#define chdir     mol_chdir
#define chmod     mol_chmod
#define chown     mol_chown
#define chroot    mol_chroot
#define close     mol_close
#define closedir  mol_closedir
#define creat     mol_creat
#define dirfd     mol_dirfd
#define dup       mol_dup
#define dup2      mol_dup2
#define execve    mol_execve
#define fchdir    mol_fchdir
#define fchmod    mol_fchmod
#define fchown    mol_fchown
#define fcntl     mol_fcntl
#define fork      mol_fork
#define fstatvfs  mol_fstatvfs
#define fsync     mol_fsync
#define ftruncate mol_ftruncate
#define futimens  mol_futimens
#define getpid    mol_getpid
#define ioctl     mol_ioctl
#define kill      mol_kill
#define lchown    mol_lchown
#define link      mol_link
#define lseek     mol_lseek
#define lstat     mol_lstat
#define mkdir     mol_mkdir
#define mknod     mol_mknod
#define open      mol_open
#define opendir   mol_opendir
#define pread     mol_pread
#define pwrite    mol_pwrite
#define read      mol_read
#define readdir   mol_readdir
#define readlink  mol_readlink
#define readv     mol_readv
#define rename    mol_rename
#define rewinddir mol_rewinddir
#define rmdir     mol_rmdir
#define seekdir   mol_seekdir
#define symlink   mol_symlink
#define sync      mol_sync
#define telldir   mol_telldir
#define truncate  mol_truncate
#define umask     mol_umask
#define unlink    mol_unlink
#define utimensat mol_utimensat
#define waitpid   mol_waitpid
#define write     mol_write
#define writev    mol_writev
/* Not the structures of these names */
#define flock_file(fd, how)   mol_flock(fd, how)
#define stat_of(path, st)     mol_stat(path, st)
#define fstat_of(fd, st)      mol_fstat(fd, st)
#define statfs_of(path, st)   mol_statfs(path, st)
#define statvfs_of(path, st)  mol_statvfs(path, st)
#define utime_of(path, times) mol_utime(path, times)
#else
#define flock_file(fd, how)   flock(fd, how)
#define stat_of(path, st)     stat(path, st)
#define fstat_of(fd, st)      fstat(fd, st)
#define statfs_of(path, st)   statfs(path, st)
#define statvfs_of(path, st)  statvfs(path, st)
#define utime_of(path, times) utime(path, times)
#endif

extern const struct one_case open_cases[];
extern const struct one_case byte_cases[];
extern const struct one_case name_cases[];
extern const struct one_case path_cases[];
extern const struct one_case attr_cases[];
extern const struct one_case dir_cases[];
extern const struct one_case lock_cases[];
extern const struct one_case right_cases[];
extern const struct one_case process_cases[];

/* It has ended well. */
void child_good(pid_t pid);
/* The same at once, as another user and group */
void as_user(uid_t uid, int (*run)(int arg), int arg);

/* A new file with that text, and what is in one */
void file_make(const char *path, const char *text);
bool file_has(const char *path, const char *text);
mode_t mode_of(const char *path);

/* Formats with ids of 8 bits have it, too. */
#define USER 123

#endif /* TESTS_FILES_H */

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Programs that are files of the VM:
 *
 *	FS opens the file, if it may be executed
 *	its bytes go into memory that has a descriptor, and does not change then
 *	PM and FS are told
 *	Linux executes the memory
 *
 * Whatever can be known to fail does so before they are told: what FS closes
 * then stays closed if it is Linux that does not execute it.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <mol/fs.h>
#include <mol/mol.h>
#include <molipc/sys.h>

#include "internal.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* How long one that has written to it through the mount may take to close it */
#define BUSY_TIMES 20
#define BUSY_PAUSE 10 /* ms */

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int program_open(const char *path)
{
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE * 1000000L };
	int fd, n = 0;

	do {
		fd = mol_open(path, O_RDONLY | O_CLOEXEC | FS_TO_EXECUTE);
	} while (fd < 0 && errno == ETXTBSY && n++ < BUSY_TIMES &&
		 !nanosleep(&pause, NULL));
	return fd;
}

/* Its size; -1 and errno: Linux would not execute it, or has no room for it. */
static off_t program_size(int fd)
{
	struct rlimit limit;
	struct stat st;

	if (mol_fstat(fd, &st))
		return -1;
	if (st.st_size > 0 && st.st_size <= MOL_EXEC_MAX &&
	    !getrlimit(RLIMIT_FSIZE, &limit) &&
	    (rlim_t)st.st_size <= limit.rlim_cur)
		return st.st_size;
	errno = st.st_size ? ENOMEM : ENOEXEC;
	return -1;
}

/* Kernels from 6.3 on want to be told that it is executed, others must not. */
static int memory_open(const char *name)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_EXEC);

	return fd < 0 && errno == EINVAL ? memfd_create(name, flags) : fd;
}

/* Not where input and output are looked for; and with so many bytes */
static int memory_make(const char *path, off_t size)
{
	char name[64];
	int low, fd, error;

	snprintf(name, sizeof(name), "%s", name_of(path));
	low = memory_open(name);
	if (low < 0)
		return -1;
	fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(low);
	if (fd < 0)
		return -1;
	error = posix_fallocate(fd, 0, size);
	if (!error)
		return fd;
	close(fd);
	errno = error == ENOSPC ? ENOMEM : error;
	return -1;
}

/* One that has become shorter meanwhile ends with zeros. */
static int bytes_read(int from, char *to, off_t size)
{
	ssize_t n;

	for (off_t at = 0; at < size; at += n) {
		n = mol_pread(from, to + at, (size_t)(size - at), at);
		if (n < 0)
			return -1;
		if (!n)
			break;
	}
	return 0;
}

static bool is_program(const char *bytes, off_t size)
{
	return (size >= 2 && !memcmp(bytes, "#!", 2)) ||
	       ((size_t)size >= sizeof(Elf32_Ehdr) &&
		!memcmp(bytes, ELFMAG, SELFMAG));
}

/* An interpreter opens a script by the number that it has here. */
static int bytes_check(int to, const char *bytes, off_t size)
{
	if (!is_program(bytes, size)) {
		errno = ENOEXEC;
		return -1;
	}
	return *bytes == '#' ? fcntl(to, F_SETFD, 0) : 0;
}

static int bytes_copy(int from, int to, off_t size)
{
	char *at = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
			to, 0);
	int rc;

	if (at == MAP_FAILED)
		return -1;
	rc = bytes_read(from, at, size);
	if (!rc)
		rc = bytes_check(to, at, size);
	munmap(at, (size_t)size);
	return rc ? rc : fcntl(to, F_ADD_SEALS, SEALS);
}

static void closed(int (*close_it)(int fd), int fd)
{
	const int error = errno;

	close_it(fd);
	errno = error;
}

static int program_copy(int from, const char *path)
{
	const off_t size = program_size(from);
	const int to = size < 0 ? -1 : memory_make(path, size);

	if (to < 0)
		return -1;
	if (!bytes_copy(from, to, size))
		return to;
	closed(close, to);
	return -1;
}

/* Linux's descriptor of it */
static int program_load(const char *path)
{
	const int from = program_open(path);
	int to;

	if (from < 0)
		return -1;
	to = program_copy(from, path);
	closed(mol_close, from);
	return to;
}

/* Linux calls it by a number: lists of the VM have its name. */
static void name_tell(const char *path)
{
	char name[M3IPC_NAME_LEN];

	snprintf(name, sizeof(name), "%s", name_of(path));
	sys_setpname(SELF, name);
}

int mol_exec(const char *path, char *const argv[], char *const envp[])
{
	const int fd = program_load(path);

	if (fd < 0)
		return -1;
	if (!mol_exec_tell()) {
		name_tell(path);
		fexecve(fd, argv, envp);
	}
	closed(close, fd);
	return -1;
}

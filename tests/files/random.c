// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same calls, by chance, in two directories: what each returns and finds
 * has to be equal.
 *
 *	random DIR DIR SEED CALLS
 *
 * It prints the first difference, with the number of the call, and fails.
 * Names are few, so that they meet.  Some files stay open, also when their
 * names have gone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES   6
#define BYTES   (96 << 10) /* of a file, at most */
#define PIECE   (16 << 10)
#define NAMES   64
#define NAME    64
#define WAYS    2 /* directories */
#define PATH    256
#define A_FAULT -100000

static const char *top[WAYS];
static uint64_t state;
static int open_files[FILES][WAYS];
static unsigned char piece[PIECE];

static unsigned int chance(unsigned int n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % n;
}

struct call {
	unsigned int kind;
	int file;
	char from[PATH];
	char to[PATH];
	unsigned int flags;
	unsigned int mode;
	off_t at;
	size_t bytes;
	unsigned char fill;
};

/* What has come of it: a result, or -errno, and what was found */
struct found {
	long rc;
	uint64_t sum;
};

static void sum_add(struct found *f, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++)
		f->sum = (f->sum ^ b[i]) * 1099511628211u;
}

static void path_choose(char to[PATH])
{
	const unsigned int depth = 1 + chance(3);
	int at = 0;

	for (unsigned int i = 0; i < depth; i++)
		at += snprintf(to + at, (size_t)(PATH - at), "%s%c",
			       i ? "/" : "", 'a' + (int)chance(5));
}

static const char *path_at(int way, const char *path, char to[2 * PATH])
{
	snprintf(to, 2 * PATH, "%s/%s", top[way], path);
	return to;
}

static long result(long rc)
{
	return rc < 0 ? -errno : rc;
}

static void stat_add(struct found *f, const struct stat *st)
{
	const uint64_t facts[] = {
		st->st_mode, st->st_nlink, st->st_uid, st->st_gid,
		S_ISDIR(st->st_mode) ? 0 : (uint64_t)st->st_size
	};

	sum_add(f, facts, sizeof(facts));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static long list(const char *path, struct found *f)
{
	char names[NAMES][NAME] = { "" };
	DIR *dir = opendir(path);
	const struct dirent *d;
	long nr = 0;

	if (!dir)
		return -errno;
	while ((d = readdir(dir)) && nr < NAMES)
		memccpy(names[nr++], d->d_name, 0, NAME - 1);
	closedir(dir);
	qsort(names, (size_t)nr, NAME, by_name);
	for (long i = 0; i < nr; i++)
		sum_add(f, names[i], strlen(names[i]) + 1);
	return nr;
}

static long read_some(int fd, const struct call *c, struct found *f)
{
	long n = result(pread(fd, piece, c->bytes, c->at));

	if (n > 0)
		sum_add(f, piece, (size_t)n);
	return n;
}

static long write_some(int fd, const struct call *c)
{
	memset(piece, c->fill, c->bytes);
	return result(pwrite(fd, piece, c->bytes, c->at));
}

static long fstat_it(int fd, struct found *f)
{
	struct stat st;
	long rc = result(fstat(fd, &st));

	if (!rc)
		stat_add(f, &st);
	return rc;
}

static long lstat_it(const char *path, struct found *f)
{
	struct stat st;
	long rc = result(lstat(path, &st));

	if (!rc)
		stat_add(f, &st);
	return rc;
}

static long readlink_it(const char *path, struct found *f)
{
	char text[PATH];
	long n = result(readlink(path, text, sizeof(text)));

	if (n > 0)
		sum_add(f, text, (size_t)n);
	return n;
}

/* One of those that are open is closed for it. */
static long open_it(int way, const struct call *c, const char *path)
{
	int *fd = &open_files[c->file][way];

	if (*fd >= 0)
		close(*fd);
	*fd = open(path, (int)c->flags | O_NOFOLLOW | O_NONBLOCK, c->mode);
	return *fd < 0 ? -errno : 0;
}

static const unsigned int open_flags[] = {
	O_RDONLY,
	O_RDWR,
	O_RDWR | O_CREAT,
	O_RDWR | O_CREAT,
	O_RDWR | O_CREAT | O_EXCL,
	O_RDWR | O_CREAT | O_TRUNC,
	O_WRONLY | O_TRUNC,
};

static long set_times(const char *path, const struct call *c)
{
	const struct timespec times[2] = { { c->at, 0 }, { c->at + 1, 0 } };

	return result(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
}

enum {
	OPEN,
	READ = 6,
	WRITE = 11,
	FTRUNCATE = 16,
	FSTAT,
	FSYNC,
	LSTAT,
	LIST = 21,
	MKDIR,
	RMDIR = 25,
	UNLINK,
	RENAME = 28,
	LINK = 31,
	SYMLINK,
	READLINK,
	CHMOD,
	TRUNCATE,
	TIMES,
	KINDS,
};

static long name_do(const struct call *c, const char *from, const char *to,
		    struct found *f)
{
	if (c->kind < LIST)
		return lstat_it(from, f);
	if (c->kind < MKDIR)
		return list(from, f);
	if (c->kind < RMDIR)
		return result(mkdir(from, c->mode));
	if (c->kind < UNLINK)
		return result(rmdir(from));
	if (c->kind < RENAME)
		return result(unlink(from));
	if (c->kind < LINK)
		return result(rename(from, to));
	switch (c->kind) {
	case LINK:
		return result(link(from, to));
	case SYMLINK:
		return result(symlink(c->to, from));
	case READLINK:
		return readlink_it(from, f);
	case CHMOD:
		return result(fchmodat(AT_FDCWD, from, c->mode, 0));
	case TRUNCATE:
		return result(truncate(from, c->at));
	default:
		return set_times(from, c);
	}
}

static long file_do(const struct call *c, int fd, struct found *f)
{
	if (fd < 0)
		return -EBADF;
	if (c->kind < WRITE)
		return read_some(fd, c, f);
	if (c->kind < FTRUNCATE)
		return write_some(fd, c);
	switch (c->kind) {
	case FTRUNCATE:
		return result(ftruncate(fd, c->at));
	case FSTAT:
		return fstat_it(fd, f);
	default:
		return result(fsync(fd));
	}
}

static struct found call_do(int way, const struct call *c)
{
	char from[2 * PATH], to[2 * PATH];
	struct found f = { A_FAULT, 0 };

	path_at(way, c->from, from);
	path_at(way, c->to, to);
	if (c->kind < READ)
		f.rc = open_it(way, c, from);
	else if (c->kind < LSTAT)
		f.rc = file_do(c, open_files[c->file][way], &f);
	else
		f.rc = name_do(c, from, to, &f);
	return f;
}

static struct call call_choose(void)
{
	struct call c = { .kind = chance(KINDS),
			  .file = (int)chance(FILES),
			  .flags = open_flags[chance(7)],
			  .mode = 0700 | chance(0100),
			  .at = (off_t)chance(BYTES - PIECE),
			  .bytes = 1 + chance(PIECE),
			  .fill = (unsigned char)chance(256) };

	path_choose(c.from);
	path_choose(c.to);
	return c;
}

static int differ(unsigned long i, const struct call *c,
		  const struct found f[WAYS])
{
	printf("call %lu: kind %u, file %d, %s, %s, flags %#o, mode %o, at "
	       "%ld, %zu bytes: %ld and %ld, sums %#lx and %#lx\n",
	       i, c->kind, c->file, c->from, c->to, c->flags, c->mode,
	       (long)c->at, c->bytes, f[0].rc, f[1].rc, (unsigned long)f[0].sum,
	       (unsigned long)f[1].sum);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct found f[WAYS];
	unsigned long calls;
	struct call c;

	if (argc != 5)
		return 2;
	top[0] = argv[1];
	top[1] = argv[2];
	state = strtoul(argv[3], NULL, 0) * 2 + 1;
	calls = strtoul(argv[4], NULL, 0);
	umask(0);
	memset(open_files, -1, sizeof(open_files));
	for (unsigned long i = 0; i < calls; i++) {
		c = call_choose();
		for (int way = 0; way < WAYS; way++)
			f[way] = call_do(way, &c);
		if (f[0].rc != f[1].rc || f[0].sum != f[1].sum)
			return differ(i, &c, f);
	}
	return EXIT_SUCCESS;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* "ls", "put" and "get": files of a VM, by the calls of libmol */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mol/fs.h>

#include "common/memory.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"

#define PIECE FS_BYTES_MAX

static const struct out_column ls_columns[] = {
	{ "MODE", NULL, "mode", true },  { "LINKS", NULL, "links", false },
	{ "USER", NULL, "uid", true },   { "GROUP", NULL, "gid", true },
	{ "SIZE", NULL, "size", false }, { "MODIFIED", NULL, "mtime", true },
	{ "NAME", NULL, "name", true },  { NULL, NULL, NULL, false },
};

static int files_begin(const struct args *args)
{
	VM_usr_t vm;
	int rc = find_vm(args, &vm);

	return rc ? rc : find_client(args, &vm);
}

static int file_failed(const struct args *args, const char *path)
{
	return say_error(args, "%s: %s", path, strerror(errno));
}

/* Listing */

static char letter_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	default:
		return '-';
	}
}

/* "-rwxr-xr-x", with the bits above shown in place of an x */
static void put_mode(struct out *out, mode_t mode)
{
	static const char bits[] = "rwxrwxrwx", sets[] = "sst";
	char text[11] = "";

	text[0] = letter_of(mode);
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode >> (8 - i) & 1 ? bits[i] : '-';
	for (int i = 0; i < 3; i++)
		if (mode >> (11 - i) & 1)
			text[3 + 3 * i] = text[3 + 3 * i] == 'x' ?
						  sets[i] :
						  (char)(sets[i] - 'a' + 'A');
	out_value(out, json_integer(mode), "%s", text);
}

static void put_group(struct out *out, gid_t gid)
{
	const struct group *group = getgrgid(gid);

	if (group)
		out_value(out, json_integer(gid), "%s", group->gr_name);
	else
		out_int(out, gid);
}

static void put_listed(struct out *out, const char *name, const struct stat *st)
{
	put_mode(out, st->st_mode);
	out_int(out, (int64_t)st->st_nlink);
	out_user(out, st->st_uid);
	put_group(out, st->st_gid);
	out_int(out, st->st_size);
	out_time(out, (uint64_t)st->st_mtim.tv_sec * 1000000000);
	out_string(out, name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, in their order; -1 and errno */
static int names_read(const char *path, char ***names, size_t *nr)
{
	mol_dir_t *dir = mol_opendir(path);
	const struct dirent *entry;
	int error;

	*names = NULL;
	*nr = 0;
	if (!dir)
		return -1;
	for (errno = 0; (entry = mol_readdir(dir)); errno = 0) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		*names = memory_checked(
			reallocarray(*names, *nr + 1, sizeof(**names)));
		(*names)[(*nr)++] = memory_checked(strdup(entry->d_name));
	}
	error = errno;
	mol_closedir(dir);
	qsort(*names, *nr, sizeof(**names), by_name);
	errno = error;
	return error ? -1 : 0;
}

/* One that has gone meanwhile is not there. */
static void put_entry(struct out *out, const char *dir, const char *name)
{
	struct stat st;
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		memory_checked(NULL);
	if (!mol_lstat(path, &st))
		put_listed(out, name, &st);
	free(path);
}

int cmd_ls(const struct args *args)
{
	const char *path = args->operand[1];
	char **names = NULL;
	struct out out;
	struct stat st;
	size_t nr = 0;
	int rc = files_begin(args);

	if (rc)
		return rc;
	if (mol_lstat(path, &st) ||
	    (S_ISDIR(st.st_mode) && names_read(path, &names, &nr)))
		return file_failed(args, path);
	out_start(&out, OUT_TABLE, args->json, ls_columns);
	if (!S_ISDIR(st.st_mode))
		put_listed(&out, path, &st);
	for (size_t i = 0; i < nr; i++) {
		put_entry(&out, path, names[i]);
		free(names[i]);
	}
	free(names);
	out_end(&out);
	return EXIT_SUCCESS;
}

/* Copying */

static bool is_dash(const char *file)
{
	return !strcmp(file, "-");
}

/* -1 and errno */
static int get_all(int fd, const char *from, size_t bytes)
{
	ssize_t n;

	for (size_t at = 0; at < bytes; at += (size_t)n) {
		n = write(fd, from + at, bytes - at);
		if (n < 0)
			return -1;
	}
	return 0;
}

/* Less than all is written when the disk is full: the next one says so. */
static int put_all(int fd, const char *from, size_t bytes)
{
	ssize_t n;

	for (size_t at = 0; at < bytes; at += (size_t)n) {
		n = mol_write(fd, from + at, bytes - at);
		if (n < 0)
			return -1;
	}
	return 0;
}

/* What is written has come to the disk when it is over: 0, or which failed */
static const char *put_bytes(int from, int to, const struct args *args)
{
	char *piece = memory_checked(malloc(PIECE));
	const char *failed = NULL;
	ssize_t n;

	while (!failed && (n = read(from, piece, PIECE))) {
		if (n < 0)
			failed = args->operand[1];
		else if (put_all(to, piece, (size_t)n))
			failed = args->operand[2];
	}
	if (!failed && mol_fsync(to))
		failed = args->operand[2];
	free(piece);
	return failed;
}

static const char *get_bytes(int from, int to, const struct args *args)
{
	char *piece = memory_checked(malloc(PIECE));
	const char *failed = NULL;
	ssize_t n;

	while (!failed && (n = mol_read(from, piece, PIECE))) {
		if (n < 0)
			failed = args->operand[1];
		else if (get_all(to, piece, (size_t)n))
			failed = args->operand[2];
	}
	free(piece);
	return failed;
}

int cmd_put(const struct args *args)
{
	const char *file = args->operand[1], *failed = NULL;
	int rc = files_begin(args), from, to, error;
	struct stat st = { .st_mode = 0666 };

	if (rc)
		return rc;
	from = is_dash(file) ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	if (from < 0 || (!is_dash(file) && fstat(from, &st)))
		return file_failed(args, file);
	to = mol_open(args->operand[2], O_WRONLY | O_CREAT | O_TRUNC,
		      st.st_mode & 0777);
	if (to < 0)
		return file_failed(args, args->operand[2]);
	failed = put_bytes(from, to, args);
	error = errno;
	if (mol_close(to) && !failed) {
		failed = args->operand[2];
		error = errno;
	}
	errno = error;
	return failed ? file_failed(args, failed) : EXIT_SUCCESS;
}

int cmd_get(const struct args *args)
{
	const char *file = args->operand[2], *failed;
	int rc = files_begin(args), from, to;
	struct stat st;

	if (rc)
		return rc;
	from = mol_open(args->operand[1], O_RDONLY);
	if (from < 0 || mol_fstat(from, &st))
		return file_failed(args, args->operand[1]);
	to = is_dash(file) ?
		     STDOUT_FILENO :
		     open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  st.st_mode & 0777);
	if (to < 0)
		return file_failed(args, file);
	failed = get_bytes(from, to, args);
	if (failed)
		return file_failed(args, failed);
	return !is_dash(file) && close(to) ? file_failed(args, file) :
					     EXIT_SUCCESS;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast files are, by the calls of Linux or, with a VM, by those of libmol:
 * one row of tests/files/figures, whose columns are below.
 *
 *	speed DIR
 *	speed VMID DIR
 *
 * Of each the best of several rounds counts, as others have the processor, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <mol/fs.h>

#include "user_slot.h"

#define LARGE  (4 << 20)
#define PIECE  (64 << 10)
#define SMALL  4096
#define TIMES  200 /* small pieces, and names */
#define ROUNDS 3

/* Both have the same calls. */
struct calls {
	int (*open)(const char *path, int flags, ...);
	int (*close)(int fd);
	ssize_t (*pread)(int fd, void *to, size_t bytes, off_t at);
	ssize_t (*pwrite)(int fd, const void *from, size_t bytes, off_t at);
	int (*fsync)(int fd);
	int (*stat)(const char *path, struct stat *st);
	int (*unlink)(const char *path);
};

static const struct calls of_linux = { open,  close, pread, pwrite,
				       fsync, stat,  unlink };
static const struct calls of_mol = {
	mol_open,  mol_close, mol_pread,  mol_pwrite,
	mol_fsync, mol_stat,  mol_unlink,
};

static const struct calls *calls = &of_linux;
static const char *dir;
static char *bytes;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "speed: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static const char *path_of(int i)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/speed%d", dir, i);
	return path;
}

/* One pass over the file; it ends on the disk if it is written. */
static void pass(int fd, int writes)
{
	for (off_t at = 0; at < LARGE; at += PIECE)
		must((writes ? calls->pwrite(fd, bytes, PIECE, at) :
			       calls->pread(fd, bytes, PIECE, at)) == PIECE,
		     "a pass");
	if (writes)
		must(!calls->fsync(fd), "fsync");
}

static void small(int fd, int writes)
{
	unsigned int seed = 1; /* the same places each time */
	off_t at;

	for (int i = 0; i < TIMES; i++) {
		seed = seed * 1103515245 + 12345;
		at = (off_t)(seed >> 8) % (LARGE / SMALL) * SMALL;
		must((writes ? calls->pwrite(fd, bytes, SMALL, at) :
			       calls->pread(fd, bytes, SMALL, at)) == SMALL,
		     "a piece");
	}
	if (writes)
		must(!calls->fsync(fd), "fsync");
}

static void names_make(void)
{
	int fd;

	for (int i = 0; i < TIMES; i++) {
		fd = calls->open(path_of(i), O_WRONLY | O_CREAT | O_EXCL, 0600);
		must(fd >= 0, "create");
		must(!calls->close(fd), "close");
	}
}

static void names_look(void)
{
	struct stat st;

	for (int i = 0; i < TIMES; i++)
		must(!calls->stat(path_of(i), &st), "stat");
}

static void names_remove(void)
{
	for (int i = 0; i < TIMES; i++)
		must(!calls->unlink(path_of(i)), "unlink");
}

/* The shortest time of a part of all rounds */
enum {
	WRITE,
	READ,
	WRITE_SMALL,
	READ_SMALL,
	MAKE,
	LOOK,
	REMOVE,
	PARTS
};

static double best[PARTS];

static void part(int which, double begun)
{
	const double took = now() - begun;

	if (!best[which] || took < best[which])
		best[which] = took;
}

static void round_do(void)
{
	int fd = calls->open(path_of(-1), O_RDWR | O_CREAT | O_TRUNC, 0600);
	double t = now();

	must(fd >= 0, "open");
	pass(fd, 1);
	part(WRITE, t);
	pass(fd, 0);
	t = now();
	pass(fd, 0);
	part(READ, t);
	t = now();
	small(fd, 1);
	part(WRITE_SMALL, t);
	small(fd, 0);
	t = now();
	small(fd, 0);
	part(READ_SMALL, t);
	must(!calls->close(fd) && !calls->unlink(path_of(-1)), "unlink");
	t = now();
	names_make();
	part(MAKE, t);
	t = now();
	names_look();
	part(LOOK, t);
	t = now();
	names_remove();
	part(REMOVE, t);
}

int main(int argc, char **argv)
{
	if (argc == 3) {
		must(!mnx_bind_failed(user_slot_bind(atoi(argv[1]))), "bind");
		calls = &of_mol;
	} else if (argc != 2) {
		return 2;
	}
	dir = argv[argc - 1];
	bytes = aligned_alloc(PIECE, PIECE);
	must(bytes != NULL, "memory");
	memset(bytes, 7, PIECE);
	for (int i = 0; i < ROUNDS; i++)
		round_do();
	printf("%.0f\t%.0f", LARGE / best[WRITE] / 1e6,
	       LARGE / best[READ] / 1e6);
	for (int i = WRITE_SMALL; i < PARTS; i++)
		printf("\t%.0f", TIMES / best[i]);
	putchar('\n');
	return EXIT_SUCCESS;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories of a file system on a disk whose power fails (minixfs_cut.h): files
 * are made, written, cut, renamed and removed, also while they are open, and
 * synced.  After each write the power fails, on the side, and of what is on the
 * disk then is asked
 *
 *	that fsck.minix, and a stricter judge, find nothing
 *	that files which were synced, and left alone since, are there, the same
 *	that no file has data of another one, or of nobody
 *
 *	minixfs [-n COUNT] [-o OPERATIONS] [-f FAULT] [-s SEED] [-v]
 *
 * Without arguments: so many; then each of the faults below is put in and has
 * to be found.  -s replays a seed, -v shows it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/minix/fault.h"
#include "lib/judge.h"
#include "minixfs_cut.h"
#include "minixfs_files.h"

#define HISTORIES   24
#define OPERATIONS  250
#define FAULT_TRIES 400

enum mx_fault mx_fault;
struct world *w;

static const struct fault {
	enum mx_fault number;
	const char *what;
} faults[] = {
	{ MX_FAULT_ORDER, "a group does not wait for its data" },
	{ MX_FAULT_REUSE, "a zone is used again before the commit" },
	{ MX_FAULT_UNDO, "what has to wait is not undone" },
	{ MX_FAULT_ORPHAN, "an orphan's zones are taken to be free" },
	{ MX_FAULT_SPLIT, "a group lacks its last block" },
};

static const char *const kinds[] = { "-3",       "-1",       "-2",
				     "-1 -n 14", "-2 -n 14", NULL };

void wrong(const char *fmt, ...)
{
	va_list ap;

	if (*w->wrong)
		return;
	va_start(ap, fmt);
	vsnprintf(w->wrong, sizeof(w->wrong), fmt, ap);
	va_end(ap);
}

static bool written(struct disk *d, const struct mfs_io *io)
{
	cut_add(io);
	if (!*w->wrong && (io->kind == MFS_IO_GROUP || dice_hit(&d->dice, 50)))
		look();
	return true;
}

static void history_begin(uint64_t seed)
{
	const char *kind = kinds[seed % ARRAY_SIZE(kinds)];

	w->has_fsck = kind;
	disk_make(&w->disk, kind, KIB);
	if (!kind)
		judge_format(w->disk.data, w->disk.size, 2048, 200);
	w->disk.dice.state = seed;
	/* Nobody's zones have been somebody's. */
	for (size_t at = w->disk.size / 4; at < w->disk.size; at++)
		w->disk.data[at] = SECRET;
	cut_begin(&w->disk);
	w->disk.written = written;
	w->disk.quiet = true;
	w->dir_exists[0] = true;
	w->dir_ino[0] = MFS_ROOT_INO;
	if (disk_mount(&w->disk, 0, 0))
		wrong("it cannot be mounted");
}

/* NULL, or what is wrong */
static const char *history(uint64_t seed, unsigned int operations)
{
	const bool verbose = w->verbose;

	memset(w, 0, sizeof(*w));
	w->verbose = verbose;
	history_begin(seed);
	while (!*w->wrong && w->operation < operations)
		operation();
	for (unsigned int i = 0; i < OPEN; i++)
		if (w->opened[i].ino)
			mfs_put(w->disk.fs, w->opened[i].ino);
	if (!*w->wrong && disk_unmount(&w->disk))
		wrong("it cannot be unmounted");
	if (!*w->wrong && w->has_fsck && disk_fsck(&w->disk, false))
		wrong("fsck.minix is not content at the end");
	cut_end();
	disk_free(&w->disk);
	return *w->wrong ? w->wrong : NULL;
}

/* In a process of its own, as a fault may do anything */
static bool fault_is_found(const struct fault *f, unsigned int operations)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		mx_fault = f->number;
		for (uint64_t seed = 1; seed <= FAULT_TRIES; seed++) {
			const char *what = history(seed, operations);

			if (what) {
				printf("found at seed %lu: %s: %s\n",
				       (unsigned long)seed, f->what, what);
				fflush(stdout);
				_exit(0);
			}
		}
		printf("not found: %s\n", f->what);
		fflush(stdout);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

struct run {
	unsigned long count, seed; /* 0: from 1 on */
	unsigned int operations;
};

static bool run_options(struct run *r, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:o:f:s:v")) != -1)
		switch (option) {
		case 'n':
			r->count = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			r->operations = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'f':
			mx_fault = (enum mx_fault)strtoul(optarg, NULL, 0);
			break;
		case 's':
			r->seed = strtoul(optarg, NULL, 0);
			r->count = 1;
			break;
		case 'v':
			w->verbose = true;
			break;
		default:
			return false;
		}
	return true;
}

/* How many histories are as they should be */
static unsigned long run_histories(const struct run *r)
{
	unsigned long cuts = 0, fscks = 0, compared = 0, passed = 0;

	for (unsigned long i = 0; i < r->count; i++) {
		const unsigned long seed = r->seed ? r->seed : i + 1;
		const char *what = history(seed, r->operations);

		cuts += w->cuts;
		fscks += w->fscks;
		compared += w->compared;
		passed += !what;
		if (what)
			printf("FAILED: seed %lu: %s\n", seed, what);
	}
	printf("power failed %lu times, fsck.minix %lu times, %lu synced files "
	       "compared\n",
	       cuts, fscks, compared);
	return passed;
}

int main(int argc, char **argv)
{
	struct run r = { .count = HISTORIES, .operations = OPERATIONS };
	unsigned long passed, failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	w = calloc(1, sizeof(*w));
	if (!w || !run_options(&r, argc, argv))
		return EXIT_FAILURE;
	passed = run_histories(&r);
	failed = r.count - passed;
	for (unsigned int i = 0; !r.seed && !mx_fault && i < ARRAY_SIZE(faults);
	     i++)
		*(fault_is_found(&faults[i], r.operations) ? &passed :
							     &failed) += 1;
	free(w);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
